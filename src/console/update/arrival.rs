//! Rows that were asked for arrive in the window that asked.

use crate::console::state::{Failure, Row, Slice, Window};

use super::{Answer, Changed};

/// Takes an answer in, unless it is stale.
pub(super) fn take_in<R: Row>(
    window: &mut Window<R>,
    failure: &mut Option<Failure>,
    answer: Answer<Slice<R>, Failure>,
    height: usize,
) -> Changed {
    let taken = match answer.result {
        Ok(slice) => {
            let taken = window.accept(answer.request, slice, height);
            if taken {
                *failure = None;
            }
            taken
        }
        Err(reason) => {
            let taken = window.fail(answer.request);
            if taken {
                *failure = Some(reason);
            }
            taken
        }
    };
    if taken { Changed::Yes } else { Changed::No }
}

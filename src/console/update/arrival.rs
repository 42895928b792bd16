//! Delivery of loaded rows to the window that requested them.

use crate::console::state::{Failure, Row, Slice, Window};

use super::{Answer, Changed};

/// Applies an answer, unless it is stale.
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

//! Delivery of loaded rows to the window that requested them.

use crate::console::app::state::Failure;
use crate::console::app::window::{Row, Slice, Window};

use crate::console::app::message::Answer;
use crate::console::app::update::Changed;

/// Applies an answer, unless it is stale.
pub(crate) fn take_in<R: Row>(
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

//! Answers from the store, and changes in it.

use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, ErrorText, Gone};
use crate::console::app::update::Changed;
use crate::console::app::window::{Load, Row, Select, Slice, Window};
use crate::console::layers::{audit, history};
use crate::console::panes::events;
use crate::space::SpaceId;

/// Marks everything on screen as out of date after a commit by any process.
pub(crate) fn changed(state: &mut ConsoleState) -> Changed {
    state.spaces.reading.change();
    events::recheck(state);
    state.projections.window.refresh();
    history::recheck(state);
    audit::recheck(state);
    if state.database.lost.take().is_some() { Changed::Yes } else { Changed::No }
}

/// Starts to read the spaces that are not on screen, after a while without commits.
pub(crate) fn quiet(state: &mut ConsoleState) -> Changed {
    state.spaces.reading.settle();
    Changed::No
}

/// Records that commits by other processes are no longer noticed.
pub(crate) fn lost(state: &mut ConsoleState, failure: ErrorText) -> Changed {
    let same = state.database.lost.as_ref() == Some(&failure);
    state.database.lost = Some(failure);
    if same { Changed::No } else { Changed::Yes }
}

/// Records that the database file is gone, or is back.
pub(crate) fn file(state: &mut ConsoleState, gone: Option<Gone>) -> Changed {
    if state.database.gone == gone {
        return Changed::No;
    }
    state.database.gone = gone;
    Changed::Yes
}

/// Applies an answer, unless it is stale.
pub(crate) fn apply_page<R: Row>(
    window: &mut Window<R>,
    failure: &mut Option<ErrorText>,
    answer: Answer<Slice<R>, ErrorText>,
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

/// Removes all rows and layers of deleted spaces, and reads the rest again.
pub(crate) fn forget_spaces(state: &mut ConsoleState, gone: &[SpaceId]) {
    let heights = state.viewports;
    state.events.window.retain(|row| !gone.contains(&row.event.space_id), heights.events.into());
    if state.projections.space.is_some_and(|space_id| gone.contains(&space_id)) {
        state.projections.window.reset();
        state.projections.window.wish(Load::Start, Select::First);
    }
    state.layers.retain(|layer| !layer.space_id().is_some_and(|space_id| gone.contains(&space_id)));
    events::reread(state);
}

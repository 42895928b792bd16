//! Opening another file in place of the one that is open. This one stays until the other is open, so that a file that cannot
//! be opened changes nothing.

use crate::console::app::effect::{Effects, OpenCommand};
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, ErrorText, Level, RequestId};
use crate::console::app::update::Changed;
use crate::console::layers::confirm;
use crate::console::layers::opening::SlowOpening;
use crate::sqlite::Location;

/// A file that is being opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextFile {
    /// The number of the request.
    pub request: RequestId,
    /// The file, as it was named.
    pub file: Location,
}

/// Opens a file. If a job is running, asks first.
pub(crate) fn open(state: &mut ConsoleState, file: Location, effects: &mut Effects) {
    match state.jobs.running() {
        Some(_) => confirm::ask_to_leave(state, file),
        None => begin(state, file, effects),
    }
}

/// Begins to open a file, in place of any other that is being opened.
pub(crate) fn begin(state: &mut ConsoleState, file: Location, effects: &mut Effects) {
    let request = state.request();
    state.next_file = Some(NextFile { request, file: file.clone() });
    effects.push(OpenCommand::Open { request, file });
}

/// Gives up opening a file.
pub(crate) fn give_up(state: &mut ConsoleState, effects: &mut Effects) {
    state.layers.pop_as::<SlowOpening>();
    if state.next_file.take().is_some() {
        effects.push(OpenCommand::GiveUp);
    }
}

/// Says that a file takes long to open.
pub(crate) fn is_slow(state: &mut ConsoleState, request: RequestId) -> Changed {
    let Some(next) = state.next_file.as_ref().filter(|next| next.request == request) else {
        return Changed::No;
    };
    state.layers.push(SlowOpening { file: next.file.clone() });
    Changed::Yes
}

/// Ends this state for the file that was opened, or says why it was not.
pub(crate) fn opened(state: &mut ConsoleState, answer: Answer<(), ErrorText>) -> Changed {
    if state.next_file.take_if(|next| next.request == answer.request).is_none() {
        return Changed::No;
    }
    state.layers.retain(|layer| !crate::console::layers::is::<SlowOpening>(layer));
    match answer.result {
        Ok(()) => state.is_replaced = true,
        Err(failure) => state.say(Level::Error, failure.into_sentence()),
    }
    Changed::Yes
}

//! The update function: a message in, effects out. No I/O, no clock, no channels.
//!
//! The table of actions maps a key to an [`Action`](super::action::Action). An action changes the [`ConsoleState`] and may
//! request [`Effect`]s, whose answers arrive as [`Message`]s. After each message, `settle` requests the data that the
//! screen still lacks.

use crate::console::app::effect::{Effect, Effects};
use crate::console::app::message::{Answer, Message};
use crate::console::app::state::{ConsoleState, Size, Viewports};
use crate::console::app::{answers, input, loading, motion};
use crate::console::layers::{audit, delete, form, guide, history};
use crate::console::panes::{events, jobs, projections, spaces};

/// The effect of a message: the screen has to be redrawn, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changed {
    Yes,
    No,
}

/// Applies a message to the state and returns the effects to run.
pub fn update(state: &mut ConsoleState, message: Message) -> Vec<Effect> {
    let mut effects = Effects::default();
    let changed = apply(state, message, &mut effects);
    let arrived = guide::arrive(state);
    let followed = events::follow_event(state);
    let asked = effects.0.len();
    loading::settle(state, &mut effects);
    state.keep_document();
    if [changed, arrived, followed].contains(&Changed::Yes) || effects.0.len() > asked {
        state.revision += 1;
    }
    effects.0
}

fn apply(state: &mut ConsoleState, message: Message, effects: &mut Effects) -> Changed {
    match message {
        Message::Key(key) => input::press(state, key, effects),
        Message::Paste(text) => input::paste(state, &text, effects),
        Message::Resize(size) => resize(state, size),
        Message::Viewports(viewports) => lay_out(state, viewports),
        Message::Changed => answers::changed(state),
        Message::Quiet => answers::quiet(state),
        Message::File(gone) => answers::file(state, gone),
        Message::FollowFailed(failure) => answers::lost(state, failure),
        Message::Spaces(answer) => spaces::loaded(state, answer),
        Message::Blocking(answer) => spaces::found_blocking(state, answer),
        Message::Events(answer) => events::loaded(state, answer),
        Message::Projections(answer) => projections::loaded(state, answer),
        Message::FoundTime(answer) => events::found_time(state, answer),
        Message::History(answer) => history::read(state, answer),
        Message::Operations(answer) => audit::loaded(state, answer),
        Message::Inventory(answer) => delete::show_inventory(state, answer),
        Message::Previewed(answer) => form::previewed(state, answer, effects),
        Message::Submitted(answer) => form::submitted(state, answer, effects),
        Message::Created(answer) => form::created(state, answer),
        Message::Tried(answer) => tried(state, answer, effects),
        Message::LookedInto(answer) => form::import_inspected(state, answer, effects),
        Message::StepTaken(answer) => guide::taken(state, answer),
        Message::Job(id, at, news) => jobs::news(state, id, at, news, effects),
        Message::NoticeRead(number) => forget_notice(state, number),
        Message::Silence(seconds) => jobs::silence(state, seconds),
        Message::Resumed => Changed::Yes,
    }
}

/// Passes the answer to the form or dialog that named the files.
fn tried(state: &mut ConsoleState, answer: Answer<(), String>, effects: &mut Effects) -> Changed {
    match form::shown(state) {
        Some(_) => form::tried(state, answer, effects),
        None => delete::tried(state, answer, effects),
    }
}

/// Clears the notice, unless a newer one has replaced it.
fn forget_notice(state: &mut ConsoleState, number: u64) -> Changed {
    if state.notices == number && state.notice.take().is_some() { Changed::Yes } else { Changed::No }
}

fn resize(state: &mut ConsoleState, size: Size) -> Changed {
    if state.size == size {
        return Changed::No;
    }
    state.size = size;
    Changed::Yes
}

fn lay_out(state: &mut ConsoleState, viewports: Viewports) -> Changed {
    let is_same = std::mem::replace(&mut state.viewports, viewports) == viewports;
    // Another layer of the same height may have the focus now.
    motion::reveal_all(state);
    if is_same { Changed::No } else { Changed::Yes }
}

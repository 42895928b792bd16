//! How the screen changes: message in, effects out. Ring 2: no I/O, no clock, no channel.
//!
//! A key calls for an [`Action`] by the one table of actions; an action changes the [`State`] and may ask
//! for [`Effect`]s; their answers come back as [`Message`]s. After each message, `settle` asks the
//! store for whatever the screen now lacks.

mod able;
mod able_job;
mod able_space;
mod action;
mod answers;
mod arrival;
mod asking;
mod backup;
mod context;
mod copying;
mod deleting;
mod effect;
mod filling_in;
mod filtering;
mod form_errors;
mod form_sending;
mod forms;
mod hints;
mod jobs;
mod jumping;
mod key;
mod keymap;
mod listing;
mod loading;
mod looking;
mod marking;
mod message;
mod motion;
mod moving;
mod operator_log;
mod perform;
mod places;
mod plan;
mod reason;
mod selection;
mod spec;
mod table;
mod transfer;
mod typing;
mod unknown_key;
mod vanishing;
mod walking;

pub use action::{Action, Context, HelpRow, HelpSection, Hint};
pub use context::context;
pub use effect::Effect;
pub use hints::{guide_hints, hints};
pub use key::{Code, Key, UnknownKey};
pub use keymap::{action, help, key_of};
pub use message::{Answer, JobNews, Message, Refusal, Spaces};
pub use plan::{place, plan};
pub use reason::{Able, Reason};
pub use spec::Spec;
pub use table::table;

use crate::console::state::{Size, State, Viewports};

/// Whether a message changed what is on screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Changed {
    Yes,
    No,
}

/// Takes in a message: changes the state and returns what is to be done outside.
pub fn update(state: &mut State, message: Message) -> Vec<Effect> {
    let mut effects = Vec::new();
    let changed = take_in(state, message, &mut effects);
    let arrived = walking::arrive(state);
    let followed = selection::follow_event(state);
    let asked = effects.len();
    loading::settle(state, &mut effects);
    state.keep_document();
    if [changed, arrived, followed].contains(&Changed::Yes) || effects.len() > asked {
        state.revision += 1;
    }
    effects
}

fn take_in(state: &mut State, message: Message, effects: &mut Vec<Effect>) -> Changed {
    match message {
        Message::Key(key) => press(state, key, effects),
        Message::Paste(text) => typing::paste(state, &text, effects),
        Message::Resize(size) => resize(state, size),
        Message::Viewports(viewports) => lay_out(state, viewports),
        Message::Changed => answers::changed(state),
        Message::Quiet => answers::quiet(state),
        Message::File(gone) => answers::file(state, gone),
        Message::FollowFailed(failure) => answers::lost(state, failure),
        Message::Spaces(answer) => answers::spaces(state, answer),
        Message::Blocking(answer) => answers::blocking(state, answer),
        Message::Events(answer) => answers::events(state, answer),
        Message::Projections(answer) => answers::projections(state, answer),
        Message::FoundTime(answer) => answers::found_time(state, answer),
        Message::History(answer) => answers::history(state, answer),
        Message::Operations(answer) => operator_log::loaded(state, answer),
        Message::Inventory(answer) => deleting::inventory(state, answer),
        Message::Previewed(answer) => form_sending::previewed(state, answer, effects),
        Message::Submitted(answer) => form_sending::submitted(state, answer, effects),
        Message::Created(answer) => form_sending::created(state, answer),
        Message::Tried(answer) => tried(state, answer, effects),
        Message::LookedInto(answer) => transfer::looked_into(state, answer, effects),
        Message::StepTaken(answer) => walking::taken(state, answer),
        Message::Job(id, at, news) => jobs::news(state, id, at, news, effects),
        Message::NoticeRead(said) => forget_notice(state, said),
        Message::Silence(seconds) => jobs::silence(state, seconds),
        Message::Resumed => Changed::Yes,
    }
}

/// A key calls for an action, or types a character; otherwise a message says where it works.
fn press(state: &mut State, key: Key, effects: &mut Vec<Effect>) -> Changed {
    let had_notice = state.notice.take().is_some();
    walking::let_go(state);
    let done = match action(state, key) {
        Some(action) => perform::perform(state, action, effects),
        None => match typing::key(state, key, effects) {
            Changed::Yes => Changed::Yes,
            Changed::No => unknown_key::say(state, key),
        },
    };
    if had_notice { Changed::Yes } else { done }
}

/// Whoever named the files hears of it.
fn tried(state: &mut State, answer: Answer<(), String>, effects: &mut Vec<Effect>) -> Changed {
    match forms::shown(state) {
        Some(_) => transfer::tried(state, answer, effects),
        None => deleting::tried(state, answer, effects),
    }
}

/// Takes away what was said, unless something else was said since.
fn forget_notice(state: &mut State, said: u64) -> Changed {
    if state.said == said && state.notice.take().is_some() { Changed::Yes } else { Changed::No }
}

fn resize(state: &mut State, size: Size) -> Changed {
    if state.size == size {
        return Changed::No;
    }
    state.size = size;
    Changed::Yes
}

fn lay_out(state: &mut State, viewports: Viewports) -> Changed {
    let is_same = std::mem::replace(&mut state.viewports, viewports) == viewports;
    // Another layer of the same height may have the focus now.
    moving::reveal_all(state);
    if is_same { Changed::No } else { Changed::Yes }
}

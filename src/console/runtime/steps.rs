//! The steps of a walk, taken one at a time. Knows no thread, as [`queries`](super::queries) does not.

use crate::apps::Apps;
use crate::console::update::{Answer, Effect, Message};
use crate::console::walkthrough::Walkthrough;
use crate::content_store::Store;

/// Takes the step that is asked for; other effects are none of its business.
pub(in crate::console) fn take(
    walkthrough: &Walkthrough,
    store: &Store,
    apps: &Apps,
    effect: &Effect,
) -> Option<Message> {
    let Effect::TakeStep { request, step } = *effect else { return None };
    Some(Message::StepTaken(Answer { request, result: walkthrough.take(step, store, apps) }))
}

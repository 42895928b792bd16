//! Runs the steps of a walk.

use crate::apps::Apps;
use crate::console::update::{Answer, Effect, Message};
use crate::console::walkthrough::Walkthrough;
use crate::content_store::Store;

/// Runs the requested step. Returns `None` for other effects.
pub(in crate::console) fn take(
    walkthrough: &Walkthrough,
    store: &Store,
    apps: &Apps,
    effect: &Effect,
) -> Option<Message> {
    let Effect::TakeStep { request, step } = *effect else { return None };
    Some(Message::StepTaken(Answer { request, result: walkthrough.take(step, store, apps) }))
}

//! Runs the steps of a walk.

use crate::console::app::effect::StepCommand;
use crate::console::app::message::{Answer, Message};
use crate::console::walkthrough::Walkthrough;
use crate::content_store::{Apps, Store};

/// Runs the requested step.
pub(in crate::console) fn take(
    walkthrough: &Walkthrough,
    store: &Store,
    apps: &Apps,
    StepCommand { request, step }: StepCommand,
) -> Message {
    Message::StepTaken(Answer { request, result: walkthrough.take(step, store, apps) })
}

//! Typing a condition on the value of a key.

use crate::console::app::state::ConsoleState;
use crate::console::layers::flips;
use crate::console::layers::prompt::{InputError, Prompt, PromptPurpose};
use crate::query::ValueQuery;

/// The ways to write a condition.
const HINT: &str =
    "name=Ada equals, email~acme contains, -name=Ada is the opposite, =3 is about the value itself";

/// Asks for a condition on the value of a key.
pub(crate) fn ask_condition(state: &mut ConsoleState) {
    let text = flips::typed_condition(state);
    state.layers.push(Prompt::new(PromptPurpose::Condition, &text));
}

/// Looks for the events at which the typed condition flipped.
pub(super) fn accept(state: &mut ConsoleState) {
    let Some(prompt) = state.layers.top_as_mut::<Prompt>() else { return };
    let text = prompt.input.text().to_owned();
    match text.parse::<ValueQuery>() {
        Ok(condition) => {
            state.layers.pop();
            flips::show(state, &text, condition);
        }
        Err(error) => {
            let message = format!("{}: {HINT}", error.problem);
            prompt.error = Some(InputError { message, place: error.place });
        }
    }
}

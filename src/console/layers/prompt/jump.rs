//! Jumping to a typed number or time.

use crate::console::app::effect::{Effects, StoreQuery};
use crate::console::app::state::{ConsoleState, Level};
use crate::console::app::window::{Load, Select};
use crate::console::layers::prompt::{InputError, Prompt, PromptPurpose};
use crate::operations;
use crate::query::moment::Moment;
use crate::text::grouped;

/// Asks where to jump.
pub(crate) fn ask_place(state: &mut ConsoleState) {
    state.layers.push(Prompt::new(PromptPurpose::Jump, ""));
}

/// Jumps to the typed number or time.
pub(super) fn jump(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(prompt) = state.layers.top_as_mut::<Prompt>() else { return };
    let text = prompt.input.text();
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | '_' | ' ')).collect();
    match (digits.parse(), text.parse()) {
        (Ok(number), _) => {
            state.layers.pop();
            jump_to(state, number);
        }
        (_, Ok(moment)) => {
            state.layers.pop();
            jump_to_time(state, moment, effects);
        }
        _ => {
            let message = "not a number or a time such as 2026-01-31T10:00, 10:00 or 2h".to_owned();
            prompt.error = Some(InputError { message, place: 0..prompt.input.text().len() });
        }
    }
}

fn jump_to(state: &mut ConsoleState, number: u64) {
    let last = state.last_position(state.events.scope);
    if number > last {
        state.say(Level::Note, format!("the last event is {}", grouped(last)));
    }
    let place = operations::Position(number.min(last));
    state.events.following = false;
    state.events.window.wish(Load::Around(place), Select::At(place));
}

fn jump_to_time(state: &mut ConsoleState, moment: Moment, effects: &mut Effects) {
    let Some(scope) = state.events.scope else { return };
    let request = state.request();
    state.events.following = false;
    state.events.seeking = Some(request);
    effects.push(StoreQuery::FindTime { request, scope, moment });
}

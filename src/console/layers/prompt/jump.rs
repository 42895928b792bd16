//! Jumping to a typed number or time.

use crate::console::app::effect::{Effects, StoreQuery};
use crate::console::app::state::{ConsoleState, ErrorText, Level};
use crate::console::app::trail;
use crate::console::app::window::{Load, Select};
use crate::console::layers::prompt::{InputError, Prompt, PromptPurpose};
use crate::console::panes::{Pane, travel};
use crate::operations;
use crate::query::moment::Moment;
use crate::text::grouped;

/// Asks where to jump.
pub(crate) fn ask_place(state: &mut ConsoleState) {
    state.layers.push(Prompt::new(PromptPurpose::Jump, ""));
}

/// A place among the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EventPlace {
    /// A sequence, or an event id among all spaces.
    Number(u64),
    /// A point in time.
    Time(Moment),
}

/// Parses a place among the events. A time without a time zone is in the one in which times are shown.
///
/// # Errors
/// Returns the reason if the text is neither a number nor a time.
pub(crate) fn place(state: &ConsoleState, text: &str) -> Result<EventPlace, InputError> {
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | '_' | ' ')).collect();
    match (digits.parse(), Moment::parse_in(text, &state.settings.time_zone)) {
        (Ok(number), _) => Ok(EventPlace::Number(number)),
        (_, Ok(moment)) => Ok(EventPlace::Time(moment)),
        _ => {
            let message = "not a number or a time such as 2026-01-31T10:00, 10:00 or 2h".to_owned();
            Err(InputError { message, place: 0..text.len() })
        }
    }
}

/// Jumps to the typed number or time.
pub(super) fn accept(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(text) = state.layers.top_as::<Prompt>().map(|prompt| prompt.input.text()) else { return };
    let text = text.to_owned();
    let jumped = match travel::is_travelling(state) {
        true => travel::point::go_to(state, (&text, false), effects),
        false => place(state, &text).map(|place| {
            state.layers.pop();
            trail::keep_to_return(state);
            // The prompt may have been opened over a detail.
            state.layers.clear();
            state.focus(Pane::Events);
            jump(state, place, effects);
            true
        }),
    };
    match jumped {
        // A comparison may have taken its place.
        Ok(true) => close_place(state),
        Ok(false) => {}
        Err(error) => {
            if let Some(prompt) = state.layers.top_as_mut::<Prompt>() {
                prompt.error = Some(error);
            }
        }
    }
}

/// Closes the prompt for a place, if it is still open.
pub(crate) fn close_place(state: &mut ConsoleState) {
    let is_open = state.layers.top_as::<Prompt>().is_some_and(|prompt| prompt.purpose == PromptPurpose::Jump);
    if is_open {
        state.layers.pop();
    }
}

/// Says in the prompt for a place why there is none.
///
/// # Errors
/// Returns the reason if the prompt was closed meanwhile.
pub(crate) fn refuse_place(state: &mut ConsoleState, failure: ErrorText) -> Result<(), ErrorText> {
    let prompt = state.layers.top_as_mut::<Prompt>().filter(|prompt| prompt.purpose == PromptPurpose::Jump);
    let Some(prompt) = prompt else { return Err(failure) };
    prompt.error = Some(InputError { message: failure.message, place: 0..prompt.input.text().len() });
    Ok(())
}

/// Jumps to a place among the events.
pub(crate) fn jump(state: &mut ConsoleState, place: EventPlace, effects: &mut Effects) {
    match place {
        EventPlace::Number(number) => jump_to(state, number),
        EventPlace::Time(moment) => jump_to_time(state, moment, effects),
    }
}

fn jump_to(state: &mut ConsoleState, number: u64) {
    let last = state.last_position(state.events.scope);
    if number > last {
        state.say(Level::Note, format!("the last event is {}", grouped(last)));
    } else if number == 0 {
        state.say(Level::Note, "events are numbered from 1".to_owned());
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

//! The effects of typed commands that are no actions.

use super::{AUTO, Given};
use crate::console::app::effect::{Effects, TerminalCommand};
use crate::console::app::link::{self, LinkTarget};
use crate::console::app::state::{ConsoleState, Level};
use crate::console::app::trail;
use crate::console::layers::help;
use crate::console::layers::palette::go;
use crate::console::layers::palette::thing::Thing;
use crate::console::layers::prompt::{self, EventPlace};
use crate::console::layers::trace;
use crate::console::panes::{Pane, detail, events, travel};
use crate::console::theme::ThemeName;
use crate::event::EventId;
use crate::query::Query;

pub(super) fn visit(state: &mut ConsoleState, given: Given<'_>, _: &mut Effects) -> Result<(), String> {
    match given.thing {
        Some(thing) => {
            go::show(state, thing);
            Ok(())
        }
        None => Err(format!("there is no {}", given.text)),
    }
}

/// Shows the events of a space, whatever the pane.
pub(super) fn show_events(
    state: &mut ConsoleState,
    given: Given<'_>,
    effects: &mut Effects,
) -> Result<(), String> {
    visit(state, given, effects)?;
    if let Some(Thing::Space { space_id, .. }) = given.thing {
        events::show_newest(state, *space_id);
    }
    Ok(())
}

/// Shows the projections of a space, whatever the pane.
pub(super) fn show_projections(
    state: &mut ConsoleState,
    given: Given<'_>,
    effects: &mut Effects,
) -> Result<(), String> {
    visit(state, given, effects)?;
    state.focus(Pane::Projections);
    Ok(())
}

pub(super) fn go_to_cause(
    state: &mut ConsoleState,
    _: Given<'_>,
    effects: &mut Effects,
) -> Result<(), String> {
    match detail::subject(state).as_ref().and_then(detail::cause) {
        Some(_) => {
            detail::go_to_cause(state, effects);
            Ok(())
        }
        None => Err("no event is selected that another one has caused".to_owned()),
    }
}

pub(super) fn go_to_event(
    state: &mut ConsoleState,
    given: Given<'_>,
    effects: &mut Effects,
) -> Result<(), String> {
    match prompt::place(state, given.text).map_err(|error| error.message)? {
        EventPlace::Number(id) => link::follow(state, LinkTarget::Event(EventId(id)), effects),
        EventPlace::Time(_) => return go_to_sequence(state, given, effects),
    }
    Ok(())
}

pub(super) fn go_to_sequence(
    state: &mut ConsoleState,
    given: Given<'_>,
    effects: &mut Effects,
) -> Result<(), String> {
    let place = prompt::place(state, given.text).map_err(|error| error.message)?;
    trail::keep_to_return(state);
    state.layers.clear();
    state.focus(Pane::Events);
    prompt::jump(state, place, effects);
    Ok(())
}

/// Returns the id of an event that is typed in digits.
pub(in crate::console::layers::palette) fn event_id(text: &str) -> Result<EventId, String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | '_' | ' ')).collect();
    digits.parse().map(EventId).map_err(|_| "not the id of an event: a number such as 92".to_owned())
}

pub(super) fn show_trace(state: &mut ConsoleState, given: Given<'_>, _: &mut Effects) -> Result<(), String> {
    trace::show(state, event_id(given.text)?);
    Ok(())
}

pub(super) fn compare(
    state: &mut ConsoleState,
    given: Given<'_>,
    effects: &mut Effects,
) -> Result<(), String> {
    let points: Vec<&str> = given.text.split_whitespace().collect();
    match points.as_slice() {
        [one, other] => travel_to(state, Given { text: &format!("{one}..{other}"), thing: None }, effects),
        _ => Err("name two points, such as 20 40".to_owned()),
    }
}

pub(super) fn travel_to(
    state: &mut ConsoleState,
    given: Given<'_>,
    effects: &mut Effects,
) -> Result<(), String> {
    travel::can_travel(state).map_err(|reason| reason.text(&state.settings.keys))?;
    let Some(space_id) = state.spaces.selected else { return Ok(()) };
    let is_new = travel::is_now(state);
    travel::open(state, space_id);
    match travel::point::go_to(state, (given.text, is_new), effects) {
        Ok(_) => Ok(()),
        Err(error) => {
            if is_new {
                travel::leave(state);
            }
            Err(error.message)
        }
    }
}

pub(super) fn filter(state: &mut ConsoleState, given: Given<'_>, _: &mut Effects) -> Result<(), String> {
    // Only events have the fields that a query names.
    let names_fields = given.text.parse().is_ok_and(|query: Query| query.names_fields());
    let pane = if names_fields { Pane::Events } else { state.focus };
    prompt::set_typed_filter(state, pane, given.text)?;
    state.layers.clear();
    state.focus(pane);
    Ok(())
}

pub(super) fn set_theme(
    state: &mut ConsoleState,
    given: Given<'_>,
    effects: &mut Effects,
) -> Result<(), String> {
    if given.text.trim() == AUTO {
        // Until the terminal answers, which not all do, as when the console opens.
        (state.theme_name, state.theme_adapts) = (ThemeName::Dark, true);
        effects.push(TerminalCommand::AskBackground);
        state.say(Level::Note, "the theme follows the background, if the terminal tells it");
        return Ok(());
    }
    let Some(name) = ThemeName::named(given.text.trim()) else {
        return Err(format!("there is no theme {}", given.text));
    };
    (state.theme_name, state.theme_adapts) = (name, false);
    Ok(())
}

pub(super) fn look_up(state: &mut ConsoleState, given: Given<'_>, _: &mut Effects) -> Result<(), String> {
    help::open(state, given.text.trim());
    Ok(())
}

//! The form that forks a space at an event.

use crate::console::app::effect::Effects;
use crate::console::app::state::ConsoleState;
use crate::console::layers::confirm::plan;
use crate::console::layers::form::failure::set_error;
use crate::console::layers::form::files::{line, value};
use crate::console::layers::form::preview::preview;
use crate::console::layers::form::state::{Form, FormPreview, FormPurpose};
use crate::console::layers::form::update::{close, form, open, shown};
use crate::console::panes::detail::{self, Detail, Subject};
use crate::console::panes::jobs;
use crate::event::SpaceSequence;
use crate::operations::{AnyOperation, Fork, PointInTime, SpaceOverview, fork_name};
use crate::space::SpaceState;
use crate::text::grouped;

const AT: &str = "at";
const NAME: &str = "name";

/// Opens the form for the selected space, at the point of its past that is shown, or at the selected event.
pub(crate) fn open_fork(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(overview) = state.space().cloned() else { return };
    let space_id = overview.space.space_id;
    let past = state.travel.as_ref().filter(|travel| travel.space_id == space_id).map(|travel| travel.at);
    let selected = match detail::subject(state) {
        Some(Subject::Event(event)) if event.space_id == space_id => Some(event.space_sequence),
        _ => None,
    };
    let is_opened = state.layers.top_as::<Detail>().is_some();
    let at = if is_opened { selected.or(past) } else { past.or(selected) };
    let at = at.unwrap_or(overview.head.last_sequence);
    let fields = vec![
        line(
            AT,
            "At",
            "the last event: a sequence such as 120, or a time such as 10:00 or 2h",
            true,
            &at.to_string(),
        ),
        line(NAME, "Name", "empty: the name of the space with the last sequence", false, ""),
    ];
    let summary = "Creates a space with the events up to a point, to experiment in";
    open(state, FormPurpose::Fork { space: Box::new(overview) }, "Fork", summary, fields);
    preview(state, effects);
}

/// Returns the fork that a form describes, or the field that is wrong and the reason.
pub(super) fn fork_of(form: &Form) -> Result<Fork, (&'static str, String)> {
    let FormPurpose::Fork { space } = &form.purpose else { return Ok(Fork::default()) };
    let at = value(&form.fields, AT).parse::<PointInTime>().map_err(|error| (AT, error.to_string()))?;
    let last = space.head.last_sequence;
    match at {
        PointInTime::Sequence(SpaceSequence::START) => {
            return Err((AT, "there is no event up to sequence 0; enter a later one".to_owned()));
        }
        PointInTime::Sequence(sequence) if sequence > last => {
            let last = grouped(last.0);
            return Err((AT, format!("the last event has sequence {last}; enter an earlier one")));
        }
        _ => {}
    }
    let name = Some(value(&form.fields, NAME).to_owned()).filter(|name| !name.is_empty());
    Ok(Fork { name, at: Some(at) })
}

/// Shows the plan of the fork, or the reason why it would be refused.
pub(super) fn preview_fork(state: &mut ConsoleState) {
    let Some(top) = shown(state) else { return };
    let FormPurpose::Fork { space } = &top.purpose else { return };
    let planned = fork_of(top).and_then(|fork| {
        let name = new_name(&fork, space);
        if name.as_ref().is_some_and(|name| is_taken(state, name)) {
            let name = name.unwrap_or_default();
            return Err((NAME, format!("the space {name} already exists; enter another name")));
        }
        let named = name.unwrap_or_else(|| format!("{}@SEQUENCE", space.space.space_name));
        let created = format!("the space {named} is created, a fork of {}", space.space.space_name);
        let spaces = std::slice::from_ref(space.as_ref());
        Ok(std::iter::once(created).chain(plan(state, &fork.into(), spaces, &[])).collect())
    });
    let Some(form) = form(state) else { return };
    form.clear_field_errors();
    match planned {
        Ok(words) => form.preview = FormPreview::Words(words),
        Err((field, reason)) => {
            set_error(form, field, reason);
            form.preview = FormPreview::Refused;
        }
    }
}

/// Returns the name of the new space, unless it depends on the sequence at a time.
fn new_name(fork: &Fork, space: &SpaceOverview) -> Option<String> {
    let usual = || match &fork.at {
        Some(PointInTime::Sequence(sequence)) => Some(fork_name(&space.space.space_name, *sequence)),
        _ => None,
    };
    fork.name.clone().or_else(usual)
}

/// Returns true if a space has the name, unless it is the remains of a fork or an import, which the next one replaces.
fn is_taken(state: &ConsoleState, name: &str) -> bool {
    let found = state.spaces.named(name).and_then(|space_id| state.spaces.get(space_id));
    found.is_some_and(|found| found.space.state != SpaceState::Importing)
}

/// Queues the fork and closes the form.
pub(super) fn fork(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(top) = shown(state) else { return };
    let FormPurpose::Fork { space } = &top.purpose else { return };
    let Ok(fork) = fork_of(top) else { return };
    let space = space.space.clone();
    close(state);
    jobs::queue(state, vec![(AnyOperation::Fork(fork), space)], effects);
}

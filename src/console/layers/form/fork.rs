//! The form that forks a space at an event.

use crate::console::app::effect::{Effects, StoreQuery};
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::update::Changed;
use crate::console::layers::confirm::plan;
use crate::console::layers::form::failure::set_error;
use crate::console::layers::form::files::{line, value};
use crate::console::layers::form::preview::preview;
use crate::console::layers::form::state::{Form, FormPreview, FormPurpose};
use crate::console::layers::form::update::{close, form, open, shown};
use crate::console::panes::detail::{self, Detail, Subject};
use crate::console::panes::jobs;
use crate::error::{Error, StoreError};
use crate::operations::{AnyOperation, Fork, ForkPlan, ParsePointError, PointInTime};

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
    let purpose = FormPurpose::Fork { space: Box::new(overview), planned: None };
    open(state, purpose, "Fork", summary, fields);
    preview(state, effects);
}

/// Returns the fork that a form describes. Once it is planned, a time means the event that it meant then.
pub(super) fn fork_of(form: &Form) -> Result<Fork, ParsePointError> {
    let at = match &form.purpose {
        FormPurpose::Fork { planned: Some(until), .. } => PointInTime::Sequence(*until),
        _ => value(&form.fields, AT).parse()?,
    };
    let name = Some(value(&form.fields, NAME).to_owned()).filter(|name| !name.is_empty());
    Ok(Fork { name, at: Some(at) })
}

/// Requests the plan of the fork, unless the point is malformed.
pub(super) fn preview_fork(form: &mut Form, request: RequestId, effects: &mut Effects) {
    let FormPurpose::Fork { space, planned } = &mut form.purpose else { return };
    *planned = None;
    let space_id = space.space.space_id;
    match fork_of(form) {
        Ok(fork) => {
            form.preview = FormPreview::Pending(request, None);
            effects.push(StoreQuery::PlanFork { request, space_id, fork });
        }
        Err(error) => refuse(form, AT, error.to_string()),
    }
}

/// Shows the plan, or the reason why the fork would be refused.
pub(crate) fn fork_planned(
    state: &mut ConsoleState,
    answer: Answer<ForkPlan, Error>,
    effects: &mut Effects,
) -> Changed {
    let bound = state.settings.keys.clone();
    let Some(top) = shown(state).filter(|form| form.expects(answer.request)) else { return Changed::No };
    let FormPurpose::Fork { space, .. } = &top.purpose else { return Changed::No };
    let words = |found: &ForkPlan| {
        let created = format!("the space {} is created, a fork of {}", found.name, space.space.space_name);
        let fork = Fork { at: Some(PointInTime::Sequence(found.until)), ..fork_of(top).unwrap_or_default() };
        let spaces = std::slice::from_ref(space.as_ref());
        std::iter::once(created).chain(plan(state, &fork.into(), spaces, &[])).collect()
    };
    let words = answer.result.as_ref().map_or_else(|_| Vec::new(), words);
    let Some(form) = form(state) else { return Changed::No };
    let send = std::mem::take(&mut form.send_when_previewed);
    form.clear_field_errors();
    form.error = None;
    match answer.result {
        Ok(found) => {
            form.preview = FormPreview::Words(words);
            if let FormPurpose::Fork { planned, .. } = &mut form.purpose {
                *planned = Some(found.until);
            }
            if send {
                fork(state, effects);
            }
        }
        Err(error) => {
            let failure = ErrorText::of(&error, &bound);
            match field_of(&error) {
                Some(field) => refuse(form, field, failure.into_sentence()),
                None => {
                    form.preview = FormPreview::Refused;
                    form.error = Some(failure);
                }
            }
            if send {
                form.show_refusal();
            }
        }
    }
    Changed::Yes
}

fn refuse(form: &mut Form, field: &str, reason: String) {
    form.clear_field_errors();
    set_error(form, field, reason);
    form.preview = FormPreview::Refused;
}

/// Returns the field that an error is about.
fn field_of(error: &Error) -> Option<&'static str> {
    match error {
        Error::Fork(_) => Some(AT),
        Error::Store(StoreError::SpaceExists { .. } | StoreError::InvalidSpaceName { .. }) => Some(NAME),
        _ => None,
    }
}

/// Queues the fork as it was planned and closes the form.
pub(super) fn fork(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(top) = shown(state) else { return };
    let FormPurpose::Fork { space, planned: Some(_) } = &top.purpose else { return };
    let Ok(fork) = fork_of(top) else { return };
    let space = space.space.clone();
    close(state);
    jobs::queue(state, vec![(AnyOperation::Fork(fork), space)], effects);
}

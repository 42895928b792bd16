//! The form that erases fields of one entity's events.

use crate::console::app::effect::{Effects, StoreQuery};
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::update::Changed;
use crate::console::layers::form::failure::set_error;
use crate::console::layers::form::preview::preview;
use crate::console::layers::form::state::{FieldInput, Form, FormField, FormPreview, FormPurpose};
use crate::console::layers::form::update::{close, form, open, shown};
use crate::console::panes::{Pane, jobs};
use crate::console::widgets::text_input::TextInput;
use crate::error::RedactionError;
use crate::operations::{AnyOperation, FieldPath, FieldPlan, Redact, RedactionPlan};
use crate::text::{counted, grouped, visible};

const ENTITY: &str = "entity";
const FIELDS: &str = "fields";
const PURGE: &str = "purge";
const CONFIRM: &str = "confirm";

/// The options for the rewrite of the file.
const CHOICES: [&str; 2] = ["no", "yes"];

/// Opens the form for the selected space, and for the entity of the selected event or key.
pub(crate) fn open_redact(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(space) = state.space().map(|found| found.space.clone()) else { return };
    let entity = selected_entity(state).unwrap_or_default();
    let line = |name, label, help, text: &str| {
        FormField::new(name, label, help, true, FieldInput::Text(TextInput::line().with(text)))
    };
    let purge = FieldInput::Choice { options: CHOICES.to_vec(), chosen: Some(0) };
    let purge_help = format!(
        "{}; {{key:previous-choice}} {{key:next-choice}} choose",
        state.database.capabilities.purge_values
    );
    let fields = vec![
        line(ENTITY, "Entity", "the entity whose events are redacted, such as c1", &entity),
        line(FIELDS, "Fields", "such as name email address.street meta.actor, with spaces between", ""),
        FormField::new(PURGE, "Purge", purge_help, false, purge),
        FormField::confirmation(CONFIRM, "Confirm", "type the name of the space to erase the fields"),
    ];
    let summary = "Erases fields of one entity's events, and searches for the values afterwards";
    open(state, FormPurpose::Redact { space: Box::new(space) }, "Redact", summary, fields);
    preview(state, effects);
}

/// Returns the entity of the selected event, or that of the selected key.
fn selected_entity(state: &ConsoleState) -> Option<String> {
    match state.focus {
        Pane::Events => state.events.selected().map(|event| event.entity_id.clone()),
        Pane::Projections => {
            let key = &state.projections.window.selected_row()?.key;
            Some(key.split_once(':').map_or(key.as_str(), |(_, entity)| entity).to_owned())
        }
        _ => None,
    }
}

fn value<'a>(form: &'a Form, name: &str) -> &'a str {
    form.fields.iter().find(|field| field.name == name).map_or("", FormField::value)
}

/// Returns the redaction that a form describes.
pub(super) fn redact_of(form: &Form) -> Result<Redact, RedactionError> {
    let fields = FieldPath::listed(value(form, FIELDS))?;
    Ok(Redact {
        entity_id: value(form, ENTITY).to_owned(),
        fields,
        purge: value(form, PURGE) == CHOICES[1],
        skip_errors: false,
    })
}

/// Requests the inventory, unless a field is malformed.
pub(super) fn preview_redact(form: &mut Form, request: RequestId, effects: &mut Effects) {
    let FormPurpose::Redact { space } = &form.purpose else { return };
    let space_id = space.space_id;
    match redact_of(form) {
        Ok(redact) => {
            form.preview = FormPreview::Pending(request, None);
            effects.push(StoreQuery::PlanRedaction { request, space_id, redact });
        }
        Err(error) => {
            set_error(form, FIELDS, error.to_string());
            form.preview = FormPreview::Refused;
        }
    }
}

/// Shows the inventory, or the reason why nothing can be erased.
pub(crate) fn redaction_planned(
    state: &mut ConsoleState,
    answer: Answer<Box<RedactionPlan>, ErrorText>,
    effects: &mut Effects,
) -> Changed {
    let Some(form) = form(state).filter(|form| form.expects(answer.request)) else { return Changed::No };
    let send = std::mem::take(&mut form.send_when_previewed);
    form.clear_field_errors();
    match answer.result {
        Ok(plan) => {
            form.preview = FormPreview::Words(words(&plan));
            if send {
                redact(state, effects);
            }
        }
        Err(error) => {
            form.preview = FormPreview::Refused;
            form.error = Some(error);
        }
    }
    Changed::Yes
}

/// Says what is erased, with numbers.
fn words(plan: &RedactionPlan) -> Vec<String> {
    let mut words = vec![format!(
        "to redact: {} of {}",
        grouped(plan.events),
        counted(plan.entity_events, "event", "events")
    )];
    words.extend(plan.fields.iter().map(|FieldPlan { field, events, erased_before }| {
        let before = match erased_before {
            0 => String::new(),
            count => format!(", {} redacted before", grouped(*count)),
        };
        format!("{field}: {}{before}", counted(*events, "event", "events"))
    }));
    words.push(format!("rebuilt without the values: {}", plan.projections.join(", ")));
    words.push("if the app cannot apply an event without them, nothing is erased".to_owned());
    words.push("this cannot be undone".to_owned());
    words.push("out of reach: exports, backups and other copies that were made before".to_owned());
    words.extend(plan.out_of_reach.iter().map(|place| format!("out of reach: {place}")));
    words
}

/// Queues the redaction and closes the form, if the name of the space is typed.
pub(super) fn redact(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(top) = shown(state) else { return };
    let FormPurpose::Redact { space } = &top.purpose else { return };
    let space = space.as_ref().clone();
    let typed = value(top, CONFIRM).to_owned();
    let Ok(redact) = redact_of(top) else { return };
    // Some characters cannot be typed, but their visible form can.
    if typed != space.space_name && typed != visible(&space.space_name) {
        if let Some(form) = form(state) {
            set_error(form, CONFIRM, format!("type {} to erase the fields", space.space_name));
            form.show_refusal();
        }
        return;
    }
    close(state);
    jobs::queue(state, vec![(AnyOperation::Redact(redact), space)], effects);
}

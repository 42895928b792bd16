//! The form that writes a bug report: the events of the selected event, its entity or its correlation, with masked values.

use std::path::PathBuf;

use crate::console::app::action::Section::Actions;
use crate::console::app::action::{Action, Spec};
use crate::console::app::availability::{Availability, Reason, unavailable};
use crate::console::app::context::EVENTS;
use crate::console::app::effect::Effects;
use crate::console::app::state::ConsoleState;
use crate::console::layers::cast;
use crate::console::layers::confirm::plan;
use crate::console::layers::form::failure::set_error;
use crate::console::layers::form::files::{BESIDE, FILE, existing, line, replaces, value};
use crate::console::layers::form::preview::preview;
use crate::console::layers::form::state::{FieldInput, Form, FormField, FormPreview, FormPurpose};
use crate::console::layers::form::update::{close, form, open, shown};
use crate::console::layers::history::History;
use crate::console::layers::timeline::Timeline;
use crate::console::layers::trace::TraceView;
use crate::console::panes::detail::{self, Subject};
use crate::console::panes::events::ShownEvent;
use crate::console::panes::{jobs, spaces};
use crate::console::widgets::text_input::TextInput;
use crate::error::RedactionError;
use crate::operations::{AnyOperation, BugReport, ExportBugReport, FieldPath, SpaceOverview};
use crate::space::ReportSubject;

pub(super) const MASKS: &str = "masks";
const SUBJECT: &str = "subject";
const FORM: &str = "form";

/// The options for the events, and for the form of the file with its extension.
const SUBJECTS: [&str; 3] = ["event", "entity", "correlation"];
const FORMS: [(&str, &str); 2] = [("export", "jsonl"), ("test in Rust", "rs")];

pub(crate) const ACTIONS: &[Spec] = &[Spec {
    action: Action::BugReport,
    section: Actions,
    title: "bug report",
    description: "Export the events of this event, entity or correlation, with masked values, or as a test",
    keys: &["~"],
    contexts: EVENTS,
    enabled: can_report,
    run: open_bug_report,
    ..Spec::ALWAYS
}];

/// The subjects of which a bug report can be written, and the names of fields that can be masked.
#[derive(Debug, Clone)]
pub struct ReportChoice {
    /// The space.
    pub space: SpaceOverview,
    /// The event, its entity, and its correlation if it has one.
    pub subjects: Vec<ReportSubject>,
    /// The fields of the event.
    pub fields: Vec<String>,
}

fn selected(state: &ConsoleState) -> Option<(&SpaceOverview, std::sync::Arc<ShownEvent>)> {
    let Some(Subject::Event(event)) = detail::subject(state) else { return None };
    Some((state.spaces.get(event.space_id)?, event))
}

/// Returns the reason if there is no event, or nothing of its space can be exported.
fn can_report(state: &ConsoleState) -> Availability {
    detail::selected(state)?;
    match selected(state) {
        Some((space, event)) => {
            let report = BugReport {
                subject: ReportSubject::Event(event.event_id),
                masks: Vec::new(),
                as_test: false,
            };
            let operation = ExportBugReport { report, file: PathBuf::new(), replace: false };
            spaces::can_run_on(state, &operation.into(), space)
        }
        None => unavailable("a bug report is about an event; select one"),
    }
}

/// Opens the form for the selected event. In its history it proposes the entity, in a timeline the correlation.
fn open_bug_report(state: &mut ConsoleState, effects: &mut Effects) {
    let Some((space, event)) = selected(state) else { return };
    let of_event = [ReportSubject::Event(event.event_id), ReportSubject::Entity(event.entity_id.clone())];
    let subjects: Vec<_> =
        of_event.into_iter().chain(event.correlation_id.map(ReportSubject::Correlation)).collect();
    let fields = FieldPath::all_of(&event).iter().map(ToString::to_string).collect();
    let choice = ReportChoice { space: space.clone(), subjects, fields };
    let chosen = proposed(state).min(choice.subjects.len() - 1);
    let select = |name, label, help, options: Vec<&'static str>, chosen| {
        FormField::new(name, label, help, false, FieldInput::Choice { options, chosen: Some(chosen) })
    };
    let choose = "{key:previous-choice} {key:next-choice} choose";
    let masks = FieldInput::Text(TextInput::line());
    let form = vec![
        FormField::new(MASKS, "Mask", "fields, such as name email; empty: none", false, masks),
        select(SUBJECT, "Events of", choose, SUBJECTS[..choice.subjects.len()].to_vec(), chosen),
        select(FORM, "As", choose, FORMS.map(|(name, _)| name).to_vec(), 0),
        line(FILE, "File", BESIDE, true, &file(&choice, chosen, FORMS[0].1)),
        existing(),
    ];
    let summary = "Writes some events to a file, to be examined elsewhere";
    open(state, FormPurpose::BugReport(Box::new(choice)), "Bug report", summary, form);
    preview(state, effects);
}

/// Returns the index of the subject that the topmost list is about.
fn proposed(state: &ConsoleState) -> usize {
    let lists = state.layers.iter().rev();
    let about = |layer| match layer {
        layer if cast::<Timeline>(layer).is_some() => Some(2),
        layer if cast::<TraceView>(layer).is_some() => Some(2),
        layer if cast::<History>(layer).is_some() => Some(1),
        _ => None,
    };
    lists.into_iter().find_map(about).unwrap_or(0)
}

/// Returns the usual name of the file.
fn file(choice: &ReportChoice, chosen: usize, extension: &str) -> String {
    let about = match choice.subjects.get(chosen) {
        Some(ReportSubject::Event(event_id)) => format!("event-{event_id}"),
        Some(ReportSubject::Correlation(id)) => format!("correlation-{}", &id.to_string()[..8]),
        // An entity's id may have any characters, and be the value that is masked.
        Some(ReportSubject::Entity(_)) | None => "entity".to_owned(),
    };
    format!("bug-report-{about}.{extension}")
}

fn index(fields: &[FormField], name: &str) -> usize {
    let field = fields.iter().find(|field| field.name == name);
    match field.map(|field| &field.input) {
        Some(FieldInput::Choice { chosen, .. }) => chosen.unwrap_or_default(),
        _ => 0,
    }
}

/// Lets a proposed name follow the subject and the form.
pub(super) fn arrange(form: &mut Form) {
    let FormPurpose::BugReport(choice) = &form.purpose else { return };
    let name = |chosen, at: usize| FORMS.get(at).map(|(_, extension)| file(choice, chosen, extension));
    let Some(wanted) = name(index(&form.fields, SUBJECT), index(&form.fields, FORM)) else { return };
    let is_proposed = |text: &str| {
        (0..SUBJECTS.len()).any(|chosen| (0..FORMS.len()).any(|at| name(chosen, at).as_deref() == Some(text)))
    };
    for field in form.fields.iter_mut().filter(|field| field.name == FILE) {
        if is_proposed(field.value()) && field.value() != wanted {
            field.input = FieldInput::Text(TextInput::line().with(&wanted));
        }
    }
}

/// Returns the export that a form describes.
pub(super) fn export_of(form: &Form) -> Result<Option<ExportBugReport>, RedactionError> {
    let FormPurpose::BugReport(choice) = &form.purpose else { return Ok(None) };
    let masks = FieldPath::listed(value(&form.fields, MASKS))?;
    let subject = choice.subjects.get(index(&form.fields, SUBJECT)).cloned();
    Ok(subject.map(|subject| ExportBugReport {
        report: BugReport { subject, masks, as_test: index(&form.fields, FORM) == 1 },
        file: value(&form.fields, FILE).into(),
        replace: replaces(&form.fields),
    }))
}

/// Shows the plan, or the problem of a field to be masked.
pub(super) fn preview_bug_report(state: &mut ConsoleState) {
    let Some(top) = shown(state) else { return };
    let FormPurpose::BugReport(choice) = &top.purpose else { return };
    let space = choice.space.clone();
    let planned = match export_of(top) {
        Ok(export) => export.ok_or_else(|| "no event is selected".to_owned()).and_then(|export| {
            let operation = AnyOperation::from(export);
            let runs = spaces::can_run_on(state, &operation, &space);
            let reason = |reason: Reason| reason.text(&state.settings.keys);
            runs.map_err(reason).map(|()| plan(state, &operation, &[space], &[]))
        }),
        Err(error) => Err(error.to_string()),
    };
    let Some(form) = form(state) else { return };
    // An error about an existing file may be out of date.
    form.clear_field_errors();
    match planned {
        Ok(words) => form.preview = FormPreview::Words(words),
        Err(reason) => {
            set_error(form, MASKS, reason);
            form.preview = FormPreview::Refused;
        }
    }
}

/// Returns the values with which the text of the masks can continue.
pub(super) fn completions(choice: &ReportChoice, text: &str) -> Vec<String> {
    let (before, begun) = text.rfind([' ', ',']).map_or(("", text), |at| text.split_at(at + 1));
    let is_used = |name: &str| before.split([' ', ',']).any(|used| used == name);
    let names = choice.fields.iter().filter(|name| name.starts_with(begun) && !is_used(name));
    names.map(|name| format!("{before}{name}")).collect()
}

/// Queues the export and closes the form.
pub(super) fn queue(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(top) = shown(state) else { return };
    let FormPurpose::BugReport(choice) = &top.purpose else { return };
    let space = choice.space.space.clone();
    let Ok(Some(export)) = export_of(top) else { return };
    close(state);
    jobs::queue(state, vec![(export.into(), space)], effects);
}

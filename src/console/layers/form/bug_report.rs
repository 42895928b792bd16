//! The form that writes a bug report: the events of the selected event, its entity or its correlation, with masked values.

use std::path::PathBuf;

use crate::console::app::action::Section::Actions;
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::availability::{Availability, Reason, unavailable};
use crate::console::app::context::{EVENTS, KeyContext};
use crate::console::app::effect::{Effects, FileQuery, StoreQuery};
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::update::Changed;
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
use crate::console::panes::{jobs, spaces};
use crate::console::widgets::text_input::TextInput;
use crate::error::{Error, ExportError, RedactionError};
use crate::operations::{AnyOperation, BugReport, ExportBugReport, FieldPath, SpaceOverview};
use crate::space::ReportSubject;

pub(super) const MASKS: &str = "masks";
const SUBJECT: &str = "subject";
const FORM: &str = "form";

/// The options for the form of the file, with its extension.
const FORMS: [(&str, &str); 2] = [("export", "jsonl"), ("test in Rust", "rs")];

pub(crate) const ACTIONS: &[Spec] = &[
    Spec { contexts: |here| EVENTS(here) && here != KeyContext::Detail, ..REPORT },
    Spec { contexts: |here| here == KeyContext::Detail, hint: Some(Rank::Last), ..REPORT },
];

const REPORT: Spec = Spec {
    action: Action::BugReport,
    section: Actions,
    title: "bug report",
    description: "Export the events of this event, entity or correlation, with masked values, or as a test",
    keys: &["~"],
    enabled: can_report,
    run: open_bug_report,
    ..Spec::ALWAYS
};

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

/// Returns the space of the selection, the subjects that it may stand for, and the fields of its event: of an event itself, its
/// entity and its correlation; of a key, the entity after which it is named.
fn selected(state: &ConsoleState) -> Option<ReportChoice> {
    let choice = |space_id, subjects, fields| {
        Some(ReportChoice { space: state.spaces.get(space_id)?.clone(), subjects, fields })
    };
    match detail::subject(state)? {
        Subject::Event(event) => {
            let of_event =
                [ReportSubject::Event(event.event_id), ReportSubject::Entity(event.entity_id.clone())];
            let correlation = event.correlation_id.map(ReportSubject::Correlation);
            let fields = FieldPath::all_of(&event).iter().map(ToString::to_string).collect();
            choice(event.space_id, of_event.into_iter().chain(correlation).collect(), fields)
        }
        Subject::Entry { space_id, entry, .. } => {
            let (_, entity_id) = entry.key.split_once(':')?;
            choice(space_id, vec![ReportSubject::Entity(entity_id.to_owned())], Vec::new())
        }
        _ => None,
    }
}

/// Returns the reason if there is no event, or nothing of its space can be exported.
fn can_report(state: &ConsoleState) -> Availability {
    detail::selected(state)?;
    match selected(state) {
        Some(ReportChoice { space, subjects, .. }) => {
            let Some(subject) = subjects.into_iter().next() else { return Ok(()) };
            let report = BugReport { subject, masks: Vec::new(), as_test: false };
            let operation = ExportBugReport { report, file: PathBuf::new(), replace: false };
            spaces::can_run_on(state, &operation.into(), &space)
        }
        None => unavailable("a bug report is about an event or the key of an entity; select one"),
    }
}

/// Opens the form for the selected event. In its history it proposes the entity, in a timeline the correlation.
fn open_bug_report(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(choice) = selected(state) else { return };
    let chosen = proposed(state).min(choice.subjects.len() - 1);
    let select = |name, label, help, options: Vec<&'static str>, chosen| {
        FormField::new(name, label, help, false, FieldInput::Choice { options, chosen: Some(chosen) })
    };
    let choose = "{key:previous-choice} {key:next-choice} choose";
    let masks = FieldInput::Text(TextInput::line());
    let form = vec![
        FormField::new(MASKS, "Mask", "fields, such as name email; empty: none", false, masks),
        select(SUBJECT, "Events of", choose, choice.subjects.iter().map(kind).collect(), chosen),
        select(FORM, "As", choose, FORMS.map(|(name, _)| name).to_vec(), 0),
        line(FILE, "File", BESIDE, true, &file(&choice, chosen, FORMS[0].1)),
        existing(),
    ];
    let summary = "Writes some events to a file, to be examined elsewhere";
    open(state, FormPurpose::BugReport(Box::new(choice)), "Bug report", summary, form);
    preview(state, effects);
}

/// Names the kind of a subject.
fn kind(subject: &ReportSubject) -> &'static str {
    match subject {
        ReportSubject::Event(_) => "event",
        ReportSubject::Entity(_) => "entity",
        ReportSubject::Correlation(_) => "correlation",
    }
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
        (0..choice.subjects.len())
            .any(|chosen| (0..FORMS.len()).any(|at| name(chosen, at).as_deref() == Some(text)))
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
    let unknown = unknown_masks(top, choice);
    let planned = match export_of(top) {
        Ok(export) => export.ok_or_else(|| "no event is selected".to_owned()).and_then(|export| {
            let operation = AnyOperation::from(export);
            let runs = spaces::can_run_on(state, &operation, &space);
            let reason = |reason: Reason| reason.text(&state.settings.keys);
            let words = runs.map_err(reason).map(|()| plan(state, &operation, &[space], &[]));
            words.map(|words| unknown.into_iter().chain(words).collect())
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

/// Says which masks the selected event has no field for. Another event may have it; without any, the export is refused.
fn unknown_masks(form: &Form, choice: &ReportChoice) -> Option<String> {
    let masks = FieldPath::listed(value(&form.fields, MASKS)).ok()?;
    let is_known = |mask: &FieldPath| {
        let mask = mask.to_string();
        choice.fields.iter().any(|field| *field == mask || field.rsplit('.').next() == Some(&mask))
    };
    let unknown: Vec<String> = masks.iter().filter(|mask| !is_known(mask)).map(ToString::to_string).collect();
    let has_event = !choice.fields.is_empty() && !unknown.is_empty();
    has_event.then(|| {
        format!("this event has no {}; if no other one has it, nothing is written", unknown.join(" and no "))
    })
}

/// Returns the values with which the text of the masks can continue.
pub(super) fn completions(choice: &ReportChoice, text: &str) -> Vec<String> {
    let (before, begun) = text.rfind([' ', ',']).map_or(("", text), |at| text.split_at(at + 1));
    let is_used = |name: &str| before.split([' ', ',']).any(|used| used == name);
    let names = choice.fields.iter().filter(|name| name.starts_with(begun) && !is_used(name));
    names.map(|name| format!("{before}{name}")).collect()
}

/// Sends the form: first the events are read, then the file is tried, and then the export is queued.
pub(super) fn send(form: &mut Form, request: RequestId, export: ExportBugReport, effects: &mut Effects) {
    let FormPurpose::BugReport(choice) = &form.purpose else { return };
    let (space_id, report) = (choice.space.space.space_id, export.report);
    form.sending = Some(request);
    effects.push(StoreQuery::TryBugReport { request, space_id, report });
}

/// Tries the file of a report that can be written. Otherwise shows the reason and keeps the input.
pub(crate) fn tried(state: &mut ConsoleState, answer: Answer<(), Error>, effects: &mut Effects) -> Changed {
    let (bound, request) = (state.settings.keys.clone(), answer.request);
    let Some(form) = form(state).filter(|form| form.sending == Some(request)) else { return Changed::No };
    let error = match (answer.result, export_of(form)) {
        (Ok(()), Ok(Some(ExportBugReport { file, replace, .. }))) => {
            effects.push(FileQuery::TryPlaces { request, files: vec![file], replace });
            return Changed::No;
        }
        (Ok(()), _) => return Changed::No,
        (Err(error), _) => error,
    };
    let refused = ErrorText::of(&error, &bound);
    form.sending = None;
    form.preview = FormPreview::Refused;
    match error {
        Error::Export(ExportError::UnknownMask { .. }) => {
            set_error(form, MASKS, refused.into_sentence());
            form.show_refusal();
        }
        _ => form.error = Some(refused),
    }
    Changed::Yes
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

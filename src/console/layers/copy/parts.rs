//! The parts of the selected item that can be copied.

use serde::Serialize;

use crate::audit::AuditEntry;
use crate::console::app::action::Action;
use crate::console::app::state::ConsoleState;
use crate::console::panes::detail::{self, Detail, Subject};
use crate::console::panes::events::ShownEvent;
use crate::console::panes::jobs::job::{Job, JobStatus};
use crate::console::widgets::shortened::is_shortened;
use crate::json::{Json, Quoted, pointer_to, value_at};
use crate::operations::ListedEntry;
use crate::pstate::Entry;
use crate::space::SpaceId;
use crate::text::grouped;

/// A part that can be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyPart {
    /// The action that copies it.
    pub action: Action,
    /// Its name: `the payload of event 12`.
    pub name: String,
    /// The text to copy.
    pub text: String,
    /// True if the console only has the beginning of it.
    pub is_cut: bool,
}

impl CopyPart {
    fn new(action: Action, name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { action, name: name.into(), text: text.into(), is_cut: false }
    }

    fn cut(self, is_cut: bool) -> Self {
        Self { is_cut, ..self }
    }
}

/// Returns the parts of the line under the cursor, of the selected item and of the one whose details are shown, the most
/// likely one first. No two have the same action or the same name.
pub(super) fn parts(state: &ConsoleState) -> Vec<CopyPart> {
    let Some(subject) = detail::subject(state) else { return Vec::new() };
    let mut parts = state.layers.top_as().map(|detail| at_cursor(state, detail)).unwrap_or_default();
    let shown = state.shown_detail().map(|detail| detail.subject);
    for part in [Some(subject), shown].iter().flatten().flat_map(|subject| of_subject(state, subject)) {
        let is_new = |other: &CopyPart| other.action != part.action && other.name != part.name;
        if parts.iter().all(is_new) {
            parts.push(part);
        }
    }
    parts
}

fn of_subject(state: &ConsoleState, subject: &Subject) -> Vec<CopyPart> {
    match subject {
        Subject::Event(event) => of_event(state, event),
        Subject::Entry { space_id, projection, entry } => of_entry(state, *space_id, projection, entry),
        Subject::Operation(operation) => of_operation(operation),
        Subject::Difference { space_id, field, .. } => {
            let value = |name: &str, action, value: &Option<String>| {
                value.as_ref().map(|value| CopyPart::new(action, name, value))
            };
            let after = value("the value after", Action::CopyValue, &field.after);
            let before = value("the value before", Action::CopyLine, &field.before);
            let key = CopyPart::new(Action::CopyKey, "the key", &field.key);
            after.into_iter().chain(before).chain([key, space(state, *space_id)]).collect()
        }
        Subject::Projection { space_id, name } => {
            vec![CopyPart::new(Action::CopyName, "the projection's name", name), space(state, *space_id)]
        }
        Subject::Space(space_id) => vec![
            CopyPart::new(Action::CopyName, "the space's name", state.space_name(*space_id)),
            CopyPart::new(Action::CopyId, "the space's id", space_id.to_string()),
        ],
        Subject::Job(id) => {
            let outcome_of = |job: &Job| {
                let name = format!("the outcome of {}", job.name());
                CopyPart::new(Action::CopyLine, name, outcome(&job.status))
            };
            state.jobs.get(*id).map(outcome_of).into_iter().collect()
        }
    }
}

/// Returns the fact under the cursor, or else what the document has there.
fn at_cursor(state: &ConsoleState, detail: &Detail) -> Vec<CopyPart> {
    let fact = detail::view::fact_at_cursor(state, detail);
    let fact = fact.map(|(label, text)| vec![CopyPart::new(Action::CopyValue, label, text)]);
    fact.unwrap_or_else(|| node(state, detail))
}

/// Returns the value and the path of the node under the cursor, unless that is the whole document.
fn node(state: &ConsoleState, detail: &Detail) -> Vec<CopyPart> {
    let Some(json) = detail.json().filter(|json| !is_shortened(json)) else { return Vec::new() };
    let lines = state.lines(detail);
    let Some(line) = lines.get(detail.cursor).filter(|line| line.depth > 0) else { return Vec::new() };
    let Some(part) = value_at(json.as_str(), line.start) else { return Vec::new() };
    let text = match part.strip_prefix('"').and_then(|part| part.strip_suffix('"')) {
        Some(quoted) => Quoted::new(quoted).decoded().into_owned(),
        None => part.to_owned(),
    };
    let path = pointer_to(json.as_str(), line.start);
    vec![
        CopyPart::new(Action::CopyValue, path.clone(), text),
        CopyPart::new(Action::CopyPath, "the path", path),
    ]
}

fn space(state: &ConsoleState, space_id: SpaceId) -> CopyPart {
    CopyPart::new(Action::CopySpace, "the space's name", state.space_name(space_id))
}

fn of_event(state: &ConsoleState, event: &ShownEvent) -> Vec<CopyPart> {
    let number = grouped(event.event_id.0);
    let payload = event.payload.as_str();
    let is_cut = is_shortened(&event.payload);
    let is_part = is_cut || event.metadata.as_ref().is_some_and(is_shortened);
    let mut parts: Vec<CopyPart> = as_json(format!("event {number} as JSON"), &event.stored)
        .map(|line| line.cut(is_part))
        .into_iter()
        .collect();
    parts.extend([
        CopyPart::new(Action::CopyPayload, format!("the payload of event {number}"), payload).cut(is_cut),
        CopyPart::new(Action::CopyId, "the event's id", event.event_id.0.to_string()),
        CopyPart::new(Action::CopyEntity, "the entity's id", &event.entity_id),
        space(state, event.space_id),
    ]);
    let correlation = event.correlation_id.map(|id| id.to_string());
    parts.extend(correlation.map(|id| CopyPart::new(Action::CopyCorrelation, "the correlation's id", id)));
    parts
}

fn of_entry(state: &ConsoleState, space_id: SpaceId, projection: &str, entry: &Entry) -> Vec<CopyPart> {
    let is_cut = is_shortened(&entry.value);
    let line = as_json(format!("{} as JSON", entry.key), &ListedEntry::of(projection, entry))
        .map(|line| line.cut(is_cut));
    let mut parts = vec![
        CopyPart::new(Action::CopyValue, format!("the value of {}", entry.key), entry.value.as_str())
            .cut(is_cut),
        CopyPart::new(Action::CopyKey, "the key", &entry.key),
    ];
    parts.extend(line);
    parts.push(space(state, space_id));
    parts
}

fn of_operation(operation: &AuditEntry) -> Vec<CopyPart> {
    let number = grouped(operation.operation_id.0);
    let line = as_json(format!("operation {number} as JSON"), operation);
    let id = CopyPart::new(Action::CopyId, "the operation's id", operation.operation_id.0.to_string());
    let space = operation.space_name.as_deref();
    let space = space.map(|name| CopyPart::new(Action::CopySpace, "the space's name", name));
    line.into_iter().chain([id]).chain(space).collect()
}

fn as_json(name: String, value: &impl Serialize) -> Option<CopyPart> {
    let json = Json::from_serialize(value).ok()?;
    Some(CopyPart::new(Action::CopyLine, name, json.as_str()))
}

fn outcome(status: &JobStatus) -> String {
    match status {
        JobStatus::Queued => "queued".to_owned(),
        JobStatus::Running => "running".to_owned(),
        JobStatus::Pausing | JobStatus::Paused => "paused".to_owned(),
        JobStatus::Reviewing(_) => "waiting for a decision".to_owned(),
        JobStatus::Cancelling => "being cancelled".to_owned(),
        JobStatus::Cancelled => "cancelled".to_owned(),
        JobStatus::Failed(failure) => failure.message.clone(),
        JobStatus::Done(report) => {
            let findings =
                report.findings.iter().map(|finding| format!("\n{}: {}", finding.subject, finding.text));
            findings.fold(report.summary.clone(), |text, finding| text + &finding)
        }
    }
}

//! Copying to the clipboard.

use crate::console::app::state::{Level, State};
use crate::console::panes::detail::state::{Detail, Subject};
use crate::console::panes::jobs::job::JobStatus;
use crate::json::{Json, Quoted, pointer_to, value_at};
use crate::text::{counted, grouped};

use crate::console::app::effect::{Effects, TerminalCommand};
use crate::console::panes::detail::looking::subject;

/// Copies the selection and says what was copied.
pub(crate) fn copy(state: &mut State, effects: &mut Effects) {
    let Some((name, text)) = copied(state) else { return };
    let bytes = counted(text.len() as u64, "byte", "bytes");
    state.say(Level::Info, format!("sent to the clipboard: {name}, {bytes}"));
    effects.push(TerminalCommand::Copy { text });
}

fn copied(state: &State) -> Option<(String, String)> {
    if let Some(detail) = state.layers.top_as()
        && let Some(part) = part_under_cursor(state, detail)
    {
        return Some(part);
    }
    Some(match subject(state)? {
        Subject::Event(event) => (
            format!("event {} as JSON", grouped(event.event_id.0)),
            Json::from_serialize(&*event).ok()?.as_str().to_owned(),
        ),
        Subject::Entry { entry, .. } => {
            (format!("the value of {}", entry.key), entry.value.as_str().to_owned())
        }
        Subject::Operation(operation) => (
            format!("operation {} as JSON", grouped(operation.operation_id.0)),
            Json::from_serialize(&*operation).ok()?.as_str().to_owned(),
        ),
        Subject::Space(space_id) => ("the space's name".to_owned(), state.space_name(space_id)),
        Subject::Job(id) => {
            let job = state.jobs.get(id)?;
            (format!("the outcome of {}", job.name()), outcome(&job.status))
        }
    })
}

/// Returns the part of the document under the cursor, unless that is the whole document.
fn part_under_cursor(state: &State, detail: &Detail) -> Option<(String, String)> {
    let json = detail.json()?;
    let lines = state.lines(detail);
    let line = lines.get(detail.cursor).filter(|line| line.depth > 0)?;
    let part = value_at(json.as_str(), line.start)?;
    let text = match part.strip_prefix('"').and_then(|part| part.strip_suffix('"')) {
        Some(quoted) => Quoted::new(quoted).decoded().into_owned(),
        None => part.to_owned(),
    };
    Some((pointer_to(json.as_str(), line.start), text))
}

fn outcome(status: &JobStatus) -> String {
    match status {
        JobStatus::Queued => "queued".to_owned(),
        JobStatus::Running => "running".to_owned(),
        JobStatus::Pausing | JobStatus::Paused => "paused".to_owned(),
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

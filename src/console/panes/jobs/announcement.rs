//! The announcement of a long job that ended while another window had the focus.

use std::time::Duration;

use crate::console::app::effect::{Effects, TerminalCommand};
use crate::console::app::state::ConsoleState;
use crate::console::panes::jobs::job::{Job, JobStatus};
use crate::console::settings::Notifications;

/// The shortest time after which the user may have turned to something else.
const LONG: Duration = Duration::from_secs(10);

/// The most characters of an announcement.
const MOST: usize = 100;

/// Announces the end of a job, if it took long, the terminal is not focused, and the user has not ended it.
pub(super) fn announce(state: &ConsoleState, job: &Job, effects: &mut Effects) {
    let is_wanted = !state.terminal_focused && state.settings.notifications != Notifications::Off;
    let is_long = job.started.zip(job.ended).is_some_and(|(started, ended)| ended >= started.after(LONG));
    if let Some(how) = how_it_ended(job)
        && is_wanted
        && is_long
    {
        effects.push(TerminalCommand::Notify { text: text(state.program, job, how) });
    }
}

fn how_it_ended(job: &Job) -> Option<&'static str> {
    match &job.status {
        JobStatus::Done(report) if report.problem => Some("found problems"),
        JobStatus::Done(_) => Some("done"),
        JobStatus::Failed(_) => Some("failed"),
        _ => None,
    }
}

/// Returns the text, which names the operation and its target. It begins with the name of the program, because some
/// terminals take a number at its beginning as a command.
fn text(program: &str, job: &Job, how: &str) -> String {
    let about: String =
        format!("{program}: {}", job.name()).chars().filter(|next| !next.is_control()).collect();
    let room = MOST.saturating_sub(how.len() + 2);
    let about = match about.char_indices().nth(room) {
        Some((end, _)) => &about[..end],
        None => &about,
    };
    format!("{about}: {how}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::panes::jobs::job::JobId;
    use crate::operations::{AnyOperation, Verify};

    #[test]
    fn an_announcement_is_short_and_sends_no_commands() {
        let about = format!("a\x1b]0;b\x07\u{9c}{}", "é".repeat(300));
        let job = Job::queued_on(JobId(1), AnyOperation::Verify(Verify::default()), &about);
        let text = text("ramax", &job, "failed");
        assert!(text.starts_with("ramax: verify a]0;bé") && text.ends_with("é: failed"), "{text}");
        assert_eq!(text.chars().count(), MOST);
    }
}

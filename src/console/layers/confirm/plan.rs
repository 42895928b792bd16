//! Plans of operations: what they will do, with numbers, shown before they run.

use std::path::Path;

use crate::console::app::state::State;
use crate::event_store::Totals;
use crate::operations::{AnyOperation, FileTotals, PlanScope, SpaceOverview};
use crate::text::{counted, grouped};

/// The maximum number of spaces, and of reasons, listed individually.
const NAMED: usize = 6;

/// Returns the plan of an operation, line by line: what it changes, what it leaves alone, who has to wait, and which
/// spaces are skipped.
pub fn plan(
    state: &State,
    operation: &AnyOperation,
    spaces: &[SpaceOverview],
    left_out: &[(String, String)],
) -> Vec<String> {
    let mut lines = operation.plan(&scope(state, spaces));
    if spaces.len() > 1 {
        let count = counted(spaces.len() as u64, "space", "spaces");
        lines.insert(0, format!("{count}, one after the other: {}", names(spaces)));
        lines.push("a failure does not stop the others".to_owned());
    }
    let before = state.jobs.jobs.iter().filter(|job| !job.has_ended()).count() as u64;
    if before > 0 {
        lines.push(format!("{} first", counted(before, "job runs", "jobs run")));
    }
    for (name, reason) in left_out.iter().take(NAMED) {
        // A reason may begin with the name as well.
        lines.push(match reason.strip_prefix(name.as_str()).filter(|rest| rest.starts_with(' ')) {
            Some(rest) => format!("{name} is skipped: it{rest}"),
            None => format!("{name} is skipped: {reason}"),
        });
    }
    if let Some(more @ 1..) = left_out.len().checked_sub(NAMED) {
        lines.push(format!("{} more are skipped", grouped(more as u64)));
    }
    lines
}

/// Returns the location of a named file: `crm_acme.jsonl in /srv/tenants`.
pub fn place(state: &State, file: &Path) -> String {
    scope(state, &[]).place(file)
}

/// Returns the spaces and the file that an operation is planned for.
fn scope<'a>(state: &'a State, spaces: &'a [SpaceOverview]) -> PlanScope<'a> {
    let Totals { spaces: count, events, .. } = state.database.totals;
    let keys = state.spaces.all.values().map(|space| space.checkpoint.entities).sum();
    let totals = state.spaces.complete.then_some(FileTotals { spaces: count, events, keys });
    PlanScope { spaces, totals, directory: state.database.directory.as_deref() }
}

fn names(spaces: &[SpaceOverview]) -> String {
    let named: Vec<&str> = spaces.iter().take(NAMED).map(|space| space.space.space_name.as_str()).collect();
    match spaces.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {} more", named.join(", "), grouped(more as u64)),
    }
}

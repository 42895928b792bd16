//! Plans of operations: what they will do, with numbers, shown before they run.

use std::path::Path;

use crate::console::app::state::State;
use crate::console::panes::jobs::job_kind::JobKind;
use crate::operations::SpaceOverview;
use crate::text::{counted, grouped};

/// The maximum number of spaces, and of reasons, listed individually.
const NAMED: usize = 6;

/// Returns the plan of an operation, line by line: what it changes, what it leaves alone, who has to wait, and which
/// spaces are skipped.
pub fn plan(
    state: &State,
    kind: &JobKind,
    spaces: &[SpaceOverview],
    left_out: &[(String, String)],
) -> Vec<String> {
    let mut lines = match spaces {
        [] => of_file(state, kind),
        [space] => of_one(state, kind, space),
        several => of_several(state, kind, several),
    };
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
    match &state.database.directory {
        Some(directory) if file.as_os_str().is_empty() => directory.clone(),
        Some(directory) if file.is_relative() => format!("{} in {directory}", file.display()),
        _ => file.display().to_string(),
    }
}

fn of_file(state: &State, kind: &JobKind) -> Vec<String> {
    let (deep, repair) = match kind {
        JobKind::Check { deep, repair } => (*deep, *repair),
        JobKind::Import { .. } => return of_import(),
        JobKind::Backup { replace, .. } => return of_backup(*replace),
        _ => return Vec::new(),
    };
    let totals = state.database.totals;
    let keys = state.spaces.all.values().map(|space| space.checkpoint.entities).sum();
    let all = match state.spaces.complete {
        true => format!(
            "{} with {} and {}",
            counted(totals.spaces, "space", "spaces"),
            counted(totals.events, "event", "events"),
            counted(keys, "key is", "keys are"),
        ),
        // Not all spaces were read, perhaps because of damage that the check will find.
        false => "all spaces with their events and keys are".to_owned(),
    };
    vec![
        format!("{all} checked: sequences, ids, checksums, counters, checkpoints, JSON and SQLite's own check"),
        match deep {
            true => "deep check: indexes too, and all projections against their events",
            false => "only a deep check covers the indexes and the values of projections",
        }
        .to_owned(),
        match repair {
            true => {
                "repair: wrong counters and index entries are corrected, orphaned rows are removed; events do not \
                 change, and lost data stays lost"
            }
            false => "nothing is written; each finding names its remedy",
        }
        .to_owned(),
    ]
}

fn of_backup(replace: bool) -> Vec<String> {
    let lines = [
        "the copy shows the database at one moment; others can read and write meanwhile",
        "the copy is checked, reading every event, before it gets its name",
        match replace {
            true => "an earlier backup is replaced, unless the copy has lost data",
            false => "an existing file is not replaced",
        },
        "if cancelled, no file is written",
    ];
    lines.map(str::to_owned).to_vec()
}

fn of_import() -> Vec<String> {
    let lines = [
        "the whole file is read first; a damaged file is refused, with the line",
        "the space takes no commands until it is complete; if cancelled or failed, nothing of it remains",
        "other spaces do not change",
    ];
    lines.map(str::to_owned).into()
}

fn of_export(replace: bool) -> [String; 2] {
    let appears = match replace {
        true => "an existing file is replaced only when the new one is complete and on disk",
        false => "a file appears only when it is complete and on disk; if cancelled or failed, there is none",
    };
    [appears, "a file shows its space at one moment; others can read and write meanwhile"].map(str::to_owned)
}

/// Returns what an export of spaces writes: `812 events and 310 keys with 97,440 bytes of payload`.
fn contents(spaces: &[SpaceOverview]) -> String {
    let sum = |of: fn(&SpaceOverview) -> u64| spaces.iter().map(of).sum::<u64>();
    format!(
        "{} and {} with {} of payload",
        counted(sum(|space| space.head.last_sequence.0), "event", "events"),
        counted(sum(|space| space.checkpoint.entities), "key", "keys"),
        counted(sum(|space| space.head.payload_bytes), "byte", "bytes"),
    )
}

fn of_one(state: &State, kind: &JobKind, space: &SpaceOverview) -> Vec<String> {
    let last = space.head.last_sequence.0;
    let keys = counted(space.checkpoint.entities, "key", "keys");
    match kind {
        JobKind::Rebuild { skip_errors } => vec![
            format!("{} replayed into a new projection", counted(last, "event is", "events are")),
            format!("until it is complete, readers see the old one with its {keys}"),
            "other spaces do not change; if cancelled or failed, the old projection stays".to_owned(),
            bad_events(*skip_errors),
        ],
        JobKind::CatchUp => vec![
            format!("{} applied to the projection", counted(space.lag(), "event is", "events are")),
            format!(
                "its checkpoint moves from sequence {} to {}",
                grouped(space.checkpoint.sequence.0),
                grouped(last)
            ),
            "if cancelled, events that were already applied stay applied".to_owned(),
        ],
        JobKind::Verify => vec![
            format!(
                "{} replayed into a temporary projection",
                counted(space.checkpoint.sequence.0, "event is", "events are")
            ),
            format!(
                "its {} compared with the result",
                counted(space.checkpoint.entities, "key is", "keys are")
            ),
            "nothing is written".to_owned(),
        ],
        JobKind::Export { file, replace } => {
            let all = contents(std::slice::from_ref(space));
            let mut lines = vec![format!("{all} are written to {}", place(state, file))];
            lines.extend(of_export(*replace));
            lines
        }
        JobKind::Check { .. } | JobKind::Import { .. } | JobKind::Backup { .. } | JobKind::Delete { .. } => {
            Vec::new()
        }
    }
}

fn of_several(state: &State, kind: &JobKind, spaces: &[SpaceOverview]) -> Vec<String> {
    let sum = |of: fn(&SpaceOverview) -> u64| spaces.iter().map(of).sum::<u64>();
    let count = counted(spaces.len() as u64, "space", "spaces");
    let (events, keys) = (sum(|space| space.head.last_sequence.0), sum(|space| space.checkpoint.entities));
    let mut lines = match kind {
        JobKind::Rebuild { skip_errors } => vec![
            format!("{count}, one after the other: {}", names(spaces)),
            format!(
                "{} replayed into new projections; the old ones hold {}",
                counted(events, "event is", "events are"),
                counted(keys, "key", "keys")
            ),
            "until each is complete, readers see the old one".to_owned(),
            bad_events(*skip_errors),
        ],
        JobKind::CatchUp => vec![
            format!("{count}, one after the other: {}", names(spaces)),
            format!(
                "{} applied to the projections",
                counted(sum(SpaceOverview::lag), "event is", "events are")
            ),
            "if cancelled, events that were already applied stay applied".to_owned(),
        ],
        JobKind::Verify => vec![
            format!("{count}, one after the other: {}", names(spaces)),
            format!(
                "{} replayed into temporary projections, {} compared",
                counted(sum(|space| space.checkpoint.sequence.0), "event is", "events are"),
                counted(keys, "key is", "keys are"),
            ),
            "nothing is written".to_owned(),
        ],
        JobKind::Export { file, replace } => {
            let (all, directory) = (contents(spaces), place(state, file));
            let mut lines = vec![
                format!("{count}, one after the other: {}", names(spaces)),
                format!("{all} are written, each space to a file named after it, in {directory}"),
            ];
            lines.extend(of_export(*replace));
            lines
        }
        JobKind::Check { .. } | JobKind::Import { .. } | JobKind::Backup { .. } | JobKind::Delete { .. } => {
            Vec::new()
        }
    };
    lines.push("a failure does not stop the others".to_owned());
    lines
}

fn bad_events(skip: bool) -> String {
    if skip {
        "an event that cannot be applied is skipped and listed".to_owned()
    } else {
        "an event that cannot be applied stops the rebuild".to_owned()
    }
}

fn names(spaces: &[SpaceOverview]) -> String {
    let named: Vec<&str> = spaces.iter().take(NAMED).map(|space| space.space.space_name.as_str()).collect();
    match spaces.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {} more", named.join(", "), grouped(more as u64)),
    }
}

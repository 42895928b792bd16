//! `ramax projections blame`: the event that set each part of a value.

use clap::Args;

use super::PAST_HELP;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{OutputColumn, left, right};
use crate::cli::past::{Past, origin_cells, value_text};
use crate::cli::session::Session;
use crate::cli::shell;
use crate::operations::PointInTime;

const COLUMNS: &[OutputColumn] = &[
    left("PATH"),
    left("VALUE"),
    right("SEQ"),
    right("EVENT"),
    left("TIME"),
    left("TYPE"),
    left("CAUSE"),
    left("BEFORE"),
];

#[derive(Debug, Args)]
pub struct BlameArguments {
    /// The space's name, or its id written as '#2'
    space: String,
    /// The key, such as contact:c1
    key: String,
    /// Only the part at this path, such as email or address.city
    path: Option<String>,
    /// The projection; by default the one that has held the key
    #[arg(long, value_name = "NAME")]
    projection: Option<String>,
    /// The value as of this sequence or time
    #[arg(long, value_name = "SEQ|TIME", long_help = PAST_HELP)]
    at: Option<PointInTime>,
}

pub(super) fn run(session: &mut Session, arguments: &BlameArguments) -> Result<Exit, Failure> {
    let BlameArguments { space, key, path, projection, at } = arguments;
    let mut past = Past::open(session, space, projection.as_deref())?;
    let until = past.sequence_or_last(at.as_ref())?;
    let name = past.projection_of(key, projection.as_deref())?;
    let blamed = past.run(|fold, watch| fold.blame((&name, key), path.as_deref(), until, watch))?;
    if blamed.is_empty() {
        let part = path.as_ref().map_or_else(String::new, |path| format!(" at {path}"));
        let message = format!("{key} has no value{part} as of sequence {until}");
        let history = shell::command("projections history", &[&past.space_name, key], "");
        return Err(Failure::refused("unknown_key", message, format!("`{history}` shows its changes")));
    }
    let mut rows = session.out.rows(COLUMNS);
    for part in &blamed {
        let cells = || {
            let path = if part.path.is_empty() { "(value)".to_owned() } else { part.path.clone() };
            let before = value_text(part.before.as_ref());
            let origin = origin_cells(&part.event);
            [path, value_text(Some(&part.value))].into_iter().chain(origin).chain([before]).collect()
        };
        rows.push(part, cells)?;
    }
    rows.finish()?;
    past.report_skipped(session)?;
    Ok(Exit::Done)
}

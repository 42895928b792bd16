//! `ramax projections` alone: the projections of every space.

use serde::Serialize;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{OutputColumn, left, right};
use crate::cli::session::Session;
use crate::error::Error;
use crate::event_store::Page;
use crate::operations::{self, ProjectionStatus};
use crate::space::SpaceId;

const PAGE: usize = 500;

const COLUMNS: &[OutputColumn] =
    &[left("SPACE"), left("PROJECTION"), right("KEYS"), right("VERSION"), left("STATUS"), right("LAG")];

/// A projection of a space, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    space_id: SpaceId,
    space_name: &'a str,
    projection: &'a str,
    keys: u64,
    version: Option<u32>,
    status: ProjectionStatus,
    /// Null if the projection is ahead.
    lag: Option<u64>,
}

pub(super) fn run(session: &mut Session) -> Result<Exit, Failure> {
    let store = session.open()?;
    let mut rows = session.out.rows(COLUMNS);
    let (mut after, mut is_any) = (None, false);
    loop {
        let page = operations::overviews(&store, &session.apps, Page::forward(after, PAGE))?;
        for space in &page {
            for projection in &space.projections {
                let ahead = projection.status == ProjectionStatus::Ahead;
                let line = Line {
                    space_id: space.space.space_id,
                    space_name: &space.space.space_name,
                    projection: &projection.name,
                    keys: projection.checkpoint.entities,
                    version: projection.version,
                    status: projection.status,
                    lag: (!ahead).then(|| projection.lag(&space.head)),
                };
                rows.push(&line, || cells(&line))?;
                is_any = true;
            }
        }
        after = page.last().map(|space| space.space.space_id);
        if page.len() < PAGE {
            break;
        }
    }
    rows.finish()?;
    if let Err(error) = store.check_projections() {
        let failure = Failure::from(Error::from(error));
        let hint = failure.hint_text(&session.program).unwrap_or_default();
        session.messages.say(&format!("{failure}; {hint}"));
        return Ok(Exit::Done);
    }
    session.messages.say(match is_any {
        true => "`ramax projections SPACE` lists the keys and values of one space",
        false => "no projections; `ramax spaces create NAME` creates a space",
    });
    Ok(Exit::Done)
}

fn cells(line: &Line<'_>) -> Vec<String> {
    let or_none = |number: Option<String>| number.unwrap_or_else(|| "-".to_owned());
    vec![
        line.space_name.to_owned(),
        line.projection.to_owned(),
        line.keys.to_string(),
        or_none(line.version.map(|version| version.to_string())),
        line.status.to_string(),
        or_none(line.lag.map(|lag| lag.to_string())),
    ]
}

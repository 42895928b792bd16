//! `ramax checkpoints`: how far the projections have come.

use clap::Subcommand;
use serde::Serialize;

use crate::clock::Timestamp;
use crate::event_store::Page;
use crate::operations::{self, SpaceOverview};
use crate::space::SpaceId;

use super::exit::{Exit, Failure};
use super::output::{Column, left, right};
use super::session::Session;

#[derive(Debug, Subcommand)]
pub enum Action {
    /// List every space's last sequence, checkpoint and lag
    List,
}

/// A checkpoint as it is written.
#[derive(Serialize)]
struct Line<'a> {
    space_id: SpaceId,
    space_name: &'a str,
    last_sequence: u64,
    checkpoint: u64,
    lag: u64,
    lag_seconds: f64,
    updated_at: Option<Timestamp>,
}

const PAGE: usize = 500;

const COLUMNS: &[Column] = &[
    left("SPACE"),
    right("LAST SEQUENCE"),
    right("CHECKPOINT"),
    right("LAG"),
    right("LAG SECONDS"),
    left("PROJECTED UP TO"),
];

pub fn run(session: &mut Session, action: &Action) -> Result<Exit, Failure> {
    let Action::List = action;
    let store = session.open()?;
    let mut rows = session.out.rows(COLUMNS);
    let mut after = None;
    let mut listed = 0;
    loop {
        let page = operations::overviews(&store, &session.apps, Page::forward(after, PAGE))?;
        for space in &page {
            rows.push(&line(space), || cells(space))?;
        }
        listed += page.len();
        after = page.last().map(|space| space.space.space_id);
        if page.len() < PAGE {
            break;
        }
    }
    rows.finish()?;
    if listed == 0 {
        session.narration.say("no spaces; `ramax spaces create NAME` makes one");
    }
    Ok(Exit::Done)
}

fn line(overview: &SpaceOverview) -> Line<'_> {
    Line {
        space_id: overview.space.space_id,
        space_name: &overview.space.space_name,
        last_sequence: overview.head.last_sequence.0,
        checkpoint: overview.checkpoint.sequence.0,
        lag: overview.lag(),
        lag_seconds: overview.lag_millis() as f64 / 1000.0,
        updated_at: overview.checkpoint.updated_at,
    }
}

fn cells(overview: &SpaceOverview) -> Vec<String> {
    vec![
        overview.space.space_name.clone(),
        overview.head.last_sequence.to_string(),
        overview.checkpoint.sequence.to_string(),
        overview.lag().to_string(),
        format!("{:.3}", overview.lag_millis() as f64 / 1000.0),
        overview.checkpoint.updated_at.map_or_else(|| "-".to_owned(), |at| at.to_string()),
    ]
}

//! Projections of spaces as rows, with their checkpoints.

use serde::Serialize;

use crate::content_store::{Apps, Store};
use crate::error::Result;
use crate::pstate::BlockingEvent;
use crate::space::SpaceId;
use crate::timestamp::Timestamp;

use super::super::{ProjectionOverview, ProjectionStatus, SpaceOverview, find_blocking_event};

/// The most events tried to find blocking events in a whole list. Looking at one space, or a check, finds the others.
const TRIED: u64 = 100_000;

/// A projection of a space with its checkpoint, as JSON.
#[derive(Serialize)]
pub(crate) struct ListedCheckpoint<'a> {
    space_id: SpaceId,
    space_name: &'a str,
    projection: &'a str,
    version: Option<u32>,
    status: ProjectionStatus,
    last_sequence: u64,
    checkpoint: u64,
    /// Null if the projection is ahead.
    lag: Option<u64>,
    lag_seconds: Option<f64>,
    ahead: bool,
    /// The event that blocks the projection.
    blocked: Option<&'a BlockingEvent>,
    updated_at: Option<Timestamp>,
    /// Null if it was never rebuilt.
    rebuilt_at: Option<Timestamp>,
}

impl<'a> ListedCheckpoint<'a> {
    pub(crate) fn of(overview: &'a SpaceOverview, projection: &'a ProjectionOverview) -> Self {
        let ahead = projection.status == ProjectionStatus::Ahead;
        Self {
            space_id: overview.space.space_id,
            space_name: &overview.space.space_name,
            projection: &projection.name,
            version: projection.version,
            status: projection.status,
            last_sequence: overview.head.last_sequence.0,
            checkpoint: projection.checkpoint.sequence.0,
            lag: (!ahead).then(|| projection.lag(&overview.head)),
            lag_seconds: (!ahead).then(|| overview.lag_millis_of(&projection.checkpoint) as f64 / 1000.0),
            ahead,
            blocked: projection.blocked.as_ref(),
            updated_at: projection.checkpoint.updated_at,
            rebuilt_at: projection.rebuilt_at,
        }
    }
}

/// A search for the events that block the spaces of a list, which tries a bounded number of events in all.
pub(crate) struct BlockingSearch {
    left: u64,
}

impl BlockingSearch {
    pub(crate) fn begin() -> Self {
        Self { left: TRIED }
    }

    /// Notes the event that blocks a space, if it is among the next ones and these may still be tried.
    pub(crate) fn note(&mut self, store: &Store, apps: &Apps, space: &mut SpaceOverview) -> Result<()> {
        if let Some(next) = space.next_to_try().filter(|next| next.events <= self.left) {
            self.left -= next.events;
            let found = find_blocking_event(store, apps, space)?;
            space.set_blocked(found);
        }
        Ok(())
    }
}

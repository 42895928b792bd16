//! Spaces as rows.

use serde::Serialize;

use crate::space::{SpaceId, SpaceMetadata, SpaceState};
use crate::timestamp::Timestamp;

use super::super::SpaceOverview;

/// A space, as JSON.
#[derive(Serialize)]
pub(crate) struct ListedSpace<'a> {
    space_id: SpaceId,
    space_name: &'a str,
    app: Option<&'static str>,
    events: u64,
    checkpoint: u64,
    /// Null if the projection is ahead.
    lag: Option<u64>,
    keys: u64,
    last_event_at: Option<Timestamp>,
    created_at: Timestamp,
    metadata: &'a Option<SpaceMetadata>,
    state: SpaceState,
}

impl<'a> ListedSpace<'a> {
    pub(crate) fn of(overview: &'a SpaceOverview) -> Self {
        let SpaceOverview { space, app, head, checkpoint, .. } = overview;
        Self {
            space_id: space.space_id,
            space_name: &space.space_name,
            app: *app,
            events: head.last_sequence.0,
            checkpoint: checkpoint.sequence.0,
            lag: (!overview.ahead).then(|| overview.lag()),
            keys: overview.keys(),
            last_event_at: head.last_timestamp,
            created_at: space.created_at,
            metadata: &space.metadata,
            state: space.state,
        }
    }
}

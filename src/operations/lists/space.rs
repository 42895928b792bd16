//! Spaces as rows.

use serde::Serialize;

use crate::event_store::SpaceFault;
use crate::space::{SpaceId, SpaceMetadata, SpaceState};
use crate::timestamp::Timestamp;

use super::super::{ProjectionOverview, ProjectionStatus, SpaceOverview};

/// A space, as JSON.
#[derive(Serialize)]
pub(crate) struct ListedSpace<'a> {
    space_id: SpaceId,
    space_name: &'a str,
    app: Option<&'static str>,
    events: u64,
    /// The projection that lags most, whose checkpoint and lag follow.
    projection: Option<&'a str>,
    checkpoint: u64,
    /// Null if the projection is ahead.
    lag: Option<u64>,
    projections: Vec<ListedProjection<'a>>,
    keys: u64,
    last_event_at: Option<Timestamp>,
    created_at: Timestamp,
    metadata: &'a Option<SpaceMetadata>,
    state: SpaceState,
    /// The damage because of which the space is not shown as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    damage: Option<String>,
}

/// A projection of the space with its checkpoint.
#[derive(Serialize)]
struct ListedProjection<'a> {
    projection: &'a str,
    status: ProjectionStatus,
    checkpoint: u64,
    /// Null if the projection is ahead.
    lag: Option<u64>,
}

impl<'a> ListedProjection<'a> {
    fn of(overview: &SpaceOverview, projection: &'a ProjectionOverview) -> Self {
        let ProjectionOverview { name, status, checkpoint, .. } = projection;
        let lag = (*status != ProjectionStatus::Ahead).then(|| projection.lag(&overview.head));
        Self { projection: name, status: *status, checkpoint: checkpoint.sequence.0, lag }
    }
}

impl<'a> ListedSpace<'a> {
    pub(crate) fn of(overview: &'a SpaceOverview) -> Self {
        let SpaceOverview { space, app, head, .. } = overview;
        let slowest = overview.slowest().map(|slowest| ListedProjection::of(overview, slowest));
        let projections = overview.projections.iter();
        Self {
            space_id: space.space_id,
            space_name: &space.space_name,
            app: *app,
            events: head.last_sequence.0,
            projection: slowest.as_ref().map(|slowest| slowest.projection),
            checkpoint: slowest.as_ref().map_or(0, |slowest| slowest.checkpoint),
            lag: slowest.and_then(|slowest| slowest.lag),
            projections: projections.map(|projection| ListedProjection::of(overview, projection)).collect(),
            keys: overview.keys(),
            last_event_at: head.last_timestamp,
            created_at: space.created_at,
            metadata: &space.metadata,
            state: space.state,
            damage: overview.fault.as_ref().map(SpaceFault::text),
        }
    }
}

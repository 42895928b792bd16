//! The first line: the space, its projections, and the number of its events and entries.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::event::{EventId, SpaceSequence};
use crate::pstate::{STATE, StoredProjection};
use crate::space::{Checkpoint, Space, SpaceId, SpaceMetadata};

use super::{FORMAT, Kind, VERSION};

/// The first line: the space, and the number of its events and entries.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header<'a> {
    kind: Kind,
    #[serde(borrow)]
    pub format: Cow<'a, str>,
    pub version: u32,
    pub store_id: Uuid,
    #[serde(borrow)]
    pub space_name: Cow<'a, str>,
    #[serde(borrow)]
    metadata: Option<Cow<'a, RawValue>>,
    pub created_at: Timestamp,
    pub events: u64,
    /// The number of keys of all projections. Version 1 called them entities.
    #[serde(rename = "keys", alias = "entities")]
    pub entities: u64,
    /// The checkpoint of the projection `state`.
    pub checkpoint: At,
    /// Its definition, if it is known.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<Cow<'a, str>>,
    /// The other projections, by name.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub projections: Vec<ProjectionLine<'a>>,
}

/// A projection beside `state`, without its entries.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProjectionLine<'a> {
    #[serde(borrow)]
    pub projection: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<Cow<'a, str>>,
    pub checkpoint: At,
}

/// The checkpoint of a projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct At {
    pub space_sequence: SpaceSequence,
    pub event_id: EventId,
    pub updated_at: Option<Timestamp>,
}

impl<'a> Header<'a> {
    /// Creates the header of a space with its projections, `state` first.
    pub fn of(
        store_id: Uuid,
        space: &'a Space,
        events: u64,
        projections: &'a [StoredProjection],
    ) -> Result<Self, String> {
        let metadata = space
            .metadata
            .as_ref()
            .map(|metadata| serde_json::value::to_raw_value(metadata.json()))
            .transpose();
        let definition = |of: &'a StoredProjection| of.definition.as_deref().map(Cow::from);
        let (state, others) = match projections {
            [state, others @ ..] => (Some(state), others),
            [] => (None, &[][..]),
        };
        let line = |of: &'a StoredProjection| ProjectionLine {
            projection: (&*of.name).into(),
            definition: definition(of),
            checkpoint: At::of(&of.checkpoint),
        };
        Ok(Self {
            kind: Kind::Header,
            format: FORMAT.into(),
            version: VERSION,
            store_id,
            space_name: space.space_name.clone().into(),
            metadata: metadata.map_err(|error| error.to_string())?.map(Cow::Owned),
            created_at: space.created_at,
            events,
            entities: projections.iter().map(|projection| projection.checkpoint.entities).sum(),
            checkpoint: At::of(&state.map(|state| state.checkpoint).unwrap_or_default()),
            definition: state.and_then(definition),
            projections: others.iter().map(line).collect(),
        })
    }

    /// Returns the projections with their definitions and checkpoints, `state` first.
    pub fn stored(&self) -> Vec<StoredProjection> {
        let stored = |name: &str, definition: &Option<Cow<'_, str>>, at: At| StoredProjection {
            definition: definition.as_deref().map(Arc::from),
            checkpoint: at.checkpoint(),
            ..StoredProjection::new(SpaceId::default(), name.to_owned().into())
        };
        let others = self.projections.iter();
        std::iter::once(stored(STATE, &self.definition, self.checkpoint))
            .chain(others.map(|other| stored(&other.projection, &other.definition, other.checkpoint)))
            .collect()
    }

    /// Returns true if the line has a field of version 2 of the format.
    pub fn is_of_version_2(&self) -> bool {
        self.definition.is_some() || !self.projections.is_empty()
    }

    pub fn metadata(&self) -> Result<Option<SpaceMetadata>, String> {
        let metadata = self.metadata.as_ref().map(|metadata| SpaceMetadata::parse(metadata.get()));
        metadata.transpose().map_err(|_| "its metadata is not a JSON object".to_owned())
    }
}

impl At {
    pub fn of(checkpoint: &Checkpoint) -> Self {
        let Checkpoint { sequence, event_id, updated_at, .. } = *checkpoint;
        Self { space_sequence: sequence, event_id, updated_at }
    }

    fn checkpoint(self) -> Checkpoint {
        let Self { space_sequence: sequence, event_id, updated_at } = self;
        Checkpoint { sequence, event_id, updated_at, entities: 0 }
    }
}

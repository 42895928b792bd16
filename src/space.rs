//! Spaces: tenants or environments that share a store and nothing else.

use serde::Serialize;
use serde_json::{Map, Value};

pub use crate::id::SpaceId;

use crate::error::StoreError;
use crate::id::{EventId, SpaceSequence};
use crate::timestamp::Timestamp;

/// What is known about a space besides its name: a JSON object. Its `"app"` names the app that the
/// space runs.
pub type Metadata = Map<String, Value>;

/// One tenant or environment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Space {
    /// Its number.
    pub space_id: SpaceId,
    /// Its name, unique in the store.
    pub space_name: String,
    /// What else is known about it.
    pub metadata: Option<Metadata>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Whether it can be worked with.
    pub state: SpaceState,
}

/// Whether a space can be worked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpaceState {
    /// It takes events.
    #[default]
    Open,
    /// A delete was begun and has not ended: only deleting goes on.
    Deleting,
    /// An import was begun and has not ended: it takes what is imported, or is deleted.
    Importing,
}

impl SpaceState {
    /// What is under way, for people; nothing where the space is open.
    #[must_use]
    pub fn under_way(self) -> Option<&'static str> {
        match self {
            Self::Open => None,
            Self::Deleting => Some("being deleted"),
            Self::Importing => Some("being imported"),
        }
    }

    /// The same in a word, where there is little room.
    #[must_use]
    pub fn in_short(self) -> Option<&'static str> {
        match self {
            Self::Open => None,
            Self::Deleting => Some("deleting"),
            Self::Importing => Some("importing"),
        }
    }
}

impl Space {
    /// Checks that it takes events.
    ///
    /// # Errors
    /// [`StoreError::SpaceDeleting`]; [`StoreError::SpaceImporting`].
    pub fn check_open(&self) -> Result<(), StoreError> {
        let space = || self.space_name.clone();
        match self.state {
            SpaceState::Open => Ok(()),
            SpaceState::Deleting => Err(StoreError::SpaceDeleting { space: space() }),
            SpaceState::Importing => Err(StoreError::SpaceImporting { space: space() }),
        }
    }

    /// The error of an operation that needs this space's name for a new one.
    pub(crate) fn name_taken(&self) -> StoreError {
        let exists = StoreError::SpaceExists { space: self.space_name.clone() };
        self.check_open().err().unwrap_or(exists)
    }

    /// The app named in the metadata.
    #[must_use]
    pub fn app_name(&self) -> Option<&str> {
        self.metadata.as_ref()?.get("app")?.as_str()
    }
}

/// Where a space's log ends, kept as counters so that nothing has to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Head {
    /// The last sequence, which is also the number of events; 0 when there are none.
    pub last_sequence: SpaceSequence,
    /// The id of the last event; 0 when there are none.
    pub last_event_id: EventId,
    /// When the last event was appended.
    pub last_timestamp: Option<Timestamp>,
    /// Bytes of all payloads.
    pub payload_bytes: u64,
}

/// How far a space's projection has come: the last event that it contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Checkpoint {
    /// The sequence of that event; 0 before the first.
    pub sequence: SpaceSequence,
    /// The id of that event; 0 before the first.
    pub event_id: EventId,
    /// When that event was appended.
    pub updated_at: Option<Timestamp>,
    /// How many keys the projection holds.
    pub entities: u64,
}

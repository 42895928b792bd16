//! Spaces: tenants or environments that share a store and nothing else.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

pub use crate::id::SpaceId;

use crate::error::StoreError;
use crate::id::{EventId, SpaceSequence};
use crate::json::{Json, Parts, Quoted, check_object, is_same_document, with_field};
use crate::limits::LONGEST_METADATA;
use crate::timestamp::Timestamp;

/// What is known about a space besides its name: a JSON object, kept as it is written. Its `"app"` names the app
/// that the space runs.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Metadata(Json);

impl Metadata {
    /// Metadata that names an app and says nothing else.
    #[must_use]
    pub fn of_app(name: &str) -> Self {
        Self(Json::of(&Value::from_iter([("app", name)])))
    }

    /// Reads the text of a JSON object.
    ///
    /// ```
    /// use ramax::Metadata;
    /// let metadata = Metadata::parse(r#"{"account":12345678901234567890123,"r":1.10}"#)?.with_app("crm");
    /// assert_eq!(metadata.as_str(), r#"{"account":12345678901234567890123,"r":1.10,"app":"crm"}"#);
    /// assert!(Metadata::parse("[]").is_err());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    /// If it is not a JSON object, saying where.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        check_object(text)?;
        Ok(Self(Json::serialized(text.trim().to_owned())))
    }

    /// The same metadata, naming this app.
    #[must_use]
    pub fn with_app(self, name: &str) -> Self {
        self.with("app", &name.into())
    }

    /// The same metadata with a field set to this value.
    #[must_use]
    pub fn with(self, field: &str, value: &Value) -> Self {
        Self(Json::serialized(with_field(self.0.as_str(), field, &value.to_string())))
    }

    /// The text of the object.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The object, to be written.
    #[must_use]
    pub fn json(&self) -> &Json {
        &self.0
    }

    /// The fields with their values as they are written, in order.
    pub fn fields(&self) -> impl Iterator<Item = (Cow<'_, str>, &str)> {
        let fields = Parts::of_object(self.0.as_str()).into_iter().flatten();
        fields.filter_map(|field| Some((field.key?.decoded(), field.value)))
    }

    /// The text of a field that is a string; of one that is given twice, the last one's.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<Cow<'_, str>> {
        let value = self.fields().filter(|(name, _)| name == field).last()?.1;
        Some(Quoted::new(value.strip_prefix('"')?.strip_suffix('"')?).decoded())
    }
}

/// Equal are those that say the same, whatever the spaces and escapes in them.
impl PartialEq for Metadata {
    fn eq(&self, other: &Self) -> bool {
        is_same_document(self.as_str(), other.as_str())
    }
}

impl Eq for Metadata {}

impl From<Map<String, Value>> for Metadata {
    fn from(fields: Map<String, Value>) -> Self {
        Self(Json::of(&Value::Object(fields)))
    }
}

impl FromIterator<(String, Value)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(fields: I) -> Self {
        Map::from_iter(fields).into()
    }
}

/// Checks the size of metadata that a space is to get.
pub(crate) fn check_metadata(metadata: Option<&Metadata>) -> Result<(), StoreError> {
    let bytes = metadata.map_or(0, |metadata| metadata.as_str().len());
    if bytes > LONGEST_METADATA { Err(StoreError::MetadataTooLarge { bytes }) } else { Ok(()) }
}

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
    pub fn app_name(&self) -> Option<Cow<'_, str>> {
        self.metadata.as_ref()?.text("app")
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

//! Spaces: tenants or environments that share only a store.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub use crate::bug_report::{ReportOrigin, ReportSubject};
pub use crate::id::SpaceId;

use crate::error::StoreError;
use crate::event::Event;
use crate::id::{EventId, SpaceSequence};
use crate::json::{Json, Parts, Quoted, check_object, is_same_document, with_field};
use crate::limits::LONGEST_METADATA;
use crate::timestamp::Timestamp;

/// The metadata of a space: a JSON object, stored byte for byte. Its field `"app"` names the app that the space runs.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct SpaceMetadata(Json);

impl SpaceMetadata {
    /// Creates metadata that only names an app.
    pub fn of_app(name: &str) -> Self {
        Self(Json::of(&Value::from_iter([("app", name)])))
    }

    /// Parses the text of a JSON object.
    ///
    /// ```
    /// use ramax::SpaceMetadata;
    /// let metadata = SpaceMetadata::parse(r#"{"account":12345678901234567890123,"r":1.10}"#)?.with_app("crm");
    /// assert_eq!(metadata.as_str(), r#"{"account":12345678901234567890123,"r":1.10,"app":"crm"}"#);
    /// assert!(SpaceMetadata::parse("[]").is_err());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        check_object(text)?;
        Ok(Self(Json::serialized(text.trim().to_owned())))
    }

    /// Sets the app.
    pub fn with_app(self, name: &str) -> Self {
        self.with("app", &name.into())
    }

    /// Sets a field.
    pub fn with(self, field: &str, value: &Value) -> Self {
        Self(Json::serialized(with_field(self.0.as_str(), field, &value.to_string())))
    }

    /// Returns the text of the object.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the object as JSON.
    pub fn json(&self) -> &Json {
        &self.0
    }

    /// Returns the fields with the source text of their values, in order.
    pub fn fields(&self) -> impl Iterator<Item = (Cow<'_, str>, &str)> {
        let fields = Parts::of_object(self.0.as_str()).into_iter().flatten();
        fields.filter_map(|field| Some((field.key?.decoded(), field.value)))
    }

    /// Returns the value of a string field. If the field occurs more than once, the last one counts.
    pub fn text(&self, field: &str) -> Option<Cow<'_, str>> {
        Some(Quoted::new(self.value(field)?.strip_prefix('"')?.strip_suffix('"')?).decoded())
    }

    /// Returns the source text of the value of a field.
    fn value(&self, field: &str) -> Option<&str> {
        let fields = Parts::of_object(self.0.as_str())?;
        Some(fields.filter(|part| part.key.is_some_and(|key| key.is(field))).last()?.value)
    }

    /// Returns the point of another space at which this one was forked, if the metadata says so.
    pub fn origin(&self) -> Option<SpaceOrigin> {
        serde_json::from_str(self.value(ORIGIN)?).ok()
    }

    /// Notes that the space is a fork.
    pub(crate) fn with_origin(self, origin: &SpaceOrigin) -> Self {
        let value = json!({
            "space": origin.space_name,
            "space_id": origin.space_id,
            "store": origin.store_id,
            "sequence": origin.sequence,
        });
        self.with(ORIGIN, &value)
    }

    /// Returns the origin of a bug report, if the space is one.
    pub fn bug_report(&self) -> Option<ReportOrigin> {
        serde_json::from_str(self.value(BUG_REPORT)?).ok()
    }

    /// Notes that the space is a bug report.
    pub(crate) fn with_bug_report(self, origin: &ReportOrigin) -> Self {
        // It is an object of texts and numbers, which always has a JSON form.
        self.with(BUG_REPORT, &serde_json::to_value(origin).unwrap_or_default())
    }
}

/// The field of a fork's metadata that names its source.
const ORIGIN: &str = "origin";

/// The field of a bug report's metadata that names its source.
const BUG_REPORT: &str = "bug_report";

/// The point of a space at which another one was forked from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpaceOrigin {
    /// The name that the space had then.
    #[serde(rename = "space")]
    pub space_name: String,
    /// Its id.
    pub space_id: SpaceId,
    /// The id of its store. A fork that was exported and imported elsewhere has its origin in another store.
    #[serde(rename = "store")]
    pub store_id: Uuid,
    /// The last event that both have in common.
    pub sequence: SpaceSequence,
}

/// Writes `crm_acme at sequence 120`.
impl fmt::Display for SpaceOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at sequence {}", self.space_name, self.sequence)
    }
}

/// An object without fields.
impl Default for SpaceMetadata {
    fn default() -> Self {
        Self(Json::serialized("{}".to_owned()))
    }
}

/// Ignores differences in whitespace and escapes.
impl PartialEq for SpaceMetadata {
    fn eq(&self, other: &Self) -> bool {
        is_same_document(self.as_str(), other.as_str())
    }
}

impl Eq for SpaceMetadata {}

impl From<Map<String, Value>> for SpaceMetadata {
    fn from(fields: Map<String, Value>) -> Self {
        Self(Json::of(&Value::Object(fields)))
    }
}

impl FromIterator<(String, Value)> for SpaceMetadata {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(fields: I) -> Self {
        Map::from_iter(fields).into()
    }
}

/// Checks the size of a space's new metadata.
pub(crate) fn check_metadata(metadata: Option<&SpaceMetadata>) -> Result<(), StoreError> {
    let bytes = metadata.map_or(0, |metadata| metadata.as_str().len());
    if bytes > LONGEST_METADATA { Err(StoreError::MetadataTooLarge { bytes }) } else { Ok(()) }
}

/// One tenant or environment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Space {
    /// Its id.
    pub space_id: SpaceId,
    /// Its name, unique in the store.
    pub space_name: String,
    /// Its metadata.
    pub metadata: Option<SpaceMetadata>,
    /// The time when it was created.
    pub created_at: Timestamp,
    /// Its state.
    pub state: SpaceState,
    /// How often its name or its metadata were changed.
    #[serde(skip)]
    pub revision: u64,
}

/// A change of a space's name, metadata or app.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SpaceChange {
    /// The name that it must still have. None to change it whatever its name is by then.
    pub known_as: Option<String>,
    /// The new name.
    pub name: Option<String>,
    /// The new metadata, which replaces the current one.
    pub metadata: Option<SpaceMetadata>,
    /// The name of the new app, set in the metadata.
    pub app: Option<String>,
}

impl SpaceChange {
    /// Returns the name and the metadata after the change.
    pub fn applied(&self, space: &Space) -> (String, Option<SpaceMetadata>) {
        let name = self.name.as_ref().unwrap_or(&space.space_name).clone();
        let metadata = self.metadata.as_ref().or(space.metadata.as_ref()).cloned();
        let metadata = match &self.app {
            Some(app) => Some(metadata.unwrap_or_default().with_app(app)),
            None => metadata,
        };
        (name, metadata)
    }
}

/// The state of a space: open, or closed by an unfinished operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpaceState {
    /// It accepts events.
    #[default]
    Open,
    /// A delete was started and has not finished. The space can only be deleted.
    Deleting,
    /// An import or a fork was started and has not finished. It can be started again, or the space deleted.
    Importing,
}

impl Space {
    /// Returns true if the metadata says `"environment": "production"`, in upper or lower case.
    pub fn is_production(&self) -> bool {
        let environment = self.metadata.as_ref().and_then(|metadata| metadata.text("environment"));
        environment.is_some_and(|environment| environment.eq_ignore_ascii_case("production"))
    }

    /// Checks that the space accepts events.
    pub fn check_open(&self) -> Result<(), StoreError> {
        let space = || self.space_name.clone();
        match self.state {
            SpaceState::Open => Ok(()),
            SpaceState::Deleting => Err(StoreError::SpaceDeleting { space: space(), purge: false }),
            SpaceState::Importing if self.is_fork() => Err(StoreError::SpaceForking { space: space() }),
            SpaceState::Importing => Err(StoreError::SpaceImporting { space: space() }),
        }
    }

    /// Describes the unfinished operation on the space in one word.
    pub fn in_short(&self) -> Option<&'static str> {
        match self.state {
            SpaceState::Open => None,
            SpaceState::Deleting => Some("deleting"),
            SpaceState::Importing if self.is_fork() => Some("forking"),
            SpaceState::Importing => Some("importing"),
        }
    }

    /// Describes the unfinished operation on the space, such as "being deleted".
    pub fn under_way(&self) -> Option<&'static str> {
        match self.state {
            SpaceState::Open => None,
            SpaceState::Deleting => Some("being deleted"),
            SpaceState::Importing if self.is_fork() => Some("being forked"),
            SpaceState::Importing => Some("being imported"),
        }
    }

    /// Returns the point of another space at which this one was forked, if it is a fork.
    pub fn origin(&self) -> Option<SpaceOrigin> {
        self.metadata.as_ref()?.origin()
    }

    /// Returns true if the space is a fork of another one.
    pub fn is_fork(&self) -> bool {
        self.origin().is_some()
    }

    /// Returns the origin of the events, if the space is a bug report.
    pub fn bug_report(&self) -> Option<ReportOrigin> {
        self.metadata.as_ref()?.bug_report()
    }

    /// Returns the error of an operation that needs the name of this space for a new one.
    pub(crate) fn name_taken(&self) -> StoreError {
        let exists = StoreError::SpaceExists { space: self.space_name.clone() };
        self.check_open().err().unwrap_or(exists)
    }

    /// Returns the app that the metadata names.
    pub fn app_name(&self) -> Option<Cow<'_, str>> {
        self.metadata.as_ref()?.text("app")
    }
}

/// The end of a space's log, stored as counters so that no query has to count events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Head {
    /// The last sequence, which is also the number of events. 0 if there are none.
    pub last_sequence: SpaceSequence,
    /// The id of the last event. 0 if there are none.
    pub last_event_id: EventId,
    /// The time when the last event was appended.
    pub last_timestamp: Option<Timestamp>,
    /// The total size of all payloads in bytes.
    pub payload_bytes: u64,
}

impl Head {
    /// Moves the end past an event.
    pub(crate) fn advance(&mut self, event: &Event) {
        *self = Self {
            last_sequence: event.space_sequence,
            last_event_id: event.event_id,
            last_timestamp: Some(event.timestamp),
            payload_bytes: self.payload_bytes.saturating_add(event.payload.as_str().len() as u64),
        };
    }
}

/// The progress of a space's projection: the last event applied to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Checkpoint {
    /// The sequence of that event. 0 before the first.
    pub sequence: SpaceSequence,
    /// The id of that event. 0 before the first.
    pub event_id: EventId,
    /// The time when that event was appended.
    pub updated_at: Option<Timestamp>,
    /// The number of keys in the projection.
    pub entities: u64,
}

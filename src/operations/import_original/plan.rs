//! The plan of an import: what each space of the file is, and what becomes of it.

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::content_store::{Apps, Store};
use crate::engines::elixir::{OriginalLeftovers, OriginalSource, Renumbering, SourceOrder, SourceSpace};
use crate::error::{ImportError, Result, StoreError};
use crate::event::EventId;
use crate::event_store::check_new_space_name;
use crate::limits::LONGEST_METADATA;
use crate::operations::Watch;
use crate::space::{Space, SpaceId, SpaceMetadata, SpaceState};
use crate::timestamp::Timestamp;

use super::Original;
use super::RefusedSpace;
use super::reading::Reading;
use super::times::NewTimes;
use super::trial::OriginalTrial;

/// The field of a space's metadata that names the space of the original.
pub(super) const IMPORTED_FROM: &str = "imported_from";

/// The most unreadable events that are listed for a space; all are counted.
pub(super) const LISTED: usize = 1000;

/// The plan of an import of a file of the original.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct OriginalPlan {
    /// The spaces, in the order of their ids.
    pub spaces: Vec<PlannedSpace>,
    /// The rows that belong to no space, or that only an import can show.
    pub leftovers: OriginalLeftovers,
}

/// A space of the original, and what an import would do with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedSpace {
    /// Its id in the original.
    pub original_space_id: i64,
    /// The name that it gets.
    pub space_name: String,
    /// The name in the original, if the store does not accept it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_name: Option<String>,
    /// The app that builds its projections; without one, the original's entries are kept.
    pub app: Option<String>,
    /// True if the original does not register it: only its rows are left.
    pub is_orphan: bool,
    /// Its fate in the import.
    #[serde(flatten)]
    pub fate: SpaceFate,
    /// The number of its events.
    pub events: u64,
    /// The number of keys in the original's projection.
    pub original_keys: u64,
    /// The number of sequences that are missing before the last event.
    pub gaps: u64,
    /// The number of events that have the sequence of another event before them.
    pub duplicates: u64,
    /// The number of events that get another sequence.
    pub renumbered: u64,
    /// The number of events that get another id, because theirs is not above those before it.
    pub new_ids: u64,
    /// The number of causes that do not come over, because they are not in the log before their effect. Known only if the whole
    /// file was read.
    pub causes_dropped: u64,
    /// The events that get another time. Known only if the whole file was read.
    pub new_times: NewTimes,
    /// The number of events whose payload cannot be read. Known only if the whole file was read.
    pub unreadable: u64,
    /// The first of them.
    pub unreadable_events: Vec<UnreadableEvent>,
    /// The event because of which the space cannot be imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub too_large: Option<UnreadableEvent>,
    /// The size of its metadata in bytes, if it is above the limit, so that the space cannot be imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oversized_metadata: Option<u64>,
    /// The findings of a trial. Known only if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial: Option<OriginalTrial>,
    #[serde(skip)]
    order: SourceOrder,
    #[serde(skip)]
    pub(super) created_at: Timestamp,
    /// Its metadata in the original, and whether it is not the text of a JSON object.
    #[serde(skip)]
    stored_metadata: Option<String>,
    /// The value that is stored in place of the time of its creation.
    #[serde(skip)]
    no_created_at: Option<Value>,
    /// Identifies it among the spaces of all files.
    #[serde(skip)]
    identity: Uuid,
}

/// The fate of a space in an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "fate", rename_all = "kebab-case")]
pub enum SpaceFate {
    /// It is imported.
    New,
    /// An earlier import of it was stopped. What is left of that is removed, and it is imported again.
    Unfinished,
    /// It was imported before, and is passed over.
    Imported {
        /// The number of events that the original has added since. They are not imported.
        added: u64,
    },
    /// Another space has its name.
    NameTaken,
}

/// An event whose payload cannot be read, or that is too large.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnreadableEvent {
    /// Its id in the original.
    pub event_id: i64,
    /// The reason.
    pub reason: String,
}

/// The store into which a file is imported, if it exists.
#[derive(Clone, Copy)]
pub(super) struct PlanTarget<'a> {
    pub store: Option<&'a Store>,
    pub apps: &'a Apps,
    /// The only space to be planned.
    pub only: Option<i64>,
}

/// A plan, and the sequences of renumbered events.
pub(super) struct Planned {
    pub plan: OriginalPlan,
    pub renumbering: Renumbering,
}

impl OriginalPlan {
    /// Returns the number of events that are imported.
    pub fn events(&self) -> u64 {
        self.to_import().map(|space| space.events).sum()
    }

    /// Returns the number of keys that are derived. Known only if there was a trial.
    pub fn keys(&self) -> Option<u64> {
        self.to_import().map(|space| space.trial.as_ref().map(|trial| trial.keys)).sum()
    }

    /// Returns the spaces that are imported.
    pub fn to_import(&self) -> impl Iterator<Item = &PlannedSpace> {
        self.wanted().filter(|space| space.refusal().is_none())
    }

    /// Returns the spaces that cannot be imported.
    pub(super) fn refused(&self) -> impl Iterator<Item = RefusedSpace> {
        self.wanted().filter_map(PlannedSpace::refusal)
    }

    fn wanted(&self) -> impl Iterator<Item = &PlannedSpace> {
        self.spaces.iter().filter(|space| matches!(space.fate, SpaceFate::New | SpaceFate::Unfinished))
    }

    /// Checks that no other space of the store has the name of a space to be imported.
    ///
    /// # Errors
    /// [`ImportError::NamesTaken`].
    pub fn check_names(&self) -> Result<()> {
        let taken = self.spaces.iter().filter(|space| space.fate == SpaceFate::NameTaken);
        let spaces: Vec<String> = taken.map(|space| space.space_name.clone()).collect();
        if spaces.is_empty() { Ok(()) } else { Err(ImportError::NamesTaken { spaces }.into()) }
    }

    /// Returns true if something stands in the way, or would be found.
    pub fn found(&self) -> bool {
        self.leftovers.found()
            || self.spaces.iter().any(|space| {
                let is_refused = space.too_large.is_some() || space.oversized_metadata.is_some();
                let is_found = space.trial.as_ref().is_some_and(OriginalTrial::found);
                space.fate == SpaceFate::NameTaken || space.unreadable > 0 || is_refused || is_found
            })
    }
}

impl Planned {
    /// Reads the numbers of all events, and with `is_whole` their payloads.
    pub fn read(
        original: &Original,
        target: PlanTarget<'_>,
        is_whole: bool,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let source = &original.source;
        let leftovers = match target.only {
            Some(_) => OriginalLeftovers::default(),
            None => source.leftovers()?,
        };
        let mut reading = Reading::begin(original)?;
        let mut spaces = Vec::new();
        let names = registered_names(source)?;
        for space_id in source.space_ids()? {
            if target.only.is_some_and(|only| only != space_id) {
                continue;
            }
            let mut space = described(original, target.apps, space_id, &names)?;
            reading.count(&mut space, watch)?;
            space.fate = fate(target.store, &space)?;
            if is_whole {
                reading.payloads(&mut space, watch)?;
            }
            spaces.push(space);
        }
        reading.refuse(&mut spaces)?;
        let last = target.store.map_or(Ok(EventId(0)), |store| store.events().last_event_id())?;
        reading.go_through(&mut spaces, last, is_whole)?;
        Ok(Self { plan: OriginalPlan { spaces, leftovers }, renumbering: reading.into_renumbering() })
    }
}

/// Returns the names of the registered spaces.
fn registered_names(source: &OriginalSource) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for space_id in source.space_ids()? {
        names.extend(source.registered(space_id)?.map(|registered| registered.space_name));
    }
    Ok(names)
}

/// Returns a space of the original, with what is known without reading its events.
fn described(original: &Original, apps: &Apps, space_id: i64, names: &[String]) -> Result<PlannedSpace> {
    let source = &original.source;
    let registered = source.registered(space_id)?;
    let is_orphan = registered.is_none();
    let name = match &registered {
        Some(registered) => registered.space_name.clone(),
        None => free(format!("orphan-{space_id}"), names),
    };
    let created_at = match &registered {
        Some(registered) => Timestamp(registered.created_at.saturating_mul(1000)),
        None => Timestamp(source.first_time(space_id)?.unwrap_or(0)),
    };
    let (space_name, original_name) = match check_new_space_name(&name) {
        Ok(()) => (name, None),
        Err(_) => (free(format!("space-{space_id}"), names), Some(name)),
    };
    let no_created_at = registered.as_ref().and_then(|registered| registered.no_created_at.clone());
    let stored_metadata = registered.and_then(|registered| registered.metadata);
    let metadata = stored_metadata.as_deref().and_then(|text| SpaceMetadata::parse(text).ok());
    let (state, revision, id) = (SpaceState::Open, 0, SpaceId(u32::try_from(space_id).unwrap_or(0)));
    let space = Space {
        space_id: id,
        space_name: original_name.clone().unwrap_or_else(|| space_name.clone()),
        metadata,
        created_at,
        state,
        revision,
    };
    let app = apps.of_types(&space, || source.event_types(space_id))?;
    let first = source.first_time(space_id)?;
    let stored = source.sequences(space_id)?;
    let identity = identity(&(space_id, &space.space_name, created_at.0, first));
    let planned = PlannedSpace {
        original_space_id: space_id,
        space_name,
        original_name,
        app: app.map(|app| app.name().to_owned()),
        is_orphan,
        fate: SpaceFate::New,
        events: stored.events,
        original_keys: source.keys(space_id)?,
        gaps: stored.gaps(),
        duplicates: stored.duplicates(),
        renumbered: 0,
        new_ids: 0,
        causes_dropped: 0,
        new_times: NewTimes::default(),
        unreadable: 0,
        unreadable_events: Vec::new(),
        too_large: None,
        oversized_metadata: None,
        trial: None,
        order: stored.order(),
        created_at,
        stored_metadata,
        no_created_at,
        identity,
    };
    let bytes = planned.metadata(&original.name).as_str().len();
    Ok(PlannedSpace { oversized_metadata: (bytes > LONGEST_METADATA).then_some(bytes as u64), ..planned })
}

/// Returns the name, or one that no other space has.
fn free(mut name: String, names: &[String]) -> String {
    while names.contains(&name) {
        name.push('_');
    }
    name
}

/// Returns a UUID that stands for a space in whichever copy of its file: its id, name and time, and its first event's time.
fn identity(facts: &(i64, &String, i64, Option<i64>)) -> Uuid {
    let mut id = [0; 16];
    let digest = Sha256::digest(json!([facts.0, facts.1, facts.2, facts.3]).to_string());
    id.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(id).into_uuid()
}

/// Returns what becomes of a space, given what the store has under its name.
fn fate(store: Option<&Store>, space: &PlannedSpace) -> Result<SpaceFate> {
    let Some(store) = store else { return Ok(SpaceFate::New) };
    let Some(found) = store.events().find_space(&space.space_name)? else { return Ok(SpaceFate::New) };
    let origin = found.space.metadata.as_ref().and_then(|metadata| {
        let fields = serde_json::from_str::<Value>(metadata.as_str()).ok()?;
        let origin = fields.get(IMPORTED_FROM)?;
        let id = origin.get("id")?.as_str()?.parse::<Uuid>().ok()?;
        Some((id, origin.get("events")?.as_u64()?))
    });
    Ok(match (found.space.state, origin) {
        (SpaceState::Importing, Some((id, _))) if id == space.identity => SpaceFate::Unfinished,
        (SpaceState::Open, Some((id, events))) if id == space.identity => {
            SpaceFate::Imported { added: space.events.saturating_sub(events) }
        }
        // The remains of another import, which an import of that name removes.
        (SpaceState::Importing, _) if !found.space.is_fork() => SpaceFate::Unfinished,
        _ => SpaceFate::NameTaken,
    })
}

impl PlannedSpace {
    /// Returns the space in the original.
    pub(super) fn source(&self) -> SourceSpace {
        SourceSpace { space_id: self.original_space_id, order: self.order }
    }

    /// Returns the reason why the space cannot be imported.
    pub(super) fn refusal(&self) -> Option<RefusedSpace> {
        let (event_id, reason) = match (&self.too_large, self.oversized_metadata) {
            (Some(event), _) => (Some(event.event_id), event.reason.clone()),
            (None, Some(bytes)) => {
                let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
                (None, StoreError::MetadataTooLarge { bytes }.to_string())
            }
            (None, None) => return None,
        };
        Some(RefusedSpace { space_name: self.space_name.clone(), event_id, reason })
    }

    /// Returns the number of events that the original has added since the space was imported, if it was.
    pub(super) fn added_since(&self) -> Option<u64> {
        match self.fate {
            SpaceFate::Imported { added } => Some(added),
            _ => None,
        }
    }

    /// Returns the number of events that came over when the space was imported, if it was.
    pub(super) fn events_before(&self) -> Option<u64> {
        Some(self.events.saturating_sub(self.added_since()?))
    }

    /// Returns the app that its metadata names.
    pub(super) fn named_app(&self) -> Option<String> {
        let metadata = SpaceMetadata::parse(self.stored_metadata.as_deref()?).ok()?;
        metadata.text("app").map(|app| app.to_string())
    }

    /// Returns the metadata of the new space: that of the original, with the app, and where the space comes from.
    pub(super) fn metadata(&self, file: &str) -> SpaceMetadata {
        let stored = self.stored_metadata.as_deref().map(|text| (text, SpaceMetadata::parse(text).ok()));
        let (metadata, unreadable) = match stored {
            None => (SpaceMetadata::default(), None),
            Some((_, Some(metadata))) => (metadata, None),
            Some((text, None)) => (SpaceMetadata::default(), Some(text)),
        };
        let metadata = match &self.app {
            Some(app) if metadata.text("app").is_none() => metadata.with_app(app),
            _ => metadata,
        };
        let mut origin = json!({
            "id": self.identity,
            "file": file,
            "space_id": self.original_space_id,
            "events": self.events,
        });
        if let Some(name) = &self.original_name {
            origin["space_name"] = name.as_str().into();
        }
        if let Some(text) = unreadable {
            origin["metadata"] = text.into();
        }
        if let Some(stored) = &self.no_created_at {
            origin["created_at"] = stored.clone();
        }
        metadata.with(IMPORTED_FROM, &origin)
    }
}

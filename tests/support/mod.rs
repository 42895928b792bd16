//! Stores of every kind, and the macro that runs a test on each.
#![allow(dead_code)]

pub mod counting;
pub mod dump;
pub mod mutation;
pub mod program;
pub mod recorded;
pub mod running;
pub mod sandbox;
pub mod screen_text;
pub mod shim;
pub mod tenants;

use std::path::PathBuf;
use std::sync::Arc;

use ramax::apps::{Cms, Crm};
use ramax::clock::{CountingIds, SteppingClock};
use ramax::event_store::{Access, MarkOwner, Remembered, RequestDigest, WriteSet};
use ramax::{
    Command, ContentStore, EventId, EventStore, Json, Location, NewEvent, OpenOptions, Space, SpaceId,
    SpaceSequence, Store, Timestamp,
};
use serde_json::Value;
use tempfile::TempDir;

/// The start of the tests' clock: 2026-01-31T10:00:00Z.
pub const START: Timestamp = Timestamp(1_769_853_600_000);

/// A store and the directory of its files.
pub struct Fixture {
    pub store: Store,
    pub directory: TempDir,
}

impl Fixture {
    pub fn memory() -> Self {
        Self { store: repeatable(Store::memory()), directory: TempDir::new().unwrap() }
    }

    pub fn one_file() -> Self {
        let directory = TempDir::new().unwrap();
        let location = Location::file(directory.path().join("store.db"));
        Self { store: create(&location), directory }
    }

    pub fn two_files() -> Self {
        let directory = TempDir::new().unwrap();
        let location =
            Location::two_files(directory.path().join("events.db"), directory.path().join("projections.db"));
        Self { store: create(&location), directory }
    }

    pub fn file(&self) -> PathBuf {
        self.store.location().unwrap().database.clone()
    }

    /// The same files through other connections, as another process would open them.
    pub fn other_process(&self) -> Store {
        self.store.reconnect().unwrap()
    }

    pub fn space(&self, name: &str) -> Space {
        self.store.events().get_or_create_space(name, None, START).unwrap()
    }

    pub fn crm(&self, name: &str) -> ContentStore {
        ContentStore::open(&self.store, name, Arc::new(Crm)).unwrap()
    }

    pub fn cms(&self, name: &str) -> ContentStore {
        ContentStore::open(&self.store, name, Arc::new(Cms)).unwrap()
    }
}

/// Opens or creates files, with a repeatable clock and ids.
pub fn create(location: &Location) -> Store {
    repeatable(Store::open_or_create(location, OpenOptions::default()).unwrap())
}

fn repeatable(store: Store) -> Store {
    store.with_origin(Arc::new(SteppingClock::new(START, 1000)), Arc::new(CountingIds::default()))
}

/// The outcome of an idempotency key.
pub fn remembered(event_ids: &[u64], last: u64) -> Remembered {
    Remembered {
        request: RequestDigest::Sha256([0xff; 32]),
        stored_at: Some(START),
        event_ids: event_ids.iter().copied().map(EventId).collect(),
        space_sequence: SpaceSequence(last),
    }
}

/// Stores an idempotency key without a command.
pub fn remember(events: &dyn EventStore, space_id: SpaceId, key: &str, remembered: &Remembered) {
    let keys = [(key.to_owned(), remembered.clone())];
    let unit = events.begin(space_id, Access::Open).unwrap();
    unit.commit(&WriteSet { keys: &keys, ..WriteSet::default() }).unwrap();
}

/// A mark owner, identified by a number.
pub fn mark_owner(number: u128) -> MarkOwner {
    MarkOwner { token: uuid::Uuid::from_u128(number), operator: String::new(), since: START }
}

pub fn event(entity_id: &str, event_type: &str, payload: Value) -> NewEvent {
    NewEvent::new(entity_id, event_type, Json::of(&payload))
}

pub fn add_contact(id: &str) -> Command {
    Command::new("add-contact")
        .with("contact_id", id)
        .with("name", format!("Name of {id}"))
        .with("email", format!("{id}@acme.example"))
}

pub fn rename_contact(id: &str, name: &str) -> Command {
    Command::new("update-contact").with("contact_id", id).with("name", name)
}

pub fn publish(id: &str, title: &str) -> Command {
    Command::new("publish-article").with("article_id", id).with("title", title).with("content", "Text")
}

pub fn unpublish(id: &str) -> Command {
    Command::new("unpublish-article").with("article_id", id)
}

/// Runs each function as a separate test on every kind of store.
#[macro_export]
macro_rules! on_every_store {
    ($($name:ident),* $(,)?) => {
        mod in_memory { $(#[test] fn $name() { super::$name(&super::Fixture::memory()); })* }
        mod in_one_file { $(#[test] fn $name() { super::$name(&super::Fixture::one_file()); })* }
        mod in_two_files { $(#[test] fn $name() { super::$name(&super::Fixture::two_files()); })* }
    };
}

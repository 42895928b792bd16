//! Stores of every kind, and the macro that runs a test on each.
#![allow(dead_code)]

pub mod brittle;
pub mod counting;
pub mod dump;
pub mod mutation;
pub mod original;
pub mod program;
pub mod recorded;
pub mod running;
pub mod sandbox;
pub mod screen_text;
#[cfg(feature = "postgres")]
pub mod server;
pub mod shim;
pub mod shop;
pub mod tally;
pub mod tenants;
pub mod version_2;

pub use ramax::testing::conformance::samples::*;

use std::path::PathBuf;
use std::sync::Arc;

use ramax::apps::{Cms, Crm};
use ramax::clock::{CountingIds, SteppingClock};
use ramax::{ContentStore, Location, OpenOptions, Space, Store};
use tempfile::TempDir;

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

    #[cfg(feature = "postgres")]
    pub fn server() -> Self {
        let store = Store::connect_or_create(&server::new_address(), OpenOptions::default()).unwrap();
        Self { store: repeatable(store), directory: TempDir::new().unwrap() }
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

/// Runs each function as a separate test on every kind of store.
#[macro_export]
macro_rules! on_every_store {
    ($($name:ident),* $(,)?) => {
        mod in_memory { $(#[test] fn $name() { super::$name(&super::Fixture::memory()); })* }
        mod in_one_file { $(#[test] fn $name() { super::$name(&super::Fixture::one_file()); })* }
        mod in_two_files { $(#[test] fn $name() { super::$name(&super::Fixture::two_files()); })* }
        #[cfg(feature = "postgres")]
        mod on_a_server { $(#[test] fn $name() { super::$name(&super::Fixture::server()); })* }
    };
}

//! A store under test.

use std::any::Any;
use std::sync::Arc;

use crate::apps::{Cms, Crm};
use crate::clock::{CountingIds, SteppingClock};
use crate::{ContentStore, Space, Store};

use super::samples::START;

/// Creates an empty store, and a value that has to live as long as the store.
type Create = dyn Fn() -> (Store, Box<dyn Any + Send + Sync>) + Send + Sync;

/// Opens a store again, as another process would.
type Reopen = dyn Fn(&Store) -> Store + Send + Sync;

/// An empty store that a case of the suite runs on. Its clock starts at a fixed time and advances by a second with each
/// reading, and its ids are counted.
pub struct Fixture {
    /// The store.
    pub store: Store,
    create: Arc<Create>,
    reopen: Arc<Reopen>,
    _kept: Box<dyn Any + Send + Sync>,
}

impl Fixture {
    /// Creates a fixture with a function that creates an empty store each time, together with a value that has to live as
    /// long as the store: a temporary directory, or `()`.
    pub fn new<T: Send + Sync + 'static>(create: impl Fn() -> (Store, T) + Send + Sync + 'static) -> Self {
        let create = move || {
            let (store, kept) = create();
            (store, Box::new(kept) as Box<dyn Any + Send + Sync>)
        };
        Self::created_by(Arc::new(create), Arc::new(|store| store.reconnect().unwrap()))
    }

    /// Sets how a store is opened again, as another process would open it. The default is [`Store::reconnect`], which
    /// returns a clone if the store is not in files.
    pub fn reopened_by(mut self, reopen: impl Fn(&Store) -> Store + Send + Sync + 'static) -> Self {
        self.reopen = Arc::new(reopen);
        self
    }

    fn created_by(create: Arc<Create>, reopen: Arc<Reopen>) -> Self {
        let (store, kept) = create();
        let (clock, ids) = (SteppingClock::new(START, 1000), CountingIds::default());
        let store = store.with_origin(Arc::new(clock), Arc::new(ids));
        Self { store, create, reopen, _kept: kept }
    }

    /// Creates another, empty store of the same kind.
    pub(super) fn another(&self) -> Self {
        Self::created_by(Arc::clone(&self.create), Arc::clone(&self.reopen))
    }

    /// Opens the store again, as another process would.
    pub(super) fn other_process(&self) -> Store {
        (self.reopen)(&self.store)
    }

    pub(super) fn space(&self, name: &str) -> Space {
        self.store.events().get_or_create_space(name, None, START).unwrap()
    }

    pub(super) fn crm(&self, name: &str) -> ContentStore {
        ContentStore::open(&self.store, name, Arc::new(Crm)).unwrap()
    }

    pub(super) fn cms(&self, name: &str) -> ContentStore {
        ContentStore::open(&self.store, name, Arc::new(Cms)).unwrap()
    }
}

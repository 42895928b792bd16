//! One space, opened with its app: commands in, events and projection out.

mod app;
mod catch_up;
mod execute;
mod fold;
mod preview;
mod state;
mod store;

pub use app::{
    App, Applied, Arguments, Command, CommandSpec, DecideError, Decision, FieldKind, FieldSpec,
    check_command, check_field,
};
pub use catch_up::CaughtUp;
pub use execute::{Executed, Request};
pub use fold::{apply, ends, follows};
pub use preview::{Change, Preview};
pub use state::{State, StateError};
pub use store::{Location, Store};

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{CommandError, Result, StoreError};
use crate::event::SpaceSequence;
use crate::event_store::{EventStream, Page};
use crate::pstate::Entry;
use crate::space::{Head, Space, SpaceId};

/// One space, opened with its app.
///
/// ```
/// use ramax::{Command, ContentStore, Store, apps::Crm};
/// # fn main() -> ramax::Result<()> {
/// let store = Store::memory();
/// let acme = ContentStore::open(&store, "crm_acme", std::sync::Arc::new(Crm))?;
/// let done = acme.execute(
///     Command::new("add-contact").with("contact_id", "c1").with("name", "Ada").with("email", "ada@acme.com"),
/// )?;
/// assert_eq!(done.space_sequence.0, 1);
/// let contact: serde_json::Value = acme.get("contact:c1")?.unwrap_or_default();
/// assert_eq!(contact["name"], "Ada");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ContentStore {
    store: Store,
    space: Space,
    app: Arc<dyn App>,
}

impl ContentStore {
    /// Opens the space of that name for this app; creates it if there is none.
    ///
    /// # Errors
    /// [`StoreError::InvalidSpaceName`]; failures of the storage.
    pub fn open(store: &Store, space_name: &str, app: Arc<dyn App>) -> Result<Self> {
        let metadata = Map::from_iter([("app".to_owned(), Value::from(app.name()))]);
        let space = store.events().get_or_create_space(space_name, Some(&metadata), store.clock().now())?;
        Ok(Self::of(store, space, app))
    }

    /// The content store of a space that was found already.
    #[must_use]
    pub fn of(store: &Store, space: Space, app: Arc<dyn App>) -> Self {
        Self { store: store.clone(), space, app }
    }

    /// The space.
    #[must_use]
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The space's id.
    #[must_use]
    pub fn space_id(&self) -> SpaceId {
        self.space.space_id
    }

    /// The app.
    #[must_use]
    pub fn app(&self) -> &dyn App {
        &*self.app
    }

    /// The store that the space lives in.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The value at a key, after the projection caught up.
    ///
    /// # Errors
    /// If the value is not of that type; as [`ContentStore::catch_up`].
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        self.refresh()?;
        let Some(entry) = self.store.pstate().get(self.space_id(), key)? else {
            return Ok(None);
        };
        entry.value.parse_owned().map(Some).map_err(|error| {
            CommandError::UnreadableState { key: key.to_owned(), reason: error.to_string() }.into()
        })
    }

    /// A page of the entries whose keys start with `prefix`, after the projection caught up.
    ///
    /// # Errors
    /// As [`ContentStore::catch_up`].
    pub fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.refresh()?;
        self.store.pstate().scan(self.space_id(), prefix, page)
    }

    /// The space's events after `after`, lazily.
    #[must_use]
    pub fn events(&self, after: SpaceSequence) -> EventStream<'_> {
        EventStream::new(self.store.events(), self.space_id(), after, 1000)
    }

    /// How many events the space has.
    ///
    /// # Errors
    /// [`StoreError::UnknownSpace`]; [`StoreError::SpaceDeleting`]; failures of the storage.
    pub fn event_count(&self) -> Result<u64> {
        Ok(self.head()?.last_sequence.0)
    }

    /// Where the log ends, of a space that is there and to stay.
    fn head(&self) -> Result<Head> {
        let space = || self.space.space_name.clone();
        match self.store.events().space(self.space_id())? {
            None => Err(StoreError::UnknownSpace { space: space() }.into()),
            Some(record) if record.space.deleting => Err(StoreError::SpaceDeleting { space: space() }.into()),
            Some(record) => Ok(record.head),
        }
    }
}

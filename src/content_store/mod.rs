//! One space, opened with its app: commands in, events and projection out.

mod app;
mod blocking;
mod catch_up;
mod conditions;
mod execute;
mod fold;
mod preview;
mod runs;
mod state;
mod store;

pub use app::{
    App, Applied, Arguments, Command, CommandSpec, DecideError, Decision, FieldKind, FieldSpec,
    check_command, check_field,
};
pub use blocking::BlockingEvent;
pub use catch_up::CaughtUp;
pub(crate) use catch_up::is_on_log;
pub use execute::{Executed, Request};
pub(crate) use fold::{apply, ends, follows};
pub use preview::{Change, Preview};
pub use state::{State, StateError};
pub use store::{Location, Store};

use std::sync::Arc;

use serde::de::DeserializeOwned;
use tracing::warn;

use crate::error::{Error, Result, StoreError};
use crate::event::SpaceSequence;
use crate::event_store::{EventStream, Page, Tail};
use crate::pstate::{Entry, Projection, Schema, WriteBack};
use crate::space::{Head, Metadata, Space, SpaceId};

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
    /// The space is known to run this app. Otherwise it had no events yet, and another app may be faster.
    is_settled: bool,
    /// What was read in an old form; nothing waits where nothing can be written.
    write_back: Option<Arc<WriteBack>>,
}

/// What was read in an old form and waits is written back when the last handle on it goes.
impl Drop for ContentStore {
    fn drop(&mut self) {
        let Some(waiting) = self.write_back.take() else { return };
        if Arc::strong_count(&waiting) > 1 || waiting.is_empty() {
            return;
        }
        let projection = Projection::new(self.store.pstate(), self.space.space_id);
        if let Err(error) = projection.with_shared_schema(Schema::EMPTY, Some(waiting)).flush() {
            warn!(space = self.space.space_name, %error, "what was migrated is migrated again when it is read");
        }
    }
}

impl ContentStore {
    /// Opens the space of that name for its app. Where there is none, creates it with the app in its metadata.
    ///
    /// # Errors
    /// [`StoreError::InvalidSpaceName`]; [`CommandError::WrongApp`](crate::CommandError::WrongApp) if the space runs
    /// another app; failures of the storage.
    pub fn open(store: &Store, space_name: &str, app: Arc<dyn App>) -> Result<Self> {
        let metadata = Metadata::of_app(app.name());
        let space = store.events().get_or_create_space(space_name, Some(&metadata), store.clock().now())?;
        Self::of(store, space, app)
    }

    /// Creates a space of that name for this app, which is not there yet.
    ///
    /// # Errors
    /// As [`EventStore::create_space`](crate::EventStore::create_space).
    pub fn create(store: &Store, space_name: &str, app: Arc<dyn App>) -> Result<Self> {
        let metadata = Metadata::of_app(app.name());
        let space = store.events().create_space(space_name, Some(&metadata), store.clock().now())?;
        Self::of(store, space, app)
    }

    /// Opens a space that was found already for its app: the one that its metadata names; where it names none, one
    /// whose prefix the space's name has, or that knows a type of the space's events. A space that has neither
    /// becomes the app's whose events come first.
    ///
    /// # Errors
    /// [`CommandError::WrongApp`](crate::CommandError::WrongApp) if the space runs another app; failures of the
    /// storage.
    pub fn of(store: &Store, space: Space, app: Arc<dyn App>) -> Result<Self> {
        let is_settled = runs::check(store, &space, &*app)?;
        let write_back = (!store.is_read_only()).then(Arc::default);
        Ok(Self { store: store.clone(), space, app, is_settled, write_back })
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
        self.projection()?.get(key)
    }

    /// A page of the entries whose keys start with `prefix`, after the projection caught up.
    ///
    /// # Errors
    /// As [`ContentStore::catch_up`].
    pub fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.projection()?.scan(prefix, page)
    }

    /// The projection, after it caught up: for reading it along references and paths. It is in the form of
    /// the app's schema; what was stored in an older one is written back as it is read.
    ///
    /// # Errors
    /// As [`ContentStore::catch_up`].
    pub fn projection(&self) -> Result<Projection<'_>> {
        self.refresh()?;
        let projection = Projection::new(self.store.pstate(), self.space_id());
        Ok(projection.with_shared_schema(self.app.schema(), self.write_back.clone()))
    }

    /// The space's events after `after`, lazily.
    #[must_use]
    pub fn events(&self, after: SpaceSequence) -> EventStream<'_> {
        EventStream::new(self.store.events(), self.space_id(), after, 1000)
    }

    /// How many events the space has.
    ///
    /// # Errors
    /// [`StoreError::UnknownSpace`]; as [`Space::check_open`]; failures of the storage.
    pub fn event_count(&self) -> Result<u64> {
        Ok(self.head()?.last_sequence.0)
    }

    /// Where the log ends, of a space that is there and to stay.
    pub(crate) fn head(&self) -> Result<Head> {
        let unknown = || StoreError::unknown_space(&self.space.space_name);
        let record = self.store.events().space(self.space_id())?.ok_or_else(unknown)?;
        record.space.check_open()?;
        self.check_app(&record.head)?;
        Ok(record.head)
    }

    /// Where the log ends, so that events can be numbered.
    fn tail(&self) -> Result<Tail> {
        let tail = self.store.events().tail(self.space_id()).map_err(|error| match error {
            Error::Store(StoreError::UnknownSpace { .. }) => {
                StoreError::unknown_space(&self.space.space_name).into()
            }
            other => other,
        })?;
        self.check_app(&tail.head)?;
        Ok(tail)
    }
}

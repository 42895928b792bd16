//! One space, opened with its app: it executes commands and reads events and the projection.

mod app;
mod app_of_space;
mod append;
mod apps;
mod blocking_event;
mod catch_up;
mod change;
mod client_memory;
mod conditions;
mod execute;
mod fold;
#[cfg(feature = "tokio")]
mod offload;
mod outage;
mod preview;
mod projections;
mod renewal;
mod state;
mod store;
mod subscription_effect;
mod unit;
mod upcasting;
mod wait;

#[doc(hidden)]
pub use app::names;
pub use app::{
    App, AppProblem, Applied, Arguments, Command, CommandSpec, Context, Decide, DecideError, Decision,
    FieldHelp, FieldKind, FieldSpec, FieldType, TypedCommand, check_app, check_command, check_field, help,
};
pub(crate) use app::{MASK, is_secret};
pub use apps::Apps;
pub use catch_up::CaughtUp;
pub(crate) use catch_up::{STEP, is_on_log};
pub use change::{Change, FieldChange};
pub use client_memory::{ClientMemory, ForgottenMemory, QuotedData};
pub use conditions::Conditions;
pub use execute::{Executed, Request};
pub(crate) use fold::{ProjectionFold, Projector, apply, ends, follows};
#[cfg(feature = "tokio")]
pub use offload::Offload;
pub(crate) use outage::Outage;
pub use preview::Preview;
pub use projections::{DeclaredProjection, ProjectionMode, ProjectionSpec};
pub(crate) use renewal::rebuild_of;
pub(crate) use state::{Overwritten, Value};
pub use state::{Scan, State, StateError};
pub use store::Store;
pub(crate) use subscription_effect::{EffectPart, SubscriptionWrites};
pub use unit::{Unit, UnitGroup};
pub(crate) use upcasting::is_used;
pub use upcasting::{CurrentForms, EventForm, SCHEMA_VERSION, Upcaster};

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use serde::de::DeserializeOwned;
use tracing::warn;

use crate::error::{CommandError, Error, Result, StoreError};
use crate::event::SpaceSequence;
use crate::event_store::{Access, EventStream, Page};
use crate::pstate::{Entry, Projection, Schema};
use crate::space::{Checkpoint, Head, Space, SpaceId, SpaceMetadata};

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
    /// True if the space is known to run this app. Otherwise it had no events when it was opened, and another app may
    /// be the first to append some.
    has_fixed_app: bool,
    /// The app's projections, the one that commands read first.
    projections: Arc<Vec<DeclaredProjection>>,
    /// The revision of the space at which its app was last checked.
    checked_revision: Arc<AtomicU64>,
}

/// Writes waiting migrated values back when the last handle is dropped.
impl Drop for ContentStore {
    fn drop(&mut self) {
        let Some(projections) = Arc::get_mut(&mut self.projections) else { return };
        for projection in projections.iter().filter(|projection| !projection.write_back().is_empty()) {
            let id = projection.id(self.space.space_id);
            let handle = Projection::new(self.store.pstate(), id);
            let waiting = Some(Arc::clone(projection.write_back()));
            if let Err(error) = handle.with_shared_schema(Schema::EMPTY, waiting).flush() {
                let (space, name) = (&self.space.space_name, projection.name());
                warn!(space, name, %error, "migrated values were not written back; the next read migrates them again");
            }
        }
    }
}

impl ContentStore {
    /// Opens a space by name for its app. If it does not exist, creates it with the app in its metadata.
    ///
    /// # Errors
    /// [`StoreError::InvalidSpaceName`]; [`CommandError::WrongApp`] if the space runs
    /// another app.
    pub fn open(store: &Store, space_name: &str, app: Arc<dyn App>) -> Result<Self> {
        let metadata = SpaceMetadata::of_app(app.name());
        let space = store.events().get_or_create_space(space_name, Some(&metadata), store.clock().now())?;
        Self::of(store, space, app)
    }

    /// Creates a new space for an app.
    ///
    /// # Errors
    /// As [`SpaceRegistry::create_space`](crate::event_store::SpaceRegistry::create_space).
    pub fn create(store: &Store, space_name: &str, app: Arc<dyn App>) -> Result<Self> {
        let metadata = SpaceMetadata::of_app(app.name());
        let space = store.events().create_space(space_name, Some(&metadata), store.clock().now())?;
        Self::of(store, space, app)
    }

    /// Opens an existing space for its app: the app that its metadata names or, if it names none, an app whose prefix
    /// the name has or that knows a type of its events. A space with none of these belongs to the app that appends the
    /// first event.
    ///
    /// # Errors
    /// [`CommandError::WrongApp`] if the space runs another app;
    /// [`CommandError::InvalidProjection`]; [`CommandError::InvalidApp`] if the upcasters of the app make no chain.
    pub fn of(store: &Store, space: Space, app: Arc<dyn App>) -> Result<Self> {
        let has_fixed_app = app_of_space::check(store, &space, &*app)?;
        let projections = Arc::new(DeclaredProjection::all_of(&*app)?);
        let checked_revision = Arc::new(AtomicU64::new(space.revision));
        Ok(Self { store: store.clone(), space, app, has_fixed_app, projections, checked_revision })
    }

    /// Returns the space as it was when it was opened. It may have been renamed since; the handle still works on it.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// Returns the id of the space.
    pub fn space_id(&self) -> SpaceId {
        self.space.space_id
    }

    /// Returns the store and the space in it.
    fn place(&self) -> (&Store, SpaceId) {
        (&self.store, self.space_id())
    }

    /// Returns the app.
    pub fn app(&self) -> &dyn App {
        &*self.app
    }

    /// Returns the store that contains the space.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Returns the app's projections, [`STATE`](crate::pstate::STATE) first.
    pub fn projections(&self) -> &[DeclaredProjection] {
        &self.projections
    }

    /// Returns the app's projection with this name.
    ///
    /// # Errors
    /// [`CommandError::UnknownProjection`].
    pub fn declared_projection(&self, name: &str) -> Result<&DeclaredProjection> {
        let unknown = || CommandError::UnknownProjection {
            app: self.app.name().to_owned(),
            projection: name.to_owned(),
            known: self.projections.iter().map(DeclaredProjection::name).collect(),
        };
        let found = self.projections.iter().find(|projection| projection.name() == name);
        Ok(found.ok_or_else(unknown)?)
    }

    /// Returns the app's projection with this name, or all of them.
    ///
    /// # Errors
    /// [`CommandError::UnknownProjection`].
    pub(crate) fn selected_projections(&self, name: Option<&str>) -> Result<Vec<&DeclaredProjection>> {
        Ok(match name {
            Some(name) => vec![self.declared_projection(name)?],
            None => self.projections.iter().collect(),
        })
    }

    /// Returns the projection that commands read.
    pub(crate) fn state_projection(&self) -> &DeclaredProjection {
        // `DeclaredProjection::all_of` begins with it.
        &self.projections[0]
    }

    /// Returns the other projections that change together with the events.
    fn other_inline(&self) -> impl Iterator<Item = &DeclaredProjection> {
        self.projections[1..].iter().filter(|projection| projection.is_inline())
    }

    /// Returns the app's handler of events for one of its projections.
    pub(crate) fn projector<'a>(&'a self, projection: &'a DeclaredProjection) -> Projector<'a> {
        Projector { app: &*self.app, projection }
    }

    /// Catches the projection [`STATE`](crate::pstate::STATE) up and returns the value of a key.
    ///
    /// # Errors
    /// If the value is not of that type; as [`ContentStore::catch_up`].
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        self.projection()?.get(key)
    }

    /// Catches the projection [`STATE`](crate::pstate::STATE) up and returns a page of the entries whose keys start
    /// with `prefix`.
    ///
    /// # Errors
    /// As [`ContentStore::catch_up`].
    pub fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.projection()?.scan(prefix, page)
    }

    /// Catches the projection [`STATE`](crate::pstate::STATE) up and returns it, for reading references and paths. Values are
    /// in the form of the app's schema; those stored in an older form are written back after they are read.
    ///
    /// A projection of another version of the app is returned as it is, until it is rebuilt.
    ///
    /// # Errors
    /// As [`ContentStore::catch_up`].
    pub fn projection(&self) -> Result<Projection<'_>> {
        self.read_projection(self.state_projection())
    }

    /// Catches the projection with this name up and returns it, as [`ContentStore::projection`].
    ///
    /// # Errors
    /// As [`ContentStore::catch_up`]; [`CommandError::UnknownProjection`].
    pub fn projection_named(&self, name: &str) -> Result<Projection<'_>> {
        self.read_projection(self.declared_projection(name)?)
    }

    fn read_projection(&self, projection: &DeclaredProjection) -> Result<Projection<'_>> {
        let is_writable = self.refresh(projection)?;
        let handle = Projection::new(self.store.pstate(), projection.id(self.space_id()));
        let write_back = is_writable.then(|| Arc::clone(projection.write_back()));
        Ok(handle.with_shared_schema(projection.schema(), write_back))
    }

    /// Returns a lazy stream of the space's events after `after`.
    pub fn events(&self, after: SpaceSequence) -> EventStream<'_> {
        EventStream::new(self.store.events(), self.space_id(), after, 1000)
    }

    /// Returns the number of events in the space.
    pub fn event_count(&self) -> Result<u64> {
        Ok(self.head()?.last_sequence.0)
    }

    /// Returns the last event that the values of a stored projection contain. The Elixir original applies each event when it
    /// appends it, whatever its checkpoint says.
    pub(crate) fn contained_in(&self, checkpoint: &Checkpoint) -> Result<SpaceSequence> {
        if self.store.is_original() { Ok(self.head()?.last_sequence) } else { Ok(checkpoint.sequence) }
    }

    /// Returns the end of the log, if the space exists and is open.
    pub(crate) fn head(&self) -> Result<Head> {
        let unknown = || StoreError::unknown_space(&self.space.space_name);
        let record = self.store.events().space(self.space_id())?.ok_or_else(unknown)?;
        record.space.check_open()?;
        self.check_app(&record.head, record.space.revision)?;
        Ok(record.head)
    }

    /// Begins a unit of work on the space.
    pub(crate) fn begin(&self) -> Result<Unit<'_>> {
        let unit = self.named(self.store.begin(self.space_id(), Access::Open))?;
        let tail = unit.tail();
        self.check_app(&tail.head, tail.revision)?;
        Ok(unit)
    }

    /// Begins a unit of work of a group.
    pub(crate) fn begin_in<'a>(&self, group: &'a UnitGroup<'_>) -> Result<Unit<'a>> {
        let unit = self.named(group.begin(self.space_id(), Access::Open))?;
        let tail = unit.tail();
        self.check_app(&tail.head, tail.revision)?;
        Ok(unit)
    }

    /// Gives the name of the space if there is none with its number.
    fn named<'a>(&self, unit: Result<Unit<'a>>) -> Result<Unit<'a>> {
        unit.map_err(|error| match error {
            Error::Store(StoreError::UnknownSpace { .. }) => {
                StoreError::unknown_space(&self.space.space_name).into()
            }
            other => other,
        })
    }
}

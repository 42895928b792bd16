//! Forking a space: a new space with the events of another one up to a point of its past.
//!
//! The new space is closed until it is complete, like one that is being imported. Its events are copied in short
//! transactions, and folded into its projections on the way. The last transaction activates the projections and opens the
//! space, unless the origin was deleted or redacted meanwhile. The remains of a killed fork are removed by the next
//! operation that creates a space of that name, or by a delete.
//!
//! Events get new ids, and keep everything else: sequences, times, entities, payloads, metadata and correlations. A cause in
//! the origin becomes the copy of that event; one in another space stays what it was. Idempotency keys are not copied, and
//! subscriptions continue after the last copied event.

mod copy;
mod operation;

use serde::Serialize;
use tracing::{info, info_span};
use uuid::Uuid;

use crate::content_store::{Apps, DeclaredProjection, Store, ends, follows};
use crate::error::{Error, ForkError, ReplayError, Result, StoreError};
use crate::event::{Event, SpaceSequence};
use crate::event_store::{Access, WriteSet, check_new_space_name};
use crate::pstate::Changes;
use crate::space::{Space, SpaceMetadata, SpaceOrigin, SpaceState};
use crate::timestamp::Timestamp;

use super::new_space::{
    BadEvents, HaltedProjection, NewProjections, Projected, complete_or_removed, free_name, in_doubt,
    remains_of,
};
use super::operation_mark::OperationMark;
use super::replay::Chunk;
use super::{Phase, PointInTime, Progress, Watch, report};
use copy::Copying;

pub use operation::Fork;

/// The name of the operation.
pub(super) const NAME: &str = "fork";

/// The most events that a plan reads.
const PLANNED_EVENTS: u64 = 100_000;

/// The result of a fork.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ForkedSpace {
    /// The new space.
    #[serde(flatten)]
    pub space: Space,
    /// The point of the other space at which it was forked.
    pub origin: SpaceOrigin,
    /// The number of events.
    pub events: u64,
    /// The number of keys in its projections.
    pub keys: u64,
    /// The number of events of types unknown to the app, which the projections ignore.
    pub unknown: u64,
    /// The projections that stop at an event that cannot be applied.
    pub halted: Vec<HaltedProjection>,
    /// The time of the last event if it is ahead of the clock.
    #[serde(skip)]
    pub ahead_of_clock: Option<Timestamp>,
}

/// Returns the usual name of a fork: `crm_acme@120`.
///
/// ```
/// assert_eq!(ramax::operations::fork_name("crm_acme", ramax::SpaceSequence(120)), "crm_acme@120");
/// ```
pub fn fork_name(space_name: &str, sequence: SpaceSequence) -> String {
    format!("{space_name}@{sequence}")
}

/// Creates a space with the events of another one up to a point, and builds its projections. Without a known app, it has no
/// projections.
///
/// Nothing is recorded in the audit log. Run [`Fork`] to record it.
///
/// # Errors
/// [`ForkError`]; [`StoreError::SpaceExists`]; [`StoreError::RedactedMeanwhile`];
/// those of a space that is deleted meanwhile; [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if `watch` breaks.
/// The incomplete space is then removed, if possible.
pub fn fork(
    store: &Store,
    apps: &Apps,
    space: &Space,
    options: &Fork,
    watch: &mut Watch<'_>,
) -> Result<ForkedSpace> {
    let source = Source::open(store, space, options.at.as_ref())?;
    let _span = info_span!("fork", space = source.space.space_name, sequence = source.until.0).entered();
    let app = apps.of(store, &source.space)?;
    let origin = source.origin(store)?;
    let metadata = metadata_of(&source.space, app.as_ref().map(|app| app.name())).with_origin(&origin);
    let name = source.name_of(options);
    let mark = OperationMark::begin(store);
    free_name(store, &name, &mark, watch)?;
    let created = store.events().begin_import(&name, Some(&metadata), store.clock().now(), &mark.owner);
    let created = created.map_err(|error| in_doubt(error, &name))?;
    let filled = match &app {
        Some(app) => DeclaredProjection::all_of(&**app).map_err(Into::into).and_then(|projections| {
            let filling = Filling { store, source: &source, space: &created, token: mark.token() };
            filling.fill(Some((&**app, &projections)), watch)
        }),
        None => Filling { store, source: &source, space: &created, token: mark.token() }.fill(None, watch),
    };
    let filled = complete_or_removed(store, &created, &mark, filled, watch)?;
    let Filled { keys, unknown, halted, ahead_of_clock } = filled;
    let space = Space { state: SpaceState::Open, ..created };
    info!(name = space.space_name, events = source.until.0, keys, "forked");
    let events = source.until.0;
    Ok(ForkedSpace { space, origin, events, keys, unknown, halted, ahead_of_clock })
}

/// The fork that [`plan_fork`] foresees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkPlan {
    /// Its name.
    pub name: String,
    /// The sequence of its last event.
    pub until: SpaceSequence,
}

/// Returns what a fork would be, without creating it. The first hundred thousand events are read, to find damage.
///
/// # Errors
/// As [`fork`](fork()), as far as they can be foreseen.
pub fn plan_fork(store: &Store, space: &Space, options: &Fork) -> Result<ForkPlan> {
    let source = Source::open(store, space, options.at.as_ref())?;
    let name = source.name_of(options);
    check_new_space_name(&name)?;
    remains_of(store, &name)?;
    source.check_events(store)?;
    Ok(ForkPlan { name, until: source.until })
}

/// Converts the error for a point of the past into the reason why there is nothing to fork there.
fn nothing_to_fork(error: Error) -> Error {
    let reason = match error {
        Error::Replay(ReplayError::NoSuchSequence { space, sequence, last, .. })
            if last > SpaceSequence::START =>
        {
            ForkError::AfterLastEvent { space, sequence, last }
        }
        Error::Replay(ReplayError::BeforeFirstEvent { space, time, first: Some(first) }) => {
            ForkError::BeforeFirstEvent { space, time, first }
        }
        Error::Replay(
            ReplayError::NoSuchSequence { space, .. } | ReplayError::BeforeFirstEvent { space, .. },
        ) => ForkError::NoEvents { space },
        error => return error,
    };
    reason.into()
}

/// Returns the metadata of a fork: that of its origin, with the app that it runs. The copy is not in production.
fn metadata_of(space: &Space, app: Option<&str>) -> SpaceMetadata {
    let metadata = space.metadata.clone().unwrap_or_default();
    let metadata = match app.filter(|_| space.app_name().is_none()) {
        Some(app) => metadata.with_app(app),
        None => metadata,
    };
    if space.is_production() { metadata.with("environment", &"fork".into()) } else { metadata }
}

/// The space to be forked, up to an event.
struct Source {
    space: Space,
    until: SpaceSequence,
    /// The number of its redactions.
    redactions: u64,
}

impl Source {
    fn open(store: &Store, space: &Space, at: Option<&PointInTime>) -> Result<Self> {
        let unknown = || StoreError::unknown_space(&space.space_name);
        let record = store.events().space(space.space_id)?.ok_or_else(unknown)?;
        let (space, last) = (record.space, record.head.last_sequence);
        space.check_open()?;
        let until = at.map_or(Ok(last), |at| at.sequence_of(store, &space, last));
        let until = until.map_err(nothing_to_fork)?;
        if until == SpaceSequence::START {
            return Err(ForkError::NoEvents { space: space.space_name }.into());
        }
        let redactions = store.events().redactions(Some(space.space_id))?;
        Ok(Self { space, until, redactions })
    }

    /// Returns the name of its fork.
    fn name_of(&self, options: &Fork) -> String {
        options.name.clone().unwrap_or_else(|| fork_name(&self.space.space_name, self.until))
    }

    fn origin(&self, store: &Store) -> Result<SpaceOrigin> {
        Ok(SpaceOrigin {
            space_name: self.space.space_name.clone(),
            space_id: self.space.space_id,
            store_id: store.events().store_id()?,
            sequence: self.until,
        })
    }

    /// Checks that the first events are those that were appended. The others are checked while they are copied.
    fn check_events(&self, store: &Store) -> Result<()> {
        let (space_id, until) = (self.space.space_id, self.until.min(SpaceSequence(PLANNED_EVENTS)));
        let (mut at, mut chunk) = (SpaceSequence::START, Chunk::default());
        while at < until {
            chunk.fill(store.events(), space_id, at, until)?;
            let Some(last) = chunk.last() else {
                self.check(store)?;
                return ends(space_id, at, until);
            };
            for event in chunk.events() {
                self.check_event(store, at, event)?;
                at = event.space_sequence;
            }
            (at, chunk) = (last, chunk.emptied());
        }
        Ok(())
    }

    /// Checks that an event follows the one before it, and is the one that was appended.
    fn check_event(&self, store: &Store, before: SpaceSequence, event: &Event) -> Result<()> {
        if let Err(gap) = follows(before, event) {
            // A delete that started meanwhile is no damage.
            self.check(store)?;
            return Err(gap);
        }
        if !event.intact {
            let (space, event_id) = (self.space.space_name.clone(), event.event_id);
            return Err(ForkError::DamagedEvent { space, event_id, sequence: event.space_sequence }.into());
        }
        Ok(())
    }

    /// Checks that what was read of the space may be kept: it is still there, and nothing of it was erased.
    fn check(&self, store: &Store) -> Result<()> {
        let unknown = || StoreError::unknown_space(&self.space.space_name);
        store.events().space(self.space.space_id)?.ok_or_else(unknown)?.space.check_open()?;
        // The number is odd while a redaction is under way.
        if self.redactions % 2 == 1
            || store.events().redactions(Some(self.space.space_id))? != self.redactions
        {
            return Err(StoreError::RedactedMeanwhile { space: self.space.space_name.clone() }.into());
        }
        Ok(())
    }
}

/// A fork that is being filled.
struct Filling<'a> {
    store: &'a Store,
    source: &'a Source,
    space: &'a Space,
    token: Uuid,
}

/// The state of a fork's projections once it is complete.
struct Filled {
    keys: u64,
    unknown: u64,
    halted: Vec<HaltedProjection>,
    ahead_of_clock: Option<Timestamp>,
}

impl Filling<'_> {
    fn fill(
        &self,
        app: Option<(&dyn crate::App, &[DeclaredProjection])>,
        watch: &mut Watch<'_>,
    ) -> Result<Filled> {
        let new = (self.space.space_id, self.token);
        let mut projected = NewProjections::begin(self.store, app, new, BadEvents::Halt)?;
        let mut copying = Copying::begin(self.store, self.source, self.space.space_id, self.token)?;
        while let Some(copied) = copying.next()? {
            projected.take(&copied, &mut || self.report(Phase::Fork, copying.at(), watch))?;
            self.report(Phase::Fork, copying.at(), watch)?;
        }
        projected.write(&mut || self.report(Phase::Write, self.source.until, watch))?;
        let ahead_of_clock = self.open(&projected)?;
        let stored = self.store.pstate().stored(&[self.space.space_id])?;
        let keys = stored.iter().flatten().map(|projection| projection.checkpoint.entities).sum();
        let Projected { unknown, halted, .. } = projected.into_projected();
        Ok(Filled { keys, unknown, halted, ahead_of_clock })
    }

    /// Activates the projections and opens the space. Returns the time of the last event if it is ahead of the clock.
    fn open(&self, projected: &NewProjections<'_>) -> Result<Option<Timestamp>> {
        let unit = self.store.begin(self.space.space_id, Access::Importing(self.token))?;
        // Nothing can change the origin before the unit ends.
        self.source.check(self.store)?;
        let ahead_of_clock = unit.tail().ahead_of(self.store.clock().now());
        let changes = Changes::default();
        let projections = projected.activate(&changes);
        unit.commit(&WriteSet { projections: &projections, opens: true, ..WriteSet::default() })
            .map_err(|error| in_doubt(error, &self.space.space_name))?;
        Ok(ahead_of_clock)
    }

    fn report(&self, phase: Phase, at: SpaceSequence, watch: &mut Watch<'_>) -> Result<()> {
        let total = self.source.until.0;
        report(watch, Progress { phase, done: at.0, total, last_event: None, skipped: 0 })
    }
}

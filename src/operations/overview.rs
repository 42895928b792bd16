//! The contents of a file, space by space, from counters alone.

use std::sync::Arc;

use serde::Serialize;

use crate::clock::Timestamp;
use crate::content_store::{Apps, ContentStore, DeclaredProjection, Store, is_on_log, rebuild_of};
use crate::error::{NearestSpace, Remedy, Result, StoreError};
use crate::event::SpaceSequence;
use crate::event_store::{Page, SpaceFault, SpaceRecord};
use crate::pstate::{BlockingEvent, Projection, ProjectionId};
use crate::space::{Checkpoint, Head, Space, SpaceId};
use crate::text::nearest;

use super::damaged_spaces::fault_of;
use super::operation_mark::{SpaceWorker, worker};
use super::projection_status::{ProjectionOverview, ProjectionStatus, projection_overviews};

/// The most spaces searched for a name like a mistyped one.
const LOOKED_THROUGH: usize = 10_000;

/// A space with its counters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpaceOverview {
    /// The space.
    #[serde(flatten)]
    pub space: Space,
    /// Its app, if known.
    pub app: Option<&'static str>,
    /// The end of its log.
    #[serde(skip)]
    pub head: Head,
    /// The checkpoint of its projection [`STATE`](crate::pstate::STATE).
    #[serde(skip)]
    pub checkpoint: Checkpoint,
    /// Its projections, [`STATE`](crate::pstate::STATE) first.
    #[serde(skip)]
    pub projections: Vec<ProjectionOverview>,
    /// True if the projection contains events that the log does not have, as with two files from different
    /// backups. Then there is no lag, and commands are refused until a rebuild.
    #[serde(skip)]
    pub ahead: bool,
    /// The time of its first event, if [`add_first_times`](super::add_first_times) was called and a projection was never
    /// built. The time by which such a projection lags is counted from it.
    #[serde(skip)]
    pub first_event_at: Option<Timestamp>,
    /// The event that keeps the projection from being caught up, if
    /// [`find_blocking_event`](super::find_blocking_event) was called. No list looks for it.
    #[serde(skip)]
    pub blocked: Option<BlockingEvent>,
    /// The operation that has closed the space, if it was running when the counters were read.
    #[serde(skip)]
    pub worker: Option<SpaceWorker>,
    /// The damage because of which the space is not shown as it is, if there is any.
    #[serde(skip)]
    pub fault: Option<SpaceFault>,
}

impl SpaceOverview {
    /// Returns a space without projections.
    pub(crate) fn of(space: Space, head: Head) -> Self {
        Self {
            space,
            app: None,
            head,
            checkpoint: Checkpoint::default(),
            projections: Vec::new(),
            ahead: false,
            first_event_at: None,
            blocked: None,
            worker: None,
            fault: None,
        }
    }

    /// Returns the projection that lags most, of those that its app declares. One that is ahead of the log comes first,
    /// since it has to be rebuilt; of equals, the first of the list. Every list, hint and table tells this lag as that of
    /// the space.
    pub fn slowest(&self) -> Option<&ProjectionOverview> {
        let is_declared =
            |projection: &&ProjectionOverview| projection.status != ProjectionStatus::Undeclared;
        let lag = |projection: &&ProjectionOverview| {
            (projection.status == ProjectionStatus::Ahead, projection.lag(&self.head))
        };
        let slowest = self.projections.iter().filter(is_declared).rev().max_by_key(lag);
        slowest.or_else(|| self.projections.first())
    }

    /// Returns the number of events that the [slowest](Self::slowest) projection does not contain yet. 0 if it is ahead.
    pub fn lag(&self) -> u64 {
        match self.slowest() {
            Some(slowest) if slowest.status == ProjectionStatus::Ahead => 0,
            Some(slowest) => slowest.lag(&self.head),
            None => self.state_lag(),
        }
    }

    /// Returns the number of events that [`STATE`](crate::pstate::STATE) does not contain yet.
    pub fn state_lag(&self) -> u64 {
        self.head.last_sequence.0.saturating_sub(self.checkpoint.sequence.0)
    }

    /// Returns the projection that most needs attention, if any does. Nothing catches up one that its app does not
    /// declare, so it needs none.
    pub fn most_troubled(&self) -> Option<&ProjectionOverview> {
        // Of equals, the first.
        let most = self.projections.iter().rev().max_by_key(|projection| self.trouble(projection));
        most.filter(|projection| self.is_troubled(projection))
    }

    /// Returns true if a projection of the space needs attention.
    pub fn is_troubled(&self, projection: &ProjectionOverview) -> bool {
        self.trouble(projection) > (1, 0)
    }

    /// Returns the urgency of a projection's trouble.
    fn trouble(&self, projection: &ProjectionOverview) -> (u8, u64) {
        let rank = match projection.status {
            ProjectionStatus::Ahead => 5,
            ProjectionStatus::Blocked => 4,
            ProjectionStatus::Outdated => 3,
            ProjectionStatus::Newer => 2,
            ProjectionStatus::Current | ProjectionStatus::Lagging | ProjectionStatus::Rebuilding => 1,
            ProjectionStatus::Undeclared => 0,
        };
        (rank, projection.lag(&self.head))
    }

    /// Returns the time between the last event of the [slowest](Self::slowest) projection and the log's, in milliseconds.
    pub fn lag_millis(&self) -> u64 {
        self.lag_millis_of(self.slowest().map_or(&self.checkpoint, |slowest| &slowest.checkpoint))
    }

    /// Returns true if it has events, and a projection that contains none.
    fn has_unbuilt(&self) -> bool {
        let is_unbuilt =
            |projection: &ProjectionOverview| projection.checkpoint.sequence == SpaceSequence::START;
        self.head.last_sequence > SpaceSequence::START && self.projections.iter().any(is_unbuilt)
    }

    /// Returns the number of keys in all of its projections.
    pub fn keys(&self) -> u64 {
        self.projections.iter().map(|projection| projection.checkpoint.entities).sum()
    }

    /// Returns the projections that an operation is about: the one of that name, or else all that the app declares.
    pub(super) fn selected<'a>(
        &'a self,
        name: Option<&'a str>,
    ) -> impl Iterator<Item = &'a ProjectionOverview> {
        let is_selected = move |projection: &&ProjectionOverview| match name {
            Some(name) => projection.name == name,
            None => projection.mode.is_some(),
        };
        self.projections.iter().filter(is_selected)
    }

    /// Returns the projection of that name.
    pub fn projection(&self, name: &str) -> Option<&ProjectionOverview> {
        self.projections.iter().find(|projection| projection.name == name)
    }

    /// Returns the operation that replaces one of its projections.
    pub fn rebuild_of(&self, projection: &ProjectionOverview, skip_errors: bool) -> Remedy {
        if projection.status == ProjectionStatus::Undeclared {
            return Remedy::RemoveProjection { projection: projection.name.to_string() };
        }
        let newer = self.projections.iter().filter(|other| other.is_newer).map(|other| &*other.name);
        Remedy::Rebuild { skip_errors }.beside_newer(Some(&projection.name), newer)
    }

    /// Returns the space as its projection of that name sees it: with the checkpoint of that projection.
    #[must_use]
    pub fn seen_from(mut self, name: &str) -> Self {
        if let Some(projection) = self.projection(name) {
            let is_ahead = projection.status == ProjectionStatus::Ahead;
            (self.checkpoint, self.ahead) = (projection.checkpoint, is_ahead);
        }
        self
    }

    /// Returns true if nothing of the space but its record could be read.
    pub fn is_unread(&self) -> bool {
        self.fault.as_ref().is_some_and(|fault| !matches!(fault, SpaceFault::Row(_)))
    }

    /// Returns the state of a space that is not open or could not be read, in one word.
    pub fn in_short(&self) -> Option<&'static str> {
        if self.is_unread() { Some("damaged") } else { self.space.in_short() }
    }

    /// Says which operation has closed the space, and by whom it is run, if it is not open: `being imported by …`.
    pub fn under_way(&self) -> Option<String> {
        let under_way = self.space.under_way()?;
        Some(match &self.worker {
            Some(SpaceWorker { doing, by }) => format!("being {doing} by {by}"),
            None => under_way.to_owned(),
        })
    }

    /// Notes the event that blocks [`STATE`](crate::pstate::STATE), if there is one.
    pub fn set_blocked(&mut self, event: Option<BlockingEvent>) {
        if let (Some(state), true) = (self.projections.first_mut(), event.is_some()) {
            state.status = ProjectionStatus::Blocked;
            state.blocked.clone_from(&event);
        }
        self.blocked = event;
    }

    /// Returns the time between the last event at a checkpoint and the log's, in milliseconds; at the checkpoint of a
    /// projection that was never built, the time between the first event and the last.
    pub fn lag_millis_of(&self, checkpoint: &Checkpoint) -> u64 {
        if checkpoint.sequence >= self.head.last_sequence {
            return 0;
        }
        let since = checkpoint.updated_at.or(self.first_event_at);
        let times = since.zip(self.head.last_timestamp);
        times.map_or(0, |(since, last)| u64::try_from(last.0.saturating_sub(since.0)).unwrap_or(0))
    }
}

/// Returns a page of spaces with their counters, at the cost of a few queries for any number of spaces. With
/// two files, each lagging projection costs one more query, which finds its last event in the log. A damaged space is among
/// them, with its fault.
pub fn overviews(store: &Store, apps: &Apps, page: Page<SpaceId>) -> Result<Vec<SpaceOverview>> {
    join_each(store, apps, store.events().spaces(page)?)
}

/// Returns the existing ones of these spaces with their counters, by rising id, damaged ones too.
pub fn overviews_of(store: &Store, apps: &Apps, space_ids: &[SpaceId]) -> Result<Vec<SpaceOverview>> {
    join_each(store, apps, store.events().spaces_of(space_ids)?)
}

/// Returns one space with its counters.
///
/// # Errors
/// [`StoreError::UnknownSpace`].
pub fn overview(store: &Store, apps: &Apps, space_name: &str) -> Result<SpaceOverview> {
    let unknown = || StoreError::unknown_space(space_name).into();
    let mut found = join(store, apps, vec![find_record(store, space_name)?])?;
    add_first_times(store, &mut found)?;
    found.pop().ok_or_else(unknown)
}

/// Opens the space of that name with its app.
///
/// # Errors
/// [`StoreError::UnknownSpace`]; [`CommandError::UnknownApp`](crate::CommandError::UnknownApp).
pub fn find_space(store: &Store, apps: &Apps, space_name: &str) -> Result<ContentStore> {
    open_space(store, apps, find_record(store, space_name)?.space)
}

/// Opens a space with its app.
///
/// # Errors
/// [`CommandError::UnknownApp`](crate::CommandError::UnknownApp).
pub fn open_space(store: &Store, apps: &Apps, space: Space) -> Result<ContentStore> {
    let app = apps.of(store, &space)?.ok_or_else(|| apps.unknown(&space))?;
    ContentStore::of(store, space, app)
}

/// Returns true if this program has no app for an open space, and none has built its projections: those of an import may have
/// been kept as they were.
pub fn has_no_app(store: &Store, apps: &Apps, space: &Space) -> Result<bool> {
    if space.check_open().is_err() || apps.of(store, space)?.is_some() {
        return Ok(false);
    }
    let pstate = store.pstate();
    for name in pstate.names(space.space_id)? {
        if pstate.open(ProjectionId::new(space.space_id, &name))?.definition.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Says why this program has no app for a space, given the app that its metadata names.
pub fn lacks_app(app: Option<&str>) -> String {
    match app {
        Some(app) => format!("it names the app {app}, which this program lacks"),
        None => "it names no app, and none here knows its events".to_owned(),
    }
}

/// Returns a space's projection [`STATE`](crate::pstate::STATE), as [`projection_named`].
///
/// # Errors
/// As [`projection_named`].
pub fn projection<'a>(store: &'a Store, apps: &Apps, space_id: SpaceId) -> Result<Projection<'a>> {
    projection_named(store, apps, space_id.into())
}

/// Returns a projection, with values migrated to the form that its app uses today, or as stored if no app declares it.
/// Migrated values are written back when the handle is flushed. The projection of a missing space is empty.
///
/// # Errors
/// [`StoreError::ProjectionAhead`] if it belongs to another log: it may then be another tenant's.
pub fn projection_named<'a>(store: &'a Store, apps: &Apps, id: ProjectionId<'a>) -> Result<Projection<'a>> {
    let projection = Projection::new(store.pstate(), id);
    let Some(SpaceRecord { space, .. }) = check_log(store, apps, id)? else { return Ok(projection) };
    let Some(app) = apps.of(store, &space)? else { return Ok(projection) };
    let projections = DeclaredProjection::all_of(&*app)?;
    let Some(declared) = projections.iter().find(|declared| declared.name() == id.name) else {
        return Ok(projection);
    };
    let stored = store.pstate().open(id)?.definition;
    let is_writable = !store.is_read_only() && declared.compare(stored.as_deref()).is_writable();
    Ok(projection.with_shared_schema(declared.schema(), is_writable.then(Arc::default)))
}

/// Checks that a projection belongs to its log, and returns the space. One that is being deleted or imported is
/// inconsistent until that is done.
fn check_log(store: &Store, apps: &Apps, id: ProjectionId<'_>) -> Result<Option<SpaceRecord>> {
    let space_id = id.space_id;
    // In this order, because others may append and apply in between.
    let checkpoint = store.pstate().checkpoint(id)?;
    let Some(record) = store.events().space(space_id)? else { return Ok(None) };
    let is_open = |record: &SpaceRecord| record.space.check_open().is_ok();
    // A delete that has just started removes the events before the projection.
    // The original applies an event when it appends it, whatever its checkpoint says.
    if !store.is_original()
        && is_open(&record)
        && is_ahead(store, space_id, &record.head, &checkpoint)?
        && store.events().space(space_id)?.is_some_and(|record| is_open(&record))
    {
        let (checkpoint, last_sequence) = (checkpoint.sequence, record.head.last_sequence);
        let by = rebuild_of_stored(store, apps, &record.space, id.name);
        let space = record.space.space_name;
        return Err(StoreError::ProjectionAhead { space, checkpoint, last_sequence, by }.into());
    }
    Ok(Some(record))
}

/// Returns the operation that replaces a stored projection, whether or not its app is known.
pub(super) fn rebuild_of_stored(store: &Store, apps: &Apps, space: &Space, projection: &str) -> Remedy {
    let app = apps.of(store, space).ok().flatten();
    let declared = app.and_then(|app| DeclaredProjection::all_of(&*app).ok());
    match declared {
        Some(declared) => rebuild_of(store, space.space_id, &declared, projection, false),
        None => Remedy::Rebuild { skip_errors: false },
    }
}

/// Returns the space with that name, or with that id if the text is written as one: `#2`. No other text is read
/// as an id: a space named `2` may be deleted, and its name must not lead to another tenant then.
///
/// # Errors
/// [`StoreError::UnknownSpace`]; [`StoreError::AmbiguousSpace`] if the text is the name of one space and the id
/// of another, which older versions allowed.
pub fn find_record(store: &Store, space: &str) -> Result<SpaceRecord> {
    let named = store.events().find_space(space)?;
    let Ok(space_id) = space.parse::<SpaceId>() else {
        return named.map_or_else(|| Err(unknown(store, space)?.into()), Ok);
    };
    match (named, store.events().space(space_id)?) {
        (Some(named), Some(numbered)) if named.space.space_id != space_id => {
            let (named, numbered) = (named.space.space_id, numbered.space.space_name);
            Err(StoreError::AmbiguousSpace { space: space.to_owned(), named, numbered }.into())
        }
        (Some(record), _) | (None, Some(record)) => Ok(record),
        (None, None) => Err(StoreError::unknown_space(space).into()),
    }
}

/// Creates the error for an unknown name, with the space that was probably meant.
fn unknown(store: &Store, space: &str) -> Result<StoreError> {
    let by_id = match space.parse() {
        Ok(number) => store.events().space(SpaceId(number))?,
        Err(_) => None,
    };
    let nearest = match by_id {
        Some(record) => {
            let SpaceRecord { space: Space { space_id, space_name, .. }, .. } = record;
            Some(NearestSpace::Id { space_id, space_name })
        }
        None => {
            let spaces = store.events().spaces(Page::forward(None, LOOKED_THROUGH))?;
            let names = spaces.iter().map(|record| record.space.space_name.as_str());
            nearest(space, names).map(|name| NearestSpace::Name(name.to_owned()))
        }
    };
    Ok(StoreError::UnknownSpace { space: space.to_owned(), nearest })
}

/// Joins spaces with their projections. One that cannot be read hides no other: it is shown without projections.
fn join_each(store: &Store, apps: &Apps, records: Vec<SpaceRecord>) -> Result<Vec<SpaceOverview>> {
    let is_damaged = |record: &SpaceRecord| record.fault.as_ref().is_some_and(SpaceFault::prevents_use);
    let ids: Vec<SpaceId> = records.iter().map(|record| record.space.space_id).collect();
    if !records.iter().any(is_damaged) {
        match join(store, apps, records) {
            Err(error) if fault_of(&error).is_some() => {}
            joined => return joined,
        }
    }
    let mut overviews = Vec::with_capacity(ids.len());
    for space_id in ids {
        for record in store.events().spaces_of(&[space_id])? {
            if is_damaged(&record) {
                overviews.push(unread(record));
                continue;
            }
            match join(store, apps, vec![record.clone()]) {
                Ok(joined) => overviews.extend(joined),
                Err(error) => {
                    let fault = Some(fault_of(&error).ok_or(error)?);
                    overviews.push(unread(SpaceRecord { fault, ..record }));
                }
            }
        }
    }
    Ok(overviews)
}

/// Returns a space of which nothing but its record could be read.
fn unread(SpaceRecord { space, head, fault }: SpaceRecord) -> SpaceOverview {
    SpaceOverview { fault, ..SpaceOverview::of(space, head) }
}

fn join(store: &Store, apps: &Apps, records: Vec<SpaceRecord>) -> Result<Vec<SpaceOverview>> {
    let ids: Vec<SpaceId> = records.iter().map(|record| record.space.space_id).collect();
    let stored = store.pstate().stored(&ids)?;
    let spaces: Vec<&Space> = records.iter().map(|record| &record.space).collect();
    let running = apps.of_each(store, &spaces)?;
    let mut declared: Vec<(&'static str, Vec<DeclaredProjection>)> = Vec::new();
    let mut overviews = Vec::with_capacity(records.len());
    for ((SpaceRecord { space, head, fault }, stored), app) in records.into_iter().zip(stored).zip(running) {
        let space_id = space.space_id;
        let name = app.as_ref().map(|app| app.name());
        let declared = match &app {
            None => None,
            Some(app) => {
                if !declared.iter().any(|(name, _)| *name == app.name()) {
                    let mut all = DeclaredProjection::all_of(&**app)?;
                    all.retain(|projection| store.pstate().keeps(projection.name()));
                    declared.push((app.name(), all));
                }
                declared.iter().find(|(name, _)| *name == app.name()).map(|(_, all)| all.as_slice())
            }
        };
        let is_ahead = |checkpoint: &Checkpoint| is_ahead(store, space_id, &head, checkpoint);
        let projections = projection_overviews(space_id, &head, declared, &stored, is_ahead)?;
        let state = projections.first();
        let checkpoint = state.map(|state| state.checkpoint).unwrap_or_default();
        let ahead = state.is_some_and(|state| state.status == ProjectionStatus::Ahead);
        let worker = worker(store, &space)?;
        let overview = SpaceOverview::of(space, head);
        overviews.push(SpaceOverview {
            app: name,
            checkpoint,
            projections,
            ahead,
            worker,
            fault,
            ..overview
        });
    }
    Ok(overviews)
}

/// Adds the times of the first events of spaces with a projection that was never built, as
/// [`lag_millis_of`](SpaceOverview::lag_millis_of) needs them. Each is on a page of the file of its own, so lists that show
/// no such time do without.
pub fn add_first_times(store: &Store, overviews: &mut [SpaceOverview]) -> Result<()> {
    let mut unbuilt: Vec<&mut SpaceOverview> = overviews.iter_mut().filter(|one| one.has_unbuilt()).collect();
    if unbuilt.is_empty() {
        return Ok(());
    }
    let ids: Vec<SpaceId> = unbuilt.iter().map(|one| one.space.space_id).collect();
    for (overview, first) in unbuilt.iter_mut().zip(store.events().first_timestamps(&ids)?) {
        overview.first_event_at = first;
    }
    Ok(())
}

/// Returns true if a projection contains events that the log does not have. If it ends where the log ends, the
/// counters answer that.
fn is_ahead(store: &Store, space_id: SpaceId, head: &Head, checkpoint: &Checkpoint) -> Result<bool> {
    let ends_with_log = (checkpoint.sequence, checkpoint.event_id, checkpoint.updated_at)
        == (head.last_sequence, head.last_event_id, head.last_timestamp);
    let is_within = store.is_shared() && checkpoint.sequence <= head.last_sequence;
    Ok(!ends_with_log && !is_within && !is_on_log(store, space_id, checkpoint)?)
}

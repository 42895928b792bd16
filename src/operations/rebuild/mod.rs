//! Rebuilding a space's projection from its events.
//!
//! prepare → replay → write → catch up → switch → sweep. The projection is built in a shadow that no reader
//! sees, in short transactions between which other writers get their turn; the switch is one more. If it is
//! stopped before the switch, the old projection stays intact.

mod operation;
mod prefetch;

pub use operation::Rebuild;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tracing::{info, info_span, warn};

use crate::content_store::{
    Applied, ContentStore, DeclaredProjection, Projector, State, apply, ends, follows,
};
use crate::error::{Error, ReplayError, Result, StoreError};
use crate::event::{Event, EventId, SpaceSequence};
use crate::event_store::{Access, Page, ProjectionChange, ProjectionWrite, ReadyShadow, WriteSet};
use crate::operations::replay::{replay, replay_here};
use crate::operations::{Phase, Progress, Watch, part, report};
use crate::pstate::{Compatibility, Entries, Entry, ProjectionId, Shadow};
use crate::space::Checkpoint;

/// The name of the operation.
pub(super) const NAME: &str = "rebuild";

/// Keys written in one transaction, which blocks other writers for some milliseconds.
const WRITE: usize = 1000;
/// Entries removed in one transaction.
const SWEEP: usize = 2000;
/// Bytes of state kept in memory before they are written to the shadow.
const MEMORY: usize = 64 << 20;
/// The most events left for the switch, which blocks all other writers.
const TAIL: u64 = 500;

/// The time for writing a key and removing the old one, relative to folding an event.
const KEY: f64 = 4.0;

/// A sequence above that of any event.
const EVERYTHING: SpaceSequence = SpaceSequence(u64::MAX);

/// A skipped event.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Skipped {
    /// The event.
    pub event_id: EventId,
    /// Its sequence.
    pub space_sequence: SpaceSequence,
    /// The reason why it cannot be applied.
    pub reason: String,
}

/// The result of a rebuild.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Rebuilt {
    /// The number of events replayed.
    pub events: u64,
    /// The number of keys in the new projections.
    pub entities: u64,
    /// The skipped events.
    pub skipped: Vec<Skipped>,
    /// The number of events of types unknown to the app, which were ignored.
    pub unknown: u64,
    /// The names of the projections.
    pub projections: Vec<&'static str>,
}

impl Rebuilt {
    /// Adds the result of another projection of the same space.
    fn add(&mut self, other: Self) {
        self.events = self.events.max(other.events);
        self.entities += other.entities;
        self.skipped.extend(other.skipped);
        self.unknown = self.unknown.max(other.unknown);
        self.projections.extend(other.projections);
    }
}

/// Rebuilds a space's projections, one after the other. Until the switch at the end of each, all readers see the old one;
/// other spaces are not affected.
///
/// Nothing is recorded in the audit log. Run [`Rebuild`](crate::operations::Rebuild) to record it.
///
/// # Errors
/// [`ReplayError::BadEvent`]; [`ReplayError::Cancelled`] if `watch` breaks;
/// [`StoreError::ShadowGone`](crate::StoreError::ShadowGone) if another rebuild of the projection started meanwhile;
/// [`StoreError::ProjectionNewer`]. The old projection then stays.
pub fn rebuild(content: &ContentStore, options: Rebuild, watch: &mut Watch<'_>) -> Result<Rebuilt> {
    let _span = info_span!("rebuild", space = content.space().space_name).entered();
    let projections = content.selected_projections(options.projection.as_deref())?;
    let enough = AtomicBool::new(false);
    thread::scope(|scope| {
        prefetch::begin(scope, content, &enough);
        let rebuilt = build_each(content, &projections, &options, watch);
        enough.store(true, Ordering::Relaxed);
        rebuilt
    })
}

fn build_each(
    content: &ContentStore,
    projections: &[&DeclaredProjection],
    options: &Rebuild,
    watch: &mut Watch<'_>,
) -> Result<Rebuilt> {
    let mut rebuilt = Rebuilt::default();
    for (projection, done) in projections.iter().zip(0..) {
        let part = &mut part(watch, done, projections.len() as u64);
        rebuilt.add(build(content, projection, options, part)?);
    }
    Ok(rebuilt)
}

fn build(
    content: &ContentStore,
    projection: &DeclaredProjection,
    options: &Rebuild,
    watch: &mut Watch<'_>,
) -> Result<Rebuilt> {
    content.event_count()?;
    let id = projection.id(content.space_id());
    check_not_newer(content, projection)?;
    let shadow = content.store().begin_shadow(id, Some(projection.definition()), Access::Open)?;
    let built = Builder::new(content, projection, &*shadow, options);
    let built = built.build(watch).map_err(|error| unless_deleted(content, error));
    if built.is_err() {
        // The same failure may stop this as well; the next rebuild then removes the shadow.
        let _ = shadow.abandon();
    }
    let swept = sweep(content, watch);
    let rebuilt = built.inspect_err(|error| warn!(kind = error.kind(), %error, "stopped"))?;
    let (name, events, entities) = (projection.name(), rebuilt.events, rebuilt.entities);
    info!(name, events, entities, skipped = rebuilt.skipped.len(), "rebuilt");
    swept?;
    Ok(rebuilt)
}

/// Checks that no later version of the app wrote the projection.
fn check_not_newer(content: &ContentStore, projection: &DeclaredProjection) -> Result<()> {
    let stored = match content.store().pstate().open(projection.id(content.space_id())) {
        // A rebuild replaces an unreadable checkpoint.
        Err(Error::Store(StoreError::Corrupt { .. })) => return Ok(()),
        found => found?.definition,
    };
    match projection.compare(stored.as_deref()) {
        Compatibility::Newer => {
            Err(StoreError::ProjectionNewer { projection: projection.name().to_owned() }.into())
        }
        _ => Ok(()),
    }
}

/// Replaces the error if a delete started meanwhile: missing rows are then not damage, nor another rebuild's
/// doing.
fn unless_deleted(content: &ContentStore, error: Error) -> Error {
    match (&error, content.event_count()) {
        (Error::Store(StoreError::Corrupt { .. } | StoreError::ShadowGone), Err(deleted)) => deleted,
        _ => error,
    }
}

/// Removes the old projection or an abandoned shadow. As no reader sees it, this cannot be stopped: it would
/// only be left for the next rebuild.
fn sweep(content: &ContentStore, watch: &mut Watch<'_>) -> Result<()> {
    while content.store().pstate().sweep(content.space_id(), SWEEP)? {
        let _ = watch(Progress { phase: Phase::Sweep, done: 0, total: 0, last_event: None, skipped: 0 });
    }
    Ok(())
}

/// The entries of a shadow.
struct ShadowEntries<'a>(&'a dyn Shadow);

impl Entries for ShadowEntries<'_> {
    fn get(&self, key: &str) -> Result<Option<Entry>> {
        Ok(self.0.multi_get(&[key])?.pop().flatten())
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.0.scan(prefix, page)
    }
}

struct Builder<'a> {
    content: &'a ContentStore,
    projector: Projector<'a>,
    shadow: &'a dyn Shadow,
    options: &'a Rebuild,
    state: State<'a>,
    at: Checkpoint,
    /// The number of events in the shadow. Those between it and `at` are folded but not written.
    written: u64,
    /// The time for writing the changes of an event, relative to folding it.
    writing: f64,
    rebuilt: Rebuilt,
}

impl<'a> Builder<'a> {
    fn new(
        content: &'a ContentStore,
        projection: &'a DeclaredProjection,
        shadow: &'a dyn Shadow,
        options: &'a Rebuild,
    ) -> Self {
        let projector = content.projector(projection);
        let state = projector.projection.state(ShadowEntries(shadow));
        Self {
            content,
            projector,
            shadow,
            options,
            state,
            at: Checkpoint::default(),
            written: 0,
            writing: KEY,
            rebuilt: Rebuilt { projections: vec![projection.name()], ..Rebuilt::default() },
        }
    }

    fn build(mut self, watch: &mut Watch<'_>) -> Result<Rebuilt> {
        self.writing = self.keys_of_an_event()? * KEY;
        self.report(Phase::Replay, 0.0, watch)?;
        self.replay(Phase::Replay, watch)?;
        self.write(watch)?;
        while self.left()? > TAIL {
            let before = self.at.sequence;
            self.replay(Phase::CatchUp, watch)?;
            if self.at.sequence == before {
                self.check_end()?;
            }
            self.write(watch)?;
        }
        self.report(Phase::Switch, 0.0, watch)?;
        let before = self.at.sequence;
        self.switch()?;
        if self.at.sequence != before {
            // Too late to stop: the switch is done.
            let _ = watch(self.progress(Phase::Switch, 1.0, self.at.sequence.0));
        }
        Ok(self.rebuilt)
    }

    fn id(&self) -> ProjectionId<'static> {
        self.projector.projection.id(self.content.space_id())
    }

    /// Returns the number of keys per event in the old projection, or one if there is none.
    fn keys_of_an_event(&self) -> Result<f64> {
        let old = match self.content.store().pstate().checkpoint(self.id()) {
            // A rebuild replaces an unreadable checkpoint.
            Err(Error::Store(StoreError::Corrupt { .. })) => Checkpoint::default(),
            found => found?,
        };
        let is_known = old.entities > 0 && old.sequence.0 > 0;
        Ok(if is_known { old.entities as f64 / old.sequence.0 as f64 } else { 1.0 })
    }

    fn last_sequence(&self) -> Result<u64> {
        self.content.event_count()
    }

    fn left(&self) -> Result<u64> {
        Ok(self.last_sequence()?.saturating_sub(self.at.sequence.0))
    }

    /// Folds the existing events into memory, and into the shadow if memory runs out.
    fn replay(&mut self, phase: Phase, watch: &mut Watch<'_>) -> Result<()> {
        replay(self.content, self.at.sequence, EVERYTHING, &mut |events| {
            let taken = self.apply_together(events);
            // After a failure the events before it are complete: report them as such.
            let reported = self.report(phase, if taken.is_ok() { 0.0 } else { 1.0 }, watch);
            taken.and(reported)?;
            if self.state.bytes() > MEMORY { self.write(watch) } else { Ok(()) }
        })
    }

    /// Checks that the log really ends where reading found no more events.
    fn check_end(&self) -> Result<()> {
        ends(self.content.space_id(), self.at.sequence, SpaceSequence(self.last_sequence()?))
    }

    /// Folds events on top of the shadow, which is locked once for all reads.
    fn apply_together(&mut self, events: &[Event]) -> Result<()> {
        if self.written == 0 {
            return self.take(events);
        }
        let pstate = self.content.store().pstate();
        pstate.snapshot(&mut || self.take(events))
    }

    fn take(&mut self, events: &[Event]) -> Result<()> {
        for event in events {
            follows(self.at.sequence, event)?;
            fold(&self.projector, self.options, &mut self.state, &mut self.rebuilt, event)?;
            self.rebuilt.events += 1;
            self.at.sequence = event.space_sequence;
            self.at.event_id = event.event_id;
            self.at.updated_at = Some(event.timestamp);
        }
        Ok(())
    }

    /// Writes the changes to the shadow in short transactions.
    fn write(&mut self, watch: &mut Watch<'_>) -> Result<()> {
        let changes = self.state.drain_changes();
        let (mut written, keys) = (0, changes.len());
        for piece in changes.split(WRITE) {
            self.shadow.write(&piece)?;
            written += piece.len();
            self.report(Phase::Write, written as f64 / keys as f64, watch)?;
        }
        self.written = self.at.sequence.0;
        Ok(())
    }

    /// Applies the last few events and switches, in one unit of work.
    fn switch(&mut self) -> Result<()> {
        let unit = self.content.begin()?;
        replay_here(self.content, self.at.sequence, EVERYTHING, &mut |events| self.take(events))?;
        self.check_end()?;
        let rebuilt_at = Some(self.content.store().clock().now());
        let shadow = ReadyShadow { rebuilt_at, ..self.shadow.ready() };
        let changes = self.state.drain_changes();
        let change = ProjectionChange::Activate { shadow, changes: &changes, at: self.at };
        let projections = &[ProjectionWrite { name: self.projector.projection.name(), change }];
        let switched = unit.commit(&WriteSet { projections, ..WriteSet::default() })?;
        self.rebuilt.entities = switched.entities;
        Ok(())
    }

    fn report(&self, phase: Phase, part: f64, watch: &mut Watch<'_>) -> Result<()> {
        report(watch, self.progress(phase, part, self.last_sequence()?))
    }

    /// Returns the progress towards `last`: the events in the shadow, plus a share of the folded ones that
    /// corresponds to the time for folding them and for writing `part` of their changes.
    fn progress(&self, phase: Phase, part: f64, last: u64) -> Progress {
        let folded = (self.at.sequence.0 - self.written) as f64;
        let done = self.written + (folded * (1.0 + self.writing * part) / (1.0 + self.writing)) as u64;
        let skipped = self.rebuilt.skipped.len() as u64;
        Progress { phase, done, total: last.max(done), last_event: Some(self.at.event_id), skipped }
    }
}

fn fold(
    projector: &Projector<'_>,
    options: &Rebuild,
    state: &mut State<'_>,
    rebuilt: &mut Rebuilt,
    event: &Event,
) -> Result<()> {
    match apply(projector, state, event) {
        Ok(Applied::Yes) => {}
        Ok(Applied::UnknownType) => rebuilt.unknown += 1,
        Err(Error::Replay(ReplayError::BadEvent { reason, .. })) if options.skip_errors => {
            rebuilt.skipped.push(Skipped {
                event_id: event.event_id,
                space_sequence: event.space_sequence,
                reason,
            });
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

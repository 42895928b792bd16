//! Checking a whole store: every promise that can be verified on stored data.
//!
//! A check reads in short steps while others work. A step that fails because of damage becomes a finding, and
//! the check continues. Spaces that are deleted or imported meanwhile are skipped.

mod causes;
mod damage;
mod fault;
mod findings;
mod log;
mod operation;
mod projection;
mod redaction;
mod repair;
mod space;
mod subscriptions;
mod upcasters;

pub use damage::Damage;
pub use fault::Fault;
pub use findings::Finding;
pub use operation::Check;
pub(super) use operation::{totals, words};
pub use repair::{Repaired, check_and_repair, repair};

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use tracing::{info, info_span};

use crate::audit::AuditEntry;
use crate::content_store::{App, Apps, Store};
use crate::engines::elixir::OriginalLeftovers;
use crate::error::{OpenError, Remedy, Result};
use crate::event::EventId;
use crate::event_store::{EngineFault, Inspect, Integrity, LostNumbers, MovedRows, OutOfRange, Renumbered};
use crate::limits::LAST_EVENT_ID;
use crate::operator::Operator;
use crate::space::{Checkpoint, Space, SpaceId};
use crate::text::counted;

use super::interruptible::run_interruptible;
use super::{Phase, Progress, THE_DATABASE, Watch, backup, export, fork, overviews_of, report, verify};
use damage::PROJECTIONS;
use findings::{Found, Task};
use upcasters::Upcasting;

/// The name of the operation.
const NAME: &str = "check";

/// The seconds by which a clock may have been set back between the creation of a space and its first entry.
const CLOCK_SECONDS: i64 = 60;

/// Options of a check.
#[derive(Clone, Copy)]
pub struct CheckOptions<'a> {
    /// Compare the indexes too, and every projection with its events.
    pub deep: bool,
    /// Returns true if an operator's process may still be running: its unfinished operations are then not
    /// reported as abandoned.
    pub is_running: &'a dyn Fn(&Operator) -> bool,
}

/// The result of a check.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// The number of spaces checked.
    pub spaces: u64,
    /// The number of events read.
    pub events: u64,
    /// The number of projection keys read.
    pub keys: u64,
    /// The number of projections compared with their events.
    pub verified: u64,
    /// The problems, first those of the whole file, then space by space.
    pub findings: Vec<Finding>,
    /// The number of further findings, which are not kept.
    pub more: u64,
    /// Harmless findings worth knowing.
    pub notes: Vec<Finding>,
    /// Parts of the storage that were not checked, with the reason or the tool that does.
    pub unchecked: Vec<&'static str>,
    tasks: BTreeSet<Task>,
    /// The names that event types of the spaces had.
    types: BTreeMap<SpaceId, Vec<String>>,
}

impl Checked {
    /// Returns a line about the parts of the storage that were not checked.
    pub fn left_to_others(&self) -> Option<String> {
        (!self.unchecked.is_empty()).then(|| format!("not checked here: {}", self.unchecked.join("; ")))
    }

    /// Creates the result for a store too damaged to be opened or read.
    pub fn unusable(detail: String) -> Self {
        let fault = Fault::Damaged(Damage::Engine { file: "database", detail, is_derived: false });
        let finding = Finding { space: None, projection: None, remedy: fault.remedy(), fault };
        Self { findings: vec![finding], ..Self::default() }
    }

    /// Returns the number of findings.
    pub fn count(&self) -> u64 {
        self.findings.len() as u64 + self.more
    }
}

struct Checking<'a> {
    store: &'a Store,
    apps: &'a Apps,
    options: CheckOptions<'a>,
    found: Found,
    checked: Checked,
    tally: Tally,
    upcasting: Upcasting,
    /// The ids that another program gave to spaces, and those that they had. What belongs to them is checked after the repair.
    renumbered: BTreeSet<i64>,
    /// Rows of spaces that are stored under a number of no space.
    moved: Vec<MovedRows>,
    /// The spaces whose damaged idempotency keys a repair restores, once one has any.
    restorable_keys: Option<BTreeSet<SpaceId>>,
    /// The names of all event types that an app declares or reads.
    known_types: Vec<String>,
    /// The spaces that damaged registrations of subscriptions name.
    spaces_of_subscriptions: BTreeSet<SpaceId>,
}

/// Checks a whole store. It writes nothing; others may write meanwhile.
///
/// Nothing is recorded in the audit log. Run [`Check`](crate::operations::Check) to record it.
///
/// # Errors
/// [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if `watch` breaks; failures of the store other
/// than damage, for example if it is busy.
pub fn check(
    store: &Store,
    apps: &Apps,
    options: CheckOptions<'_>,
    watch: &mut Watch<'_>,
) -> Result<Checked> {
    let _span = info_span!("check", deep = options.deep).entered();
    let unchecked = store.events().capabilities().unchecked.to_vec();
    let checked = Checked { unchecked, ..Checked::default() };
    let (found, tally) = (Found::of(store), Tally::default());
    let upcasting = Upcasting::default();
    let (renumbered, spaces_of_subscriptions) = (BTreeSet::new(), BTreeSet::new());
    let mut checking = Checking {
        store,
        apps,
        options,
        found,
        checked,
        tally,
        upcasting,
        renumbered,
        moved: Vec::new(),
        restorable_keys: None,
        known_types: known_types(apps),
        spaces_of_subscriptions,
    };
    checking.engines(watch)?;
    checking.event_ids()?;
    checking.renumbered_spaces()?;
    let mut space_ids = checking.space_ids(watch)?;
    space_ids.retain(|space_id| !checking.renumbered.contains(&i64::from(space_id.0)));
    checking.tally.total = checking.steps(&space_ids);
    checking.strays(&space_ids, watch)?;
    checking.subscriptions()?;
    checking.causes(watch)?;
    checking.projections_file();
    checking.original_rows()?;
    for space_id in space_ids {
        checking.space(space_id, watch)?;
    }
    checking.notes()?;
    checking.upcasting.report(&mut checking.found);
    checking.tally.total = checking.tally.done;
    report(watch, checking.tally.progress())?;
    let Checking { found: Found { findings, more, notes, tasks, types, .. }, checked, .. } = checking;
    info!(findings = findings.len(), "checked");
    Ok(Checked { findings, more, notes, tasks, types, ..checked })
}

/// Returns the names of all event types that an app declares or that its upcasters read.
fn known_types(apps: &Apps) -> Vec<String> {
    let of_app = |app: &Arc<dyn App>| {
        let declared = app.event_types().iter().map(|name| (*name).to_owned());
        let upcast = app.upcasters().iter().map(|upcaster| upcaster.from.event_type.to_owned());
        declared.chain(upcast).collect::<Vec<_>>()
    };
    apps.iter().flat_map(of_app).collect()
}

impl Checking<'_> {
    /// Checks the storage engines' files and their id counters.
    fn engines(&mut self, watch: &mut Watch<'_>) -> Result<()> {
        let (events, pstate): (&dyn Inspect, &dyn Inspect) = (self.store.events(), self.store.pstate());
        let mut engines = vec![("events", events, Remedy::Restore)];
        let projections = self.store.check_projections();
        if let Err(error @ OpenError::ProjectionsDamaged { .. }) = projections {
            let detail = error.to_string();
            self.found.add(Damage::Engine { file: PROJECTIONS, detail, is_derived: false });
        } else if !self.store.is_shared() {
            engines.push((PROJECTIONS, pstate, Remedy::NewProjections));
        }
        for (file, engine, by) in engines {
            let deep = self.options.deep;
            let result = run_interruptible(engine, self.tally.progress(), watch, || engine.integrity(deep));
            let Integrity { faults, unchecked } =
                self.found.attempt(THE_DATABASE, by.clone(), result)?.unwrap_or_default();
            self.checked.unchecked.extend(unchecked.filter(|part| !self.checked.unchecked.contains(part)));
            // Damage to a row or a page prevents the repair of what is derived from the rows.
            let is_derived = faults.iter().all(|fault| fault.is_derived);
            for EngineFault { detail, .. } in faults {
                self.found.add(Damage::Engine { file, detail, is_derived });
            }
            self.foreign_objects(engine, by.clone())?;
            let numbers = self.found.attempt("the assigned ids", by.clone(), engine.lost_numbers())?;
            for LostNumbers { table, given, used } in numbers.into_iter().flatten() {
                self.found.add(Damage::Numbers { table, given, used });
            }
            let progress = self.tally.progress();
            let outside = run_interruptible(engine, progress, watch, || engine.out_of_range());
            let outside = self.found.attempt("the ranges of numbers", by, outside)?;
            for OutOfRange { table, column, rows, repaired } in outside.into_iter().flatten() {
                self.found.add(Damage::OutOfRange { table, column, rows, repaired });
            }
        }
        Ok(())
    }

    /// Notes that there are no projections to check: those of the Elixir original may be in a second file.
    fn projections_file(&mut self) {
        if matches!(self.store.check_projections(), Err(OpenError::ProjectionsElsewhere { .. })) {
            self.found.note(Fault::Damaged(Damage::ProjectionsElsewhere));
        }
    }

    /// Notes rows of the Elixir original that belong to no space, or that only an import can show.
    fn original_rows(&mut self) -> Result<()> {
        let Some(source) = self.store.original_source() else { return Ok(()) };
        let leftovers = self.found.attempt("the rows", Remedy::Restore, source.leftovers())?;
        for (part, detail) in leftovers.iter().flat_map(OriginalLeftovers::words) {
            self.found.note(Fault::Damaged(Damage::OriginalRows { part, detail }));
        }
        Ok(())
    }

    /// Notes sequences of the Elixir original that are not 1, 2, 3 …, and finds entries in a second file that are older than
    /// their space: nothing else tells that the file belongs to another store.
    fn original_space(&mut self, space: &Space) -> Result<()> {
        let Some(source) = self.store.original_source() else { return Ok(()) };
        let space_id = i64::from(space.space_id.0);
        let sequences = self.found.attempt("the sequences", Remedy::Restore, source.sequences(space_id))?;
        if let Some(fault) = sequences.and_then(|sequences| sequences.fault()) {
            let detail = format!("{fault}: its events are numbered in the order of their ids");
            self.found.note(Fault::Damaged(Damage::OriginalRows { part: "log", detail }));
        }
        let created = space.created_at.seconds() - CLOCK_SECONDS;
        if self.store.is_shared() || created <= 0 {
            return Ok(());
        }
        let before = source.keys_before(space_id, created);
        let keys = self.found.attempt("the projections", Remedy::Restore, before)?.unwrap_or_default();
        if keys > 0 {
            let keys = counted(keys, "key that is", "keys that are");
            let detail =
                format!("{keys} older than the space: the file may hold the projections of another store");
            self.found.add(Damage::OriginalRows { part: PROJECTIONS, detail });
        }
        Ok(())
    }

    /// Checks that no event id exceeds the limit. An import of an earlier version could exceed it.
    fn event_ids(&mut self) -> Result<()> {
        if self.store.is_original() {
            // An import gives them new ids.
            return Ok(());
        }
        let last =
            self.found.attempt("the event ids", Remedy::Restore, self.store.events().last_event_id())?;
        if let Some(last) = last.filter(|last| *last > LAST_EVENT_ID) {
            self.found.add(Damage::EventIds { last });
        }
        Ok(())
    }

    /// Finds the spaces whose ids another program changed.
    fn renumbered_spaces(&mut self) -> Result<()> {
        let renumbered = self.store.events().renumbered_spaces();
        let renumbered = self.found.attempt("the ids of the spaces", Remedy::Restore, renumbered)?;
        for Renumbered { name, stored, id } in renumbered.into_iter().flatten() {
            if let Some(id) = id {
                self.renumbered.extend([stored, id]);
            }
            self.found.add(Damage::SpaceId { space: name, stored, id });
        }
        let moved = self.store.events().moved_rows();
        self.moved =
            self.found.attempt("the rows of the spaces", Remedy::Restore, moved)?.unwrap_or_default();
        Ok(())
    }

    /// Returns every space that has any rows.
    fn space_ids(&mut self, watch: &mut Watch<'_>) -> Result<Vec<SpaceId>> {
        let (events, pstate) = (self.store.events(), self.store.pstate());
        let progress = self.tally.progress();
        let mut ids = Vec::new();
        let of_log = run_interruptible(events, progress, watch, || events.space_ids(&mut |id| ids.push(id)));
        self.found.attempt("the log", Remedy::Restore, of_log)?;
        let of_projections = run_interruptible(pstate, progress, watch, || pstate.space_ids());
        ids.extend(
            self.found
                .attempt("the projections", Remedy::Rebuild { skip_errors: false }, of_projections)?
                .unwrap_or_default(),
        );
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// Finds rows that belong nowhere, also not to these spaces.
    fn strays(&mut self, space_ids: &[SpaceId], watch: &mut Watch<'_>) -> Result<()> {
        let misplaced = self.store.events().misplaced();
        let misplaced = self.found.attempt("the log's ends", Remedy::Restore, misplaced)?;
        let is_outside = |number: i64| !space_ids.iter().any(|space_id| i64::from(space_id.0) == number);
        for (table, rows) in misplaced.into_iter().flatten() {
            let moved = self.moved.iter().filter(|moved| moved.table == table && is_outside(moved.stored_in));
            if rows == moved.map(|moved| moved.rows).sum::<u64>() {
                self.found.add_moved(Damage::NoSpace { table, rows });
                continue;
            }
            let fault = Fault::Damaged(Damage::NoSpace { table, rows });
            let is_repaired = matches!(&fault, Fault::Damaged(damage) if damage.is_of_subscriptions());
            let remedy = if is_repaired { fault.remedy() } else { Remedy::Restore };
            self.found.add_with(fault, remedy);
        }
        let pstate = self.store.pstate();
        let rebuild = Remedy::Rebuild { skip_errors: false };
        let misplaced = run_interruptible(pstate, self.tally.progress(), watch, || pstate.misplaced());
        let misplaced = self.found.attempt("the projections", rebuild.clone(), misplaced)?;
        for (table, rows) in misplaced.into_iter().flatten() {
            self.found.add(Damage::NoSpace { table, rows });
        }
        let entries = run_interruptible(pstate, self.tally.progress(), watch, || pstate.strays());
        if let Some(entries) = self.found.attempt("the projections", rebuild, entries)?
            && entries > 0
        {
            self.found.add(Damage::NoProjection { entries });
        }
        Ok(())
    }

    /// Returns the number of events and keys to be read, according to the counters.
    fn steps(&self, space_ids: &[SpaceId]) -> u64 {
        let events = self.store.events().totals().map_or(0, |totals| totals.events);
        let stored = self.store.pstate().stored(space_ids).unwrap_or_default();
        let keys = stored.iter().flatten().map(|projection| projection.checkpoint.entities);
        let once = keys.fold(events, u64::saturating_add);
        if self.options.deep { once.saturating_add(self.steps_of_verification(space_ids)) } else { once }
    }

    /// Returns the number of events to be replayed into each projection, and of keys to be compared.
    fn steps_of_verification(&self, space_ids: &[SpaceId]) -> u64 {
        let spaces = overviews_of(self.store, self.apps, space_ids).unwrap_or_default();
        let projections = spaces.iter().flat_map(|space| &space.projections);
        let declared = projections.filter(|projection| projection.mode.is_some());
        declared.map(|declared| declared.checkpoint).map(steps).fold(0, u64::saturating_add)
    }

    /// Returns true if an operation that writes to this space or the whole file is running.
    fn is_worked_on(&self, space_id: SpaceId) -> Result<bool> {
        let is_on_it = |operation: &AuditEntry| {
            // A fork is recorded under its origin, and writes to another space.
            (operation.action == fork::NAME || operation.space_id.is_none_or(|id| id == space_id))
                && ![NAME, verify::NAME, export::NAME, backup::NAME].contains(&operation.action.as_str())
                && (self.options.is_running)(&operation.operator)
        };
        Ok(self.store.audit_log().running().is_ok_and(|running| running.iter().any(is_on_it)))
    }

    /// Notes tables, triggers and other objects of other programs.
    fn foreign_objects(&mut self, engine: &dyn Inspect, by: Remedy) -> Result<()> {
        let objects = self.found.attempt("the schema", by, engine.foreign_objects())?;
        for object in objects.into_iter().flatten() {
            let fault = Fault::Damaged(Damage::ForeignObject { object });
            let remedy = Remedy::Nothing;
            self.found.notes.push(Finding { space: None, projection: None, fault, remedy });
        }
        Ok(())
    }

    /// Notes unfinished operations whose process is gone.
    fn notes(&mut self) -> Result<()> {
        let running = self.store.audit_log().running();
        for operation in self.found.attempt("the audit log", Remedy::Restore, running)?.into_iter().flatten()
        {
            if (self.options.is_running)(&operation.operator) {
                continue;
            }
            let AuditEntry { operation_id, action, space_name: space, .. } = operation;
            let fault = Fault::Damaged(Damage::Abandoned { operation_id, action });
            let remedy = Remedy::Nothing;
            self.found.notes.push(Finding { space, projection: None, fault, remedy });
        }
        Ok(())
    }
}

/// Returns the number of steps of the verification of a projection at this checkpoint.
fn steps(checkpoint: Checkpoint) -> u64 {
    checkpoint.sequence.0.saturating_add(checkpoint.entities)
}

/// The progress of a check.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    done: u64,
    total: u64,
    last_event: Option<EventId>,
}

impl Tally {
    fn progress(&self) -> Progress {
        let Self { done, total, last_event } = *self;
        Progress { phase: Phase::Check, done, total: total.max(done), last_event, skipped: 0 }
    }

    /// Adds the progress of a verification, whose phases start again with every projection.
    fn counting<'a>(
        &'a mut self,
        watch: &'a mut Watch<'_>,
    ) -> impl FnMut(usize, Progress) -> ControlFlow<()> + 'a {
        let mut before: Option<(usize, Progress)> = None;
        move |index, progress| {
            let counted = before.filter(|(of, before)| *of == index && before.phase == progress.phase);
            let steps = progress.done.saturating_sub(counted.map_or(0, |(_, before)| before.done));
            before = Some((index, progress));
            self.done = self.done.saturating_add(steps);
            self.last_event = progress.last_event.or(self.last_event);
            watch(self.progress())
        }
    }

    fn advance(&mut self, steps: u64, last_event: Option<EventId>, watch: &mut Watch<'_>) -> Result<()> {
        self.done = self.done.saturating_add(steps);
        self.last_event = last_event.or(self.last_event);
        report(watch, self.progress())
    }
}

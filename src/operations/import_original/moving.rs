//! Moving the events of a space from one log to the other, and opening it at the end.

use std::collections::BTreeMap;

use crate::content_store::{App, DeclaredProjection};
use crate::error::{ImportError, Result};
use crate::event::{Event, EventId, SpaceSequence};
use crate::event_store::{
    Access, OpenUnit, Page, PageRow, ProjectionChange, ProjectionWrite, WriteSet, imported_id,
};
use crate::operations::new_space::{BadEvents, NewProjections, id_at, id_in};
use crate::operations::{Phase, Progress, Watch, report};
use crate::pstate::{Changes, Entries, ProjectionId, STATE, Shadow};
use crate::space::{Checkpoint, Space, SpaceId, SpaceState};
use crate::timestamp::Timestamp;

use super::causes::find_cause;
use super::convert::{Converted, Fault, convert};
use super::plan::LISTED;
use super::schedule::Turn;
use super::times::NewTimes;
use super::{ImportedOriginalSpace, Importing, PlannedSpace, UnreadableEvent};

/// Rows written in one transaction.
const BATCH: usize = 1000;

/// Bytes of events or values after which they are written, even if they are few rows.
const BYTES: usize = 4 << 20;

/// The spaces of the original whose events are here, by id: their ids here, and the number of those events.
pub(super) type Reached = BTreeMap<i64, (SpaceId, u64)>;

/// A space on its way.
pub(super) struct Moving<'a> {
    importing: Importing<'a>,
    planned: &'a PlannedSpace,
    space: Space,
    access: Access,
    projections: NewProjections<'a>,
    /// The original's own entries, which no known app could build.
    kept: Option<Box<dyn Shadow + 'a>>,
    batch: Vec<Converted>,
    bytes: usize,
    number: SpaceSequence,
    last_time: Timestamp,
    /// The number of events that are written.
    written: u64,
    moved: Moved,
    is_complete: bool,
    /// The time of the last event if it is ahead of the clock, once the space is open.
    ahead_of_clock: Option<Timestamp>,
}

/// The findings of moving events.
#[derive(Default)]
struct Moved {
    new_ids: u64,
    causes_dropped: u64,
    new_times: NewTimes,
    unreadable: u64,
    unreadable_events: Vec<UnreadableEvent>,
}

/// The surroundings of a space that has its turn.
pub(super) struct TurnContext<'a, 'w> {
    pub reached: &'a Reached,
    /// The number of events that have come over, of all spaces.
    pub done: &'a mut u64,
    pub watch: &'a mut Watch<'w>,
}

impl<'a> Moving<'a> {
    /// Starts with a space that was created closed.
    pub fn begin(
        importing: Importing<'a>,
        planned: &'a PlannedSpace,
        space: Space,
        token: uuid::Uuid,
        of_app: Option<(&'a dyn App, &'a [DeclaredProjection])>,
    ) -> Result<Self> {
        let new = (space.space_id, token);
        Ok(Self {
            importing,
            planned,
            projections: NewProjections::begin(importing.store, of_app, new, BadEvents::Skip)?,
            space,
            access: Access::Importing(token),
            kept: None,
            batch: Vec::new(),
            bytes: 0,
            number: SpaceSequence::START,
            last_time: Timestamp(i64::MIN),
            written: 0,
            moved: Moved::default(),
            is_complete: false,
            ahead_of_clock: None,
        })
    }

    pub fn space(&self) -> &Space {
        &self.space
    }

    /// Returns the number of its events that have come over.
    pub fn events(&self) -> u64 {
        self.written
    }

    /// Returns true if only its opening is left.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Writes the events of a part. After the last one, writes what is left of the projections.
    pub fn take(&mut self, turn: Turn, turning: &mut TurnContext<'_, '_>) -> Result<()> {
        let original = self.importing.original;
        original.source.each_event(turn.space, turn.part, &mut |row| {
            let event_id = row.event_id;
            let converted = convert(row, self.number.next(), self.last_time);
            self.gather(converted.map_err(|fault| refused(event_id, fault))?);
            let is_enough = self.batch.len() >= BATCH || self.bytes >= BYTES;
            if is_enough { self.write(turning) } else { Ok(()) }
        })?;
        self.write(turning)?;
        if turn.is_last() {
            self.write_projections(0, turning)?;
            self.keep_entries(turning)?;
            self.is_complete = true;
        }
        Ok(())
    }

    /// Writes the state of the projections if it takes more than these bytes.
    pub fn write_projections(&mut self, most: usize, turning: &mut TurnContext<'_, '_>) -> Result<()> {
        if self.projections.bytes() <= most {
            return Ok(());
        }
        let Self { importing, projections, .. } = self;
        projections.write(&mut || turning.report(*importing))
    }

    fn gather(&mut self, converted: Converted) {
        (self.number, self.last_time) = (converted.event.space_sequence, converted.event.timestamp);
        self.bytes += converted.event.bytes();
        self.moved.new_times.note(&converted);
        if let Some(reason) = &converted.unreadable {
            self.moved.unreadable += 1;
            if self.moved.unreadable_events.len() < LISTED {
                let (event_id, reason) = (converted.original_id, reason.clone());
                self.moved.unreadable_events.push(UnreadableEvent { event_id, reason });
            }
        }
        self.batch.push(converted);
    }

    /// Writes the gathered events, and applies them.
    fn write(&mut self, turning: &mut TurnContext<'_, '_>) -> Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        self.bytes = 0;
        // No other writer gets ids during the unit.
        let unit = self.importing.store.begin(self.space.space_id, self.access)?;
        let placed = self.place(batch, unit.tail().last_event_id, turning.reached)?;
        unit.commit(&WriteSet { events: &placed, ..WriteSet::default() })?;
        let Self { importing, projections, .. } = self;
        projections.take(&placed, &mut || turning.report(*importing))?;
        self.written += placed.len() as u64;
        *turning.done += placed.len() as u64;
        turning.report(self.importing)
    }

    /// Returns the events as they will be stored.
    fn place(&mut self, batch: Vec<Converted>, mut last: EventId, reached: &Reached) -> Result<Vec<Event>> {
        let mut placed: Vec<Event> = Vec::with_capacity(batch.len());
        for converted in batch {
            let own = EventId(u64::try_from(converted.original_id).unwrap_or(0));
            last = imported_id(own, last);
            self.moved.new_ids += u64::from(last != own);
            let cause = self.cause(&converted, &placed, reached)?;
            self.moved.causes_dropped += u64::from(cause.is_none() && converted.cause.is_some());
            let original_id = converted.original_id;
            let event = converted.placed(self.space.space_id, last, cause);
            placed.push(event.map_err(|fault| refused(original_id, fault))?);
        }
        Ok(placed)
    }

    /// Returns the id here of the event that caused another one, if it is in the log before that one.
    fn cause(&self, effect: &Converted, placed: &[Event], reached: &Reached) -> Result<Option<EventId>> {
        let Some(stored) = effect.cause else { return Ok(None) };
        let Importing { store, original, planned, .. } = self.importing;
        let own = self.planned.original_space_id;
        let numbers = (original, &planned.renumbering);
        let events = |space_id| reached.get(&space_id).map(|(_, events)| *events);
        let found = find_cause(numbers, stored, (own, effect.event.space_sequence), &events)?;
        let Some((space_id, number)) = found else { return Ok(None) };
        if space_id == own {
            return id_at(store, self.space.space_id, number, placed).map(Some);
        }
        reached.get(&space_id).map(|(space_id, _)| id_in(store, *space_id, number)).transpose()
    }

    /// Copies the original's own entries if no known app builds the projection.
    fn keep_entries(&mut self, turning: &mut TurnContext<'_, '_>) -> Result<()> {
        if self.planned.app.is_some() || self.planned.original_keys == 0 {
            return Ok(());
        }
        let Some(entries) = self.importing.original.entries(self.planned.original_space_id) else {
            return Ok(());
        };
        let id = ProjectionId::new(self.space.space_id, STATE);
        let shadow = self.importing.store.begin_shadow(id, None, self.access)?;
        let mut after = None;
        loop {
            let page = entries.scan("", Page::forward(after.take(), BATCH))?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            let mut changes = Changes::default();
            for entry in page {
                changes.put(&entry.key, entry.value, entry.updated_at);
            }
            shadow.write(&changes)?;
            turning.report(self.importing)?;
        }
        self.kept = Some(shadow);
        Ok(())
    }

    pub fn access(&self) -> Access {
        self.access
    }

    /// Puts the projections in place.
    pub fn activate(&self) -> Result<()> {
        let unit = self.importing.store.begin(self.space.space_id, self.access)?;
        let head = unit.tail().head;
        let at = Checkpoint {
            sequence: head.last_sequence,
            event_id: head.last_event_id,
            updated_at: head.last_timestamp,
            entities: 0,
        };
        let changes = Changes::default();
        let mut projections = self.projections.activate(&changes);
        projections.extend(self.kept.as_ref().map(|shadow| ProjectionWrite {
            name: STATE,
            change: ProjectionChange::Activate { shadow: shadow.ready(), changes: &changes, at },
        }));
        unit.commit(&WriteSet { projections: &projections, ..WriteSet::default() }).map(drop)
    }

    /// Opens the space.
    pub fn open(&mut self, unit: Box<dyn OpenUnit + '_>) -> Result<()> {
        self.ahead_of_clock = unit.tail().ahead_of(self.importing.store.clock().now());
        unit.commit(&WriteSet { opens: true, ..WriteSet::default() }).map(drop)
    }

    /// Returns the result, once the space is open.
    pub fn into_imported(self) -> Result<ImportedOriginalSpace> {
        let stored = self.importing.store.pstate().stored(&[self.space.space_id])?;
        let keys = stored.iter().flatten().map(|projection| projection.checkpoint.entities).sum();
        let PlannedSpace {
            original_space_id, is_orphan, original_keys, gaps, duplicates, renumbered, ..
        } = *self.planned;
        let Moved { new_ids, causes_dropped, unreadable, unreadable_events, new_times } = self.moved;
        let projected = self.projections.into_projected();
        Ok(ImportedOriginalSpace {
            space: Space { state: SpaceState::Open, ..self.space },
            original_space_id,
            app: self.planned.app.clone(),
            is_orphan,
            events: self.written,
            keys,
            original_keys,
            gaps,
            duplicates,
            renumbered,
            new_ids,
            causes_dropped,
            new_times,
            unknown: projected.unknown,
            unreadable,
            unreadable_events,
            skipped: projected.skipped,
            comparison: None,
            ahead_of_clock: self.ahead_of_clock,
        })
    }
}

impl TurnContext<'_, '_> {
    fn report(&mut self, importing: Importing<'_>) -> Result<()> {
        let total = importing.planned.plan.events();
        let done = *self.done;
        report(self.watch, Progress { phase: Phase::Import, done, total, last_event: None, skipped: 0 })
    }
}

/// Returns the error of a row that cannot be an event.
fn refused(event_id: i64, Fault(reason): Fault) -> crate::Error {
    ImportError::OriginalEvent { event_id, reason }.into()
}

//! Filling a space during an import.

use uuid::Uuid;

use crate::content_store::{App, DeclaredProjection};
use crate::error::{ImportError, Result};
use crate::event::{Event, EventId, SpaceSequence};
use crate::event_store::{Access, Page, PageRow, ProjectionChange, ProjectionWrite, WriteSet, imported_id};
use crate::operations::new_space::{BadEvents, NewProjections, Projected, id_at, id_in};
use crate::operations::{Phase, Progress, Watch, report};
use crate::pstate::{Changes, Entries, ProjectionId, STATE, Shadow};
use crate::space::{Checkpoint, Space, SpaceId, SpaceState};
use crate::timestamp::Timestamp;

use super::causes::find_cause;
use super::convert::{Converted, Fault, convert};
use super::plan::LISTED;
use super::times::NewTimes;
use super::{ImportedOriginalSpace, Importing, PlannedSpace, UnreadableEvent};

/// Rows written in one transaction.
const BATCH: usize = 1000;

/// Bytes of events or values after which they are written, even if they are few rows.
const BYTES: usize = 4 << 20;

/// A space to be filled.
pub(super) struct Filling<'a> {
    pub importing: &'a Importing<'a>,
    pub planned: &'a PlannedSpace,
    pub space: &'a Space,
    pub token: Uuid,
    /// The number of events of the spaces that are imported before it.
    pub before: u64,
}

/// The events of a space, on their way from one log to the other.
struct Moving<'a> {
    filling: &'a Filling<'a>,
    projections: NewProjections<'a>,
    batch: Vec<Converted>,
    bytes: usize,
    number: SpaceSequence,
    last: Option<Checkpoint>,
    last_time: Timestamp,
    moved: Moved,
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

impl<'a> Filling<'a> {
    /// Writes the events and the projections, and opens the space.
    pub fn fill(&'a self, app: Option<&dyn App>, watch: &mut Watch<'_>) -> Result<ImportedOriginalSpace> {
        let store = self.importing.store;
        let access = Access::Importing(self.token);
        let declared = app.map_or_else(|| Ok(Vec::new()), DeclaredProjection::all_of)?;
        let shadow = |declared: &DeclaredProjection| {
            let id = declared.id(self.space.space_id);
            store.begin_shadow(id, Some(declared.definition()), access)
        };
        let shadows: Vec<Box<dyn Shadow + '_>> = declared.iter().map(shadow).collect::<Result<_>>()?;
        let of_app = app.map(|app| (app, declared.as_slice()));
        let mut moving = Moving {
            filling: self,
            projections: NewProjections::new(store, of_app, &shadows, BadEvents::Skip),
            batch: Vec::new(),
            bytes: 0,
            number: SpaceSequence::START,
            last: None,
            last_time: Timestamp(i64::MIN),
            moved: Moved::default(),
        };
        let source = &self.importing.original.source;
        source.each_event(self.planned.original_space_id, &mut |row| {
            let event_id = row.event_id;
            let converted = convert(row, moving.number.next(), moving.last_time);
            moving.take(converted.map_err(|fault| refused(event_id, fault))?, watch)
        })?;
        moving.write(watch)?;
        let Moving { mut projections, last, number, moved, .. } = moving;
        projections.write(&mut || self.report(Phase::Import, number, watch))?;
        let kept = if app.is_none() { self.keep_entries(watch)? } else { None };
        let ahead_of_clock = self.open(&projections, kept.as_deref(), last.unwrap_or_default())?;
        let stored = store.pstate().stored(&[self.space.space_id])?;
        let keys = stored.iter().flatten().map(|projection| projection.checkpoint.entities).sum();
        let done = self.done(number.0, keys, moved, projections.into_projected());
        Ok(ImportedOriginalSpace { ahead_of_clock, ..done })
    }

    /// Copies the original's own entries, which no known app could build.
    fn keep_entries(&self, watch: &mut Watch<'_>) -> Result<Option<Box<dyn Shadow + 'a>>> {
        let Some(entries) = self.importing.original.entries(self.planned.original_space_id) else {
            return Ok(None);
        };
        if self.planned.original_keys == 0 {
            return Ok(None);
        }
        let id = ProjectionId::new(self.space.space_id, STATE);
        let shadow = self.importing.store.begin_shadow(id, None, Access::Importing(self.token))?;
        let mut after = None;
        loop {
            let page = entries.scan("", Page::forward(after.take(), BATCH))?;
            let Some(last) = page.last() else { return Ok(Some(shadow)) };
            after = Some(last.key.clone());
            let mut changes = Changes::default();
            for entry in page {
                changes.put(&entry.key, entry.value, entry.updated_at);
            }
            shadow.write(&changes)?;
            self.report(Phase::Import, SpaceSequence(self.planned.events), watch)?;
        }
    }

    /// Activates the projections and opens the space. Returns the time of the last event if it is ahead of the clock.
    fn open(
        &self,
        projections: &NewProjections<'_>,
        kept: Option<&dyn Shadow>,
        at: Checkpoint,
    ) -> Result<Option<Timestamp>> {
        let store = self.importing.store;
        let unit = store.begin(self.space.space_id, Access::Importing(self.token))?;
        let ahead_of_clock = unit.tail().ahead_of(store.clock().now());
        let changes = Changes::default();
        let mut projections = projections.activate(&changes);
        projections.extend(kept.map(|shadow| ProjectionWrite {
            name: STATE,
            change: ProjectionChange::Activate { shadow: shadow.ready(), changes: &changes, at },
        }));
        unit.commit(&WriteSet { projections: &projections, opens: true, ..WriteSet::default() })?;
        Ok(ahead_of_clock)
    }

    fn done(&self, events: u64, keys: u64, moved: Moved, projected: Projected) -> ImportedOriginalSpace {
        let PlannedSpace {
            original_space_id, is_orphan, original_keys, gaps, duplicates, renumbered, ..
        } = *self.planned;
        let Moved { new_ids, causes_dropped, unreadable, unreadable_events, new_times } = moved;
        ImportedOriginalSpace {
            space: Space { state: SpaceState::Open, ..self.space.clone() },
            original_space_id,
            app: self.planned.app.clone(),
            is_orphan,
            events,
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
            ahead_of_clock: None,
        }
    }

    fn report(&self, phase: Phase, at: SpaceSequence, watch: &mut Watch<'_>) -> Result<()> {
        let (done, total) = (self.before + at.0, self.importing.planned.plan.events());
        report(watch, Progress { phase, done, total, last_event: None, skipped: 0 })
    }

    /// Returns the id here of the event that caused another one, if it is in the log before that one.
    fn cause(&self, effect: &Converted, placed: &[Event]) -> Result<Option<EventId>> {
        let Some(stored) = effect.cause else { return Ok(None) };
        let Importing { store, original, planned, complete, .. } = self.importing;
        let (own, complete) = (self.planned.original_space_id, complete.borrow());
        let numbers = (*original, &planned.renumbering);
        let events = |space_id| complete.get(&space_id).map(|(_, events)| *events);
        let found = find_cause(numbers, stored, (own, effect.event.space_sequence), &events)?;
        let Some((space_id, number)) = found else { return Ok(None) };
        if space_id == own {
            return id_at(store, self.space.space_id, number, placed).map(Some);
        }
        complete.get(&space_id).map(|(space_id, _)| id_in(store, *space_id, number)).transpose()
    }
}

impl Moving<'_> {
    /// Takes an event, and writes the gathered ones if they are enough.
    fn take(&mut self, converted: Converted, watch: &mut Watch<'_>) -> Result<()> {
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
        if self.batch.len() >= BATCH || self.bytes >= BYTES { self.write(watch) } else { Ok(()) }
    }

    /// Writes the gathered events, and applies them.
    fn write(&mut self, watch: &mut Watch<'_>) -> Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let Filling { importing, space, token, .. } = *self.filling;
        let (batch, space_id) = (std::mem::take(&mut self.batch), space.space_id);
        self.bytes = 0;
        // No other writer gets ids during the unit.
        let unit = importing.store.begin(space_id, Access::Importing(token))?;
        let placed = self.place(batch, space_id, unit.tail().last_event_id)?;
        unit.commit(&WriteSet { events: &placed, ..WriteSet::default() })?;
        self.projections.take(&placed)?;
        if let Some(event) = placed.last() {
            let (sequence, event_id, updated_at) =
                (event.space_sequence, event.event_id, Some(event.timestamp));
            self.last = Some(Checkpoint { sequence, event_id, updated_at, entities: 0 });
        }
        self.filling.report(Phase::Import, self.number, watch)
    }

    /// Returns the events as they will be stored.
    fn place(&mut self, batch: Vec<Converted>, space_id: SpaceId, mut last: EventId) -> Result<Vec<Event>> {
        let mut placed: Vec<Event> = Vec::with_capacity(batch.len());
        for converted in batch {
            let own = EventId(u64::try_from(converted.original_id).unwrap_or(0));
            last = imported_id(own, last);
            self.moved.new_ids += u64::from(last != own);
            let cause = self.filling.cause(&converted, &placed)?;
            self.moved.causes_dropped += u64::from(cause.is_none() && converted.cause.is_some());
            let original_id = converted.original_id;
            let event = converted.placed(space_id, last, cause);
            placed.push(event.map_err(|fault| refused(original_id, fault))?);
        }
        Ok(placed)
    }
}

/// Returns the error of a row that cannot be an event.
fn refused(event_id: i64, Fault(reason): Fault) -> crate::Error {
    ImportError::OriginalEvent { event_id, reason }.into()
}

//! Filling a space during an import.

use std::borrow::Cow;

use uuid::Uuid;

use crate::content_store::{Store, Unit};
use crate::error::Result;
use crate::event::{Event, EventId, SpaceSequence};
use crate::event_store::{
    Access, PageRow, ProjectionChange, ProjectionWrite, Remembered, WriteSet, imported_id,
};
use crate::pstate::{Changes, ProjectionId, Shadow, StoredProjection};
use crate::space::{Checkpoint, Space, SpaceState};

use super::super::export::{EventLine, Header, Line};
use super::super::new_space::{id_at, id_in, in_doubt};
use super::super::{Phase, Progress, Watch, report};
use super::{Imported, changed};

/// Rows written in one transaction.
const BATCH: usize = 1000;

/// Bytes of events or values after which they are written, even if they are few rows.
const BYTES: usize = 4 << 20;

/// An event with its cause, if the cause may be in this store.
type Caused = (Event, Option<Cause>);

/// An event that caused another one.
enum Cause {
    /// An earlier event of the same space.
    Inside(SpaceSequence),
    /// An event in another space, which was found to be the same as at the export.
    Outside(EventId),
}

/// A space being filled: rows read but not yet written, and the counts of rows written.
pub(super) struct Filling<'a> {
    store: &'a Store,
    space: &'a Space,
    token: Uuid,
    /// The projections, `state` first.
    projections: Vec<FilledProjection<'a>>,
    /// The place of the one whose entries are read.
    projection: usize,
    events: Vec<Caused>,
    changes: Changes,
    keys: Vec<(String, Remembered)>,
    bytes: usize,
    total: u64,
    imported: Imported,
}

/// A projection being filled.
struct FilledProjection<'a> {
    name: Cow<'static, str>,
    checkpoint: Checkpoint,
    shadow: Box<dyn Shadow + 'a>,
}

impl<'a> Filling<'a> {
    pub fn begin(store: &'a Store, space: &'a Space, token: Uuid, header: &Header<'_>) -> Result<Self> {
        let filled = |StoredProjection { name, checkpoint, definition, .. }| {
            let id = ProjectionId::new(space.space_id, &name);
            let shadow = store.begin_shadow(id, definition.as_deref(), Access::Importing(token))?;
            Ok(FilledProjection { name, checkpoint, shadow })
        };
        let projections = header.stored().into_iter().map(filled).collect::<Result<_>>()?;
        let imported = Imported {
            space: Space { state: SpaceState::Open, ..space.clone() },
            events: 0,
            entities: 0,
            idempotency_keys: 0,
            ids_kept: true,
            causes_dropped: 0,
            ahead_of_clock: None,
            not_derived: None,
        };
        Ok(Self {
            store,
            space,
            token,
            projections,
            projection: 0,
            events: Vec::new(),
            changes: Changes::default(),
            keys: Vec::new(),
            bytes: 0,
            total: header.events.saturating_add(header.entities),
            imported,
        })
    }

    /// Takes a line, and writes the gathered rows if they are enough.
    pub fn take(&mut self, line: &Line<'_>, watch: &mut Watch<'_>) -> Result<()> {
        match line {
            Line::Event(line) => self.take_event(line)?,
            Line::Entity(line) => {
                let is_it = |filled: &FilledProjection<'_>| filled.name == line.projection();
                let projection = self.projections.iter().position(is_it).ok_or_else(changed)?;
                if projection != self.projection {
                    self.write(watch)?;
                    self.projection = projection;
                }
                let entry = line.entry();
                self.bytes += entry.value.as_str().len();
                self.changes.put(&entry.key, entry.value, entry.updated_at);
            }
            Line::Key(line) => {
                let remembered = line.remembered().ok_or_else(changed)?;
                self.keys.push((line.idempotency_key.clone().into_owned(), remembered));
            }
            Line::Header(_) | Line::End(_) => {}
        }
        let rows = self.events.len() + self.changes.len() + self.keys.len();
        if rows >= BATCH || self.bytes >= BYTES { self.write(watch) } else { Ok(()) }
    }

    fn take_event(&mut self, line: &EventLine<'_>) -> Result<()> {
        let event = line.event();
        self.bytes += event.bytes();
        let cause = match (event.causation_id, line.causation_sequence) {
            (None, _) => None,
            (Some(_), Some(sequence)) => Some(Cause::Inside(sequence)),
            (Some(event_id), None) => self.find_outside(line, event_id)?,
        };
        self.events.push((event, cause));
        Ok(())
    }

    /// Returns the cause in another space, if the event with its id in this store is the same.
    fn find_outside(&self, line: &EventLine<'_>, event_id: EventId) -> Result<Option<Cause>> {
        if !line.is_of_known_cause() {
            return Ok(None);
        }
        let found = self.store.events().event(event_id)?;
        Ok(found.filter(|event| line.is_caused_by(event)).map(|_| Cause::Outside(event_id)))
    }

    /// Writes the gathered rows, events first, because the others refer to them.
    fn write(&mut self, watch: &mut Watch<'_>) -> Result<()> {
        self.bytes = 0;
        let mut last_event = None;
        if !self.events.is_empty() {
            last_event = self.write_events()?;
        }
        if !self.changes.is_empty() {
            let changes = std::mem::take(&mut self.changes);
            let projection = self.projections.get(self.projection).ok_or_else(changed)?;
            projection.shadow.write(&changes)?;
            self.imported.entities += changes.len() as u64;
        }
        if !self.keys.is_empty() {
            self.write_keys()?;
        }
        self.report(last_event, watch)
    }

    /// Reports the rows written so far.
    pub fn report(&self, last_event: Option<EventId>, watch: &mut Watch<'_>) -> Result<()> {
        let done = self.imported.events + self.imported.entities;
        report(watch, Progress { phase: Phase::Import, done, total: self.total, last_event, skipped: 0 })
    }

    fn write_events(&mut self) -> Result<Option<EventId>> {
        let batch = std::mem::take(&mut self.events);
        let unit = self.unit()?;
        let placed = self.place(&batch, unit.tail().last_event_id)?;
        unit.commit(&WriteSet { events: &placed.events, ..WriteSet::default() })?;
        self.imported.events += batch.len() as u64;
        self.imported.causes_dropped += placed.causes_dropped;
        let kept = batch.iter().zip(&placed.events).all(|((before, _), now)| before.event_id == now.event_id);
        self.imported.ids_kept &= kept;
        Ok(placed.events.last().map(|event| event.event_id))
    }

    /// Begins a unit of work, during which no other writer gets ids.
    fn unit(&self) -> Result<Unit<'_>> {
        self.store.begin(self.space.space_id, Access::Importing(self.token))
    }

    /// Returns the events as they will be stored: with their old ids if those are free, and matching causes.
    fn place(&self, batch: &[Caused], mut last: EventId) -> Result<Placed> {
        let space_id = self.space.space_id;
        let mut placed = Placed::default();
        for (event, cause) in batch {
            let event_id = imported_id(event.event_id, last);
            let causation_id = match cause {
                Some(Cause::Inside(sequence)) => {
                    Some(id_at(self.store, space_id, *sequence, &placed.events)?)
                }
                Some(Cause::Outside(event_id)) => Some(*event_id),
                None => None,
            };
            placed.causes_dropped += u64::from(causation_id.is_none() && event.causation_id.is_some());
            placed.events.push(Event { event_id, causation_id, space_id, ..event.clone() });
            last = event_id;
        }
        Ok(placed)
    }

    fn write_keys(&mut self) -> Result<()> {
        let keys = std::mem::take(&mut self.keys);
        let here = |(key, remembered): (String, Remembered)| {
            let event_ids = self.ids_here(&remembered)?;
            Ok((key, Remembered { event_ids, ..remembered }))
        };
        let keys: Vec<(String, Remembered)> = keys.into_iter().map(here).collect::<Result<_>>()?;
        self.unit()?.commit(&WriteSet { keys: &keys, ..WriteSet::default() })?;
        self.imported.idempotency_keys += keys.len() as u64;
        Ok(())
    }

    /// Returns the new ids of the events of an idempotency key. They were appended together, and the
    /// sequence is that of the last one.
    fn ids_here(&self, remembered: &Remembered) -> Result<Vec<EventId>> {
        if self.imported.ids_kept {
            return Ok(remembered.event_ids.clone());
        }
        let many = remembered.event_ids.len();
        let before = SpaceSequence(remembered.space_sequence.0.saturating_sub(many as u64));
        let mut event_ids = Vec::new();
        self.store.events().replay(self.space.space_id, before, many, &mut |event| {
            event_ids.push(event.event_id);
            Ok(())
        })?;
        Ok(event_ids)
    }

    /// Activates the projections and opens the space.
    pub fn end(mut self, watch: &mut Watch<'_>) -> Result<Imported> {
        self.write(watch)?;
        let unit = self.unit()?;
        let ahead_of_clock = unit.tail().ahead_of(self.store.clock().now());
        let changes = Changes::default();
        let mut projections = Vec::with_capacity(self.projections.len());
        for FilledProjection { name, checkpoint, shadow } in &self.projections {
            let mut at = *checkpoint;
            if at.sequence != SpaceSequence::START {
                at.event_id = id_in(self.store, self.space.space_id, at.sequence)?;
            }
            let change = ProjectionChange::Activate { shadow: shadow.ready(), changes: &changes, at };
            projections.push(ProjectionWrite { name, change });
        }
        unit.commit(&WriteSet { projections: &projections, opens: true, ..WriteSet::default() })
            .map_err(|error| in_doubt(error, &self.space.space_name))?;
        Ok(Imported { ahead_of_clock, ..self.imported })
    }
}

/// Events as they will be stored.
#[derive(Default)]
struct Placed {
    events: Vec<Event>,
    causes_dropped: u64,
}

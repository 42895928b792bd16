//! Previewing a command without executing it.

use crate::clock::Timestamp;
use crate::error::{Result, StoreError};
use crate::event::{Event, EventId, NewEvent, SpaceSequence};
use crate::pstate::Write;

use super::app::{Context, Draws, Origin, check_command};
use super::catch_up::STEP;
use super::change::Change;
use super::execute::{decide_error, decide_tried};
use super::fold::ProjectionFold;
use super::upcasting::stamp;
use super::{ContentStore, DeclaredProjection, Executed, Request, fold};

/// The preview of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The events that the command would append.
    pub events: Vec<NewEvent>,
    /// The changes that they would make to the inline projections.
    pub changes: Vec<Change>,
    /// The last sequence of the space for which the preview is valid.
    pub at: SpaceSequence,
    /// The first answer if the command was executed before under its idempotency key. Executing it would return this
    /// answer again and change nothing.
    pub first_answer: Option<Executed>,
}

impl ContentStore {
    /// Previews a command. Writes nothing, so it works on a read-only store too. Secrets of the command are masked in it.
    ///
    /// # Errors
    /// As [`ContentStore::execute`]. A file of the Elixir original is refused like a write: its projections have a form
    /// to which no handler of this program can apply an event.
    pub fn preview(&self, request: impl Into<Request>) -> Result<Preview> {
        if self.store.is_original() {
            self.store.check_writable()?;
        }
        let Request { command, conditions } = request.into();
        if let Some(first) = conditions.first_answer(&command, self.place(), &[])? {
            let (head, _) = self.position(self.state_projection())?;
            let (events, changes, at) = (Vec::new(), Vec::new(), head.last_sequence);
            return Ok(Preview { events, changes, at, first_answer: Some(first) });
        }
        let (spec, arguments) = check_command(self.app(), &command)?;
        let (head, _) = self.position(self.state_projection())?;
        conditions.check(self.place(), &head, &[])?;
        let current = self.current_in_memory(self.state_projection())?;
        let others: Vec<ProjectionFold<'_>> = self
            .other_inline()
            .map(|projection| self.current_in_memory(projection))
            .collect::<Result<_>>()?;
        let draws = Draws::default();
        let origin = Origin::of(&self.store, &head, &draws);
        let context = Context::new(self.app(), self.space(), &current.state, &others, origin);
        let decided = decide_tried(self.app(), spec, (&context, &arguments));
        let mut events = decided.map_err(|error| arguments.masked_error(decide_error(error)))?;
        conditions.complete_with(&mut events, conditions.correlation_id);
        stamp(self.app().upcasters(), &mut events);
        events.iter_mut().try_for_each(NewEvent::check).map_err(StoreError::from)?;
        let now = draws.now(self.store.clock());
        let mut changes = Vec::new();
        for fold in std::iter::once(&current).chain(&others) {
            changes.extend(self.changes_by(&events, fold, head.last_sequence, now)?);
        }
        arguments.mask_preview(&mut events, &mut changes);
        Ok(Preview { events, changes, at: head.last_sequence, first_answer: None })
    }

    /// Returns a stored projection with the events after its checkpoint applied, in memory.
    fn current_in_memory<'a>(&'a self, projection: &'a DeclaredProjection) -> Result<ProjectionFold<'a>> {
        let (_, from) = self.position(projection)?;
        self.check_definition(projection, self.open_projection(projection)?.definition.as_deref())?;
        let mut fold = ProjectionFold::over(self, projection, self.live_state(projection), from);
        loop {
            let before = fold.done.events;
            self.replay_into(&mut fold, STEP)?;
            if fold.done.events == before {
                return Ok(fold);
            }
        }
    }

    fn changes_by(
        &self,
        events: &[NewEvent],
        fold: &ProjectionFold<'_>,
        at: SpaceSequence,
        now: Timestamp,
    ) -> Result<Vec<Change>> {
        let (current, projector) = (&fold.state, fold.projector());
        let mut state = projector.projection.state(current);
        for (event, place) in events.iter().zip(1..) {
            let sequence = SpaceSequence(at.0 + place);
            let event = Event::appended(event.clone(), EventId::default(), self.space_id(), sequence, now);
            fold::apply(projector, &mut state, &event)
                .map_err(|error| self.of_new_event(projector.projection, error))?;
        }
        let changes = state.drain_changes();
        changes
            .iter()
            .map(|(key, write)| {
                let before = current.entry(key)?.map(|entry| entry.value);
                let after = match write {
                    Write::Put { value, .. } => Some(value.clone()),
                    Write::Delete => None,
                };
                Ok(Change { projection: fold.name(), key: key.to_owned(), before, after })
            })
            .collect()
    }
}

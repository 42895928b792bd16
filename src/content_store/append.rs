//! Appending events without a command.

use crate::clock::Timestamp;
use crate::error::{Result, StoreError};
use crate::event::{Event, NewEvent};
use crate::event_store::{Access, Remembered, WriteSet};
use crate::space::SpaceId;

use super::{Command, Conditions, Executed, Store, Unit};

/// The events of an append, placed, and its answer.
struct Placed {
    events: Vec<Event>,
    keys: Vec<(String, Remembered)>,
    keys_expire_before: Option<Timestamp>,
    done: Executed,
}

impl Store {
    /// Appends events to a space without a command, all or none. They get the time of the store's clock and, if they
    /// have none, one new correlation id for all of them from its source of ids.
    ///
    /// The space's projection applies them before its next read or command. To write both at once, use
    /// [`ContentStore::commit`](super::ContentStore::commit).
    ///
    /// ```
    /// use ramax::{Conditions, Expected, Json, NewEvent, Store};
    /// # fn main() -> ramax::Result<()> {
    /// let store = Store::memory();
    /// let space = store.events().create_space("notes", None, store.clock().now())?;
    /// let first = Conditions { expected: Expected::Empty, ..Conditions::default() };
    /// let note = NewEvent::new("n1", "note.taken", Json::of(&"hi".into()));
    /// let appended = store.append(space.space_id, &first, &[note])?;
    /// let event = store.events().event(appended.event_ids[0])?;
    /// assert!(event.is_some_and(|event| event.correlation_id.is_some()));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`CommandError::InvalidField`](crate::CommandError::InvalidField); [`StoreError::Conflict`];
    /// [`StoreError::InvalidEvent`]; the errors of [`EventLog::begin`](crate::event_store::EventLog::begin).
    pub fn append(
        &self,
        space_id: SpaceId,
        conditions: &Conditions,
        events: &[NewEvent],
    ) -> Result<Executed> {
        let mut shares_commit = true;
        loop {
            let unit = self.begin(space_id, Access::Open)?;
            let committed = match self.place(&unit, conditions, events) {
                Ok(placed) => commit(unit, &placed, shares_commit)?.then_some(placed.done),
                Err(error) if !unit.lost_its_basis() => return Err(error),
                Err(_) => None,
            };
            match committed {
                Some(done) => return Ok(done),
                // A thread that shared the commit failed.
                None => shares_commit = false,
            }
        }
    }

    fn place(&self, unit: &Unit<'_>, conditions: &Conditions, events: &[NewEvent]) -> Result<Placed> {
        let command = Command::default();
        let of = (self, unit.space_id());
        if let Some(done) = conditions.first_answer(&command, of, &[])? {
            return Ok(Placed { events: Vec::new(), keys: Vec::new(), keys_expire_before: None, done });
        }
        let mut tail = unit.tail();
        conditions.check(of, &tail.head, &[])?;
        let mut events = events.to_vec();
        conditions.complete(&mut events, || self.ids().new_id());
        events.iter_mut().try_for_each(NewEvent::check).map_err(StoreError::from)?;
        let now = self.clock().now();
        let events: Vec<Event> = events.into_iter().map(|new| tail.place(of.1, new, now)).collect();
        let done = Executed::new(events.iter().map(|event| event.event_id).collect(), &tail.head, now);
        let keys = conditions.remember(&command, &done, now).into_iter().collect();
        Ok(Placed { events, keys, keys_expire_before: Some(self.keys_expire_before(now)), done })
    }
}

/// Commits an append. Returns false if nothing was written, because a thread that shared the commit failed.
fn commit(unit: Unit<'_>, placed: &Placed, shares_commit: bool) -> Result<bool> {
    let Placed { events, keys, keys_expire_before, .. } = placed;
    let writes = WriteSet { events, keys, keys_expire_before: *keys_expire_before, ..WriteSet::default() };
    match shares_commit {
        true => unit.commit_with_others(&writes).map(|committed| committed.is_some()),
        false => unit.commit(&writes).map(|_| true),
    }
}

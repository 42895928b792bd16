//! The surroundings in which a command is decided: the state, the time, new ids and the space.

use std::any::Any;
use std::cell::{Cell, RefCell};

use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::clock::{Clock, IdSource, Timestamp};
use crate::error::CommandError;
use crate::pstate::STATE;
use crate::space::{Head, Space};

use super::super::Store;
use super::super::fold::ProjectionFold;
use super::super::state::{State, StateError};
use super::App;

/// The surroundings in which a command is decided. Time and ids come from the store, so that a test can fix both with
/// [`Store::with_origin`](crate::Store::with_origin).
#[derive(Clone, Copy)]
pub struct Context<'a> {
    app: &'a dyn App,
    space: &'a Space,
    state: &'a State<'a>,
    others: &'a [ProjectionFold<'a>],
    origin: Origin<'a>,
}

/// The source of a command's time and ids.
#[derive(Clone, Copy)]
pub(in crate::content_store) struct Origin<'a> {
    clock: &'a dyn Clock,
    ids: &'a dyn IdSource,
    /// The time of the space's last event.
    last: Option<Timestamp>,
    draws: &'a Draws,
}

impl<'a> Origin<'a> {
    /// Returns the origin of a command on a space whose log ends at `head`.
    pub(in crate::content_store) fn of(store: &'a Store, head: &Head, draws: &'a Draws) -> Self {
        Self { clock: store.clock(), ids: store.ids(), last: head.last_timestamp, draws }
    }
}

impl<'a> Context<'a> {
    pub(in crate::content_store) fn new(
        app: &'a dyn App,
        space: &'a Space,
        state: &'a State<'a>,
        others: &'a [ProjectionFold<'a>],
        origin: Origin<'a>,
    ) -> Self {
        Self { app, space, state, others, origin }
    }

    /// Returns the state: the projection [`STATE`](crate::pstate::STATE), with the effect of all events so far.
    pub fn state(&self) -> &'a State<'a> {
        self.state
    }

    /// Returns another inline projection of the app, with the effect of all events so far. Async ones cannot be read here.
    ///
    /// # Errors
    /// [`CommandError::UnknownProjection`] if the app declares no inline projection of this name.
    pub fn projection(&self, name: &str) -> Result<&'a State<'a>, CommandError> {
        if name == STATE {
            return Ok(self.state);
        }
        let found = self.others.iter().find(|other| other.name() == name);
        found.map(|other| &other.state).ok_or_else(|| CommandError::UnknownProjection {
            app: format!("{}, for use in a command,", self.app.name()),
            projection: name.to_owned(),
            known: std::iter::once(STATE).chain(self.others.iter().map(ProjectionFold::name)).collect(),
        })
    }

    /// Returns the value of a key of the state.
    ///
    /// # Errors
    /// As [`State::get`].
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StateError> {
        self.state.get(key)
    }

    /// Returns true if the key of the state has a value.
    ///
    /// # Errors
    /// As [`State::contains`].
    pub fn contains(&self, key: &str) -> Result<bool, StateError> {
        self.state.contains(key)
    }

    /// Returns the time of the command, which its events get. It never decreases within a space.
    pub fn now(&self) -> Timestamp {
        let now = self.origin.draws.now(self.origin.clock);
        self.origin.last.map_or(now, |last| last.max(now))
    }

    /// Returns a new id. If a unit of work has to run again, it gets the same ids again; a preview gets others.
    pub fn new_id(&self) -> Uuid {
        self.origin.draws.id(self.origin.ids)
    }

    /// Returns the space.
    pub fn space(&self) -> &'a Space {
        self.space
    }

    /// Returns the app, if it is of this type.
    pub fn app<A: App>(&self) -> Option<&'a A> {
        let app: &dyn Any = self.app;
        app.downcast_ref()
    }
}

/// The time and ids that a command has drawn. A unit of work that runs again draws the same ones, so that what a closure
/// remembers of them is what is committed.
#[derive(Debug, Default)]
pub(in crate::content_store) struct Draws {
    time: Cell<Option<Timestamp>>,
    ids: RefCell<Vec<Uuid>>,
    /// The number of ids drawn since the last rewind.
    drawn: Cell<usize>,
}

impl Draws {
    /// Begins another run of the command.
    pub(in crate::content_store) fn rewind(&self) {
        self.drawn.set(0);
    }

    /// Returns the time at which the command first asked.
    pub(in crate::content_store) fn now(&self, clock: &dyn Clock) -> Timestamp {
        let now = self.time.get().unwrap_or_else(|| clock.now());
        self.time.set(Some(now));
        now
    }

    /// Returns the next id.
    pub(in crate::content_store) fn id(&self, source: &dyn IdSource) -> Uuid {
        let index = self.drawn.replace(self.drawn.get() + 1);
        let mut ids = self.ids.borrow_mut();
        if let Some(id) = ids.get(index) {
            return *id;
        }
        let id = source.new_id();
        ids.push(id);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{CountingIds, SteppingClock};

    #[test]
    fn a_command_that_runs_again_draws_the_same_time_and_ids() {
        let (clock, ids, draws) =
            (SteppingClock::new(Timestamp(5), 10), CountingIds::default(), Draws::default());
        let first = (draws.now(&clock), draws.id(&ids), draws.id(&ids));
        draws.rewind();
        assert_eq!((draws.now(&clock), draws.id(&ids), draws.id(&ids)), first);
        assert_ne!(first.1, first.2);
        let (other, third) = (Draws::default(), draws.id(&ids));
        assert!(![first.1, first.2].contains(&third) && other.id(&ids) != third);
        assert_eq!(other.now(&clock), Timestamp(15));
    }
}

//! Commands: validate → append → apply → checkpoint, as one unit of work.

use tracing::{debug, debug_span, info};

use crate::clock::Timestamp;
use crate::error::{CommandError, Error, Result, StoreError};
use crate::event::{CorrelationId, Event, EventId, NewEvent, SpaceSequence};
use crate::event_store::{Expected, Remembered, Tail};
use crate::nesting;
use crate::pstate::Changes;
use crate::space::Checkpoint;

use super::app::{Command, DecideError, Decision, check_command};
use super::catch_up::STEP;
use super::{ContentStore, State, StateError, fold};

/// A command with the conditions of its execution.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// The command.
    pub command: Command,
    /// The expected end of the space's log.
    pub expected: Expected,
    /// The correlation that the events belong to. If absent, they get a new one.
    pub correlation_id: Option<CorrelationId>,
    /// The event that caused the command.
    pub causation_id: Option<EventId>,
    /// The idempotency key. Sent again under the same key, the command changes nothing and returns the first answer.
    pub idempotency_key: Option<String>,
}

impl From<Command> for Request {
    fn from(command: Command) -> Self {
        Self { command, ..Self::default() }
    }
}

/// The result of an executed command.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Executed {
    /// The appended events, in order.
    pub event_ids: Vec<EventId>,
    /// The space's last sequence after them.
    pub space_sequence: SpaceSequence,
    /// True if this is the first answer of a command executed before under its idempotency key.
    #[serde(skip)]
    pub repeated: bool,
    /// The time of the last event if it is ahead of the clock. An earlier event of the space has a time in the future,
    /// and times in a space never decrease.
    #[serde(skip)]
    pub ahead_of_clock: Option<Timestamp>,
}

/// The projection changes of a unit of work, written after the events if the projection has its own file.
type Pending = (SpaceSequence, Changes, Checkpoint);

impl ContentStore {
    /// Executes a command. Its events, their effect on the projection and the checkpoint are stored atomically,
    /// serialised against every other writer of the space.
    ///
    /// # Errors
    /// [`CommandError`]; [`StoreError::Conflict`]; [`StoreError::Busy`]; [`StoreError::NestedCommand`] within another
    /// command; the errors of [`ContentStore::catch_up`].
    pub fn execute(&self, request: impl Into<Request>) -> Result<Executed> {
        let mut outcomes = self.execute_batch(std::slice::from_ref(&request.into()))?;
        outcomes.pop().unwrap_or_else(|| Ok(Executed::nothing()))
    }

    /// Executes several commands in one commit. Each sees the effects of those before it. A rejected command has no
    /// effect and does not affect the others.
    ///
    /// # Errors
    /// As [`ContentStore::catch_up`]. None of the commands then has an effect.
    pub fn execute_batch(&self, requests: &[Request]) -> Result<Vec<Result<Executed>>> {
        let _span =
            debug_span!("execute", space = self.space.space_name, commands = requests.len()).entered();
        let outcomes =
            self.unit(|session| requests.iter().map(|request| session.execute(request)).collect())?;
        for (request, outcome) in requests.iter().zip(&outcomes) {
            match outcome {
                Ok(done) => {
                    debug!(command = request.command.name, sequence = done.space_sequence.0, "executed")
                }
                Err(error) => info!(command = request.command.name, kind = error.kind(), %error, "refused"),
            }
        }
        Ok(outcomes)
    }

    /// Appends the events that `decide` returns, like a declared command.
    ///
    /// `decide` only reads. Any write within it, in any space and through any handle, is refused with
    /// [`StoreError::NestedCommand`] and changes nothing. If `decide` returns that error, this command fails with it; if
    /// `decide` ignores it, the events that it returns are appended. The same applies to the `decide` of a declared
    /// command and to [`App::apply`](super::App::apply).
    ///
    /// ```
    /// # use ramax::{ContentStore, Json, NewEvent, Store, apps::Crm};
    /// # fn main() -> ramax::Result<()> {
    /// # let crm = ContentStore::open(&Store::memory(), "crm_acme", std::sync::Arc::new(Crm))?;
    /// let done = crm.commit(|_state| Ok(vec![NewEvent::new("c1", "note.taken", Json::of(&"hi".into()))]))?;
    /// assert_eq!(done.event_ids.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`ContentStore::execute`].
    pub fn commit(&self, mut decide: impl FnMut(&State<'_>) -> Decision) -> Result<Executed> {
        let conditions = Request::default();
        let outcomes = self.unit(|session| Ok(vec![session.attempt(&conditions, &mut decide)?]))?;
        outcomes.into_iter().next().unwrap_or_else(|| Ok(Executed::nothing()))
    }

    fn unit<'a>(
        &'a self,
        mut work: impl FnMut(&mut Session<'a>) -> Result<Vec<Result<Executed>>>,
    ) -> Result<Vec<Result<Executed>>> {
        nesting::check()?;
        loop {
            let mut done = None;
            self.store.events().unit(self.space_id(), &mut || {
                if let Some(mut session) = Session::begin(self)? {
                    let outcomes = work(&mut session)?;
                    done = Some((outcomes, session.finish()?));
                }
                Ok(())
            })?;
            let Some((outcomes, pending)) = done else {
                self.refresh()?;
                continue;
            };
            if let Some((from, changes, to)) = pending {
                // The events are committed, so the command has succeeded. If this write fails, the projection lags
                // and catches up before the next read or command. Another process may already have caught it up.
                let _ = self.store.events().unit(self.space_id(), &mut || {
                    self.head()?;
                    self.store.pstate().advance(self.space_id(), from, &changes, to)
                });
            }
            return Ok(outcomes);
        }
    }
}

impl Executed {
    fn nothing() -> Self {
        Self {
            event_ids: Vec::new(),
            space_sequence: SpaceSequence::START,
            repeated: false,
            ahead_of_clock: None,
        }
    }
}

/// A unit of work in progress: the state after the commands so far, and their numbered events, which are appended
/// together at the end.
struct Session<'a> {
    content: &'a ContentStore,
    state: State<'a>,
    tail: Tail,
    checkpoint: Checkpoint,
    events: Vec<Event>,
}

impl<'a> Session<'a> {
    /// Begins a session, or returns `None` if the projection lags so far behind that catching up here would make other
    /// writers wait.
    fn begin(content: &'a ContentStore) -> Result<Option<Self>> {
        let tail = content.tail()?;
        let (mut checkpoint, mut source) = content.store.pstate().begin(content.space_id())?;
        if content.lag_between(&tail.head, &checkpoint)? > STEP as u64 {
            return Ok(None);
        }
        while checkpoint.sequence < tail.head.last_sequence {
            content.apply_tail(&tail.head)?;
            (checkpoint, source) = content.store.pstate().begin(content.space_id())?;
        }
        let state = State::new(content.app().schema(), source);
        Ok(Some(Self { content, state, tail, checkpoint, events: Vec::new() }))
    }

    fn execute(&mut self, request: &Request) -> Result<Result<Executed>> {
        match self.content.first_answer(request) {
            Ok(None) => {}
            Ok(Some(first)) => return Ok(Ok(first)),
            Err(Error::Command(error)) => return Ok(Err(error.into())),
            Err(error) => return Err(error),
        }
        let (spec, arguments) = match check_command(self.content.app(), &request.command) {
            Ok(checked) => checked,
            Err(error) => return Ok(Err(error.into())),
        };
        self.attempt(request, &mut |state| (spec.decide)(state, &arguments))
    }

    /// Attempts a command. The inner error rejects this command, before it wrote anything, and the unit of work
    /// continues; the outer error ends the unit of work.
    fn attempt(
        &mut self,
        request: &Request,
        decide: &mut dyn FnMut(&State<'_>) -> Decision,
    ) -> Result<Result<Executed>> {
        match self.commit(request, decide) {
            Err(
                error @ (Error::Command(_)
                | Error::Store(StoreError::Conflict { .. } | StoreError::InvalidEvent(_))),
            ) => Ok(Err(error)),
            Err(error) => Err(error),
            Ok(executed) => Ok(Ok(executed)),
        }
    }

    fn commit(
        &mut self,
        request: &Request,
        decide: &mut dyn FnMut(&State<'_>) -> Decision,
    ) -> Result<Executed> {
        request.expected.check(&self.tail.head)?;
        self.check_cause(request.causation_id)?;
        let mut events = nesting::application_code(|| decide(&self.state)).map_err(decide_error)?;
        events.iter_mut().try_for_each(NewEvent::check).map_err(StoreError::from)?;
        self.relate(&mut events, request);
        let is_kept = !events.is_empty() || request.idempotency_key.is_some();
        let now = if is_kept { self.content.store.clock().now() } else { Timestamp::default() };
        let event_ids = self.place(events, now)?;
        let space_sequence = self.tail.head.last_sequence;
        if let Some(key) = &request.idempotency_key {
            let remembered = Remembered {
                request: request.command.digest(),
                event_ids: event_ids.clone(),
                space_sequence,
                stored_at: Some(now),
            };
            self.content.store.events().remember(self.content.space_id(), key, &remembered)?;
        }
        let last = self.tail.head.last_timestamp.filter(|_| !event_ids.is_empty());
        let ahead_of_clock = last.filter(|last| last.is_ahead_of(now));
        Ok(Executed { event_ids, space_sequence, repeated: false, ahead_of_clock })
    }

    fn check_cause(&self, causation_id: Option<EventId>) -> Result<()> {
        let Some(event_id) = causation_id else { return Ok(()) };
        if self.events.iter().any(|event| event.event_id == event_id) {
            return Ok(());
        }
        self.content.check_cause(event_id)
    }

    /// Gives all events of a command one correlation id, and the cause of the request.
    fn relate(&self, events: &mut [NewEvent], request: &Request) {
        if events.is_empty() {
            return;
        }
        let correlation_id =
            request.correlation_id.unwrap_or_else(|| self.content.store.ids().correlation_id());
        for event in events {
            event.correlation_id.get_or_insert(correlation_id);
            event.causation_id = event.causation_id.or(request.causation_id);
        }
    }

    /// Numbers and applies the events of a command.
    fn place(&mut self, events: Vec<NewEvent>, now: Timestamp) -> Result<Vec<EventId>> {
        let content = self.content;
        let place = |new| {
            let event = self.tail.place(content.space_id(), new, now);
            fold::apply(content.app(), &mut self.state, &event)?;
            let event_id = event.event_id;
            self.events.push(event);
            Ok(event_id)
        };
        events.into_iter().map(place).collect()
    }

    /// Appends the events and writes the projection. If the projection has its own file, returns its changes, to be
    /// written once the events are committed.
    fn finish(mut self) -> Result<Option<Pending>> {
        if self.events.is_empty() {
            return Ok(None);
        }
        let Self { content, checkpoint, tail: Tail { head, .. }, .. } = self;
        content.store.events().append_placed(content.space_id(), &self.events)?;
        let changes = self.state.drain_changes();
        let to = Checkpoint {
            sequence: head.last_sequence,
            event_id: head.last_event_id,
            updated_at: head.last_timestamp,
            entities: checkpoint.entities,
        };
        if !content.store.is_shared() {
            return Ok(Some((checkpoint.sequence, changes, to)));
        }
        content.store.pstate().advance(content.space_id(), checkpoint.sequence, &changes, to)?;
        Ok(None)
    }
}

pub(super) fn decide_error(error: DecideError) -> Error {
    match error {
        DecideError::Rejected(rejection) => CommandError::from(rejection).into(),
        DecideError::State(StateError::Storage(error)) => *error,
        DecideError::State(StateError::Unreadable { key, reason }) => {
            CommandError::UnreadableState { key, reason }.into()
        }
        DecideError::State(StateError::Inapplicable(reason)) => {
            CommandError::UnreadableState { key: "?".to_owned(), reason }.into()
        }
    }
}

//! Commands: validate → append → apply → checkpoint, as one unit of work.

use tracing::{debug, debug_span, info};

use crate::clock::Timestamp;
use crate::error::{CommandError, Error, Result, StoreError};
use crate::event::{Event, EventId, NewEvent, SpaceSequence};
use crate::event_store::{Access, Committed, Lookups, ProjectionWrite, Remembered, Tail, WriteSet, nesting};
use crate::pstate::Changes;
use crate::space::Head;

use super::app::{
    App, Arguments, Command, CommandSpec, Context, DecideError, Decision, Draws, Origin, check_command,
};
use super::catch_up::STEP;
use super::fold::ProjectionFold;
use super::subscription_effect::SubscriptionWrites;
use super::upcasting::stamp;
use super::{Conditions, ContentStore, DeclaredProjection, StateError, Unit, UnitGroup, fold};

/// A command with its conditions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// The command.
    pub command: Command,
    /// Its conditions.
    pub conditions: Conditions,
}

impl From<Command> for Request {
    fn from(command: Command) -> Self {
        Self { command, ..Self::default() }
    }
}

/// The result of a command or another write.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Executed {
    /// The appended events, in order.
    pub event_ids: Vec<EventId>,
    /// The space's last sequence after them.
    pub space_sequence: SpaceSequence,
    /// True if this is the first answer of a write that was done before under its idempotency key.
    #[serde(skip)]
    pub repeated: bool,
    /// The time of the last event if it is ahead of the clock. An earlier event of the space has a time in the future,
    /// and times in a space never decrease.
    #[serde(skip)]
    pub ahead_of_clock: Option<Timestamp>,
}

impl ContentStore {
    /// Executes a command. Its events, their effect on the inline projections and the checkpoints are stored atomically,
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
        let draws: Vec<Draws> = requests.iter().map(|_| Draws::default()).collect();
        let keys = || self.lookups(requests);
        let outcomes = self.run_with(&keys, |session| session.execute_all(requests, &draws))?;
        log(requests, &outcomes);
        Ok(outcomes)
    }

    /// Like [`ContentStore::execute_batch`], as a part of a group.
    pub(crate) fn execute_in(
        &self,
        group: &UnitGroup<'_>,
        requests: &[Request],
    ) -> Result<Vec<Result<Executed>>> {
        let unit = self.begin_in(group)?;
        let draws: Vec<Draws> = requests.iter().map(|_| Draws::default()).collect();
        let mut outcomes = Vec::new();
        if let Some(mut session) = Session::begin(self, unit.tail(), usize::MAX)? {
            outcomes = session.execute_all(requests, &draws)?;
            session.commit(unit, Sharing::Alone)?;
        }
        log(requests, &outcomes);
        Ok(outcomes)
    }

    /// Appends the events that `decide` returns, like a declared command.
    ///
    /// `decide` only reads. Any write within it, in any space and through any handle, is refused with
    /// [`StoreError::NestedCommand`] and changes nothing. If `decide` returns that error, this command fails with it; if
    /// `decide` ignores it, the events that it returns are appended. The same applies to the `decide` of a declared
    /// command and to [`App::apply`].
    ///
    /// ```
    /// # use ramax::{ContentStore, Json, NewEvent, Store, apps::Crm};
    /// # fn main() -> ramax::Result<()> {
    /// # let crm = ContentStore::open(&Store::memory(), "crm_acme", std::sync::Arc::new(Crm))?;
    /// let done = crm.commit(|context| {
    ///     let id = context.new_id().to_string();
    ///     Ok(vec![NewEvent::new(id, "note.taken", Json::of(&"hi".into()))])
    /// })?;
    /// assert_eq!(done.event_ids.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`ContentStore::execute`].
    pub fn commit(&self, decide: impl FnMut(&Context<'_>) -> Decision) -> Result<Executed> {
        self.commit_if(&Conditions::default(), decide)
    }

    /// As [`ContentStore::commit`], with conditions. `decide` is called only if they are met. Under an idempotency key, a
    /// closure is not compared with the one that was called first.
    ///
    /// # Errors
    /// As [`ContentStore::execute`].
    pub fn commit_if(
        &self,
        conditions: &Conditions,
        mut decide: impl FnMut(&Context<'_>) -> Decision,
    ) -> Result<Executed> {
        let (command, draws) = (Command::default(), Draws::default());
        self.run(|session| {
            session.unless_answered(&command, conditions, |session| {
                session.attempt((&command, conditions), &draws, &mut decide)
            })
        })?
    }

    /// Returns the fold of a projection up to the end of the log, within a unit of work. Returns `None` if more than `most`
    /// events are to be applied.
    fn current<'a>(
        &'a self,
        projection: &'a DeclaredProjection,
        tail: &Tail,
        most: usize,
    ) -> Result<Option<ProjectionFold<'a>>> {
        let mut fold = ProjectionFold::begin(self, projection)?;
        let lag = self.lag_between(projection, &tail.head, &fold.from)?;
        if lag > most as u64 {
            return Ok(None);
        }
        if lag > 0 {
            self.replay_into(&mut fold, most)?;
            fold::ends(self.space_id(), fold.at.sequence, tail.head.last_sequence)?;
        }
        Ok(Some(fold))
    }

    /// Returns the keys of the state that commands look up according to the app. A panic of the app counts as none: deciding
    /// reports it.
    fn lookups(&self, requests: &[Request]) -> Vec<String> {
        let keys = |request: &Request| {
            nesting::tried_application_code(|| self.app().lookups(&request.command)).unwrap_or_default()
        };
        requests.iter().flat_map(keys).collect()
    }

    /// Runs `work` in a unit of work and commits it together with those of other threads. If one of them fails, `work` runs
    /// again and is committed at once, without waiting for more of them.
    pub(super) fn run<'a, T>(&'a self, work: impl FnMut(&mut Session<'a>) -> Result<T>) -> Result<T> {
        self.run_with(&Vec::new, work)
    }

    /// Like [`ContentStore::run`], with the keys of the state that `work` looks up.
    fn run_with<'a, T>(
        &'a self,
        keys: &dyn Fn() -> Vec<String>,
        mut work: impl FnMut(&mut Session<'a>) -> Result<T>,
    ) -> Result<T> {
        nesting::check()?;
        let lookups = Lookups { projection: self.state_projection().name(), keys };
        let mut sharing = Sharing::Shared;
        loop {
            let unit = self.named(match sharing {
                Sharing::Shared => self.store.begin_with_others(self.space_id(), Access::Open, &lookups),
                Sharing::Alone => self.store.begin(self.space_id(), Access::Open),
            })?;
            let tail = unit.tail();
            let worked = self
                .check_app(&tail.head, tail.revision)
                .and_then(|()| Session::begin(self, tail, STEP))
                .and_then(|session| {
                    let Some(mut session) = session else { return Ok(None) };
                    let outcome = work(&mut session)?;
                    Ok(Some((session, outcome)))
                });
            let committed = match worked {
                Ok(Some((session, outcome))) => {
                    session.commit(unit, sharing)?.map(|committed| (outcome, committed))
                }
                Ok(None) => {
                    // Catching up here would make other writers wait.
                    drop(unit);
                    self.refresh_inline()?;
                    continue;
                }
                Err(error) => match unit.lost_its_basis() {
                    true => None,
                    false => return Err(error),
                },
            };
            match committed {
                None => sharing = Sharing::Alone,
                Some((outcome, committed)) => {
                    if committed.lags {
                        // The commands have succeeded. If this fails, the next read or command catches up.
                        let _ = self.refresh_inline();
                    }
                    return Ok(outcome);
                }
            }
        }
    }
}

/// The commit of a session.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    /// With the threads that are waiting, if there are any.
    Shared,
    Alone,
}

fn log(requests: &[Request], outcomes: &[Result<Executed>]) {
    for (request, outcome) in requests.iter().zip(outcomes) {
        match outcome {
            Ok(done) => debug!(command = request.command.name, sequence = done.space_sequence.0, "executed"),
            Err(error) => info!(command = request.command.name, kind = error.kind(), %error, "refused"),
        }
    }
}

impl Executed {
    /// Creates the answer to a write of these events, which end at this head.
    pub(super) fn new(event_ids: Vec<EventId>, head: &Head, now: Timestamp) -> Self {
        let last = head.last_timestamp.filter(|_| !event_ids.is_empty());
        let ahead_of_clock = last.filter(|last| last.is_ahead_of(now));
        Self { event_ids, space_sequence: head.last_sequence, repeated: false, ahead_of_clock }
    }

    fn nothing() -> Self {
        Self {
            event_ids: Vec::new(),
            space_sequence: SpaceSequence::START,
            repeated: false,
            ahead_of_clock: None,
        }
    }
}

/// The commands of a unit of work: the states after those so far, and all that they write.
pub(super) struct Session<'a> {
    content: &'a ContentStore,
    /// The projection that commands read.
    state: ProjectionFold<'a>,
    /// The other inline projections.
    others: Vec<ProjectionFold<'a>>,
    tail: Tail,
    events: Vec<Event>,
    keys: Vec<(String, Remembered)>,
    /// The subscription whose effect the commands are.
    pub(super) subscription: SubscriptionWrites<'a>,
}

impl<'a> Session<'a> {
    /// Begins with the stored inline projections and the effect of the events after their checkpoints. Returns `None` if
    /// there are more of these events than `most`.
    fn begin(content: &'a ContentStore, tail: Tail, most: usize) -> Result<Option<Self>> {
        let current = |projection| content.current(projection, &tail, most);
        let Some(state) = current(content.state_projection())? else { return Ok(None) };
        let others: Option<Vec<ProjectionFold<'_>>> =
            content.other_inline().map(current).collect::<Result<_>>()?;
        let (events, keys, subscription) = (Vec::new(), Vec::new(), SubscriptionWrites::default());
        let session = |others| Self { content, state, others, tail, events, keys, subscription };
        Ok(others.map(session))
    }

    fn execute_all(&mut self, requests: &[Request], draws: &[Draws]) -> Result<Vec<Result<Executed>>> {
        requests.iter().zip(draws).map(|(request, draws)| self.execute(request, draws)).collect()
    }

    pub(super) fn execute(&mut self, request: &Request, draws: &Draws) -> Result<Result<Executed>> {
        let Request { command, conditions } = request;
        self.unless_answered(command, conditions, |session| {
            let (spec, arguments) = match check_command(session.content.app(), command) {
                Ok(checked) => checked,
                Err(error) => return Ok(Err(error.into())),
            };
            let app = session.content.app();
            let decide = &mut |context: &Context<'_>| decide_tried(app, spec, (context, &arguments));
            let outcome = session.attempt((command, conditions), draws, decide)?;
            Ok(outcome.map_err(|error| arguments.masked_error(error)))
        })
    }

    /// Returns the first answer of a command that was executed before under its idempotency key, or else executes it.
    fn unless_answered(
        &mut self,
        command: &Command,
        conditions: &Conditions,
        execute: impl FnOnce(&mut Self) -> Result<Result<Executed>>,
    ) -> Result<Result<Executed>> {
        match conditions.first_answer(command, self.content.place(), &self.keys) {
            Ok(None) => execute(self),
            Ok(Some(first)) => Ok(Ok(first)),
            Err(Error::Command(error)) => Ok(Err(error.into())),
            Err(error) => Err(error),
        }
    }

    /// Attempts a command. The inner error rejects this command, before it wrote anything, and the unit of work
    /// continues; the outer error ends the unit of work.
    pub(super) fn attempt(
        &mut self,
        request: (&Command, &Conditions),
        draws: &Draws,
        decide: &mut dyn FnMut(&Context<'_>) -> Decision,
    ) -> Result<Result<Executed>> {
        match self.decide(request, draws, decide) {
            Err(
                error @ (Error::Command(_)
                | Error::Store(StoreError::Conflict { .. } | StoreError::InvalidEvent(_))),
            ) => Ok(Err(error)),
            Err(error) => Err(error),
            Ok(executed) => Ok(Ok(executed)),
        }
    }

    fn decide(
        &mut self,
        (command, conditions): (&Command, &Conditions),
        draws: &Draws,
        decide: &mut dyn FnMut(&Context<'_>) -> Decision,
    ) -> Result<Executed> {
        conditions.check(self.content.place(), &self.tail.head, &self.events)?;
        draws.rewind();
        let store = &self.content.store;
        let origin = Origin::of(store, &self.tail.head, draws);
        let context =
            Context::new(self.content.app(), self.content.space(), &self.state.state, &self.others, origin);
        let mut events = nesting::application_code(|| decide(&context)).map_err(decide_error)?;
        conditions.complete(&mut events, || draws.id(store.ids()));
        stamp(self.content.app().upcasters(), &mut events);
        events.iter_mut().try_for_each(NewEvent::check).map_err(StoreError::from)?;
        let is_kept = !events.is_empty() || conditions.idempotency_key.is_some();
        let now = if is_kept { draws.now(store.clock()) } else { Timestamp::default() };
        let done = Executed::new(self.place(events, now)?, &self.tail.head, now);
        self.keys.extend(conditions.remember(command, &done, now));
        Ok(done)
    }

    /// Numbers and applies the events of a command.
    fn place(&mut self, events: Vec<NewEvent>, now: Timestamp) -> Result<Vec<EventId>> {
        let content = self.content;
        let place = |new| {
            let event = self.tail.place(content.space_id(), new, now);
            self.state.take_new(content, &event)?;
            self.others.iter_mut().try_for_each(|other| other.take_new(content, &event))?;
            let event_id = event.event_id;
            self.events.push(event);
            Ok(event_id)
        };
        events.into_iter().map(place).collect()
    }

    /// Returns the time before which idempotency keys have expired, if any are stored.
    fn keys_expire_before(&self) -> Option<Timestamp> {
        let now = self.keys.last()?.1.stored_at?;
        Some(self.content.store.keys_expire_before(now))
    }

    /// Commits what the commands write. Returns `None` if nothing was committed because a thread that shared the commit
    /// failed.
    fn commit(mut self, unit: Unit<'_>, sharing: Sharing) -> Result<Option<Committed>> {
        let changes = self.state.state.drain_changes();
        let others: Vec<Changes> = self.others.iter_mut().map(|other| other.state.drain_changes()).collect();
        let state = [self.state.write(&changes)];
        let all: Vec<ProjectionWrite<'_>>;
        let projections: &[ProjectionWrite<'_>] = if self.events.is_empty() {
            &[]
        } else if self.others.is_empty() {
            &state
        } else {
            let others = self.others.iter().zip(&others).map(|(other, changes)| other.write(changes));
            all = state.into_iter().chain(others).collect();
            &all
        };
        let writes = WriteSet {
            events: &self.events,
            keys: &self.keys,
            keys_expire_before: self.keys_expire_before(),
            projections,
            progress: self.subscription.progress,
            effect: self.subscription.effect,
            ..WriteSet::default()
        };
        match sharing {
            Sharing::Shared => unit.commit_with_others(&writes),
            Sharing::Alone => unit.commit(&writes).map(Some),
        }
    }
}

/// Lets a declared command decide. A panic of the app is an error of this command, like any other.
pub(super) fn decide_tried(
    app: &dyn App,
    spec: &CommandSpec,
    (context, arguments): (&Context<'_>, &Arguments<'_>),
) -> Decision {
    nesting::tried_application_code(|| spec.decide(context, arguments)).unwrap_or_else(|reason| {
        Err(CommandError::Panicked { app: app.name().to_owned(), command: spec.name, reason }.into())
    })
}

pub(super) fn decide_error(error: DecideError) -> Error {
    match error {
        DecideError::Rejected(rejection) => CommandError::from(rejection).into(),
        DecideError::Command(error) => error.into(),
        DecideError::Event(error) => StoreError::from(error).into(),
        DecideError::State(StateError::Storage(error)) => *error,
        DecideError::State(StateError::Unreadable { key, reason }) => {
            CommandError::UnreadableState { key, reason }.into()
        }
        DecideError::State(StateError::Inapplicable(reason)) => {
            CommandError::UnreadableState { key: "?".to_owned(), reason }.into()
        }
    }
}

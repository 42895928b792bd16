//! The declaration of a subscription.

use std::time::Duration;

use crate::error::SubscriptionError;
use crate::id::{SpaceId, SpaceSequence};
use crate::query::Query;

use super::{Retry, check_name};

/// A durable consumer, as a program declares it. Name, scope, query, start and [`OnError`] are stored; the rest applies to
/// the process that runs it.
///
/// ```
/// use ramax::subscriptions::{OnError, Retry, Start, Subscription};
/// # fn main() -> ramax::Result<()> {
/// let emails = Subscription::all_spaces("emails")
///     .matching("type:contact.added".parse()?)
///     .starting(Start::Now)
///     .on_error(OnError::Park)
///     .retrying(Retry::default());
/// assert_eq!(emails.name(), "emails");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    name: String,
    scope: SubscriptionScope,
    query: Query,
    start: Start,
    on_error: OnError,
    retry: Retry,
    lease_time: Duration,
    checkpoint_every: u64,
}

/// The spaces whose events a subscription receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubscriptionScope {
    /// One space.
    Space(SpaceId),
    /// All spaces, including those that are created later.
    AllSpaces,
}

/// The first event that a new subscription receives. A space that is created later is delivered from its first event, and
/// an imported one from the first event after the import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Start {
    /// The first event of each space.
    #[default]
    Beginning,
    /// The first event that is appended after the registration.
    Now,
    /// The first event after this sequence, which must exist. Only for a subscription of one space.
    After(SpaceSequence),
}

/// The action after an event has failed as often as [`Retry`] allows. It is parked with its error in both cases, until
/// an operator retries or skips it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnError {
    /// The subscription continues with the next event of the space.
    #[default]
    Park,
    /// The space stops at the event, so that its order is kept. Other spaces continue.
    Stop,
}

impl Subscription {
    /// Declares a subscription of all spaces, from the beginning.
    pub fn all_spaces(name: impl Into<String>) -> Self {
        Self::new(name.into(), SubscriptionScope::AllSpaces)
    }

    /// Declares a subscription of one space, from the beginning.
    pub fn of_space(name: impl Into<String>, space_id: SpaceId) -> Self {
        Self::new(name.into(), SubscriptionScope::Space(space_id))
    }

    fn new(name: String, scope: SubscriptionScope) -> Self {
        Self {
            name,
            scope,
            query: Query::default(),
            start: Start::default(),
            on_error: OnError::default(),
            retry: Retry::default(),
            lease_time: Duration::from_secs(30),
            checkpoint_every: 1,
        }
    }

    /// Delivers only events that match the query. Times in it that are relative count from the start of the process.
    pub fn matching(mut self, query: Query) -> Self {
        self.query = query;
        self
    }

    /// Sets the first event to deliver. Ignored if the subscription exists.
    pub fn starting(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// Sets the action after the last attempt.
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.on_error = on_error;
        self
    }

    /// Sets how often and when an event is tried again.
    pub fn retrying(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Sets how long a process may be silent before another one takes over: longer than a handler ever takes. By default
    /// 30 seconds. A process of this machine that has ended is replaced at once.
    pub fn leased_for(mut self, time: Duration) -> Self {
        self.lease_time = time;
        self
    }

    /// Checkpoints after this many events instead of after each. After a crash, up to that many are delivered again.
    /// Effects in the store always commit together with the checkpoint.
    pub fn checkpoint_every(mut self, events: u64) -> Self {
        self.checkpoint_every = events.max(1);
        self
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the scope.
    pub fn scope(&self) -> SubscriptionScope {
        self.scope
    }

    /// Returns the query.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Returns the start.
    pub fn start(&self) -> Start {
        self.start
    }

    /// Returns the action after the last attempt.
    pub fn action_on_error(&self) -> OnError {
        self.on_error
    }

    /// Returns how often and when an event is tried again.
    pub fn retry(&self) -> Retry {
        self.retry
    }

    /// Returns how long a process may be silent.
    pub fn lease_time(&self) -> Duration {
        self.lease_time
    }

    /// Returns the number of events between two checkpoints.
    pub fn checkpoint_interval(&self) -> u64 {
        self.checkpoint_every
    }

    /// Checks the declaration.
    ///
    /// # Errors
    /// [`SubscriptionError::InvalidName`]; [`SubscriptionError::InvalidStart`].
    pub fn check(&self) -> Result<(), SubscriptionError> {
        check_name(&self.name)?;
        match (self.start, self.scope) {
            (Start::After(_), SubscriptionScope::AllSpaces) => Err(SubscriptionError::InvalidStart {
                reason: "a sequence needs a subscription of one space".to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

impl Start {
    /// Returns the text that [`Start::parse`] reads: `beginning`, `now` or a sequence.
    pub fn text(self) -> String {
        match self {
            Self::Beginning => "beginning".to_owned(),
            Self::Now => "now".to_owned(),
            Self::After(sequence) => sequence.to_string(),
        }
    }

    /// Parses a start.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "beginning" => Some(Self::Beginning),
            "now" => Some(Self::Now),
            sequence => sequence.parse().ok().map(|sequence| Self::After(SpaceSequence(sequence))),
        }
    }
}

impl OnError {
    /// Returns the name: `park` or `stop`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Park => "park",
            Self::Stop => "stop",
        }
    }

    /// Returns the action with this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Park, Self::Stop].into_iter().find(|action| action.name() == name)
    }
}

impl SubscriptionScope {
    /// Returns the one space, or `None` for all spaces.
    pub fn space_id(self) -> Option<SpaceId> {
        match self {
            Self::Space(space_id) => Some(space_id),
            Self::AllSpaces => None,
        }
    }

    /// Returns the scope of one space or, with `None`, of all.
    pub fn of(space_id: Option<SpaceId>) -> Self {
        space_id.map_or(Self::AllSpaces, Self::Space)
    }
}

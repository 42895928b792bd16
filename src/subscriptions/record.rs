//! The state of subscriptions, as stored.

use std::fmt;

use serde::Serialize;

use crate::id::{SpaceId, SpaceSequence};
use crate::timestamp::Timestamp;

use super::{Epoch, LeaseHolder, OnError, Start, SubscriptionScope};

/// The id of a subscription. Ids rise and are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct SubscriptionId(pub u64);

impl fmt::Display for SubscriptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text that takes the place of an error that may have quoted an erased value.
pub(crate) const FORGOTTEN_ERROR: &str = "erased with personal data of the space";

/// A registered subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionRecord {
    /// Its id.
    pub subscription_id: SubscriptionId,
    /// Its name.
    pub name: String,
    /// The spaces whose events it receives.
    pub scope: SubscriptionScope,
    /// The query that the events match. Empty for all events.
    pub query: String,
    /// Its start when it was registered.
    pub start: Start,
    /// The action after the last attempt.
    pub on_error: OnError,
    /// The time of its registration.
    pub created_at: Timestamp,
    /// True in a copy of the store, until the subscription is resumed or reset there: the original may have delivered the
    /// same events.
    pub suspended: bool,
    /// A number that changes with every operation on it.
    pub revision: u64,
    /// The number of the last lease.
    pub epoch: Epoch,
    /// The holder of the lease. `None` if it was released.
    pub holder: Option<LeaseHolder>,
    /// The deliveries so far.
    pub activity: Activity,
}

/// The deliveries of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Activity {
    /// The number of events delivered since the registration.
    pub delivered: u64,
    /// The minute of the last delivery, counted like its timestamp.
    pub minute: i64,
    /// The events delivered in that minute.
    pub in_minute: u64,
    /// The events delivered in the minute before.
    pub in_minute_before: u64,
}

/// Milliseconds of a minute.
const MINUTE: i64 = 60_000;

impl Activity {
    /// Counts deliveries.
    pub fn count(&mut self, now: Timestamp, events: u64) {
        if events == 0 {
            return;
        }
        let minute = now.0.div_euclid(MINUTE);
        if minute != self.minute {
            self.in_minute_before = if minute == self.minute + 1 { self.in_minute } else { 0 };
            (self.minute, self.in_minute) = (minute, 0);
        }
        self.in_minute += events;
        self.delivered += events;
    }

    /// Estimates the number of events delivered in the last 60 seconds: those of the current minute, and the share of
    /// the previous one.
    ///
    /// ```
    /// use ramax::{Timestamp, subscriptions::Activity};
    /// let mut activity = Activity::default();
    /// activity.count(Timestamp(60_000), 120);
    /// assert_eq!(activity.per_minute(Timestamp(90_000)), 120);
    /// assert_eq!(activity.per_minute(Timestamp(150_000)), 60);
    /// assert_eq!(activity.per_minute(Timestamp(300_000)), 0);
    /// ```
    pub fn per_minute(&self, now: Timestamp) -> u64 {
        let share = |events: u64| {
            let left = MINUTE - now.0.rem_euclid(MINUTE);
            (u128::from(events) * u128::from(left.unsigned_abs()) / u128::from(MINUTE.unsigned_abs())) as u64
        };
        match now.0.div_euclid(MINUTE) - self.minute {
            0 => self.in_minute + share(self.in_minute_before),
            1 => share(self.in_minute),
            _ => 0,
        }
    }
}

/// The position of a subscription in a space.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubscriptionPosition {
    /// The last event that was delivered or does not match.
    pub sequence: SpaceSequence,
    /// How often the next matching event has failed.
    pub failures: u32,
    /// The error of the last failure.
    pub error: Option<String>,
    /// The time of the last step. `None` if there was none yet.
    pub updated_at: Option<Timestamp>,
}

/// A space of a subscription, with its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpacePosition {
    /// The space.
    pub space_id: SpaceId,
    /// The space's name.
    pub space_name: String,
    /// The space's last sequence.
    pub last_sequence: SpaceSequence,
    /// The position.
    pub position: SubscriptionPosition,
}

impl SpacePosition {
    /// Returns the number of events after the position. Some of them may not match the query.
    pub fn lag(&self) -> u64 {
        self.last_sequence.0.saturating_sub(self.position.sequence.0)
    }

    /// Returns true if the position is beyond the last event, so that nothing is delivered there.
    pub fn is_ahead(&self) -> bool {
        self.position.sequence > self.last_sequence
    }
}

/// The distance of a subscription to the ends of its spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Lag {
    /// The number of spaces.
    pub spaces: u64,
    /// The number of spaces with events after the position.
    pub lagging_spaces: u64,
    /// The number of these events. Some of them may not match the query.
    pub lag: u64,
    /// The number of spaces whose position is beyond their last event.
    pub spaces_ahead: u64,
    /// The number of spaces whose next event has failed.
    pub failing_spaces: u64,
    /// The number of parked events.
    pub parked: u64,
    /// The time of the last attempt in any of these spaces, or of the last step past events that do not match. `None` if
    /// there was none since the registration or the last reset.
    pub last_attempt_at: Option<Timestamp>,
}

/// An event that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parked {
    /// The space of the event.
    pub space_id: SpaceId,
    /// The event's sequence.
    pub space_sequence: SpaceSequence,
    /// The number of failed attempts.
    pub attempts: u32,
    /// The error of the last attempt.
    pub error: String,
    /// The time of the last attempt.
    pub parked_at: Timestamp,
    /// True if it will be tried once more.
    pub retry: bool,
}

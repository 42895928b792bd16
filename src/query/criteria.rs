//! A query together with the time now: what an event is held against.

use std::cell::OnceCell;

use super::condition::{Condition, Term};
use super::interval::Interval;
use super::pattern::Pattern;
use super::payload;
use crate::event::Event;
use crate::text::find;
use crate::timestamp::Timestamp;

/// What an event has to meet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Criteria {
    terms: Vec<Term>,
    now: Timestamp,
}

impl Criteria {
    /// The words in the order in which they are tried: those that need the payload read come last.
    pub(super) fn new(mut terms: Vec<Term>, now: Timestamp) -> Self {
        terms.sort_by_key(|term| term.condition.cost());
        Self { terms, now }
    }

    /// Whether every event meets them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether all that is asked holds of an event.
    ///
    /// ```
    /// use ramax::{Event, EventId, Json, NewEvent, Query, SpaceId, SpaceSequence, Timestamp};
    /// # fn main() -> ramax::Result<()> {
    /// let new = NewEvent::new("c1", "contact.added", Json::of(&serde_json::json!({"email": "ada@acme.com"})));
    /// let event = Event::appended(new, EventId(7), SpaceId(1), SpaceSequence(3), Timestamp(0));
    /// let query: Query = "type:contact.* payload.email~ACME -entity:c2".parse()?;
    /// assert!(query.resolve(Timestamp(0)).matches(&event));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        let parsed = OnceCell::new();
        self.terms.iter().all(|term| {
            let holds = match &term.condition {
                Condition::Payload(path, test) => payload::holds(path, test, &event.payload, &parsed),
                other => self.holds(other, event),
            };
            holds != term.negated
        })
    }

    fn holds(&self, condition: &Condition, event: &Event) -> bool {
        match condition {
            Condition::Type(pattern) => pattern.matches(&event.event_type),
            Condition::Entity(pattern) => pattern.matches(&event.entity_id),
            Condition::After(moment) => event.timestamp >= moment.resolve(self.now),
            Condition::Before(moment) => event.timestamp < moment.resolve(self.now),
            Condition::Sequence(interval) => interval.contains(event.space_sequence.0),
            Condition::Id(interval) => interval.contains(event.event_id.0),
            Condition::Correlation(id) => event.correlation_id == Some(*id),
            Condition::Causation(interval) => event.causation_id.is_some_and(|id| interval.contains(id.0)),
            Condition::Payload(..) => false,
            Condition::Text(text) => [&*event.event_type, &event.entity_id, event.payload.as_str()]
                .iter()
                .any(|within| find(within, text, 0).is_some()),
        }
    }

    /// The entity that all that match are about, if it is named.
    #[must_use]
    pub fn entity(&self) -> Option<&str> {
        self.required().find_map(|condition| match condition {
            Condition::Entity(Pattern::Exact(entity)) => Some(entity.as_str()),
            _ => None,
        })
    }

    /// The sequences that those that match can have.
    #[must_use]
    pub fn sequences(&self) -> Interval {
        self.required().fold(Interval::ALL, |all, condition| match condition {
            Condition::Sequence(interval) => all.and(*interval),
            _ => all,
        })
    }

    /// The event ids that those that match can have.
    #[must_use]
    pub fn ids(&self) -> Interval {
        self.required().fold(Interval::ALL, |all, condition| match condition {
            Condition::Id(interval) => all.and(*interval),
            _ => all,
        })
    }

    /// The time at or after which all that match happened.
    #[must_use]
    pub fn after(&self) -> Option<Timestamp> {
        let bounds = self.terms.iter().filter_map(|term| match (&term.condition, term.negated) {
            (Condition::After(moment), false) | (Condition::Before(moment), true) => Some(moment),
            _ => None,
        });
        bounds.map(|moment| moment.resolve(self.now)).max()
    }

    /// The time before which all that match happened.
    #[must_use]
    pub fn before(&self) -> Option<Timestamp> {
        let bounds = self.terms.iter().filter_map(|term| match (&term.condition, term.negated) {
            (Condition::Before(moment), false) | (Condition::After(moment), true) => Some(moment),
            _ => None,
        });
        bounds.map(|moment| moment.resolve(self.now)).min()
    }

    fn required(&self) -> impl Iterator<Item = &Condition> {
        self.terms.iter().filter(|term| !term.negated).map(|term| &term.condition)
    }
}

impl Condition {
    /// What it takes to find out, from a number compared to a document parsed.
    fn cost(&self) -> u8 {
        match self {
            Self::Sequence(_) | Self::Id(_) | Self::After(_) | Self::Before(_) => 0,
            Self::Correlation(_) | Self::Causation(_) => 0,
            Self::Type(_) | Self::Entity(_) => 1,
            Self::Text(_) => 2,
            Self::Payload(..) => 3,
        }
    }
}

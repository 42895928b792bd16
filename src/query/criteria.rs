//! A query resolved at the current time, ready to be matched against events.

use std::collections::BTreeSet;

use super::condition::{Condition, Term};
use super::document::{self, Test};
use super::interval::Interval;
use super::moment::Moment;
use super::pattern::Pattern;
use crate::event::Event;
use crate::json::contains_between;
use crate::text::{find, without_pause};
use crate::timestamp::Timestamp;

/// The conditions that an event must meet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Criteria {
    terms: Vec<Term>,
}

impl Criteria {
    /// Sorts the words by cost, so that those that read a document are checked last.
    pub(super) fn new(mut terms: Vec<Term>, now: Timestamp) -> Self {
        for term in &mut terms {
            if let Condition::After(moment) | Condition::Before(moment) = &mut term.condition {
                *moment = Moment::At(moment.resolve(now));
            }
        }
        terms.sort_by_key(|term| term.condition.cost());
        Self { terms }
    }

    /// Returns true if every event meets them.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Returns true if the event meets all conditions.
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
    pub fn matches(&self, event: &Event) -> bool {
        self.matches_either(event, event)
    }

    /// Returns true if an event meets all conditions, given its stored and its current form. A type or a text may be in
    /// either.
    pub fn matches_either(&self, stored: &Event, current: &Event) -> bool {
        without_pause(|pause| self.matches_between(stored, current, pause))
    }

    /// As [`Criteria::matches_either`], but calls `pause` between the pieces of a large document.
    ///
    /// # Errors
    /// The error of `pause`.
    pub fn matches_between<E>(
        &self,
        stored: &Event,
        current: &Event,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<bool, E> {
        for term in &self.terms {
            if holds(&term.condition, stored, current, pause)? == term.negated {
                return Ok(false);
            }
        }
        self.reads_only_json(stored, current, pause)
    }

    /// Returns false if a condition reads values in a document that is not JSON. Such a document matches neither the
    /// condition nor its negation.
    fn reads_only_json<E>(
        &self,
        stored: &Event,
        current: &Event,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<bool, E> {
        for term in &self.terms {
            let Condition::Value(document, path, test) = &term.condition else { continue };
            if path.is_empty() && matches!(test, Test::Contains(_)) {
                continue;
            }
            if let Some(json) = document.of(stored, current)
                && json.fault_between(pause)?.is_some()
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns the entities that all matches belong to, if the query names them.
    pub fn entities(&self) -> Option<BTreeSet<&str>> {
        self.required().find_map(|condition| {
            let Condition::Entity(patterns) = condition else { return None };
            let exact = patterns.iter().map(|pattern| match pattern {
                Pattern::Exact(entity) => Some(entity.as_str()),
                Pattern::Parts(_) => None,
            });
            exact.collect()
        })
    }

    /// Returns the range of sequences of possible matches.
    pub fn sequences(&self) -> Interval {
        self.required().fold(Interval::ALL, |all, condition| match condition {
            Condition::Sequence(interval) => all.and(*interval),
            _ => all,
        })
    }

    /// Returns the range of event ids of possible matches.
    pub fn ids(&self) -> Interval {
        self.required().fold(Interval::ALL, |all, condition| match condition {
            Condition::Id(interval) => all.and(*interval),
            _ => all,
        })
    }

    /// Returns the time at or after which all matches were appended.
    pub fn after(&self) -> Option<Timestamp> {
        let bounds = self.terms.iter().filter_map(|term| match (&term.condition, term.negated) {
            (Condition::After(moment), false) | (Condition::Before(moment), true) => Some(moment),
            _ => None,
        });
        bounds.map(time).max()
    }

    /// Returns the time before which all matches were appended.
    pub fn before(&self) -> Option<Timestamp> {
        let bounds = self.terms.iter().filter_map(|term| match (&term.condition, term.negated) {
            (Condition::Before(moment), false) | (Condition::After(moment), true) => Some(moment),
            _ => None,
        });
        bounds.map(time).min()
    }

    fn required(&self) -> impl Iterator<Item = &Condition> {
        self.terms.iter().filter(|term| !term.negated).map(|term| &term.condition)
    }
}

fn holds<E>(
    condition: &Condition,
    stored: &Event,
    current: &Event,
    pause: &mut dyn FnMut() -> Result<(), E>,
) -> Result<bool, E> {
    let event = stored;
    Ok(match condition {
        Condition::Type(patterns) => patterns
            .iter()
            .any(|pattern| pattern.matches(&stored.event_type) || pattern.matches(&current.event_type)),
        Condition::Entity(patterns) => patterns.iter().any(|pattern| pattern.matches(&event.entity_id)),
        Condition::After(moment) => event.timestamp >= time(moment),
        Condition::Before(moment) => event.timestamp < time(moment),
        Condition::Sequence(interval) => interval.contains(event.space_sequence.0),
        Condition::Id(interval) => interval.contains(event.event_id.0),
        Condition::Correlation(prefixes) => {
            event.correlation_id.is_some_and(|id| prefixes.iter().any(|prefix| prefix.matches(id)))
        }
        Condition::Causation(interval) => event.causation_id.is_some_and(|id| interval.contains(id.0)),
        Condition::Value(document, path, test) => {
            let Some(json) = document.of(stored, current) else { return Ok(false) };
            document::holds(path, test, json.as_str(), pause)?
        }
        Condition::Text(text) => {
            has_text(stored, text, pause)?
                || (!std::ptr::eq(stored, current) && has_text(current, text, pause)?)
        }
    })
}

fn has_text<E>(event: &Event, text: &str, pause: &mut dyn FnMut() -> Result<(), E>) -> Result<bool, E> {
    let is_in_name = find(&event.event_type, text, 0).or_else(|| find(&event.entity_id, text, 0)).is_some();
    Ok(is_in_name || contains_between(event.payload.as_str(), text, pause)?)
}

/// Returns the point in time of a resolved moment.
fn time(moment: &Moment) -> Timestamp {
    moment.resolve(Timestamp::default())
}

impl Condition {
    /// Returns the relative cost of checking, from comparing a number to parsing a document.
    fn cost(&self) -> u8 {
        match self {
            Self::Sequence(_) | Self::Id(_) | Self::After(_) | Self::Before(_) => 0,
            Self::Correlation(_) | Self::Causation(_) => 0,
            Self::Type(_) | Self::Entity(_) => 1,
            Self::Text(_) => 2,
            Self::Value(..) => 3,
        }
    }
}

//! The query language, and searching with it on every kind of store.

mod completion;
mod language;
mod list_exports;
mod parsing;
mod search;
mod stopping;
mod text;
mod trace;

use ramax::{Event, EventId, Json, NewEvent, Query, SpaceId, SpaceSequence, Timestamp};
use serde_json::{Value, json};

use crate::support::START;

fn event(payload: &Value) -> Event {
    let mut new = NewEvent::new("c17", "contact.updated", Json::of(payload));
    new.causation_id = Some(EventId(801));
    new.correlation_id = Some("67e55044-10b1-426f-9247-bb680e5fe0c8".parse().unwrap());
    Event::appended(new, EventId(809), SpaceId(1), SpaceSequence(150), START)
}

/// Returns a time two hours after the event.
fn now() -> Timestamp {
    Timestamp(START.0 + 7_200_000)
}

fn matches(query: &str, payload: &Value) -> bool {
    query
        .parse::<Query>()
        .unwrap_or_else(|error| panic!("{query}: {error}"))
        .resolve(now())
        .matches(&event(payload))
}

/// Returns true if a query matches an event with this payload text.
fn matches_text(query: &str, payload: &str) -> bool {
    let mut event = event(&json!({}));
    event.payload = Json::from_stored(payload.to_owned());
    query.parse::<Query>().unwrap().resolve(now()).matches(&event)
}

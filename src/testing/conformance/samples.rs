//! The data that the cases write.

use serde_json::Value;

use crate::event_store::{Access, Advance, MarkOwner, Remembered, RequestDigest, WriteSet};
use crate::{
    Append, Changes, Checkpoint, Command, Event, EventId, EventStore, Expected, Json, NewEvent, Operator,
    SpaceId, SpaceSequence, Store, Timestamp,
};

/// The start of the tests' clock: 2026-01-31T10:00:00Z.
pub const START: Timestamp = Timestamp(1_769_853_600_000);

/// Creates an event.
pub fn event(entity_id: &str, event_type: &str, payload: Value) -> NewEvent {
    NewEvent::new(entity_id, event_type, Json::of(&payload))
}

/// Creates events of three entities.
pub fn numbered(count: usize) -> Vec<NewEvent> {
    let payload = |n| serde_json::json!({ "n": n });
    (0..count).map(|n| event(&format!("e{}", n % 3), "thing.happened", payload(n))).collect()
}

/// Appends events at [`START`].
pub fn append(events: &dyn EventStore, space_id: SpaceId, new: &[NewEvent]) -> Vec<Event> {
    events.append(space_id, Append { expected: Expected::Any, now: START, events: new }).unwrap()
}

/// Creates the outcome of an idempotency key.
pub fn remembered(event_ids: &[u64], last: u64) -> Remembered {
    Remembered {
        request: RequestDigest::Sha256([0xff; 32]),
        stored_at: Some(START),
        event_ids: event_ids.iter().copied().map(EventId).collect(),
        space_sequence: SpaceSequence(last),
    }
}

/// Stores an idempotency key without a command.
pub fn remember(events: &dyn EventStore, space_id: SpaceId, key: &str, remembered: &Remembered) {
    let keys = [(key.to_owned(), remembered.clone())];
    let unit = events.begin(space_id, Access::Open).unwrap();
    unit.commit(&WriteSet { keys: &keys, ..WriteSet::default() }).unwrap();
}

/// Advances the projection `state` of a space, with its definition unchanged.
pub fn advance(
    store: &Store,
    space_id: SpaceId,
    from: SpaceSequence,
    changes: &Changes,
    to: Checkpoint,
) -> crate::Result<()> {
    let advance = Advance { from, changes, to, definition: None };
    store.pstate().advance(space_id.into(), &advance)
}

/// Creates a mark owner, identified by a number.
pub fn mark_owner(number: u128) -> MarkOwner {
    let ended = Operator { process: 0, ..Operator::default().in_this_process() };
    let operator = serde_json::to_string(&ended).unwrap_or_default();
    MarkOwner { token: uuid::Uuid::from_u128(number), operator, since: START }
}

/// Creates a command of the app `crm`.
pub fn add_contact(id: &str) -> Command {
    Command::new("add-contact")
        .with("contact_id", id)
        .with("name", format!("Name of {id}"))
        .with("email", format!("{id}@acme.example"))
}

/// Creates a command of the app `crm`.
pub fn rename_contact(id: &str, name: &str) -> Command {
    Command::new("update-contact").with("contact_id", id).with("name", name)
}

/// Creates a command of the app `cms`.
pub fn publish(id: &str, title: &str) -> Command {
    Command::new("publish-article").with("article_id", id).with("title", title).with("content", "Text")
}

/// Creates a command of the app `cms`.
pub fn unpublish(id: &str) -> Command {
    Command::new("unpublish-article").with("article_id", id)
}

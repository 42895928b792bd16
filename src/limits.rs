//! The sizes that whatever is written keeps to, be it appended, sent in a batch, typed into a form or imported. What
//! an earlier version stored beyond them is read, listed and exported all the same.

use crate::id::EventId;

/// The most bytes that an event's payload may have: 16 MiB.
pub const LONGEST_PAYLOAD: usize = 16 << 20;

/// The most characters that the id of an entity may have.
pub const LONGEST_ENTITY_ID: usize = 1000;

/// The most characters that the type of an event may have.
pub const LONGEST_EVENT_TYPE: usize = 200;

/// The most characters that an idempotency key may have.
pub const LONGEST_IDEMPOTENCY_KEY: usize = 1000;

/// The most bytes that a space's metadata may have: 1 MiB.
pub const LONGEST_METADATA: usize = 1 << 20;

/// The most bytes that a line of a batch or of a file to be imported may have. The largest payload fits in, even
/// where each of its bytes has to be escaped.
pub const LONGEST_LINE: usize = 6 * LONGEST_PAYLOAD + (1 << 20);

/// The last event id that is given: every program that reads JSON tells it from its neighbours.
pub const LAST_EVENT_ID: EventId = EventId((1 << 53) - 1);

/// The last event id that an import keeps. An event with a higher one gets the next that is free, so that no file
/// that is imported uses up the ids: as many are left as were ever given.
pub const LAST_KEPT_EVENT_ID: EventId = EventId(1 << 52);

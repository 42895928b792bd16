//! Size limits for everything that is written: by commands, batches, forms and imports. Larger data that an earlier
//! version stored can still be read, listed and exported.

use std::time::Duration;

use crate::id::EventId;

/// The maximum size of an event's payload in bytes: 16 MiB.
pub const LONGEST_PAYLOAD: usize = 16 << 20;

/// The maximum length of an entity id in characters.
pub const LONGEST_ENTITY_ID: usize = 1000;

/// The maximum length of an event type in characters.
pub const LONGEST_EVENT_TYPE: usize = 200;

/// The maximum length of an idempotency key in characters.
pub const LONGEST_IDEMPOTENCY_KEY: usize = 1000;

/// How long an idempotency key is kept, unless the store is set otherwise: 30 days.
pub const KEY_RETENTION: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The maximum size of the metadata of a space or an event in bytes: 1 MiB.
pub const LONGEST_METADATA: usize = 1 << 20;

/// The maximum size of a line of a batch or an import file in bytes. It holds the largest payload with the largest
/// metadata even if every byte is escaped.
pub const LONGEST_LINE: usize = 6 * (LONGEST_PAYLOAD + LONGEST_METADATA) + (1 << 20);

/// The largest event id. JSON readers that use floating-point numbers still represent it exactly.
pub const LAST_EVENT_ID: EventId = EventId((1 << 53) - 1);

/// The largest event id that an import keeps. An event with a larger id gets the next free one, so that no imported
/// file can exhaust the ids: at least half of them stay free.
pub const LAST_KEPT_EVENT_ID: EventId = EventId(1 << 52);

//! Rows of `event_log`, as events.

use std::sync::Arc;

use postgres::Row;

use crate::engines::postgres::database::decoded;
use crate::event::Event;
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::json::Json;
use crate::timestamp::Timestamp;

/// The columns that [`event`] reads.
pub(super) const COLUMNS: &str =
    "space_id, space_sequence, event_id, timestamp, checksum, causation_id, correlation_id,
    event_type, entity_id, payload, meta, commit_order";

/// Returns the commit order of a row of [`COLUMNS`].
pub(super) fn commit_order(row: &Row) -> u64 {
    number(row.get(11))
}

/// Returns the event of a row of [`COLUMNS`].
pub(super) fn event(row: &Row) -> Event {
    let mut event = Event {
        space_id: space_id(row.get(0)),
        space_sequence: SpaceSequence(number(row.get(1))),
        event_id: EventId(number(row.get(2))),
        timestamp: Timestamp(row.get(3)),
        causation_id: row.get::<_, Option<i64>>(5).map(|id| EventId(number(id))),
        correlation_id: row.get(6),
        event_type: Arc::from(decoded(row.get(7))),
        entity_id: decoded(row.get(8)),
        payload: Json::from_stored(row.get(9)),
        metadata: row.get::<_, Option<String>>(10).map(Json::from_stored),
        intact: false,
    };
    event.intact = i64::from(event.checksum()) == row.get::<_, i64>(4);
    event
}

/// Returns a number of a column, which is never negative.
pub(in crate::engines::postgres) fn number(column: i64) -> u64 {
    u64::try_from(column).unwrap_or_default()
}

/// Returns a number as a column. One out of range becomes the highest possible one.
pub(in crate::engines::postgres) fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Returns a space id as a column.
pub(in crate::engines::postgres) fn of_space(space_id: SpaceId) -> i64 {
    i64::from(space_id.0)
}

/// Returns the space id of a column.
pub(in crate::engines::postgres) fn space_id(column: i64) -> SpaceId {
    SpaceId(u32::try_from(column).unwrap_or(u32::MAX))
}

//! The ids of events.

use crate::engines::postgres::database::{Reserved, Result, Session};
use crate::error::StoreError;
use crate::event::EventId;

use super::row::number;

/// The ids that a handle reserves at a time.
pub(in crate::engines::postgres) const RESERVED: i64 = 4096;

/// The last id that was ever used: of an event, or of one that a delete removed.
pub(super) fn last(session: &mut Session) -> Result<EventId> {
    let last = self::selected(session);
    Ok(EventId(number(session.one(&format!("SELECT {last}"), &[])?.get(0))))
}

/// Returns the expression that selects the same.
pub(super) fn selected(session: &Session) -> &'static str {
    if session.is_sharded() { LAST_OF_SHARDS } else { LAST }
}

const LAST_OF_SHARDS: &str =
    "greatest((SELECT deleted_event_id FROM store), (SELECT max(last_event_id) FROM space_ends), 0)";

const LAST: &str = "greatest((SELECT deleted_event_id FROM store),
    (SELECT event_id FROM event_log ORDER BY event_id DESC LIMIT 1), 0)";

/// Keeps other units from reserving ids until the transaction ends, so that ids of another store can be kept.
pub(in crate::engines::postgres) fn hold(session: &mut Session) -> Result<()> {
    session.run("SELECT pg_advisory_xact_lock(hashtext('ramax ids'), hashtext(current_schema()))")
}

/// Extends a reservation up to an id beyond it.
///
/// # Errors
/// [`StoreError::Busy`] if another unit has reserved ids since.
pub(in crate::engines::postgres) fn extend(
    session: &mut Session,
    reserved: Reserved,
    last: i64,
) -> Result<Reserved> {
    hold(session)?;
    let sql = "SELECT setval('event_ids', $2) FROM event_ids WHERE last_value = $1";
    match session.find(sql, &[&reserved.last, &last])? {
        Some(_) => Ok(Reserved { last, used: reserved.used }),
        None => Err(StoreError::Busy { waited: std::time::Duration::ZERO }.into()),
    }
}

/// Extends a reservation up to an id beyond it, in a transaction of its own. Returns `None` if another handle has reserved
/// ids since.
pub(in crate::engines::postgres) fn extend_alone(
    session: &mut Session,
    reserved: Reserved,
    last: i64,
) -> Result<Option<Reserved>> {
    let row = session.one("SELECT extend_ids($1, $2)", &[&reserved.last, &last])?;
    Ok(row.get::<_, bool>(0).then_some(Reserved { last, used: reserved.used }))
}

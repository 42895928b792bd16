//! Replaces stored events by those without erased fields.

use crate::engines::postgres::database::{Result, Session};
use crate::engines::postgres::subscriptions;
use crate::error::StoreError;
use crate::event_store::{Redaction, check_events, check_known_as};
use crate::id::SpaceId;
use crate::json::Json;

use super::row::{column, number, of_space};
use super::{idempotency, spaces};

pub(in crate::engines::postgres) fn redact(
    session: &mut Session,
    space_id: SpaceId,
    redacted: &Redaction<'_>,
) -> Result<()> {
    check_events(redacted.events)?;
    for event in redacted.events {
        let meta = event.metadata.as_ref().map(Json::as_str);
        session.execute(
            "UPDATE space_sequences AS log SET payload_bytes = payload_bytes - octet_length(old.payload) + octet_length($4::text)
             FROM event_log AS old WHERE log.space_id = $1 AND old.space_id = $1 AND old.space_sequence = $2 AND old.event_id = $3",
            &[
                &of_space(space_id),
                &column(event.space_sequence.0),
                &column(event.event_id.0),
                &event.payload.as_str(),
            ],
        )?;
        let replaced = session.execute(
            "UPDATE event_log SET payload = $4, meta = $5, checksum = $6
             WHERE space_id = $1 AND space_sequence = $2 AND event_id = $3",
            &[
                &of_space(space_id),
                &column(event.space_sequence.0),
                &column(event.event_id.0),
                &event.payload.as_str(),
                &meta,
                &i64::from(event.checksum()),
            ],
        )?;
        if replaced == 0 {
            let detail = format!("event {} to be redacted is not in space {space_id}", event.event_id);
            return Err(StoreError::Corrupt { detail }.into());
        }
    }
    set(session, space_id, false)?;
    // The row is locked by now, so that no other transaction renames the space.
    let record = spaces::get(session, space_id)?.ok_or_else(|| StoreError::unknown_space(space_id))?;
    check_known_as(&record.space, redacted.known_as)?;
    idempotency::erase(session, space_id, redacted.keys)?;
    subscriptions::forget_errors(session, space_id)
}

/// Returns the number of redactions of a space, or of all spaces.
pub(super) fn count(session: &mut Session, space_id: Option<SpaceId>) -> Result<u64> {
    let sql = "SELECT coalesce(sum(redactions), 0)::bigint FROM space_sequences WHERE $1::bigint IS NULL OR space_id = $1";
    Ok(number(session.one(sql, &[&space_id.map(of_space)])?.get(0)))
}

/// Makes the number of redactions odd, or the next even one.
pub(super) fn set(session: &mut Session, space_id: SpaceId, is_redacting: bool) -> Result<()> {
    let next = if is_redacting { "redactions | 1" } else { "(redactions | 1) + 1" };
    let sql = format!("UPDATE space_sequences SET redactions = {next} WHERE space_id = $1");
    session.execute(&sql, &[&of_space(space_id)])?;
    Ok(())
}

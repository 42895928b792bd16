//! Idempotency keys and their recorded outcomes.

use postgres::Row;

use crate::engines::postgres::database::{Result, Session, decoded, encoded, limit};
use crate::error::StoreError;
use crate::event_store::{Page, Remembered, RequestDigest};
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::timestamp::Timestamp;

use super::read::towards;
use super::row::{column, number, of_space};

const COLUMNS: &str = "idempotency_key, request, digest, event_ids, space_sequence, stored_at";

/// The number of expired keys that a commit removes at most.
const REMOVED: i64 = 8;

/// Stores keys, and removes a few that were stored before `expire_before`.
pub(in crate::engines::postgres) fn remember(
    session: &mut Session,
    space_id: SpaceId,
    keys: &[(String, Remembered)],
    expire_before: Option<Timestamp>,
) -> Result<()> {
    for (key, remembered) in keys {
        let (request, digest) = columns(&remembered.request);
        let event_ids: Vec<i64> = remembered.event_ids.iter().map(|id| column(id.0)).collect();
        session.execute(
            &format!(
                "INSERT INTO idempotency_keys (space_id, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)"
            ),
            &[
                &of_space(space_id),
                &&*encoded(key),
                &request,
                &digest,
                &event_ids,
                &column(remembered.space_sequence.0),
                &remembered.stored_at.map(|time| time.0),
            ],
        )?;
    }
    let Some(before) = expire_before.filter(|_| !keys.is_empty()) else { return Ok(()) };
    session.execute(
        "DELETE FROM idempotency_keys WHERE space_id = $1 AND idempotency_key IN
           (SELECT idempotency_key FROM idempotency_keys WHERE space_id = $1 AND stored_at < $2
            ORDER BY stored_at LIMIT $3)",
        &[&of_space(space_id), &before.0, &REMOVED],
    )?;
    Ok(())
}

fn columns(request: &RequestDigest) -> (Option<i64>, Option<&[u8]>) {
    match request {
        RequestDigest::Crc32(crc) => (Some(i64::from(*crc)), None),
        RequestDigest::Sha256(digest) => (None, Some(digest.as_slice())),
    }
}

/// Replaces the digests of keys by [`RequestDigest::ERASED`].
pub(super) fn erase(session: &mut Session, space_id: SpaceId, keys: &[String]) -> Result<()> {
    let keys: Vec<String> = keys.iter().map(|key| encoded(key).into_owned()).collect();
    let (request, digest) = columns(&RequestDigest::ERASED);
    session.execute(
        "UPDATE idempotency_keys SET request = $3, digest = $4 WHERE space_id = $1 AND idempotency_key = ANY ($2)",
        &[&of_space(space_id), &keys, &request, &digest],
    )?;
    Ok(())
}

pub(super) fn remembered(session: &mut Session, space_id: SpaceId, key: &str) -> Result<Option<Remembered>> {
    let sql = format!("SELECT {COLUMNS} FROM idempotency_keys WHERE space_id = $1 AND idempotency_key = $2");
    let found = session.find(&sql, &[&of_space(space_id), &&*encoded(key)])?;
    Ok(found.as_ref().map(read).transpose()?.map(|(_, remembered)| remembered))
}

pub(super) fn page(
    session: &mut Session,
    space_id: SpaceId,
    page: &Page<String>,
) -> Result<Vec<(String, Remembered)>> {
    let (is_past, order, _) = towards(page.direction);
    let after = page.after.as_deref().map(|after| encoded(after).into_owned());
    let sql = format!(
        "SELECT {COLUMNS} FROM idempotency_keys WHERE space_id = $1 AND ($2::text IS NULL OR idempotency_key {is_past} $2)
         ORDER BY idempotency_key {order} LIMIT $3"
    );
    session.query(&sql, &[&of_space(space_id), &after, &limit(page.limit)])?.iter().map(read).collect()
}

/// Reads a row of [`COLUMNS`].
fn read(row: &Row) -> Result<(String, Remembered)> {
    let key = decoded(row.get(0));
    let digest = row.get::<_, Option<&[u8]>>(2).and_then(|digest| digest.try_into().ok());
    let request = match (digest, row.get::<_, Option<i64>>(1)) {
        (Some(digest), _) => RequestDigest::Sha256(digest),
        (None, Some(crc)) => RequestDigest::Crc32(u32::try_from(crc).unwrap_or_default()),
        (None, None) => {
            let detail = format!("idempotency key {key}: it has no digest of its command");
            return Err(StoreError::Corrupt { detail }.into());
        }
    };
    let event_ids = row.get::<_, Vec<i64>>(3).into_iter().map(|id| EventId(number(id))).collect();
    let space_sequence = SpaceSequence(number(row.get(4)));
    let stored_at = row.get::<_, Option<i64>>(5).map(Timestamp);
    Ok((key, Remembered { request, event_ids, space_sequence, stored_at }))
}

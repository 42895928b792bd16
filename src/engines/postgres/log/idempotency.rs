//! Idempotency keys and their recorded outcomes.

use std::borrow::Cow;

use postgres::Row;
use postgres::types::ToSql;

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
    if !keys.is_empty() {
        let columns = Columns::of(keys);
        let space = of_space(space_id);
        let first: [&(dyn ToSql + Sync); 1] = [&space];
        let all: Vec<_> = first.into_iter().chain(columns.parameters()).collect();
        if session.is_sharded() {
            session.one("SELECT remember_keys($1, $2, $3, $4, $5, $6, $7)", &all)?;
            return forget(session, space_id, expire_before);
        }
        session.execute(
            &format!(
                "INSERT INTO idempotency_keys (space_id, {COLUMNS})
                 SELECT $1, key, request, digest, event_ids::bigint[], space_sequence, stored_at
                 FROM unnest($2::text[], $3::bigint[], $4::bytea[], $5::text[], $6::bigint[], $7::bigint[])
                   AS new (key, request, digest, event_ids, space_sequence, stored_at)"
            ),
            &all,
        )?;
    }
    forget(session, space_id, expire_before.filter(|_| !keys.is_empty()))
}

/// Removes a few keys that were stored before a time.
fn forget(session: &mut Session, space_id: SpaceId, before: Option<Timestamp>) -> Result<()> {
    let Some(before) = before else { return Ok(()) };
    session.execute(
        "DELETE FROM idempotency_keys WHERE space_id = $1 AND ctid = ANY (ARRAY(
           SELECT ctid FROM idempotency_keys WHERE space_id = $1 AND stored_at < $2 ORDER BY stored_at LIMIT $3))",
        &[&of_space(space_id), &before.0, &REMOVED],
    )?;
    Ok(())
}

/// Keys as columns.
pub(in crate::engines::postgres) struct Columns<'a> {
    keys: Vec<Cow<'a, str>>,
    requests: Vec<Option<i64>>,
    digests: Vec<Option<&'a [u8]>>,
    /// Each a list of ids in the form of the server, since lists of lists have to be of one length.
    event_ids: Vec<String>,
    sequences: Vec<i64>,
    times: Vec<Option<i64>>,
}

impl<'a> Columns<'a> {
    pub(in crate::engines::postgres) fn of(keys: &'a [(String, Remembered)]) -> Self {
        let (requests, digests) = keys.iter().map(|(_, remembered)| columns(&remembered.request)).unzip();
        let ids = |(_, remembered): &(String, Remembered)| {
            let ids: Vec<String> = remembered.event_ids.iter().map(|id| id.0.to_string()).collect();
            format!("{{{}}}", ids.join(","))
        };
        Self {
            keys: keys.iter().map(|(key, _)| encoded(key)).collect(),
            requests,
            digests,
            event_ids: keys.iter().map(ids).collect(),
            sequences: keys.iter().map(|(_, remembered)| column(remembered.space_sequence.0)).collect(),
            times: keys.iter().map(|(_, remembered)| remembered.stored_at.map(|time| time.0)).collect(),
        }
    }

    /// Returns the columns from the key to the time.
    pub(in crate::engines::postgres) fn parameters(&self) -> [&(dyn ToSql + Sync); 6] {
        [&self.keys, &self.requests, &self.digests, &self.event_ids, &self.sequences, &self.times]
    }
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
        "UPDATE idempotency_keys AS keys SET request = $3, digest = $4 FROM unnest($2::text[]) AS erased (key)
         WHERE space_id = $1 AND left(idempotency_key, 600) = left(erased.key, 600) AND idempotency_key = erased.key",
        &[&of_space(space_id), &keys, &request, &digest],
    )?;
    Ok(())
}

pub(super) fn remembered(session: &mut Session, space_id: SpaceId, key: &str) -> Result<Option<Remembered>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM idempotency_keys WHERE space_id = $1 AND left(idempotency_key, 600) = left($2, 600) AND idempotency_key = $2"
    );
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
    let (space, most) = (of_space(space_id), limit(page.limit));
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&space, &most];
    let mut bound = String::new();
    if let Some(after) = &after {
        parameters.push(after);
        bound = format!(
            "AND left(idempotency_key, 600) {is_past}= left($3, 600) AND idempotency_key {is_past} $3"
        );
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM idempotency_keys WHERE space_id = $1 {bound}
         ORDER BY left(idempotency_key, 600) {order}, idempotency_key {order} LIMIT $2"
    );
    session.query(&sql, &parameters)?.iter().map(read).collect()
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

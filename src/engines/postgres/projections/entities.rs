//! The entries of one projection, live or not.

use postgres::Row;
use postgres::types::ToSql;

use crate::engines::postgres::database::{Result, Session, decoded, encoded, limit};
use crate::engines::postgres::log::row::of_space;
use crate::event_store::{Direction, PAGE_BYTES, Page};
use crate::id::SpaceId;
use crate::json::Json;
use crate::pstate::{Changes, Entry, ProjectionId, Write, end_of_prefix};
use crate::timestamp::Timestamp;

/// A projection of a space: the space and its number.
pub(super) type Place = (SpaceId, i64);

/// Reads an entry of a live projection, in one statement.
pub(super) fn get(session: &mut Session, id: ProjectionId<'_>, key: &str) -> Result<Option<Entry>> {
    let sql = "SELECT key, value, entities.updated_at FROM projection_checkpoints
         JOIN projection_entities AS entities USING (space_id, projection_id)
         WHERE space_id = $1 AND projection = $2 AND left(key, 600) = left($3, 600) AND key = $3";
    let found = session.find(sql, &[&of_space(id.space_id), &&*encoded(id.name), &&*encoded(key)])?;
    Ok(found.as_ref().map(entry))
}

/// Reads entries of one projection, in the order of `keys`.
pub(super) fn multi_get(session: &mut Session, at: Place, keys: &[&str]) -> Result<Vec<Option<Entry>>> {
    let encoded: Vec<_> = keys.iter().map(|key| encoded(key)).collect();
    let wanted: Vec<&str> = encoded.iter().map(|key| &**key).collect();
    let sql =
        "SELECT wanted.key, value, updated_at FROM unnest($3::text[]) WITH ORDINALITY AS wanted (key, place)
         LEFT JOIN projection_entities AS entities
           ON space_id = $1 AND projection_id = $2 AND left(entities.key, 600) = left(wanted.key, 600)
             AND entities.key = wanted.key
         ORDER BY place";
    let rows = session.query(sql, &[&of_space(at.0), &at.1, &wanted])?;
    Ok(rows.iter().map(|row| row.get::<_, Option<&str>>(1).map(|_| entry(row))).collect())
}

pub(super) fn scan(
    session: &mut Session,
    at: Place,
    prefix: &str,
    page: &Page<String>,
) -> Result<Vec<Entry>> {
    let prefix = encoded(prefix);
    let after = page.after.as_deref().map(|after| encoded(after).into_owned());
    let end = end_of_prefix(&prefix);
    let (past, order) = match page.direction {
        Direction::Forward => (">", "ASC"),
        Direction::Backward => ("<", "DESC"),
    };
    let sql = format!(
        "SELECT key, value, updated_at FROM (
           SELECT *, coalesce(sum(octet_length(value))
             OVER (ORDER BY left(key, 600) {order}, key {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS bytes_before
           FROM (SELECT * FROM projection_entities WHERE space_id = $1 AND projection_id = $2
               AND left(key, 600) >= left($3, 600) AND key >= $3
               AND ($4::text IS NULL OR (left(key, 600) <= left($4, 600) AND key < $4))
               AND ($5::text IS NULL OR (left(key, 600) {past}= left($5, 600) AND key {past} $5))
             ORDER BY left(key, 600) {order}, key {order} LIMIT $6) AS found) AS page
         WHERE bytes_before < {PAGE_BYTES} ORDER BY left(key, 600) {order}, key {order}"
    );
    let rows = session.query(&sql, &[&of_space(at.0), &at.1, &&*prefix, &end, &after, &limit(page.limit)])?;
    Ok(rows.iter().map(entry).collect())
}

/// Writes changes. Returns the change in the number of keys.
pub(super) fn write(session: &mut Session, at: Place, changes: &Changes) -> Result<i64> {
    if changes.is_empty() {
        return Ok(0);
    }
    let (mut keys, mut values, mut times, mut deleted) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (key, write) in changes.iter() {
        match write {
            Write::Put { value, updated_at } => {
                keys.push(encoded(key));
                values.push(encoded(value.as_str()));
                times.push(updated_at.0);
            }
            Write::Delete => deleted.push(encoded(key)),
        }
    }
    let parameters: [&(dyn ToSql + Sync); 6] = [&of_space(at.0), &at.1, &keys, &values, &times, &deleted];
    if session.is_sharded() {
        let row = session.one("SELECT write_entries($1, $2, $3, $4, $5, $6)", &parameters)?;
        return Ok(row.get(0));
    }
    // A row that was not there before has no earlier version.
    let sql = "WITH removed AS (
           DELETE FROM projection_entities AS entities USING unnest($6::text[]) AS old (key)
           WHERE space_id = $1 AND projection_id = $2 AND left(entities.key, 600) = left(old.key, 600)
             AND entities.key = old.key RETURNING 1),
         written AS (
           INSERT INTO projection_entities (space_id, projection_id, key, value, updated_at)
           SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::bigint[])
           ON CONFLICT (space_id, projection_id, left(key, 600), md5_of_rest(key))
             DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
           RETURNING (xmax = 0) AS is_new)
         SELECT (SELECT count(*) FROM written WHERE is_new) - (SELECT count(*) FROM removed)";
    Ok(session.one(sql, &parameters)?.get(0))
}

/// Deletes up to `most` entries. Returns their number.
pub(super) fn delete_some(session: &mut Session, at: Place, most: usize) -> Result<u64> {
    let sql = "DELETE FROM projection_entities WHERE space_id = $1 AND ctid = ANY (ARRAY(
         SELECT ctid FROM projection_entities WHERE space_id = $1 AND projection_id = $2 LIMIT $3))";
    session.execute(sql, &[&of_space(at.0), &at.1, &limit(most)])
}

fn entry(row: &Row) -> Entry {
    Entry {
        key: decoded(row.get(0)),
        value: Json::from_stored(decoded(row.get(1))),
        updated_at: Timestamp(row.get(2)),
    }
}

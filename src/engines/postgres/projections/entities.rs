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

/// Reads an entry of one projection.
pub(super) fn find(session: &mut Session, at: Place, key: &str) -> Result<Option<Entry>> {
    let sql = "SELECT key, value, updated_at FROM projection_entities
         WHERE space_id = $1 AND projection_id = $2 AND left(key, 600) = left($3, 600) AND key = $3";
    let found = session.find(sql, &[&of_space(at.0), &at.1, &&*encoded(key)])?;
    Ok(found.as_ref().map(entry))
}

/// The entries of the keys of an array in a space, by their place in it. The limit lets the server look each key up in the
/// index, even where it believes that the projection has few entries; for any number of keys it makes the same plan.
pub(in crate::engines::postgres) fn wanted(keys: &str, projection_id: &str) -> String {
    format!(
        "unnest((SELECT {keys}::text[])) WITH ORDINALITY AS wanted (key, place)
         LEFT JOIN LATERAL (SELECT value, updated_at FROM projection_entities
           WHERE space_id = $1 AND projection_id = {projection_id} AND left(key, 600) = left(wanted.key, 600)
             AND key = wanted.key
           LIMIT 1) AS entry ON true"
    )
}

/// Reads entries of one projection, in the order of `keys`.
pub(super) fn multi_get(session: &mut Session, at: Place, keys: &[&str]) -> Result<Vec<Option<Entry>>> {
    let encoded: Vec<_> = keys.iter().map(|key| encoded(key)).collect();
    let wanted: Vec<&str> = encoded.iter().map(|key| &**key).collect();
    let sql =
        format!("SELECT wanted.key, value, updated_at FROM {} ORDER BY place", self::wanted("$3", "$2"));
    let rows = session.query(&sql, &[&of_space(at.0), &at.1, &wanted])?;
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
    let (space, most) = (of_space(at.0), limit(page.limit));
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&space, &at.1, &most, &prefix];
    // Only the bounds that there are: a plan for any bounds would read all entries.
    let mut bounds = "left(key, 600) >= left($4, 600) AND key >= $4".to_owned();
    for (bound, is_past) in [(&end, "<"), (&after, past)] {
        let Some(bound) = bound else { continue };
        parameters.push(bound);
        let number = parameters.len();
        bounds.push_str(&format!(
            " AND left(key, 600) {is_past}= left(${number}, 600) AND key {is_past} ${number}"
        ));
    }
    let sql = format!(
        "SELECT key, value, updated_at FROM (
           SELECT *, coalesce(sum(octet_length(value))
             OVER (ORDER BY left(key, 600) {order}, key {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS bytes_before
           FROM (SELECT * FROM projection_entities WHERE space_id = $1 AND projection_id = $2 AND {bounds}
             ORDER BY left(key, 600) {order}, key {order} LIMIT $3) AS found) AS page
         WHERE bytes_before < {PAGE_BYTES} ORDER BY left(key, 600) {order}, key {order}"
    );
    Ok(session.query(&sql, &parameters)?.iter().map(entry).collect())
}

/// Removes the entries of the keys of an array. Each is looked up in the index, as by [`wanted`].
const REMOVE: &str = "DELETE FROM projection_entities WHERE ctid = ANY (ARRAY(
     SELECT entry.ctid FROM unnest((SELECT $3::text[])) AS old (key) CROSS JOIN LATERAL (
       SELECT ctid FROM projection_entities WHERE space_id = $1 AND projection_id = $2
         AND left(key, 600) = left(old.key, 600) AND key = old.key LIMIT 1) AS entry))";

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
    let put = "WITH written AS (
           INSERT INTO projection_entities (space_id, projection_id, key, value, updated_at)
           SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::bigint[])
           ON CONFLICT (space_id, projection_id, left(key, 600), md5_of_rest(key))
             DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
           RETURNING (xmax = 0) AS is_new)
         SELECT count(*) FROM written WHERE is_new";
    let added: i64 = session.one(put, &parameters[..5])?.get(0);
    let removed = match deleted.is_empty() {
        true => 0,
        false => session.execute(REMOVE, &[&of_space(at.0), &at.1, &deleted])?,
    };
    Ok(added - removed as i64)
}

/// Deletes up to `most` entries. Returns their number.
pub(super) fn delete_some(session: &mut Session, at: Place, most: usize) -> Result<u64> {
    let sql = "DELETE FROM projection_entities WHERE space_id = $1 AND ctid = ANY (ARRAY(
         SELECT ctid FROM projection_entities WHERE space_id = $1 AND projection_id = $2 LIMIT $3))";
    session.execute(sql, &[&of_space(at.0), &at.1, &limit(most)])
}

/// Creates an entry from its columns.
pub(in crate::engines::postgres) fn entry_of(key: String, value: &str, updated_at: i64) -> Entry {
    Entry { key, value: Json::from_stored(decoded(value.to_owned())), updated_at: Timestamp(updated_at) }
}

fn entry(row: &Row) -> Entry {
    entry_of(decoded(row.get(0)), row.get(1), row.get(2))
}

//! One statement that writes a whole unit of work, unless its space has changed.

use postgres::types::ToSql;

use crate::engines::postgres::database::{self, Acknowledged, Session, encoded};
use crate::engines::postgres::foreseen::Foreseen;
use crate::engines::postgres::log::row::{column, number, of_space};
use crate::engines::postgres::log::{append, idempotency, read};
use crate::engines::postgres::schema;
use crate::event_store::{Advance, Committed, ProjectionChange, Tail, WriteSet};
use crate::model::changes::Write;

/// Begins to write as a transaction does (`log/feed.rs`), and then writes the rows of a unit, all or none: none if the space is
/// not at the expected sequence and revision any more, and an error if a projection is not.
const HEAD: &str = "
WITH writing AS MATERIALIZED (SELECT begin_writing($29)),
head AS (
  UPDATE space_sequences SET last_sequence = $4, last_event_id = $5, last_timestamp = $6,
    payload_bytes = payload_bytes + $7, last_order = greatest(last_order,
      pg_current_xact_id()::text::bigint + (SELECT order_offset FROM store))
  FROM writing WHERE space_id = $1 AND last_sequence = $2 AND revision = $3 AND mark = 0
  RETURNING last_order, nextval('commits')),
appended AS (
  INSERT INTO event_log (space_id, commit_order, space_sequence, event_id, timestamp, checksum, causation_id,
    correlation_id, event_type, entity_id, payload, meta)
  SELECT $1, last_order, new.* FROM head, unnest($8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[],
    $13::uuid[], $14::text[], $15::text[], $16::text[], $17::text[]) AS new),
typed AS (
  INSERT INTO event_types (space_id, event_type, first_sequence)
  SELECT $1, new.* FROM head, unnest($18::text[], $19::bigint[]) AS new ON CONFLICT DO NOTHING),
written AS (
  INSERT INTO projection_entities AS entities (space_id, projection_id, key, value, updated_at)
  SELECT $1, new.* FROM head, unnest($20::bigint[], $21::text[], $22::text[], $23::bigint[]) AS new
  ON CONFLICT (space_id, projection_id, left(key, 600), md5_of_rest(key))
    DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
  RETURNING entities.projection_id, (xmax = 0) AS is_new)"; // a row that was not there before has no earlier version

/// Removes entries. Each is looked up in the index, as by [`projections::wanted`].
const REMOVED: &str = ",
removed AS (
  DELETE FROM projection_entities AS entities USING head WHERE entities.ctid = ANY (ARRAY(
    SELECT entry.ctid FROM unnest((SELECT $30::bigint[]), (SELECT $31::text[])) AS old (projection_id, key)
    CROSS JOIN LATERAL (
      SELECT ctid FROM projection_entities WHERE space_id = $1 AND projection_id = old.projection_id
        AND left(key, 600) = left(old.key, 600) AND key = old.key LIMIT 1) AS entry))
  RETURNING entities.projection_id)";

/// The same without entries to remove. Most commands remove none.
const NONE_REMOVED: &str = ", removed AS (SELECT 0 AS projection_id WHERE false)";

/// Stores idempotency keys, and removes a few that have expired.
const REMEMBERED: &str = ",
remembered AS (
  INSERT INTO idempotency_keys (space_id, idempotency_key, request, digest, event_ids, space_sequence, stored_at)
  SELECT $1, new.key, new.request, new.digest, new.event_ids::bigint[], new.space_sequence, new.stored_at
  FROM head, unnest($32::text[], $33::bigint[], $34::bytea[], $35::text[], $36::bigint[], $37::bigint[])
    AS new (key, request, digest, event_ids, space_sequence, stored_at)),
expired AS (
  DELETE FROM idempotency_keys WHERE EXISTS (SELECT 1 FROM head) AND ctid = ANY (ARRAY(
    SELECT ctid FROM idempotency_keys WHERE space_id = $1 AND stored_at < $38 ORDER BY stored_at LIMIT 8)))";

/// Advances the checkpoints.
const ADVANCED: &str = ",
advanced AS (
  UPDATE projection_checkpoints AS checkpoints SET last_space_sequence = next.sequence, last_event_id = next.event_id,
    updated_at = next.updated_at, entities = greatest(0, checkpoints.entities
      + (SELECT count(*) FROM written WHERE written.projection_id = next.projection_id AND is_new)
      - (SELECT count(*) FROM removed WHERE removed.projection_id = next.projection_id))
  FROM head, unnest($24::bigint[], $25::bigint[], $26::bigint[], $27::bigint[], $28::bigint[])
    AS next (projection_id, seen, sequence, event_id, updated_at)
  WHERE checkpoints.space_id = $1 AND checkpoints.projection_id = next.projection_id
    AND checkpoints.last_space_sequence = next.seen
  RETURNING checkpoints.projection_id, checkpoints.entities)
SELECT (SELECT count(*) FROM head),
  (SELECT entities FROM advanced WHERE projection_id = $24[cardinality($24)]),
  CASE WHEN (SELECT count(*) FROM advanced) < cardinality($24) * (SELECT count(*) FROM head) THEN refuse_moved() END,
  pg_current_xact_id_if_assigned()::text::bigint";

/// The same on shards, as a function of the coordinator.
const ON_SHARD: &str = "SELECT written, entries, NULL, number FROM write_unit(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
    $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38)";

/// The result of the statement.
pub(super) struct Written {
    pub(super) committed: Committed,
    /// The number of its transaction.
    pub(super) number: Option<i64>,
}

/// The rows of a unit of work.
pub(super) struct Statement<'a> {
    tail: Tail,
    writes: &'a WriteSet<'a>,
    projections: Vec<(i64, &'a Advance<'a>)>,
}

impl<'a> Statement<'a> {
    /// Creates the statement, if it can write all that the unit contains.
    pub(super) fn of(foreseen: &Foreseen, tail: &Tail, writes: &'a WriteSet<'a>) -> Option<Self> {
        let is_other = writes.opens
            || writes.redacted.is_some()
            || writes.effect.is_some()
            || writes.progress.is_some()
            || writes.events.is_empty();
        if is_other {
            return None;
        }
        let projections = writes.projections.iter().map(|write| {
            let ProjectionChange::Advance(advance) = &write.change else { return None };
            let live = foreseen.live.get(write.name)?;
            let fits = live.checkpoint.sequence == advance.from && advance.definition.is_none();
            fits.then_some((live.projection_id, advance))
        });
        Some(Self { tail: *tail, writes, projections: projections.collect::<Option<_>>()? })
    }

    /// Runs it. Returns `None` if the space has changed.
    pub(super) fn run(&self, session: &mut Session) -> database::Result<Option<Written>> {
        let Some(last) = self.writes.events.last() else { return Ok(None) };
        let events = append::Columns::of(self.writes.events);
        let (types, firsts) = append::types(self.writes.events);
        let keys = idempotency::Columns::of(self.writes.keys);
        let expire_before = self.writes.keys_expire_before.filter(|_| !self.writes.keys.is_empty());
        let entries = Entries::of(&self.projections);
        let numbers = |number: fn(&(i64, &Advance<'_>)) -> i64| self.projections.iter().map(number).collect();
        let advanced: [Vec<i64>; 4] = [
            numbers(|(id, _)| *id),
            numbers(|(_, advance)| column(advance.from.0)),
            numbers(|(_, advance)| column(advance.to.sequence.0)),
            numbers(|(_, advance)| column(advance.to.event_id.0)),
        ];
        let times: Vec<Option<i64>> =
            self.projections.iter().map(|(_, advance)| advance.to.updated_at.map(|time| time.0)).collect();
        let head: [&(dyn ToSql + Sync); 7] = [
            &of_space(last.space_id),
            &column(self.tail.head.last_sequence.0),
            &column(self.tail.revision),
            &column(last.space_sequence.0),
            &column(last.event_id.0),
            &last.timestamp.0,
            &events.bytes,
        ];
        let expire_before = expire_before.map(|time| time.0);
        let mut all = head.to_vec();
        all.extend(events.parameters());
        all.extend([&types as &(dyn ToSql + Sync), &firsts]);
        all.extend(entries.written());
        all.extend(advanced.iter().map(|column| column as &(dyn ToSql + Sync)));
        all.extend([&times as &(dyn ToSql + Sync), &schema::VERSION]);
        let (always, with_removed) = (all.len(), all.len() + 2);
        all.extend(entries.removed());
        all.extend(keys.parameters());
        all.push(&expire_before);
        let row = match (session.is_sharded(), self.writes.keys.is_empty(), entries.removed.0.is_empty()) {
            (true, ..) => session.one(ON_SHARD, &all)?,
            (false, true, true) => session.one(&[HEAD, NONE_REMOVED, ADVANCED].concat(), &all[..always])?,
            (false, true, false) => session.one(&[HEAD, REMOVED, ADVANCED].concat(), &all[..with_removed])?,
            (false, false, _) => session.one(&[HEAD, REMOVED, REMEMBERED, ADVANCED].concat(), &all)?,
        };
        let entities = row.get::<_, Option<i64>>(1).map(number).unwrap_or_default();
        let committed = Committed { entities, lags: false };
        Ok((row.get::<_, i64>(0) > 0).then(|| Written { committed, number: row.get(3) }))
    }

    /// Returns true if its events are stored.
    pub(super) fn is_committed(&self, session: &mut Session) -> database::Result<bool> {
        let Some(last) = Acknowledged::of(self.writes.events) else { return Ok(false) };
        read::is_committed(session, &last)
    }

    /// Returns the result of a commit whose answer was lost.
    pub(super) fn committed_unread(&self) -> Committed {
        let last = self.projections.last().map_or(0, |(_, advance)| advance.to.entities);
        Committed { entities: last, lags: false }
    }
}

/// The entries of projections that are removed or written, as columns.
#[derive(Default)]
struct Entries {
    removed: (Vec<i64>, Vec<String>),
    written: (Vec<i64>, Vec<String>, Vec<String>, Vec<i64>),
}

impl Entries {
    fn of(projections: &[(i64, &Advance<'_>)]) -> Self {
        let mut all = Self::default();
        for (id, advance) in projections {
            for (key, write) in advance.changes.iter() {
                let key = encoded(key).into_owned();
                match write {
                    Write::Delete => {
                        all.removed.0.push(*id);
                        all.removed.1.push(key);
                    }
                    Write::Put { value, updated_at } => {
                        all.written.0.push(*id);
                        all.written.1.push(key);
                        all.written.2.push(encoded(value.as_str()).into_owned());
                        all.written.3.push(updated_at.0);
                    }
                }
            }
        }
        all
    }

    fn removed(&self) -> [&(dyn ToSql + Sync); 2] {
        [&self.removed.0, &self.removed.1]
    }

    fn written(&self) -> [&(dyn ToSql + Sync); 4] {
        let (projections, keys, values, times) = &self.written;
        [projections, keys, values, times]
    }
}

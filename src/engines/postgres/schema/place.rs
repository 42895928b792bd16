//! Restored copies of a store. They have the id of their original, so the store notes where it was last written: on which
//! server, in which database and in which schema. Where that differs, the first program that writes adopts the copy:
//!
//! - The copy gets an incarnation of its own, so that neither a cursor nor a subscription of the original continues there.
//!   The holder of a subscription of the original holds nothing in the copy.
//! - Its server numbers transactions by itself. `order_offset` places those numbers after all that the copy contains.
//!
//! A physical copy of a whole server, such as a replica that takes over, is the same place.

use uuid::Uuid;

use crate::engines::postgres::database::{DatabaseUrl, Result, Session};

use super::in_transaction;

/// Matches the row of `store` if it was last written elsewhere. Tables of an older version do not say where.
pub(in crate::engines::postgres) const IS_ELSEWHERE: &str =
    "coalesce((to_jsonb(store) ->> 'place') <> nullif(current_setting('ramax.place', true), ''), false)";

/// The incarnation in the row of `store`, which a copy gets when it is first opened for writing.
pub(in crate::engines::postgres) const INCARNATION: &str =
    "CASE WHEN NOT coalesce((to_jsonb(store) ->> 'place') <> nullif(current_setting('ramax.place', true), ''), false)
       THEN incarnation END";

/// Notes in the session in which place the tables are. An administrator may have forbidden to ask: then the place is unknown.
pub(super) fn note(session: &mut Session, url: &DatabaseUrl) -> Result<()> {
    let sql = "SELECT set_config('ramax.place', concat_ws('/', system_identifier,
          (SELECT oid FROM pg_database WHERE datname = current_database()),
          (SELECT oid FROM pg_namespace WHERE nspname = $1)), false)
        FROM pg_control_system()";
    match session.find(sql, &[&url.schema()]) {
        Err(failure) if !failure.is_forbidden() => Err(failure),
        _ => Ok(()),
    }
}

/// Makes a copy a store of its own, if this is one.
pub(super) fn adopt(session: &mut Session) -> Result<()> {
    let here =
        "SELECT 1 FROM store WHERE place IS DISTINCT FROM nullif(current_setting('ramax.place', true), '')
          AND current_setting('ramax.place', true) <> ''";
    if session.find(here, &[])?.is_none() {
        return Ok(());
    }
    // Tables of an older version do not say where they were written: a copy may contain a higher order than this server
    // has reached.
    let sql = format!(
        "WITH ordered AS MATERIALIZED (
           SELECT $2::bigint AS last,
             pg_snapshot_xmin(snapshot)::text::bigint AS oldest, pg_snapshot_xmax(snapshot)::text::bigint AS next
           FROM pg_current_snapshot() AS snapshot)
         UPDATE store SET place = current_setting('ramax.place'),
           order_offset = CASE WHEN {MOVED} THEN greatest(0, last - oldest + 1) ELSE order_offset END,
           incarnation = CASE WHEN {MOVED} THEN $1 ELSE incarnation END
         FROM ordered WHERE place IS DISTINCT FROM current_setting('ramax.place')"
    );
    let release =
        "UPDATE subscriptions SET lease_owner = NULL, lease_until = NULL, lease_epoch = lease_epoch + 1
         WHERE lease_owner IS NOT NULL AND incarnation IS DISTINCT FROM (SELECT incarnation FROM store)";
    in_transaction(session, |session| {
        let last = "SELECT coalesce(max(commit_order), 0) FROM event_log";
        let last: i64 = session.one(last, &[])?.get(0);
        session.execute(&sql, &[&Uuid::new_v4(), &last])?;
        session.execute(release, &[]).map(drop)
    })
}

/// Matches a store that was written elsewhere.
const MOVED: &str = "(place IS NOT NULL OR last >= next + order_offset)";

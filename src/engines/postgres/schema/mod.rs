//! The tables of a store, and their migration.
//!
//! Every key of a tenant's table begins with `space_id`, so that the tables can be sharded by space. Payloads are text, so
//! that digits and the order of keys stay as written; keys sort by their bytes (`COLLATE "C"`).
//!
//! **The last sequence is in `space_sequences`**, whose row a unit of work locks: sequences have no gaps, and units of
//! different spaces do not wait for each other.
//!
//! **`event_log.commit_order` is the number of the transaction** that appended the event, or that of the event before it
//! in its space if that is higher. A follower reads in this order up to the oldest transaction in progress.
//!
//! **Event ids come from a sequence.** `reserve_ids` reserves some for a handle, without waiting for other transactions.
//! When the handle is closed, `give_back_ids` gives back what it did not use, unless another handle has reserved since: a
//! single writer leaves no gaps.
//!
//! **`commits` rises with each commit**, so that other programs notice changes without reading tables.
//!
//! **Entities and causes are found through indexes** of `event_log`.
//!
//! **An entry of an index is limited to a third of a page.** The index of entities therefore contains the first 200
//! characters of an id only; the unique indexes of keys contain the first 600 and a digest of the rest.
//!
//! **A migration is one transaction**, under the same lock as the creation. Reading needs none: a store that is opened
//! read-only may have any version from 1 on.

use uuid::Uuid;

use crate::error::{Error, OpenError, StoreError};

use super::database::{DatabaseUrl, Result, Session};

/// The statements that create the functions, or replace those of an older version.
const FUNCTIONS: &str = include_str!("functions.sql");

/// The statements that create the tables.
const TABLES: &str = include_str!("tables.sql");

/// The statements that lead from version 1 to 2, and so on.
const MIGRATIONS: [&str; 1] = [include_str!("1_to_2.sql")];

/// The version of the tables.
const VERSION: i32 = MIGRATIONS.len() as i32 + 1;

/// Waits for other programs that create or migrate the tables.
const BEGIN: &str = "BEGIN; SELECT pg_advisory_xact_lock(hashtext('ramax schema'))";

/// The tables as they were found.
struct Found {
    version: i32,
    store_id: Uuid,
}

/// Creates the tables if there are none and `create` is set, and migrates them unless `read_only` is set. Returns the id of
/// the store. Two programs that do this at once do it once.
pub(super) fn prepare(
    session: &mut Session,
    url: &DatabaseUrl,
    create: bool,
    read_only: bool,
) -> Result<Uuid, Error> {
    let refused = |failure| url.refused(&failure);
    let mut found = find(session, url).map_err(refused)?;
    if found.is_none() && create && !read_only {
        found = Some(in_transaction(session, |session| create_tables(session, url)).map_err(refused)?);
    }
    let Some(Found { version, store_id }) = found else {
        return Err(unusable(url, &format!("there is no store in the schema {}", url.schema())));
    };
    match version {
        VERSION => {}
        1..VERSION if read_only => {}
        1..VERSION => in_transaction(session, |session| migrate(session, url)).map_err(refused)?,
        other => {
            let reason =
                format!("its tables have version {other}; this program reads versions up to {VERSION}");
            return Err(unusable(url, &reason));
        }
    }
    Ok(store_id)
}

/// Finds the tables.
fn find(session: &mut Session, url: &DatabaseUrl) -> Result<Option<Found>> {
    // Reads the catalogs: a name may be resolved as it was before another program has created the schema.
    let sql = "SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
         WHERE nspname = $1 AND relname = 'store'";
    if session.find(sql, &[&url.schema()])?.is_none() {
        return Ok(None);
    }
    // With the name of the schema: without the right to use it, the table would seem to be missing.
    let sql = format!("SELECT version, store_id FROM {}.store", url.quoted_schema());
    match session.find(&sql, &[]) {
        Ok(row) => Ok(row.map(|row| Found { version: row.get(0), store_id: row.get(1) })),
        Err(failure) if failure.is_other_table() => {
            let detail = format!("the tables in the schema {} belong to another program", url.schema());
            Err(StoreError::Engine { detail }.into())
        }
        Err(failure) => Err(failure),
    }
}

fn in_transaction<T>(session: &mut Session, work: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
    let done = session.run(BEGIN).and_then(|()| work(session));
    match done {
        Ok(done) => session.run("COMMIT").map(|()| done),
        Err(failure) => {
            let _ = session.run("ROLLBACK");
            Err(failure)
        }
    }
}

fn create_tables(session: &mut Session, url: &DatabaseUrl) -> Result<Found> {
    // Another program may have been faster.
    if let Some(found) = find(session, url)? {
        return Ok(found);
    }
    session.run(&format!("CREATE SCHEMA IF NOT EXISTS {}", url.quoted_schema()))?;
    session.run(FUNCTIONS)?;
    session.run(TABLES)?;
    let found = Found { version: VERSION, store_id: Uuid::new_v4() };
    let sql = "INSERT INTO store (one, version, store_id, incarnation) VALUES (1, $1, $2, $3)";
    session.execute(sql, &[&found.version, &found.store_id, &Uuid::new_v4()])?;
    Ok(found)
}

/// Migrates the tables to the newest version.
fn migrate(session: &mut Session, url: &DatabaseUrl) -> Result<()> {
    // Another program may have been faster, and may even be a newer one.
    let version = find(session, url)?.map_or(VERSION, |found| found.version);
    if version >= VERSION {
        return Ok(());
    }
    session.run(FUNCTIONS)?;
    for (migration, from) in MIGRATIONS.iter().zip(1..) {
        if from >= version {
            session.run(migration)?;
        }
    }
    session.execute("UPDATE store SET version = $1", &[&VERSION])?;
    Ok(())
}

fn unusable(url: &DatabaseUrl, reason: &str) -> Error {
    OpenError::Server { database: url.to_string(), reason: reason.to_owned() }.into()
}

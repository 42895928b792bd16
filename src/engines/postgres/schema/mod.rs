//! The tables of a store, their migration, and their restored copies (`place.rs`).
//!
//! Every key of a tenant's table begins with `space_id`, so that the tables can be sharded by space. Payloads are text, so
//! that digits and the order of keys stay as written; keys sort by their bytes (`COLLATE "C"`).
//!
//! **The last sequence is in `space_sequences`**, whose row a unit of work locks: sequences have no gaps, and units of
//! different spaces do not wait for each other.
//!
//! **`event_log.commit_order` is the number of the transaction** that appended the event plus `order_offset`, or that of the
//! event before it in its space if that is higher. A follower reads in this order up to the oldest transaction in progress.
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
//! **A migration is one transaction**, under the same lock as the creation. It waits for writers, and each write checks the
//! version first: a program that was connected before writes nothing to tables that it does not know. Reading needs no
//! migration: a store that is opened read-only may have any version from 1 on.
//!
//! **On Citus, the tables are sharded by space** (`sharding.rs`).

mod place;
mod sharding;

pub(super) use place::{INCARNATION, IS_ELSEWHERE};

use uuid::Uuid;

use crate::error::{OpenError, ServerObstacle};

use super::database::{DatabaseUrl, Result, Session};

/// The statements that create the functions, or replace those of an older version.
const FUNCTIONS: &str = include_str!("functions.sql");

/// The statements that create the tables.
const TABLES: &str = include_str!("tables.sql");

/// The statements that lead from version 1 to 2, and so on.
const MIGRATIONS: [&str; 2] = [include_str!("1_to_2.sql"), include_str!("2_to_3.sql")];

/// The version of the tables.
pub(super) const VERSION: i32 = MIGRATIONS.len() as i32 + 1;

/// Waits for other programs that create or migrate the tables.
const BEGIN: &str =
    "BEGIN; SELECT pg_advisory_xact_lock(hashtext('ramax schema'), hashtext(current_setting('search_path')))";

/// The tables as they were found.
struct Found {
    version: i32,
    store_id: Uuid,
}

/// The uses that a connection is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Purpose {
    pub(super) creates: bool,
    pub(super) reads_only: bool,
}

/// Tables that can be used.
pub(super) struct Prepared {
    pub(super) store_id: Uuid,
    /// True if they can only be read: that was the purpose, or neither a migration nor a copy's first write is allowed.
    pub(super) reads_only: bool,
}

/// Creates the tables if there are none and that is a purpose, and migrates them unless they are only read. Two programs that
/// do this at once do it once.
///
/// # Errors
/// [`OpenError::Server`] if the tables cannot be used.
pub(super) fn prepare(session: &mut Session, url: &DatabaseUrl, purpose: Purpose) -> Result<Prepared> {
    let Purpose { creates, mut reads_only } = purpose;
    let mut found = find(session, url)?;
    if found.is_none() && creates && !reads_only {
        found = Some(in_transaction(session, |session| create_tables(session, url))?);
    }
    let Some(Found { version, store_id }) = found else {
        let (database, schema) = (url.to_string(), url.schema().to_owned());
        return Err(OpenError::NoStore { database, schema }.into());
    };
    match version {
        VERSION => {}
        1..VERSION if reads_only => {}
        1..VERSION => reads_only = !is_allowed(in_transaction(session, |session| migrate(session, url)))?,
        other => return Err(newer(url, other).into()),
    }
    sharding::note(session, url)?;
    place::note(session, url)?;
    if !reads_only {
        reads_only = !is_allowed(place::adopt(session))?;
    }
    if reads_only && !purpose.reads_only {
        session.run("SET default_transaction_read_only TO on")?;
    }
    Ok(Prepared { store_id, reads_only })
}

/// Returns true if the server lets this session only read: it is a replica, or a setting says so.
pub(super) fn is_read_only(session: &mut Session) -> Result<bool> {
    Ok(session.one("SELECT current_setting('transaction_read_only')::boolean", &[])?.get(0))
}

/// Returns false if a write failed because this user or this server only reads.
fn is_allowed(written: Result<()>) -> Result<bool> {
    match written {
        Err(failure) if failure.forbids_writing() => Ok(false),
        written => written.map(|()| true),
    }
}

/// Returns the error about tables of a version that this program does not know, if another program has migrated them.
pub(super) fn migrated(session: &mut Session, url: &DatabaseUrl) -> Result<Option<OpenError>> {
    let found = find(session, url)?.filter(|found| found.version > VERSION);
    Ok(found.map(|found| newer(url, found.version)))
}

fn newer(url: &DatabaseUrl, version: i32) -> OpenError {
    let reason = format!("its tables have version {version}; this program reads versions up to {VERSION}");
    url.barred(&reason, ServerObstacle::LaterVersion)
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
        Err(failure) if failure.is_other_table() => Err(of_others(url).into()),
        Err(failure) => Err(failure),
    }
}

/// Returns the error of a schema that another program uses.
fn of_others(url: &DatabaseUrl) -> OpenError {
    let reason = format!("the tables in the schema {} belong to another program", url.schema());
    url.barred(&reason, ServerObstacle::OtherTables)
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
    let is_sharded = sharding::is_wanted(session, url)?;
    if is_sharded {
        sharding::begin(session)?;
    }
    session.run(&format!("CREATE SCHEMA IF NOT EXISTS {}", url.quoted_schema()))?;
    session.run(FUNCTIONS)?;
    session.run(TABLES).map_err(|failure| match failure.is_taken_name() {
        true => of_others(url).into(),
        false => failure,
    })?;
    if is_sharded {
        sharding::shard(session)?;
    }
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
    session.run("SELECT pg_advisory_xact_lock(hashtext('ramax writes'), hashtext(current_schema()))")?;
    session.run(FUNCTIONS)?;
    sharding::note(session, url)?;
    if session.is_sharded() {
        sharding::create_functions(session)?;
    }
    for (migration, from) in MIGRATIONS.iter().zip(1..) {
        if from >= version {
            session.run(migration)?;
        }
    }
    session.execute("UPDATE store SET version = $1", &[&VERSION])?;
    Ok(())
}

//! Tables that are sharded by space, on Citus. The tables of spaces are distributed and colocated, so that each statement of a
//! unit of work concerns one shard. `spaces` is a copy on every node; the other tables stay on the coordinator, as do the
//! sequences and the locks.
//!
//! **A transaction is committed by the coordinator**, in two phases, also if it writes to one shard only. So the number of
//! its transaction tells whether it was committed, and orders the events, as on one server.
//!
//! **A shard may lag behind the coordinator**, which commits first. `space_ends` says what it has committed: a follower
//! waits until the shard shows the same (`log/feed.rs`), and a writer is refused if the shard never will.

use crate::engines::postgres::database::{DatabaseUrl, Result, Session};

/// The statements that create the functions, or replace those of one server.
const FUNCTIONS: &str = include_str!("sharded_functions.sql");

/// The statements that shard the tables.
const TABLES: &str = include_str!("sharded_tables.sql");

/// The settings of a connection. One connection to each node: what a transaction reads there is of one moment. Waiting for
/// a lock is limited on the shards, too.
const SETTINGS: &str =
    "SET citus.max_adaptive_executor_pool_size TO 1; SET citus.propagate_set_commands TO 'local'";

/// Returns true if tables that are created in this database are sharded.
///
/// # Errors
/// [`OpenError::Server`](crate::error::OpenError::Server) if they cannot be created here.
pub(super) fn is_wanted(session: &mut Session, url: &DatabaseUrl) -> Result<bool> {
    if !is_installed(session)? {
        return Ok(false);
    }
    let sql = "SELECT (SELECT groupid FROM pg_dist_local_group) = 0, EXISTS (SELECT 1 FROM pg_dist_node WHERE groupid = 0)";
    let row = session.one(sql, &[])?;
    match (row.get::<_, Option<bool>>(0).unwrap_or(true), row.get(1)) {
        (true, true) => Ok(true),
        (true, false) => Err(url
            .unusable("Citus does not know its coordinator; register it with citus_set_coordinator_host")
            .into()),
        (false, _) => Err(url.unusable("it is a worker of Citus; connect to the coordinator").into()),
    }
}

fn is_installed(session: &mut Session) -> Result<bool> {
    Ok(session.find("SELECT 1 FROM pg_extension WHERE extname = 'citus'", &[])?.is_some())
}

/// Lets the transaction that creates the tables shard them. It sees what it creates through one connection to each node only,
/// and waits longer than other transactions: sharding takes a while, and only one program can do it at a time.
pub(super) fn begin(session: &mut Session) -> Result<()> {
    session.run("SET LOCAL citus.multi_shard_modify_mode TO 'sequential'; SET LOCAL lock_timeout TO '1min'")
}

/// Shards the tables that were just created.
pub(super) fn shard(session: &mut Session) -> Result<()> {
    create_functions(session)?;
    session.run(TABLES)
}

/// Creates the functions, or replaces those of one server.
pub(super) fn create_functions(session: &mut Session) -> Result<()> {
    session.run(FUNCTIONS)
}

/// Finds out whether the tables are sharded, and sets the connection up if so.
pub(super) fn note(session: &mut Session, url: &DatabaseUrl) -> Result<()> {
    if session.is_sharded() || !is_installed(session)? {
        return Ok(());
    }
    let sql = "SELECT 1 FROM pg_dist_partition WHERE partmethod = 'h' AND logicalrelid = to_regclass($1)";
    let table = format!("{}.event_log", url.quoted_schema());
    if session.find(sql, &[&table])?.is_some() {
        session.run(SETTINGS)?;
        session.set_sharded();
    }
    Ok(())
}

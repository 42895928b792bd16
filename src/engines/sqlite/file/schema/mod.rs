//! The layout of a file, version 3 of the format, with its reasons.
//!
//! **Version 3 is not released yet.** Until subscriptions are in, it may still change without a
//! new number. Versions 1 and 2 are migrated in one transaction that rewrites small tables only;
//! `event_log` is never rewritten. Read-only, they are read in their old layout (see `schema/earlier.rs`).
//!
//! # The event log
//!
//! **The event log is clustered by space.** `event_log.pos` is `space_id << 40 | space_sequence` and the primary key,
//! so that a space is contiguous on disk. Replaying 100,000 of 10 million events takes 0.37 s from a cold disk; a log in
//! order of arrival with an index takes 6.9 s. Forty bits number a trillion events in a space, and the 23 bits above
//! them eight million spaces.
//!
//! **As few indexes as possible.** Every index on a key in random order divides the speed of appending by four to
//! seven. The only index is on `event_id`, which grows at its end only; correlation ids have none.
//!
//! **The index of entities trails the event log.** For every thousand events of a space, a row of `entity_blocks` lists
//! the hashes of their entities: two pages at the end of its tree, where a row per event would change a page per entity.
//! Eight blocks are merged into `entity_events`, where an entity has one row for all of its events in them: its first
//! sequence, and the distances to the others in `later`. So 8,000 events of 1,000 entities take 1,000 rows of 33 bytes
//! instead of 8,000 of 19. The events after the last block, fewer than a thousand, are scanned. Small tenants need
//! neither table. Rows of versions 1 and 2 have no `later`, and stay as they are.
//!
//! **The index of causes has a row for each effect** (`event_causes`), in the order in which a trace reads them. It is
//! written in the transaction of the append, and only by events that have a cause: others cost no statement. A cause is
//! mostly recent, so a row is added near the end of the tree. An index that trails, like that of entities, would read its
//! position with every append. A migration writes no rows, since it would have to read the log: `store.causes_after` is the
//! last event before it. Effects up to that one are found by a scan until a repair has listed them.
//!
//! **Types are numbers, correlation ids 16 bytes**: that saves a sixth of an event's bytes. Types are numbered per
//! space, so that deleting a tenant also deletes its types.
//!
//! **`event_log.meta` is the event's metadata**, a JSON object. NULL keeps the checksum formula of version 2, so no row
//! had to be rewritten; for a row with metadata, the checksum also covers its length and bytes. Names in it that begin
//! with `$` are reserved, and refused from users:
//! `$redacted` (the fields that were erased, and when) is the redaction flag, covered by the
//! checksum, exported and queried like any metadata, and needs no table; `$origin` names the source of an event that
//! was imported under another number.
//!
//! # The registry and its counters
//!
//! **Nothing is counted on reading.** `space_sequences` and `projection_checkpoints` hold the counters, which are
//! updated in the transaction that changes what they count.
//!
//! **A mark has an owner.** `space_sequences.mark` closes a space for a delete or an import. `mark_token` is a random
//! number of the operation that set it, and every later step of that operation checks it in its own transaction:
//! only the operation that set a mark acts on it, and nothing is undone once a row is gone (mark 4). `mark_owner`
//! identifies the process that runs the operation (user, host, process and its start time), so that another operation
//! can tell if it is still running. If the process is gone, another one may take over the mark. A live process that was
//! wrongly considered dead then fails the token check at its next step, and cannot interfere. The owner is thus for
//! courtesy, and the token for correctness. There is no heartbeat: it would need a shared clock and a wait after every
//! crash. There is no lock file: a crash would leave it behind.
//!
//! **Names and metadata have a checksum** (`spaces.checksum`), like events.
//!
//! **Idempotency keys** keep a SHA-256 digest of the command, so that a different command with the same key is refused,
//! and the time when they were stored, so that they can expire. Rows of earlier versions have only a CRC-32 in
//! `request`, and are compared by it. Each row has a checksum. `space_sequences.key_digest` combines the checksums of
//! all rows of a space by exclusive or, and `key_count` counts the rows. Both are updated in the transaction that stores
//! a key, which costs one update of a row that is already loaded. They reveal rows that another program deleted,
//! changed or added. Expired keys are removed by the commands that store new ones. There is no index by time, which every
//! keyed command would have to pay for: one in eight examines the 64 keys that follow its own, or else the first ones.
//!
//! **Redactions are counted** (`space_sequences.redactions`), so that an operation that reads a space in many pages notices
//! that one came between them. In one file, a redaction is one transaction. In two files, the projections are switched
//! first, and the number is odd until the events follow: then a check finds a redaction that was killed in between.
//!
//! # Projections
//!
//! **A projection has a name, and its own number.** The name is unique in its space. A rebuild fills a new number next to
//! the live one, and the switch changes one row of `projection_checkpoints`, however large the projection is.
//! `projection_checkpoints` has a row for each projection of each space; it is written by every command, so it only holds
//! counters. All else is in `projections`: the `definition` (version and schema of the program that wrote the values, so
//! that programs of different versions can share a file) and the `error` (the event that could not be applied).
//! The view `pstate_entities` shows the projection `state`. `projections.owner` identifies the process that
//! builds a shadow: if it is gone, the shadow can be removed; while it runs, the shadow stays. The few rows that are not
//! live have their own index, since a writer looks for them when it opens the file.
//!
//! **Projections files are registered.** `projections_files` lists the files with projections of these events, by the
//! `store.file_id` of each. A projections file in turn records the path of the events file with which it was opened.
//! A second file is refused while the first exists and belongs to the same events file. A lost file may be replaced;
//! its row stays, and a delete names it as out of reach.
//!
//! # Subscriptions
//!
//! **Positions are kept per space**, with the events, and are deleted with their space. `subscription_positions`,
//! `parked_events` and `subscription_effects` have the space first in their keys, like every table. A checkpoint
//! updates one row of `subscriptions` as well: it requires the holder's `lease_epoch` there, renews the lease and
//! counts what was delivered. An event after the position that is parked stops its space, so no flag is needed for
//! that.
//!
//! **Positions are counted, and their checksums combined** (`subscriptions.row_count` and `row_digest`), in the update that
//! renews the lease. They reveal positions and parked events that another program deleted, changed or added, for which
//! events would be delivered twice or never. `subscriptions.checksum` does the same for the registration, and `store.subscription_count` and
//! `subscription_digest` reveal a registration that another program deleted: it would deliver from its start again, or miss
//! events. The digest covers the ids, which never change, so that a command that changes a registration does not touch it.
//!
//! **An effect leaves a mark**, in the space where it is and in the same unit. It says which event of which space had the
//! effect, so that the event has it once, even after its subscription was reset. Marks never expire.
//!
//! **An incarnation tells a backup from its original** (`store.incarnation`). A backup is written without one, and gets its
//! own when it is first opened for writing. A subscription delivers only in the incarnation that its row names: in a copy,
//! an operator first decides where it continues.
//!
//! # Operators
//!
//! **The audit log is stored with the data**, in `operations`. It outlives a deleted space, except for what it says
//! about the contents of that space.
//!
//! # Views
//!
//! The views `events` and `pstate_entities` have the columns of the original's tables.

mod compare;
mod earlier;
mod layout;
mod migrate;
mod role;
mod structure;

use compare::Object;
pub(super) use compare::{Found, foreign, look, look_within};
pub(super) use earlier::read_as_current;
pub use migrate::{MigrationProgress, WatchMigration};
pub(super) use migrate::{create_again, give_file_id, give_incarnation, migrate};
pub(super) use role::restore as restore_role;

use rusqlite::Connection;

use super::Result;

use super::role::FileRole;

/// Marks the file as ours: "Rmax".
pub(crate) const APPLICATION_ID: u32 = 0x526d_6178;

/// The version of the layout. Version 1 had no `operations` and no imports. Version 2 had no owners of marks, no digests
/// and checksums of idempotency keys, and no registered projections files.
pub(crate) const VERSION: u32 = 3;

/// The bits of `event_log.pos` for the sequence.
pub(crate) const SEQUENCE_BITS: u32 = 40;

/// Creates the tables of a new file, within the caller's transaction.
pub(super) fn create(connection: &Connection, role: FileRole, store_id: uuid::Uuid) -> Result<()> {
    for statement in statements(VERSION, role.name()) {
        connection.execute_batch(statement)?;
    }
    let file_id = matches!(role, FileRole::Projections { .. }).then(uuid::Uuid::new_v4);
    connection.execute(
        "INSERT INTO store (one, store_id, role, file_id) VALUES (1, ?1, ?2, ?3)",
        (store_id.as_bytes(), role.name(), file_id.as_ref().map(uuid::Uuid::as_bytes)),
    )?;
    give_incarnation(connection)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", VERSION)?;
    Ok(())
}

/// Returns the statements that create a file of this version and role.
fn statements(version: u32, role: &str) -> Vec<&'static str> {
    let (has_events, has_projections) = (role != "projections", role != "events");
    let mut parts = vec![layout::STORE];
    if has_events {
        parts.push(layout::EVENTS);
    }
    if has_events && version > 1 {
        parts.push(layout::OPERATIONS);
    }
    if has_projections {
        parts.push(layout::PROJECTIONS);
    }
    let now = parts.into_iter().flatten().copied();
    if version == VERSION { now.collect() } else { now.filter_map(earlier::before).collect() }
}

/// Returns the tables that have a column.
pub(super) fn tables_with(column: &str) -> Vec<&'static str> {
    let defines =
        |line: &str| line.strip_prefix("  ").and_then(|line| line.split(' ').next()) == Some(column);
    let with = statements(VERSION, "whole").into_iter().filter(|sql| sql.lines().any(defines));
    with.map(Object::of).filter(|object| object.kind == "table").map(|table| table.name).collect()
}

/// Returns true for a file of an earlier version, which is open read-only.
pub(crate) fn is_of_earlier_version(connection: &Connection) -> Result<bool> {
    Ok(version(connection)? < VERSION)
}

/// Reads the version of a file's layout, including its WAL.
pub(super) fn version(connection: &Connection) -> Result<u32> {
    // Another program can set a negative one.
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(version.cast_unsigned())
}

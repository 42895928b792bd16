use std::sync::Barrier;
use std::sync::mpsc::channel;
use std::thread;

use rusqlite::Connection;

use super::*;
use crate::engines::readers::MOST;
use crate::engines::sqlite::file::role::FileRole;
use crate::engines::sqlite::file::{Join, Result};

fn database() -> (tempfile::TempDir, Database) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let database = Database::open_or_create(&path, FileRole::Whole, &OpenOptions::default()).unwrap();
    (directory, database)
}

fn write(connection: &Connection) -> Result<()> {
    let sql = "INSERT INTO spaces (space_name, created_at) VALUES (hex(randomblob(8)), 0)";
    connection.execute(sql, [])?;
    Ok(())
}

fn rows(connection: &Connection) -> Result<u64> {
    Ok(connection.query_row("SELECT count(*) FROM spaces", [], |row| row.get(0))?)
}

#[test]
fn a_thread_reads_its_own_commit_even_while_it_reads_on_a_further_connection() {
    let (_directory, database) = database();
    database.write(write).unwrap();
    let (end, ends) = channel::<()>();
    let (begun, has_begun) = channel();
    thread::scope(|scope| {
        let database = &database;
        let unit = scope.spawn(move || {
            let unit = database.begin(database.busy_timeout(), Join::Never).unwrap();
            begun.send(()).unwrap();
            ends.recv().unwrap();
            drop(unit);
        });
        has_begun.recv().unwrap();
        let seen = database.read(|connection| {
            let mut statement = connection.prepare("SELECT space_id FROM spaces")?;
            let mut rows_in_progress = statement.query([])?;
            rows_in_progress.next()?;
            end.send(()).unwrap();
            unit.join().unwrap();
            assert!(!database.shared.is_owned_by_current_thread());
            database.write(write)?;
            Ok(database.read(rows)?)
        });
        assert_eq!(seen.unwrap(), 2);
    });
}

#[test]
fn a_write_within_a_snapshot_on_a_further_connection_is_refused() {
    let (_directory, database) = database();
    for _ in 0..2 {
        let tried = database.long_snapshot(|| {
            let purged = database.purge().unwrap_err();
            assert!(purged.to_string().contains("snapshot"), "{purged}");
            assert!(database.write_no_sync(write).is_err());
            database.write(write)
        });
        assert!(tried.unwrap_err().to_string().contains("a snapshot is read-only"));
        assert_eq!(database.read(rows).unwrap(), 0);
    }
    database.write(write).unwrap();
}

#[test]
fn a_read_waits_for_no_snapshot_of_other_threads() {
    let (_directory, database) = database();
    let all = Barrier::new(MOST + 1);
    thread::scope(|scope| {
        let snapshots: Vec<_> = (0..MOST)
            .map(|_| {
                scope.spawn(|| {
                    database.long_snapshot(|| {
                        all.wait();
                        all.wait();
                        Ok(())
                    })
                })
            })
            .collect();
        all.wait();
        let (begun, has_begun) = channel();
        let (end, ends) = channel::<()>();
        let database = &database;
        scope.spawn(move || {
            let unit = database.begin(database.busy_timeout(), Join::Never).unwrap();
            begun.send(()).unwrap();
            ends.recv().unwrap();
            drop(unit);
        });
        has_begun.recv().unwrap();
        let reads = scope.spawn(move || database.read(rows));
        end.send(()).unwrap();
        assert_eq!(reads.join().unwrap().unwrap(), 0);
        all.wait();
        snapshots.into_iter().for_each(|snapshot| snapshot.join().unwrap().unwrap());
    });
}

#[test]
fn the_wal_is_removed_with_the_last_connection_after_further_ones_were_opened() {
    let (directory, database) = database();
    database.write(write).unwrap();
    database.long_snapshot(|| Ok(())).unwrap();
    assert!(database.own_reader().is_none());
    assert!(database.readers.opened().next().is_some());
    database.purge().unwrap();
    let wal = std::fs::metadata(directory.path().join("store.db-wal")).unwrap();
    assert_eq!(wal.len(), 0);
    drop(database);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_was_replaced_is_not_opened_again_for_reading() {
    let (directory, database) = database();
    database.write(write).unwrap();
    let path = directory.path().join("store.db");
    std::fs::rename(&path, directory.path().join("moved.db")).unwrap();
    let other = Database::open_or_create(&path, FileRole::Whole, &OpenOptions::default());
    let seen = database.long_snapshot(|| database.read(rows));
    // Whatever happens to the other file, nothing of it is read.
    assert!(seen.as_ref().is_err() || matches!(seen, Ok(1)), "{seen:?}");
    assert!(database.readers.opened().next().is_none());
    drop(other);
}

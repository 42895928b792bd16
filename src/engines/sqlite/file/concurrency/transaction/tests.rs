use std::sync::Barrier;
use std::thread;

use super::*;
use crate::engines::sqlite::file::opening::open::OpenOptions;
use crate::engines::sqlite::file::role::FileRole;

fn database(busy_timeout: Duration) -> (tempfile::TempDir, Database) {
    let directory = tempfile::tempdir().unwrap();
    let options = OpenOptions { busy_timeout, ..OpenOptions::default() };
    let database =
        Database::open_or_create(&directory.path().join("store.db"), FileRole::Whole, &options).unwrap();
    database.write(|connection| Ok(connection.execute_batch("DELETE FROM operations")?)).unwrap();
    (directory, database)
}

fn patient() -> (tempfile::TempDir, Database) {
    database(Duration::from_secs(60))
}

fn begin(database: &Database) -> crate::Result<Transaction<'_>> {
    database.begin(database.busy_timeout(), Join::IfLeft)
}

/// Writes a row.
fn write(transaction: &mut Transaction<'_>) -> Result<()> {
    transaction.write(|connection| {
        let sql = "INSERT INTO spaces (space_name, created_at) VALUES (hex(randomblob(8)), 0)";
        connection.execute(sql, [])?;
        Ok(())
    })
}

/// Counts the rows.
fn rows(connection: &Connection) -> Result<u64> {
    Ok(connection.query_row("SELECT count(*) FROM spaces", [], |row| row.get(0))?)
}

/// Runs `first` in a transaction while another thread waits in line to run `second`.
fn one_after_the_other(
    database: &Database,
    transaction: Transaction<'_>,
    first: impl FnOnce(Transaction<'_>),
    second: impl FnOnce(Transaction<'_>) + Send,
) {
    thread::scope(|scope| {
        scope.spawn(|| second(begin(database).unwrap()));
        while !database.line.is_anyone_waiting() {
            thread::yield_now();
        }
        // It stays young however long this thread is suspended.
        transaction.shared.started_at.set(Instant::now().checked_add(Duration::from_secs(3600)));
        first(transaction);
    });
}

fn has_company(transaction: &Transaction<'_>) -> bool {
    transaction.shared.companions.borrow().is_some()
}

#[test]
fn a_transaction_left_open_is_committed_by_the_next_thread() {
    let (_directory, database) = patient();
    let first = |mut transaction: Transaction<'_>| {
        write(&mut transaction).unwrap();
        assert!(transaction.commit_with_others().unwrap());
        assert_eq!(database.read(rows).unwrap(), 2);
    };
    let second = |mut transaction: Transaction<'_>| {
        assert!(has_company(&transaction));
        assert_eq!(transaction.read(rows).unwrap(), 1);
        write(&mut transaction).unwrap();
        assert!(transaction.commit_with_others().unwrap());
    };
    one_after_the_other(&database, begin(&database).unwrap(), first, second);
}

#[test]
fn a_thread_gives_up_waiting_for_one_that_waits_for_it_and_nothing_is_written() {
    let (_directory, database) = database(Duration::from_millis(300));
    let gave_up = Barrier::new(2);
    let first = |mut transaction: Transaction<'_>| {
        write(&mut transaction).unwrap();
        assert_eq!(transaction.commit_with_others().unwrap_err().kind(), "busy");
        gave_up.wait();
    };
    let second = |mut transaction: Transaction<'_>| {
        assert!(has_company(&transaction));
        gave_up.wait();
        write(&mut transaction).unwrap();
        assert!(!transaction.commit_with_others().unwrap());
    };
    one_after_the_other(&database, begin(&database).unwrap(), first, second);
    assert_eq!(database.read(rows).unwrap(), 0);
    database.write(|_| Ok(())).unwrap();
}

#[test]
fn a_unit_that_must_commit_is_refused_after_another_gave_up_waiting_for_it() {
    let (_directory, database) = database(Duration::from_millis(300));
    let gave_up = Barrier::new(2);
    let first = |mut transaction: Transaction<'_>| {
        write(&mut transaction).unwrap();
        transaction.commit_with_others().unwrap_err();
        gave_up.wait();
    };
    let second = |mut transaction: Transaction<'_>| {
        gave_up.wait();
        write(&mut transaction).unwrap();
        assert_eq!(transaction.commit().unwrap_err().kind(), "busy");
    };
    one_after_the_other(&database, begin(&database).unwrap(), first, second);
    assert_eq!(database.read(rows).unwrap(), 0);
}

#[test]
fn a_transaction_that_a_failure_has_rolled_back_is_not_joined() {
    let (_directory, database) = patient();
    let first = |mut transaction: Transaction<'_>| {
        write(&mut transaction).unwrap();
        assert!(!transaction.commit_with_others().unwrap());
    };
    let second = |transaction: Transaction<'_>| {
        let fails = |transaction: Transaction<'_>| {
            // As SQLite does when it cannot read a page.
            transaction.read(|connection| Ok(connection.execute_batch("ROLLBACK")?)).unwrap();
        };
        let third = |mut transaction: Transaction<'_>| {
            assert!(!has_company(&transaction));
            write(&mut transaction).unwrap();
            assert!(transaction.commit_with_others().unwrap());
        };
        one_after_the_other(&database, transaction, fails, third);
    };
    one_after_the_other(&database, begin(&database).unwrap(), first, second);
    assert_eq!(database.read(rows).unwrap(), 1);
}

#[test]
fn a_panic_leaves_the_writes_of_others_to_the_next_thread() {
    let (_directory, database) = patient();
    let first = |mut transaction: Transaction<'_>| {
        write(&mut transaction).unwrap();
        assert!(transaction.commit_with_others().unwrap());
    };
    let second = |transaction: Transaction<'_>| {
        let panics = |transaction: Transaction<'_>| {
            let inside = move || {
                assert!(has_company(&transaction));
                panic!("while it decides");
            };
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(inside)).unwrap_err();
        };
        let third = |mut transaction: Transaction<'_>| {
            write(&mut transaction).unwrap();
            assert!(transaction.commit_with_others().unwrap());
        };
        one_after_the_other(&database, transaction, panics, third);
    };
    one_after_the_other(&database, begin(&database).unwrap(), first, second);
    assert_eq!(database.read(rows).unwrap(), 2);
}

#[test]
fn a_transaction_left_open_is_committed_though_no_thread_comes() {
    let (_directory, database) = patient();
    let mut transaction = begin(&database).unwrap();
    write(&mut transaction).unwrap();
    // In line, but it never comes.
    database.line.seem_to_wait(|| assert!(transaction.commit_with_others().unwrap()));
    assert_eq!(database.read(rows).unwrap(), 1);
}

#[test]
fn a_stopped_thread_leaves_the_writes_of_others_to_be_committed() {
    let (_directory, database) = patient();
    let stop = crate::engines::sqlite::file::Stop::default();
    let database = database.stopped_by(&stop);
    let mut transaction = begin(&database).unwrap();
    thread::scope(|scope| {
        let refused = scope.spawn(|| begin(&database).map(drop).unwrap_err().kind());
        while !database.line.is_anyone_waiting() {
            thread::yield_now();
        }
        write(&mut transaction).unwrap();
        stop.ask();
        transaction.shared.started_at.set(Instant::now().checked_add(Duration::from_secs(3600)));
        assert!(transaction.commit_with_others().unwrap());
        assert_eq!(refused.join().unwrap(), "stopped");
    });
}

#[test]
fn units_on_two_handles_of_one_file_on_one_thread_are_refused() {
    let (directory, database) = database(Duration::from_millis(20));
    let options = OpenOptions { busy_timeout: Duration::from_millis(20), ..OpenOptions::default() };
    let other = Database::open(&directory.path().join("store.db"), FileRole::Whole, &options).unwrap();
    let mut transaction = begin(&database).unwrap();
    write(&mut transaction).unwrap();
    assert_eq!(begin(&other).map(drop).unwrap_err().kind(), "busy");
    assert_eq!(other.read(rows).unwrap(), 0);
    transaction.commit().unwrap();
    begin(&other).unwrap().commit().unwrap();
}

#[test]
fn a_transaction_within_a_read_of_the_same_thread_is_not_left_to_others() {
    let (_directory, database) = patient();
    let seen = database.read(|connection| {
        let mut statement = connection.prepare("SELECT 1 UNION SELECT 2")?;
        let mut rows_in_progress = statement.query([])?;
        rows_in_progress.next()?;
        let mut transaction = begin(&database)?;
        write(&mut transaction)?;
        database.line.seem_to_wait(|| {
            assert!(!transaction.shared.may_be_left(&database.line));
            assert!(transaction.commit_with_others().unwrap());
        });
        Ok(database.read(rows)?)
    });
    assert_eq!(seen.unwrap(), 1);
}

#[test]
fn a_purge_within_a_transaction_is_refused_with_the_reason() {
    let (_directory, database) = patient();
    let mut transaction = begin(&database).unwrap();
    write(&mut transaction).unwrap();
    assert_eq!(database.purge().unwrap_err().kind(), "nested_unit");
    transaction.commit().unwrap();
    let purged = database.snapshot(|_| Ok(database.purge().unwrap_err().to_string())).unwrap();
    assert!(purged.contains("snapshot"), "{purged}");
    database.purge().unwrap();
}

#[test]
fn a_transaction_of_its_own_ends_one_that_was_left_open_first() {
    let (_directory, database) = patient();
    let first = |mut transaction: Transaction<'_>| {
        write(&mut transaction).unwrap();
        assert!(transaction.commit_with_others().unwrap());
    };
    thread::scope(|scope| {
        let transaction = begin(&database).unwrap();
        let second = scope.spawn(|| {
            let transaction = database.begin(database.busy_timeout(), Join::Never).unwrap();
            assert!(!has_company(&transaction));
            transaction.read(rows).unwrap()
        });
        while !database.line.is_anyone_waiting() {
            thread::yield_now();
        }
        transaction.shared.started_at.set(Instant::now().checked_add(Duration::from_secs(3600)));
        first(transaction);
        assert_eq!(second.join().unwrap(), 1, "what others wrote is committed");
    });
}

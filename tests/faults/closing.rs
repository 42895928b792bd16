//! The log stays with those who have the file open, whoever else opens and closes it.

use std::path::PathBuf;
use std::process::Command;

use crate::support::{Fixture, add_contact};

/// Names the file to the process that plays somebody else.
const FILE: &str = "RAMAX_TEST_FILE";

#[test]
fn a_file_opened_twice_keeps_its_log_when_another_process_closes_it() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let _second = fixture.other_process();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "faults::closing::somebody_else_opens_and_closes_the_file"])
        .env(FILE, fixture.file())
        .status()
        .unwrap();
    assert!(status.success());
    let log = PathBuf::from(format!("{}-wal", fixture.file().display()));
    assert!(log.exists(), "the log was taken away from under those who write to it");
    crm.execute(add_contact("c2")).unwrap();
    assert_eq!(fixture.other_process().events().totals().unwrap().events, 2);
}

#[test]
fn somebody_else_opens_and_closes_the_file() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let connection = rusqlite::Connection::open(file).unwrap();
    let events: i64 = connection.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap();
    assert_eq!(events, 1);
}

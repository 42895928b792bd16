//! Tests of imports and deletes that are running in one process while others use their space.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use rustix::process::Signal;

use crate::support::program::{Sandbox, sqlite};
use crate::support::running::{Running, send};

const EVENTS: usize = 20_000;
const TENANT: &str = "crm_load_0001";

/// A running import that has written some events.
const IMPORTING: &str = "SELECT EXISTS (SELECT 1 FROM space_sequences WHERE mark = 2)
    AND EXISTS (SELECT 1 FROM event_log)";
/// A running delete that has removed some events.
const DELETING: &str = "SELECT EXISTS (SELECT 1 FROM space_sequences WHERE mark = 4)
    AND coalesce((SELECT max(pos) FROM event_log) - (SELECT min(pos) FROM event_log), 0) < 19999";

/// A tenant of many events: its database and its export.
struct Tenant {
    database: Vec<u8>,
    export: Vec<u8>,
}

/// Generated once, because that takes most of the time of each test.
static GENERATED: LazyLock<Tenant> = LazyLock::new(|| {
    let sandbox = Sandbox::new();
    sandbox.run(&format!("generate --spaces 1 --events {EVENTS}")).done();
    sandbox.run(&format!("export {TENANT} --output big.jsonl")).done();
    let read = |path: PathBuf| fs::read(path).unwrap();
    Tenant { database: read(sandbox.db()), export: read(sandbox.path("big.jsonl")) }
});

/// Returns an empty store, with the export of the tenant.
fn without_tenant() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run("spaces create crm_first").done();
    fs::write(sandbox.path("big.jsonl"), &GENERATED.export).unwrap();
    sandbox
}

/// Returns a store with the tenant.
fn with_tenant() -> Sandbox {
    let sandbox = Sandbox::new();
    fs::write(sandbox.db(), &GENERATED.database).unwrap();
    sandbox
}

/// Returns a run that is stopped when the file is in the requested state, without an open transaction.
fn stopped(sandbox: impl Fn() -> Sandbox, line: &str, is_there: &str) -> (Sandbox, Running) {
    for _ in 0..50 {
        let sandbox = sandbox();
        let mut run = sandbox.spawn(line);
        let connection = sqlite(&sandbox.db());
        connection.busy_timeout(std::time::Duration::ZERO).unwrap();
        while run.try_wait().unwrap().is_none() {
            // While this connection holds the write lock, the run is between two transactions.
            if connection.execute_batch("BEGIN IMMEDIATE").is_err() {
                std::thread::yield_now();
                continue;
            }
            let is_so = connection.query_row(is_there, [], |row| row.get(0)).unwrap_or(false);
            if is_so {
                send(Signal::STOP, run.id());
                while !matches!(state_of(&run), 'T' | 'Z') {
                    std::thread::yield_now();
                }
            }
            connection.execute_batch("ROLLBACK").unwrap();
            if is_so {
                return (sandbox, run);
            }
        }
    }
    panic!("no run of `{line}` could be stopped halfway");
}

/// Returns the state of a process, as the system reports it.
fn state_of(run: &Running) -> char {
    let stat = fs::read_to_string(format!("/proc/{}/stat", run.id())).unwrap();
    stat[stat.rfind(')').unwrap()..].chars().nth(2).unwrap()
}

fn stopped_import() -> (Sandbox, Running) {
    stopped(without_tenant, "--busy-timeout 60000 import big.jsonl", IMPORTING)
}

fn stopped_delete() -> (Sandbox, Running) {
    let line = format!("--busy-timeout 60000 spaces delete {TENANT} --confirm {TENANT}");
    stopped(with_tenant, &line, DELETING)
}

fn count(sandbox: &Sandbox) -> usize {
    sqlite(&sandbox.db()).query_row("SELECT count(*) FROM event_log", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_second_import_of_a_name_is_refused_while_the_first_is_running() {
    let (sandbox, first) = stopped_import();
    let text = fs::read_to_string(sandbox.path("big.jsonl")).unwrap();
    for ran in [sandbox.run("import big.jsonl"), sandbox.feed("import -", &text)] {
        let (message, hint) = ran.error();
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(
            message.contains("is being imported by") && message.contains(&first.id().to_string()),
            "{message}"
        );
        assert!(hint.starts_with("wait until it has finished"), "{hint}");
    }
    send(Signal::CONT, first.id());
    first.finish().done();
    sandbox.run(&format!("run {TENANT} add-contact contact_id=after name=N email=e")).done();
    sandbox.run("check --deep").done();
    assert_eq!(count(&sandbox), EVENTS + 1);
}

#[test]
fn the_next_import_replaces_that_of_a_killed_process() {
    let (sandbox, mut first) = stopped_import();
    first.kill().unwrap();
    first.wait().unwrap();
    sandbox.run("import big.jsonl").done();
    sandbox.run("check --deep").done();
    assert_eq!(count(&sandbox), EVENTS);
}

#[test]
fn concurrent_imports_of_one_name_let_one_succeed_and_report_no_damage() {
    let sandbox = without_tenant();
    let imports: Vec<Running> =
        (0..4).map(|_| sandbox.spawn("--busy-timeout 60000 import big.jsonl")).collect();
    let ended: Vec<_> = imports.into_iter().map(Running::finish).collect();
    assert_eq!(ended.iter().filter(|ran| ran.code == 0).count(), 1, "{ended:?}");
    for ran in ended.iter().filter(|ran| ran.code != 0) {
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(!ran.err.contains("damaged") && !ran.err.contains("rebuild"), "{ran:?}");
    }
    sandbox.run("check --deep").done();
    assert_eq!(count(&sandbox), EVENTS);
}

#[test]
fn a_delete_with_a_failed_archive_does_not_reopen_a_space_that_another_delete_removes() {
    let archive = format!("spaces delete {TENANT} --confirm {TENANT} --archive nowhere/a.jsonl");
    for is_killed in [false, true] {
        let (sandbox, mut plain) = stopped_delete();
        if is_killed {
            plain.kill().unwrap();
            plain.wait().unwrap();
        }
        let left = count(&sandbox);
        let refused = sandbox.run(&archive);
        assert_eq!(refused.code, 1, "{refused:?}");
        for line in [
            "run crm_load_0001 add-contact contact_id=n name=N email=e",
            "run crm_load_0001 add-contact contact_id=n name=N email=e --dry-run",
            "export crm_load_0001",
            "spaces rename crm_load_0001 other",
        ] {
            let refused = sandbox.run(line);
            let (message, hint) = refused.error();
            assert_eq!(refused.code, 1, "{line}: {refused:?}");
            if is_killed {
                assert!(hint.contains("`ramax spaces delete"), "{line}: {hint}");
            } else {
                let named = format!("(process {})", plain.id());
                assert!(message.contains(&named) && hint.starts_with("wait until"), "{line}: {refused:?}");
            }
        }
        assert_eq!(count(&sandbox), left, "the space is neither reopened nor changed");
        if is_killed {
            sandbox.run(&format!("spaces delete {TENANT} --confirm {TENANT}")).done();
        } else {
            send(Signal::CONT, plain.id());
            plain.finish().done();
        }
        assert_eq!(count(&sandbox), 0);
        sandbox.run("check --deep").done();
    }
}

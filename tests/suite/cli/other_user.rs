//! Tests of users who may read a file, but may not write it or its directory.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::support::program::{Ran, Sandbox};

/// The uid of `nobody` on most systems.
const NOBODY: u32 = 65534;

/// Returns the program as another user, or none if this process may not switch users.
fn as_nobody(sandbox: &Sandbox, line: &str) -> Option<Command> {
    let command = |line| {
        let mut command = sandbox.command(line);
        command.uid(NOBODY).gid(NOBODY);
        command
    };
    let may = rustix::process::geteuid().is_root() && command("--version").output().is_ok();
    if !may {
        println!("SKIPPED: this process may not run the program as another user");
    }
    may.then(|| command(line))
}

/// Returns a sandbox with a world-readable file, in a directory with these permissions.
fn readable(directory: u32) -> Sandbox {
    let sandbox = Sandbox::with_contacts();
    fs::set_permissions(sandbox.db(), Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(sandbox.directory.path(), Permissions::from_mode(directory)).unwrap();
    sandbox
}

fn run(mut command: Command) -> Ran {
    command.output().unwrap().into()
}

#[test]
fn a_reader_leaves_no_file_that_the_owner_cannot_write() {
    let sandbox = readable(0o777);
    let Some(read) = as_nobody(&sandbox, "--read-only events list crm_acme --json") else { return };
    assert_eq!(run(read).done().objects().len(), 2);
    assert_eq!(sandbox.files(), ["t.db"]);
}

#[test]
fn a_leftover_file_of_another_user_is_reported_with_a_remedy() {
    let sandbox = readable(0o777);
    let Some(_) = as_nobody(&sandbox, "--version") else { return };
    chown(sandbox.db(), Some(NOBODY), Some(NOBODY)).unwrap();
    for ending in ["-wal", "-shm"] {
        // A leftover of a finished session, without commits.
        fs::write(sandbox.path(&format!("t.db{ending}")), "").unwrap();
        fs::set_permissions(sandbox.path(&format!("t.db{ending}")), Permissions::from_mode(0o644)).unwrap();
    }
    let ran = run(as_nobody(&sandbox, "--json spaces create crm_new").unwrap());
    let error = ran.json_error();
    assert_eq!((ran.code, error["kind"].as_str()), (3, Some("beside_not_writable")), "{ran:?}");
    assert!(error["message"].as_str().unwrap().ends_with("t.db-wal belongs to root"), "{error}");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("chown") && !hint.contains("--read-only"), "{hint}");
}

#[test]
fn a_user_without_write_access_is_not_advised_to_change_files_beside_the_database() {
    let sandbox = readable(0o755);
    let Some(write) = as_nobody(&sandbox, "--json run crm_acme add-contact contact_id=c3 name=N email=e")
    else {
        return;
    };
    let _open = sandbox.store();
    assert!(sandbox.files().contains(&"t.db-wal".to_owned()));
    let ran = run(write);
    assert_eq!((ran.code, ran.json_error()["kind"].as_str()), (3, Some("not_writable")), "{ran:?}");
}

#[test]
fn a_reader_without_write_access_to_the_directory_follows_later_commits() {
    let sandbox = readable(0o755);
    let Some(mut follow) =
        as_nobody(&sandbox, "--read-only events follow crm_acme --json --after 0 --limit 5")
    else {
        return;
    };
    let mut child = follow.spawn().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(answers.by_ref().take(2).all(|answer| answer.is_ok()));
    // Each of these is written, checkpointed and closed before the next one.
    for id in ["c3", "c4"] {
        sandbox.run(&format!("run crm_acme add-contact contact_id={id} name=N email=e")).done();
        assert!(answers.next().unwrap().unwrap().contains(id));
    }
    sandbox.run("spaces create crm_other").done();
    sandbox.run("spaces delete crm_other --confirm crm_other --purge").done();
    sandbox.run("run crm_acme add-contact contact_id=c5 name=N email=e").done();
    assert!(answers.next().unwrap().unwrap().contains("c5"), "an intact file is not reported as damaged");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

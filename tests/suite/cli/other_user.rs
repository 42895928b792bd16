//! Tests of users who may read a file, but may not write it or its directory.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use ramax::operations::{backup, keep_going};
use ramax::{Apps, Location, OpenOptions, Store};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

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

/// A group that `nobody` joins for a test.
const SHARED: u32 = 54_321;

/// Runs a test on a thread of `nobody`, who is a member of the group.
fn as_member(test: impl FnOnce() + Send) {
    let user = rustix::process::Uid::from_raw(NOBODY);
    let [own, shared] = [NOBODY, SHARED].map(rustix::process::Gid::from_raw);
    std::thread::scope(|scope| {
        let member = scope.spawn(move || {
            set_thread_groups(&[shared]).unwrap();
            set_thread_res_gid(own, own, own).unwrap();
            set_thread_res_uid(user, user, user).unwrap();
            test();
        });
        member.join().unwrap();
    });
}

#[test]
fn new_files_beside_a_database_get_its_group() {
    let sandbox = readable(0o777);
    let Some(_) = as_nobody(&sandbox, "--version") else { return };
    chown(sandbox.db(), Some(NOBODY), Some(SHARED)).unwrap();
    fs::set_permissions(sandbox.db(), Permissions::from_mode(0o660)).unwrap();
    as_member(|| {
        for read_only in [false, true] {
            let options = OpenOptions { read_only, ..OpenOptions::default() };
            let store = Store::open(&Location::file(sandbox.db()), options).unwrap();
            for ending in ["-wal", "-shm"] {
                let found = fs::metadata(sandbox.path(&format!("t.db{ending}"))).unwrap();
                assert_eq!((found.gid(), found.mode() & 0o777), (SHARED, 0o660), "{ending}");
            }
            if read_only {
                let copy = Location::file(sandbox.path("b.db"));
                backup(&store, &Apps::standard(), &copy, false, &mut keep_going).unwrap();
            }
        }
        let [events, projections] = ["e.db", "p.db"].map(|name| sandbox.path(name));
        drop(Store::open_or_create(&Location::file(&events), OpenOptions::default()).unwrap());
        fs::remove_file(&events).unwrap();
        let both = Location::two_files(&events, &projections);
        drop(Store::open_or_create(&both, OpenOptions::default()).unwrap());
        chown(&events, None, Some(SHARED)).unwrap();
        fs::remove_file(&projections).unwrap();
        drop(Store::open_to_rebuild(&both, OpenOptions::default()).unwrap());
    });
    for name in ["b.db", "p.db"] {
        let found = fs::metadata(sandbox.path(name)).unwrap();
        assert_eq!((found.gid(), found.mode() & 0o777), (SHARED, 0o600), "{name}");
    }
}

#[test]
fn a_wrong_mode_or_group_of_a_file_beside_the_database_is_named_with_its_remedy() {
    for (owner, group, mode, remedies) in [
        (NOBODY, NOBODY, 0o444, ["`chmod 660 ", ""]),
        (0, 0, 0o660, ["`chgrp 65534 ", ""]),
        (0, 0, 0o600, ["`chgrp 65534 ", "`chmod 660 "]),
    ] {
        let sandbox = readable(0o777);
        let Some(write) = as_nobody(&sandbox, "--json spaces create crm_new") else { return };
        chown(sandbox.db(), Some(NOBODY), Some(NOBODY)).unwrap();
        fs::set_permissions(sandbox.db(), Permissions::from_mode(0o660)).unwrap();
        for ending in ["-wal", "-shm"] {
            let file = sandbox.path(&format!("t.db{ending}"));
            fs::write(&file, "").unwrap();
            fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            chown(&file, Some(owner), Some(group)).unwrap();
        }
        let error = run(write).json_error();
        let hint = error["hint"].as_str().unwrap();
        assert_eq!(error["kind"], "beside_not_writable", "{error}");
        assert!(remedies.iter().all(|remedy| hint.contains(remedy)), "{hint}");
        assert_eq!(hint.contains("chmod"), mode != 0o660, "{hint}");
        assert!(!hint.contains("chown"), "{hint}");
    }
}

/// The owner, group and mode of a file, and the command and the owner that an error names for it.
type Refused = ((u32, u32, u32), &'static str, &'static str);

#[test]
fn a_wrong_owner_or_mode_of_the_database_is_named_with_its_remedy() {
    let write = "--json spaces create crm_new";
    let read = "--json --read-only spaces list";
    let cases: [(&str, &str, Refused); 5] = [
        (write, "not_writable", ((NOBODY, NOBODY, 0o400), "`chmod u+rw ", "it has the mode 400")),
        (write, "not_writable", ((0, NOBODY, 0o640), "have root run `chmod g+rw ", "it belongs to root")),
        (write, "not_writable", ((0, 0, 0o644), "`chgrp ", "it belongs to root and has the mode 644")),
        (read, "not_readable", ((NOBODY, NOBODY, 0o200), "`chmod u+r ", "it has the mode 200")),
        (read, "not_readable", ((0, 0, 0o600), "and `chmod g+r ", "it belongs to root and has the mode 600")),
    ];
    for (line, kind, ((owner, group, mode), remedy, told)) in cases {
        let sandbox = readable(0o777);
        let Some(command) = as_nobody(&sandbox, line) else { return };
        chown(sandbox.db(), Some(owner), Some(group)).unwrap();
        fs::set_permissions(sandbox.db(), Permissions::from_mode(mode)).unwrap();
        let ran = run(command);
        let error = ran.json_error();
        let [message, hint] = ["message", "hint"].map(|field| error[field].as_str().unwrap());
        assert_eq!((ran.code, error["kind"].as_str()), (3, Some(kind)), "{error}");
        assert!(message.contains(told) && hint.contains(remedy), "{error}");
        let is_readable = kind == "not_writable" && !hint.contains("--read-only");
        assert!(!is_readable, "{hint}");
    }
}

#[test]
fn a_write_ahead_log_that_a_reader_may_not_read_is_named_with_its_remedy() {
    let sandbox = readable(0o777);
    let Some(read) = as_nobody(&sandbox, "--json --read-only events list crm_acme") else { return };
    let open = sandbox.store();
    let crm = ramax::ContentStore::open(&open, "crm_acme", std::sync::Arc::new(ramax::apps::Crm)).unwrap();
    crm.execute(crate::support::add_contact("c9")).unwrap();
    fs::set_permissions(sandbox.path("t.db-wal"), Permissions::from_mode(0o600)).unwrap();
    let error = run(read).json_error();
    let [message, hint] = ["message", "hint"].map(|field| error[field].as_str().unwrap());
    assert_eq!(error["kind"], "beside_not_readable", "{error}");
    assert!(message.ends_with("t.db-wal of root has another mode than the database"), "{message}");
    assert!(hint.contains("have root run `chmod 644 "), "{hint}");
}

#[test]
fn a_wal_in_a_directory_that_became_read_only_is_reported_with_its_remedy() {
    let sandbox = Sandbox::with_contacts();
    let Some(mut command) = as_nobody(&sandbox, "run crm_acme --batch - --json") else { return };
    let directory = sandbox.directory.path();
    for path in [directory, &sandbox.db()] {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let mut batch = command.stdin(Stdio::piped()).spawn().unwrap();
    let (mut input, output) = (batch.stdin.take().unwrap(), batch.stdout.take().unwrap());
    let line = r#"{"command":"add-contact","contact_id":"c3","name":"N","email":"e"}"#;
    writeln!(input, "{line}").unwrap();
    BufReader::new(output).read_line(&mut String::new()).unwrap();
    fs::set_permissions(directory, Permissions::from_mode(0o500)).unwrap();
    drop(input);
    let ran: Ran = batch.wait_with_output().unwrap().into();
    assert_eq!(ran.code, 0, "{ran:?}");
    let note: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
    let message = note["note"]["message"].as_str().unwrap();
    assert!(message.contains("t.db-wal cannot be removed: its directory "), "{message}");
    assert!(message.contains("has the mode 500") && message.contains("run `chmod u+rwx "), "{message}");
    assert!(sandbox.files().contains(&"t.db-wal".to_owned()));
    fs::set_permissions(directory, Permissions::from_mode(0o700)).unwrap();
    let listed = run(as_nobody(&sandbox, "spaces list --json").unwrap()).done();
    assert_eq!((listed.objects()[0]["events"].as_u64(), listed.err.as_str()), (Some(3), ""));
    assert_eq!(sandbox.files(), ["t.db"]);
}

#[test]
fn a_directory_in_which_no_file_can_be_created_is_named_with_its_remedy() {
    for (line, told) in
        [("--json spaces create a", "written"), ("--json --db new.db spaces create a", "created")]
    {
        let sandbox = readable(0o755);
        let Some(mut write) = as_nobody(&sandbox, line) else { return };
        chown(sandbox.db(), Some(NOBODY), Some(NOBODY)).unwrap();
        write.current_dir(sandbox.directory.path());
        let error = run(write).json_error();
        let message = error["message"].as_str().unwrap();
        assert_eq!(error["kind"], "not_writable", "{error}");
        assert!(message.contains(&format!("cannot be {told}: its directory ")), "{message}");
        assert!(message.ends_with("belongs to root and has the mode 755"), "{message}");
        assert!(error["hint"].as_str().unwrap().contains("have root run `chgrp "), "{error}");
    }
}

#[test]
fn a_database_and_its_directory_that_are_both_refused_have_one_remedy_that_works() {
    let sandbox = readable(0o755);
    let Some(write) = as_nobody(&sandbox, "--json spaces create crm_new") else { return };
    fs::set_permissions(sandbox.db(), Permissions::from_mode(0o644)).unwrap();
    let error = run(write).json_error();
    let hint = error["hint"].as_str().unwrap();
    let commands = hint.split('`').skip(1).step_by(2).filter(|command| command.starts_with("ch"));
    let named: Vec<String> = commands.map(str::to_owned).collect();
    assert_eq!(named.len(), 4, "{hint}");
    for command in &named {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(sandbox.directory.path());
        assert!(shell.status().unwrap().success(), "{command}");
    }
    run(as_nobody(&sandbox, "--json spaces create crm_new").unwrap()).done();
}

//! Tests of `ramax backup`.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use rustix::process::Signal;

use crate::support::program::{Ran, Sandbox};
use crate::support::running::{Running, send};

#[test]
fn a_backup_is_complete_and_restored_with_cp() {
    let sandbox = Sandbox::with_contacts();
    let made = sandbox.run("backup b.db").done();
    assert!(made.out.starts_with("backed up to b.db: "), "{made:?}");
    assert!(made.out.contains(" bytes; no problems in 1 space, 2 events, 3 keys; took "), "{made:?}");
    let list = |sandbox: &Sandbox| sandbox.run("events list crm_acme --json").done().out;
    let before = list(&sandbox);
    sandbox.run("spaces delete crm_acme --confirm crm_acme").done();
    fs::copy(sandbox.path("b.db"), sandbox.db()).unwrap();
    assert_eq!(list(&sandbox), before);
    sandbox.run("check --deep").done();
    sandbox.run("run crm_acme add-contact contact_id=c3 name=N email=e@e.example").done();
    // The copy contains no running operation.
    let log = sandbox.run("log --json").done().out;
    assert!(!log.contains("running") && !log.contains("interrupted"), "{log}");
}

#[test]
fn a_backup_is_reported_as_json_and_recorded() {
    let sandbox = Sandbox::with_contacts();
    let object = sandbox.run("backup b.db --json").done().object();
    assert_eq!(
        (&object["file"], &object["events"], &object["findings"]),
        (&"b.db".into(), &2.into(), &0.into())
    );
    assert_eq!(object["bytes"], fs::metadata(sandbox.path("b.db")).unwrap().len());
    let log = sandbox.run("log --json").done().out;
    let entry = log.lines().find(|line| line.contains(r#""action":"backup""#)).unwrap();
    assert!(entry.contains(r#""outcome":"done""#), "{entry}");
}

#[test]
fn an_earlier_backup_is_replaced_only_on_request_and_the_database_never() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("backup b.db").done();
    let earlier = fs::read(sandbox.path("b.db")).unwrap();
    sandbox.run("run crm_acme add-contact contact_id=c9 name=N email=e9@e.example").done();
    assert_eq!(sandbox.run("backup b.db --json").json_error()["kind"], "file_exists");
    assert_eq!(fs::read(sandbox.path("b.db")).unwrap(), earlier);
    sandbox.run("backup b.db --force").done();
    assert_ne!(fs::read(sandbox.path("b.db")).unwrap(), earlier);
    sandbox.run("--db b.db check --deep").done();
    for file in ["t.db", "./t.db", "t.db-wal", "t.db-journal"] {
        let refused = sandbox.run(&format!("backup --force {file} --json"));
        assert_eq!((refused.code, &refused.json_error()["kind"]), (1, &"file_of_database".into()), "{file}");
    }
    let names = sandbox.files();
    assert!(names.iter().all(|name| !name.contains(".part")), "{names:?}");
}

#[test]
fn a_newer_backup_and_other_files_are_never_replaced() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("backup old.db").done();
    sandbox.run("run crm_acme add-contact contact_id=c9 name=N email=e9@e.example").done();
    sandbox.run("backup new.db").done();
    fs::write(sandbox.path("notes.txt"), "notes").unwrap();
    fs::write(sandbox.path("empty.db"), "").unwrap();
    let restored = |line: &str| sandbox.run(&format!("--db restored.db {line}"));
    fs::copy(sandbox.path("old.db"), sandbox.path("restored.db")).unwrap();
    for (target, kind) in [("new.db", "backup_newer"), ("notes.txt", "other_file")] {
        let before = fs::read(sandbox.path(target)).unwrap();
        let refused = restored(&format!("backup {target} --force --json"));
        assert_eq!((refused.code, &refused.json_error()["kind"]), (1, &kind.into()), "{refused:?}");
        assert_eq!(fs::read(sandbox.path(target)).unwrap(), before, "{target}");
    }
    // A delete removes events, but not their ids.
    restored("spaces delete crm_acme --confirm crm_acme").done();
    for target in ["old.db", "empty.db"] {
        restored(&format!("backup {target} --force")).done();
    }
}

/// Changes that create no event.
const CHANGES: [&str; 5] = [
    "spaces create crm_new",
    "spaces rename crm_acme crm_other",
    "spaces set crm_acme --metadata {}",
    "spaces delete crm_acme --confirm crm_acme",
    "redact crm_acme --entity c1 --field email --confirm crm_acme",
];

#[test]
fn a_database_in_use_is_never_replaced_by_its_own_backup() {
    for change in CHANGES {
        let sandbox = Sandbox::with_contacts();
        sandbox.run("backup b.db").done();
        sandbox.run(change).done();
        let changed = fs::read(sandbox.db()).unwrap();
        for space in ["crm_later", "crm_latest"] {
            let refused = sandbox.run("--db b.db backup t.db --force --json");
            assert_eq!((refused.code, &refused.json_error()["kind"]), (1, &"backup_used".into()), "{change}");
            assert_eq!(fs::read(sandbox.db()).unwrap(), changed, "{change}");
            // The second time, from a copy that is a database of its own.
            sandbox.run(&format!("--db b.db spaces create {space}")).done();
        }
    }
}

#[test]
fn a_backup_with_changes_that_a_restored_one_lacks_is_kept() {
    for change in CHANGES {
        let sandbox = Sandbox::with_contacts();
        sandbox.run("backup old.db").done();
        sandbox.run(change).done();
        sandbox.run("backup new.db").done();
        let newer = fs::read(sandbox.path("new.db")).unwrap();
        fs::copy(sandbox.path("old.db"), sandbox.path("restored.db")).unwrap();
        let restored = |line: &str| sandbox.run(&format!("--db restored.db {line}"));
        for _ in 0..3 {
            let refused = restored("backup new.db --force --json");
            assert_eq!(
                (refused.code, &refused.json_error()["kind"]),
                (1, &"backup_diverged".into()),
                "{change}"
            );
            assert_eq!(fs::read(sandbox.path("new.db")).unwrap(), newer, "{change}");
            restored("rebuild crm_acme").done();
        }
        restored("backup old.db --force").done();
    }
}

/// The options that name a database and its backup, and the arguments that name the backup.
const FILES: [[&str; 3]; 2] = [
    ["--db t.db", "--db b.db", "b.db"],
    ["--db e.db --projections p.db", "--db eb.db --projections pb.db", "eb.db pb.db"],
];

/// A database with a backup that was opened for writing, checked and verified.
struct LookedAt {
    sandbox: Sandbox,
    files: [&'static str; 3],
}

impl LookedAt {
    fn new(files: [&'static str; 3]) -> Self {
        let tried = Self { sandbox: Sandbox::new(), files };
        tried.original("spaces create crm_acme").done();
        tried.add_contact("c1");
        tried.original(&format!("backup {}", files[2])).done();
        for look in ["check --deep", "verify crm_acme", "spaces list", "events list crm_acme", "check"] {
            tried.copy(look).done();
        }
        assert_eq!(tried.copy("log --json").done().out.matches(r#""action":"check""#).count(), 2);
        tried
    }

    fn original(&self, line: &str) -> Ran {
        self.sandbox.run(&format!("{} {line}", self.files[0]))
    }

    fn copy(&self, line: &str) -> Ran {
        self.sandbox.run(&format!("{} {line}", self.files[1]))
    }

    fn add_contact(&self, id: &str) {
        self.original(&format!("run crm_acme add-contact contact_id={id} name=N email={id}@e.example"))
            .done();
    }

    fn back_up(&self) -> Ran {
        self.original(&format!("backup {} --force", self.files[2]))
    }

    /// Returns the contents of the backup.
    fn bytes(&self) -> Vec<Vec<u8>> {
        self.files[2].split(' ').map(|file| fs::read(self.sandbox.path(file)).unwrap()).collect()
    }

    fn restore(&self, bytes: &[Vec<u8>]) {
        let files = self.files[2].split(' ').zip(bytes);
        files.for_each(|(file, bytes)| fs::write(self.sandbox.path(file), bytes).unwrap());
    }
}

#[test]
fn a_backup_that_was_only_looked_at_is_replaced_every_night() {
    for files in FILES {
        let tried = LookedAt::new(files);
        for night in ["c2", "c3"] {
            tried.back_up().done();
            tried.add_contact(night);
            tried.back_up().done();
            tried.copy("check --deep").done();
        }
        tried.original("redact crm_acme --entity c3 --field email --confirm crm_acme").done();
        tried.back_up().done();
        tried.copy("check --deep").done();
        tried.original("spaces delete crm_acme --confirm crm_acme").done();
        tried.back_up().done();
        assert!(tried.copy("spaces list --json").done().out.is_empty());
    }
}

#[test]
fn a_backup_that_was_used_after_a_look_is_kept() {
    let uses = [
        "run crm_acme add-contact contact_id=own name=N email=e@e.example",
        "rebuild crm_acme",
        "check --repair",
        "export crm_acme --output e.jsonl --force",
    ];
    for files in FILES {
        let tried = LookedAt::new(files);
        let looked_at = tried.bytes();
        // Neither more events in the original nor a later look hides a use.
        ["c2", "c3"].into_iter().for_each(|id| tried.add_contact(id));
        for used in uses.into_iter().chain(CHANGES) {
            tried.copy(used).done();
            tried.copy("check").done();
            let before = tried.bytes();
            let refused = tried.back_up();
            let (message, hint) = refused.error();
            assert!(
                message.contains(", so it was used as a database since it was copied"),
                "{used}: {message}"
            );
            assert!(hint.ends_with("to look at a backup, open it with --read-only"), "{hint}");
            assert!(tried.bytes() == before, "{used}");
            tried.restore(&looked_at);
        }
        tried.back_up().done();
    }
}

#[test]
fn a_backup_is_not_written_beside_a_foreign_wal() {
    let sandbox = Sandbox::with_contacts();
    fs::write(sandbox.path("b.db-wal"), "commits of another file").unwrap();
    let refused = sandbox.run("backup b.db");
    let (message, hint) = refused.error();
    assert!(message.contains("SQLite would take") && hint.contains("choose another file"), "{refused:?}");
    assert!(!sandbox.path("b.db").exists());
}

#[test]
fn a_backup_and_its_directory_may_have_names_that_are_not_unicode() {
    let sandbox = Sandbox::with_contacts();
    let directory = sandbox.directory.path().join(OsStr::from_bytes(b"d\xff"));
    fs::create_dir(&directory).unwrap();
    let backup = directory.join(OsStr::from_bytes(b"b\xff.db"));
    let ran = |args: [&OsStr; 3]| sandbox.command_of(&[]).args(args).output().unwrap();
    let made = ran([OsStr::new("backup"), backup.as_os_str(), OsStr::new("--json")]);
    assert!(made.status.success(), "{made:?}");
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "there is nothing beside it");
    fs::copy(&backup, sandbox.path("restored.db")).unwrap();
    sandbox.run("--db restored.db check --deep").done();
}

#[test]
fn a_two_file_store_is_backed_up_into_two_matching_files() {
    let sandbox = Sandbox::new();
    let both = |line: &str| sandbox.run(&format!("--db e.db --projections p.db {line}"));
    both("spaces create crm_acme").done();
    both("run crm_acme add-contact contact_id=c1 name=N email=e@e.example").done();
    let kind = |line: &str| both(&format!("{line} --json")).json_error()["kind"].clone();
    assert_eq!(kind("backup e2.db"), "second_file_missing");
    assert_eq!(kind("backup e2.db e2.db"), "same_file");
    assert_eq!(kind("backup e2.db p.db --force"), "file_of_database");
    assert!(!sandbox.path("e2.db").exists());
    both("backup e2.db p2.db").done();
    for confused in
        ["backup p2.db e2.db --force", "backup new.db e2.db --force", "backup p2.db new.db --force"]
    {
        assert_eq!(kind(confused), "other_part", "{confused}");
    }
    both("backup e2.db p2.db --force").done();
    let copy = |line: &str| sandbox.run(&format!("--db e2.db --projections p2.db {line}"));
    assert!(copy("projections list crm_acme").done().out.contains("contact:c1"));
    copy("check --deep").done();
    assert_eq!(sandbox.run("backup f.db g.db").code, 3);
    let whole = Sandbox::with_contacts();
    assert_eq!(whole.run("backup f.db g.db --json").json_error()["kind"], "second_file_unwanted");
}

#[test]
fn commands_continue_during_a_backup_which_holds_all_earlier_ones() {
    let sandbox = Sandbox::with_contacts();
    let mut batch = sandbox.command("run crm_acme --batch -").stdin(Stdio::piped()).spawn().unwrap();
    let (mut stdin, stdout) = (batch.stdin.take().unwrap(), batch.stdout.take().unwrap());
    let mut answers = BufReader::new(stdout).lines();
    let mut add = |id: usize| {
        let line = format!(r#"{{"command":"add-contact","contact_id":"b{id}","name":"N","email":"e"}}"#);
        writeln!(stdin, "{line}").unwrap();
        answers.next().unwrap().unwrap()
    };
    add(0);
    let backup = sandbox.spawn("backup b.db --json");
    (1..50).for_each(|id| drop(add(id)));
    let made = backup.finish().done();
    drop(stdin);
    assert!(batch.wait().unwrap().success());
    let events = sandbox.run("--db b.db events list crm_acme --json").done().out.lines().count();
    assert!(events >= 3 && made.out.contains(&format!(r#""events":{events},"#)), "{events} events: {made:?}");
    sandbox.run("--db b.db check --deep").done();
}

/// Returns the temporary files in the directory of the target.
fn drafts(sandbox: &Sandbox) -> Vec<String> {
    let is_written = |name: &String| fs::metadata(sandbox.path(name)).is_ok_and(|file| file.len() > 0);
    sandbox.files().into_iter().filter(|name| name.ends_with(".part")).filter(is_written).collect()
}

/// Returns a backup or export that is stopped before its file has its final name.
fn stopped_in_its_midst(sandbox: &Sandbox, line: &str) -> Running {
    for _ in 0..20 {
        let mut running = sandbox.spawn(&format!("{line} --force"));
        while drafts(sandbox).is_empty() && running.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        send(Signal::STOP, running.id());
        if running.try_wait().unwrap().is_none() && !drafts(sandbox).is_empty() {
            return running;
        }
        send(Signal::CONT, running.id());
    }
    panic!("each finished before it could be stopped");
}

#[test]
fn the_next_run_removes_the_temporary_file_of_a_killed_process_and_no_other() {
    let sandbox = Sandbox::new();
    sandbox.run("generate --spaces 1 --events 5000").done();
    for line in ["backup b.db", "export crm_load_0001 --output e.jsonl"] {
        let running = stopped_in_its_midst(&sandbox, line);
        let held = drafts(&sandbox);
        sandbox.run("backup other.db --force").done();
        assert_eq!(drafts(&sandbox), held, "{line}: its process still exists");
        send(Signal::CONT, running.id());
        running.finish().done();
        assert!(drafts(&sandbox).is_empty(), "{line}");

        let mut running = stopped_in_its_midst(&sandbox, line);
        running.kill().unwrap();
        running.wait().unwrap();
        assert_eq!(drafts(&sandbox).len(), 1, "{line}");
        sandbox.run("backup other.db --force").done();
        assert!(drafts(&sandbox).is_empty(), "{line}");
    }
    sandbox.run("--db b.db check --deep").done();
}

#[test]
fn a_copy_with_lost_data_is_reported_and_replaces_no_earlier_backup() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("backup good.db").done();
    let good = fs::read(sandbox.path("good.db")).unwrap();
    let sqlite = rusqlite::Connection::open(sandbox.db()).unwrap();
    sqlite.execute("UPDATE event_log SET payload = '{}' WHERE event_id = 1", []).unwrap();
    drop(sqlite);
    let refused = sandbox.run("backup good.db --force");
    let (message, hint) = refused.error();
    assert_eq!(refused.code, 1);
    assert!(message.starts_with("good.db was not replaced: event 1"), "{message}");
    assert!(hint.starts_with("keep the earlier backup"), "{hint}");
    assert_eq!(fs::read(sandbox.path("good.db")).unwrap(), good);
    let made = sandbox.run("backup bad.db");
    assert_eq!(made.code, 1);
    assert!(made.out.contains("problem in 1 space") && made.out.contains("event 1"), "{made:?}");
}

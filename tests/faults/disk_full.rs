//! Full disks and file size limits.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::console::Headless;
use ramax::operations::{
    DeleteOptions, ImportFile, ImportOptions, backup, delete, export_to_file, import, keep_going,
};
use ramax::{Apps, ContentStore, Location, Store};

use super::acknowledged::{Account, Answer, OPTIONS, assert_whole};
use crate::support::program::{Ran, Sandbox};
use crate::support::{add_contact, rename_contact};

/// A small disk, unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts the disk. Returns none if this process may not.
    fn mount(at: &Path) -> Option<Self> {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(at).stderr(Stdio::null());
        match command.status() {
            Ok(status) if status.success() => Some(Self(at.to_owned())),
            outcome => {
                println!("SKIPPED: no small disk can be mounted here ({outcome:?})");
                None
            }
        }
    }

    /// Fills the disk, leaving `but` bytes.
    fn fill(&self, but: u64) {
        let mut ballast = fs::File::create(self.0.join("ballast")).unwrap();
        while ballast.write_all(&[1; 4096]).is_ok() {}
        let size = ballast.metadata().unwrap().len();
        ballast.set_len(size.saturating_sub(but)).unwrap();
    }

    fn make_room(&self) {
        fs::write(self.0.join("ballast"), []).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_reported_and_the_handle_works_again_with_room() {
    let directory = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(directory.path()) else { return };
    let location = Location::file(directory.path().join("store.db"));
    let store = Store::open_or_create(&location, OPTIONS).unwrap();
    let mut account = Account::default();
    assert_eq!(account.execute(&store, "crm_acme", "first"), Answer::Done);
    for room in (0..20).map(|pages| pages * 8192) {
        disk.fill(room);
        let refused = loop {
            let id = format!("c{}", fastrand::u64(..));
            if let Answer::Failed(why) = account.execute(&store, "crm_acme", &id) {
                break why;
            }
        };
        assert!(refused.starts_with("disk_full"), "{refused}");
        let mut console = Headless::new(store.clone(), Apps::standard(), 120, 40);
        console.press("<enter>jj").unwrap();
        assert!(!console.state().spaces.shown.is_empty(), "reading still works");
        disk.make_room();
        assert_eq!(account.execute(&store, "crm_acme", &format!("after-{room}")), Answer::Done);
        assert_whole(&store, &account, &format!("{room} bytes of room"));
    }
    drop(store);
    assert_whole(&Store::open(&location, OPTIONS).unwrap(), &account, "opened again");
}

#[test]
fn a_full_disk_allows_reads_and_refuses_writes() {
    let directory = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(directory.path()) else { return };
    let location = Location::file(directory.path().join("store.db"));
    let store = Store::open_or_create(&location, OPTIONS).unwrap();
    ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap().execute(add_contact("c1")).unwrap();
    drop(store);
    disk.fill(0);
    let read_only = ramax::OpenOptions { read_only: true, ..OPTIONS };
    let reader = Store::open(&location, read_only).unwrap();
    assert_eq!(reader.events().totals().unwrap().events, 1);
    let left = || {
        let mut names = names(directory.path());
        names.sort();
        names
    };
    assert_eq!(left(), ["ballast", "store.db"]);
    let new = Location::file(directory.path().join("new.db"));
    for refused in [Store::open(&location, OPTIONS), Store::open_or_create(&new, OPTIONS)] {
        let refused = refused.err().unwrap();
        assert_eq!(refused.kind(), "disk_full", "{refused}");
        let hint = refused.hint().unwrap();
        assert_eq!(hint.contains("read-only"), !refused.to_string().contains("new.db"), "{hint}");
    }
    assert_eq!(left(), ["ballast", "store.db"], "a refused command leaves nothing");
    let hint = Store::open(&location, OPTIONS).err().unwrap().hint().unwrap();
    assert!(hint.ends_with("to read it, or to export it or back it up to another disk"), "{hint}");
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = Location::file(elsewhere.path().join("b.db"));
    assert_eq!(backup(&reader, &Apps::standard(), &copy, false, &mut keep_going).unwrap().checked.events, 1);
    let exported = elsewhere.path().join("e.jsonl");
    export_to_file(&reader, "crm_acme", &exported, false, &mut keep_going).unwrap();
    disk.make_room();
    let store = Store::open(&location, OPTIONS).unwrap();
    ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap().execute(add_contact("c2")).unwrap();
    assert_eq!(reader.events().totals().unwrap().events, 2);
}

#[test]
fn a_wal_that_a_full_disk_keeps_from_being_removed_is_reported_and_removed_by_the_next_command() {
    let sandbox = Sandbox::new();
    let Some(disk) = SmallDisk::mount(sandbox.directory.path()) else { return };
    sandbox.run("spaces create crm_acme").done();
    let (mut events, mut reported) = (0, 0);
    // Room for the shared memory and a commit; at first for no checkpoint, at last for one.
    for room in (12..40).map(|pages| pages * 8192) {
        disk.fill(room);
        let email = "e".repeat(20_000);
        let line = format!("run crm_acme add-contact contact_id=c{room} name=N email={email} --json");
        let ran = sandbox.run(&line);
        events += u64::from(ran.code == 0);
        let is_left = sandbox.files().contains(&"t.db-wal".to_owned());
        assert_eq!(is_left, ran.err.contains("wal_remains"), "{room}: {ran:?}");
        assert!(!is_left || ran.err.contains("t.db-wal cannot be removed: the disk is full"), "{ran:?}");
        reported += u64::from(is_left && ran.code == 0);
        let listed = || sandbox.run("--read-only spaces list --json").done().objects();
        if is_left {
            assert_eq!(
                listed()[0]["events"],
                events,
                "{room}: reading works, and nothing acknowledged is missing"
            );
        }
        disk.make_room();
        assert_eq!(sandbox.run("spaces list --json").done().err, "");
        assert_eq!(sandbox.files(), ["ballast", "t.db"]);
        assert_eq!(listed()[0]["events"], events);
    }
    assert!(reported > 0, "no commit left its WAL");
    drop(disk);
}

/// Adds contacts with the program until it fails. Returns its result.
fn write_until_it_fails(sandbox: &Sandbox, shell: &str) -> Ran {
    let lines: String = (0..4000)
        .map(|id| {
            format!(
                "{{\"command\":\"add-contact\",\"contact_id\":\"c{id}\",\"name\":\"N\",\"email\":\"e\"}}\n"
            )
        })
        .collect();
    fs::write(sandbox.path("batch"), lines).unwrap();
    let mut command = Command::new("sh");
    let line =
        format!("{shell} exec {} --db t.db run crm_acme --batch batch --json", env!("CARGO_BIN_EXE_ramax"));
    command.args(["-c", &line]).current_dir(sandbox.directory.path());
    command.output().unwrap().into()
}

#[test]
fn a_file_size_limit_ends_the_program_without_losing_acknowledged_data() {
    // The limit is in blocks of 512 or 1024 bytes, depending on the shell.
    for blocks in [90, 140, 200, 300, 500] {
        let sandbox = Sandbox::new();
        sandbox.run("spaces create crm_acme").done();
        let ran = write_until_it_fails(&sandbox, &format!("ulimit -f {blocks};"));
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(!sandbox.files().contains(&"t.db-wal".to_owned()), "{blocks}: {ran:?}");
        let error: serde_json::Value = serde_json::from_str(ran.err.lines().next_back().unwrap()).unwrap();
        let kind = error["error"]["kind"].as_str().unwrap().to_owned();
        assert!(["file_size_limit", "outcome_unknown"].contains(&kind.as_str()), "{ran:?}");
        let acknowledged = ran.objects().len() as u64;
        let store = sandbox.store();
        let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
        let there = crm.event_count().unwrap();
        assert!(
            there == acknowledged || kind == "outcome_unknown",
            "{acknowledged} acknowledged, {there} there"
        );
        assert!(there >= acknowledged);
        crm.execute(add_contact("afterwards")).unwrap();
        assert_whole(&store, &Account::default(), &format!("at most {blocks} blocks"));
    }
}

/// Creates a store with a tenant whose export has some hundred thousand bytes.
fn large(directory: &Path) -> Store {
    let store = Store::open_or_create(&Location::file(directory.join("t.db")), OPTIONS).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    crm.execute(rename_contact("c1", &"x".repeat(200_000))).unwrap();
    store
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn an_export_or_archive_to_a_full_disk_leaves_no_file_and_removes_nothing() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let Some(disk) = SmallDisk::mount(there.path()) else { return };
    let store = large(here.path());
    let path = there.path().join("acme.jsonl");
    for room in (0..12).map(|pages| pages * 20_000) {
        disk.fill(room);
        let archive = DeleteOptions { archive: Some(path.clone()), ..DeleteOptions::default() };
        let exported = export_to_file(&store, "crm_acme", &path, false, &mut keep_going).map(drop);
        let deleted = delete(&store, "crm_acme", archive, &mut keep_going).map(drop);
        for error in [exported.unwrap_err(), deleted.unwrap_err()] {
            assert!(["output", "file_not_writable"].contains(&error.kind()), "{room}: {error}");
            assert!(error.hint().unwrap().contains("another"), "{:?}", error.hint());
        }
        assert_eq!(names(there.path()), ["ballast"]);
        let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
        assert_eq!(crm.event_count().unwrap(), 2);
        crm.space().check_open().unwrap();
        disk.make_room();
    }
    let archive = DeleteOptions { archive: Some(path.clone()), ..DeleteOptions::default() };
    delete(&store, "crm_acme", archive, &mut keep_going).unwrap();
    let mut file = ImportFile::open(&path).unwrap();
    import(&store, &mut file, &ImportOptions::default(), &mut keep_going).unwrap();
    assert_whole(&store, &Account::default(), "imported again");
}

#[test]
fn a_backup_to_a_full_disk_leaves_no_file() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let Some(disk) = SmallDisk::mount(there.path()) else { return };
    let store = large(here.path());
    let target = Location::file(there.path().join("b.db"));
    for room in (0..6).map(|pages| pages * 20_000) {
        disk.fill(room);
        let refused = backup(&store, &Apps::standard(), &target, false, &mut keep_going).unwrap_err();
        assert!(["no_room", "file_not_writable"].contains(&refused.kind()), "{room}: {refused}");
        assert!(refused.hint().unwrap().contains("another"), "{:?}", refused.hint());
        assert_eq!(names(there.path()), ["ballast"]);
        disk.make_room();
    }
    backup(&store, &Apps::standard(), &target, false, &mut keep_going).unwrap();
    assert_whole(&Store::open(&target, OPTIONS).unwrap(), &Account::default(), "the backup");
}

#[test]
fn an_export_beyond_the_file_size_limit_fails_and_leaves_no_file() {
    let sandbox = Sandbox::new();
    drop(large(sandbox.directory.path()));
    let run = |limit: &str| -> Ran {
        let mut command = Command::new("sh");
        let line = "--db t.db --read-only export crm_acme --output acme.jsonl --json";
        let line = format!("{limit} exec {} {line}", env!("CARGO_BIN_EXE_ramax"));
        command.args(["-c", &line]).current_dir(sandbox.directory.path()).output().unwrap().into()
    };
    for blocks in [100, 200, 300] {
        let ran = run(&format!("ulimit -f {blocks};"));
        assert_eq!(ran.code, 1, "{ran:?}");
        let error: serde_json::Value = serde_json::from_str(ran.err.lines().next_back().unwrap()).unwrap();
        assert_eq!(error["error"]["kind"], "output", "{ran:?}");
        assert!(error["error"]["hint"].as_str().unwrap().contains("`ulimit -f unlimited`"), "{ran:?}");
        assert!(
            !names(sandbox.directory.path())
                .iter()
                .any(|name| name.contains("jsonl") || name.contains(".part"))
        );
    }
    assert_eq!(run("").code, 0);
    assert_eq!(sandbox.run("--db copy.db import acme.jsonl").code, 0);
}

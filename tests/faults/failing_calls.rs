//! Calls to the disk fail, one per run: all in turn if requested, otherwise some of them, from a random first one.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use ramax::apps::Crm;
use ramax::event_store::{Access, WriteSet};
use ramax::operations::{DeleteOptions, GenerateOptions, Rebuild, delete, generate, keep_going, rebuild};
use ramax::{Append, ContentStore, Expected, Location, OpenOptions, Page, SpaceId, Store};
use rusqlite::ffi;
use tempfile::TempDir;

use crate::support::{START, add_contact, event};

use super::acknowledged::{Account, Answer, OPTIONS, assert_whole, copy_files, location};
use crate::support::shim::{Call, Calm, Disk, Fault, Mounted, mount};

/// The contacts that each of several threads adds.
const WRITERS: [&[&str]; 3] = [&["a1", "a2"], &["b1", "b2"], &["c1", "c2"]];

/// How long a failure lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lasts {
    /// One call.
    Once,
    /// All calls until the fault is lifted.
    UntilLifted,
}

impl Lasts {
    /// Returns how many calls apart failures are tried, unless the whole campaign is requested. The numbers are odd, because
    /// only every other write stores a part.
    fn step(self) -> u64 {
        match self {
            _ if std::env::var_os("RAMAX_FAULTS").is_some() => 1,
            Self::Once => 3,
            Self::UntilLifted => 5,
        }
    }
}

/// A disk whose n-th call fails.
struct Failing {
    fails_at: u64,
    lasts: Lasts,
    calls: AtomicU64,
    met: Mutex<Option<String>>,
    lifted: AtomicBool,
}

impl Failing {
    fn at(fails_at: u64, lasts: Lasts) -> Arc<Self> {
        let (calls, met, lifted) = Default::default();
        Arc::new(Self { fails_at, lasts, calls, met, lifted })
    }

    fn begin(&self) {
        self.lifted.store(false, SeqCst);
    }

    fn lift(&self) {
        self.lifted.store(true, SeqCst);
    }

    /// Returns the first call that failed.
    fn met(&self) -> Option<String> {
        self.met.lock().unwrap().clone()
    }
}

impl Disk for Failing {
    fn before(&self, path: &Path, call: &Call<'_>) -> Result<(), Fault> {
        let (code, kept) = match call {
            Call::Read => (ffi::SQLITE_IOERR_READ, 0),
            Call::Open { .. } => (ffi::SQLITE_CANTOPEN, 0),
            // Every other write fails like on a full disk, which stores a part of it.
            Call::Write { bytes, .. } if self.fails_at.is_multiple_of(2) => {
                (ffi::SQLITE_FULL, bytes.len() / 2)
            }
            Call::Write { bytes, .. } => (ffi::SQLITE_IOERR_WRITE, bytes.len()),
            Call::Truncate { .. } => (ffi::SQLITE_IOERR_TRUNCATE, 0),
            Call::Sync => (ffi::SQLITE_IOERR_FSYNC, 0),
            Call::Delete { .. } => (ffi::SQLITE_IOERR_DELETE, 0),
        };
        if self.lifted.load(SeqCst) {
            return Ok(());
        }
        let number = self.calls.fetch_add(1, SeqCst) + 1;
        let fails = match self.lasts {
            Lasts::Once => number == self.fails_at,
            Lasts::UntilLifted => number >= self.fails_at,
        };
        if !fails {
            return Ok(());
        }
        let place = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = match call {
            Call::Write { offset, bytes } => format!("write of {} at {offset} to {place}", bytes.len()),
            other => format!("{other:?} of {place}"),
        };
        self.met.lock().unwrap().get_or_insert(name);
        Err(Fault { code, kept })
    }
}

/// The work during which a call fails. Its answers go into the account.
type Deeds = fn(&Store, &mut Account);

/// The work before, on a healthy disk.
type Preparation = fn(&Location, &mut Account);

/// The work afterwards, on a healthy disk and through a new handle.
type Repetition = fn(&Store, &mut Account);

/// Fails calls of the work, one per run, until a run makes no more calls.
fn campaign((name, files, lasts): (&str, u8, Lasts), prepare: Preparation, deeds: Deeds, repeat: Repetition) {
    let template = TempDir::new().unwrap();
    let prepared = location(template.path(), files);
    let mut before = Account::default();
    prepare(&prepared, &mut before);
    for number in (fastrand::u64(1..=lasts.step())..).step_by(lasts.step() as usize) {
        let directory = TempDir::new().unwrap();
        let (location, mut account) = (copy_files(&prepared, directory.path()), before.clone());
        let disk = Failing::at(number, lasts);
        let _mounted = mount(directory.path(), Arc::clone(&disk) as Arc<dyn Disk>);
        let handle = Store::open_or_create(&location, OPTIONS);
        if let Ok(store) = &handle {
            deeds(store, &mut account);
        }
        let Some(fault) = disk.met() else {
            println!("{name}, {files} file(s), {lasts:?}: {} calls", disk.calls.load(SeqCst));
            return;
        };
        disk.lift();
        let what = format!("{name}, {files} file(s), call {number} failed ({fault}, {lasts:?})");
        let crashed = TempDir::new().unwrap();
        let _calm = mount(crashed.path(), Arc::new(Calm));
        let copy = copy_files(&location, crashed.path());
        assert_whole(&Store::open_or_create(&copy, OPTIONS).unwrap(), &account, &format!("{what}: crashed"));
        if let Ok(store) = handle {
            assert_eq!(account.execute(&store, "crm_after", "afterwards"), Answer::Done, "{what}");
            assert_whole(&store, &account, &format!("{what}: same handle"));
        }
        let fresh = Store::open_or_create(&location, OPTIONS).unwrap();
        assert_whole(&fresh, &account, &format!("{what}: fresh handle"));
        repeat(&fresh, &mut account);
        assert_whole(&fresh, &account, &format!("{what}: once more"));
        assert!(lasts == Lasts::UntilLifted || !account.has_unknown(), "{what}: {account:?}");
    }
}

/// Runs campaigns in one file and in two, with failures that happen once and permanently.
pub fn campaigns(name: &str, prepare: Preparation, deeds: Deeds, repeat: Repetition) {
    for files in [1, 2] {
        for lasts in [Lasts::Once, Lasts::UntilLifted] {
            campaign((name, files, lasts), prepare, deeds, repeat);
        }
    }
}

pub fn nothing_more(_: &Store, _: &mut Account) {}

fn nothing(_: &Location, _: &mut Account) {}

pub fn a_few(location: &Location, account: &mut Account) {
    let store = Store::open_or_create(location, OPTIONS).unwrap();
    for (space, id) in [("crm_acme", "p1"), ("crm_acme", "p2"), ("crm_other", "o1")] {
        assert_eq!(account.execute(&store, space, id), Answer::Done);
    }
}

#[test]
fn a_failed_call_during_creation_loses_nothing() {
    campaigns(
        "create",
        nothing,
        |store, account| {
            account.execute(store, "crm_acme", "c1");
        },
        nothing_more,
    );
}

#[test]
fn a_failed_call_during_commands_leaves_exactly_the_acknowledged_ones() {
    campaigns(
        "execute",
        a_few,
        |store, account| {
            account.execute(store, "crm_acme", "c1");
            account.execute(store, "crm_acme", "c2");
            account.batch(store, "crm_acme", &["b1", "b2", "b3"]);
            account.execute(store, "crm_acme", "c3");
        },
        nothing_more,
    );
}

#[test]
fn a_failed_call_during_commands_of_several_threads_leaves_exactly_the_acknowledged_ones() {
    campaigns(
        "threads",
        a_few,
        |store, account| {
            let together = Barrier::new(WRITERS.len());
            let write = |ids: &'static [&'static str]| {
                let mut account = Account::default();
                together.wait();
                for id in ids {
                    account.execute(store, "crm_acme", id);
                    // All threads add it with the same key.
                    account.repeat(store, "crm_acme", "shared");
                }
                account
            };
            let write = &write;
            let of_threads: Vec<Account> = thread::scope(|scope| {
                let threads: Vec<_> = WRITERS.iter().map(|ids| scope.spawn(move || write(ids))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            of_threads.into_iter().for_each(|of_thread| account.add(of_thread));
        },
        nothing_more,
    );
}

#[test]
fn a_failed_call_during_a_rebuild_leaves_an_intact_projection() {
    campaigns(
        "rebuild",
        a_few,
        |store, account| {
            let crm = ContentStore::open(store, "crm_acme", Arc::new(Crm));
            let _ = crm.and_then(|crm| rebuild(&crm, Rebuild::default(), &mut keep_going));
            account.execute(store, "crm_acme", "c1");
        },
        nothing_more,
    );
}

#[test]
fn a_failed_call_during_a_delete_leaves_the_whole_space_or_nothing() {
    campaigns(
        "delete",
        a_few,
        |store, account| {
            let options = DeleteOptions { purge: true, ..DeleteOptions::default() };
            account.deleting("crm_acme", &delete(store, "crm_acme", options, &mut keep_going).map(|_| ()));
            account.execute(store, "crm_other", "c1");
        },
        nothing_more,
    );
}

#[test]
fn a_failed_call_during_generation_leaves_intact_spaces() {
    campaigns(
        "generate",
        a_few,
        |store, account| {
            let options = GenerateOptions { spaces: 2, events: 12, app: Arc::new(Crm), seed: 7 };
            let _ = generate(store, &options, &mut keep_going);
            account.execute(store, "crm_acme", "c1");
        },
        nothing_more,
    );
}

#[test]
fn a_failed_call_during_a_migration_loses_nothing() {
    let of_format_1 = |location: &Location, account: &mut Account| {
        let copy = |name: &str, to: &Path| {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name);
            std::fs::copy(from, to).unwrap();
        };
        match &location.projections {
            None => copy("format-1.db", &location.database),
            Some(projections) => {
                copy("format-1-events.db", &location.database);
                copy("format-1-projections.db", projections);
            }
        }
        account.held = if location.projections.is_none() { 8 } else { 1 };
    };
    campaigns(
        "migrate",
        of_format_1,
        |store, account| {
            account.execute(store, "crm_acme", "new");
        },
        nothing_more,
    );
}

/// Opens a store with contacts, none of them cached, on a disk that has not failed yet.
fn unread(directory: &Path) -> (Store, SpaceId, Arc<Failing>, Mounted) {
    let location = location(directory, 1);
    let store = Store::open_or_create(&location, OPTIONS).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    (0..300).for_each(|n| drop(crm.execute(add_contact(&format!("c{n}"))).unwrap()));
    let space_id = crm.space_id();
    drop((crm, store));
    let disk = Failing::at(1, Lasts::UntilLifted);
    disk.lift();
    let mounted = mount(directory, Arc::clone(&disk) as Arc<dyn Disk>);
    (Store::open(&location, OPTIONS).unwrap(), space_id, disk, mounted)
}

#[test]
fn a_failed_snapshot_reports_the_error_of_the_disk() {
    let directory = TempDir::new().unwrap();
    let (store, space_id, disk, _mounted) = unread(directory.path());
    let read = store.pstate().snapshot(&mut || {
        store.pstate().checkpoint(space_id.into())?;
        disk.begin();
        store.pstate().scan(space_id.into(), "", Page::forward(None, 999)).map(drop)
    });
    disk.lift();
    let error = read.unwrap_err().to_string();
    assert!(error.contains("disk I/O error"), "{error}");
    assert_eq!(store.pstate().checkpoint(space_id.into()).unwrap().sequence.0, 300);
}

#[test]
fn a_unit_of_work_undone_by_a_failed_read_cannot_continue() {
    let directory = TempDir::new().unwrap();
    let (store, space_id, disk, _mounted) = unread(directory.path());
    let new = event("e", "note.taken", serde_json::json!({}));
    let group = store.begin_group().unwrap().unwrap();
    let add = || {
        let unit = group.begin(space_id, Access::Open)?;
        let events = [unit.tail().place(space_id, new.clone(), START)];
        unit.commit(&WriteSet { events: &events, ..WriteSet::default() })
    };
    add().unwrap();
    disk.begin();
    store.pstate().scan(space_id.into(), "", Page::forward(None, 999)).unwrap_err();
    disk.lift();
    // A caller that ignores the failure has still lost the earlier changes.
    drop(add());
    assert_eq!(group.commit().unwrap_err().kind(), "engine");
    assert_eq!(store.events().last_event_id().unwrap().0, 300);
    let append = Append { expected: Expected::Any, now: START, events: &[new] };
    store.events().append(space_id, append).unwrap();
    assert_eq!(store.events().last_event_id().unwrap().0, 301);
}

/// A disk on which no more files can be opened, as if the process had too many open.
struct NoMoreFiles;

impl Disk for NoMoreFiles {
    fn before(&self, _: &Path, call: &Call<'_>) -> Result<(), Fault> {
        match call {
            Call::Open { .. } => Err(Fault { code: ffi::SQLITE_CANTOPEN, kept: 0 }),
            _ => Ok(()),
        }
    }
}

#[test]
fn without_a_further_connection_a_read_waits_for_the_unit_of_work() {
    let directory = TempDir::new().unwrap();
    let store = Store::open_or_create(&location(directory.path(), 1), OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    let _mounted = mount(directory.path(), Arc::new(NoMoreFiles));
    let unit = store.begin(crm.space_id(), Access::Open).unwrap();
    thread::scope(|scope| {
        let reads = scope.spawn(|| crm.event_count());
        let snapshots = scope.spawn(|| store.events().snapshot(&mut || Ok(())));
        drop(unit);
        assert_eq!(reads.join().unwrap().unwrap(), 1);
        snapshots.join().unwrap().unwrap();
    });
    crm.execute(add_contact("c2")).unwrap();
}

//! Power losses, after which any part of the unsynced data may be on disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use fastrand::Rng;
use ramax::apps::Crm;
use ramax::operations::{DeleteOptions, Rebuild, delete, keep_going, rebuild};
use ramax::sqlite::Sync;
use ramax::{ContentStore, Location, OpenOptions, Page, Store};
use rusqlite::ffi;
use tempfile::TempDir;

use crate::support::add_contact;

use super::acknowledged::{Account, OPTIONS, assert_whole};
use super::failing_transfers::{CONTACTS, MOVED, import_once_more, import_tenant};
use crate::support::shim::{Call, Calm, Disk, Fault, mount};

/// The bytes that a disk writes atomically.
const SECTOR: usize = 512;

/// The number of power losses per test, unless the environment says otherwise.
const LOSSES: u64 = 40;

/// The synced contents of a file, and the later writes.
#[derive(Debug, Clone, Default)]
struct Kept {
    synced: Vec<u8>,
    since: Vec<Change>,
    /// True if it was ever synced: SQLite then also syncs the directory of a journal or WAL.
    was_synced: bool,
}

#[derive(Debug, Clone)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate { size: usize },
}

impl Change {
    /// Applies the write, each sector with this chance in four.
    fn apply(&self, content: &mut Vec<u8>, chance: &mut Rng, in_four: u8) {
        let (offset, bytes) = match self {
            Self::Truncate { size } => return content.resize(*size, 0),
            Self::Write { offset, bytes } => (*offset, bytes),
        };
        let end = offset + bytes.len();
        content.resize(content.len().max(end), 0);
        let mut at = offset;
        while at < end {
            let next = ((at / SECTOR + 1) * SECTOR).min(end);
            if chance.u8(..4) < in_four {
                content[at..next].copy_from_slice(&bytes[at - offset..next - offset]);
            }
            at = next;
        }
    }
}

impl Kept {
    fn sync(&mut self) {
        for change in self.since.drain(..) {
            change.apply(&mut self.synced, &mut Rng::with_seed(0), 4);
        }
        self.was_synced = true;
    }

    /// Returns possible contents after a power loss: some of the writes, some of them torn.
    fn found(&self, chance: &mut Rng) -> Vec<u8> {
        let mut content = self.synced.clone();
        let (kept, whole) = (chance.u8(..=4), chance.u8(2..=4));
        for change in &self.since {
            if chance.u8(..4) < kept {
                change.apply(&mut content, chance, whole);
            }
        }
        content
    }
}

/// A name added or removed.
type Entry = (PathBuf, Option<usize>);

/// The files and their names: the synced state, and the later changes.
#[derive(Default)]
struct Directory {
    files: Vec<Kept>,
    synced: BTreeMap<PathBuf, usize>,
    since: Vec<Entry>,
}

impl Directory {
    fn after(&self, entries: usize) -> BTreeMap<PathBuf, usize> {
        let mut names = self.synced.clone();
        for (path, file) in &self.since[..entries] {
            match file {
                Some(file) => _ = names.insert(path.clone(), *file),
                None => _ = names.remove(path),
            }
        }
        names
    }

    fn sync(&mut self) {
        self.synced = self.after(self.since.len());
        self.since.clear();
    }

    /// Returns the file with this name, creating it if it is missing.
    fn file(&mut self, path: &Path) -> &mut Kept {
        let number = self.after(self.since.len()).get(path).copied().unwrap_or_else(|| {
            self.files.push(Kept::default());
            self.since.push((path.to_owned(), Some(self.files.len() - 1)));
            self.files.len() - 1
        });
        &mut self.files[number]
    }

    /// Records a file created without SQLite: it and its name were synced.
    fn take_in(&mut self, path: &Path) {
        let is_known = self.after(self.since.len()).contains_key(path);
        let content = fs::read(path).unwrap_or_default();
        if !is_known && !content.is_empty() {
            self.files.push(Kept { synced: content, since: Vec::new(), was_synced: true });
            self.synced.insert(path.to_owned(), self.files.len() - 1);
        }
    }

    /// Returns possible files after a power loss. Directory entries reach the disk in order, contents in
    /// any order.
    fn found(&self, chance: &mut Rng) -> BTreeMap<PathBuf, Vec<u8>> {
        let names = self.after(chance.usize(..=self.since.len()));
        names.into_iter().map(|(path, file)| (path, self.files[file].found(chance))).collect()
    }
}

/// A disk that records what is synced, and sometimes captures a possible state.
struct Recorder {
    directory: Mutex<Directory>,
    chance: Mutex<Rng>,
    /// One call in so many is the last before a power loss.
    every: u64,
    /// One call in so many fails.
    failing: Option<u64>,
    account: Arc<Mutex<Account>>,
    losses: Mutex<Vec<Loss>>,
}

/// The state after a power loss, and the answers given before.
struct Loss {
    files: BTreeMap<PathBuf, Vec<u8>>,
    account: Account,
    call: String,
}

impl Disk for Recorder {
    fn before(&self, path: &Path, call: &Call<'_>) -> Result<(), Fault> {
        let mut directory = self.directory.lock().unwrap();
        let mut chance = self.chance.lock().unwrap();
        if !matches!(call, Call::Read) && chance.u64(..self.every) == 0 {
            self.losses.lock().unwrap().push(Loss {
                files: directory.found(&mut chance),
                account: self.account.lock().unwrap().clone(),
                call: describe(path, call),
            });
        }
        if self.failing.is_some_and(|one_in| chance.u64(..one_in) == 0) {
            match call {
                Call::Write { .. } => return Err(Fault { code: ffi::SQLITE_IOERR_WRITE, kept: 0 }),
                Call::Sync => return Err(Fault { code: ffi::SQLITE_IOERR_FSYNC, kept: 0 }),
                _ => {}
            }
        }
        match call {
            Call::Open { creates: false } => directory.take_in(path),
            Call::Read => {}
            Call::Open { creates: true } => _ = directory.file(path),
            Call::Write { offset, bytes } => {
                let change = Change::Write { offset: *offset as usize, bytes: bytes.to_vec() };
                directory.file(path).since.push(change);
            }
            Call::Truncate { size } => {
                directory.file(path).since.push(Change::Truncate { size: *size as usize });
            }
            Call::Sync => {
                let is_beside = path.extension().is_none_or(|extension| extension != "db");
                let file = directory.file(path);
                let is_first = !file.was_synced;
                file.sync();
                if is_beside && is_first {
                    directory.sync();
                }
            }
            Call::Delete { durably } => {
                directory.since.push((path.to_owned(), None));
                if *durably {
                    directory.sync();
                }
            }
        }
        Ok(())
    }
}

fn describe(path: &Path, call: &Call<'_>) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match call {
        Call::Write { offset, bytes } => format!("before {} bytes at {offset} of {name}", bytes.len()),
        other => format!("before {other:?} of {name}"),
    }
}

/// Uses a store, recording every answer in the account before the next call to the disk.
fn work(location: &Location, options: OpenOptions, shared: &Mutex<Account>) {
    let Ok(store) = Store::open_or_create(location, options) else { return };
    let note = |deed: &dyn Fn(&mut Account)| {
        let mut account = shared.lock().unwrap().clone();
        deed(&mut account);
        *shared.lock().unwrap() = account;
    };
    for id in ["c1", "c2", "c3", "c4", "c5", "c6"] {
        note(&|account| _ = account.execute(&store, "crm_acme", id));
        note(&|account| _ = account.batch(&store, "crm_other", &[id, &format!("{id}b")]));
    }
    let _ = ContentStore::open(&store, "crm_acme", Arc::new(Crm))
        .and_then(|crm| rebuild(&crm, Rebuild::default(), &mut keep_going));
    note(&|account| _ = account.execute(&store, "crm_acme", "c7"));
    note(&|account| account.begin_import(MOVED, &CONTACTS));
    note(&|account| account.importing(MOVED, &import_tenant(&store)));
    let options = DeleteOptions { purge: true, ..DeleteOptions::default() };
    shared.lock().unwrap().begin_delete("crm_other");
    note(&|account| {
        account
            .deleting("crm_other", &delete(&store, "crm_other", options.clone(), &mut keep_going).map(|_| ()))
    });
    note(&|account| _ = account.execute(&store, "crm_acme", "c8"));
}

/// Simulates power losses, and calls `look` with the state after each.
fn losses(files: u8, sync: Sync, failing: Option<u64>, look: fn(&Location, &Account, &str)) {
    let wanted = std::env::var("RAMAX_FAULTS").map_or(LOSSES, |number| number.parse().unwrap_or(2000));
    let seed = std::env::var("RAMAX_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    let mut chance = Rng::with_seed(seed);
    let mut played = 0;
    while played < wanted {
        let directory = TempDir::new().unwrap();
        let account = Arc::new(Mutex::new(Account::default()));
        let recorder = Arc::new(Recorder {
            directory: Mutex::default(),
            chance: Mutex::new(chance.fork()),
            every: 30,
            failing,
            account: Arc::clone(&account),
            losses: Mutex::default(),
        });
        let mounted = mount(directory.path(), Arc::clone(&recorder) as Arc<dyn Disk>);
        let location = super::acknowledged::location(directory.path(), files);
        work(&location, OpenOptions { sync, ..OPTIONS }, &account);
        drop(mounted);
        for loss in recorder.losses.lock().unwrap().drain(..) {
            played += 1;
            let found = TempDir::new().unwrap();
            let _calm = mount(found.path(), Arc::new(Calm));
            for (path, content) in &loss.files {
                fs::write(found.path().join(path.file_name().unwrap()), content).unwrap();
            }
            let what = format!("{files} file(s), seed {seed}, power lost {}", loss.call);
            look(&super::acknowledged::location(found.path(), files), &loss.account, &what);
        }
    }
    println!("{files} file(s), {sync:?}, failing {failing:?}: {played} losses of power, seed {seed}");
}

#[test]
fn acknowledged_commits_survive_a_power_loss() {
    for files in [1, 2] {
        losses(files, Sync::Full, None, |location, account, what| {
            // Opening alone does not create the file.
            let _ = Store::open(location, OPTIONS);
            let store =
                Store::open_or_create(location, OPTIONS).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_whole(&store, account, what);
            let mut after = account.clone();
            after.execute(&store, "crm_acme", "afterwards");
            after.begin_import(MOVED, &CONTACTS);
            after.importing(MOVED, &import_once_more(&store));
            assert_whole(&store, &after, what);
        });
    }
}

#[test]
fn failed_commits_do_not_reappear_after_a_power_loss() {
    for files in [1, 2] {
        losses(files, Sync::Full, Some(40), |location, account, what| {
            let store =
                Store::open_or_create(location, OPTIONS).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_whole(&store, account, what);
        });
    }
}

#[test]
fn a_power_loss_without_waiting_for_the_disk_leaves_an_intact_file() {
    for files in [1, 2] {
        losses(files, Sync::Normal, None, |location, account, what| {
            let store =
                Store::open_or_create(location, OPTIONS).unwrap_or_else(|error| panic!("{what}: {error}"));
            rebuild_those_ahead(&store);
            assert_whole(&store, &account.clone().in_doubt(), what);
        });
    }
}

/// Rebuilds the projections that are ahead. With two files, the log may have lost more than the projections,
/// which then refuse commands until a rebuild.
fn rebuild_those_ahead(store: &Store) {
    for record in store.events().spaces(Page::forward(None, 100)).unwrap() {
        let content = ContentStore::of(store, record.space, Arc::new(Crm)).unwrap();
        match content.execute(add_contact("next")).map_err(|error| error.kind()) {
            Err("projection_ahead") => _ = rebuild(&content, Rebuild::default(), &mut keep_going).unwrap(),
            Err("space_deleting" | "space_importing") | Ok(_) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

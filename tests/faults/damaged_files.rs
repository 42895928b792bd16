//! Files truncated, flipped or mixed up, before they are opened and while they are open.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::console::Headless;
use ramax::{Apps, ContentStore, Location, Result, SpaceSequence, Store};
use tempfile::TempDir;

use super::acknowledged::{Account, OPTIONS, assert_whole};
use crate::support::shim::{Calm, mount};
use crate::support::{Fixture, add_contact};

const LOG_HEADER: usize = 32;
const FRAME: usize = 24 + 4096;

/// The bytes of a store with five commits in its WAL, and of its shared memory after the second.
struct Files {
    database: Vec<u8>,
    log: Vec<u8>,
    shared: Vec<u8>,
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    format!("{}{suffix}", path.display()).into()
}

fn five_commits() -> Files {
    let fixture = Fixture::one_file();
    let file = fixture.file();
    let crm = fixture.crm("crm_acme");
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let mut shared = Vec::new();
    for id in ["c1", "c2", "c3", "c4", "c5"] {
        crm.execute(add_contact(id)).unwrap();
        if id == "c2" {
            shared = fs::read(beside(&file, "-shm")).unwrap();
        }
    }
    Files { database: fs::read(&file).unwrap(), log: fs::read(beside(&file, "-wal")).unwrap(), shared }
}

impl Files {
    fn write(&self, log: &[u8], shared: Option<&[u8]>) -> (TempDir, PathBuf) {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("store.db");
        fs::write(&file, &self.database).unwrap();
        fs::write(beside(&file, "-wal"), log).unwrap();
        if let Some(shared) = shared {
            fs::write(beside(&file, "-shm"), shared).unwrap();
        }
        (directory, file)
    }
}

/// Returns the number of commits found, which must be the first ones.
fn commits(store: &Store, what: &str) -> usize {
    assert_whole(store, &Account::default(), what);
    let crm = ContentStore::open(store, "crm_acme", Arc::new(Crm)).unwrap();
    let there: BTreeSet<String> =
        crm.events(SpaceSequence::START).map(|event| event.unwrap().entity_id).collect();
    let expected: BTreeSet<String> = (1..=there.len()).map(|number| format!("c{number}")).collect();
    assert_eq!(there, expected, "{what}");
    crm.execute(add_contact("afterwards")).unwrap();
    there.len()
}

#[test]
fn a_truncated_wal_keeps_the_complete_commits_before_the_cut() {
    let files = five_commits();
    let frames = (files.log.len() - LOG_HEADER) / FRAME;
    assert_eq!(files.log.len(), LOG_HEADER + frames * FRAME);
    let boundaries = (0..=frames).map(|frame| LOG_HEADER + frame * FRAME);
    let cuts = boundaries.flat_map(|at| [at.saturating_sub(1), at, at + 1, at + 24, at + FRAME / 2]);
    let mut last = 0;
    for cut in [0, 1, 31].into_iter().chain(cuts).filter(|cut| *cut <= files.log.len()) {
        let (directory, file) = files.write(&files.log[..cut], None);
        let _calm = mount(directory.path(), Arc::new(Calm));
        let store = Store::open(&Location::file(file), OPTIONS).unwrap();
        let there = commits(&store, &format!("the WAL ends at {cut}"));
        assert!(there >= last || cut < LOG_HEADER + FRAME, "{there} at {cut}, {last} before");
        assert!(cut < files.log.len() || there == 5);
        last = there;
    }
    assert_eq!(last, 5);
}

#[test]
fn a_wal_with_a_flipped_bit_keeps_the_complete_commits_before_it() {
    let files = five_commits();
    for at in (0..files.log.len()).step_by(files.log.len() / 40) {
        let mut log = files.log.clone();
        log[at] ^= 1 << fastrand::u8(..8);
        let (directory, file) = files.write(&log, None);
        let _calm = mount(directory.path(), Arc::new(Calm));
        let store = Store::open(&Location::file(file), OPTIONS).unwrap();
        assert!(commits(&store, &format!("byte {at} of the WAL is flipped")) < 5);
    }
}

#[test]
fn stale_or_missing_shared_memory_is_rebuilt() {
    let files = five_commits();
    let noise: Vec<u8> = (0..32768).map(|_| fastrand::u8(..)).collect();
    for shared in [&files.shared[..], &noise, &files.shared[..100], &[0; 32768], &[]] {
        let (_directory, file) = files.write(&files.log, Some(shared));
        let store = Store::open(&Location::file(file), OPTIONS).unwrap();
        assert_eq!(commits(&store, "the shared memory is stale"), 5);
    }
}

/// Opens a store with an empty WAL and nothing read yet, and its file.
fn opened() -> (Fixture, Store) {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    let requests: Vec<ramax::Request> = (0..300).map(|n| add_contact(&format!("c{n}")).into()).collect();
    crm.execute_batch(&requests).unwrap();
    let connection = rusqlite::Connection::open(fixture.file()).unwrap();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let store = fixture.other_process();
    (fixture, store)
}

/// Reads and writes. Every failure must report the damage.
#[track_caller]
fn use_damaged(store: &Store, what: &str) {
    let tried: [(&str, Result<()>); 4] = [
        ("totals", store.events().totals().map(|_| ())),
        ("page", store.events().read_all(ramax::Page::forward(None, 500)).map(|_| ())),
        ("find", store.events().find_space("crm_acme").map(|_| ())),
        (
            "execute",
            ContentStore::open(store, "crm_acme", Arc::new(Crm))
                .and_then(|crm| crm.execute(add_contact("new")))
                .map(|_| ()),
        ),
    ];
    for (deed, outcome) in tried {
        let Err(error) = outcome else { continue };
        let named = ["corrupt", "engine", "bad_event", "projection_ahead", "contact_already_exists"];
        assert!(named.contains(&error.kind()), "{what}, {deed}: {}: {error}", error.kind());
    }
    let mut console = Headless::new(store.clone(), Apps::standard(), 120, 40);
    console.press("jj<enter><tab>jj<esc>?").unwrap();
    let _ = console.draw(&ramax::console::theme::Theme::mono());
    assert!(!console.state().layers.is_empty(), "{what}: the console does not answer");
}

#[test]
fn a_file_truncated_while_open_is_reported_and_the_console_stays_responsive() {
    for pages in [0, 1, 3, 8, 20] {
        let (fixture, store) = opened();
        OpenOptions::new().write(true).open(fixture.file()).unwrap().set_len(pages * 4096 + 17).unwrap();
        use_damaged(&store, &format!("{pages} pages are left"));
    }
}

#[test]
fn a_file_overwritten_while_open_is_reported_and_the_console_stays_responsive() {
    for page in 0..16 {
        let (fixture, store) = opened();
        let file = OpenOptions::new().write(true).open(fixture.file()).unwrap();
        let noise: Vec<u8> = (0..600).map(|_| fastrand::u8(..)).collect();
        file.write_all_at(&noise, page * 4096 + if page == 0 { 100 } else { 0 }).unwrap();
        use_damaged(&store, &format!("page {page} is overwritten"));
    }
}

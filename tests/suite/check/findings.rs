//! A store to be damaged, and the findings of a check.

use std::fs;
use std::path::{Path, PathBuf};

use ramax::operations::{CheckOptions, Checked, Finding, catch_up, check, keep_going};
use ramax::subscriptions::{Start, Subscription};
use ramax::{Append, Apps, Conditions, Expected, Location, OpenOptions, Request, SpaceId, Store};
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Fixture, START, add_contact, event, publish, rename_contact};

/// Checks the whole store.
#[track_caller]
pub fn checked(store: &Store, deep: bool) -> Checked {
    let options = CheckOptions { deep, is_running: &|_| true };
    check(store, &Apps::standard(), options, &mut keep_going).unwrap()
}

#[track_caller]
pub fn assert_clean(store: &Store) {
    for deep in [false, true] {
        let checked = checked(store, deep);
        assert_eq!((checked.findings, checked.more), (vec![], 0), "deep: {deep}");
    }
}

/// Returns the name of a finding for programs.
pub fn name(finding: &Finding) -> String {
    let value: Value = serde_json::to_value(&finding.fault).unwrap();
    let name = value.get("finding").or(value.get("difference")).unwrap();
    name.as_str().unwrap().to_owned()
}

/// Closed files with three spaces, the last of which is long enough to be indexed.
pub struct Files {
    directory: TempDir,
    two: bool,
}

pub const ACME: u32 = 1;
pub const BIG: u32 = 3;

/// The events of the last space: more than a block of the entity index.
const INDEXED: usize = 1_100;

/// The events of the last space in files that are checked quickly.
const NOT_INDEXED: usize = 100;

impl Files {
    pub fn new(two: bool) -> Self {
        Self::filled(two, INDEXED)
    }

    /// Files for many checks of damage elsewhere than in the last space, which is too short to be indexed.
    pub fn small(two: bool) -> Self {
        Self::filled(two, NOT_INDEXED)
    }

    fn filled(two: bool, last: usize) -> Self {
        let fixture = if two { Fixture::two_files() } else { Fixture::one_file() };
        fill_with(&fixture, last);
        Self::close(fixture, two)
    }

    /// Closes the files of a store, with nothing left in their WALs.
    pub fn close(fixture: Fixture, two: bool) -> Self {
        let location = fixture.store.location().unwrap().clone();
        let Fixture { store, directory } = fixture;
        drop(store);
        for path in paths(&location) {
            sqlite(&path).query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        }
        Self { directory, two }
    }

    /// Files of an earlier version, migrated.
    pub fn migrated(two: bool) -> Self {
        let files = Self { directory: TempDir::new().unwrap(), two };
        let names = if two { &["2-events", "2-projections"][..] } else { &["1"] };
        for (name, path) in names.iter().zip(paths(&files.location())) {
            let earlier = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/files/format-{name}.db"));
            fs::copy(earlier, path).unwrap();
        }
        drop(files.store());
        files
    }

    pub fn copy(&self) -> Self {
        let directory = TempDir::new().unwrap();
        for entry in fs::read_dir(self.directory.path()).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), directory.path().join(entry.file_name())).unwrap();
        }
        Self { directory, two: self.two }
    }

    pub fn location(&self) -> Location {
        let path = |name| self.directory.path().join(name);
        if self.two {
            Location::two_files(path("events.db"), path("projections.db"))
        } else {
            Location::file(path("store.db"))
        }
    }

    pub fn store(&self) -> Store {
        Store::open(&self.location(), OpenOptions::default()).unwrap()
    }

    /// Opens a plain SQLite connection to the events or the projections.
    pub fn sqlite(&self, projections: bool) -> Connection {
        let paths = paths(&self.location());
        sqlite(if projections { paths.last().unwrap() } else { &paths[0] })
    }
}

fn paths(location: &Location) -> Vec<PathBuf> {
    [Some(location.database.clone()), location.projections.clone()].into_iter().flatten().collect()
}

fn sqlite(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}

/// Fills a store with every kind of row.
pub fn fill(fixture: &Fixture) {
    fill_with(fixture, INDEXED);
}

fn fill_with(fixture: &Fixture, last: usize) {
    let (acme, cms) = (fixture.crm("crm_acme"), fixture.cms("cms_staging"));
    for n in 0..30 {
        let request = Request {
            conditions: Conditions { idempotency_key: Some(format!("k{n}")), ..Conditions::default() },
            ..add_contact(&format!("c{n}")).into()
        };
        acme.execute(request).unwrap();
        cms.execute(publish(&format!("a{n}"), "Title")).unwrap();
    }
    for n in 0..10 {
        acme.execute(rename_contact(&format!("c{n}"), "Ada")).unwrap();
    }
    let big = fixture.crm("crm_big");
    assert_eq!([acme.space_id(), big.space_id()], [SpaceId(ACME), SpaceId(BIG)]);
    let contact = |n: usize| {
        let id = format!("r{}", n % 100);
        let name = if n < 100 { "contact.added" } else { "contact.updated" };
        event(&id, name, json!({"contact_id": id, "name": format!("N{n}"), "email": "e"}))
    };
    let new: Vec<_> = (0..last).map(contact).collect();
    let append = Append { expected: Expected::Any, now: START, events: &new };
    fixture.store.events().append(big.space_id(), append).unwrap();
    catch_up(&big, &mut keep_going).unwrap();
    let emails = Subscription::all_spaces("emails")
        .matching("type:contact.added".parse().unwrap())
        .starting(Start::Now);
    fixture.store.events().register(&emails, START).unwrap();
}

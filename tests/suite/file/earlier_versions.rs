//! Files of earlier versions are opened, read and migrated without loss.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::audit::Outcome;
use ramax::operations::{
    CheckOptions, Checked, Damage, DeleteOptions, Fault, Finding, ProjectionStatus, Rebuild, catch_up, check,
    delete, keep_going, overview, rebuild, repair, trace, verify,
};
use ramax::space::{Space, SpaceState};
use ramax::sqlite::{CreateFiles, MigrationProgress, WatchMigration};
use ramax::{Apps, Conditions, ContentStore, EventId, Location, OpenOptions, Page, Request, SpaceId, Store};
use tempfile::TempDir;

use super::{READ_ONLY, sqlite3};
use crate::support::program::Sandbox;
use crate::support::{add_contact, create};

const VERSION: i64 = 3;

/// A file written by that version of the program.
fn old(name: &str, directory: &TempDir) -> PathBuf {
    let path = directory.path().join(name);
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name), &path).unwrap();
    path
}

fn old_pair(version: u32, directory: &TempDir) -> Location {
    let file = |role| old(&format!("format-{version}-{role}.db"), directory);
    Location::two_files(file("events"), file("projections"))
}

fn version(location: &Location) -> i64 {
    let connection = sqlite3(&location.database);
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

fn checked(store: &Store) -> Checked {
    let options = CheckOptions { deep: true, is_running: &|_| false };
    check(store, &Apps::standard(), options, &mut keep_going).unwrap()
}

#[test]
fn a_file_of_version_1_is_migrated_without_loss() {
    let directory = TempDir::new().unwrap();
    let location = Location::file(old("format-1.db", &directory));
    let read_only = Store::open(&location, READ_ONLY).unwrap();
    assert_eq!(read_only.events().totals().unwrap().events, 8);
    assert!(read_only.audit_log().page(None, Page::forward(None, 1)).unwrap().is_empty());
    drop(read_only);
    assert_eq!(version(&location), 1);
    let store = create(&location);
    assert_eq!(version(&location), VERSION);
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    assert_eq!(crm.event_count().unwrap(), 6);
    assert!(verify(&crm, &mut keep_going).unwrap().differences.is_empty());
    crm.execute(add_contact("c9")).unwrap();
    assert!(store.audit_log().running().unwrap().is_empty());
}

#[test]
fn two_files_of_version_1_are_migrated() {
    let directory = TempDir::new().unwrap();
    let location = old_pair(1, &directory);
    let crm = ContentStore::open(&create(&location), "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c9")).unwrap();
    assert!(verify(&crm, &mut keep_going).unwrap().differences.is_empty());
    assert_eq!(crm.event_count().unwrap(), 2);
}

#[test]
fn a_projection_that_is_new_to_an_old_file_is_behind_until_it_is_caught_up() {
    let directory = TempDir::new().unwrap();
    for location in [
        Location::file(old("format-1.db", &directory)),
        Location::file(old("format-2.db", &directory)),
        old_pair(1, &directory),
        old_pair(2, &directory),
    ] {
        let status = |store: &Store| {
            let space = overview(store, &Apps::standard(), "crm_acme").unwrap();
            let projection = space.projection("contacts_by_domain").unwrap();
            (projection.status, projection.lag(&space.head), space.lag())
        };
        let read_only = Store::open(&location, READ_ONLY).unwrap();
        let events = read_only.events().find_space("crm_acme").unwrap().unwrap().head.last_sequence.0;
        assert_eq!(status(&read_only), (ProjectionStatus::Lagging, events, events));
        drop(read_only);
        let store = create(&location);
        let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
        let about_crm = |finding: &Finding| finding.space.as_deref() == Some("crm_acme");
        assert_eq!(status(&store), (ProjectionStatus::Lagging, events, events));
        assert!(!checked(&store).findings.iter().any(about_crm));
        assert_eq!(catch_up(&crm, &mut keep_going).unwrap().events, events);
        assert_eq!(status(&store), (ProjectionStatus::Current, 0, 0));
        assert!(verify(&crm, &mut keep_going).unwrap().differences.is_empty());
        let domains = crm.projection_named("contacts_by_domain").unwrap();
        let domains = domains.scan("domain:", Page::forward(None, 99)).unwrap();
        assert!(!domains.is_empty(), "{location:?}");
        let rebuilt = rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap();
        assert_eq!(rebuilt.projections, ["state", "contacts_by_domain"]);
        assert!(!checked(&store).findings.iter().any(about_crm));
    }
}

/// Asserts the known contents of a store of version 2.
fn assert_holds_all_of_version_2(store: &Store) {
    let events = store.events();
    let spaces = events.spaces(Page::forward(None, 9)).unwrap();
    let seen: Vec<_> = spaces
        .iter()
        .map(|record| {
            let Space { space_id, space_name, state, .. } = &record.space;
            (space_id.0, space_name.as_str(), *state, record.head.last_sequence.0)
        })
        .collect();
    let expected = [
        (1, "crm_acme", SpaceState::Open, 7),
        (2, "cms_staging", SpaceState::Open, 1),
        (3, "crm_deleting", SpaceState::Deleting, 8),
        (4, "crm_half", SpaceState::Importing, 3),
    ];
    assert_eq!(seen, expected);
    let metadata = serde_json::to_string(&spaces[0].space.metadata).unwrap();
    assert_eq!(metadata, r#"{"app":"crm","tier":"gold","limit":12345678}"#);
    let log = events.read_space(SpaceId(1), Page::forward(None, 9)).unwrap();
    assert!(log.iter().all(|event| event.intact));
    assert_eq!(log[5].causation_id, Some(EventId(2)));
    assert_eq!(events.read_space(SpaceId(3), Page::forward(None, 9)).unwrap().len(), 5);
    let keys = events.remembered_page(SpaceId(1), Page::forward(None, 9)).unwrap();
    let names: Vec<_> = keys.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(names, ["key-1", "key-2", "key-3", "key-4", "key-5", "rename-c3"]);
    let log = store.audit_log().page(None, Page::forward(None, 99)).unwrap();
    let actions: Vec<_> = log.iter().map(|operation| operation.action.as_str()).collect();
    assert_eq!(actions, ["create-space", "run", "delete", "run", "run", "rebuild", "verify", "check"]);
    assert!(log.iter().all(|operation| operation.outcome != Outcome::Running));
    let findings = checked(store).findings;
    let faults: Vec<_> = findings.into_iter().map(|finding| finding.fault).collect();
    assert_eq!(faults, [Fault::Damaged(Damage::LeftDeleting), Fault::Damaged(Damage::LeftImporting)]);
}

#[test]
fn a_file_of_version_2_is_read_without_changing_it() {
    let directory = TempDir::new().unwrap();
    let location = Location::file(old("format-2.db", &directory));
    let bytes = fs::read(&location.database).unwrap();
    let store = Store::open(&location, READ_ONLY).unwrap();
    assert_holds_all_of_version_2(&store);
    let refused = store.events().get_or_create_space("crm_new", None, crate::support::START);
    assert_eq!(refused.unwrap_err().kind(), "read_only");
    drop(store);
    assert_eq!(fs::read(&location.database).unwrap(), bytes);
}

#[test]
fn a_file_of_version_2_is_migrated_without_loss() {
    let directory = TempDir::new().unwrap();
    let location = Location::file(old("format-2.db", &directory));
    let store = create(&location);
    assert_eq!(version(&location), VERSION);
    assert_holds_all_of_version_2(&store);
    // Opened again, it is unchanged.
    drop(store);
    assert_holds_all_of_version_2(&create(&location));
}

#[test]
fn an_effect_in_a_file_of_version_2_is_found_read_only_migrated_and_indexed() {
    let directory = TempDir::new().unwrap();
    let location = Location::file(old("format-2.db", &directory));
    let effects = |store: &Store| -> Vec<u64> {
        let effects = store.events().effects_of(EventId(2), Page::forward(None, 9)).unwrap();
        let found = trace(store.events(), EventId(2), 99).unwrap().unwrap();
        assert_eq!((found.events.len(), found.whole), (1 + effects.len(), true));
        effects.iter().map(|event| event.event_id.0).collect()
    };
    assert_eq!(effects(&Store::open(&location, READ_ONLY).unwrap()), [6]);
    let store = create(&location);
    assert_eq!((effects(&store), store.events().effects_indexed_after().unwrap()), (vec![6], EventId(20)));
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    let conditions = Conditions { causation_id: Some(EventId(2)), ..Conditions::default() };
    let late = crm.execute(Request { conditions, ..add_contact("c9").into() }).unwrap().event_ids[0].0;
    assert_eq!(effects(&store), [6, late]);
    let before = checked(&store);
    let words: Vec<_> =
        before.notes.iter().flat_map(|note| note.fault.words()).map(|words| words.text).collect();
    assert!(words.iter().any(|text| text.starts_with("begins after event 20: ")), "{words:?}");
    repair(&store, &before, &mut keep_going).unwrap();
    assert_eq!(
        (effects(&store), store.events().effects_indexed_after().unwrap()),
        (vec![6, late], EventId(0))
    );
    assert_eq!(checked(&store).notes.len(), before.notes.len() - 1);
}

#[test]
fn an_idempotency_key_of_version_2_still_answers_its_command_and_no_other() {
    let directory = TempDir::new().unwrap();
    for location in [Location::file(old("format-2.db", &directory)), old_pair(2, &directory)] {
        let crm = ContentStore::open(&create(&location), "crm_acme", Arc::new(Crm)).unwrap();
        let under = |key: &str, id: &str| {
            crm.execute(Request {
                conditions: Conditions { idempotency_key: Some(key.to_owned()), ..Conditions::default() },
                ..add_contact(id).into()
            })
        };
        let again = under("key-2", "c2").unwrap();
        assert_eq!((again.event_ids.as_slice(), again.repeated), ([EventId(2)].as_slice(), true));
        assert_eq!(under("key-2", "c8").unwrap_err().kind(), "invalid_field");
    }
}

#[test]
fn unfinished_operations_of_version_2_are_completed() {
    let directory = TempDir::new().unwrap();
    let store = create(&Location::file(old("format-2.db", &directory)));
    for name in ["crm_deleting", "crm_half"] {
        delete(&store, name, DeleteOptions::default(), &mut keep_going).unwrap();
        assert!(store.events().find_space(name).unwrap().is_none());
    }
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    assert!(crm.execute(add_contact("c9")).unwrap().event_ids[0] > EventId(20));
    assert_eq!(checked(&store).findings, []);
}

#[test]
fn two_files_of_version_2_are_migrated() {
    let directory = TempDir::new().unwrap();
    let location = old_pair(2, &directory);
    let read_only = Store::open(&location, READ_ONLY).unwrap();
    assert_eq!(checked(&read_only).findings, []);
    drop(read_only);
    let crm = ContentStore::open(&create(&location), "crm_acme", Arc::new(Crm)).unwrap();
    assert_eq!((crm.event_count().unwrap(), Crm::contact_count(&crm).unwrap()), (3, 3));
    crm.execute(add_contact("c9")).unwrap();
    assert_eq!(checked(crm.store()).findings, []);
    assert_eq!(version(&location), VERSION);
}

/// Returns a file of version 2 with thousands of idempotency keys.
fn with_keys(directory: &TempDir) -> Location {
    let file = old("format-2.db", directory);
    let sql = "INSERT INTO idempotency_keys (space_id, idempotency_key, request, event_ids, space_sequence)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
         SELECT 1, 'grown-' || i, i, '[1]', 1 FROM n";
    sqlite3(&file).execute(sql, []).unwrap();
    Location::file(file)
}

#[test]
fn a_migration_reports_its_progress() {
    let directory = TempDir::new().unwrap();
    let mut seen = Vec::new();
    let mut watch = |progress: MigrationProgress| {
        seen.push(progress);
        ControlFlow::Continue(())
    };
    let location = with_keys(&directory);
    let open = |watch: &mut WatchMigration<'_>| {
        Store::open_watched(&location, OpenOptions::default(), CreateFiles::Never, watch)
    };
    drop(open(&mut watch).unwrap());
    let done: Vec<u64> = seen.iter().map(|progress| progress.done).collect();
    assert_eq!(done, [0, 1000, 2000]);
    assert!(seen.iter().all(|progress| progress.total > 2500 && progress.total < 2600), "{seen:?}");
    drop(open(&mut |progress| panic!("it is migrated already: {progress:?}")).unwrap());
}

#[test]
fn a_migration_that_is_stopped_leaves_the_file_as_it_was() {
    let directory = TempDir::new().unwrap();
    let location = with_keys(&directory);
    let mut stop = |progress: MigrationProgress| match progress.done {
        0 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    };
    let stopped = Store::open_watched(&location, OpenOptions::default(), CreateFiles::Never, &mut stop);
    assert_eq!(stopped.map(drop).unwrap_err().kind(), "stopped");
    assert_eq!(version(&location), 2);
    create(&location);
    assert_eq!(version(&location), VERSION);
}

#[test]
fn the_command_line_shows_that_it_migrates_a_file() {
    let sandbox = Sandbox::new();
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/format-2.db"), sandbox.db()).unwrap();
    let ran = sandbox.run("spaces list --progress").done();
    assert!(ran.err.starts_with("migrating t.db …\n"), "{}", ran.err);
    assert_eq!(sandbox.run("spaces list --progress").done().err, "");
}

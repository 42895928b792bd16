//! Deletes that archive first, and prove that nothing is left.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use ramax::operations::{
    DeleteOptions, Deleted, Phase, Progress, Summary, Target, create_space, delete, export, export_to_file,
    keep_going,
};
use ramax::space::SpaceState;
use ramax::{Json, SpaceId, Store};
use rusqlite::Connection;
use rusqlite::types::Value;

use super::fixtures::*;
use crate::on_every_store;
use crate::support::recorded::{logged, recorded};
use crate::support::{Fixture, add_contact};

on_every_store![
    an_archive_equals_an_export_and_can_be_imported,
    a_delete_stopped_at_any_step_is_undone_or_resumed,
    a_failed_archive_removes_nothing_and_reopens_the_space,
    an_archive_that_differs_from_the_database_removes_nothing,
    the_proof_names_every_table,
    an_export_overwrites_a_file_only_if_asked_to,
];

fn archive(fixture: &Fixture) -> PathBuf {
    fixture.directory.path().join("archive.jsonl")
}

fn delete_with(
    fixture: &Fixture,
    purge: bool,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> ramax::Result<Deleted> {
    let options = DeleteOptions { purge, archive: Some(archive(fixture)), space_id: None };
    delete(&fixture.store, "crm_acme", options, watch)
}

fn state(store: &Store) -> Option<SpaceState> {
    store.events().find_space("crm_acme").unwrap().map(|record| record.space.state)
}

fn an_archive_equals_an_export_and_can_be_imported(fixture: &Fixture) {
    let crm = tenant(fixture, "crm_acme");
    let text = exported(&fixture.store, "crm_acme");
    let before = contents(&fixture.store, crm.space_id());
    let deleted = delete_with(fixture, false, &mut keep_going).unwrap();
    let archived = deleted.archived.unwrap();
    assert_eq!((archived.events, archived.entities, archived.idempotency_keys), (16, 13, 4));
    assert_eq!(fs::read_to_string(archive(fixture)).unwrap(), text);
    assert_eq!(state(&fixture.store), None);
    let back = import_text(&fixture.store, &text, None).unwrap();
    assert!(!back.ids_kept, "a deleted id is never used again");
    assert_eq!(contents(&fixture.store, back.space.space_id).entries, before.entries);
    let elsewhere = Fixture::one_file();
    import_text(&elsewhere.store, &text, None).unwrap();
    assert_eq!(contents(&elsewhere.store, crm.space_id()), before);
}

fn a_delete_stopped_at_any_step_is_undone_or_resumed(fixture: &Fixture) {
    let mut stop = 0;
    let mut phases = Vec::new();
    loop {
        let crm = tenant(fixture, "crm_acme");
        let before = contents(&fixture.store, crm.space_id());
        let mut step = 0;
        let mut at = Phase::Replay;
        let stopped = delete_with(fixture, true, &mut |progress| {
            (step, at) = (step + 1, progress.phase);
            if step > stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let Err(error) = stopped else { break };
        phases.push(at);
        if error.kind() == "cancelled" {
            assert!(matches!(at, Phase::SetAside | Phase::Export | Phase::ReadBack), "{at:?}");
            assert_eq!(state(&fixture.store), Some(SpaceState::Open));
            assert_eq!(contents(&fixture.store, crm.space_id()), before);
            assert!(!archive(fixture).exists());
            crm.execute(add_contact("and on it goes")).unwrap();
        } else {
            assert_eq!(error.kind(), "delete_interrupted");
            assert_eq!(state(&fixture.store), Some(SpaceState::Deleting));
            assert_eq!(delete_with(fixture, true, &mut keep_going).unwrap_err().kind(), "partly_deleted");
        }
        delete(
            &fixture.store,
            "crm_acme",
            DeleteOptions { purge: true, ..Default::default() },
            &mut keep_going,
        )
        .unwrap();
        assert_eq!(fixture.store.events().residue(crm.space_id()).unwrap(), []);
        let _ = fs::remove_file(archive(fixture));
        stop += 1;
    }
    for phase in [Phase::SetAside, Phase::Export, Phase::ReadBack, Phase::Delete, Phase::Purge] {
        assert!(phases.contains(&phase), "{phase:?} in {phases:?}");
    }
}

fn a_failed_archive_removes_nothing_and_reopens_the_space(fixture: &Fixture) {
    let crm = tenant(fixture, "crm_acme");
    let before = contents(&fixture.store, crm.space_id());
    let nowhere = fixture.directory.path().join("no such directory").join("archive");
    fs::write(archive(fixture), "another file").unwrap();
    for (path, kind) in [(nowhere, "file_not_writable"), (archive(fixture), "file_exists")] {
        let options = DeleteOptions { archive: Some(path), purge: true, space_id: None };
        assert_eq!(delete(&fixture.store, "crm_acme", options, &mut keep_going).unwrap_err().kind(), kind);
        assert_eq!(state(&fixture.store), Some(SpaceState::Open));
        assert_eq!(contents(&fixture.store, crm.space_id()), before);
    }
    assert_eq!(fs::read_to_string(archive(fixture)).unwrap(), "another file");
    crm.execute(add_contact("and on it goes")).unwrap();
}

fn an_archive_that_differs_from_the_database_removes_nothing(fixture: &Fixture) {
    let crm = tenant(fixture, "crm_acme");
    let other = fixture.other_process();
    for (key, kind) in [("contact:c1", "archive_differs"), ("zzz", "archive_differs")] {
        let changed = delete_with(fixture, false, &mut |progress| {
            // After the projection was exported, so that the archive misses it.
            if progress.phase == Phase::Export {
                let ghost = Json::of(&serde_json::json!({"ghost": progress.done}));
                other.pstate().put(crm.space_id().into(), key, ghost, ramax::Timestamp(0)).unwrap();
            }
            ControlFlow::Continue(())
        });
        assert_eq!(changed.unwrap_err().kind(), kind);
        assert!(!archive(fixture).exists());
        assert_eq!(state(&fixture.store), Some(SpaceState::Open));
        assert_eq!(contents(&fixture.store, crm.space_id()).events.len(), 16);
    }
}

fn the_proof_names_every_table(fixture: &Fixture) {
    tenant(fixture, "crm_acme");
    fixture.crm("crm_other").execute(add_contact("c1")).unwrap();
    let proof = delete_with(fixture, true, &mut keep_going).unwrap().proof;
    assert!(proof.tables.values().all(|rows| *rows == 0));
    let Some(location) = fixture.store.location() else {
        assert!(proof.tables.contains_key("event_log") && proof.slack.is_none());
        return;
    };
    let files = std::iter::once(&location.database).chain(&location.projections);
    let tables: std::collections::BTreeSet<String> = files.flat_map(|file| tables(file)).collect();
    let named: std::collections::BTreeSet<String> = proof.tables.keys().cloned().collect();
    assert_eq!(named, tables, "every table of the files, except those that say which files belong together");
    assert_eq!(proof.slack, Some(ramax::event_store::Slack::default()));
}

fn tables(file: &Path) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
         AND name NOT IN ('store', 'projections_files')";
    let connection = Connection::open(file).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn an_export_overwrites_a_file_only_if_asked_to(fixture: &Fixture) {
    tenant(fixture, "crm_acme");
    let path = archive(fixture);
    let to_file =
        |path: &Path, replace| export_to_file(&fixture.store, "crm_acme", path, replace, &mut keep_going);
    fs::write(&path, "precious").unwrap();
    let error = to_file(&path, false).unwrap_err();
    assert!(error.kind() == "file_exists" && error.hint().unwrap().contains("overwrite"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    to_file(&path, true).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), exported(&fixture.store, "crm_acme"));
    let error = to_file(fixture.directory.path(), true).unwrap_err();
    assert!(error.kind() == "file_exists" && !error.hint().unwrap().contains("overwrite"), "{error}");
    assert_eq!(exported(&fixture.store, "crm_acme"), fs::read_to_string(&path).unwrap());
}

/// Returns all rows of the files as text, except those of one space and the audit log.
fn dump_but_for(store: &Store, space_id: SpaceId) -> Vec<String> {
    let location = store.location().unwrap();
    let mut dump = Vec::new();
    for file in std::iter::once(&location.database).chain(&location.projections) {
        let connection = Connection::open(file).unwrap();
        for table in tables(file).iter().filter(|table| *table != "operations") {
            let owner = match table.as_str() {
                "event_log" => "pos >> 40",
                "projection_entities" => {
                    "(SELECT space_id FROM projections WHERE projection_id = t.projection_id)"
                }
                _ => "space_id",
            };
            let sql = format!("SELECT * FROM {table} AS t WHERE {owner} <> {} ORDER BY 1, 2", space_id.0);
            let mut statement = connection.prepare(&sql).unwrap();
            let columns = statement.column_count();
            let rows = statement.query_map([], |row| {
                (0..columns).map(|column| row.get::<_, Value>(column)).collect::<Result<Vec<_>, _>>()
            });
            dump.extend(rows.unwrap().map(|row| format!("{table} {:?}", row.unwrap())));
        }
    }
    dump
}

#[test]
fn imports_and_deletes_leave_other_spaces_unchanged_to_the_byte() {
    for fixture in [Fixture::one_file(), Fixture::two_files()] {
        for name in ["crm_a", "crm_b"] {
            tenant(&fixture, name);
        }
        odd_space(&fixture);
        let text = exported(&fixture.store, "crm_a");
        let before = dump_but_for(&fixture.store, SpaceId(99));
        assert!(before.len() > 100);
        let imported = import_text(&fixture.store, &text, Some("crm_acme")).unwrap().space.space_id;
        assert_eq!(dump_but_for(&fixture.store, imported), before);
        for purge in [false, true] {
            delete_with(&fixture, purge, &mut keep_going).unwrap();
            assert_eq!(dump_but_for(&fixture.store, imported), before);
            fs::remove_file(archive(&fixture)).unwrap();
            import_text(&fixture.store, &text, Some("crm_acme")).unwrap();
            delete_with(&fixture, purge, &mut keep_going).unwrap();
            assert_eq!(dump_but_for(&fixture.store, imported), before);
            fs::remove_file(archive(&fixture)).unwrap();
            import_text(&fixture.store, &text, Some("crm_acme")).unwrap();
        }
    }
}

#[test]
fn after_a_purge_a_payload_is_only_in_the_archive() {
    const SECRET: &str = "correct-horse-battery-staple";
    for fixture in [Fixture::one_file(), Fixture::two_files()] {
        let acme = tenant(&fixture, "crm_acme");
        fixture.crm("crm_other").execute(add_contact("c1")).unwrap();
        for n in 0..200 {
            let keyed = Some(format!("{SECRET} {n}"));
            let request = ramax::Request::from(add_contact(&format!("{SECRET}-{n}")));
            acme.execute(ramax::Request {
                conditions: ramax::Conditions { idempotency_key: keyed, ..ramax::Conditions::default() },
                ..request
            })
            .unwrap();
        }
        // Audit entries of the space contain it, too.
        let action = ("verify", Target::of(acme.space()));
        let parameters = serde_json::Map::from_iter([("query".to_owned(), SECRET.into())]);
        let tell = |(): &()| Summary::done(format!("contact:{SECRET} differs")).found(true);
        recorded(&fixture.store, action, parameters, || ramax::Result::<()>::Ok(()), tell).unwrap();
        // So do entries about its name: a space created twice, a file that was not imported.
        let metadata = ramax::SpaceMetadata::from_iter([("owner".to_owned(), SECRET.into())]);
        create_space(&fixture.store, "crm_acme", Some(&metadata)).unwrap_err();
        let file = serde_json::Map::from_iter([("file".to_owned(), format!("{SECRET}.jsonl").into())]);
        let refused =
            || ramax::Result::<()>::Err(ramax::StoreError::NoRoom(ramax::error::NoRoom::Disk).into());
        let import = ("import", Target::Name("crm_acme"));
        logged(&fixture.store, import, file, refused, |()| Summary::done("")).unwrap_err();
        let holds = |path: &Path| {
            let bytes = fs::read(path).unwrap();
            bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes())
        };
        let files = || fs::read_dir(fixture.directory.path()).unwrap().map(|file| file.unwrap().path());
        assert!(files().any(|file| holds(&file)));
        let deleted = delete_with(&fixture, true, &mut keep_going).unwrap();
        assert_eq!(deleted.proof.slack, Some(ramax::event_store::Slack::default()));
        let holding: Vec<PathBuf> = files().filter(|file| holds(file)).collect();
        assert_eq!(holding, [archive(&fixture)]);
    }
}

#[test]
fn a_running_purge_can_be_stopped_and_resumed() {
    let fixture = Fixture::one_file();
    let acme = tenant(&fixture, "crm_acme");
    let large = Json::of(&serde_json::json!("x".repeat(1 << 20)));
    for n in 0..40 {
        fixture
            .store
            .pstate()
            .put(SpaceId(99).into(), &format!("ballast {n}"), large.clone(), ramax::Timestamp(0))
            .unwrap();
    }
    let mut asked = 0;
    let stopped = delete_with(&fixture, true, &mut |progress| match progress.phase {
        // The first call comes before anything is rewritten, later ones in the middle of it.
        Phase::Purge if asked > 0 => ControlFlow::Break(()),
        Phase::Purge => {
            asked += 1;
            ControlFlow::Continue(())
        }
        _ => ControlFlow::Continue(()),
    });
    // On a fast disk, the purge may end before the second call.
    if let Err(error) = stopped {
        assert_eq!(error.kind(), "delete_interrupted");
        assert_eq!(state(&fixture.store), Some(SpaceState::Deleting));
        let again = DeleteOptions { purge: true, ..DeleteOptions::default() };
        delete(&fixture.store, "crm_acme", again, &mut keep_going).unwrap();
    }
    assert_eq!(state(&fixture.store), None);
    assert_eq!(fixture.store.events().residue(acme.space_id()).unwrap(), []);
}

#[test]
fn an_export_reads_a_read_only_store_and_changes_nothing() {
    let fixture = Fixture::one_file();
    tenant(&fixture, "crm_acme");
    let options = ramax::OpenOptions { read_only: true, ..ramax::OpenOptions::default() };
    let store = Store::open(fixture.store.location().unwrap(), options).unwrap();
    let version = fixture.store.events().version().unwrap();
    let mut out = Vec::new();
    export(&store, "crm_acme", &mut out, &mut keep_going).unwrap();
    assert_eq!(fixture.store.events().version().unwrap(), version);
    assert_eq!(import_text(&store, &out, Some("copy")).unwrap_err().kind(), "read_only");
    assert_eq!(out, exported(&fixture.store, "crm_acme").as_bytes());
}

//! An export holds every projection as it is stored, and an import restores it.

use std::io::Cursor;

use ramax::operations::{
    DeleteOptions, ImportFile, ImportOptions, ProjectionStatus, Rebuild, catch_up, delete, export, import,
    inventory, keep_going, overview, rebuild, verify,
};
use ramax::pstate::{ProjectionId, StoredProjection};
use ramax::{ContentStore, Page, SpaceId, Store};

use crate::export::lines::{opened, sealed};
use crate::on_every_store;
use crate::support::Fixture;
use crate::support::tally::{add, apps, events, open, rows};

on_every_store![
    an_import_restores_every_projection_as_it_was,
    an_archive_of_a_delete_holds_every_projection,
    an_inventory_counts_the_keys_of_every_projection,
];

pub fn exported(store: &Store, name: &str) -> String {
    let mut text = Vec::new();
    export(store, name, &mut text, &mut keep_going).unwrap();
    String::from_utf8(text).unwrap()
}

pub fn imported(store: &Store, text: &str, into: Option<&str>) -> ramax::Result<SpaceId> {
    let options = ImportOptions { into: into.map(str::to_owned) };
    let mut file = ImportFile::new(Cursor::new(text.as_bytes().to_vec()));
    Ok(import(store, &mut file, &options, &mut keep_going)?.space.space_id)
}

/// Returns all that is stored about the projections of a space, and their rows.
pub fn stored(store: &Store, space_id: SpaceId) -> Vec<(StoredProjection, Vec<ramax::pstate::Entry>)> {
    let stored = store.pstate().stored(&[space_id]).unwrap().remove(0);
    let with_rows = |projection: StoredProjection| {
        let id = ProjectionId::new(space_id, &projection.name);
        let entries = store.pstate().scan(id, "", Page::forward(None, 10_000)).unwrap();
        (
            StoredProjection {
                space_id: SpaceId(0),
                error: None,
                rebuilt_at: None,
                rebuilt_by: None,
                ..projection
            },
            entries,
        )
    };
    stored.into_iter().map(with_rows).collect()
}

/// A space with a projection that the second version does not declare, an outdated one, one that lags, and one without
/// entries.
fn filled(store: &Store) -> ContentStore {
    let first = open(store, "tally_a", 1);
    (0..9).for_each(|n| add(&first, &format!("k{}", n % 4), n * 7).unwrap());
    catch_up(&first, &mut keep_going).unwrap();
    (0..3).for_each(|n| add(&first, "k9", n).unwrap());
    let second = open(store, "tally_a", 2);
    let only = |name: &str| Rebuild { projection: Some(name.to_owned()), ..Rebuild::default() };
    rebuild(&second, only("last"), &mut keep_going).unwrap();
    first
}

fn an_import_restores_every_projection_as_it_was(fixture: &Fixture) {
    let source = Fixture::one_file();
    let content = filled(&source.store);
    let text = exported(&source.store, "tally_a");
    for into in [None, Some("tally_again")] {
        let id = imported(&fixture.store, &text, into).unwrap();
        let name = into.unwrap_or("tally_a");
        if into.is_none() {
            assert_eq!(stored(&fixture.store, id), stored(&source.store, content.space_id()));
            assert_eq!(opened(&exported(&fixture.store, name))[1..], opened(&text)[1..]);
        }
        let overview = overview(&fixture.store, &apps(2), name).unwrap();
        let status = |name: &str| overview.projection(name).unwrap().status;
        assert_eq!(
            ["state", "sums", "order", "sizes", "last"].map(status),
            [
                ProjectionStatus::Outdated,
                ProjectionStatus::Outdated,
                ProjectionStatus::Undeclared,
                ProjectionStatus::Outdated,
                ProjectionStatus::Current
            ]
        );
        // The version that wrote them continues.
        let again = open(&fixture.store, name, 1);
        catch_up(&again, &mut keep_going).unwrap();
        assert_eq!(verify(&again, &mut keep_going).unwrap().count(), 0);
    }
    catch_up(&content, &mut keep_going).unwrap();
    let rows_of = |store: &Store, id: SpaceId| {
        ["state", "sums", "order", "sizes", "last"].map(|name| rows(store, ProjectionId::new(id, name)))
    };
    let again = open(&fixture.store, "tally_a", 1);
    assert_eq!(rows_of(&fixture.store, again.space_id()), rows_of(&source.store, content.space_id()));
    assert_eq!(events(&again).len(), events(&content).len());
}

#[test]
fn a_file_whose_projections_contradict_themselves_is_refused_by_line() {
    let source = Fixture::memory();
    filled(&source.store);
    let text = exported(&source.store, "tally_a");
    for (from, to, reason) in [
        (r#""projection":"last""#, r#""projection":"Last!""#, "the name of a projection is not valid"),
        (r#""projection":"last""#, r#""projection":"state""#, "its projections do not rise"),
        (r#""projection":"order""#, r#""projection":"zzz""#, "its projections do not rise"),
        (
            r#"{"kind":"entity","projection":"order""#,
            r#"{"kind":"entity","projection":"other""#,
            "its projection is not one of the header",
        ),
        (
            r#"{"kind":"entity","projection":"order""#,
            r#"{"kind":"entity""#,
            "its projection is not one of the header, or out of order",
        ),
        (
            r#""space_sequence":9,"event_id":9"#,
            r#""space_sequence":9,"event_id":8"#,
            "the checkpoint names a different event",
        ),
        (
            r#""space_sequence":9,"event_id":9"#,
            r#""space_sequence":99,"event_id":9"#,
            "the checkpoint is past the last event",
        ),
        (r#""version":2"#, r#""version":1"#, "a field that version 1 does not have"),
    ] {
        let mut lines = opened(&text);
        let line = lines.iter_mut().find(|line| line.contains(from)).unwrap();
        *line = line.replacen(from, to, 1);
        let changed = sealed(lines.iter().map(String::as_str));
        let store = Store::memory();
        let error = imported(&store, &changed, None).unwrap_err();
        assert!(error.to_string().contains(reason), "{to}: {error}");
        assert_eq!(store.events().totals().unwrap().spaces, 0);
    }
}

fn an_archive_of_a_delete_holds_every_projection(fixture: &Fixture) {
    let content = filled(&fixture.store);
    let before = stored(&fixture.store, content.space_id());
    let archive = fixture.directory.path().join("archive.jsonl");
    let options = DeleteOptions { archive: Some(archive.clone()), ..DeleteOptions::default() };
    let deleted = delete(&fixture.store, "tally_a", options, &mut keep_going).unwrap();
    assert_eq!(deleted.archived.unwrap().entities, deleted.inventory.entities.unwrap());
    assert!(deleted.proof.tables.values().all(|rows| *rows == 0));
    let there = Store::memory();
    let id = imported(&there, &std::fs::read_to_string(archive).unwrap(), None).unwrap();
    assert_eq!(stored(&there, id), before);
}

fn an_inventory_counts_the_keys_of_every_projection(fixture: &Fixture) {
    let content = filled(&fixture.store);
    let inventory = inventory(&fixture.store, "tally_a").unwrap();
    let counted: Vec<(&str, u64)> =
        inventory.projections.iter().map(|one| (one.projection.as_str(), one.keys)).collect();
    let found = |name: &str| rows(&fixture.store, ProjectionId::new(content.space_id(), name)).len() as u64;
    assert_eq!(counted, ["last", "order", "sizes", "state", "sums"].map(|name| (name, found(name))));
    assert_eq!(inventory.entities, Some(counted.iter().map(|(_, keys)| keys).sum()));
}

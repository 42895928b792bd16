//! A space of the original that comes over as an export, and what a release check makes of it.

use std::io::Cursor;

use ramax::operations::{
    ExportTo, ImportFile, ImportOptions, Operation, OperationContext, ReleaseCheck, ReleaseChecked, Target,
    import as import_export, keep_going,
};
use ramax::{Apps, Store};

use super::{Original, assert_derived, entries, events_of, findings, import, origin};
use crate::support::original::OriginalWriter;
use crate::support::sandbox::{Files, Sandbox};

/// Exports all spaces, and imports them into a store in memory.
fn through_exports(original: &Store) -> Store {
    let (store, apps) = (Store::memory(), Apps::standard());
    for record in super::super::spaces(original) {
        let mut bytes = Vec::new();
        let target = Target::of(&record.space);
        let context = OperationContext::new(original, &apps);
        let exported = ExportTo(&mut bytes).run(target, context, &mut keep_going).unwrap();
        assert_eq!(exported.space, record.space);
        let mut file = ImportFile::new(Cursor::new(bytes));
        import_export(&store, &mut file, &ImportOptions::default(), &mut keep_going).unwrap();
    }
    store
}

#[test]
fn an_export_of_the_original_is_complete_after_its_import() {
    for name in ["demo.db", "flashcards.db"] {
        let original = Original::of(name);
        // Faults that an import corrects.
        original.change(
            "UPDATE events SET timestamp = timestamp - 99999 WHERE event_id = 9;
             UPDATE events SET entity_id = '' WHERE event_id = 2;
             DELETE FROM events WHERE event_id = 4",
        );
        let exported = through_exports(&original.open());
        let imported = Store::memory();
        import(&imported, &original.path()).unwrap();
        assert_eq!(findings(&exported), []);
        for record in super::super::spaces(&imported) {
            let name = &record.space.space_name;
            assert_derived(&exported, name);
            assert_eq!(entries(&exported, name), entries(&imported, name));
            let events = |store| {
                let events = events_of(store, name).into_iter();
                events.map(|event| (event.space_sequence, event.timestamp, event.payload)).collect::<Vec<_>>()
            };
            assert_eq!(events(&exported), events(&imported));
        }
        assert_eq!(original.names(), ["app.db"]);
    }
}

#[test]
fn an_unreadable_payload_is_exported_as_bytes() {
    let original = Original::of("demo.db");
    original.change("UPDATE events SET payload = x'836d00ffffff41' WHERE event_id = 3");
    let exported = through_exports(&original.open());
    let third = &events_of(&exported, "crm_acme")[2];
    assert_eq!(third.payload.as_str(), r#"{"$term":"g20A////QQ=="}"#);
    assert!(origin(third).contains("unreadable"), "{}", origin(third));
}

fn release_check(store: &Store) -> ReleaseChecked {
    let apps = Apps::standard();
    let context = OperationContext::new(store, &apps);
    ReleaseCheck::default().run(Target::File, context, &mut keep_going).unwrap()
}

#[test]
fn a_release_check_compares_the_original_s_projection_whatever_its_checkpoint_says() {
    let original = Original::of("demo.db");
    let checked = release_check(&original.open());
    assert_eq!((checked.spaces, checked.events, checked.keys, checked.changed), (4, 81, 58, vec![]));
    // The checkpoint of this space is missing, and that of the other one at 7 of 20 events.
    original.change(
        "DELETE FROM pstate_entities WHERE space_id = 4 AND key = 'article:a1';
         DELETE FROM pstate_entities WHERE space_id = 2 AND key = 'contact:c15'",
    );
    let checked = release_check(&original.open());
    let found: Vec<(&str, u64)> =
        checked.changed.iter().map(|space| (space.space_name.as_str(), space.differences)).collect();
    assert_eq!(found, [("crm_widgets", 1), ("cms_production", 1)]);
    assert!(checked.differs() && checked.changed.iter().all(|space| space.unbuilt.is_empty()));
}

#[test]
fn a_release_check_of_a_space_without_entries_finds_it_unbuilt() {
    let directory = tempfile::tempdir().unwrap();
    let writer = OriginalWriter::create(&directory.path().join("app.db"));
    writer.space(1, "crm_one", None);
    writer.contacts(1, 3);
    let store = Store::open(&ramax::Location::file(&writer.path), ramax::OpenOptions::default()).unwrap();
    let checked = release_check(&store);
    assert_eq!(checked.changed[0].unbuilt, ["state"]);
    assert!(!checked.differs());
}

#[test]
fn a_release_check_of_an_original_names_the_import_and_no_rebuild() {
    let sandbox = Sandbox::new(Files::One);
    let original = Original::of("demo.db");
    original.change(
        "DELETE FROM pstate_entities WHERE space_id = 1 AND key = 'contact:c1';
         UPDATE projection_checkpoints SET last_space_sequence = 99 WHERE space_id = 2",
    );
    std::fs::copy(original.path(), sandbox.directory.path().join("t.db")).unwrap();
    let checked = sandbox.run("release-check --all");
    assert_eq!(checked.code, Some(1), "{checked:?}");
    let listed = sandbox.run("checkpoints list").done();
    for text in [checked.err, listed.err] {
        assert!(text.contains("import --ramax") && !text.contains("ramax rebuild"), "{text}");
    }
}

//! Faults of the original come over, and are reported.

use ramax::operations::{DeletedSpace, Skipped, SpaceFate};
use ramax::{EventId, SpaceSequence};

use super::{Original, assert_derived, events_of, findings, import, imported, origin, plan, space};
use crate::support::original::{OriginalEvent, OriginalWriter, term};

#[test]
fn duplicates_and_gaps_are_numbered_again_with_the_stored_number_kept() {
    let original = Original::of("demo.db");
    original.change(
        "DELETE FROM events WHERE event_id = 5; UPDATE events SET space_sequence = 9 WHERE event_id = 8;
         UPDATE events SET space_sequence = 9 WHERE event_id = 10",
    );
    let planned = plan(None, &original.path());
    let acme = &planned.spaces[0];
    // 5, 8 and 10 are missing, and 9 is there three times. From sequence 6 to 8 and from 11 on, numbers change.
    assert_eq!((acme.events, acme.gaps, acme.duplicates), (19, 3, 2));
    let (store, imported) = imported(&original);
    let done = space(&imported, "crm_acme");
    assert_eq!((done.gaps, done.duplicates, done.renumbered), (3, 2, acme.renumbered));
    let events = events_of(&store, "crm_acme");
    let numbers: Vec<(u64, u64)> =
        events.iter().map(|event| (event.event_id.0, event.space_sequence.0)).collect();
    let ids = [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
    assert_eq!(numbers, ids.into_iter().zip(1..).collect::<Vec<_>>());
    let stored: Vec<&str> = events.iter().map(origin).collect();
    assert_eq!(stored[3], "");
    assert_eq!(stored[4], r#"{"origin":{"space_sequence":6}}"#);
    assert_eq!(stored[6], r#"{"origin":{"space_sequence":9}}"#);
    assert_eq!(stored[8], "");
    assert_eq!(stored[18], r#"{"origin":{"space_sequence":20}}"#);
    assert_eq!(stored.iter().filter(|stored| !stored.is_empty()).count() as u64, done.renumbered);
    assert_eq!(findings(&store), []);
}

#[test]
fn events_of_deleted_spaces_become_spaces() {
    let original = Original::of("demo.db");
    original.change(
        "DELETE FROM spaces WHERE space_id = 2; DELETE FROM events WHERE space_id = 3;
         DELETE FROM spaces WHERE space_id = 3",
    );
    let (store, imported) = imported(&original);
    let found: Vec<(&str, bool, u64, u64)> = imported
        .spaces
        .iter()
        .map(|space| (space.space.space_name.as_str(), space.is_orphan, space.events, space.keys))
        .collect();
    assert_eq!(found[1].0, "orphan-2");
    assert_eq!((found[1].1, found[1].2), (true, 20));
    // Events tell the app.
    assert_eq!(space(&imported, "orphan-2").app.as_deref(), Some("crm"));
    assert_derived(&store, "orphan-2");
    assert_eq!((found.len(), found[2].0), (3, "cms_production"));
    assert_eq!(imported.leftovers.deleted, [DeletedSpace { original_space_id: 3, keys: 14 }]);
    assert_eq!(findings(&store), []);
}

#[test]
fn a_payload_that_cannot_be_read_is_kept_as_bytes_and_skipped() {
    let original = Original::of("demo.db");
    original.change("UPDATE events SET payload = x'836d00ffffff41' WHERE event_id = 3");
    let planned = plan(None, &original.path());
    assert_eq!((planned.spaces[0].unreadable, planned.spaces[1].unreadable), (1, 0));
    assert_eq!(planned.spaces[0].unreadable_events[0].event_id, 3);
    assert!(planned.found());
    let (store, imported) = imported(&original);
    let acme = space(&imported, "crm_acme");
    assert_eq!((acme.events, acme.unreadable), (20, 1));
    assert_eq!(acme.unreadable_events[0].event_id, 3);
    assert_eq!(acme.unreadable_events[0].reason, "the term is cut off (at byte 7)");
    let third = &events_of(&store, "crm_acme")[2];
    assert_eq!(third.payload.as_str(), r#"{"$term":"g20A////QQ=="}"#);
    assert_eq!(origin(third), r#"{"origin":{"unreadable":"the term is cut off (at byte 7)"}}"#);
    let [Skipped { event_id: EventId(3), space_sequence: SpaceSequence(3), reason, .. }, rest @ ..] =
        &acme.skipped[..]
    else {
        panic!("{:?}", acme.skipped)
    };
    let expected =
        "its payload is a term of the original that cannot be read: the term is cut off (at byte 7)";
    assert_eq!(reason, expected);
    // Updates of that contact have nothing to update.
    assert!(rest.iter().all(|skipped| skipped.reason.contains("c3")), "{rest:?}");
    // The other spaces are not affected.
    assert_derived(&store, "crm_widgets");
    // Commands are not blocked.
    let content = super::open(&store, "crm_acme");
    let add =
        ramax::apps::AddContact { contact_id: "new".to_owned(), name: "N".to_owned(), email: "e".to_owned() };
    content.execute(add).unwrap();
}

#[test]
fn an_event_that_fits_in_no_form_refuses_its_space_only() {
    let directory = tempfile::tempdir().unwrap();
    let writer = OriginalWriter::create(&directory.path().join("app.db"));
    writer.space(1, "crm_big", None);
    writer.space(2, "crm_small", None);
    writer.contacts(1, 2);
    writer.contacts(2, 3);
    let size = 13 << 20;
    writer.connection.execute("UPDATE events SET payload = zeroblob(?1) WHERE event_id = 2", [size]).unwrap();
    let store = ramax::Store::memory();
    let planned = plan(Some(&store), &writer.path);
    assert_eq!(planned.spaces[0].too_large.as_ref().unwrap().event_id, 2);
    let imported = import(&store, &writer.path).unwrap();
    assert_eq!((imported.spaces.len(), imported.refused.len()), (1, 1));
    let refused = &imported.refused[0];
    assert_eq!((refused.space_name.as_str(), refused.event_id), ("crm_big", Some(2)));
    assert_eq!(refused.reason, "its payload has 13,631,488 bytes, more than the limit of 16 MiB allows");
    assert!(store.events().find_space("crm_big").unwrap().is_none());
    assert_derived(&store, "crm_small");
    assert_eq!(findings(&store), []);
}

#[test]
fn texts_times_and_causes_that_an_event_cannot_have_are_in_its_metadata() {
    let directory = tempfile::tempdir().unwrap();
    let writer = OriginalWriter::create(&directory.path().join("app.db"));
    writer.space(1, "#1", Some("[1]"));
    let event = |event_id, space_id, entity_id: &str, timestamp, causation_id| OriginalEvent {
        event_id,
        space_id,
        space_sequence: event_id,
        entity_id: entity_id.to_owned(),
        event_type: "x".to_owned(),
        payload: term(&[]),
        timestamp,
        causation_id,
        correlation_id: Some("2D5B0F0C-6B8B-4B0B-8B0B-0123456789AB".to_owned()),
    };
    let long = "é".repeat(1001);
    writer.event(&event(1, 1, "", 2000, Some(1)));
    writer.event(&event(2, 1, &long, 1000, Some(77)));
    writer.event(&event(3, 1, "e", 3000, Some(2)));
    let store = ramax::Store::memory();
    let planned = plan(Some(&store), &writer.path).spaces.remove(0);
    let imported = import(&store, &writer.path).unwrap();
    let space = &imported.spaces[0];
    assert_eq!((planned.new_times.count, &planned.new_times.event_ids[..]), (1, &[2][..]));
    assert_eq!((&planned.new_times, planned.causes_dropped), (&space.new_times, space.causes_dropped));
    let said =
        "1 event got the time of the event before it, because its own is earlier (a clock was set back): 2";
    assert!(space.facts().iter().any(|fact| fact == said), "{:?}", space.facts());
    assert_eq!((space.space.space_name.as_str(), space.causes_dropped), ("space-1", 2));
    let metadata = space.space.metadata.as_ref().unwrap().as_str();
    assert!(metadata.contains(r##""space_name":"#1","metadata":"[1]""##), "{metadata}");
    let events = events_of(&store, "space-1");
    let correlation = r#""correlation_id":"2D5B0F0C-6B8B-4B0B-8B0B-0123456789AB""#;
    assert_eq!(
        origin(&events[0]),
        format!(r#"{{"origin":{{"entity_id":"",{correlation},"causation_id":1}}}}"#)
    );
    assert_eq!(events[0].entity_id, "(empty)");
    assert_eq!(
        origin(&events[1]),
        format!(r#"{{"origin":{{"timestamp":1000,"entity_id":"{long}",{correlation},"causation_id":77}}}}"#)
    );
    assert_eq!((events[1].timestamp.0, events[1].entity_id.chars().count()), (2000, 177));
    assert_eq!(events[2].causation_id, Some(EventId(2)));
    assert_eq!(findings(&store), []);
}

#[test]
fn a_name_that_is_taken_refuses_the_import_before_anything_is_stored() {
    let original = Original::of("demo.db");
    let store = ramax::Store::memory();
    ramax::operations::create_space(&store, "cms_staging", None).unwrap();
    let planned = plan(Some(&store), &original.path());
    assert_eq!(planned.spaces[2].fate, SpaceFate::NameTaken);
    let refused = import(&store, &original.path()).unwrap_err();
    assert_eq!(refused.kind(), "space_exists");
    assert_eq!(
        refused.to_string(),
        "1 space of this database has the name of one to be imported: cms_staging; nothing was imported"
    );
    assert_eq!(store.events().totals().unwrap().spaces, 1);
}

#[test]
fn a_file_of_another_program_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("other.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    let store = ramax::Store::memory();
    assert_eq!(import(&store, &path).unwrap_err().kind(), "not_original");
    let ours = directory.path().join("ours.db");
    drop(ramax::Store::open_or_create(&ramax::Location::file(&ours), ramax::OpenOptions::default()).unwrap());
    assert_eq!(import(&store, &ours).unwrap_err().kind(), "not_original");
}

#[test]
fn metadata_beyond_the_limit_refuses_its_space_only_and_the_plan_says_so() {
    let original = Original::of("demo.db");
    let metadata = format!(r#"{{"note":"{}"}}"#, "n".repeat(1 << 20));
    original.change(&format!("UPDATE spaces SET metadata = '{metadata}' WHERE space_id = 2"));
    let plan = plan(None, &original.path());
    assert!(plan.found());
    let problems: Vec<usize> = plan.spaces.iter().map(|space| space.problems().len()).collect();
    assert_eq!(problems, [0, 1, 0, 0]);
    let (subject, text) = plan.spaces[1].problems().remove(0);
    assert_eq!(subject, "its metadata");
    assert!(text.ends_with("more than the limit of 1,048,576: the space cannot be imported"), "{text}");
    let (_, imported) = imported(&original);
    let refused: Vec<&str> = imported.refused.iter().map(|space| space.space_name.as_str()).collect();
    assert_eq!((refused, imported.spaces.len()), (vec!["crm_widgets"], 3));
    // The file itself stays readable.
    let store = original.open();
    let space = store.events().find_space("crm_widgets").unwrap().unwrap().space;
    assert_eq!(space.metadata.unwrap().as_str(), metadata);
}

#[test]
fn duplicates_that_are_out_of_order_keep_their_ids() {
    let original = Original::of("demo.db");
    original.change(
        "UPDATE events SET space_sequence = 12 WHERE event_id = 7; UPDATE events SET space_sequence = 7 WHERE event_id = 9",
    );
    let planned = plan(None, &original.path());
    let (store, imported) = imported(&original);
    let acme = space(&imported, "crm_acme");
    assert_eq!((planned.spaces[0].new_ids, acme.new_ids, acme.renumbered), (0, 0, 2));
    let events = events_of(&store, "crm_acme");
    assert!(events.iter().all(|event| event.event_id.0 == event.space_sequence.0));
    assert_eq!(origin(&events[6]), r#"{"origin":{"space_sequence":12}}"#);
    assert_eq!(findings(&store), []);
}

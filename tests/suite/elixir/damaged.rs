//! Duplicates, gaps, orphans and terms that cannot be read.

use ramax::operations::{CheckOptions, Finding, check, keep_going};
use ramax::{Apps, Location, OpenOptions, Page, Remedy, SpaceId, SpaceSequence, Store};

use super::{Original, event, paged, payload, spaces, value};

#[test]
fn events_with_gaps_and_duplicates_are_numbered_in_the_order_of_their_ids() {
    let original = Original::of("demo.db");
    original.change(
        "DELETE FROM events WHERE event_id = 5; UPDATE events SET space_sequence = 9 WHERE event_id = 8;
         UPDATE events SET space_sequence = 9 WHERE event_id = 10",
    );
    let store = original.open();
    let forward = paged(&store, 1, false);
    let ids: Vec<u64> = forward.iter().map(|event| event.event_id.0).collect();
    assert_eq!(ids, [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    let numbers: Vec<u64> = forward.iter().map(|event| event.space_sequence.0).collect();
    assert_eq!(numbers, (1..=19).collect::<Vec<_>>());
    let mut backward = paged(&store, 1, true);
    backward.reverse();
    assert_eq!(forward, backward);
    let stored = |index: usize| forward[index].metadata.as_ref().map(ToString::to_string);
    assert_eq!(stored(3), None);
    assert_eq!(stored(4).unwrap(), r#"{"origin":{"space_sequence":6}}"#);
    assert_eq!(stored(8), None);
    assert_eq!(stored(9).unwrap(), r#"{"origin":{"space_sequence":11}}"#);
    assert_eq!(event(&store, 6), forward[4]);
    let of_c1 =
        store.events().read_entity(SpaceId(1), "c1", Page::forward(Some(SpaceSequence(1)), 2)).unwrap();
    assert_eq!(of_c1.iter().map(|event| event.space_sequence.0).collect::<Vec<_>>(), [12, 13]);
    let mut replayed = Vec::new();
    let mut visit = |event: &mut ramax::Event| {
        replayed.push(event.clone());
        Ok(())
    };
    assert_eq!(store.events().replay(SpaceId(1), SpaceSequence(3), 4, &mut visit).unwrap(), 4);
    assert_eq!(replayed, forward[3..7]);
    // The checkpoint names the last event by its id.
    let checkpoint = store.pstate().checkpoint(SpaceId(1).into()).unwrap();
    assert_eq!(checkpoint.sequence, SpaceSequence(19));
}

#[test]
fn events_of_deleted_spaces_form_a_space() {
    let original = Original::of("demo.db");
    original.change(
        "DELETE FROM spaces WHERE space_id = 2; DELETE FROM events WHERE space_id = 3;
         DELETE FROM spaces WHERE space_id = 3",
    );
    let store = original.open();
    let found: Vec<(u32, String, u64)> = spaces(&store)
        .into_iter()
        .map(|record| (record.space.space_id.0, record.space.space_name, record.head.last_sequence.0))
        .collect();
    let expected = [(1, "crm_acme", 20), (2, "orphan-2", 20), (4, "cms_production", 20)];
    assert_eq!(found, expected.map(|(id, name, events)| (id, name.to_owned(), events)));
    assert_eq!(paged(&store, 2, false).len(), 20);
    assert!(store.events().find_space("orphan-2").unwrap().is_some());
}

#[test]
fn terms_that_cannot_be_read_are_reported_in_place() {
    let original = Original::of("demo.db");
    let deep = format!("83{}6a", "6c00000001".repeat(5000));
    original.change(&format!(
        "UPDATE events SET payload = x'{deep}' WHERE event_id = 2;
         UPDATE events SET payload = x'836d00ffffff41' WHERE event_id = 3;
         UPDATE events SET payload = 5 WHERE event_id = 4;
         UPDATE events SET entity_id = x'ff', event_type = x'fe' WHERE event_id = 6;
         UPDATE pstate_entities SET value = '' WHERE space_id = 1 AND key = 'contact:c2'"
    ));
    let store = original.open();
    let broken: Vec<(u64, String)> = paged(&store, 1, false)
        .into_iter()
        .filter(|event| !event.intact)
        .map(|event| (event.event_id.0, event.payload.to_string()))
        .collect();
    let expected = [
        (2, r#"{"$unreadable":"terms are nested more than 256 levels deep (at byte 1,281)"}"#),
        (3, r#"{"$unreadable":"the term is cut off (at byte 7)"}"#),
        (4, r#"{"$unreadable":"a number is stored in place of a term"}"#),
    ];
    assert_eq!(broken, expected.map(|(id, payload)| (id, payload.to_owned())));
    assert_eq!(event(&store, 6).entity_id, "\u{fffd}");
    assert!(payload(&store, 5).contains("natalya"));
    assert_eq!(value(&store, 1, "contact:c2"), r#"{"$unreadable":"the term is cut off (at byte 0)"}"#);
}

#[test]
fn duplicates_that_are_out_of_order_are_numbered_in_the_order_of_their_ids() {
    let original = Original::of("demo.db");
    original.change(
        "UPDATE events SET space_sequence = 12 WHERE event_id = 7; UPDATE events SET space_sequence = 7 WHERE event_id = 9",
    );
    let store = original.open();
    let ids: Vec<u64> = paged(&store, 1, false).iter().map(|event| event.event_id.0).collect();
    assert_eq!(ids, (1..=20).collect::<Vec<_>>());
}

#[test]
fn a_file_with_projections_only_is_recognised_and_names_the_way_to_open_it() {
    let original = Original::of("demo.db");
    original.change("DROP TABLE events; DROP TABLE spaces");
    let refused = Store::open(&Location::file(original.path()), OpenOptions::default()).err().unwrap();
    assert_eq!(refused.kind(), "holds_no_events");
}

#[test]
fn what_an_import_corrects_is_not_left_to_a_backup() {
    let original = Original::of("demo.db");
    original.change(
        "UPDATE events SET timestamp = timestamp - 99999 WHERE event_id = 9;
         UPDATE events SET payload = x'8374' WHERE event_id = 30",
    );
    let options = CheckOptions { deep: true, is_running: &|_| false };
    let checked = check(&original.open(), &Apps::standard(), options, &mut keep_going).unwrap();
    let remedy_of = |subject: &str| {
        let is_about = |finding: &&Finding| finding.words().iter().any(|words| words.subject == subject);
        checked.findings.iter().find(is_about).unwrap().remedy.clone()
    };
    assert_eq!(remedy_of("event 9"), Remedy::ImportOriginal { path: original.path() });
    assert_eq!(remedy_of("event 30"), Remedy::Restore);
}

#[test]
fn a_file_that_is_cut_off_is_reported_as_damaged() {
    let size = Original::of("demo.db").bytes().len();
    // The rest of a page that is not there would be read as zeros.
    for left in [60_000, size - 4096, size - 3000, size - 1] {
        let original = Original::of("demo.db");
        std::fs::write(original.path(), &original.bytes()[..left]).unwrap();
        let location = Location::file(original.path());
        let refused = Store::open(&location, OpenOptions::default()).err().unwrap();
        assert_eq!(refused.kind(), "damaged_original", "{left}: {refused}");
        let hint = refused.advice().unwrap().to_string();
        assert!(hint.contains("backup") && !hint.contains("check"), "{hint}");
        let refused = super::import::import(&Store::memory(), &original.path()).unwrap_err();
        assert!(refused.to_string().contains("app.db is damaged"), "{left}: {refused}");
        let whole = Original::of("demo.db");
        let files = Location::two_files(whole.path(), original.path());
        let refused = Store::open(&files, OpenOptions::default()).err().unwrap();
        assert!(refused.to_string().contains(&original.path().display().to_string()), "{left}: {refused}");
        assert_eq!(original.names(), ["app.db"]);
    }
}

#[test]
fn the_end_of_a_file_may_be_in_its_log() {
    let original = Original::of("demo.db");
    let running = original.connect();
    running.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0").unwrap();
    let rows = "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 999)";
    let sql = format!(
        "INSERT INTO events (event_id, space_id, space_sequence, entity_id, event_type, payload, timestamp)
         {rows} SELECT i, 1, i, 'c99', 'contact.added', zeroblob(500), 1795407700000 FROM n"
    );
    running.execute_batch(&sql).unwrap();
    assert_eq!(paged(&original.open(), 1, false).len(), 920);
}

#[test]
fn a_check_of_each_depth_notes_the_lag() {
    let original = Original::of("demo.db");
    for deep in [false, true] {
        let options = CheckOptions { deep, is_running: &|_| false };
        let checked = check(&original.open(), &Apps::standard(), options, &mut keep_going).unwrap();
        let notes: Vec<String> =
            checked.notes.iter().flat_map(Finding::words).map(|words| words.text).collect();
        let lags = [13, 9, 20].map(|events| format!("lags {events} events behind its log"));
        assert_eq!(notes, lags, "deep: {deep}");
    }
}

//! Damaged files: the damage is reported and named, and never enters a projection.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::operations::{DeleteOptions, Difference, Rebuild, delete, keep_going, rebuild, replay, verify};
use ramax::{ContentStore, EventId, Location, OpenOptions, Page, SpaceSequence, Store};
use rusqlite::{Connection, OpenFlags};

use crate::support::{Fixture, add_contact, create};

fn sqlite3(path: &Path) -> Connection {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap()
}

#[test]
fn a_projection_of_other_events_than_the_restored_ones_accepts_no_commands_until_it_is_rebuilt() {
    for appended_since in [0, 1] {
        let fixture = with_restored_events();
        let crm = fixture.crm("crm_acme");
        let new: Vec<_> = (0..appended_since).map(|_| contact_added("other")).collect();
        let append =
            ramax::Append { expected: ramax::Expected::Any, now: crate::support::START, events: &new };
        fixture.store.events().append(crm.space_id(), append).unwrap();
        assert_eq!(crm.execute(add_contact("c3")).unwrap_err().kind(), "projection_ahead");
        assert_eq!(Crm::contact_count(&crm).unwrap_err().kind(), "projection_ahead");
        rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap();
        crm.execute(add_contact("c3")).unwrap();
        assert_eq!(Crm::contact_count(&crm).unwrap(), 2 + appended_since);
        assert_eq!(verify(&crm, &mut keep_going).unwrap().differences, []);
    }
}

/// Two files whose events file was restored from a backup that is one event older.
fn with_restored_events() -> Fixture {
    let fixture = Fixture::two_files();
    let events = fixture.file();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    sqlite3(&events).execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let backup = fs::read(&events).unwrap();
    fixture.crm("crm_acme").execute(add_contact("c2")).unwrap();
    let location = fixture.store.location().unwrap().clone();
    let Fixture { store, directory } = fixture;
    drop(store);
    fs::write(&events, backup).unwrap();
    Fixture { store: create(&location), directory }
}

fn contact_added(id: &str) -> ramax::NewEvent {
    crate::support::event(id, "contact.added", serde_json::json!({"contact_id": id, "name": id, "email": id}))
}

#[test]
fn a_truncated_file_is_reported_as_damaged() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    for n in 0..300 {
        crm.execute(add_contact(&format!("c{n}"))).unwrap();
    }
    let path = fixture.file();
    let copy = fixture.directory.path().join("copy.db");
    sqlite3(&path).execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let bytes = fs::read(&path).unwrap();
    for keep in [4096, bytes.len() / 2, bytes.len() - 4096, bytes.len() - 17] {
        fs::write(&copy, &bytes[..keep]).unwrap();
        let result = Store::open(&Location::file(&copy), OpenOptions::default()).and_then(|store| {
            store.events().read_all(Page::forward(None, 9999))?;
            let space = ContentStore::open(&store, "crm_acme", Arc::new(Crm))?;
            verify(&space, &mut keep_going)
        });
        // SQLite does not miss a few bytes of the last page; the comparison with the events does.
        match result {
            Ok(verified) => assert_ne!(verified.differences, [], "of {} bytes {keep}", bytes.len()),
            Err(error) => assert_eq!(error.kind(), "corrupt", "of {} bytes {keep}", bytes.len()),
        }
    }
}

#[test]
fn a_flipped_bit_is_detected_named_and_not_applied() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    for id in ["c1", "c2", "c3"] {
        crm.execute(add_contact(id)).unwrap();
    }
    let connection = sqlite3(&fixture.file());
    connection
        .execute_batch(
            "UPDATE event_log SET payload = replace(payload, 'Name of c2', 'Name of d2') WHERE event_id = 2",
        )
        .unwrap();
    let event = fixture.store.events().event(EventId(2)).unwrap().unwrap();
    assert!(!event.intact);
    assert!(fixture.store.events().event(EventId(1)).unwrap().unwrap().intact);
    let error = rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap_err();
    assert!(error.to_string().contains("event 2 ") && error.to_string().contains("checksum"), "{error}");
    let differences = verify(&crm, &mut keep_going).unwrap().differences;
    assert!(
        differences
            .iter()
            .any(|found| matches!(found, Difference::DamagedEvent(bad) if bad.event_id == EventId(2)))
    );
    for column in [
        "timestamp = timestamp + 1",
        "entity_id = 'cX'",
        "causation_id = 1",
        "type_id = 2",
        "correlation_id = NULL",
    ] {
        connection.execute_batch(&format!("UPDATE event_log SET {column} WHERE event_id = 1")).unwrap();
        assert!(!fixture.store.events().event(EventId(1)).unwrap().unwrap().intact, "{column}");
    }
}

#[test]
fn an_event_with_invalid_text_is_shown_as_not_intact() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    sqlite3(&fixture.file())
        .execute_batch(
            "UPDATE event_log SET payload = CAST(x'7b22ff1b' AS TEXT), entity_id = CAST(x'ff' AS TEXT)",
        )
        .unwrap();
    let events = fixture.store.events().read_space(crm.space_id(), Page::forward(None, 9)).unwrap();
    assert_eq!((events[0].payload.as_str(), events[0].entity_id.as_str()), ("{\"\u{fffd}\u{1b}", "\u{fffd}"));
    assert!(!events[0].intact);
}

#[test]
fn a_damaged_counter_is_reported_and_found() {
    for counter in [-1_i64, 0, 1, 3, 600, (1 << 40) - 1, i64::MAX] {
        let fixture = Fixture::one_file();
        let crm = fixture.crm("crm_acme");
        let other = fixture.crm("crm_other");
        crm.execute(add_contact("c1")).unwrap();
        crm.execute(add_contact("c2")).unwrap();
        let sql = format!("UPDATE space_sequences SET last_sequence = {counter} WHERE space_id = 1");
        sqlite3(&fixture.file()).execute_batch(&sql).unwrap();
        let damaged = |kind: &str| ["corrupt", "projection_ahead", "exhausted"].contains(&kind);
        let refused = crm.execute(add_contact("c3")).unwrap_err().kind();
        assert!(damaged(refused), "{counter}: {refused}");
        if counter > 2 {
            let refused = rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap_err().kind();
            assert!(damaged(refused), "{counter}: {refused}");
        }
        let found = verify(&crm, &mut keep_going).map(|verified| verified.differences.len());
        assert!(
            found.as_ref().map_or_else(|error| damaged(error.kind()), |found| *found > 0),
            "{counter}: {found:?}"
        );
        other.execute(add_contact("c1")).unwrap();
    }
}

#[test]
fn missing_events_are_reported_and_found() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    for id in ["c1", "c2", "c3"] {
        crm.execute(add_contact(id)).unwrap();
    }
    sqlite3(&fixture.file()).execute_batch("DELETE FROM event_log WHERE event_id = 2").unwrap();
    assert_eq!(rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap_err().kind(), "corrupt");
    let differences = verify(&crm, &mut keep_going).unwrap().differences;
    let gap = Difference::Gap { after: SpaceSequence(1), next: SpaceSequence(3) };
    assert!(differences.contains(&gap), "{differences:?}");
}

/// A tenant with enough events to be read ahead.
fn with_nine_thousand_events() -> (Fixture, ContentStore) {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    let events: Vec<_> = (0..9000).map(|_| contact_added("c1")).collect();
    let append =
        ramax::Append { expected: ramax::Expected::Any, now: crate::support::START, events: &events };
    fixture.store.events().append(crm.space_id(), append).unwrap();
    (fixture, crm)
}

#[test]
fn a_replay_continues_after_a_gap_of_any_width() {
    let (fixture, crm) = with_nine_thousand_events();
    for (first, last) in [(8999, 8999), (7990, 8010), (2500, 6500), (1, 999)] {
        sqlite3(&fixture.file())
            .execute("DELETE FROM event_log WHERE pos & 0xffffffffff BETWEEN ?1 AND ?2", (first, last))
            .unwrap();
        let mut shown = Vec::new();
        replay(&crm, SpaceSequence::START, SpaceSequence(u64::MAX), &mut |events| {
            shown.extend(events.iter().map(|event| event.space_sequence.0));
            Ok(())
        })
        .unwrap();
        let there: Vec<u64> = fixture
            .store
            .events()
            .read_space(crm.space_id(), Page::forward(None, 9000))
            .unwrap()
            .iter()
            .map(|event| event.space_sequence.0)
            .collect();
        assert!(there.len() < 9000 && shown == there, "{first} to {last}");
    }
    let mut shown = 0;
    replay(&crm, SpaceSequence::START, SpaceSequence(6400), &mut |events| {
        shown = events.last().map_or(shown, |event| event.space_sequence.0);
        Ok(())
    })
    .unwrap();
    assert_eq!(shown, 2499, "and nothing beyond the requested events");
}

#[test]
fn a_replay_that_cannot_read_ahead_ends_with_the_error_of_the_reader() {
    let (fixture, crm) = with_nine_thousand_events();
    fs::remove_file(fixture.file()).unwrap();
    let shown = replay(&crm, SpaceSequence::START, SpaceSequence(u64::MAX), &mut |_| Ok(()));
    assert_eq!(shown.unwrap_err().kind(), "file_replaced");
}

#[test]
fn a_damaged_tenant_does_not_hide_the_others() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme");
    let other = fixture.crm("crm_other");
    other.execute(add_contact("c1")).unwrap();
    sqlite3(&fixture.file())
        .execute_batch(
            "DELETE FROM space_sequences WHERE space_id = 1;
             UPDATE spaces SET space_name = CAST(x'ff' AS TEXT), metadata = CAST(x'fe' AS TEXT) WHERE space_id = 1",
        )
        .unwrap();
    let spaces = fixture.store.events().spaces(Page::forward(None, 9)).unwrap();
    let names: Vec<&str> = spaces.iter().map(|record| record.space.space_name.as_str()).collect();
    assert_eq!(names, ["\u{fffd}", "crm_other"]);
    let append = ramax::Append { expected: ramax::Expected::Any, now: crate::support::START, events: &[] };
    assert_eq!(fixture.store.events().append(ramax::SpaceId(1), append).unwrap_err().kind(), "corrupt");
}

#[test]
fn a_removed_or_replaced_file_accepts_no_commands() {
    for replace in [false, true] {
        let fixture = Fixture::one_file();
        let crm = fixture.crm("crm_acme");
        crm.execute(add_contact("c1")).unwrap();
        let other = Fixture::one_file();
        other.crm("crm_acme").execute(add_contact("somebody-else")).unwrap();
        fs::remove_file(fixture.file()).unwrap();
        if replace {
            sqlite3(&other.file()).execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
            fs::copy(other.file(), fixture.file()).unwrap();
        }
        assert_eq!(crm.execute(add_contact("c2")).unwrap_err().kind(), "file_replaced");
        assert_eq!(fixture.store.reconnect().err().map(|error| error.kind()), Some("file_replaced"));
        assert_eq!(
            delete(&fixture.store, "crm_acme", DeleteOptions::default(), &mut keep_going).unwrap_err().kind(),
            "file_replaced"
        );
        assert_eq!(crm.event_count().unwrap(), 1, "the open handle can still read");
    }
}

#[test]
fn a_projection_with_keys_in_invalid_utf_8_can_be_removed_and_rebuilt() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    (0..3).for_each(|n| drop(crm.execute(add_contact(&format!("c{n}"))).unwrap()));
    for limit in [1, 2, 3] {
        sqlite3(&fixture.file())
            .execute_batch("UPDATE projection_entities SET key = CAST(x'ff' || key AS TEXT)")
            .unwrap();
        let pstate = fixture.store.pstate();
        while pstate.delete_some(crm.space_id(), limit).unwrap() {}
        let left = pstate.rows_by_table(crm.space_id()).unwrap();
        assert!(left.iter().all(|(_, rows)| *rows == 0), "{left:?}");
        rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap();
        assert_eq!(verify(&crm, &mut keep_going).unwrap().differences, []);
    }
}

//! The limits of a fold: it writes nothing, ends in time, stays within its memory, and notices that its events have changed.

use std::fs;
use std::ops::ControlFlow;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::operations::{
    DeleteOptions, EventOutcome, Fold, FoldLimits, Pause, PointInTime, Progress, Rebuild, Redact, delete,
    keep_going, rebuild, redact,
};
use ramax::{ContentStore, Direction, OpenOptions, SpaceSequence, Store};
use serde_json::json;

use super::{entries, fold, seek, tiny};
use crate::on_every_store;
use crate::support::{Fixture, add_contact, append, event, rename_contact};

on_every_store![
    a_rebuild_and_new_events_do_not_change_the_past,
    a_deleted_space_has_no_past,
    redacted_events_end_a_fold,
    a_sequence_after_the_end_is_refused,
    a_time_before_the_first_event_is_refused,
    a_stopped_fold_continues_where_it_stopped,
];

fn contacts(fixture: &Fixture, number: usize) -> ContentStore {
    let crm = fixture.crm("crm_acme");
    for n in 0..number {
        crm.execute(add_contact(&format!("c{n}"))).unwrap();
    }
    crm
}

fn a_rebuild_and_new_events_do_not_change_the_past(fixture: &Fixture) {
    let crm = contacts(fixture, 5);
    let mut fold = Fold::with_limits(&crm, None, tiny(usize::MAX)).unwrap();
    seek(&mut fold, 5);
    let before = entries(&fold, "state");
    rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap();
    crm.execute(rename_contact("c0", "Ada")).unwrap();
    seek(&mut fold, 2);
    seek(&mut fold, 5);
    assert_eq!((entries(&fold, "state"), fold.last()), (before, SpaceSequence(5)));
    let later = fold.seek(SpaceSequence(6), &mut keep_going).unwrap_err();
    assert_eq!(later.kind(), "unknown_sequence");
    assert_eq!(fold.extend().unwrap(), SpaceSequence(6));
    let step = fold.step(&mut keep_going).unwrap().unwrap();
    assert_eq!(step.changes[0].fields()[0].path, "name");
}

fn a_deleted_space_has_no_past(fixture: &Fixture) {
    let crm = contacts(fixture, 5);
    let mut fold = fold(&crm);
    seek(&mut fold, 5);
    delete(&fixture.store, "crm_acme", DeleteOptions::default(), &mut keep_going).unwrap();
    assert_eq!(fold.seek(SpaceSequence(2), &mut keep_going).unwrap_err().kind(), "unknown_space");
    assert_eq!(fold.step_back(&mut keep_going).unwrap_err().kind(), "unknown_space");
    assert_eq!(fold.extend().unwrap_err().kind(), "unknown_space");
}

fn redacted_events_end_a_fold(fixture: &Fixture) {
    let crm = contacts(fixture, 3);
    let mut fold = fold(&crm);
    seek(&mut fold, 3);
    let options =
        Redact { entity_id: "c1".to_owned(), fields: vec!["name".parse().unwrap()], ..Redact::default() };
    redact(&crm, &options, &mut keep_going).unwrap();
    let error = fold.seek(SpaceSequence(2), &mut keep_going).unwrap_err();
    assert_eq!(error.kind(), "past_changed");
    assert!(error.to_string().starts_with("the events of crm_acme have changed"), "{error}");
    let mut again = Fold::new(&crm, None).unwrap();
    seek(&mut again, 3);
    let name = again.projection("state").unwrap().entry("contact:c1").unwrap().unwrap().value.to_value();
    assert_eq!(name["name"], "[redacted]");
}

fn a_sequence_after_the_end_is_refused(fixture: &Fixture) {
    let mut fold = fold(&contacts(fixture, 2));
    let error = fold.seek(SpaceSequence(3), &mut keep_going).unwrap_err();
    assert_eq!(error.to_string(), "crm_acme has no event with sequence 3; its last one is 2");
    assert!(error.advice().unwrap().to_string().contains("up to 2"));
    assert_eq!(fold.changes_of(SpaceSequence(3), &mut keep_going).unwrap_err().kind(), "unknown_sequence");
    let before_the_first = fold.changes_of(SpaceSequence(0), &mut keep_going).unwrap_err();
    assert_eq!(before_the_first.kind(), "unknown_sequence");
    seek(&mut fold, 0);
    assert_eq!(entries(&fold, "state"), []);
    assert!(fold.step_back(&mut keep_going).unwrap().is_none());
}

fn a_time_before_the_first_event_is_refused(fixture: &Fixture) {
    let crm = contacts(fixture, 3);
    let point = |text: &str| text.parse::<PointInTime>().unwrap().sequence_in(&crm);
    let times: Vec<_> = crm.events(SpaceSequence::START).map(|event| event.unwrap().timestamp).collect();
    for (time, sequence) in times.iter().zip(1..) {
        assert_eq!(point(&time.to_string()).unwrap(), SpaceSequence(sequence));
    }
    let between = ramax::Timestamp(times[1].0 + 1).to_string();
    assert_eq!(point(&between).unwrap(), SpaceSequence(2));
    assert_eq!((point("2").unwrap(), point("0").unwrap()), (SpaceSequence(2), SpaceSequence(0)));
    assert_eq!(point("4").unwrap_err().kind(), "unknown_sequence");
    let error = point("2001-01-01").unwrap_err();
    assert_eq!(error.kind(), "before_first_event");
    assert!(error.to_string().contains(&times[0].to_string()), "{error}");
    let empty = fixture.crm("crm_empty");
    assert_eq!(
        "0s".parse::<PointInTime>().unwrap().sequence_in(&empty).unwrap_err().kind(),
        "before_first_event"
    );
    assert!("yesterday".parse::<PointInTime>().is_err());
}

fn a_stopped_fold_continues_where_it_stopped(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let events: Vec<_> =
        (0..9000).map(|n| event(&format!("c{}", n % 50), "note.taken", json!({"n": n}))).collect();
    append(fixture.store.events(), crm.space_id(), &events);
    let mut fold =
        Fold::with_limits(&crm, None, FoldLimits { segment_events: 1000, ..FoldLimits::default() }).unwrap();
    let mut asked = 0;
    let stopped = fold.seek(SpaceSequence(9000), &mut |progress| {
        asked += 1;
        assert_eq!(progress.total, 9000);
        if asked > 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if let Err(error) = stopped {
        assert!(error.is_cancelled() && fold.at() < SpaceSequence(9000));
    }
    let never = fold.seek(SpaceSequence(1), &mut |_| ControlFlow::Break(()));
    assert!(never.is_ok() || never.unwrap_err().is_cancelled());
    seek(&mut fold, 9000);
    let mut other = Fold::new(&crm, None).unwrap();
    seek(&mut other, 9000);
    assert_eq!(entries(&fold, "state"), entries(&other, "state"));
}

#[test]
fn a_fold_writes_nothing_and_works_on_a_read_only_handle() {
    let fixture = Fixture::one_file();
    contacts(&fixture, 9);
    let location = fixture.store.location().unwrap().clone();
    let Fixture { store, directory } = fixture;
    drop(store);
    let before = fs::read(&location.database).unwrap();
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let store = Store::open(&location, options).unwrap();
    let space = store.events().find_space("crm_acme").unwrap().unwrap().space;
    let crm = ContentStore::of(&store, space, Arc::new(Crm)).unwrap();
    let mut fold = Fold::with_limits(&crm, None, tiny(0)).unwrap();
    for sequence in [9, 3, 7] {
        seek(&mut fold, sequence);
        // One more for the number of contacts.
        assert_eq!(entries(&fold, "state").len() as u64, sequence + 1);
    }
    assert!(fold.is_spilled());
    drop((fold, crm, store));
    assert_eq!(fs::read(&location.database).unwrap(), before);
    let names: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| name.to_string_lossy().starts_with("store.db")), "{names:?}");
}

/// The time of a jump is that of the events that it replays, however many the space has.
#[test]
fn a_jump_and_a_history_replay_only_the_segments_that_they_need() {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    let most = FoldLimits::default().segment_events;
    let mut events: Vec<_> = (0..most * 5 / 2).map(|n| event("c1", "note.taken", json!({"n": n}))).collect();
    events[0] = event("c1", "contact.added", json!({"contact_id": "c1", "name": "Ada", "email": "a@b.c"}));
    append(fixture.store.events(), crm.space_id(), &events);
    let mut fold = fold(&crm);
    let last = fold.last();
    seek(&mut fold, last.0);
    let mut longest = 0;
    let mut watch = |progress: Progress| {
        longest = progress.total.max(longest);
        ControlFlow::Continue(())
    };
    for to in [most * 3 / 2, most - 1, most * 5 / 2, 1, most * 2 + 1] {
        fold.seek(SpaceSequence(to), &mut watch).unwrap();
    }
    let mut visit = |_, _: &mut Pause<'_>| Ok(ControlFlow::Continue(()));
    let range = (SpaceSequence(0), last);
    fold.history(("state", "contact:c1"), range, Direction::Forward, &mut visit, &mut watch).unwrap();
    assert!((1..=most).contains(&longest), "{longest} events at once");
    assert!(most <= 1_000, "a thousand events take some ten milliseconds");
}

#[test]
fn a_damaged_event_is_skipped_and_marked_in_place() {
    let fixture = Fixture::one_file();
    let crm = contacts(&fixture, 4);
    let sqlite = rusqlite::Connection::open(fixture.file()).unwrap();
    sqlite
        .execute("UPDATE event_log SET payload = replace(payload, 'c2', 'd2') WHERE event_id = 3", [])
        .unwrap();
    append(fixture.store.events(), crm.space_id(), &[event("c9", "contact.praised", json!({}))]);
    let mut fold = fold(&crm);
    seek(&mut fold, 5);
    let keys: Vec<String> = entries(&fold, "state").into_iter().map(|entry| entry.key).collect();
    assert_eq!(keys, ["contact:c0", "contact:c1", "contact:c3", "contacts:count"]);
    let (skipped, more) = fold.skipped();
    assert_eq!((skipped.len(), skipped[0].space_sequence, more), (1, SpaceSequence(3), 0));
    let changes = fold.changes_of(SpaceSequence(3), &mut keep_going).unwrap();
    let EventOutcome::Skipped { projection: "state", reason, damaged: true } = changes.outcome else {
        panic!("{changes:?}")
    };
    assert!(reason.contains("checksum") && changes.changes.is_empty(), "{reason}");
    let unknown = fold.changes_of(SpaceSequence(5), &mut keep_going).unwrap();
    assert_eq!((unknown.outcome, unknown.changes), (EventOutcome::UnknownType, vec![]));
    assert_eq!(fold.skipped().0.len(), 1, "an event is counted once");
    sqlite.execute("DELETE FROM event_log WHERE event_id = 2", []).unwrap();
    let missing = Fold::new(&crm, None).unwrap().seek(SpaceSequence(4), &mut keep_going).unwrap_err();
    assert_eq!(missing.kind(), "corrupt");
}

/// A damaged event is refused before its app sees it. It is the first one that can be undone, so that the writes of the event
/// before it are known to nobody else.
#[test]
fn undoing_a_damaged_event_undoes_nothing_of_the_event_before() {
    let fixture = Fixture::one_file();
    let crm = contacts(&fixture, 8);
    let file = rusqlite::Connection::open(fixture.file()).unwrap();
    file.execute("UPDATE event_log SET payload = replace(payload, 'c', 'd') WHERE event_id = 5", []).unwrap();
    let mut fold = Fold::with_limits(&crm, None, tiny(usize::MAX)).unwrap();
    seek(&mut fold, 4);
    let before = entries(&fold, "state");
    seek(&mut fold, 8);
    for _ in 0..4 {
        fold.step_back(&mut keep_going).unwrap();
    }
    assert_eq!((fold.at(), entries(&fold, "state")), (SpaceSequence(4), before));
    let damaged = fold.changes_of(SpaceSequence(5), &mut keep_going).unwrap();
    assert!(matches!(damaged.outcome, EventOutcome::Skipped { damaged: true, .. }), "{damaged:?}");
    assert_eq!(damaged.changes, []);
}

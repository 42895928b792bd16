//! Events that events of other spaces caused.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use ramax::operations::{OriginalFiles, OriginalPlan, Phase, SpaceFate, import_original, keep_going};
use ramax::space::SpaceState;
use ramax::{Apps, Page, Store};
use tempfile::TempDir;

use super::{assert_derived, events_of, findings, import, origin, plan};
use crate::on_every_store;
use crate::support::Fixture;
use crate::support::original::{OriginalEvent, OriginalWriter, term};

on_every_store![
    causes_in_other_spaces_come_over_whichever_space_is_first,
    a_space_whose_cause_is_in_a_refused_space_comes_over_without_it,
    an_import_of_linked_spaces_killed_at_any_step_continues,
];

const NAMES: [&str; 3] = ["a", "b", "c"];

/// Writes a file with events (space, cause), whose ids are 1, 2, 3 …
fn linked(events: &[(i64, Option<i64>)]) -> (TempDir, OriginalWriter) {
    let directory = tempfile::tempdir().unwrap();
    let writer = OriginalWriter::create(&directory.path().join("app.db"));
    for (name, space_id) in NAMES.into_iter().zip(1..) {
        writer.space(space_id, name, Some(r#"{"app":"crm"}"#));
    }
    for (&(space_id, causation_id), event_id) in events.iter().zip(1..) {
        let before = &events[..usize::try_from(event_id).unwrap()];
        let space_sequence = before.iter().filter(|(of, _)| *of == space_id).count();
        let contact = format!("c{event_id}");
        writer.event(&OriginalEvent {
            event_id,
            space_id,
            space_sequence: i64::try_from(space_sequence).unwrap(),
            payload: term(&[("contact_id", &contact), ("email", "e"), ("name", "N")]),
            entity_id: contact,
            event_type: "contact.added".to_owned(),
            timestamp: event_id,
            causation_id,
            correlation_id: None,
        });
    }
    (directory, writer)
}

/// Returns the id, the cause and the metadata of each event of a space.
fn facts(store: &Store, name: &str) -> Vec<(u64, Option<u64>, String)> {
    let fact = |event: ramax::Event| {
        (event.event_id.0, event.causation_id.map(|id| id.0), origin(&event).to_owned())
    };
    events_of(store, name).into_iter().map(fact).collect()
}

fn origin_of(fields: &str) -> String {
    format!(r#"{{"origin":{{{fields}}}}}"#)
}

fn foreseen(plan: &OriginalPlan) -> Vec<(u64, u64)> {
    plan.spaces.iter().map(|space| (space.new_ids, space.causes_dropped)).collect()
}

fn causes_in_other_spaces_come_over_whichever_space_is_first(fixture: &Fixture) {
    let chain =
        [(1, None), (2, Some(1)), (1, Some(2)), (2, Some(2)), (1, Some(4)), (2, Some(5)), (3, Some(6))];
    let (_directory, writer) = linked(&chain);
    let store = &fixture.store;
    let planned = plan(Some(store), &writer.path);
    assert_eq!(foreseen(&planned), [(2, 0), (1, 0), (1, 0)]);
    let imported = import(store, &writer.path).unwrap();
    let done: Vec<(u64, u64)> =
        imported.spaces.iter().map(|space| (space.new_ids, space.causes_dropped)).collect();
    assert_eq!(done, foreseen(&planned));
    // First 1 of a, then 2 and 4 of b, because 5 of a needs 4.
    let a = [
        (1, None, String::new()),
        (5, Some(2), origin_of(r#""event_id":3"#)),
        (6, Some(4), origin_of(r#""event_id":5"#)),
    ];
    assert_eq!(facts(store, "a"), a);
    let b = [
        (2, Some(1), String::new()),
        (4, Some(2), String::new()),
        (7, Some(6), origin_of(r#""event_id":6"#)),
    ];
    assert_eq!(facts(store, "b"), b);
    assert_eq!(facts(store, "c"), [(8, Some(7), origin_of(r#""event_id":7"#))]);
    assert_eq!(findings(store), []);
    NAMES.into_iter().for_each(|name| assert_derived(store, name));
}

#[test]
fn causes_that_come_first_anyway_change_no_order() {
    let (_directory, writer) = linked(&[(1, None), (2, Some(1)), (1, None), (3, Some(2))]);
    let store = Store::memory();
    let planned = plan(Some(&store), &writer.path);
    assert_eq!(foreseen(&planned), [(0, 0), (1, 0), (1, 0)]);
    import(&store, &writer.path).unwrap();
    let ids = |name| facts(&store, name).iter().map(|fact| fact.0).collect::<Vec<_>>();
    assert_eq!((ids("a"), ids("b"), ids("c")), (vec![1, 3], vec![4], vec![5]));
}

#[test]
fn a_space_before_those_that_take_turns_is_complete_before_them() {
    let (_directory, writer) = linked(&[(1, None), (3, None), (2, Some(2)), (1, None)]);
    let store = Store::memory();
    let files = OriginalFiles::from(writer.path.as_path());
    let mut is_cancelled = |progress: ramax::operations::Progress| {
        if progress.phase == Phase::Import && progress.done > 2 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    assert!(
        import_original(&store, &Apps::standard(), &files, &mut is_cancelled).unwrap_err().is_cancelled()
    );
    let left = store.events().spaces(Page::forward(None, 9)).unwrap();
    let left: Vec<_> = left.iter().map(|left| (left.space.space_name.as_str(), left.space.state)).collect();
    assert_eq!(left, [("a", SpaceState::Open)]);
    import(&store, &writer.path).unwrap();
    let ids = |name| facts(&store, name).iter().map(|fact| fact.0).collect::<Vec<_>>();
    assert_eq!(ids("a"), [1, 4]);
    assert_eq!(facts(&store, "b")[0].1, Some(ids("c")[0]));
}

#[test]
fn spaces_numbered_again_take_turns_by_id() {
    let chain = [(2, None), (1, Some(1)), (2, Some(2)), (1, Some(3)), (2, None), (1, Some(5))];
    let (_directory, writer) = linked(&chain);
    writer.connection.execute_batch("UPDATE events SET space_sequence = 7").unwrap();
    let store = Store::memory();
    let imported = import(&store, &writer.path).unwrap();
    assert!(imported.spaces.iter().all(|space| space.causes_dropped == 0), "{imported:?}");
    let causes = |name| events_of(&store, name).iter().map(|event| event.causation_id).collect::<Vec<_>>();
    let ids = |name| events_of(&store, name).iter().map(|event| Some(event.event_id)).collect::<Vec<_>>();
    let (a, b) = (ids("a"), ids("b"));
    assert_eq!(causes("a"), [b[0], b[1], b[2]]);
    assert_eq!(causes("b"), [None, a[0], None]);
    assert_eq!(findings(&store), []);
}

fn a_space_whose_cause_is_in_a_refused_space_comes_over_without_it(fixture: &Fixture) {
    let chain = [(2, None), (1, Some(1)), (2, Some(2)), (1, Some(3)), (2, None), (3, Some(4))];
    let (_directory, writer) = linked(&chain);
    let change = "UPDATE events SET payload = zeroblob(13 << 20) WHERE event_id = 5";
    writer.connection.execute_batch(change).unwrap();
    let store = &fixture.store;
    let planned = plan(None, &writer.path);
    let imported = import(store, &writer.path).unwrap();
    let of_planned = [&planned.spaces[0], &planned.spaces[2]].map(|space| space.new_ids);
    assert_eq!(imported.spaces.iter().map(|space| space.new_ids).collect::<Vec<_>>(), of_planned);
    let refused: Vec<_> = imported.refused.iter().map(|space| (&*space.space_name, space.event_id)).collect();
    assert_eq!(refused, [("b", Some(5))]);
    assert_eq!(planned.spaces[1].too_large.as_ref().unwrap().event_id, 5);
    let dropped: Vec<u64> = imported.spaces.iter().map(|space| space.causes_dropped).collect();
    assert_eq!((dropped, planned.spaces[0].causes_dropped), (vec![2, 0], 2));
    let metadata: Vec<String> = facts(store, "a").into_iter().map(|(_, _, origin)| origin).collect();
    assert!(metadata[0].contains(r#""causation_id":1"#) && metadata[1].contains(r#""causation_id":3"#));
    let a = events_of(store, "a");
    assert_eq!(events_of(store, "c")[0].causation_id, Some(a[1].event_id));
    assert!(store.events().find_space("b").unwrap().is_none());
    assert_eq!(findings(store), []);
}

fn an_import_of_linked_spaces_killed_at_any_step_continues(fixture: &Fixture) {
    let chain: Vec<(i64, Option<i64>)> = (0..24).map(|at| (1 + at % 3, (at > 0).then_some(at))).collect();
    let (_directory, writer) = linked(&chain);
    let files = OriginalFiles::from(writer.path.as_path());
    let store = &fixture.store;
    let mut killed = 0;
    for killed_at in 0..500 {
        let mut at = 0;
        let import = catch_unwind(AssertUnwindSafe(|| {
            import_original(store, &Apps::standard(), &files, &mut |_| {
                at += 1;
                if at > killed_at {
                    resume_unwind(Box::new("killed"));
                }
                ControlFlow::Continue(())
            })
        }));
        if import.is_ok() {
            break;
        }
        killed += 1;
        let spaces = store.events().spaces(Page::forward(None, 9)).unwrap();
        let is_open = |space: &ramax::event_store::SpaceRecord| space.space.state == SpaceState::Open;
        assert!(spaces.iter().all(is_open) || !spaces.iter().any(is_open), "{spaces:?}");
        let fates = plan(Some(store), &writer.path).spaces;
        assert!(fates.iter().all(|space| matches!(space.fate, SpaceFate::New | SpaceFate::Unfinished)));
    }
    assert!(killed > 24, "{killed}");
    import_original(store, &Apps::standard(), &files, &mut keep_going).unwrap();
    let mut ids = vec![None; 25];
    let events: Vec<_> = NAMES.into_iter().map(|name| events_of(store, name)).collect();
    for at in 0..24 {
        let event = &events[at % 3][at / 3];
        assert_eq!(event.causation_id, ids[at], "the cause of the event {}", at + 1);
        ids[at + 1] = Some(event.event_id);
    }
    assert_eq!(findings(store), []);
}

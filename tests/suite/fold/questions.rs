//! The questions that a fold answers: who set a value, when a condition first held, and what differs.

use std::ops::ControlFlow;

use ramax::content_store::{Change, FieldChange};
use ramax::operations::{Fold, KeyChange, keep_going};
use ramax::query::ValueQuery;
use ramax::{Depth, SpaceSequence};
use serde_json::json;

use super::notes::{Happening, LENGTHS, append};
use super::{seek, tiny};
use crate::support::Fixture;

fn set(note: u8, text: &str, about: u8) -> Happening {
    Happening::Set { note, text: text.to_owned(), about }
}

/// Note 1 changes its text at 1, 4 and 7, and what it is about at 3 and 6; it is removed at 8 and set again at 9.
fn history() -> Vec<Happening> {
    vec![
        set(1, "a", 2),
        set(2, "x", 2),
        set(1, "a", 3),
        Happening::Written { note: 1, text: "b".to_owned(), about: 3 },
        Happening::Bad { note: 1 },
        set(1, "b", 2),
        set(1, "a", 2),
        Happening::Removed { note: 1 },
        set(1, "a", 2),
        Happening::Unknown,
    ]
}

fn opened(fixture: &Fixture) -> Fold {
    let (notes, _) = append(fixture, &history());
    Fold::with_limits(&notes, None, tiny(usize::MAX)).unwrap()
}

fn blamed(fold: &mut Fold, path: Option<&str>, until: u64) -> Vec<(String, u64)> {
    let found = fold.blame(("state", "note:n1"), path, SpaceSequence(until), &mut keep_going).unwrap();
    found.into_iter().map(|part| (part.path, part.event.space_sequence.0)).collect()
}

#[test]
fn only_events_that_need_the_missing_one_are_named() {
    let fixture = Fixture::memory();
    let mut fold = opened(&fixture);
    let mut without = |event| {
        let visit = &mut |_, _| Ok(ControlFlow::Continue(()));
        fold.compare_without(("state", ""), SpaceSequence(event), visit, &mut keep_going).unwrap()
    };
    assert_eq!(without(1).skipped, None, "the bad event cannot be applied with it either");
    assert_eq!(without(5).skipped, None);
    let skipped = without(7).skipped;
    assert_eq!(skipped, None, "the note is still there");
}

#[test]
fn each_part_of_a_value_is_attributed_to_the_event_that_set_it() {
    let fixture = Fixture::memory();
    let mut fold = opened(&fixture);
    let part = |path: &str, sequence| (path.to_owned(), sequence);
    assert_eq!(blamed(&mut fold, None, 7), [part("text", 7), part("about.$ref", 6)]);
    assert_eq!(blamed(&mut fold, None, 5), [part("text", 4), part("about.$ref", 3)]);
    assert_eq!(blamed(&mut fold, Some("about"), 7), [part("about.$ref", 6)]);
    assert_eq!(blamed(&mut fold, Some("text"), 3), [part("text", 1)]);
    assert_eq!(blamed(&mut fold, None, 9), [part("text", 9), part("about.$ref", 9)], "after it was removed");
    assert_eq!(blamed(&mut fold, None, 8), []);
    assert_eq!(blamed(&mut fold, Some("author"), 7), []);
    let text =
        fold.blame(("state", "note:n1"), Some("text"), SpaceSequence(7), &mut keep_going).unwrap().remove(0);
    assert_eq!((text.value.as_str(), text.before.unwrap().as_str()), ("\"a\"", "\"b\""));
    assert_eq!(fold.at(), SpaceSequence(0), "the position stays");
}

#[test]
fn the_events_that_set_a_value_are_found_one_before_the_other() {
    let fixture = Fixture::memory();
    let mut fold = opened(&fixture);
    let mut walk = |path: &str| {
        let mut found = |most| {
            let last = (SpaceSequence(10), most);
            let changes = fold.last_changes_at(("state", "note:n1"), path, last, &mut keep_going).unwrap();
            let at = |(change, fields): &(KeyChange, Vec<FieldChange>)| {
                (change.event.space_sequence.0, fields.iter().any(|field| field.after.is_some()))
            };
            changes.iter().map(at).collect::<Vec<_>>()
        };
        let all = found(99);
        assert_eq!(found(2), all[..all.len().min(2)]);
        all
    };
    assert_eq!(walk("text"), [(9, true), (8, false), (7, true), (4, true), (1, true)], "8 removed it");
    assert_eq!(walk("about.$ref"), [(9, true), (8, false), (6, true), (3, true), (1, true)]);
    assert_eq!(walk("about"), walk("about.$ref"), "the parts of a value belong to it");
    assert_eq!(walk("").len(), 7);
    assert_eq!(walk("author"), []);
}

#[test]
fn the_first_match_of_a_condition_and_every_later_flip_are_found() {
    let fixture = Fixture::memory();
    let mut fold = opened(&fixture);
    let mut flips = |condition: &str| {
        let (query, mut found): (ValueQuery, _) = (condition.parse().unwrap(), Vec::new());
        let mut visit = |flip: ramax::operations::Flip| {
            found.push((flip.event.space_sequence.0, flip.holds));
            Ok(ControlFlow::Continue(()))
        };
        let last = SpaceSequence(10);
        fold.bisect(("state", "note:n1"), &query, last, &mut visit, &mut keep_going).unwrap();
        found
    };
    assert_eq!(flips("text=a"), [(1, true), (4, false), (7, true), (8, false), (9, true)]);
    assert_eq!(flips("-text=a"), [(4, true), (7, false)], "a missing key meets no condition");
    assert_eq!(flips("text=b about~n3"), [(4, true), (6, false)]);
    assert_eq!(flips(""), [(1, true), (8, false), (9, true)]);
    assert_eq!(flips("text=c"), []);
}

#[test]
fn two_points_of_the_past_are_compared_by_key_and_field() {
    let fixture = Fixture::memory();
    let mut fold = opened(&fixture);
    let mut compared = |projection: &str, prefix: &str, from, to| {
        let mut found = Vec::new();
        let mut visit = |change: Change, fields: Vec<FieldChange>| {
            assert_eq!(fields, change.fields());
            found.push((change.key, fields.into_iter().map(|field| field.path).collect::<Vec<_>>()));
            Ok(ControlFlow::Continue(()))
        };
        let points = (SpaceSequence(from), SpaceSequence(to));
        fold.compare((projection, prefix), points, &mut visit, &mut keep_going).unwrap();
        found
    };
    let key = |key: &str, fields: &[&str]| {
        (key.to_owned(), fields.iter().map(|field| (*field).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(
        compared("state", "", 1, 4),
        [key("note:n1", &["text", "about.$ref"]), key("note:n2", &["text", "about.$ref"])]
    );
    assert_eq!(compared("state", "note:n2", 1, 4), [key("note:n2", &["text", "about.$ref"])]);
    assert_eq!(compared("state", "", 7, 9), [], "the same values again");
    assert_eq!(compared("state", "", 9, 8), [key("note:n1", &["text", "about.$ref"])], "backwards too");
    assert_eq!(compared(LENGTHS, "", 3, 5), [key("length:n1", &[""]), key("sum", &[""])]);
    let unknown = fold.compare(
        ("none", ""),
        Default::default(),
        &mut |_, _| Ok(ControlFlow::Break(())),
        &mut keep_going,
    );
    assert_eq!(unknown.unwrap_err().kind(), "unknown_projection");
}

#[test]
fn the_projection_that_has_ever_held_a_key_is_found() {
    let fixture = Fixture::memory();
    let mut fold = opened(&fixture);
    let mut of = |key: &str| fold.projection_of(key, &mut keep_going).unwrap();
    assert_eq!((of("note:n1"), of("length:n1"), of("note:n9")), (Some("state"), Some(LENGTHS), None));
}

#[test]
fn references_and_paths_are_resolved_in_the_past() {
    let fixture = Fixture::memory();
    let mut fold = opened(&fixture);
    seek(&mut fold, 7);
    let state = fold.projection("state").unwrap();
    let resolved = |depth| state.get_resolved("note:n1", Depth::Levels(depth)).unwrap().unwrap();
    assert_eq!(resolved(0), json!({"text": "a", "about": {"$ref": "note:n2"}}));
    assert_eq!(resolved(1)["about"]["text"], "x");
    let at = |path: &str, depth| state.value_at(&path.parse().unwrap(), Depth::Levels(depth)).unwrap();
    assert_eq!(at("note:n1.about.text", 0), Some(json!("x")));
    assert_eq!(at("note:n1.about", 0), Some(json!({"$ref": "note:n2"})));
    assert_eq!(at("note:n1.about.author", 0), None);
    seek(&mut fold, 5);
    let missing = fold.projection("state").unwrap().get_resolved("note:n1", Depth::All).unwrap();
    assert_eq!(missing.unwrap()["about"], json!({"$ref": "note:n3"}), "note 3 does not exist");
}

//! The fold is equal to an independent model at every sequence, whichever way leads there.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use proptest::prelude::*;
use ramax::content_store::Change;
use ramax::operations::{Fold, KeyChange, Pause, Rebuild, keep_going, rebuild};
use ramax::{Direction, Page, SpaceSequence, Timestamp};
use serde_json::Value;

use super::notes::{Happening, LENGTHS, Model, append};
use super::{entries, seek, tiny};
use crate::support::Fixture;
use crate::support::mutation::cases;

type Values = BTreeMap<String, (Value, Timestamp)>;

fn happening() -> impl Strategy<Value = Happening> {
    let (note, text) = (0..5_u8, "[a-c]{0,3}");
    prop_oneof![
        6 => (note.clone(), text, note.clone()).prop_map(|(note, text, about)| Happening::Set { note, text, about }),
        3 => (note.clone(), text, note.clone()).prop_map(|(note, text, about)| Happening::Written { note, text, about }),
        1 => note.clone().prop_map(|note| Happening::Unreadable { note }),
        1 => note.clone().prop_map(|note| Happening::Bad { note }),
        3 => note.prop_map(|note| Happening::Removed { note }),
        1 => Just(Happening::Counted),
        1 => Just(Happening::Unknown),
    ]
}

/// A way through the past.
#[derive(Debug, Clone)]
enum Move {
    Seek(prop::sample::Index),
    Forward(u8),
    Back(u8),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let step = prop_oneof![
        any::<prop::sample::Index>().prop_map(Move::Seek),
        (1..9_u8).prop_map(Move::Forward),
        (1..9_u8).prop_map(Move::Back),
    ];
    prop::collection::vec(step, 0..25)
}

fn values(fold: &Fold, projection: &str) -> Values {
    let all = entries(fold, projection);
    assert!(all.is_sorted_by(|one, other| one.key < other.key));
    all.into_iter().map(|entry| (entry.key, (entry.value.to_value(), entry.updated_at))).collect()
}

fn check(fold: &Fold, models: &[Model]) -> Result<(), TestCaseError> {
    let model = &models[fold.at().0 as usize];
    prop_assert_eq!(&values(fold, "state"), &model.state, "at {}", fold.at());
    prop_assert_eq!(&values(fold, LENGTHS), &model.lengths, "at {}", fold.at());
    Ok(())
}

/// Returns the changes between two states, written by hand. The time of a key may change without its value.
fn differences(before: &Values, after: &Values) -> BTreeMap<String, (Option<Value>, Option<Value>)> {
    let keys = before.keys().chain(after.keys()).filter(|key| before.get(*key) != after.get(*key));
    let value = |values: &Values, key: &String| values.get(key).map(|(value, _)| value.clone());
    keys.map(|key| (key.clone(), (value(before, key), value(after, key)))).collect()
}

fn of_changes<'a>(
    changes: impl Iterator<Item = &'a Change>,
    projection: &str,
) -> BTreeMap<String, (Option<Value>, Option<Value>)> {
    let value = |json: &Option<ramax::Json>| json.as_ref().map(ramax::Json::to_value);
    let own = changes.filter(|change| change.projection == projection);
    own.map(|change| (change.key.clone(), (value(&change.before), value(&change.after)))).collect()
}

fn check_changes(changes: &[Change], before: &Model, after: &Model) -> Result<(), TestCaseError> {
    prop_assert_eq!(of_changes(changes.iter(), "state"), differences(&before.state, &after.state));
    prop_assert_eq!(of_changes(changes.iter(), LENGTHS), differences(&before.lengths, &after.lengths));
    Ok(())
}

fn run(
    fixture: &Fixture,
    happenings: &[Happening],
    moves: &[Move],
    memory: usize,
) -> Result<(), TestCaseError> {
    let (notes, models) = append(fixture, happenings);
    let last = happenings.len() as u64;
    let mut fold = Fold::with_limits(&notes, None, tiny(memory)).unwrap();
    check(&fold, &models)?;
    for step in moves {
        match step {
            Move::Seek(index) => seek(&mut fold, index.index(models.len()) as u64),
            Move::Forward(steps) => {
                for _ in 0..*steps {
                    let at = fold.at().0 as usize;
                    let stepped = fold.step(&mut keep_going).unwrap();
                    prop_assert_eq!(stepped.is_some(), at < happenings.len());
                    if let Some(stepped) = stepped {
                        check_changes(&stepped.changes, &models[at], &models[at + 1])?;
                    }
                }
            }
            Move::Back(steps) => {
                for _ in 0..*steps {
                    let at = fold.at().0 as usize;
                    let stepped = fold.step_back(&mut keep_going).unwrap();
                    prop_assert_eq!(stepped.is_some(), at > 0);
                    if let Some(stepped) = stepped {
                        check_changes(&stepped.changes, &models[at - 1], &models[at])?;
                    }
                }
            }
        }
        check(&fold, &models)?;
    }
    for sequence in 0..=last {
        seek(&mut fold, sequence);
        check(&fold, &models)?;
    }
    histories(&mut fold, &models)?;
    // The same as what a rebuild stores.
    rebuild(&notes, Rebuild { skip_errors: true, ..Rebuild::default() }, &mut keep_going).unwrap();
    for name in ["state", LENGTHS] {
        let id = ramax::pstate::ProjectionId::new(notes.space_id(), name);
        let stored = fixture.store.pstate().scan(id, "", Page::forward(None, 999)).unwrap();
        prop_assert_eq!(entries(&fold, name), stored);
    }
    Ok(())
}

/// The history of every key is its differences, in both directions and up to every sequence.
fn histories(fold: &mut Fold, models: &[Model]) -> Result<(), TestCaseError> {
    let keys = models.iter().flat_map(|model| model.state.keys()).collect::<std::collections::BTreeSet<_>>();
    for key in keys {
        let mut expected = Vec::new();
        for (sequence, pair) in models.windows(2).enumerate() {
            if let Some(change) = differences(&pair[0].state, &pair[1].state).remove(key) {
                expected.push((sequence as u64 + 1, change));
            }
        }
        let last = models.len() as u64 - 1;
        for (after, until, direction) in [
            (0, last, Direction::Forward),
            (0, last, Direction::Backward),
            (0, last / 2, Direction::Forward),
            (last / 3, last, Direction::Backward),
        ] {
            let mut found = Vec::new();
            let mut visit = |KeyChange { event, change }: KeyChange, _: &mut Pause<'_>| {
                let change = of_changes(std::iter::once(&change), "state").remove(key).unwrap();
                found.push((event.space_sequence.0, change));
                Ok(ControlFlow::Continue(()))
            };
            let range = (SpaceSequence(after), SpaceSequence(until));
            fold.history(("state", key), range, direction, &mut visit, &mut keep_going).unwrap();
            if direction == Direction::Backward {
                found.reverse();
            }
            let is_within = |at: u64| at > after && at <= until;
            let expected: Vec<_> = expected.iter().filter(|(at, _)| is_within(*at)).cloned().collect();
            prop_assert_eq!(found, expected, "{} from {} to {}", key, after, until);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(48), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_fold_equals_an_independent_one_at_every_sequence(
        happenings in prop::collection::vec(happening(), 0..40), moves in moves(),
    ) {
        run(&Fixture::memory(), &happenings, &moves, usize::MAX)?;
    }

    #[test]
    fn a_fold_with_spilled_keyframes_equals_an_independent_one_at_every_sequence(
        happenings in prop::collection::vec(happening(), 0..40), moves in moves(),
    ) {
        run(&Fixture::memory(), &happenings, &moves, 0)?;
    }
}

//! Imports that do not finish.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use ramax::operations::{ImportedOriginal, OriginalFiles, Progress, SpaceFate, import_original, keep_going};
use ramax::space::SpaceState;
use ramax::{Apps, Page, Result, Store};

use super::{Original, assert_derived, events_of, findings, import, plan};
use crate::on_every_store;
use crate::support::Fixture;
use crate::support::original::{OriginalEvent, term};

on_every_store![
    an_import_stopped_at_any_step_continues_with_the_next_space,
    an_import_killed_at_any_step_continues_with_the_incomplete_space,
    an_import_of_a_complete_file_changes_nothing,
    events_that_the_original_adds_after_the_import_are_counted,
];

const NAMES: [&str; 4] = ["crm_acme", "crm_widgets", "cms_staging", "cms_production"];

fn import_watched(
    store: &Store,
    original: &Original,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<ImportedOriginal> {
    import_original(store, &Apps::standard(), &OriginalFiles::from(original.path().as_path()), watch)
}

fn steps(original: &Original) -> usize {
    let mut steps = 0;
    let mut count = |_| {
        steps += 1;
        ControlFlow::Continue(())
    };
    import_watched(&Store::memory(), original, &mut count).unwrap();
    assert!(steps > 8, "{steps}");
    steps
}

fn states(store: &Store) -> Vec<(String, SpaceState)> {
    let spaces = store.events().spaces(Page::forward(None, 100)).unwrap();
    spaces.into_iter().map(|record| (record.space.space_name, record.space.state)).collect()
}

#[track_caller]
fn assert_complete(store: &Store) {
    assert_eq!(states(store), NAMES.map(|name| (name.to_owned(), SpaceState::Open)));
    let events = NAMES.map(|name| events_of(store, name).len());
    assert_eq!(events, [20, 20, 21, 20]);
    NAMES.into_iter().for_each(|name| assert_derived(store, name));
    assert_eq!(findings(store), []);
}

fn an_import_stopped_at_any_step_continues_with_the_next_space(fixture: &Fixture) {
    let original = Original::of("demo.db");
    let all = steps(&original);
    let mut complete = 0;
    // One store: each attempt gets further than the one before it.
    for stopped_at in (0..all).step_by(3) {
        let mut at = 0;
        let mut watch = |_| {
            at += 1;
            if at > stopped_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        if let Err(error) = import_watched(&fixture.store, &original, &mut watch) {
            assert!(error.is_cancelled(), "{error}");
        }
        let states = states(&fixture.store);
        assert!(states.iter().all(|(_, state)| *state == SpaceState::Open), "{states:?}");
        assert!(states.len() >= complete, "a complete space is gone");
        complete = states.len();
        assert_eq!(findings(&fixture.store), []);
    }
    import_watched(&fixture.store, &original, &mut keep_going).unwrap();
    assert_complete(&fixture.store);
}

fn an_import_killed_at_any_step_continues_with_the_incomplete_space(fixture: &Fixture) {
    let original = Original::of("demo.db");
    let all = steps(&original);
    for killed_at in (0..all).step_by(3) {
        let mut at = 0;
        let killed = catch_unwind(AssertUnwindSafe(|| {
            import_watched(&fixture.store, &original, &mut |_| {
                at += 1;
                if at > killed_at {
                    resume_unwind(Box::new("killed"));
                }
                ControlFlow::Continue(())
            })
        }));
        if killed.is_err() {
            let planned = plan(Some(&fixture.store), &original.path());
            let left = states(&fixture.store);
            for space in &planned.spaces {
                let state = left.iter().find(|(name, _)| *name == space.space_name).map(|(_, state)| *state);
                let fate = match state {
                    None => SpaceFate::New,
                    Some(SpaceState::Open) => SpaceFate::Imported { added: 0 },
                    Some(_) => SpaceFate::Unfinished,
                };
                assert_eq!(space.fate, fate, "{}", space.space_name);
            }
        }
    }
    import_watched(&fixture.store, &original, &mut keep_going).unwrap();
    assert_complete(&fixture.store);
}

fn an_import_of_a_complete_file_changes_nothing(fixture: &Fixture) {
    let original = Original::of("demo.db");
    assert_eq!(import(&fixture.store, &original.path()).unwrap().spaces.len(), 4);
    let again = import(&fixture.store, &original.path()).unwrap();
    let already: Vec<&str> = again.already.iter().map(|space| space.space_name.as_str()).collect();
    assert_eq!((again.spaces.len(), again.added(), already), (0, 0, NAMES.to_vec()));
    assert_complete(&fixture.store);
    let recorded = fixture.store.audit_log().page(Default::default(), Page::backward(None, 1)).unwrap();
    assert_eq!(recorded[0].action, "import");
    assert_eq!(recorded[0].detail.as_deref(), Some("0 spaces, 0 events, 0 keys, 4 spaces imported before"));
}

fn events_that_the_original_adds_after_the_import_are_counted(fixture: &Fixture) {
    let original = Original::of("demo.db");
    import(&fixture.store, &original.path()).unwrap();
    let writer =
        crate::support::original::OriginalWriter { path: original.path(), connection: original.connect() };
    writer.event(&OriginalEvent {
        event_id: 82,
        space_id: 1,
        space_sequence: 21,
        entity_id: "c99".to_owned(),
        event_type: "contact.added".to_owned(),
        payload: term(&[("contact_id", "c99"), ("email", "e"), ("name", "N")]),
        timestamp: 1_795_407_650_000,
        causation_id: None,
        correlation_id: None,
    });
    let planned = plan(Some(&fixture.store), &original.path());
    assert_eq!(planned.spaces[0].fate, SpaceFate::Imported { added: 1 });
    assert_eq!(
        planned.spaces[0].facts(),
        ["was imported before, and is passed over; the original has added 1 event since"]
    );
    let again = import(&fixture.store, &original.path()).unwrap();
    assert_eq!((again.added(), again.already[0].added), (1, 1));
    assert_eq!([again.already[0].words()], planned.spaces[0].facts()[..]);
}

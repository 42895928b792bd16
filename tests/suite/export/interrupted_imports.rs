//! Imports that do not finish.

use std::io::Cursor;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::operations::{
    DeleteOptions, ImportFile, ImportOptions, Phase, Progress, delete, import, keep_going,
};
use ramax::space::SpaceState;
use ramax::{ContentStore, Store};

use super::fixtures::*;
use crate::on_every_store;
use crate::support::{Fixture, add_contact, mark_owner};

on_every_store![
    an_import_stopped_at_any_step_leaves_nothing,
    an_import_killed_at_any_step_can_be_repeated_or_deleted,
    an_import_killed_while_cleaning_up_can_be_repeated,
    a_space_being_imported_refuses_commands_and_exports,
    a_space_being_imported_refuses_other_imports_and_deletes,
    an_import_that_was_taken_over_fails_and_leaves_the_other_alone,
    an_import_does_not_replace_a_space_being_deleted,
];

/// Exports a tenant that needs several transactions to be imported.
fn long() -> String {
    let fixture = Fixture::memory();
    let crm = tenant(&fixture, "crm_acme");
    let event = |n: usize| {
        let id = format!("l{n}");
        let payload = serde_json::json!({"contact_id": id, "name": "L", "email": "l"});
        crate::support::event(&id, "contact.added", payload)
    };
    append(&fixture.store, crm.space_id(), &(0..2500).map(event).collect::<Vec<_>>());
    crm.catch_up(&mut |_, _| ControlFlow::Continue(())).unwrap();
    exported(&fixture.store, "crm_acme")
}

fn import_watched(
    store: &Store,
    text: &str,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> ramax::Result<ramax::operations::Imported> {
    import(store, &mut ImportFile::new(Cursor::new(text.as_bytes())), &ImportOptions::default(), watch)
}

/// Returns the number of steps of an import.
fn steps(text: &str) -> usize {
    let mut steps = 0;
    let mut count = |_| {
        steps += 1;
        ControlFlow::Continue(())
    };
    import_watched(&Store::memory(), text, &mut count).unwrap();
    assert!(steps > 10);
    steps
}

#[track_caller]
fn assert_no_residue(store: &Store, up_to: u32) {
    for space_id in (1..=up_to).map(ramax::SpaceId) {
        assert_eq!(store.events().residue(space_id).unwrap(), []);
        assert_eq!(store.pstate().residue(space_id).unwrap(), []);
    }
}

fn an_import_stopped_at_any_step_leaves_nothing(fixture: &Fixture) {
    let text = long();
    let steps = steps(&text);
    for stop in 0..steps {
        let mut step = 0;
        let mut watch = |_| {
            step += 1;
            if step > stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let error = import_watched(&fixture.store, &text, &mut watch).unwrap_err();
        assert_eq!(error.kind(), "cancelled");
        assert_eq!(fixture.store.events().find_space("crm_acme").unwrap(), None);
    }
    assert_no_residue(&fixture.store, steps as u32);
    import_text(&fixture.store, &text, None).unwrap();
    assert_no_difference(&fixture.store, "crm_acme");
}

/// Kills an import at a step: no cleanup runs after it.
fn killed(store: &Store, text: &str, at: usize) {
    let mut step = 0;
    let mut watch = |_| {
        step += 1;
        if step > at {
            resume_unwind(Box::new("killed"));
        }
        ControlFlow::Continue(())
    };
    let run = || import_watched(store, text, &mut watch);
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
}

fn an_import_killed_at_any_step_can_be_repeated_or_deleted(fixture: &Fixture) {
    let text = long();
    let mut begun = 0;
    for at in 0..steps(&text) {
        killed(&fixture.store, &text, at);
        let Some(record) = fixture.store.events().find_space("crm_acme").unwrap() else { continue };
        begun += 1;
        assert_eq!(record.space.state, SpaceState::Importing);
        let after = if at % 2 == 0 {
            import_text(&fixture.store, &text, None).unwrap();
            assert_no_difference(&fixture.store, "crm_acme");
            exported(&fixture.store, "crm_acme").lines().count()
        } else {
            text.lines().count()
        };
        assert_eq!(after, text.lines().count());
        delete(&fixture.store, "crm_acme", DeleteOptions::default(), &mut keep_going).unwrap();
        assert_no_residue(&fixture.store, record.space.space_id.0 + 1);
    }
    assert!(begun > 3, "{begun}");
}

fn an_import_killed_while_cleaning_up_can_be_repeated(fixture: &Fixture) {
    let text = long();
    let last = steps(&text) - 1;
    killed(&fixture.store, &text, last);
    let read = text.lines().count() / 1000;
    let mut cleared = 0;
    // From here on, each import first removes what the previous one left.
    for at in read..read + 6 {
        let mut step = 0;
        let mut watch = |progress: Progress| {
            cleared += usize::from(progress.phase == Phase::Sweep);
            step += 1;
            if step > at {
                resume_unwind(Box::new("killed"));
            }
            ControlFlow::Continue(())
        };
        let run = || import_watched(&fixture.store, &text, &mut watch);
        assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
        let state = fixture.store.events().find_space("crm_acme").unwrap().map(|record| record.space.state);
        assert!(matches!(state, None | Some(SpaceState::Importing)), "{state:?}");
    }
    assert!(cleared > 0);
    import_text(&fixture.store, &text, None).unwrap();
    assert_no_difference(&fixture.store, "crm_acme");
}

fn a_space_being_imported_refuses_commands_and_exports(fixture: &Fixture) {
    let text = long();
    killed(&fixture.store, &text, steps(&text) - 1);
    let acme = fixture.store.events().find_space("crm_acme").unwrap().unwrap().space;
    let acme = ContentStore::of(&fixture.store, acme, Arc::new(Crm)).unwrap();
    assert_eq!(acme.execute(add_contact("c99")).unwrap_err().kind(), "space_importing");
    let mut out = Vec::new();
    let error = ramax::operations::export(&fixture.store, "crm_acme", &mut out, &mut keep_going).unwrap_err();
    assert_eq!((error.kind(), out.len()), ("space_importing", 0));
    let archive = Some(fixture.directory.path().join("archive"));
    let options = DeleteOptions { archive, ..DeleteOptions::default() };
    assert_eq!(
        delete(&fixture.store, "crm_acme", options, &mut keep_going).unwrap_err().kind(),
        "space_importing"
    );
    let state = fixture.store.events().find_space("crm_acme").unwrap().unwrap().space.state;
    assert_eq!(state, SpaceState::Importing);
}

fn a_space_being_imported_refuses_other_imports_and_deletes(fixture: &Fixture) {
    let text = long();
    let other = fixture.other_process();
    let mut tried = false;
    let mut watch = |progress: Progress| {
        if progress.phase == Phase::Import && !tried {
            tried = true;
            let refused = delete(&other, "crm_acme", DeleteOptions::default(), &mut keep_going).unwrap_err();
            assert_eq!(refused.kind(), "worked_on");
            assert!(refused.to_string().contains("is being imported by"), "{refused}");
            assert_eq!(import_text(&other, &text, None).unwrap_err().kind(), "worked_on");
        }
        ControlFlow::Continue(())
    };
    import_watched(&fixture.store, &text, &mut watch).unwrap();
    assert!(tried);
    assert_no_difference(&fixture.store, "crm_acme");
    delete(&other, "crm_acme", DeleteOptions::default(), &mut keep_going).unwrap();
    assert_no_residue(&fixture.store, 1);
}

fn an_import_that_was_taken_over_fails_and_leaves_the_other_alone(fixture: &Fixture) {
    let text = long();
    let mut taken = None;
    let mut watch = |progress: Progress| {
        if progress.phase == Phase::Import && taken.is_none() {
            // Another process takes this one for dead, imports, and executes a command.
            let events = fixture.store.events();
            let space = events.find_space("crm_acme").unwrap().unwrap().space.space_id;
            let seen = events.mark_owner(space).unwrap().unwrap().token;
            let owner = mark_owner(7);
            events.begin_delete(space, &owner, Some(seen)).unwrap();
            while events.delete_some(space, owner.token, 5000).unwrap().is_some() {}
            while fixture.store.pstate().delete_some(space, 5000).unwrap() {}
            events.end_delete(space, owner.token, false).unwrap();
            let imported = import_text(&fixture.store, &text, None).unwrap();
            let crm = ContentStore::open(&fixture.store, "crm_acme", Arc::new(Crm)).unwrap();
            crm.execute(add_contact("acknowledged")).unwrap();
            taken = Some(imported.space);
        }
        ControlFlow::Continue(())
    };
    let error = import_watched(&fixture.store, &text, &mut watch).unwrap_err();
    assert!(["unknown_space", "mark_lost"].contains(&error.kind()), "{error}");
    let crm = ContentStore::open(&fixture.store, "crm_acme", Arc::new(Crm)).unwrap();
    assert_eq!(Some(crm.space()), taken.as_ref());
    assert!(Crm::contact(&crm, "acknowledged").unwrap().is_some());
    assert_no_difference(&fixture.store, "crm_acme");
}

fn an_import_does_not_replace_a_space_being_deleted(fixture: &Fixture) {
    let text = long();
    let crm = tenant(fixture, "crm_acme");
    fixture.store.events().begin_delete(crm.space_id(), &mark_owner(1), None).unwrap();
    assert_eq!(import_text(&fixture.store, &text, None).unwrap_err().kind(), "space_deleting");
    fixture.store.events().cancel_delete(crm.space_id(), mark_owner(1).token).unwrap();
    let error = import_text(&fixture.store, &text, None).unwrap_err();
    assert_eq!(error.kind(), "space_exists");
    assert!(error.hint().unwrap().contains("an import can use another name"));
    assert_eq!(crm.event_count().unwrap(), 16);
}

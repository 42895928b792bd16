//! Invariants of every space after a crash.

use std::ops::ControlFlow;

use ramax::operations::{CheckOptions, Damage, Difference, Fault, check, keep_going, verify};
use ramax::{Apps, ContentStore, Event, Page};

use crate::support::sandbox::{Files, Sandbox};

/// Asserts that a deep check finds nothing but leftovers of an interrupted operation, and that every projection catches
/// up. Meant for a copy of a crashed file.
#[track_caller]
pub fn assert_whole(sandbox: &Sandbox) {
    assert_checked(sandbox, true);
    let store = sandbox.store();
    for record in store.events().spaces(Page::forward(None, 1000)).unwrap() {
        if record.space.state == ramax::space::SpaceState::Open {
            let app = Apps::standard().of(&store, &record.space).unwrap().unwrap();
            let content = ContentStore::of(&store, record.space, app).unwrap();
            assert_projection_is_whole(&content, sandbox.files);
        }
    }
}

/// Asserts that a check finds nothing but leftovers of an interrupted operation.
#[track_caller]
pub fn assert_checked(sandbox: &Sandbox, deep: bool) {
    let store = sandbox.store();
    let options = CheckOptions { deep, is_running: &|_| false };
    let checked = check(&store, &Apps::standard(), options, &mut keep_going).unwrap();
    let is_cut_off = |fault: &Fault| {
        matches!(
            fault,
            Fault::Damaged(
                Damage::LeftDeleting
                    | Damage::LeftImporting
                    | Damage::LeftRedacting { .. }
                    | Damage::UnknownRedaction
            ) | Fault::Differs(Difference::Leftover { .. })
        )
    };
    let found: Vec<_> = checked.findings.iter().filter(|finding| !is_cut_off(&finding.fault)).collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// Returns a space's events, in order.
pub fn events(content: &ContentStore) -> Vec<Event> {
    content.events(ramax::SpaceSequence(0)).map(Result::unwrap).collect()
}

#[track_caller]
fn assert_projection_is_whole(content: &ContentStore, files: Files) {
    let name = &content.space().space_name;
    let last = content.event_count().unwrap();
    let checkpoint = || content.store().pstate().checkpoint(content.space_id().into()).unwrap().sequence.0;
    if files == Files::One {
        assert_eq!(checkpoint(), last, "{name}: events without their effect");
    }
    let caught_up = content.catch_up(&mut |_, _| ControlFlow::Continue(())).unwrap();
    assert_eq!(checkpoint(), last, "{name}: not caught up");
    // Otherwise the check compared the same state.
    if caught_up.events > 0 {
        assert_no_difference(content);
    }
}

/// Asserts that a space's projection matches its events.
#[track_caller]
pub fn assert_no_difference(content: &ContentStore) {
    let verified = verify(content, &mut keep_going).unwrap();
    assert!(verified.differences.is_empty(), "{}: {verified:#?}", content.space().space_name);
}

//! Tests of a space that another process deletes during a run, which waits for its slow reader.

use std::io::{BufRead, BufReader, Read};

use ramax::{Append, Expected, Json, NewEvent};
use serde_json::json;

use crate::support::program::{Ran, Sandbox};
use crate::support::running::Running;

/// More lines than fit in a pipe.
const MANY: usize = 3000;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run(&format!("generate --spaces 2 --events {}", 2 * MANY)).done();
    sandbox
}

/// Reads the first line of a run, does `work`, and then reads the rest.
fn meanwhile(mut running: Running, work: impl FnOnce()) -> Ran {
    let mut out = BufReader::new(running.stdout.take().unwrap());
    let mut text = String::new();
    out.read_line(&mut text).unwrap();
    work();
    out.read_to_string(&mut text).unwrap();
    Ran { out: text, ..running.finish() }
}

#[test]
fn a_list_cut_short_by_a_delete_says_so() {
    for list in [
        "events list crm_load_0001",
        "events list crm_load_0001 --reverse",
        "events list crm_load_0001 --where type:contact.*",
        "projections list crm_load_0001",
    ] {
        for form in ["", " --json"] {
            let sandbox = sandbox();
            let ran = meanwhile(sandbox.spawn(&format!("{list}{form}")), || {
                drop(sandbox.run("spaces delete crm_load_0001 --confirm crm_load_0001").done());
            });
            assert_eq!(ran.code, 1, "{list}{form}: {}", ran.err);
            let said = "the list is cut short: the space crm_load_0001 was deleted meanwhile";
            if form.is_empty() {
                assert_eq!(ran.error().0, said, "{list}");
            } else {
                assert_eq!(ran.json_error()["message"], said, "{list}");
            }
            assert!(ran.out.lines().count() < MANY, "{list}: rows were deleted before they were read");
        }
    }
}

#[test]
fn a_list_of_a_partly_deleted_space_may_be_incomplete() {
    let sandbox = Sandbox::with_contacts();
    crate::support::program::sqlite(&sandbox.db())
        .execute_batch(
            "UPDATE space_sequences SET mark = 1, marked_at = 0; DELETE FROM event_log WHERE pos % 2 = 1",
        )
        .unwrap();
    for list in ["events list crm_acme", "projections list crm_acme"] {
        let ran = sandbox.run(list);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert_eq!(ran.error().0, "the list may be incomplete: the space crm_acme is being deleted");
    }
}

#[test]
fn a_list_of_all_events_names_a_space_deleted_meanwhile() {
    let sandbox = sandbox();
    let ran = meanwhile(sandbox.spawn("events list --all-spaces"), || {
        drop(sandbox.run("spaces delete crm_load_0001 --confirm crm_load_0001").done());
    });
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("note: the space crm_load_0001 was deleted meanwhile"), "{}", ran.err);
}

/// Returns a sandbox with a space whose rebuild prints more than fits in a pipe, and two more spaces.
fn sandbox_with_a_talkative_space() -> Sandbox {
    let sandbox = Sandbox::new();
    for space in ["crm_a", "crm_b", "crm_c"] {
        sandbox.run(&format!("spaces create {space}")).done();
        sandbox.run(&format!("run {space} add-contact contact_id=c1 name=N email=e")).done();
    }
    let store = sandbox.store();
    let bad = json!({"contact_id": "nobody", "name": "N"});
    let bad: Vec<_> = (0..MANY).map(|_| NewEvent::new("nobody", "contact.updated", Json::of(&bad))).collect();
    let space_id = store.events().find_space("crm_a").unwrap().unwrap().space.space_id;
    let now = store.clock().now();
    store.events().append(space_id, Append { expected: Expected::Any, now, events: &bad }).unwrap();
    sandbox
}

#[test]
fn work_on_all_spaces_skips_a_space_deleted_meanwhile() {
    let sandbox = sandbox_with_a_talkative_space();
    let ran = meanwhile(sandbox.spawn("rebuild --all --skip-errors"), || {
        drop(sandbox.run("spaces delete crm_b --confirm crm_b").done());
    });
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("note: crm_b was deleted meanwhile"), "{}", ran.err);
    assert!(ran.out.contains("rebuilt crm_c"), "the other spaces are rebuilt");
}

#[test]
fn work_on_all_spaces_reports_a_delete_that_was_abandoned() {
    let sandbox = sandbox_with_a_talkative_space();
    crate::support::program::sqlite(&sandbox.db())
        .execute_batch("UPDATE space_sequences SET mark = 1, marked_at = 0 WHERE space_id = 2")
        .unwrap();
    for work in ["verify --all", "rebuild --all --skip-errors", "catch-up --all"] {
        let ran = sandbox.run(work);
        assert_eq!(ran.code, 1, "{work}");
        assert!(ran.err.contains("error: crm_b: the space crm_b is being deleted"), "{work}: {}", ran.err);
    }
}

//! A space that another process deletes while a run is under way, held up where its reader is slow.

use std::io::{BufRead, BufReader, Read};

use ramax::{Append, Expected, Json, NewEvent};
use serde_json::json;

use super::program::{Desk, Ran, Running};

/// More lines than a pipe holds.
const MANY: usize = 3000;

fn desk() -> Desk {
    let desk = Desk::new();
    desk.run(&format!("generate --spaces 2 --events {}", 2 * MANY)).done();
    desk
}

/// Reads the first line of a run that has more to say, does this meanwhile, and then reads the rest.
fn meanwhile(mut running: Running, work: impl FnOnce()) -> Ran {
    let mut out = BufReader::new(running.stdout.take().unwrap());
    let mut text = String::new();
    out.read_line(&mut text).unwrap();
    work();
    out.read_to_string(&mut text).unwrap();
    Ran { out: text, ..running.finish() }
}

#[test]
fn a_list_that_a_delete_cuts_short_says_so() {
    for list in [
        "events list crm_load_0001",
        "events list crm_load_0001 --reverse",
        "events list crm_load_0001 --where type:contact.*",
        "projections list crm_load_0001",
    ] {
        for form in ["", " --json"] {
            let desk = desk();
            let ran = meanwhile(desk.spawn(&format!("{list}{form}")), || {
                drop(desk.run("spaces delete crm_load_0001 --confirm crm_load_0001").done());
            });
            assert_eq!(ran.code, 1, "{list}{form}: {}", ran.err);
            let said = "the list is cut short: the space crm_load_0001 was deleted meanwhile";
            if form.is_empty() {
                assert_eq!(ran.error().0, said, "{list}");
            } else {
                assert_eq!(ran.json_error()["message"], said, "{list}");
            }
            assert!(ran.out.lines().count() < MANY, "{list}: some of it was gone before it was read");
        }
    }
}

#[test]
fn a_list_of_a_space_whose_delete_was_interrupted_may_be_incomplete() {
    let desk = Desk::with_contacts();
    super::program::sqlite(&desk.db())
        .execute_batch("UPDATE space_sequences SET mark = 1; DELETE FROM event_log WHERE pos % 2 = 1")
        .unwrap();
    for list in ["events list crm_acme", "projections list crm_acme"] {
        let ran = desk.run(list);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert_eq!(ran.error().0, "the list may be incomplete: the space crm_acme is being deleted");
    }
}

#[test]
fn a_list_of_all_events_says_which_space_was_deleted_meanwhile() {
    let desk = desk();
    let ran = meanwhile(desk.spawn("events list --all-spaces"), || {
        drop(desk.run("spaces delete crm_load_0001 --confirm crm_load_0001").done());
    });
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("note: the space crm_load_0001 was deleted meanwhile"), "{}", ran.err);
}

/// A desk with a first space whose rebuild has more to say than a pipe holds, and two more.
fn desk_with_a_talkative_space() -> Desk {
    let desk = Desk::new();
    for space in ["crm_a", "crm_b", "crm_c"] {
        desk.run(&format!("spaces create {space}")).done();
        desk.run(&format!("run {space} add-contact contact_id=c1 name=N email=e")).done();
    }
    let store = desk.store();
    let bad = json!({"contact_id": "nobody", "name": "N"});
    let bad: Vec<_> = (0..MANY).map(|_| NewEvent::new("nobody", "contact.updated", Json::of(&bad))).collect();
    let space_id = store.events().find_space("crm_a").unwrap().unwrap().space.space_id;
    let now = store.clock().now();
    store.events().append(space_id, Append { expected: Expected::Any, now, events: &bad }).unwrap();
    desk
}

#[test]
fn work_on_all_spaces_passes_over_one_that_is_deleted_meanwhile() {
    let desk = desk_with_a_talkative_space();
    let ran = meanwhile(desk.spawn("rebuild --all --skip-errors"), || {
        drop(desk.run("spaces delete crm_b --confirm crm_b").done());
    });
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("note: crm_b was deleted meanwhile"), "{}", ran.err);
    assert!(ran.out.contains("rebuilt crm_c"), "the others are worked on");
}

#[test]
fn work_on_all_spaces_fails_over_a_delete_that_nobody_goes_on_with() {
    let desk = desk_with_a_talkative_space();
    super::program::sqlite(&desk.db())
        .execute_batch("UPDATE space_sequences SET mark = 1 WHERE space_id = 2")
        .unwrap();
    for work in ["verify --all", "rebuild --all --skip-errors", "catch-up --all"] {
        let ran = desk.run(work);
        assert_eq!(ran.code, 1, "{work}");
        assert!(ran.err.contains("error: crm_b: the space crm_b is being deleted"), "{work}: {}", ran.err);
    }
}

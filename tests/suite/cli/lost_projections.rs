//! Tests of a lost projections file: the advice in the error works unchanged.

use std::fs;

use crate::support::program::{Desk, Ran};

const TWO: &str = "--db e.db --projections p.db";

/// Returns a desk with a two-file store.
fn desk() -> Desk {
    let desk = Desk::new();
    for space in ["crm_a", "crm_b"] {
        desk.run(&format!("{TWO} spaces create {space}")).done();
        desk.run(&format!("{TWO} run {space} add-contact contact_id=c1 name=N email=e")).done();
    }
    desk
}

/// Runs the command that an error advises in a shell.
fn follow(desk: &Desk, ran: &Ran) -> Ran {
    let (_, hint) = ran.error();
    let advised = hint.split('`').nth(1).unwrap();
    let words = shlex::split(advised).unwrap();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    assert_eq!(words[0], "ramax");
    desk.run_of(&words[1..])
}

#[track_caller]
fn assert_healthy(desk: &Desk) {
    desk.run(&format!("{TWO} check --deep")).done();
    let contact = desk.run(&format!("{TWO} projections get crm_b contact:c1")).done().out;
    assert!(contact.contains("\"name\": \"N\""), "{contact}");
    desk.run(&format!("{TWO} run crm_a add-contact contact_id=c2 name=N email=e")).done();
}

#[test]
fn a_missing_or_empty_projections_file_is_rebuilt_as_the_error_advises() {
    for is_missing in [true, false] {
        let desk = desk();
        fs::remove_file(desk.path("p.db")).unwrap();
        if !is_missing {
            fs::write(desk.path("p.db"), "").unwrap();
        }
        for command in ["verify --all", "projections list crm_a", "check", "--read-only spaces list"] {
            let ran = desk.run(&format!("{TWO} {command}"));
            assert_eq!(ran.code, 3, "{command}");
            assert_eq!(ran.error().0, "the projections file p.db is missing or empty", "{command}");
        }
        follow(&desk, &desk.run(&format!("{TWO} verify --all"))).done();
        assert_healthy(&desk);
    }
}

#[test]
fn a_foreign_file_in_place_of_the_projections_is_never_changed() {
    let plants: [fn(&Desk); 4] = [
        |desk| drop(desk.run("--db p.db spaces create crm_a").done()),
        |desk| drop(desk.run("--db other.db --projections p.db spaces create crm_a").done()),
        |desk| fs::write(desk.path("p.db"), "a shopping list").unwrap(),
        |desk| {
            crate::support::program::sqlite(&desk.path("p.db")).execute_batch("CREATE TABLE t (a)").unwrap()
        },
    ];
    for plant in plants {
        let desk = desk();
        fs::remove_file(desk.path("p.db")).unwrap();
        plant(&desk);
        let before = fs::read(desk.path("p.db")).unwrap();
        for command in ["check", "rebuild --all", "spaces create crm_c"] {
            let ran = desk.run(&format!("{TWO} {command}"));
            assert_eq!(ran.code, 3, "{command}: {ran:?}");
            assert_eq!(ran.error().0, "p.db does not hold the projections of this events file", "{command}");
        }
        assert_eq!(fs::read(desk.path("p.db")).unwrap(), before);
        let refused = desk.run(&format!("{TWO} check"));
        assert!(refused.error().1.contains("move p.db away"), "{refused:?}");
        fs::rename(desk.path("p.db"), desk.path("away.db")).unwrap();
        follow(&desk, &refused).done();
        assert_healthy(&desk);
    }
}

#[test]
fn events_and_projections_in_one_file_are_refused_before_anything_is_created() {
    let desk = Desk::new();
    for projections in ["e.db", "./e.db", "e.db-wal"] {
        let refused = desk.run(&format!("--db e.db --projections {projections} spaces create crm_a --json"));
        assert_eq!((refused.code, &refused.json_error()["kind"]), (3, &"same_file".into()), "{refused:?}");
        assert!(desk.files().is_empty(), "{:?}", desk.files());
    }
    desk.run("--db e.db --projections p.db spaces create crm_a").done();
    let refused = desk.run("--db e.db --projections e.db rebuild --all");
    assert!(refused.error().1.starts_with("choose another file"), "{refused:?}");
    desk.run("--db e.db --projections p.db check").done();
}

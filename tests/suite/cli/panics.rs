//! A panicking app on the command line.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use ramax::audit::Outcome;
use ramax::cli::{Exit, Program};
use ramax::{Apps, Conditions, Json, Location, NewEvent, OpenOptions, Page, Store};

use crate::support::brittle::Brittle;

fn run(file: &Path, line: &str) -> Exit {
    let words = ["ramax", "--db"].map(OsString::from).into_iter().chain([file.into()]);
    let words: Vec<OsString> = words.chain(line.split(' ').map(OsString::from)).collect();
    Program::ramax().with_apps(Apps::default().with(Arc::new(Brittle))).run(&words)
}

#[test]
fn a_panic_of_an_event_handler_is_reported_and_recorded_and_stores_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("t.db");
    assert_eq!(run(&file, "spaces create brittle_one"), Exit::Done);
    assert_eq!(run(&file, "run brittle_one break-vase vase=v1"), Exit::Refused);
    let store = Store::open(&Location::file(&file), OpenOptions::default()).unwrap();
    let log = store.audit_log().page(None, Page::forward(None, 10)).unwrap();
    let ends: Vec<_> = log.iter().map(|entry| (entry.outcome, entry.detail.as_deref())).collect();
    let reason = "the new event vase.broken cannot be applied: the app brittle panicked: the vase is broken";
    assert_eq!(ends[1], (Outcome::Failed, Some(reason)));
    assert_eq!(store.events().find_space("brittle_one").unwrap().unwrap().head.last_sequence.0, 0);
}

#[test]
fn a_panic_of_a_command_is_reported_with_its_app_and_its_name_and_stores_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("t.db");
    assert_eq!(run(&file, "spaces create brittle_one"), Exit::Done);
    assert_eq!(run(&file, "run brittle_one break-vase vase=cracked --dry-run"), Exit::Refused);
    assert_eq!(run(&file, "run brittle_one break-vase vase=cracked"), Exit::Refused);
    let store = Store::open(&Location::file(&file), OpenOptions::default()).unwrap();
    let last = store.audit_log().page(None, Page::backward(None, 1)).unwrap().remove(0);
    let reason = "the app brittle panicked in break-vase: the vase is cracked";
    assert_eq!((last.outcome, last.detail.as_deref()), (Outcome::Failed, Some(reason)));
    assert_eq!(store.events().find_space("brittle_one").unwrap().unwrap().head.last_sequence.0, 0);
}

#[test]
fn a_rebuild_that_skips_bad_events_skips_one_whose_handler_panics() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("t.db");
    assert_eq!(run(&file, "spaces create brittle_one"), Exit::Done);
    let store = Store::open(&Location::file(&file), OpenOptions::default()).unwrap();
    let space = store.events().find_space("brittle_one").unwrap().unwrap().space;
    let events = [NewEvent::new("v1", "vase.broken", Json::of(&true.into()))];
    store.append(space.space_id, &Conditions::default(), &events).unwrap();
    assert_eq!(run(&file, "rebuild brittle_one"), Exit::Refused);
    assert_eq!(run(&file, "verify brittle_one"), Exit::Refused);
    assert_eq!(run(&file, "rebuild brittle_one --skip-errors"), Exit::Done);
    assert_eq!(store.pstate().checkpoint(space.space_id.into()).unwrap().sequence.0, 1);
}

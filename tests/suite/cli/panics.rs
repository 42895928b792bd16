//! A panicking app on the command line.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use ramax::audit::Outcome;
use ramax::cli::{Exit, Program};
use ramax::{Apps, Location, OpenOptions, Page, Store};

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
    assert_eq!(ends[1], (Outcome::Failed, Some("panicked: the vase is broken")));
    assert_eq!(store.events().find_space("brittle_one").unwrap().unwrap().head.last_sequence.0, 0);
}

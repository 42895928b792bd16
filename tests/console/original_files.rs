//! Files of the Elixir original in the console.

use std::path::Path;
use std::sync::Arc;

use ramax::clock::SteppingClock;
use ramax::console::Headless;
use ramax::console::panes::Pane;
use ramax::{Apps, Location, OpenOptions, Store, Timestamp};

use crate::snapshots::look_at;
use crate::{console, notice, screen};

/// A file of the original, on the day after it was written.
fn original(name: &str) -> Store {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/elixir").join(name);
    let store = Store::open(&Location::file(file), OpenOptions::default()).unwrap();
    store.with_clock(Arc::new(SteppingClock::new(Timestamp(1_795_494_000_000), 0)))
}

fn open(name: &str, keys: &str, (width, height): (u16, u16)) -> Headless {
    let mut console = Headless::new(original(name), Apps::standard(), width, height);
    console.press(keys).unwrap();
    console
}

#[test]
fn the_tenants_of_the_original_are_browsed() {
    look_at("original-spaces", |width, height| open("demo.db", "j", (width, height)));
    look_at("original-checkpoints", |width, height| open("demo.db", "4", (width, height)));
}

#[test]
fn unusual_terms_and_references_of_the_original_are_shown() {
    look_at("original-terms", |width, height| open("flashcards.db", "2Gkk<enter>", (width, height)));
    look_at("original-references", |width, height| open("flashcards.db", "3Gk<enter>", (width, height)));
}

#[test]
fn a_reference_of_the_original_is_a_link() {
    let mut console = console(&original("flashcards.db"));
    console.press("3<enter>").unwrap();
    assert!(screen(&console).contains("deck:spanish-101"), "{}", screen(&console));
}

#[test]
fn what_would_change_a_file_of_the_original_gives_the_reason_and_the_way_out() {
    let mut console = console(&original("demo.db"));
    assert!(screen(&console).lines().next().unwrap().contains("read-only, written by the Elixir original"));
    for key in ["n", "R", "D"] {
        console.press(key).unwrap();
        let notice = notice(&console);
        assert!(
            notice.contains("written by the Elixir original") && notice.contains("import --ramax"),
            "{key}: {notice}"
        );
    }
    assert_eq!(console.state().focus, Pane::Spaces);
}

#[test]
fn the_past_of_a_tenant_of_the_original_is_shown() {
    let mut console = console(&original("demo.db"));
    console.press("t").unwrap();
    assert!(console.state().travel.is_some(), "{}", notice(&console));
}

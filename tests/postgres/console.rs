//! The console on a server. Its everyday tasks are in the tests of the console.

use std::sync::Arc;

use ramax::apps::Crm;
use ramax::console::Headless;
use ramax::console::app::message::Message;
use ramax::console::app::state::ErrorText;
use ramax::console::theme::Theme;
use ramax::testing::conformance::samples::add_contact;
use ramax::{Apps, ContentStore, OpenOptions, Store};
use rustix::process::Signal;

use crate::faults::fall_back;
use crate::server::{Server, new_address};

/// The screen as text.
pub fn screen(console: &Headless) -> String {
    let buffer = console.draw(&Theme::mono());
    let line = |y| -> String { (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect() };
    (0..buffer.area.height).map(|y| line(y) + "\n").collect()
}

fn console() -> Headless {
    let store = Store::connect_or_create(&new_address(), OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    Headless::new(store, Apps::standard(), 120, 40)
}

#[test]
fn dialogs_and_forms_promise_what_a_server_can_keep() {
    for (keys, says) in [
        ("D", "vacuum the tables afterwards"),
        (":redact<enter>", "vacuum the tables"),
        ("K", "the database"),
    ] {
        let mut console = console();
        console.press(keys).unwrap();
        let shown = screen(&console);
        assert!(shown.contains(says) && !shown.contains("the file"), "{keys}: {shown}");
    }
}

#[test]
fn a_backup_is_refused_with_the_reason_and_a_copied_command_does_not_name_the_address() {
    let mut console = console();
    console.press("B").unwrap();
    assert!(screen(&console).contains("back it up with its tools, such as pg_dump"), "{}", screen(&console));
    console.press("Y").unwrap();
    let copied = console.copied.last().cloned().unwrap_or_default();
    assert!(copied.starts_with("ramax ") && !copied.contains("--db"), "{copied}");
    assert!(screen(&console).contains("which RAMAX_DB names"), "{}", screen(&console));
}

#[test]
fn the_console_says_that_its_server_is_gone_and_keeps_the_input_until_it_is_back() {
    let server = Server::start(&[]);
    let store =
        Store::connect_or_create(&server.new_name().parse().unwrap(), OpenOptions::default()).unwrap();
    ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    let mut console = Headless::new(store, Apps::standard(), 120, 40);
    server.end(Signal::INT);
    console.press("n<enter>c1<tab>Ada<tab>ada@acme.example<ctrl-s>").unwrap();
    let shown = screen(&console).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("no server listens"), "{}", screen(&console));
    assert!(shown.contains("your input is kept"), "{}", screen(&console));
    server.revive();
    console.press("<ctrl-s>").unwrap();
    assert!(screen(&console).contains("event 1 appended to crm_acme"), "{}", screen(&console));
}

#[test]
fn the_console_says_why_it_does_not_follow_and_reads_again_what_failed_when_the_server_is_back() {
    let server = Server::start(&[]);
    let store =
        Store::connect_or_create(&server.new_name().parse().unwrap(), OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    let mut console = Headless::new(store.clone(), Apps::standard(), 120, 40);
    console.press("<tab>").unwrap();
    server.end(Signal::INT);
    console.press("<enter>").unwrap();
    assert!(screen(&console).contains("cannot be reached"), "{}", screen(&console));
    let failure = ErrorText { message: store.version().unwrap_err().to_string(), hint: None };
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        console.resize(width, height);
        console.send(Message::FollowFailed(failure.clone()));
        let shown = screen(&console).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains("not following"), "{}", screen(&console));
        let reason: String = shown.split_whitespace().collect();
        assert!(reason.contains("cannotbereached"), "{}", screen(&console));
    }
    console.resize(120, 40);
    server.revive();
    console.follow();
    let shown = screen(&console);
    assert!(shown.contains("following changes again") && !shown.contains("cannot be reached"), "{shown}");
    assert!(shown.contains("+ contact:c1"), "the changes of the event: {shown}");
}

#[test]
fn the_console_says_that_its_server_has_lost_an_event_although_only_others_connections_wrote_it() {
    let url = new_address();
    let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    let mut console = Headless::new(store.reconnect().unwrap(), Apps::standard(), 120, 40);
    for id in ["c1", "c2"] {
        crm.execute(add_contact(id)).unwrap();
    }
    console.follow();
    fall_back(&url);
    let lost = console.store().version().unwrap_err();
    assert_eq!(lost.kind(), "fell_back");
    console.send(Message::FollowFailed(ErrorText { message: lost.to_string(), hint: None }));
    assert!(screen(&console).contains("has lost event 2"), "{}", screen(&console));
}

#[test]
fn a_narrow_screen_shows_the_end_of_the_address() {
    let mut console = console();
    let address = console.store().address().unwrap();
    for (width, end) in [(200, address.as_str()), (40, address.rsplit_once('/').unwrap().1)] {
        console.resize(width, 20);
        let shown = screen(&console);
        assert!(shown.lines().next().unwrap().contains(end), "{shown}");
    }
    console.press("I").unwrap();
    assert!(!screen(&console).contains("beside the database"), "{}", screen(&console));
}

//! Messages appear beside the hints, and disappear by themselves.

use ramax::console::Headless;
use ramax::console::app::message::Message;
use ramax::{Apps, Store};

use crate::console;
use crate::{notice, screen, two_tenants};

fn last_line(console: &Headless) -> String {
    screen(console).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn a_message_appears_beside_the_hints() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("s").unwrap();
    let line = last_line(&console);
    for shown in ["sorted by name", "n new command", "? help", "q quit"] {
        assert!(line.contains(shown), "{shown} in {line}");
    }
}

#[test]
fn a_long_message_appears_above_the_hints() {
    let fixture = two_tenants();
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 80, 24);
    console.press("C").unwrap();
    let shown = screen(&console);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[22].contains("catch-up: crm_acme is up to date: its lag is 0"), "{shown}");
    assert!(lines[23].contains("n new command") && lines[23].contains("q quit"), "{shown}");
}

#[test]
fn a_message_disappears_by_itself_unless_it_was_replaced() {
    let mut console = console(&Store::memory());
    console.press("R").unwrap();
    let first = console.state().notices;
    assert_ne!(notice(&console), "");
    console.press("C").unwrap();
    console.send(Message::NoticeRead(first));
    assert_ne!(notice(&console), "", "it has not been shown for long");
    console.send(Message::NoticeRead(console.state().notices));
    assert_eq!(notice(&console), "");
}

//! Messages appear beside the hints, and disappear by themselves.

use ramax::console::Headless;
use ramax::console::app::message::Message;
use ramax::console::app::state::Level;
use ramax::{Apps, Store};

use crate::console;
use crate::{notice, screen, two_tenants};

/// The two lines at the bottom.
fn last_lines(console: &Headless) -> [String; 2] {
    let shown = screen(console);
    let mut lines = shown.lines().rev().map(str::to_owned);
    let [last, first] = [lines.next(), lines.next()].map(Option::unwrap_or_default);
    [first, last]
}

#[test]
fn a_message_appears_beside_the_hints() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    let before = last_lines(&console);
    console.press("s").unwrap();
    let [first, last] = last_lines(&console);
    assert_eq!(first, before[0], "the hints of the first line stay");
    for shown in ["sorted by name", "? help", "q quit"] {
        assert!(last.contains(shown), "{shown} in {last}");
    }
}

#[test]
fn a_message_of_one_line_leaves_the_likely_hints_in_their_places() {
    let fixture = two_tenants();
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 80, 24);
    let before = last_lines(&console);
    console.press("C").unwrap();
    let [first, last] = last_lines(&console);
    assert_eq!(first, before[0]);
    assert!(last.contains("catch-up: crm_acme is up to date: its lag is 0"), "{last}");
    assert!(last.contains("q quit"), "{last}");
}

#[test]
fn a_long_message_appears_above_the_hints() {
    let fixture = two_tenants();
    for (size, lines) in [((80, 24), 2), ((80, 20), 2), ((40, 12), 3)] {
        let mut console = Headless::new(fixture.store.clone(), Apps::standard(), size.0, size.1);
        let text = "a message that is too long for the room beside the hints, at each of these sizes";
        console.change(|state| state.say(Level::Note, text));
        let shown = screen(&console);
        let shown: Vec<&str> = shown.lines().rev().take(lines + 1).collect();
        assert!(size.0 < 60 || shown[0].contains("n new command"), "{shown:?}");
        assert!(shown[0].contains("q quit"), "{shown:?}");
        let said: Vec<&str> = shown[1..].iter().rev().map(|line| line.trim_matches([' ', '·'])).collect();
        let said = said.join(" ");
        assert!(said.ends_with(text), "{size:?}: {said}");
    }
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

#[test]
fn a_message_that_is_cut_names_the_key_that_shows_all_of_it() {
    let fixture = two_tenants();
    let text = "the projection is behind ".repeat(12) + "until the worker has caught up";
    for (place, key, hint) in
        [("2", "@", "@ messages"), ("2/na", "<F8>", "F8 messages"), ("n<enter>", "<F8>", "F8 messages")]
    {
        let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 40, 12);
        console.press(place).unwrap();
        console.change(|state| state.say(Level::Warning, text.clone()));
        let cut = screen(&console);
        assert!(cut.contains(hint) && !cut.contains("caught up"), "{place}: {cut}");
        console.press(key).unwrap();
        let (top, layers) = (screen(&console), console.state().layers.len());
        assert!(top.contains("Messages") && top.contains("the projection is behind"), "{place}: {top}");
        console.press("G").unwrap();
        assert!(screen(&console).contains("caught up"), "{place}: {}", screen(&console));
        console.press("<esc>").unwrap();
        assert_eq!(console.state().layers.len(), layers - 1, "{place}: what was open below stays");
    }
    let mut console = console(&fixture.store);
    console.change(|state| state.say(Level::Note, "short"));
    assert!(!screen(&console).contains("messages"), "{}", screen(&console));
}

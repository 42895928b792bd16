//! Details: two brief lines, the document or text, and below it the other facts, which the cursor reaches.

use ramax::console::Headless;
use ramax::{Append, Apps, EventId, Expected, Json, NewEvent, Timestamp};
use serde_json::json;

use crate::screen;
use crate::snapshots::look_at;
use crate::support::{Fixture, START};

const SIZES: [(u16, u16); 4] = [(40, 12), (80, 24), (120, 40), (200, 50)];

/// A contact in one space, and one in another that the first caused.
fn cause_and_effect() -> Fixture {
    let fixture = Fixture::memory();
    let append = |name: &str, event: NewEvent| {
        let append = Append { expected: Expected::Any, now: START, events: &[event] };
        fixture.store.events().append(fixture.space(name).space_id, append).unwrap();
    };
    let contact = |id: &str| NewEvent::new(id, "contact.added", Json::of(&json!({"contact_id": id})));
    append("crm_widgets", contact("c1"));
    let metadata = Some(Json::of(&json!({"actor": "ada", "client": "import of the old address book"})));
    append("crm_acme", NewEvent { causation_id: Some(EventId(1)), metadata, ..contact("c2") });
    fixture
}

fn sized(fixture: &Fixture, (width, height): (u16, u16)) -> Headless {
    Headless::new(fixture.store.clone(), Apps::standard(), width, height)
}

/// The detail of the event that was caused by another.
fn effect(fixture: &Fixture, size: (u16, u16)) -> Headless {
    let mut console = sized(fixture, size);
    console.press("2a<enter>").unwrap();
    console
}

#[test]
fn brief_lines_are_above_the_document_and_the_other_facts_below_it() {
    let fixture = cause_and_effect();
    for size in [(80, 24), (120, 40), (200, 50)] {
        let console = effect(&fixture, size);
        let shown = screen(&console);
        let line = |text: &str| shown.lines().position(|line| line.contains(text));
        let first = line("contact.added · c2 · sequence 1").unwrap();
        assert_eq!(line("2026-01-31 10:00:00.000 UTC · crm_acme"), Some(first + 1), "{size:?}: {shown}");
        let document = line("▾ {").unwrap();
        assert!((first + 2..=first + 3).contains(&document), "{size:?}: {shown}");
        if size.1 > 40 {
            assert!(line("caused by    event 1").is_some_and(|line| line > document), "{size:?}: {shown}");
        }
        assert!(!shown.contains("type         contact.added"), "said once: {shown}");
    }
}

#[test]
fn a_detail_is_legible_at_every_size() {
    look_at("event-with-a-cause", |width, height| {
        let mut console = effect(&cause_and_effect(), (width, height));
        console.press("jjj").unwrap();
        console
    });
}

#[test]
fn the_cursor_reaches_every_fact_at_every_size() {
    let fixture = cause_and_effect();
    for size in SIZES {
        let mut console = effect(&fixture, size);
        let mut shown = screen(&console);
        for _ in 0..30 {
            console.press("j").unwrap();
            shown.push_str(&screen(&console));
        }
        for fact in ["contact.added", "caused by", "correlation", "actor ada", "checksum", "✓ valid"] {
            assert!(shown.contains(fact), "{size:?}: {fact} in {shown}");
        }
    }
}

#[test]
fn facts_that_the_brief_lines_cut_off_are_listed_below() {
    let fixture = cause_and_effect();
    let mut console = effect(&fixture, (40, 12));
    assert!(screen(&console).contains("contact.added · c2 · sequence 1"), "{}", screen(&console));
    assert!(!screen(&console).contains("crm_acme"), "{}", screen(&console));
    let mut shown = String::new();
    for _ in 0..30 {
        console.press("j").unwrap();
        shown.push_str(&screen(&console));
    }
    for fact in ["space        crm_acme", "appended     2026-01-31"] {
        assert!(shown.contains(fact), "{fact} in {shown}");
    }
}

#[test]
fn a_fact_below_the_document_is_copied() {
    let fixture = cause_and_effect();
    for size in SIZES {
        for (fact, text) in [
            ("caused by", "1"),
            ("metadata", "{\"actor\":\"ada\",\"client\":\"import of the old address book\"}"),
        ] {
            let mut console = effect(&fixture, size);
            let cursor_is_on = |console: &Headless| {
                let shown = screen(console);
                shown.lines().any(|line| line.contains(&format!(">{fact}")))
            };
            let mut steps = 0;
            while !cursor_is_on(&console) {
                console.press("j").unwrap();
                steps += 1;
                assert!(steps < 30, "{size:?}: {fact} in {}", screen(&console));
            }
            console.press("yy").unwrap();
            assert_eq!(console.copied.last().map(String::as_str), Some(text), "{size:?}: {fact}");
            assert!(screen(&console).contains(fact), "{size:?}");
        }
    }
}

#[test]
fn folding_acts_on_the_document_only() {
    let fixture = cause_and_effect();
    let mut console = effect(&fixture, (120, 40));
    console.press("G").unwrap();
    let before = screen(&console);
    console.press("<enter>h").unwrap();
    assert_eq!(screen(&console), before);
    console.press("g<enter>").unwrap();
    assert!(screen(&console).contains("{ 1 key }"), "{}", screen(&console));
}

#[test]
fn the_cause_of_an_event_is_one_key_away_in_any_space() {
    let fixture = cause_and_effect();
    let mut console = sized(&fixture, (120, 40));
    console.press("jj2<enter>").unwrap();
    assert!(screen(&console).contains("c cause"), "{}", screen(&console));
    console.press("c").unwrap();
    let selected = console.state().events.selected().unwrap();
    assert_eq!((selected.event_id, &*selected.entity_id), (EventId(1), "c1"));
    assert!(console.state().layers.is_empty());
    // The cause has none itself.
    console.press("<enter>").unwrap();
    assert!(!screen(&console).contains("c cause"), "{}", screen(&console));
}

#[test]
fn an_activity_without_bars_takes_one_line_and_says_so() {
    let fixture = Fixture::memory();
    fixture.space("crm_acme");
    let append = |name: &str, minute: i64| {
        let now = Timestamp(START.0 + minute * 60_000);
        let events = [NewEvent::new("c1", "contact.added", Json::of(&json!({})))];
        let append = Append { expected: Expected::Any, now, events: &events };
        fixture.store.events().append(fixture.space(name).space_id, append).unwrap();
    };
    append("crm_once", 0);
    append("crm_twice", 0);
    append("crm_twice", 1);
    for size in [(80, 24), (120, 40), (200, 50)] {
        let mut console = sized(&fixture, size);
        assert!(screen(&console).contains("─ Activity of crm_acme ─"), "{size:?}: {}", screen(&console));
        assert!(screen(&console).contains("none yet"), "{size:?}: {}", screen(&console));
        console.press("j").unwrap();
        assert!(screen(&console).contains("1 event in one minute"), "{size:?}: {}", screen(&console));
        assert!(!screen(&console).contains("╭ Activity"), "{size:?}: {}", screen(&console));
        console.press("j").unwrap();
        assert!(screen(&console).contains("at most 1 event per minute"), "{size:?}: {}", screen(&console));
    }
}

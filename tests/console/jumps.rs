//! Jumps by number and by time.

use ramax::console::Headless;
use ramax::console::layers::prompt::Prompt;
use ramax::console::panes::Pane;
use ramax::console::settings::Settings;
use ramax::{Append, Expected};
use serde_json::json;

use crate::support::{Fixture, START, event};
use crate::{console, notice, screen};

/// A space with one event per minute, and a neighbour.
fn minutes() -> Fixture {
    let fixture = Fixture::memory();
    let space_id = fixture.space("crm_acme").space_id;
    fixture.space("crm_widgets");
    for at in 1..=45 {
        let now = ramax::Timestamp(START.0 + at * 60_000);
        let events = [event(&format!("c{at}"), "contact.seen", json!({"at": at}))];
        fixture
            .store
            .events()
            .append(space_id, Append { expected: Expected::Any, now, events: &events })
            .unwrap();
    }
    fixture
}

fn at(console: &Headless) -> u64 {
    console.state().events.window.selected.map_or(0, |position| position.0)
}

#[test]
fn a_jump_beyond_the_end_shows_the_last_position() {
    let fixture = minutes();
    let mut console = console(&fixture.store);
    console.press("2J99999<enter>").unwrap();
    assert_eq!((at(&console), notice(&console)), (45, "the last event is 45"));
}

#[test]
fn a_jump_accepts_every_notation_of_a_time() {
    let fixture = minutes();
    let mut console = console(&fixture.store);
    // The clock of the tests starts at 10:00 and has advanced little.
    for (time, place) in [
        ("2026-01-31T10:07", 7),
        ("2026-01-31T10:07:01Z", 8),
        ("2026-01-31T12:20:00+02:00", 20),
        ("2026-01-30", 1),
        ("1d", 1),
    ] {
        console.press("2J").unwrap();
        console.paste(time);
        console.press("<enter>").unwrap();
        assert_eq!((at(&console), console.state().layers.len()), (place, 0), "{time}");
        assert!(!console.state().events.following);
    }
    console.press("J").unwrap();
    console.paste("2026-02-01");
    console.press("<enter>").unwrap();
    assert_eq!(
        (at(&console), notice(&console)),
        (45, "the log ends before that time; this is the last event")
    );
    console.press("Jnoon<enter>").unwrap();
    let Some(prompt) = console.state().layers.top_as::<Prompt>() else { panic!("the prompt is gone") };
    assert!(prompt.error.as_ref().unwrap().message.contains("a time such as 2026-01-31T10:00"));
}

#[test]
fn a_time_to_jump_to_is_in_the_time_zone_shown() {
    let fixture = minutes();
    let time_zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let mut console = console(&fixture.store).with_settings(Settings { time_zone, ..Settings::default() });
    console.press("2J").unwrap();
    assert!(screen(&console).contains("time in Europe/Berlin"), "{}", screen(&console));
    console.press("2026-01-31T11:07<enter>").unwrap();
    assert_eq!(at(&console), 7);
    console.press("J2026-01-31T10:20Z<enter>").unwrap();
    assert_eq!(at(&console), 20);
    console.press(":event 2026-01-31T11:09<enter>").unwrap();
    assert_eq!(at(&console), 9);
}

#[test]
fn a_jump_leads_back_to_the_pane_in_which_it_was_asked_for() {
    let fixture = minutes();
    for (key, pane) in [
        ("1", Pane::Spaces),
        ("2", Pane::Events),
        ("3", Pane::Projections),
        ("4", Pane::Checkpoints),
        ("5", Pane::Jobs),
    ] {
        let mut console = console(&fixture.store);
        console.press(&format!("{key}J<esc>")).unwrap();
        assert_eq!(console.state().focus, pane, "given up");
        console.press("J5<enter>").unwrap();
        assert_eq!((console.state().focus, at(&console)), (Pane::Events, 5));
        for back in ["<backspace>", "J5<enter>k<esc>"] {
            console.press(back).unwrap();
            assert_eq!(console.state().focus, pane, "{back}");
            assert!(console.state().events.following, "{key}");
        }
    }
}

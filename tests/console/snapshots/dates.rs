//! Days, time zones, and what is new in payloads.

use std::sync::Arc;

use ramax::apps::Crm;
use ramax::clock::{CountingIds, SteppingClock};
use ramax::console::Headless;
use ramax::console::settings::Settings;
use ramax::{Append, Apps, ContentStore, Expected, Json, NewEvent, Store, Timestamp};
use serde_json::{Value, json};

use super::look_at;

/// 2026-02-02T09:00:00Z
const NOW: i64 = 1_770_022_800_000;
const HOUR: i64 = 3_600_000;

/// Two spaces with events of several days, now and long ago.
fn days() -> Store {
    let origin = SteppingClock::new(Timestamp(NOW), 0);
    let store = Store::memory().with_origin(Arc::new(origin), Arc::new(CountingIds::default()));
    let append = |space: &ContentStore, hours: i64, kind: &str, id: &str, payload: Value| {
        let event = NewEvent::new(id, kind, Json::of(&payload));
        let now = Timestamp(NOW - hours * HOUR - 483);
        let append = Append { expected: Expected::Any, now, events: &[event] };
        store.events().append(space.space_id(), append).unwrap();
    };
    let long = "crm_with_a_name_that_needs_the_width_of_a_wide_screen";
    let [acme, wide] =
        ["crm_acme", long].map(|name| ContentStore::open(&store, name, Arc::new(Crm)).unwrap());
    let contact = |id: &str, name: &str, email: &str| json!({"contact_id": id, "name": name, "email": email});
    let type_of_old = "contact.imported_from_an_older_address_book";
    append(&wide, 24 * 400, type_of_old, "c9", json!({"contact_id": "c9", "source": "Lotus Organizer"}));
    append(&acme, 24 * 5, "contact.added", "c1", contact("c1", "Ada Lovelace", "ada@acme.com"));
    append(&acme, 36, "contact.added", "c2", contact("c2", "Grace Hopper", "grace@navy.mil"));
    append(&acme, 35, "contact.updated", "c1", contact("c1", "Ada King", "ada@acme.com"));
    let notes = "Wrote the first program, for a machine that was never built: the analytical engine of Charles Babbage";
    let noted =
        json!({"contact_id": "c1", "author": {"name": "山田 花子", "id": 7}, "notes": notes, "stars": 4.50});
    append(&acme, 10, "contact.noted", "c1", noted);
    append(&acme, 2, "contact.updated", "c2", contact("c2", "Grace Hopper", "grace@acme.com"));
    append(&acme, 1, "contact.updated", "c2", contact("c2", "Grace Hopper", "grace@acme.com"));
    append(&acme, 0, "contact.removed", "c1", json!({"contact_id": "c1"}));
    store
}

fn look(name: &str, zone: &str, keys: &str) {
    look_at(name, |width, height| console(zone, keys, width, height));
}

fn console(zone: &str, keys: &str, width: u16, height: u16) -> Headless {
    let time_zone = jiff::tz::TimeZone::get(zone).unwrap();
    let console = Headless::new(days(), Apps::standard(), width, height);
    let mut console = console.with_settings(Settings { time_zone, ..Settings::default() });
    console.press(keys).unwrap();
    console
}

#[test]
fn lines_between_days() {
    look("days", "UTC", "2k");
}

#[test]
fn days_in_another_time_zone() {
    look("days-in-another-time-zone", "Pacific/Auckland", "2k");
}

#[test]
fn days_of_all_spaces() {
    look("days-of-all-spaces", "UTC", "2a");
}

#[test]
fn a_match_beyond_the_visible_part() {
    look("match-beyond-the-visible-part", "UTC", "2/engine<enter>");
}

#[test]
fn changes_of_an_entity() {
    look("changes-of-an-entity", "UTC", "2kH");
}

#[test]
fn days_since_the_last_event() {
    look("days-since-the-last-event", "UTC", "z");
}

#[test]
fn another_hour_or_day_redraws_the_screen_once() {
    let mut console = console("UTC", "2", 120, 40);
    let before = console.state().revision;
    console.send(ramax::console::app::message::Message::Now(Timestamp(NOW + 1)));
    assert_eq!(console.state().revision, before, "it is still the same hour");
    for revision in [before + 1, before + 1] {
        console.send(ramax::console::app::message::Message::Now(Timestamp(NOW + 15 * HOUR)));
        assert_eq!(console.state().revision, revision);
    }
    let shown = crate::screen(&console);
    assert!(shown.contains("2026-02-02 UTC") && !shown.contains("today UTC"), "{shown}");
}

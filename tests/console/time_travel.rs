//! Time travel: the panes show a space as it was.

use ramax::console::Headless;
use ramax::console::app::key::Key;
use ramax::console::app::message::Message;
use ramax::console::app::pointer::region::{RegionKind, Spot};
use ramax::console::panes::Pane;
use ramax::operations::{DeleteOptions, delete, keep_going};
use ramax::{Append, Command, Expected, SpaceSequence, Timestamp};

use crate::support::{Fixture, event};
use crate::{console, notice, screen};

/// Twenty contacts, and then an update of each.
fn contacts() -> (Fixture, Headless) {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    for round in ["add-contact", "update-contact"] {
        for number in 1..=20 {
            let (id, email) = (format!("c{number:02}"), format!("{round}{number}@b.c"));
            let command = Command::new(round).with("contact_id", id).with("name", "Ada");
            crm.execute(command.with("email", email)).unwrap();
        }
    }
    let console = console(&fixture.store);
    (fixture, console)
}

fn press(console: &mut Headless, keys: &str) {
    console.press(keys).unwrap();
}

fn at(console: &Headless) -> Option<u64> {
    console.state().travel.as_ref().map(|travel| travel.at.0)
}

#[test]
fn the_panes_show_the_space_as_of_the_selected_event() {
    let (_fixture, mut console) = contacts();
    press(&mut console, "2Gkkkkt");
    assert_eq!(at(&console), Some(36));
    assert_eq!(console.state().events.window.rows.back().map(|row| row.position.0), Some(36));
    press(&mut console, "{");
    assert_eq!((at(&console), console.state().projections.window.rows.len()), (Some(0), 0));
    press(&mut console, "<right><right><right>");
    let keys: Vec<&str> =
        console.state().projections.window.rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(
        (at(&console), keys),
        (Some(3), vec!["contact:c01", "contact:c02", "contact:c03", "contacts:count"])
    );
    let step = console.state().travel.as_ref().and_then(|travel| travel.step.as_ref());
    assert_eq!(step.map(|step| step.event.space_sequence), Some(SpaceSequence(3)));
    press(&mut console, "<end>");
    assert_eq!(at(&console), Some(40));
}

#[test]
fn escape_returns_to_where_the_journey_began() {
    let (_fixture, mut console) = contacts();
    press(&mut console, "3/c1<enter>jj");
    let before = screen(&console);
    press(&mut console, "t<left><left>2");
    assert_ne!(screen(&console), before);
    press(&mut console, "<esc>");
    assert_eq!((at(&console), screen(&console)), (None, before));
}

#[test]
fn the_past_cannot_be_changed() {
    let (_fixture, mut console) = contacts();
    press(&mut console, "3tn");
    assert!(notice(&console).contains("the past"), "{}", notice(&console));
    press(&mut console, "2f");
    assert!(notice(&console).contains("the past"), "{}", notice(&console));
}

#[test]
fn a_typed_sequence_or_time_is_shown_and_a_wrong_one_is_explained() {
    let (_fixture, mut console) = contacts();
    press(&mut console, "tJ20<enter>");
    assert_eq!((at(&console), console.state().focus), (Some(20), Pane::Projections));
    press(&mut console, "J99<enter>");
    assert!(screen(&console).contains("the last event is 40"));
    press(&mut console, "<esc>J0<enter>");
    assert_eq!(at(&console), Some(0));
    assert!(screen(&console).contains("before the first event"));
    press(&mut console, "J2001-02-03<enter>");
    assert_eq!(at(&console), Some(0));
    assert!(notice(&console).contains("no event at or before"), "{}", notice(&console));
    press(&mut console, "J0s<enter>");
    assert_eq!(at(&console), Some(40));
    press(&mut console, "<esc>:at 7<enter>");
    assert_eq!(at(&console), Some(7));
}

#[test]
fn a_film_ends_with_the_last_event_and_rests_while_paused() {
    let (_fixture, mut console) = contacts();
    press(&mut console, "3tJ37<enter><space>");
    for expected in [38, 39, 40, 40] {
        console.send(Message::PlayTick);
        assert_eq!(at(&console), Some(expected));
    }
    let is_playing = |console: &Headless| console.state().travel.as_ref().unwrap().play.is_playing;
    assert!(!is_playing(&console));
    press(&mut console, "<space>))<space>");
    console.send(Message::PlayTick);
    assert_eq!((at(&console), is_playing(&console)), (Some(0), false));
    assert!(screen(&console).contains("25 events/s"));
}

#[test]
fn two_points_are_compared_by_key_and_path() {
    let (_fixture, mut console) = contacts();
    let compared = "c01   email  \"add-contact1@b.c\"  \"update-contact1@b.c\"";
    let squeezed = |console: &Headless| screen(console).split_whitespace().collect::<Vec<_>>().join(" ");
    let compared = compared.split_whitespace().collect::<Vec<_>>().join(" ");
    for keys in ["3tJ20<enter>mJ40<enter>m", "3tJ20..40<enter>", ":compare 40 20<enter>"] {
        press(&mut console, keys);
        let shown = squeezed(&console);
        assert!(shown.contains(&compared) && shown.contains("20 keys differ"), "{keys}: {shown}");
        press(&mut console, "Y");
        let copied = console.copied.last().unwrap();
        assert!(
            copied.ends_with("projections diff crm_acme --from 20 --to 40 --projection state"),
            "{copied}"
        );
        press(&mut console, "G<enter>");
        let selected = console.state().projections.window.selected.as_deref();
        assert_eq!((at(&console), selected), (Some(40), Some("contact:c20")));
        press(&mut console, "<esc>");
        assert_eq!(at(&console), None);
    }
}

#[test]
fn the_command_copied_in_the_past_names_the_sequence() {
    let (_fixture, mut console) = contacts();
    press(&mut console, "3tJ3<enter>Y");
    assert!(console.copied.last().unwrap().ends_with("projections list crm_acme --projection state --at 3"));
    press(&mut console, "<enter>Y");
    assert!(console.copied.last().unwrap().ends_with("contact:c01 --projection state --at 3"));
    press(&mut console, "<esc>2Y");
    assert!(console.copied.last().unwrap().ends_with("events list crm_acme --where seq:0..3"));
    press(&mut console, "<ctrl-s>");
    assert!(notice(&console).contains("only lists of the present"), "{}", notice(&console));
}

#[test]
fn a_click_on_the_bar_and_a_drag_move_through_the_events() {
    let (_fixture, mut console) = contacts();
    press(&mut console, "3t");
    let regions = console.regions();
    let bar = regions.iter().find(|region| region.kind == RegionKind::Spot(Spot::Timeline)).unwrap().area;
    console.click(bar.x, bar.y);
    let first = at(&console).unwrap();
    console.drag((bar.x, bar.y), (bar.right() - 1, bar.y));
    assert_eq!(at(&console), Some(40));
    assert!(first < 5, "{first}");
}

#[test]
fn a_skipped_event_is_shown_in_place_and_a_deleted_space_ends_the_journey() {
    let (fixture, mut console) = contacts();
    let broken = event("c2", "contact.added", serde_json::json!({"contact_id": "c2"}));
    let append = Append { expected: Expected::Any, now: Timestamp(i64::MAX / 4), events: &[broken] };
    fixture.store.events().append(fixture.space("crm_acme").space_id, append).unwrap();
    console.follow();
    press(&mut console, "3t");
    assert_eq!(at(&console), Some(41));
    assert!(screen(&console).contains("skipped: "), "{}", screen(&console));
    delete(&fixture.store, "crm_acme", DeleteOptions::default(), &mut keep_going).unwrap();
    console.follow();
    assert_eq!(at(&console), None);
    assert!(notice(&console).contains("the space was deleted"), "{}", notice(&console));
}

#[test]
fn a_space_without_events_or_a_known_app_has_a_reason() {
    let fixture = Fixture::memory();
    let mut console = console(&fixture.store);
    fixture.crm("crm_acme");
    console.follow();
    press(&mut console, "t");
    assert!(notice(&console).contains("no events yet"), "{}", notice(&console));
    fixture.space("strange");
    console.follow();
    press(&mut console, "jt");
    assert!(notice(&console).contains("the app of strange is unknown"), "{}", notice(&console));
}

#[test]
fn the_tasks_of_time_travel_take_few_keys() {
    let tasks: [(&str, &str, usize, &str); 3] = [
        ("", "tJ20<enter>", 5, "20 of 40"),
        ("3", "tJ20..40<enter>", 10, "keys differ"),
        ("3tJ20<enter>2j", "<esc>", 1, "3 Projections"),
    ];
    for (before, keys, most, shown) in tasks {
        let (_fixture, mut console) = contacts();
        press(&mut console, before);
        press(&mut console, keys);
        assert!(screen(&console).contains(shown), "{keys}: {}", screen(&console));
        assert!(Key::sequence(keys).unwrap().len() <= most, "{keys}");
    }
}

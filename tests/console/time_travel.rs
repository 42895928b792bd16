//! Time travel: the panes show a space as it was.

use std::sync::Arc;

use ramax::apps::Flashcards;
use ramax::console::Headless;
use ramax::console::app::key::Key;
use ramax::console::app::message::Message;
use ramax::console::app::pointer::region::{RegionKind, Spot};
use ramax::console::app::update::update;
use ramax::console::panes::Pane;
use ramax::operations::{DeleteOptions, FoldLimits, Rebuild, delete, keep_going, rebuild};
use ramax::{Append, Apps, Command, ContentStore, Expected, SpaceSequence, Timestamp};

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
fn a_step_on_a_small_screen_names_its_key_and_what_it_changed() {
    let (fixture, _) = contacts();
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 40, 12);
    press(&mut console, "3tJ22<enter><left>");
    let shown = screen(&console);
    for part in ["21 of 40  2 keys  contact.updated", " step", "Esc now"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
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
    let shown = screen(&console);
    assert!(shown.contains("no event at or before") && shown.contains("2001-02-03"), "{shown}");
    press(&mut console, "<ctrl-u>2001-02-03..5<enter>");
    assert!(screen(&console).contains("no event at or before"), "{}", screen(&console));
    press(&mut console, "<ctrl-u>0s<enter>");
    assert_eq!((at(&console), console.state().layers.len()), (Some(40), 0));
    press(&mut console, "<esc>:at 7<enter>");
    assert_eq!(at(&console), Some(7));
    press(&mut console, "<esc>:at 2001-02-03<enter>");
    assert_eq!(at(&console), None, "nothing of the past is shown");
    assert!(notice(&console).contains("no event at or before"), "{}", notice(&console));
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
        // Esc returns to the comparison first.
        press(&mut console, "<esc>");
        assert!(squeezed(&console).contains("20 keys differ"), "{keys}: {}", screen(&console));
        while at(&console).is_some() {
            press(&mut console, "<esc>");
        }
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
fn a_damaged_event_in_the_middle_is_shown_in_place_and_skipped() {
    let (fixture, _) = contacts();
    damage(&fixture, 21);
    let mut console = console(&fixture.store);
    press(&mut console, "3tJ21<enter>");
    let shown = screen(&console);
    assert!(shown.contains("damaged, skipped: its checksum does not match"), "{shown}");
    assert_eq!(console.state().projections.window.rows.len(), 21, "the contacts before it, and their number");
    press(&mut console, "<right>");
    assert!(screen(&console).contains("22  contact.updated  c02  2 keys changed"), "{}", screen(&console));
    press(&mut console, "<left><left><left>");
    assert_eq!((at(&console), console.state().projections.window.rows.len()), (Some(19), 20));
    press(&mut console, "<esc>:sequence 21<enter><enter>");
    let shown = screen(&console);
    assert!(shown.contains("changes  none: the event is skipped"), "{shown}");
    assert!(shown.contains("skipped by state: its checksum does not match"), "{shown}");
    press(&mut console, "<esc>3/c01<enter>H");
    assert!(screen(&console).contains("1 change"), "{}", screen(&console));
}

/// Changes the payload of an event in the file, as a fault of the disk would.
fn damage(fixture: &Fixture, sequence: u64) {
    let file = rusqlite::Connection::open(fixture.file()).unwrap();
    let sql = "UPDATE event_log SET payload = replace(payload, 'Ada', 'Bob') WHERE event_id = ?1";
    assert_eq!(file.execute(sql, [sequence]).unwrap(), 1);
}

#[test]
fn a_space_that_is_rebuilt_meanwhile_looks_the_same_in_the_past() {
    let (fixture, mut console) = contacts();
    press(&mut console, "3tJ20<enter>jj");
    let shown = |console: &Headless| {
        let travel = console.state().travel.as_ref().unwrap();
        (travel.at, travel.step.clone(), console.state().projections.window.rows.clone())
    };
    let before = shown(&console);
    rebuild(&fixture.crm("crm_acme"), Rebuild::default(), &mut keep_going).unwrap();
    console.follow();
    assert_eq!(shown(&console), before);
    press(&mut console, "<right><left>");
    assert_eq!(shown(&console), before);
}

#[test]
fn a_past_that_does_not_fit_in_memory_is_partly_in_a_temporary_file() {
    let (fixture, _) = contacts();
    let limits = FoldLimits { segment_events: 3, memory: 0, ..FoldLimits::default() };
    let mut small = console(&fixture.store).with_fold_limits(limits);
    let mut whole = console(&fixture.store);
    for keys in ["3t", "J20<enter>", "<left>", "{", "}", "J33<enter>", "<right>"] {
        press(&mut small, keys);
        press(&mut whole, keys);
        assert!(screen(&small).contains("partly in a temporary file"), "{keys}: {}", screen(&small));
        let rows = |console: &Headless| console.state().projections.window.rows.clone();
        assert_eq!((at(&small), rows(&small)), (at(&whole), rows(&whole)), "{keys}");
    }
}

#[test]
fn going_back_from_a_link_returns_to_the_past_with_its_pane_filter_and_mark() {
    for leave in [":crm_acme<enter>", "2<enter>T", ":c05<enter>"] {
        for back in ["<backspace>", "<esc>"] {
            let (_fixture, mut console) = contacts();
            press(&mut console, "3/c1<enter>tmJ20<enter>jj");
            let before = screen(&console);
            press(&mut console, leave);
            press(&mut console, back);
            let shown = screen(&console);
            if leave.starts_with('2') {
                press(&mut console, "<esc>3");
            }
            assert_eq!(at(&console), Some(20), "{leave}{back}: {shown}");
            assert_eq!(screen(&console), before, "{leave}{back}");
            press(&mut console, "<esc>");
            assert_eq!((at(&console), console.state().projections.filter.as_str()), (None, "c1"));
        }
    }
}

#[test]
fn a_link_within_the_past_stays_in_the_past() {
    let fixture = Fixture::one_file();
    let cards = ContentStore::open(&fixture.store, "cards", Arc::new(Flashcards)).unwrap();
    let run = |command: Command| cards.execute(command).map(drop).unwrap();
    run(Command::new("create-deck").with("deck_id", "d1").with("name", "Spanish"));
    let card = Command::new("create-card").with("card_id", "c1").with("deck_id", "d1");
    run(card.with("front", "uno").with("back", "one"));
    run(Command::new("update-card").with("card_id", "c1").with("front", "dos"));
    let mut console = console(&fixture.store);
    press(&mut console, "3tJ2<enter>j<enter>E");
    let shown = screen(&console);
    assert!(shown.contains("uno") && !shown.contains("dos"), "as of then: {shown}");
    let mut console = self::console(&fixture.store);
    press(&mut console, "3tJ2<enter>j<enter>j<enter>");
    let shown = screen(&console);
    assert!(at(&console) == Some(2) && shown.contains("\"front\": \"uno\""), "{shown}");
    assert!(!shown.contains("dos"), "{shown}");
    press(&mut console, "<backspace>");
    let shown = screen(&console);
    assert!(at(&console) == Some(2) && shown.contains("\"$ref\": \"card:c1\""), "{shown}");
}

#[test]
fn a_jump_in_the_past_leads_back_to_the_point_before() {
    let (_fixture, mut console) = contacts();
    press(&mut console, "3tJ20<enter><right>J5<enter>");
    assert_eq!(at(&console), Some(5));
    press(&mut console, "<backspace>");
    assert_eq!(at(&console), Some(21));
    press(&mut console, "<backspace>");
    let last = at(&console);
    assert!(last > Some(21), "{last:?}");
    press(&mut console, "<alt-right><alt-right>");
    assert_eq!(at(&console), Some(5));
    press(&mut console, "J5<enter><esc>");
    assert_eq!(at(&console), None, "{}", screen(&console));
}

#[test]
fn the_trail_keeps_histories_flips_blame_and_comparisons() {
    for (keys, text) in [
        ("3jH/up<enter>", "Changes of contact:c02"),
        ("3jHSemail~up<enter>", "Since when contact:c02"),
        ("3j<enter>jjb<enter>", "Event 2"),
        ("3tJ20..40<enter>jjj", "Compare  20"),
    ] {
        let (_fixture, mut console) = contacts();
        press(&mut console, keys);
        let before = screen(&console);
        assert!(before.contains(text), "{keys}: {before}");
        press(&mut console, ":trace 1<enter><backspace>");
        assert_eq!(screen(&console), before, "{keys}");
        if keys.contains("jjb") {
            press(&mut console, "<esc>");
            assert!(screen(&console).contains("Who set contact:c02"), "{}", screen(&console));
        }
    }
}

#[test]
fn what_shows_the_present_beside_the_past_says_so() {
    let (_fixture, mut console) = contacts();
    press(&mut console, "3tJ20<enter>");
    let shown = screen(&console);
    for said in ["1 Spaces  now", "21 keys"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    press(&mut console, "#");
    assert!(screen(&console).contains("Statistics of crm_acme  now"), "{}", screen(&console));
    console.resize(80, 24);
    assert!(screen(&console).lines().next().unwrap().contains("read-only"), "{}", screen(&console));
    press(&mut console, "<esc>");
    for (keys, title) in
        [("H", "Changes of"), ("L", "Audit log  now"), ("2H", "History of"), ("U", "Subscriptions  now")]
    {
        press(&mut console, keys);
        let shown = screen(&console);
        assert!(shown.lines().any(|line| line.contains(title) && line.contains("  now")), "{title}: {shown}");
        press(&mut console, "<esc>");
    }
    press(&mut console, "<esc>");
    assert!(!screen(&console).contains("  now"), "{}", screen(&console));
}

#[test]
fn rows_of_another_sequence_say_so_while_a_jump_is_replayed() {
    let (_fixture, mut console) = contacts();
    press(&mut console, "3tJ20<enter>");
    console.change(|state| {
        let keys = Key::sequence("J40<enter>").unwrap();
        keys.into_iter().for_each(|key| drop(update(state, Message::Key(key))));
    });
    let shown = screen(&console);
    assert!(shown.contains("40 of 40") && shown.contains("21 keys  of sequence 20"), "{shown}");
    assert!(shown.contains("the projections below are still those of sequence 20"), "{shown}");
    assert!(!shown.contains("exactly 40"), "{shown}");
}

#[test]
fn a_difference_is_shown_in_full_beside_the_list() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    let [before, after] = ["x", "y"].map(|letter| letter.repeat(3_000));
    crm.execute(
        Command::new("add-contact").with("contact_id", "c1").with("name", &*before).with("email", "a@b.c"),
    )
    .unwrap();
    crm.execute(
        Command::new("update-contact").with("contact_id", "c1").with("name", &*after).with("email", "a@b.c"),
    )
    .unwrap();
    let mut console = console(&fixture.store);
    press(&mut console, "3tJ1..2<enter>");
    let shown = screen(&console);
    assert!(shown.contains("before, at sequence 1  2.9 KiB"), "{shown}");
    press(&mut console, "i");
    press(&mut console, "G");
    let shown = screen(&console);
    assert!(shown.contains("yyyyyyyy\""), "to its end: {shown}");
    press(&mut console, "y");
    press(&mut console, "v");
    assert_eq!(console.copied.last().map(String::len), Some(3_002));
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
fn a_comparison_is_returned_to_from_the_key_to_which_it_led() {
    for keys in ["3tJ20..40<enter>j", ":compare 20 40<enter>j", "3tJ20<enter>mJ40<enter>mj"] {
        for back in ["<backspace>", "<esc>"] {
            let (_fixture, mut console) = contacts();
            press(&mut console, keys);
            let before = screen(&console);
            press(&mut console, "<enter>");
            assert!(!screen(&console).contains("Compare  20"), "{}", screen(&console));
            press(&mut console, back);
            assert_eq!(screen(&console), before, "{keys} {back}");
        }
    }
}

#[test]
fn one_key_goes_back_from_a_comparison_of_two_marks() {
    let (_fixture, mut console) = contacts();
    press(&mut console, "3tJ20<enter>mJ40<enter>m");
    assert!(screen(&console).contains("Compare  20"), "{}", screen(&console));
    press(&mut console, "<backspace>");
    assert!(!screen(&console).contains("Compare  20"), "{}", screen(&console));
    assert_eq!(at(&console), Some(40));
}

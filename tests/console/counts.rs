//! The counts beside lists.

use ramax::console::Headless;
use ramax::console::app::message::Message;
use ramax::console::app::update::update;

use crate::support::tenants::caught_up;
use crate::support::{Fixture, add_contact, rename_contact};
use crate::{console, screen};

#[test]
fn counts_under_a_filter_cover_only_matches() {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    for id in ["c1", "c2", "c20"] {
        crm.execute(add_contact(id)).unwrap();
    }
    crm.execute(rename_contact("c1", "Another")).unwrap();
    caught_up(&crm);
    let mut console = console(&fixture.store);
    console.press("2/updated<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("/updated  1 match") && !shown.contains("of 4"), "{shown}");
    console.press("<esc>3/contact:c2<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("/contact:c2  state  2 matches"), "{shown}");
    console.change(|state| state.projections.window.at_end = false);
    assert!(screen(&console).contains("2+ matches so far"));
}

/// Presses keys whose questions to the store are not answered.
fn press_unanswered(console: &mut Headless, keys: &[&str]) {
    console.change(|state| {
        for key in keys {
            drop(update(state, Message::Key(key.parse().unwrap())));
        }
    });
}

#[test]
fn nothing_is_counted_before_the_first_answer_to_another_filter() {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    for id in ["c1", "c2", "c20"] {
        crm.execute(add_contact(id)).unwrap();
    }
    crm.execute(rename_contact("c1", "Another")).unwrap();
    caught_up(&crm);
    for (list, filter, searching) in [
        ("2", "c2", "searching at "),
        ("3", "c2", "searching…"),
        ("2H", "c1", "searching…"),
        ("3gH", "name", "searching…"),
        ("L", "run", "searching…"),
    ] {
        let mut console = console(&fixture.store);
        console.press(&format!("{list}/{filter}<enter>")).unwrap();
        let before = screen(&console);
        assert!(before.contains("match"), "{list}: {before}");
        press_unanswered(&mut console, &["/", "x"]);
        let shown = screen(&console);
        assert!(shown.contains(searching) && !shown.contains("match"), "{list}: {shown}");
        assert!(!shown.contains("No "), "{list}: {shown}");
        console.press("<esc>").unwrap();
        assert_eq!(screen(&console), before, "{list}");
    }
}

#[test]
fn the_rows_of_a_filter_are_not_counted_as_the_whole_list_once_it_is_cleared() {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    (0..4).for_each(|name| drop(crm.execute(rename_contact("c1", &format!("N{name}"))).unwrap()));
    caught_up(&crm);
    for (list, filter, wrong) in [
        ("2H", "N3", "1 event "),
        ("3gH", "N3", "1 change "),
        ("2H", "none", "No events"),
        ("L", "update", "1 of "),
    ] {
        let mut console = console(&fixture.store);
        console.press(&format!("{list}/{filter}<enter>")).unwrap();
        press_unanswered(&mut console, &["esc"]);
        assert!(!screen(&console).contains(wrong), "{list}: {}", screen(&console));
    }
}

#[test]
fn the_events_of_all_spaces_do_not_use_ids_as_a_count() {
    let fixture = Fixture::one_file();
    for name in ["crm_acme", "crm_widgets"] {
        fixture.crm(name).execute(add_contact("c1")).unwrap();
    }
    let mut console = console(&fixture.store);
    console.press("Dcrm_acme<enter>2a").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("1 event ") && shown.contains("id 2 · last 2"), "{shown}");
}

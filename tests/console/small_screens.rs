//! Boxes on small screens: the way out and the way further down are always named, and nothing covers them.

use ramax::console::Headless;
use ramax::console::app::state::ErrorText;
use ramax::console::layers::prompt::Prompt;
use ramax::{Apps, Store};

use crate::screen;
use crate::two_tenants;

fn small(store: &Store, keys: &str) -> Headless {
    let mut console = Headless::new(store.clone(), Apps::standard(), 40, 12);
    console.press(keys).unwrap();
    console
}

#[test]
fn every_box_names_its_way_out() {
    let fixture = two_tenants();
    let boxes =
        ["R", "v", "K", "D", "n", "n<enter>", "c", "#", "?", "y", ":", ":guide quer<enter>", "3b", "B", "e"];
    for (width, height) in [(40, 12), (80, 24)] {
        for keys in boxes {
            let mut console = Headless::new(fixture.store.clone(), Apps::standard(), width, height);
            console.press(keys).unwrap();
            assert!(!console.state().layers.is_empty(), "{keys}");
            assert!(screen(&console).contains("Esc "), "{keys}: {}", screen(&console));
        }
    }
}

#[test]
fn views_in_place_of_the_panes_name_their_way_out() {
    let fixture = two_tenants();
    for keys in ["2<enter>", "L", "2H", "3H", "2T", "2<ctrl-t>"] {
        let console = small(&fixture.store, keys);
        let shown = screen(&console);
        let last = shown.lines().last().unwrap();
        assert!(last.contains("Esc ") && last.contains("? help"), "{keys}: {last}");
    }
}

#[test]
fn a_question_says_how_to_read_on_until_its_end() {
    let fixture = two_tenants();
    for (keys, most) in [("R", 3), ("D", 2)] {
        let mut console = small(&fixture.store, keys);
        let mut pages = 0;
        while screen(&console).contains("PgDn more") {
            console.press("<pgdn>").unwrap();
            pages += 1;
            assert!(pages <= most, "{keys}: {}", screen(&console));
        }
        assert!(pages > 0, "{keys} fits: {}", screen(&console));
    }
}

#[test]
fn names_and_numbers_of_a_delete_are_apart() {
    let mut console = small(&two_tenants().store, "D");
    let mut lines = String::new();
    for _ in 0..4 {
        lines += &screen(&console);
        console.press("<pgdn>").unwrap();
    }
    assert!(lines.contains("first event 20") || lines.contains("first event  20"), "{lines}");
}

#[test]
fn a_long_message_covers_neither_the_hints_nor_the_end_of_a_box() {
    let fixture = two_tenants();
    for keys in ["R", "D", "n", "K"] {
        let mut console = small(&fixture.store, keys);
        let long = "a message that needs three lines because the screen is narrow and the message is not";
        console.change(|state| state.say(ramax::console::app::state::Level::Warning, long));
        let shown = screen(&console);
        assert!(shown.contains("Esc ") && shown.contains("message is not"), "{keys}: {shown}");
        assert!(shown.contains('┗'), "{keys}: {shown}");
    }
}

#[test]
fn a_box_beneath_another_names_no_keys() {
    let console = small(&two_tenants().store, "n<enter>c9<esc>");
    let shown = screen(&console);
    assert_eq!(shown.matches("Esc ").count(), 1, "{shown}");
}

#[test]
fn the_error_of_a_query_is_shown_in_full() {
    let mut console = small(&two_tenants().store, "2/foo:x<enter>");
    let error = console.state().layers.top_as::<Prompt>().unwrap().error.clone().unwrap().message;
    let flat = |text: &str| text.split_whitespace().collect::<String>();
    assert!(flat(&screen(&console)).contains(&flat(&error)), "{error}\n{}", screen(&console));
    console.press("<esc>").unwrap();
    assert!(!screen(&console).contains("foo"), "{}", screen(&console));
}

#[test]
fn the_database_of_a_server_is_named_at_any_width() {
    let fixture = two_tenants();
    for (address, database) in [
        ("postgres://ramax@db.example:5433/tenants", "tenants"),
        ("postgres://ramax@db.example:5433/tenants?schema=second_of_them", "tenants"),
        ("postgres:///var/run/postgresql/tenants_of_the_west", "west"),
    ] {
        for (width, not_followed) in [(40, false), (40, true), (60, true), (80, true)] {
            let mut console = small(&fixture.store, "2");
            console.resize(width, 12);
            console.change(|state| {
                (state.database.name, state.database.is_on_server) = (address.to_owned(), true);
                let failure = ErrorText { message: "away".to_owned(), hint: None };
                state.database.lost = Some(failure).filter(|_| not_followed);
            });
            let shown = screen(&console);
            assert!(shown.lines().next().unwrap().contains(database), "{address}, {width}: {shown}");
        }
    }
}

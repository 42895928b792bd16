//! Keys that the user has bound: what they do, and the texts that name them.

use ramax::console::Headless;
use ramax::console::app::action::Action;
use ramax::console::app::keymap::help;
use ramax::console::layers::confirm::Dialog;
use ramax::console::layers::delete::Delete;
use ramax::console::settings::Settings;
use ramax::{Apps, Store};

use crate::{notice, screen, two_tenants};

/// A console with bound keys: `rebuild ctrl-r, help F1`.
fn with_keys(store: &Store, keys: &str) -> Headless {
    let lines = keys.split(", ").map(|line| line.split_once(' ').unwrap());
    let lines: String = lines.map(|(action, key)| format!("{action} = \"{key}\"\n")).collect();
    let settings = Settings::parse(&format!("[keys]\n{lines}")).unwrap();
    Headless::new(store.clone(), Apps::standard(), 160, 40).with_settings(settings)
}

#[test]
fn a_bound_key_acts_and_the_key_of_the_table_does_not() {
    let fixture = two_tenants();
    let mut console = with_keys(&fixture.store, "rebuild ctrl-r, help F1");
    console.press("R").unwrap();
    assert_eq!(notice(&console), "`R` does nothing here; `F1` lists the keys");
    assert!(console.state().layers.is_empty());
    console.press("<ctrl-r>").unwrap();
    assert!(console.state().layers.top_as::<Dialog>().is_some());
}

#[test]
fn hints_titles_help_and_messages_name_the_bound_keys() {
    let fixture = two_tenants();
    let keys = "rebuild ctrl-r, help F1, focus-spaces F6, focus-events F7, verify Z";
    let mut console = with_keys(&fixture.store, keys);
    let shown = screen(&console);
    console.press("5z").unwrap();
    assert!(screen(&console).contains("Z verifies"), "{}", screen(&console));
    console.press("z<F6>").unwrap();
    for text in ["ctrl-r rebuild", "F1 help", "F6 Spaces", "F7 Events"] {
        assert!(shown.contains(text), "{text} is missing in\n{shown}");
    }
    console.press("H").unwrap();
    assert_eq!(notice(&console), "`H` (history) works in events (`F7`) and projections (`3`)");
    console.press("<F1>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("ctrl-r") && !shown.contains(" R  "), "{shown}");
    console.press("<F1>").unwrap();
    assert!(console.state().layers.is_empty(), "the key that opens the help closes it");
}

#[test]
fn ctrl_c_quits_from_everywhere_even_if_another_key_is_bound() {
    let fixture = two_tenants();
    for place in ["", "2", "2<enter>", "L", "R", "n<enter>", "/", "D", "?"] {
        let mut console = with_keys(&fixture.store, "quit Q");
        console.press(place).unwrap();
        console.press("<ctrl-c>").unwrap();
        assert!(console.state().quit, "after {place}");
    }
}

#[test]
fn a_bound_letter_is_text_where_text_is_typed() {
    let fixture = two_tenants();
    let mut console = with_keys(&fixture.store, "confirm W, accept A, next-field T");
    console.press("DTAW").unwrap();
    let delete = console.state().layers.top_as::<Delete>().unwrap();
    assert_eq!(delete.typed.text(), "TAW");
    console.press("<ctrl-u>crm_acme<enter>").unwrap();
    assert!(console.state().layers.is_empty(), "the dialog keeps its own key");
    assert_eq!(console.state().jobs.jobs.len(), 1);
}

#[test]
fn a_bound_way_back_acts_in_the_panes_and_is_text_where_text_is_typed() {
    let fixture = two_tenants();
    let mut console = with_keys(&fixture.store, "back q, quit Q");
    console.press("2/q<enter>").unwrap();
    assert_eq!(console.state().events.filter.as_str(), "q");
    assert!(screen(&console).contains("q clear"), "{}", screen(&console));
    console.press("?").unwrap();
    let sections = help(console.state());
    let mut rows = sections.iter().flat_map(|section| &section.rows);
    assert_eq!(rows.find(|row| row.action == Action::Back).unwrap().keys, "q");
    console.press("q").unwrap();
    assert!(console.state().layers.is_empty() && !console.state().events.filter.is_empty());
    console.press("q").unwrap();
    assert!(!console.state().quit && console.state().events.filter.is_empty());
}

#[test]
fn two_actions_on_one_key_are_reported_even_if_one_also_works_where_text_is_typed() {
    for keys in [r#"back = "q""#, r#"back = ["esc", "q"]"#] {
        let problems = Settings::parse(&format!("[keys]\n{keys}")).unwrap_err();
        let problems: Vec<String> =
            problems.iter().map(|problem| format!("line {}: {}", problem.line, problem.message)).collect();
        let problems = problems.join("\n");
        let expected =
            "line 2: the key q is bound to back (line 2) and to quit (by default) in the same place (spaces)";
        assert!(problems.contains(expected), "{problems}");
    }
}

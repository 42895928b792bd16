//! The settings of a user on the screen.

use ramax::Apps;
use ramax::console::Headless;
use ramax::console::settings::Settings;

use crate::{screen, two_tenants};

#[test]
fn a_list_of_events_has_the_chosen_columns_in_their_order() {
    let fixture = two_tenants();
    for (chosen, headings) in [
        (r#"["payload", "time"]"#, "seq  payload  today  UTC"),
        (r#"["entity", "type", "space"]"#, "seq  entity  type"),
        ("[]", "seq"),
    ] {
        let settings = Settings::parse(&format!("columns.events = {chosen}")).unwrap();
        let apps = Apps::standard();
        let mut console = Headless::new(fixture.store.clone(), apps, 120, 40).with_settings(settings);
        console.press("2z").unwrap();
        let shown = screen(&console);
        let heading = shown.lines().find(|line| line.contains(" seq")).unwrap();
        let words: Vec<&str> =
            heading.split_whitespace().filter(|word| word.chars().all(char::is_alphabetic)).collect();
        assert_eq!(words.join("  "), headings, "{shown}");
    }
}

#[test]
fn lists_with_times_name_the_time_zone() {
    let fixture = two_tenants();
    for (zone, name) in [("UTC", "UTC"), ("Europe/Berlin", "CET")] {
        for (width, height) in [(80, 24), (120, 40)] {
            let settings = Settings::parse(&format!("time-zone = \"{zone}\"")).unwrap();
            let console = Headless::new(fixture.store.clone(), Apps::standard(), width, height);
            let mut console = console.with_settings(settings);
            for (keys, heading) in [("1z", "last event"), ("3", "updated")] {
                console.press(keys).unwrap();
                let shown = screen(&console);
                assert!(shown.contains(&format!("{heading} {name}")), "{shown}");
            }
        }
    }
}

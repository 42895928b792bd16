//! Snapshots of the palette and the help: at four sizes, dark, monochrome and light.

use ramax::Apps;
use ramax::console::Headless;

use super::take;
use crate::support::{screen_text, tenants};

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 50), (40, 12)];

fn look(name: &str, read_only: bool, keys: &str) {
    let open = |width, height| {
        let mut console = Headless::new(tenants::tenants(), Apps::standard(), width, height);
        console.change(|state| state.database.read_only = read_only);
        console.press(keys).unwrap();
        console
    };
    take(name, &SIZES, open, |console| screen_text::whole_and_light(|theme| console.draw(theme)));
}

#[test]
fn palette() {
    look("palette", false, ":");
}

#[test]
fn palette_with_a_text() {
    look("palette-with-a-text", false, "2:con<down>");
}

#[test]
fn palette_with_unavailable_actions() {
    look("palette-with-unavailable-actions", true, ":re");
}

#[test]
fn palette_with_a_typed_command() {
    look("palette-with-a-typed-command", false, ":rebuild c");
}

#[test]
fn palette_without_a_match() {
    look("palette-without-a-match", false, ":rebild crm_acme");
}

#[test]
fn help_with_a_search() {
    look("help-with-a-search", false, "2?/event");
}

#[test]
fn help_of_an_event() {
    look("help-of-an-event", false, "2?");
}

//! Forms of commands on an existing entity, filled in from the selection.

use ramax::Store;
use ramax::apps::Crm;
use ramax::console::Headless;
use ramax::console::layers::form::state::{Form, FormFocus};

use crate::console;
use crate::screen;
use crate::support::{Fixture, add_contact, publish, rename_contact};

fn form(console: &Headless) -> &Form {
    let Some(form) = console.state().layers.top_as::<Form>() else { panic!("no form") };
    form
}

fn values(store: &Store, keys: &str) -> Vec<String> {
    let mut console = console(store);
    console.press(keys).unwrap();
    form(&console).fields.iter().map(|field| field.value().to_owned()).collect()
}

fn contacts() -> Fixture {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    crm.execute(add_contact("c2")).unwrap();
    crm.execute(rename_contact("c1", "Ada King")).unwrap();
    fixture
}

#[test]
fn update_contact_is_filled_in_from_the_selected_key() {
    let fixture = contacts();
    let mut console = console(&fixture.store);
    console.press("3nj<enter>").unwrap();
    let values: Vec<&str> = form(&console).fields.iter().map(|field| field.value()).collect();
    assert_eq!(values[..2], ["c1", "Ada King"]);
    assert_eq!(form(&console).focus, FormFocus::Field(1), "the id is filled in");
    assert!(screen(&console).contains("filled in from the selection"));
    console.press("<ctrl-u>Ada Lovelace<ctrl-s>").unwrap();
    let contact = Crm::contact(&fixture.crm("crm_acme"), "c1").unwrap().unwrap();
    assert_eq!(contact.name, "Ada Lovelace");
}

#[test]
fn an_event_fills_in_its_entity_but_no_old_values() {
    let fixture = contacts();
    assert_eq!(values(&fixture.store, "2nj<enter>"), ["c1", "", ""]);
    assert_eq!(values(&fixture.store, "2kg<enter><esc>nj<enter>"), ["c1", "", ""]);
}

#[test]
fn a_command_that_creates_an_entity_starts_empty() {
    let fixture = contacts();
    assert_eq!(values(&fixture.store, "3n<enter>"), ["", "", ""]);
    fixture.cms("cms_site").execute(publish("a1", "One")).unwrap();
    assert_eq!(values(&fixture.store, "j3n<enter>"), ["", "", ""]);
    assert_eq!(values(&fixture.store, "j3nj<enter>"), ["a1"]);
}

#[test]
fn unchanged_fields_are_not_sent() {
    let fixture = contacts();
    let mut console = console(&fixture.store);
    console.press("3nj<enter>").unwrap();
    fixture.crm("crm_acme").execute(rename_contact("c1", "Rival")).unwrap();
    console.press("<tab>x<ctrl-s>").unwrap();
    let contact = Crm::contact(&fixture.crm("crm_acme"), "c1").unwrap().unwrap();
    assert_eq!(contact.name, "Rival", "the name was not changed here");
    assert!(contact.email.ends_with('x'));
}

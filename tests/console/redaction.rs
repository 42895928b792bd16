//! The form that erases fields of one entity's events.

use ramax::console::Headless;
use ramax::{Apps, Page};

use crate::support::{Fixture, add_contact, rename_contact};
use crate::{console, screen};

#[test]
fn fields_of_the_selected_event_are_erased_after_the_name_of_the_space_is_typed() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    crm.execute(rename_contact("c1", "Countess")).unwrap();
    let mut console = console(&fixture.store);
    console.press("2GA<tab>name email").unwrap();
    let shown = screen(&console);
    for part in ["to redact: 2 of 2 events", "email: 2 events", "out of reach"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    console.press("<tab><tab>crm_ac<ctrl-s>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("type crm_acme to erase the fields"), "{shown}");
    let events = || crm.store().events().read_entity(crm.space_id(), "c1", Page::forward(None, 10)).unwrap();
    assert!(events().iter().all(|event| event.redaction().is_none()));
    console.press("me<ctrl-s>").unwrap();
    assert!(events().iter().all(|event| event.redaction().is_some()));
    console.press("5").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("2 fields erased from 2 events; no value is left"), "{shown}");
    console.press("2G<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("[redacted]") || shown.contains("redacted"), "{shown}");
    assert!(!shown.contains("Countess"), "{shown}");
}

#[test]
fn a_small_terminal_shows_what_is_erased_above_the_field_that_confirms_it() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 40, 12);
    console.press("2GA<tab>name email").unwrap();
    assert!(!screen(&console).contains("to redact"), "{}", screen(&console));
    console.press("<tab><tab>").unwrap();
    let shown = screen(&console);
    for part in ["to redact: 1 of 1 event", "email: 1 event", "Confirm *", "type the name of the space"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn an_unknown_field_is_refused_with_those_that_exist() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let mut console = console(&fixture.store);
    console.press("3ggA<tab>phone").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("no event of the entity c1 has the field phone"), "{shown}");
    assert!(shown.contains("its events have: contact_id, email, name"), "{shown}");
}

#[test]
fn an_entry_that_quoted_erased_values_says_so() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    ramax::operations::execute(&crm, add_contact("c1")).unwrap();
    let mut console = console(&fixture.store);
    console.press("2GA<tab>name email<tab><tab>crm_acme<ctrl-s>LG<enter>").unwrap();
    let shown = screen(&console);
    for said in ["erased by a redaction", "parameters were erased by a redaction"] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    assert!(!shown.contains("deleted with the space"), "{shown}");
}

//! A space as it would be without an event.

use ramax::console::Headless;
use ramax::{Apps, operations};

use crate::support::rename_contact;
use crate::{console, notice, screen};

use super::{go_to, opened, renamed};

#[test]
fn one_key_shows_what_would_differ_without_an_event() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("2<enter>u").unwrap();
    let shown = screen(&console);
    for part in ["now → without event 4", "1 key differs", "\"Ada King\"", "\"Ada\""] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    console.press("Y").unwrap();
    assert!(notice(&console).contains("projections diff crm_acme --without 4"), "{}", notice(&console));
    console.press("<esc>").unwrap();
    assert_eq!(opened(&console), Some(4), "{}", screen(&console));
    console.press("3<enter>").unwrap();
    go_to(&mut console, "\"name\"");
    console.press("bu").unwrap();
    assert!(screen(&console).contains("now → without event 4"), "{}", screen(&console));
    // The name cannot be set without the contact.
    console.press("2gg<enter>u").unwrap();
    assert!(screen(&console).contains("without event 1"), "{}", screen(&console));
}

#[test]
fn erased_values_of_the_missing_event_are_mentioned() {
    let fixture = renamed();
    let redact = operations::Redact {
        entity_id: "c1".to_owned(),
        fields: vec!["name".parse().unwrap()],
        ..operations::Redact::default()
    };
    operations::redact(&fixture.crm("crm_acme"), &redact, &mut operations::keep_going).unwrap();
    let mut console = console(&fixture.store);
    console.press("2<enter>u").unwrap();
    assert!(screen(&console).contains("values of the event were erased"), "{}", screen(&console));
}

#[test]
fn keys_and_paths_differ_in_a_narrow_comparison_too() {
    let fixture = renamed();
    let crm = fixture.crm("crm_acme");
    crm.execute(rename_contact("c2", "Grace")).unwrap();
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 40, 12);
    console.press("2tJ2..5<enter>").unwrap();
    let shown = screen(&console);
    for part in ["con…c1", "con…c2", "upd…_at", "cre…_at"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

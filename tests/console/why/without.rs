//! A space as it would be without an event.

use ramax::console::Headless;
use ramax::{Apps, operations};

use crate::support::rename_contact;
use crate::{console, notice, of_focused, screen};

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
fn remarks_on_a_comparison_are_readable_at_every_width() {
    let fixture = renamed();
    let redact = operations::Redact {
        entity_id: "c1".to_owned(),
        fields: vec!["name".parse().unwrap()],
        ..operations::Redact::default()
    };
    operations::redact(&fixture.crm("crm_acme"), &redact, &mut operations::keep_going).unwrap();
    for (width, height) in [(40, 12), (80, 24), (100, 30), (116, 50), (120, 40), (160, 50), (200, 50)] {
        let mut console = Headless::new(fixture.store.clone(), Apps::standard(), width, height);
        console.press("2gg<enter>u").unwrap();
        let shown = of_focused(&console);
        for part in ["were erased", "cannot be applied then, the first at"] {
            assert!(shown.contains(part), "{width}×{height}: {part}: {}", screen(&console));
        }
        assert!(screen(&console).contains("┗━"), "{}", screen(&console));
        assert!(
            shown.contains("key differs") || shown.contains("keys differ") || shown.contains(" 2"),
            "{shown}"
        );
        // The keys move within the rows that are left.
        console.press("G").unwrap();
        assert!(of_focused(&console).contains("were erased"), "{}", screen(&console));
    }
}

#[test]
fn the_event_of_a_line_of_the_blame_column_can_be_missing() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("3u").unwrap();
    assert!(notice(&console).contains("works in events"), "{}", notice(&console));
    console.press("<enter>u").unwrap();
    assert!(notice(&console).contains("`B` names one beside each line"), "{}", notice(&console));
    go_to(&mut console, "\"name\"");
    console.press("Bu").unwrap();
    assert!(screen(&console).contains("now → without event 4"), "{}", screen(&console));
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

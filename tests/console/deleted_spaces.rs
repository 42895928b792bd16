//! Deleted spaces disappear from every part of the screen.

use ramax::console::Headless;
use ramax::console::panes::detail::Detail;
use ramax::operations::{self, DeleteOptions, Scope, keep_going};

use crate::console;
use crate::screen;
use crate::support::{Fixture, add_contact};

/// A payload that must not be readable once its space is deleted.
const SECRET: &str = "c-secret";

fn tenants() -> Fixture {
    let fixture = Fixture::one_file();
    for (space, contact) in [("crm_acme", "c1"), ("crm_gone", SECRET), ("crm_widgets", "c3")] {
        fixture.crm(space).execute(add_contact(contact)).unwrap();
    }
    fixture
}

fn delete_elsewhere(fixture: &Fixture) {
    operations::delete(&fixture.other_process(), "crm_gone", DeleteOptions::default(), &mut keep_going)
        .unwrap();
}

fn assert_gone(console: &mut Headless) {
    assert_eq!(console.state().events.scope, Some(Scope::All));
    assert_eq!(console.state().events.window.rows.len(), 2);
    assert!(console.state().layers.is_empty());
    for keys in ["1", "2G", "gg", "2"] {
        console.press(keys).unwrap();
        let shown = screen(console);
        assert!(!shown.contains(SECRET) && !shown.contains("crm_gone "), "{keys}: {shown}");
    }
}

#[test]
fn a_deleted_space_disappears_from_the_events_of_all_spaces() {
    for keys in ["2ag1gjDcrm_gone<enter>", "2a1gjDcrm_gone<enter>", "2ag1gjD<ctrl-p>crm_gone<enter>"] {
        let fixture = tenants();
        let mut console = console(&fixture.store);
        console.press(keys).unwrap();
        console.press("5x").unwrap();
        assert_gone(&mut console);
    }
}

#[test]
fn a_space_deleted_by_another_process_disappears_with_its_open_event() {
    for keys in ["2agj<enter>", "2agj<enter><enter>", "2agjh"] {
        let fixture = tenants();
        let mut console = console(&fixture.store);
        console.press(keys).unwrap();
        assert!(screen(&console).contains(SECRET), "{keys}");
        delete_elsewhere(&fixture);
        console.follow();
        assert_gone(&mut console);
    }
}

#[test]
fn a_delete_stopped_halfway_leaves_only_remaining_rows_on_screen() {
    let fixture = tenants();
    let mut console = console(&fixture.store);
    console.press("jaa").unwrap();
    console.stops_jobs = true;
    console.press("Dcrm_gone<enter>").unwrap();
    assert!(console.state().events.window.rows.is_empty(), "its only event was removed before it stopped");
    assert!(console.state().layers.find::<Detail>().is_none());
    assert!(!screen(&console).contains(SECRET), "{}", screen(&console));
}

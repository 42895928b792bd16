//! The counts beside lists.

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

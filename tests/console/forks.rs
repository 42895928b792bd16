//! The form that forks a space.

use ramax::operations::find_record;

use crate::support::{Fixture, add_contact, rename_contact};
use crate::{console, screen};

#[test]
fn a_space_is_forked_at_the_selected_event() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    for (id, name) in [("c1", "Ada"), ("c2", "Grace")] {
        crm.execute(add_contact(id)).unwrap();
        crm.execute(rename_contact(id, name)).unwrap();
    }
    let mut console = console(&fixture.store);
    console.press("2GkF").unwrap();
    let shown = screen(&console);
    for part in
        ["Fork  crm_acme", "the space crm_acme@3 is created", "the events up to sequence 3 are copied"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    console.press("<ctrl-s>").unwrap();
    let record = find_record(&fixture.store, "crm_acme@3").unwrap_or_else(|_| panic!("{}", screen(&console)));
    assert_eq!((record.head.last_sequence.0, record.space.is_fork()), (3, true));
    console.press("5").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("3 events") && shown.contains("into crm_acme@3"), "{shown}");
    // The job leads to the new space.
    console.press("S").unwrap();
    assert_eq!(console.state().space().map(|space| space.space.space_name.as_str()), Some("crm_acme@3"));
}

#[test]
fn a_fork_that_would_be_refused_is_not_sent() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let mut console = console(&fixture.store);
    for (keys, reason) in [
        ("F<ctrl-u>0", "there is no event up to sequence 0; enter"),
        ("F<ctrl-u>2", "the last event has sequence 1; enter"),
        ("F<ctrl-u>soon", "a point in time is a sequence such"),
        ("F<tab>crm_acme", "the space crm_acme already exists; enter"),
    ] {
        console.press(keys).unwrap();
        let shown = screen(&console);
        assert!(shown.contains(reason), "{reason}: {shown}");
        console.press("<ctrl-s>").unwrap();
        assert_eq!(fixture.store.events().totals().unwrap().spaces, 1);
        console.press("<esc>y").unwrap();
    }
    console.press("n").unwrap();
}

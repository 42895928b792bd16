//! The form that forks a space.

use ramax::console::Headless;
use ramax::operations::{DeleteOptions, delete, find_record, keep_going};
use ramax::space::SpaceMetadata;
use ramax::{Append, Apps, EventId, Expected, NewEvent};
use serde_json::json;

use crate::support::{Fixture, START, add_contact, append, event, rename_contact};
use crate::{console, notice, of_focused, screen};

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
fn a_fork_over_a_damaged_event_is_refused_in_the_form() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    for id in ["c1", "c2", "c3"] {
        crm.execute(add_contact(id)).unwrap();
    }
    let file = rusqlite::Connection::open(fixture.file()).unwrap();
    let damage = "UPDATE event_log SET payload = replace(payload, 'c2', 'c9') WHERE event_id = 2";
    assert_eq!(file.execute(damage, []).unwrap(), 1);
    let mut console = console(&fixture.store);
    console.press("1F").unwrap();
    let shown = of_focused(&console);
    assert!(
        shown.contains("event 2") && shown.contains("the events before it can be forked at sequence 1"),
        "{shown}"
    );
    console.press("<tab><tab><ctrl-s>").unwrap();
    assert!(of_focused(&console).contains("event 2"), "{}", screen(&console));
    console.press("<ctrl-u>1<ctrl-s>").unwrap();
    assert!(find_record(&fixture.store, "crm_acme@1").is_ok(), "{}", screen(&console));
}

#[test]
fn a_fork_is_marked_in_the_list_and_compared_with_its_origin_by_one_key() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    for id in ["c1", "c2", "c3"] {
        crm.execute(add_contact(id)).unwrap();
    }
    let mut console = console(&fixture.store);
    console.press("2GkF<ctrl-s>1").unwrap();
    let fork = fixture.crm("crm_acme@2");
    fork.execute(rename_contact("c1", "Countess")).unwrap();
    console.follow();
    console.press("1f").unwrap();
    assert_eq!(notice(&console), "fork differences: crm_acme is not a fork; `F` creates one");
    console.press("G").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("crm_acme@2 fork"), "{shown}");
    console.press("i").unwrap();
    assert!(screen(&console).contains("crm_acme at sequence 2  f compares them"), "{}", screen(&console));
    console.press("<esc>f").unwrap();
    let shown = screen(&console);
    for part in ["Compare  crm_acme → crm_acme@2", "~ contact:c1", "\"Countess\"", "- contact:c3"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // The comparison is of now.
    fork.execute(rename_contact("c2", "Grace")).unwrap();
    console.follow();
    assert!(screen(&console).contains("\"Grace\""), "{}", screen(&console));
    console.press("Y").unwrap();
    assert!(notice(&console).contains("projections diff crm_acme@2 --with crm_acme"), "{}", notice(&console));
    console.press("G<enter><backspace>").unwrap();
    assert!(screen(&console).contains("Compare  crm_acme → crm_acme@2"), "{}", screen(&console));
    console.press("<enter>").unwrap();
    let name = |console: &ramax::console::Headless| console.state().space().unwrap().space.space_name.clone();
    assert_eq!(name(&console), "crm_acme@2");
    delete(&fixture.store, "crm_acme", DeleteOptions::default(), &mut keep_going).unwrap();
    console.follow();
    console.press("1f").unwrap();
    assert_eq!(notice(&console), "fork differences: its origin, crm_acme, is not in this database");
}

#[test]
fn a_fork_from_elsewhere_is_not_compared_with_another_space_of_that_id() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_other").execute(add_contact("c1")).unwrap();
    let origin = json!({"space": "crm_acme", "space_id": 1, "store": uuid::Uuid::nil(), "sequence": 1});
    let metadata = json!({"app": "crm", "origin": origin}).to_string();
    let metadata = SpaceMetadata::parse(&metadata).unwrap();
    ramax::operations::create_space(&fixture.store, "crm_fork", Some(&metadata)).unwrap();
    let mut console = console(&fixture.store);
    console.press("Gf").unwrap();
    assert!(screen(&console).contains("crm_acme"), "{}", screen(&console));
}

#[test]
fn a_fork_that_would_be_refused_is_not_sent() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let mut console = console(&fixture.store);
    for (keys, reason) in [
        ("F<ctrl-u>0", "crm_acme has no event up to sequence 0"),
        ("F<ctrl-u>2", "crm_acme has no event with sequence 2"),
        ("F<ctrl-u>soon", "a point in time is a sequence such"),
        ("F<ctrl-u>2001-01-01", "crm_acme has no event at or before"),
        ("F<tab>crm_acme", "the space crm_acme already exists; choose"),
        ("F<tab>#1", "must not start with #"),
    ] {
        console.press(keys).unwrap();
        let shown = screen(&console);
        assert!(shown.contains(reason) && shown.contains("it would be refused"), "{reason}: {shown}");
        console.press("<ctrl-s>").unwrap();
        assert_eq!(fixture.store.events().totals().unwrap().spaces, 1);
        console.press("<esc>y").unwrap();
    }
    console.press("n").unwrap();
}

#[test]
fn a_fork_at_a_time_names_the_event_that_it_means() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    for id in ["c1", "c2", "c3"] {
        crm.execute(add_contact(id)).unwrap();
    }
    let second = crm.events(ramax::SpaceSequence(1)).next().unwrap().unwrap();
    assert_eq!(second.space_sequence.0, 2);
    let mut console = console(&fixture.store);
    console.press(&format!("F<ctrl-u>{}", second.timestamp)).unwrap();
    let shown = screen(&console);
    for part in [
        "the space crm_acme@2 is created",
        "the events up to sequence 2 are copied",
        "spaces fork crm_acme --at 2",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    console.press("<ctrl-s>").unwrap();
    let record = find_record(&fixture.store, "crm_acme@2").unwrap_or_else(|_| panic!("{}", screen(&console)));
    assert_eq!(record.head.last_sequence.0, 2);
}

#[test]
fn a_space_is_forked_at_an_opened_event() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    for id in ["c1", "c2", "c3"] {
        crm.execute(add_contact(id)).unwrap();
    }
    let mut console = console(&fixture.store);
    console.press("2Gk<enter>F").unwrap();
    assert!(screen(&console).contains("the space crm_acme@2 is created"), "{}", screen(&console));
}

#[test]
fn a_fork_without_a_known_app_promises_no_projections() {
    let fixture = Fixture::one_file();
    let shop = SpaceMetadata::default().with_app("shop");
    let space = fixture.store.events().create_space("erp", Some(&shop), START).unwrap();
    append(fixture.store.events(), space.space_id, &[event("o1", "order.placed", json!({}))]);
    let mut console = console(&fixture.store);
    console.press("F").unwrap();
    assert!(screen(&console).contains("no projections are built"), "{}", screen(&console));
}

#[test]
fn the_cause_of_a_copied_event_that_was_not_copied_is_marked() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_other").execute(add_contact("x")).unwrap();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let events = [NewEvent { causation_id: Some(EventId(1)), ..event("c1", "contact.waved", json!({})) }];
    let all = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(crm.space_id(), all).unwrap();
    let mut console = console(&fixture.store);
    console.press("1j2GF<ctrl-s>").unwrap();
    console.follow();
    console.press("1G2<enter>G").unwrap();
    assert!(
        screen(&console).contains("event 1  outside of this space, in crm_other"),
        "{}",
        screen(&console)
    );
    // The operations on a fork are named.
    for (width, height) in [(120, 40), (200, 50)] {
        let mut console = Headless::new(fixture.store.clone(), Apps::standard(), width, height);
        console.press("1G").unwrap();
        let shown = screen(&console);
        for hint in ["F fork", "f fork differences"] {
            assert!(shown.contains(hint), "{hint} at {width}: {shown}");
        }
    }
}

#[test]
fn the_command_of_a_form_stays_on_screen_while_its_preview_scrolls() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    for (width, height) in [(80, 18), (80, 24), (100, 16), (120, 40)] {
        let mut console = Headless::new(fixture.store.clone(), Apps::standard(), width, height);
        console.press("F").unwrap();
        assert!(screen(&console).contains("spaces fork crm_acme"), "{width}×{height}: {}", screen(&console));
    }
}

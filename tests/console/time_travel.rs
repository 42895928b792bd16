//! Time travel: the panes show a space as it was.

use ramax::console::Headless;
use ramax::{Command, SpaceSequence};

use crate::support::Fixture;
use crate::{console, notice, screen};

/// Twenty contacts, and then an update of each.
fn contacts() -> (Fixture, Headless) {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    for round in ["add-contact", "update-contact"] {
        for number in 1..=20 {
            let (id, email) = (format!("c{number:02}"), format!("{round}{number}@b.c"));
            let command = Command::new(round).with("contact_id", id).with("name", "Ada");
            crm.execute(command.with("email", email)).unwrap();
        }
    }
    let console = console(&fixture.store);
    (fixture, console)
}

fn press(console: &mut Headless, keys: &str) {
    console.press(keys).unwrap();
}

fn at(console: &Headless) -> Option<u64> {
    console.state().travel.as_ref().map(|travel| travel.at.0)
}

#[test]
fn the_panes_show_the_space_as_of_the_selected_event() {
    let (_fixture, mut console) = contacts();
    press(&mut console, "2Gkkkkt");
    assert_eq!(at(&console), Some(36));
    assert_eq!(console.state().events.window.rows.back().map(|row| row.position.0), Some(36));
    press(&mut console, "{");
    assert_eq!((at(&console), console.state().projections.window.rows.len()), (Some(0), 0));
    press(&mut console, "<right><right><right>");
    let keys: Vec<&str> =
        console.state().projections.window.rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(
        (at(&console), keys),
        (Some(3), vec!["contact:c01", "contact:c02", "contact:c03", "contacts:count"])
    );
    let step = console.state().travel.as_ref().and_then(|travel| travel.step.as_ref());
    assert_eq!(step.map(|step| step.event.space_sequence), Some(SpaceSequence(3)));
    press(&mut console, "<end>");
    assert_eq!(at(&console), Some(40));
}

#[test]
fn escape_returns_to_where_the_journey_began() {
    let (_fixture, mut console) = contacts();
    press(&mut console, "3/c1<enter>jj");
    let before = screen(&console);
    press(&mut console, "t<left><left>2");
    assert_ne!(screen(&console), before);
    press(&mut console, "<esc>");
    assert_eq!((at(&console), screen(&console)), (None, before));
}

#[test]
fn the_past_cannot_be_changed() {
    let (_fixture, mut console) = contacts();
    press(&mut console, "3tn");
    assert!(notice(&console).contains("the past"), "{}", notice(&console));
    press(&mut console, "2f");
    assert!(notice(&console).contains("the past"), "{}", notice(&console));
}

//! The history of a key, and the events at which a condition on it flipped.

use ramax::operations::{DeleteOptions, delete, keep_going};

use crate::support::rename_contact;
use crate::{console, screen};

use super::{changes, flips, go_to, opened, renamed};

#[test]
fn the_history_of_a_key_lists_every_change_in_both_orders() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("3H").unwrap();
    assert_eq!(changes(&console), [4, 2, 1]);
    assert!(screen(&console).contains("name \"Ada\" → \"Ada King\""), "{}", screen(&console));
    console.press("js").unwrap();
    assert_eq!(changes(&console), [1, 2, 4]);
    console.press("<enter>").unwrap();
    assert_eq!(opened(&console), Some(2), "the selected change stays selected");
    console.press("<esc>/king<enter>").unwrap();
    assert_eq!(changes(&console), [4]);
    console.press("/nowhere").unwrap();
    assert_eq!(changes(&console), [0; 0]);
    console.press("<esc>").unwrap();
    assert_eq!(changes(&console), [4], "Esc returns to the filter before");
}

#[test]
fn a_change_follows_to_the_history_of_its_key() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("2kk<enter>").unwrap();
    assert_eq!(opened(&console), Some(2));
    go_to(&mut console, "contact:c1");
    console.press("H").unwrap();
    assert_eq!(changes(&console), [4, 2, 1]);
    console.press("<enter>").unwrap();
    assert_eq!(opened(&console), Some(2), "the event is selected from which it was opened");
}

#[test]
fn a_history_includes_new_changes_and_ends_with_its_space() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("3H").unwrap();
    fixture.crm("crm_acme").execute(rename_contact("c1", "Countess")).unwrap();
    console.follow();
    assert_eq!(changes(&console), [5, 4, 2, 1]);
    delete(&fixture.store, "crm_acme", DeleteOptions::default(), &mut keep_going).unwrap();
    console.follow();
    assert!(console.state().layers.is_empty(), "{}", screen(&console));
}

#[test]
fn a_condition_finds_its_first_match_and_every_later_flip() {
    let fixture = renamed();
    fixture.crm("crm_acme").execute(rename_contact("c1", "Ada")).unwrap();
    let mut console = console(&fixture.store);
    console.press("3HSname=Ada<enter>").unwrap();
    assert_eq!(flips(&console), [(2, true), (4, false), (5, true)]);
    console.press("j<enter>").unwrap();
    assert_eq!(opened(&console), Some(4));
    console.press("<esc>S<ctrl-u>name=Nobody<enter>").unwrap();
    assert!(
        screen(&console).contains("The condition holds after no event of contact:c1"),
        "{}",
        screen(&console)
    );
    console.press("S<ctrl-u>email<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("the field needs = or ~ and a value"), "{shown}");
    console.press("<esc><esc>").unwrap();
    assert_eq!(changes(&console), [5, 4, 2, 1]);
}

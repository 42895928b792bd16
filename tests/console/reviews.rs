//! Differences by field: of a verification, of a release check, and of a rebuild that waits before its switch.

use ramax::audit::Outcome;
use ramax::console::Headless;
use ramax::console::layers::differences::Differences;
use ramax::console::panes::jobs::job::JobStatus;
use ramax::operations::{DeleteOptions, Rebuild, delete, keep_going, rebuild, verify};
use ramax::{Apps, Json, Page, Store};
use serde_json::json;

use crate::support::{Fixture, add_contact, append, event};
use crate::{console, notice, screen, two_tenants};

/// Changes the names of two contacts, and removes a third.
pub fn drift(store: &Store) {
    let space = store.events().find_space("crm_acme").unwrap().unwrap().space;
    let (pstate, id) = (store.pstate(), space.space_id.into());
    for key in ["contact:c1", "contact:c2"] {
        let entry = pstate.get(id, key).unwrap().unwrap();
        let mut value = entry.value.to_value();
        value["name"] = json!("Eve");
        pstate.put(id, key, Json::of(&value), entry.updated_at).unwrap();
    }
    pstate.delete(id, "contact:c3").unwrap();
}

/// Two tenants, the first of which does not match its events.
fn drifted() -> Fixture {
    let fixture = two_tenants();
    drift(&fixture.store);
    fixture
}

fn status(console: &Headless) -> &JobStatus {
    &console.state().jobs.jobs[0].status
}

fn is_right(fixture: &Fixture) -> bool {
    verify(&fixture.crm("crm_acme"), &mut keep_going).unwrap().count() == 0
}

fn shows_differences(console: &Headless) -> bool {
    console.state().layers.top_as::<Differences>().is_some()
}

#[test]
fn a_narrow_screen_names_both_decisions() {
    let fixture = drifted();
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 40, 12);
    console.press("Rv<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("a accept") && shown.contains("x discard"), "{shown}");
}

#[test]
fn a_rebuild_to_be_reviewed_waits_with_its_differences_and_is_accepted() {
    let fixture = drifted();
    let mut console = console(&fixture.store);
    console.press("Rv<enter>").unwrap();
    assert!(matches!(status(&console), JobStatus::Reviewing(_)) && shows_differences(&console));
    let shown = screen(&console);
    for text in
        ["contact:*.name", "contact:*  ", "3 differences in 3 keys", "Accepted, this is what readers see"]
    {
        assert!(shown.contains(text), "{text} is missing in\n{shown}");
    }
    console.press("j").unwrap();
    assert!(screen(&console).contains("\"Eve\" → \"Name of c1\""), "{}", screen(&console));
    assert!(!is_right(&fixture), "readers still see the old projection");
    console.press("a").unwrap();
    assert!(matches!(status(&console), JobStatus::Done(_)) && !shows_differences(&console));
    assert!(notice(&console).contains("accepted 3 differences"), "{}", notice(&console));
    assert!(is_right(&fixture));
}

#[test]
fn a_discarded_rebuild_changes_nothing_and_its_differences_can_be_read_again() {
    let fixture = drifted();
    let mut console = console(&fixture.store);
    console.press("Rv<enter>x").unwrap();
    assert!(notice(&console).contains("discarded 3 differences"), "{}", notice(&console));
    assert!(!is_right(&fixture));
    let written = fixture.store.audit_log().page(None, Page::backward(None, 1)).unwrap();
    assert_eq!((written[0].action.as_str(), written[0].outcome), ("rebuild", Outcome::Found));
    console.press("5!").unwrap();
    assert!(shows_differences(&console));
    console.press("a").unwrap();
    assert!(notice(&console).contains("does not wait"), "{}", notice(&console));
}

#[test]
fn a_rebuild_goes_on_waiting_when_its_differences_are_closed_and_can_be_cancelled() {
    let fixture = drifted();
    let mut console = console(&fixture.store);
    console.press("Rv<enter><enter><esc>").unwrap();
    assert!(shows_differences(&console), "only the examples were closed");
    console.press("<esc>5").unwrap();
    assert!(screen(&console).contains("to be reviewed"), "{}", screen(&console));
    console.press("P").unwrap();
    assert!(notice(&console).contains("waits for a decision"), "{}", notice(&console));
    console.press("!").unwrap();
    assert!(shows_differences(&console));
    console.press("<esc>x").unwrap();
    assert_eq!(status(&console), &JobStatus::Cancelled);
    assert!(!is_right(&fixture));
    assert_eq!(fixture.store.pstate().leftovers(fixture.space("crm_acme").space_id).unwrap(), []);
}

#[test]
fn a_rebuild_without_differences_does_not_wait() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("Rv<enter>").unwrap();
    assert!(matches!(status(&console), JobStatus::Done(_)) && console.state().layers.is_empty());
}

#[test]
fn a_first_build_waits_to_be_accepted_although_nothing_differs() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let mut console = console(&fixture.store);
    console.press("Rv<enter>").unwrap();
    assert!(matches!(status(&console), JobStatus::Reviewing(_)) && shows_differences(&console));
    let shown = screen(&console);
    for text in ["no differences", "contacts_by_domain is built for the first time, with", "accept"] {
        assert!(shown.contains(text), "{text} is missing in\n{shown}");
    }
    assert!(!shown.contains("examples"), "there are none: {shown}");
    console.press("<esc>5!a").unwrap();
    assert!(matches!(status(&console), JobStatus::Done(_)), "{}", screen(&console));
    assert!(notice(&console).contains("no differences"), "{}", notice(&console));
}

#[test]
fn a_review_that_another_process_makes_void_ends_as_soon_as_the_change_is_seen() {
    let fixture = drifted();
    let mut console = console(&fixture.store);
    console.press("Rv<enter>").unwrap();
    fixture.crm("crm_acme").execute(add_contact("late")).unwrap();
    console.follow();
    assert!(matches!(status(&console), JobStatus::Reviewing(_)), "a new event is part of the rebuild");
    rebuild(&fixture.crm("crm_acme"), Rebuild::default(), &mut keep_going).unwrap();
    console.follow();
    let JobStatus::Failed(failure) = status(&console) else { panic!("{}", screen(&console)) };
    assert!(failure.message.contains("overtaken by another rebuild"), "{failure:?}");
    console.press("a").unwrap();
    assert!(notice(&console).contains("does not wait"), "{}", notice(&console));
}

#[test]
fn quitting_during_a_review_says_that_it_waits_for_a_decision() {
    let fixture = drifted();
    let mut console = console(&fixture.store);
    console.press("Rv<enter><esc>q").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("waits for your decision and will be cancelled"), "{shown}");
}

#[test]
fn a_review_does_not_cover_what_is_being_typed() {
    let fixture = drifted();
    let mut console = console(&fixture.store);
    console.press("Rv").unwrap();
    console.press("<enter>").unwrap();
    console.press("<esc>nc9").unwrap();
    assert!(!shows_differences(&console));
}

#[test]
fn a_verification_and_a_release_check_show_their_differences_in_the_same_way() {
    for keys in ["v<enter>5!", "V<enter>5!", ":release-check<enter><enter>5!"] {
        let fixture = drifted();
        let mut console = console(&fixture.store);
        console.press(keys).unwrap();
        assert!(shows_differences(&console), "{keys}: {}", screen(&console));
        let shown = screen(&console);
        assert!(shown.contains("contact:*.name") && !shown.contains("accept"), "{shown}");
    }
}

#[test]
fn a_release_check_covers_the_marked_spaces_or_all_and_says_what_it_found() {
    let fixture = drifted();
    let mut console = console(&fixture.store);
    console.press("V<enter>").unwrap();
    assert!(
        notice(&console).starts_with("release check all spaces: 3 differences (2 spaces"),
        "{}",
        notice(&console)
    );
    console.press("j<space>V<enter>").unwrap();
    let text = "release check crm_widgets: this program derives the same projections";
    assert!(notice(&console).starts_with(text), "{}", notice(&console));
}

#[test]
fn the_advice_of_a_release_check_is_below_the_spaces_that_it_is_about() {
    let fixture = drifted();
    let unknown = [event("c9", "contact.waved", json!({}))];
    append(fixture.store.events(), fixture.space("crm_acme").space_id, &unknown);
    let mut console = console(&fixture.store);
    console.press("V<enter>5i").unwrap();
    let shown = screen(&console);
    let at = |text: &str| shown.find(text).unwrap_or_else(|| panic!("{text}: {shown}"));
    assert!(at("contact.waved") < at("3 differences in 3 keys"), "{shown}");
}

#[test]
fn a_review_names_the_first_event_that_is_skipped() {
    let fixture = drifted();
    let bad = [event("c9", "contact.added", json!({"contact_id": "c9"}))];
    let sequence = append(fixture.store.events(), fixture.space("crm_acme").space_id, &bad)[0].space_sequence;
    let mut console = console(&fixture.store);
    console.press("Rsv<enter>").unwrap();
    let shown = screen(&console).split_whitespace().collect::<Vec<_>>().join(" ");
    for text in
        ["1 bad event is skipped: event", &format!("at sequence {sequence}: "), "missing field `name`"]
    {
        assert!(shown.contains(text), "{text} is missing in\n{shown}");
    }
}

#[test]
fn a_review_of_a_space_that_is_deleted_leaves_the_screen() {
    let fixture = drifted();
    let mut console = console(&fixture.store);
    console.press("Rv<enter>").unwrap();
    assert!(shows_differences(&console));
    delete(&fixture.store, "crm_acme", DeleteOptions::default(), &mut keep_going).unwrap();
    console.follow();
    let shown = screen(&console);
    assert!(!shows_differences(&console) && !shown.contains("\"Eve\""), "{shown}");
}

//! Marks on spaces, and operations on all marked spaces.

use ramax::console::Headless;
use ramax::console::layers::confirm::{Dialog, Question};
use ramax::console::panes::jobs::job::JobStatus;
use ramax::operations::keep_going;
use serde_json::json;

use crate::console;
use crate::support::tenants::caught_up;
use crate::support::{Fixture, START, add_contact, event};
use crate::{notice, screen};

/// Two tenants with a contact each, an empty one, and one of an unknown app.
fn four_spaces() -> Fixture {
    let fixture = Fixture::memory();
    for name in ["crm_acme", "crm_globex"] {
        let crm = fixture.crm(name);
        crm.execute(add_contact("c1")).unwrap();
        caught_up(&crm);
    }
    fixture.crm("crm_new");
    let wiki = fixture.space("wiki_pages").space_id;
    append(&fixture, wiki, "page.created");
    fixture
}

fn append(fixture: &Fixture, space_id: ramax::SpaceId, event_type: &str) {
    let events = [event("c9", event_type, json!({"contact_id": "c9", "name": "No", "email": "one"}))];
    let append = ramax::Append { expected: ramax::Expected::Any, now: START, events: &events };
    fixture.store.events().append(space_id, append).unwrap();
}

fn marked(console: &Headless) -> Vec<String> {
    let spaces = &console.state().spaces;
    spaces.marked.iter().map(|id| spaces.get(*id).unwrap().space.space_name.clone()).collect()
}

/// The jobs with their outcomes, in the order in which they ran.
fn outcomes(console: &Headless) -> Vec<(&str, String)> {
    let told = |status: &JobStatus| match status {
        JobStatus::Done(report) => report.summary.clone(),
        JobStatus::Failed(failure) => format!("failed: {}", failure.message),
        other => panic!("not ended: {other:?}"),
    };
    let jobs = console.state().jobs.jobs.iter().rev();
    jobs.map(|job| (job.about.as_str(), told(&job.status))).collect()
}

#[test]
fn the_space_bar_marks_a_space_and_moves_to_the_next() {
    let fixture = four_spaces();
    let mut console = console(&fixture.store);
    console.press("<space><space>").unwrap();
    assert_eq!(marked(&console), ["crm_acme", "crm_globex"]);
    let shown = screen(&console);
    for said in ["◆ crm_acme", "◆ crm_globex", "  crm_new", "◆ 2 marked"] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    console.press("k<space>").unwrap();
    assert_eq!(marked(&console), ["crm_acme"]);
}

#[test]
fn all_shown_spaces_are_marked_and_unmarked_at_once() {
    let fixture = four_spaces();
    let mut console = console(&fixture.store);
    console.press("/crm<enter>M").unwrap();
    assert_eq!(marked(&console), ["crm_acme", "crm_globex", "crm_new"]);
    console.press("M").unwrap();
    assert!(marked(&console).is_empty());
}

#[test]
fn one_dialog_covers_all_marked_spaces_and_names_the_skipped_ones() {
    let fixture = four_spaces();
    let mut console = console(&fixture.store);
    console.press("MR").unwrap();
    let Some(dialog) = console.state().layers.top_as::<Dialog>() else { panic!("no question") };
    let Question::Operation { spaces, skipped, .. } = &dialog.question else { panic!("no operation") };
    assert_eq!((spaces.len(), skipped.len()), (3, 1));
    let shown = screen(&console);
    for said in [
        "3 spaces, one after the other: crm_acme, crm_globex, crm_new",
        "2 events are replayed into new projections; the old ones hold",
        "wiki_pages is skipped: the app of wiki_pages is unknown",
    ] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    console.press("<enter>").unwrap();
    let done = ["1 event into 5 keys", "1 event into 5 keys", "0 events into 0 keys"].map(String::from);
    let names = ["crm_acme", "crm_globex", "crm_new"];
    assert_eq!(outcomes(&console), names.into_iter().zip(done).collect::<Vec<_>>());
    assert_eq!(marked(&console), ["wiki_pages"], "a mark is cleared by its operation");
}

#[test]
fn a_space_with_a_poison_event_does_not_stop_the_others() {
    let fixture = four_spaces();
    append(&fixture, fixture.space("crm_acme").space_id, "contact.updated");
    let mut console = console(&fixture.store);
    console.press("<space><space><space>R<enter>").unwrap();
    let outcomes = outcomes(&console);
    assert!(outcomes[0].1.starts_with("failed: event 4 (contact.updated, sequence 2)"), "{outcomes:?}");
    assert_eq!(outcomes[1], ("crm_globex", "1 event into 5 keys".to_owned()));
    assert_eq!(outcomes[2], ("crm_new", "0 events into 0 keys".to_owned()), "an empty space is not an error");
    assert!(notice(&console).starts_with("rebuild crm_acme: event 4"), "{}", notice(&console));
}

#[test]
fn a_catch_up_of_marked_spaces_skips_those_without_lag() {
    let fixture = four_spaces();
    append(&fixture, fixture.space("crm_globex").space_id, "contact.added");
    let mut console = console(&fixture.store);
    console.press("/crm<enter>MC").unwrap();
    let shown = screen(&console);
    assert!(
        shown.contains("2 events are applied to its projections") && shown.contains("crm_acme is skipped"),
        "{shown}"
    );
    console.press("<enter>").unwrap();
    assert_eq!(outcomes(&console), [("crm_globex", "2 events applied".to_owned())]);
}

#[test]
fn outside_the_lists_of_spaces_an_operation_applies_to_the_selected_one() {
    let fixture = four_spaces();
    let mut console = console(&fixture.store);
    console.press("M2v<enter>").unwrap();
    assert_eq!(outcomes(&console).len(), 1);
    console.press("4v<enter>").unwrap();
    assert_eq!(outcomes(&console).len(), 4);
}

#[test]
fn a_deleted_space_loses_its_mark() {
    let fixture = four_spaces();
    let mut console = console(&fixture.store);
    console.press("<space>").unwrap();
    ramax::operations::delete(&fixture.store, "crm_acme", Default::default(), &mut keep_going).unwrap();
    console.follow();
    assert!(marked(&console).is_empty());
}

#[test]
fn with_a_guide_the_space_bar_still_marks() {
    let fixture = four_spaces();
    let mut console = console(&fixture.store).guided(ramax::cli::walkthrough());
    console.press("<space>").unwrap();
    assert_eq!(marked(&console).len(), 1);
    assert!(console.state().walk.as_ref().unwrap().outcome().is_none());
}

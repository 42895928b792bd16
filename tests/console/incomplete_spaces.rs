//! Incomplete spaces: an interrupted delete, a killed import.

use std::ops::ControlFlow;

use ramax::console::Headless;
use ramax::console::panes::Pane;
use ramax::console::panes::jobs::job::JobStatus;
use ramax::operations::{self, DeleteOptions, keep_going};
use ramax::{Append, Expected, Json};
use serde_json::json;

use crate::support::{Fixture, START, add_contact, event};
use crate::{notice, screen};

const EVENTS: usize = 2500;

/// A tenant whose delete was stopped after its first transaction, and an intact one.
fn half_deleted() -> Fixture {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_half_of_it");
    let note = |n: usize| event("c1", "note.added", json!({"n": n}));
    let events: Vec<_> = (0..EVENTS).map(note).collect();
    let append = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(crm.space_id(), append).unwrap();
    fixture
        .store
        .pstate()
        .put(crm.space_id().into(), "contact:c1", Json::of(&json!({"name": "Ada"})), START)
        .unwrap();
    fixture.crm("crm_whole").execute(add_contact("c1")).unwrap();
    let stop = &mut |_| ControlFlow::Break(());
    let error =
        operations::delete(&fixture.store, "crm_half_of_it", DeleteOptions::default(), stop).unwrap_err();
    assert_eq!(error.kind(), "delete_interrupted");
    fixture
}

fn console(fixture: &Fixture) -> Headless {
    crate::console(&fixture.store)
}

#[test]
fn a_resumed_delete_counts_the_remaining_rows() {
    let fixture = half_deleted();
    let left = operations::inventory(&fixture.store, "crm_half_of_it").unwrap();
    assert_eq!((left.events, left.payload_bytes, left.partly_removed), (500, None, true));
    let mut console = console(&fixture);
    console.press("D").unwrap();
    let shown = screen(&console);
    for said in ["Partly deleted already; the rest will be deleted:", "events left", "500"] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    assert!(!shown.contains("events              ") && !shown.contains("bytes of payload"), "{shown}");
    console.press("crm_half_of_it<enter>").unwrap();
    let JobStatus::Done(report) = &console.state().jobs.jobs[0].status else { panic!("not done") };
    assert_eq!(report.summary, "the rest (500 events) removed; no row is left");
}

#[test]
fn a_partly_deleted_space_cannot_be_archived() {
    let fixture = half_deleted();
    let mut console = console(&fixture);
    console.press("D<ctrl-o>").unwrap();
    assert!(notice(&console).contains("no archive: an interrupted delete has removed part of it"));
    assert!(screen(&console).contains("no archive: an interrupted delete"), "{}", screen(&console));
    console.press("crm_half_of_it<enter>").unwrap();
    assert_eq!(console.state().spaces.all.len(), 1, "only the name is needed");
}

#[test]
fn the_list_shows_a_running_delete_instead_of_counters_at_every_size() {
    let fixture = half_deleted();
    for (width, height) in [(160, 50), (120, 36), (80, 24), (40, 12)] {
        let mut console = console(&fixture);
        console.resize(width, height);
        let shown = screen(&console);
        let row = shown.lines().find(|line| line.contains("_of_it") && line.contains("deleting"));
        assert!(row.is_some(), "{width}x{height}: {shown}");
        assert!(!row.unwrap().contains("2,5"), "{shown}");
    }
}

#[test]
fn the_details_and_the_events_pane_offer_nothing_that_is_refused() {
    let fixture = half_deleted();
    let mut console = console(&fixture);
    console.press("i").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("being deleted: started but not finished"), "{shown}");
    assert!(shown.contains("before the deletion") && !shown.contains("✓ none"), "{shown}");
    // Run the delete again, so that no event is left.
    console.stops_jobs = true;
    console.press("<esc>Dcrm_half_of_it<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("crm_half_of_it is being deleted; D resumes it"), "{shown}");
    assert!(!shown.contains("runs a command"), "{shown}");
}

#[test]
fn a_delete_with_marks_is_refused() {
    let fixture = half_deleted();
    let mut console = console(&fixture);
    console.press("MD").unwrap();
    assert!(notice(&console).contains("only one space can be deleted at a time"), "{}", notice(&console));
    assert!(console.state().layers.is_empty());
}

#[test]
fn the_advice_of_the_jobs_pane_works_there() {
    let fixture = half_deleted();
    let mut console = console(&fixture);
    console.press("5R").unwrap();
    assert!(notice(&console).contains("`D` deletes what remains"), "{}", notice(&console));
    console.press("D").unwrap();
    assert_eq!(console.state().focus, Pane::Jobs);
    assert!(screen(&console).contains("Delete  crm_half_of_it"), "{}", screen(&console));
}

#[test]
fn a_skipped_space_is_named_once() {
    let fixture = half_deleted();
    let mut console = console(&fixture);
    console.press("MR").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("crm_half_of_it is skipped: it is being deleted"), "{shown}");
}

#[test]
fn a_job_on_a_vanished_space_names_it() {
    for (asks, does) in [("GR", "<enter>"), ("Ge", "<ctrl-s>")] {
        let fixture = half_deleted();
        let mut console = console(&fixture);
        console.press(asks).unwrap();
        operations::delete(&fixture.other_process(), "crm_whole", DeleteOptions::default(), &mut keep_going)
            .unwrap();
        console.press(does).unwrap();
        let JobStatus::Failed(failure) = &console.state().jobs.jobs[0].status else { panic!("not failed") };
        assert_eq!(failure.message, "there is no space crm_whole");
        assert!(failure.hint.as_ref().unwrap().contains("deleted meanwhile"), "{failure:?}");
    }
}

#[test]
fn a_form_names_the_effect_of_its_key() {
    let fixture = half_deleted();
    for (keys, said) in [("Ge", "ctrl-s export"), ("I", "ctrl-s import"), ("c", "ctrl-s create")] {
        let mut console = console(&fixture);
        console.press(keys).unwrap();
        let shown = screen(&console);
        assert!(shown.contains(said) && !shown.contains("execute"), "{said} in {shown}");
    }
}

#[test]
fn an_archive_without_a_name_asks_for_one() {
    let fixture = half_deleted();
    let mut console = console(&fixture);
    console.press("GD<ctrl-o><ctrl-u>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("enter a file name") && !shown.contains("archived to"), "{shown}");
}

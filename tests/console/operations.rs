//! Rebuild, catch-up, verify and delete from the console.

use crate::support::{Fixture, START, advance, event};
use crate::{console, notice, screen, two_tenants};
use ramax::console::Headless;
use ramax::console::app::state::Loadable;
use ramax::console::layers::confirm::{Dialog, Question};
use ramax::console::layers::delete::Delete;
use ramax::console::panes::Pane;
use ramax::console::panes::detail::Detail;
use ramax::console::panes::jobs::job::JobStatus;
use ramax::{Apps, Changes, Checkpoint, Json, Page, SpaceSequence, Store};

fn outcome(console: &Headless) -> (&JobStatus, &str) {
    let job = &console.state().jobs.jobs[0];
    (&job.status, job.about.as_str())
}

fn summary(console: &Headless) -> &str {
    match outcome(console).0 {
        JobStatus::Done(report) => &report.summary,
        other => panic!("not done: {other:?}"),
    }
}

fn delete_dialog(console: &Headless) -> &Delete {
    console.state().layers.top_as().expect("no delete dialog")
}

fn dialog(console: &Headless) -> &Dialog {
    console.state().layers.top_as().expect("no dialog")
}

#[test]
fn a_rebuild_shows_its_plan_and_leaves_other_spaces_unchanged() {
    let fixture = two_tenants();
    let widgets = fixture.space("crm_widgets").space_id;
    let acme = fixture.space("crm_acme").space_id;
    let pstate = fixture.store.pstate();
    // A value without events shows whether a projection was rebuilt.
    for space_id in [acme, widgets] {
        pstate.put(space_id.into(), "contact:ghost", Json::of(&"boo".into()), START).unwrap();
    }
    let mut console = console(&fixture.store);
    console.press("R").unwrap();
    assert!(matches!(dialog(&console).question, Question::Operation { .. }));
    assert!(screen(&console).contains("3 events are replayed into 2 new projections"));
    assert!(
        pstate.get(acme.into(), "contact:ghost").unwrap().is_some(),
        "nothing happens before it is confirmed"
    );
    console.press("<enter>").unwrap();
    assert_eq!(summary(&console), "3 events into 11 keys");
    assert!(pstate.get(acme.into(), "contact:ghost").unwrap().is_none());
    assert!(pstate.get(widgets.into(), "contact:ghost").unwrap().is_some(), "the neighbour does not change");
}

#[test]
fn verify_finds_a_difference_and_its_details_stay_until_dismissed() {
    let fixture = two_tenants();
    let acme = fixture.space("crm_acme").space_id;
    fixture.store.pstate().put(acme.into(), "contact:ghost", Json::of(&"boo".into()), START).unwrap();
    let mut console = console(&fixture.store);
    console.press("v<enter>5<enter>").unwrap();
    let JobStatus::Done(report) = outcome(&console).0 else { panic!("not done") };
    assert!(report.problem);
    assert_eq!(report.findings[0].subject, "contact:ghost");
    assert!(console.state().layers.top_as::<Detail>().is_some());
    console.press("<esc>x").unwrap();
    assert!(console.state().jobs.jobs.is_empty());
}

#[test]
fn a_space_is_deleted_only_after_its_name_is_typed() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("D").unwrap();
    let delete = delete_dialog(&console);
    let Loadable::Ready(inventory) = &delete.inventory else { panic!("no inventory") };
    assert_eq!(inventory.events, 3);
    console.press("crm_acm<enter>").unwrap();
    let delete = delete_dialog(&console);
    assert_eq!(delete.error.as_deref(), Some("type crm_acme to delete it"));
    assert_eq!(fixture.store.events().totals().unwrap().spaces, 2);
    console.press("e<enter>").unwrap();
    assert_eq!(summary(&console), "3 events and 11 keys removed; no row is left");
    let left: Vec<&str> =
        console.state().spaces.all.values().map(|space| space.space.space_name.as_str()).collect();
    assert_eq!(left, ["crm_widgets"]);
    assert_eq!(console.state().events.window.rows.len(), 3, "the neighbour's events are shown");
}

#[test]
fn a_catch_up_is_offered_only_with_lag() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("C").unwrap();
    let text = &console.state().notice.as_ref().unwrap().text;
    assert_eq!(text, "catch-up: crm_acme is up to date: its lag is 0");
    let acme = fixture.space("crm_acme").space_id;
    let event = event(
        "c9",
        "contact.added",
        serde_json::json!({"contact_id": "c9", "name": "Late", "email": "l@b.c"}),
    );
    let append = ramax::Append { expected: ramax::Expected::Any, now: START, events: &[event] };
    fixture.store.events().append(acme, append).unwrap();
    console.follow();
    assert_eq!(console.state().space().unwrap().lag(), 1);
    console.press("C<enter>").unwrap();
    assert_eq!(summary(&console), "2 events applied");
    assert_eq!(console.state().space().unwrap().lag(), 0);
}

#[test]
fn a_bad_event_stops_a_rebuild_with_a_hint_and_can_be_skipped() {
    let fixture = two_tenants();
    let acme = fixture.space("crm_acme").space_id;
    let event =
        event("c9", "contact.updated", serde_json::json!({"contact_id": "c9", "name": "No", "email": "one"}));
    let append = ramax::Append { expected: ramax::Expected::Any, now: START, events: &[event] };
    fixture.store.events().append(acme, append).unwrap();
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 120, 50);
    console.press("R<enter>").unwrap();
    let JobStatus::Failed(failure) = outcome(&console).0 else { panic!("it should fail") };
    assert!(failure.message.contains("never added"), "{failure:?}");
    assert_eq!(
        failure.hint.as_deref(),
        Some("press `S` to go to the space and `2` `J` 4 to view the event there; `R` `s` `⏎` skips it")
    );
    console.press("5").unwrap();
    let shown = screen(&console);
    for said in [
        "✗ event 7 (contact.updated, sequence 4) cannot be applied",
        "→ press S to go to the space and 2 J 4",
    ] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    console.press("Rs<enter>").unwrap();
    let JobStatus::Done(report) = outcome(&console).0 else { panic!("it should be done") };
    assert_eq!((report.problem, report.findings.len()), (true, 1));
    let shown = screen(&console);
    for said in ["▲ 1 event skipped so far", "event 7 (sequence 4)"] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
}

#[test]
fn every_write_is_refused_in_read_only_mode_with_the_reason() {
    let fixture = two_tenants();
    let options = ramax::OpenOptions { read_only: true, ..ramax::OpenOptions::default() };
    let store = Store::open(fixture.store.location().unwrap(), options).unwrap();
    let mut console = console(&store);
    for key in ["n", "c", "R", "C", "D"] {
        console.press(key).unwrap();
        let notice = console.state().notice.as_ref().unwrap();
        assert!(notice.text.ends_with("the database is open read-only"), "{key}: {}", notice.text);
        assert!(console.state().layers.is_empty() && console.state().jobs.jobs.is_empty());
    }
    console.press("v<enter>").unwrap();
    assert_eq!(
        summary(&console),
        "projections match their events (3 events, 11 keys)",
        "verify writes nothing"
    );
}

#[test]
fn operations_in_the_checkpoints_pane_apply_to_the_space_selected_there() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("4jjv<enter>").unwrap();
    assert_eq!(console.state().focus, Pane::Checkpoints);
    assert_eq!(outcome(&console).1, "crm_widgets");
    assert_eq!(fixture.store.events().read_all(Page::forward(None, 10)).unwrap().len(), 6);
}

#[test]
fn a_projection_ahead_of_the_event_log_is_shown_refused_and_rebuilt() {
    let fixture = two_tenants();
    let acme = fixture.space("crm_acme").space_id;
    let pstate = fixture.store.pstate();
    let at = pstate.checkpoint(acme.into()).unwrap();
    let ahead = Checkpoint { sequence: SpaceSequence(9), ..at };
    advance(&fixture.store, acme, at.sequence, &Changes::default(), ahead).unwrap();
    let mut console = console(&fixture.store);
    assert!(screen(&console).contains("▲ ahead"), "{}", screen(&console));
    console.press("4").unwrap();
    assert!(screen(&console).contains("1 ahead"), "{}", screen(&console));
    console.press("<esc>").unwrap();
    let failure = console.state().projections.failure.as_ref().map_or("", |failure| &failure.message);
    assert!(
        failure.starts_with("the projection is at sequence 9, but the log has other events"),
        "{failure}"
    );
    assert_eq!(
        console.state().projections.window.rows.len(),
        0,
        "its entries may be those of another tenant"
    );
    console.press("C").unwrap();
    assert!(notice(&console).contains("ahead of the event log"), "{}", notice(&console));
    console.press("R<enter>").unwrap();
    assert_eq!(summary(&console), "3 events into 11 keys");
    console.press("4").unwrap();
    assert!(screen(&console).contains("all current"), "{}", screen(&console));
}

/// A console of this size, after some keys.
fn small(fixture: &Fixture, (width, height): (u16, u16), keys: &str) -> Headless {
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), width, height);
    console.press(keys).unwrap();
    console
}

#[test]
fn the_input_and_the_error_of_a_question_are_visible_at_every_size() {
    let fixture = two_tenants();
    for width in [40, 57, 80, 120] {
        for height in 10..=24 {
            let size = (width, height);
            let shown = screen(&small(&fixture, size, "Dcrm_x<enter>"));
            assert!(
                shown.contains("crm_x ") && shown.contains("✗ type crm_acme to delete it"),
                "{size:?}\n{shown}"
            );
            let shown = screen(&small(&fixture, size, "D<ctrl-o><ctrl-u>abc"));
            assert!(shown.contains("abc "), "{size:?}\n{shown}");
            let shown = screen(&small(&fixture, size, "D<ctrl-o><ctrl-u><tab>crm_acme<enter>"));
            assert!(shown.contains("✗ enter a file name"), "{size:?}\n{shown}");
        }
    }
}

#[test]
fn a_question_that_does_not_fit_scrolls_to_its_command() {
    let fixture = two_tenants();
    for (keys, command) in [("R", "rebuild crm_acme"), ("K", "ramax check"), ("D", "--confirm crm_acme")] {
        let mut console = small(&fixture, (40, 12), keys);
        let pages = (0..30).find(|_| {
            let is_shown = screen(&console).contains(command);
            console.press("<pgdn>").unwrap();
            is_shown
        });
        assert!(pages.is_some(), "{command}\n{}", screen(&console));
        assert_eq!(console.state().layers.len(), 1, "it still asks");
    }
}

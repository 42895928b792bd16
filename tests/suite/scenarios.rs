//! Scenarios of the test kit, and their failures.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use ramax::apps::Crm;
use ramax::content_store::{Applied, CommandSpec, ProjectionMode, ProjectionSpec, StateError};
use ramax::testing::{Scenario, event};
use ramax::{App, Command, Event, Expected, NewEvent, Request, Schema, State};
use serde_json::json;

use crate::support::{add_contact, rename_contact};

/// Returns the message with which a scenario fails.
fn failure(scenario: impl FnOnce() -> Scenario) -> String {
    let panic = catch_unwind(AssertUnwindSafe(scenario)).map(drop).unwrap_err();
    *panic.downcast::<String>().unwrap()
}

fn added(id: &str) -> NewEvent {
    event(id, "contact.added", json!({"contact_id": id, "name": "Ada", "email": "a@b.c"}))
}

fn renamed(name: &str) -> NewEvent {
    event("c1", "contact.updated", json!({"contact_id": "c1", "name": name, "email": "a@b.c"}))
}

#[test]
fn a_scenario_passes_if_events_rejections_and_state_are_as_expected() {
    let contact = |name: &str, updated: Option<i64>| json!({"id": "c1", "name": name, "email": "a@b.c", "created_at": 1_767_225_600, "updated_at": updated});
    Scenario::of(Crm)
        .given([added("c1")])
        .then_state("contact:c1", contact("Ada", None))
        .after(Duration::from_secs(7))
        .when(rename_contact("c1", "Bob"))
        .then_events([renamed("Bob")])
        .then_state("contact:c1", contact("Bob", Some(1_767_225_607)))
        .then_no_state("contact:c2")
        .when(add_contact("c1"))
        .then_rejected("contact_already_exists")
        .when(Request {
            conditions: ramax::Conditions { expected: Expected::Empty, ..ramax::Conditions::default() },
            ..add_contact("c2").into()
        })
        .then_rejected("conflict")
        .when(Command::new("add-contact"))
        .then_rejected("missing_field")
        .then_replayable();
}

#[test]
fn a_failure_shows_both_sides_and_marks_the_first_difference() {
    let wrong = || {
        Scenario::of(Crm).given([added("c1")]).when(rename_contact("c1", "Bob")).then_events([renamed("Eve")])
    };
    let shown = r#"the command appended other events (- expected, + actual)

- {"entity_id":"c1","event_type":"contact.updated","payload":{"contact_id":"c1","name":"Eve","email":"a@b.c"}}
+ {"entity_id":"c1","event_type":"contact.updated","payload":{"contact_id":"c1","name":"Bob","email":"a@b.c"}}
                                                                                        ^ payload.name
"#;
    assert!(shown.ends_with("^ payload.name\n"));
    assert_eq!(failure(wrong), shown);
    let missing =
        failure(|| Scenario::of(Crm).given([added("c1")]).then_state("contact:c9", json!({"id": "c9"})));
    assert_eq!(
        missing,
        "the projection state has another value at contact:c9 (- expected, + actual)\n\n- {\"id\":\"c9\"}\n"
    );
}

#[test]
fn a_failure_names_what_happened_instead() {
    let unexpected =
        failure(|| Scenario::of(Crm).when(add_contact("c1")).then_rejected("contact_already_exists"));
    assert!(
        unexpected.starts_with("expected contact_already_exists, but the command succeeded"),
        "{unexpected}"
    );
    assert!(unexpected.contains(r#"+ {"entity_id":"c1","event_type":"contact.added","#), "{unexpected}");
    let rejected =
        failure(|| Scenario::of(Crm).when(rename_contact("c1", "Bob")).then_events([renamed("Bob")]));
    assert!(
        rejected.starts_with("expected events, but the command failed with contact_not_found"),
        "{rejected}"
    );
    let other = failure(|| Scenario::of(Crm).when(rename_contact("c1", "Bob")).then_rejected("no_changes"));
    assert!(other.contains("expected no_changes, but the command failed with contact_not_found"), "{other}");
    let there = failure(|| Scenario::of(Crm).given([added("c1")]).then_no_state("contacts:count"));
    assert_eq!(there, "expected no value at contacts:count, but the state has one:\n\n+ 1\n");
    let bad = failure(|| Scenario::of(Crm).given([renamed("Bob")]));
    assert!(bad.starts_with("the given events cannot be applied: "), "{bad}");
}

/// An app whose event handler counts its calls, which no handler may.
#[derive(Default)]
struct Forgetful(std::sync::atomic::AtomicU64);

impl App for Forgetful {
    fn name(&self) -> &'static str {
        "forgetful"
    }

    fn summary(&self) -> &'static str {
        "an app whose state depends on more than its events"
    }

    fn space_prefix(&self) -> &'static str {
        "forgetful_"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["note.taken"]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        &[]
    }

    fn projections(&self) -> &'static [ProjectionSpec] {
        const {
            &[ProjectionSpec {
                name: "notes",
                summary: "the notes by id",
                version: 1,
                mode: ProjectionMode::Async,
                schema: Schema::EMPTY,
                apply: |state, event| {
                    state.put(&event.entity_id, &event.payload)?;
                    Ok(Applied::Yes)
                },
            }]
        }
    }

    fn apply(&self, state: &mut State<'_>, _event: &Event) -> Result<Applied, StateError> {
        state.put("calls", &self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed))?;
        Ok(Applied::Yes)
    }
}

#[test]
fn a_handler_that_depends_on_more_than_its_events_is_found() {
    let wrong =
        failure(|| Scenario::of(Forgetful::default()).given([event("n", "note.taken", 1)]).then_replayable());
    assert!(wrong.starts_with("a replay of the events yields another state:\n\n{"), "{wrong}");
    assert!(wrong.contains("calls"), "{wrong}");
}

#[test]
fn every_projection_of_an_app_can_be_expected() {
    let given = || Scenario::of(Forgetful::default()).given([event("n1", "note.taken", "hi")]);
    given().then_projection("notes", "n1", "hi").then_state("calls", 0);
    let other = failure(|| given().then_projection("notes", "n1", "ho"));
    assert!(other.starts_with("the projection notes has another value at n1"), "{other}");
    let unknown = failure(|| given().then_projection("nodes", "n1", "hi"));
    assert!(unknown.contains("forgetful has no projection nodes"), "{unknown}");
}

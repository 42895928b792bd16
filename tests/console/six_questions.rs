//! Six questions about the past, answered from a fresh start in few keys, each of which the screen names.

use ramax::console::Headless;
use ramax::{Append, Apps, EventId, Expected, Json, NewEvent};
use serde_json::json;

use crate::minute::Step::{self, Keys};
use crate::minute::{SIZES, Task};
use crate::screen;
use crate::support::{Fixture, START, add_contact, rename_contact};

/// The keys that show the space as of sequence 20.
const AT_20: &[Step] =
    &[Keys("t", "t time travel"), Keys("J", "J jump"), Keys("20", "sequence"), Keys("<enter>", "\u{23ce}")];

const QUESTIONS: &[Task] = &[
    Task {
        name: "what did event 42 change",
        most: 4,
        steps: &[Keys(":", ": palette"), Keys("42", "event number"), Keys("<enter>", "event 42")],
        is_done: |console| {
            let shown = screen(console);
            let says_more = shown.contains("changed, further down");
            shown.contains("Event 42") && (shown.contains("contact:c2") || says_more)
        },
    },
    Task {
        name: "who set the email of c30",
        most: 6,
        steps: &[
            Keys(":", ": palette"),
            Keys("c30", "a name"),
            Keys("<enter>", "contact:c30"),
            Keys("b", "b blame"),
        ],
        is_done: |console| {
            let shown = screen(console);
            shown.lines().any(|line| {
                line.contains("\"email\": ") && line.contains("30  ") || line.contains("30 │     \"email\"")
            })
        },
    },
    Task {
        name: "what was the projection at sequence 20",
        most: 5,
        steps: AT_20,
        is_done: |console| {
            let shown = screen(console);
            shown.contains("20 of 100") && shown.contains("21 keys") && shown.contains("3 Projections")
        },
    },
    Task {
        name: "what caused event 92, and what did it cause",
        most: 5,
        steps: &[Keys(":", ": palette"), Keys("92", "event number"), Keys("<down><enter>", "trace 92")],
        is_done: |console| {
            let shown = screen(console);
            ["42", "92", "95"].iter().all(|event| shown.contains(event)) && shown.contains("Trace")
        },
    },
    Task {
        name: "what differs between 20 and 40",
        most: 10,
        steps: &[
            Keys("t", "t time travel"),
            Keys("J", "J jump"),
            Keys("20..40", "20..40"),
            Keys("<enter>", "\u{23ce}"),
        ],
        is_done: |console| screen(console).contains("21 keys differ"),
    },
];

/// A tenant with forty contacts, each of which gets a name, and events of which one has a cause and an effect.
fn tenant_in(fixture: Fixture) -> Fixture {
    let crm = fixture.crm("crm_acme");
    for at in 1..=40 {
        crm.execute(add_contact(&format!("c{at}"))).unwrap();
    }
    for at in 1..=40 {
        crm.execute(rename_contact(&format!("c{at}"), &format!("N{at}"))).unwrap();
    }
    let event = |at: u64| NewEvent {
        causation_id: [(92, 42), (95, 92)].into_iter().find(|(of, _)| *of == at).map(|(_, id)| EventId(id)),
        ..NewEvent::new(
            format!("c{}", at - 80),
            "contact.updated",
            Json::of(&json!({"contact_id": format!("c{}", at - 80), "name": "Again", "email": "a@b.c"})),
        )
    };
    let events: Vec<NewEvent> = (81..=100).map(event).collect();
    let append = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(crm.space_id(), append).unwrap();
    ramax::operations::catch_up(&crm, &mut ramax::operations::keep_going).unwrap();
    fixture
}

fn sized(fixture: &Fixture, (width, height): (u16, u16)) -> Headless {
    Headless::new(fixture.store.clone(), Apps::standard(), width, height)
}

fn tenant() -> Fixture {
    tenant_in(Fixture::one_file())
}

fn ask(fixture: &Fixture) {
    for size in SIZES {
        for question in QUESTIONS {
            question.perform(&mut sized(fixture, size));
        }
    }
}

#[test]
fn every_question_takes_few_keys_and_the_screen_names_each() {
    ask(&tenant());
}

#[cfg(feature = "postgres")]
#[test]
fn every_question_takes_few_keys_on_a_server() {
    ask(&tenant_in(Fixture::server()));
}

#[test]
fn one_key_goes_back_to_where_one_was() {
    let fixture = tenant();
    for size in SIZES {
        for (away, back, named) in [
            ("tJ20<enter>", "<esc>", "Esc now"),
            ("tJ20..40<enter>", "<esc>", "Esc back"),
            ("tJ20..40<enter>", "<esc>", ""),
            ("tJ20..40<enter>", "<backspace>", ""),
            (":compare 20 40<enter>", "<esc>", ""),
            (":92<enter>", "<backspace>", ""),
            (":trace 92<enter>", "<backspace>", ""),
            (":c30<enter>", "<backspace>", ""),
        ] {
            let mut console = sized(&fixture, size);
            console.press("3jjj").unwrap();
            if back == "<esc>" && named == "Esc back" {
                console.press("tJ40<enter>").unwrap();
            }
            let before = screen(&console);
            console.press(if named == "Esc back" { "J20..40<enter>" } else { away }).unwrap();
            let shown = screen(&console);
            assert!(shown != before && shown.contains(named), "{away} at {size:?}: {shown}");
            console.press(back).unwrap();
            // The hints name the way forward again, or to the place that was left.
            let without_hints = |shown: &str| {
                let rows = shown.lines().count();
                shown.lines().take(rows - 2).map(str::to_owned).collect::<Vec<_>>()
            };
            assert_eq!(without_hints(&screen(&console)), without_hints(&before), "{away} at {size:?}");
        }
    }
}

//! Threads that share a store.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;

use crate::content_store::StateError;
use crate::event_store::{Access, WriteSet};
use crate::operations::{keep_going, verify};
use crate::{Conditions, ContentStore, Error, Expected, Page, Rejection, Request, State, StoreError};
use serde_json::{Value, json};

use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{add_contact, event, remembered, rename_contact};

const THREADS: usize = 16;
const COMMANDS: usize = 20;

/// Runs `work` on several threads at once, with the number of each.
fn on_threads(work: impl Fn(usize) + Sync) {
    let together = Barrier::new(THREADS);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (work, together) = (&work, &together);
            scope.spawn(move || {
                together.wait();
                work(number);
            });
        }
    });
}

fn assert_sound(content: &ContentStore, events: usize) {
    let log = content.store().events().read_space(content.space_id(), Page::forward(None, 10_000)).unwrap();
    let sequences = log.iter().map(|event| event.space_sequence.0);
    assert!(sequences.eq(1..=events as u64), "{} events", log.len());
    assert!(log.is_sorted_by_key(|event| event.event_id));
    let verified = verify(content, &mut keep_going).unwrap();
    assert_eq!(verified.differences, []);
}

pub fn every_thread_gets_an_answer_of_its_own_and_sequences_have_no_gaps(fixture: &Fixture) {
    let spaces = [fixture.crm("crm_a"), fixture.crm("crm_b")];
    on_threads(|number| {
        for n in 0..COMMANDS {
            let id = format!("c{number}_{n}");
            let done = spaces[n % 2].execute(add_contact(&id)).unwrap();
            let event = fixture.store.events().event(done.event_ids[0]).unwrap().unwrap();
            assert_eq!((event.entity_id, event.space_sequence), (id, done.space_sequence));
        }
    });
    for space in &spaces {
        assert_sound(space, THREADS * COMMANDS / 2);
    }
}

pub fn a_rejected_command_does_not_affect_those_committed_with_it(fixture: &Fixture) {
    let crm = fixture.crm("crm_a");
    on_threads(|number| {
        for n in 0..COMMANDS {
            let id = format!("c{number}_{n}");
            crm.execute(add_contact(&id)).unwrap();
            assert_eq!(crm.execute(add_contact(&id)).unwrap_err().kind(), "contact_already_exists");
            let late = Request {
                conditions: Conditions { expected: Expected::Empty, ..Conditions::default() },
                ..rename_contact(&id, "x").into()
            };
            assert_eq!(crm.execute(late).unwrap_err().kind(), "conflict");
        }
    });
    assert_sound(&crm, THREADS * COMMANDS);
}

pub fn a_failing_unit_of_work_does_not_affect_those_committed_with_it(fixture: &Fixture) {
    let crm = fixture.crm("crm_a");
    crm.execute(add_contact("first")).unwrap();
    let first = fixture.store.events().read_space(crm.space_id(), Page::forward(None, 1)).unwrap();
    on_threads(|number| {
        for n in 0..COMMANDS {
            if number % 4 == 0 {
                let keys = [(format!("k{number}_{n}"), remembered(&[], 0))];
                let writes = WriteSet { events: &first, keys: &keys, ..WriteSet::default() };
                let unit = fixture.store.begin(crm.space_id(), Access::Open).unwrap();
                assert_eq!(unit.commit_with_others(&writes).unwrap_err().kind(), "conflict");
            } else {
                crm.execute(add_contact(&format!("c{number}_{n}"))).unwrap();
            }
        }
    });
    assert_sound(&crm, 1 + THREADS * 3 / 4 * COMMANDS);
    let keys = fixture.store.events().remembered_page(crm.space_id(), Page::forward(None, 9)).unwrap();
    assert_eq!(keys, []);
}

pub fn a_thread_reads_its_own_commit(fixture: &Fixture) {
    let crm = fixture.crm("crm_a");
    on_threads(|number| {
        for n in 0..COMMANDS {
            let id = format!("c{number}_{n}");
            let done = crm.execute(add_contact(&id)).unwrap();
            let key = format!("contact:{id}");
            assert!(fixture.store.pstate().get(crm.space_id().into(), &key).unwrap().is_some());
            let checkpoint = fixture.store.pstate().checkpoint(crm.space_id().into()).unwrap();
            assert!(checkpoint.sequence >= done.space_sequence);
            assert!(crm.event_count().unwrap() >= done.space_sequence.0);
        }
    });
}

pub fn an_answer_is_based_on_nothing_that_was_not_committed(fixture: &Fixture) {
    let crm = fixture.crm("crm_a");
    crm.execute(add_contact("c")).unwrap();
    let first = fixture.store.events().read_space(crm.space_id(), Page::forward(None, 1)).unwrap();
    let (attempts, seen) = (AtomicU64::new(0), Mutex::new(HashSet::new()));
    let name = |state: &State<'_>| -> Result<String, StateError> {
        let contact: Value = state.get("contact:c")?.unwrap_or_default();
        Ok(contact["name"].as_str().unwrap_or_default().to_owned())
    };
    on_threads(|number| {
        for n in 0..COMMANDS {
            let answer = match number % 4 {
                0 => crm.commit(|_| {
                    // Another name in every attempt.
                    let name = attempts.fetch_add(1, Ordering::Relaxed).to_string();
                    Ok(vec![event(
                        "c",
                        "contact.updated",
                        json!({"contact_id": "c", "name": name, "email": "e"}),
                    )])
                }),
                1 => crm.commit(|context| Err(Rejection::of_command("seen", name(context.state())?).into())),
                2 => crm.commit(|context| {
                    let error = StoreError::Engine { detail: name(context.state())? };
                    Err(StateError::Storage(Box::new(error.into())).into())
                }),
                _ => {
                    let keys = [(format!("k{number}_{n}"), remembered(&[], 0))];
                    let writes = WriteSet { events: &first, keys: &keys, ..WriteSet::default() };
                    let unit = fixture.store.begin(crm.space_id(), Access::Open).unwrap();
                    unit.commit_with_others(&writes).unwrap_err();
                    continue;
                }
            };
            match answer {
                Ok(_) => {}
                Err(Error::Store(StoreError::Engine { detail })) => drop(seen.lock().unwrap().insert(detail)),
                Err(rejected) => drop(seen.lock().unwrap().insert(rejected.to_string())),
            }
        }
    });
    let log = fixture.store.events().read_space(crm.space_id(), Page::forward(None, 10_000)).unwrap();
    let committed: Vec<Value> = log.iter().map(|event| event.payload.parse().unwrap()).collect();
    for name in seen.into_inner().unwrap() {
        assert!(committed.iter().any(|event| event["name"] == *name), "{name:?} was never committed");
    }
}

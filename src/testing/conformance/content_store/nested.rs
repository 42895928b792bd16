//! Commands, and every other write, inside a command's closure or an event handler.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use crate::apps::Crm;
use crate::content_store::{Applied, CommandSpec, StateError, UnitGroup};
use crate::event_store::Access;
use crate::operations::{
    DeleteOptions, GenerateOptions, Rebuild, catch_up, create_space, delete, generate, rebuild,
};
use crate::{
    App, Append, ContentStore, Event, Expected, Json, NewEvent, Page, Rejection, Result, State, Store,
    StoreError,
};

use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{START, add_contact, event};

/// Everything that can be tried from within a command, with a name for failure messages.
type Tries<'a> = Vec<(&'static str, Box<dyn Fn() -> Result<()> + 'a>)>;

fn note() -> NewEvent {
    event("n1", "note.taken", serde_json::json!("hi"))
}

/// A store without groups refuses nothing.
fn not_in_a_group(group: Option<UnitGroup<'_>>) -> Result<()> {
    assert!(group.is_none());
    Err(StoreError::NestedCommand.into())
}

fn proceed<T>(_: T) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Returns writes of every kind to a space, through its own handle.
fn writes<'a>(content: &'a ContentStore) -> Tries<'a> {
    let (store, space_id) = (content.store(), content.space_id());
    let append = || Append { expected: Expected::Any, now: START, events: &[] };
    let name = || content.space().space_name.clone();
    vec![
        ("execute", Box::new(|| content.execute(add_contact("inner")).map(drop))),
        ("commit", Box::new(|| content.commit(|_| Ok(vec![note()])).map(drop))),
        ("catch-up", Box::new(|| catch_up(content, &mut proceed).map(drop))),
        ("rebuild", Box::new(|| rebuild(content, Rebuild::default(), &mut proceed).map(drop))),
        ("append", Box::new(move || store.events().append(space_id, append()).map(drop))),
        ("unit", Box::new(move || store.begin(space_id, Access::Open).map(drop))),
        ("group", Box::new(move || store.begin_group().and_then(not_in_a_group))),
        (
            "projection",
            Box::new(move || store.pstate().put(space_id.into(), "k", Json::of(&1.into()), START)),
        ),
        (
            "shadow",
            Box::new(move || store.pstate().shadow(space_id.into(), None, Access::Open, None).map(drop)),
        ),
        ("create", Box::new(|| create_space(store, "inner", None).map(drop))),
        ("open", Box::new(|| ContentStore::open(store, "crm_inner", Arc::new(Crm)).map(drop))),
        (
            "delete",
            Box::new(move || delete(store, &name(), DeleteOptions::default(), &mut proceed).map(drop)),
        ),
        (
            "generate",
            Box::new(|| {
                let options = GenerateOptions { spaces: 1, events: 1, app: Arc::new(Crm), seed: 1 };
                generate(store, &options, &mut proceed).map(drop)
            }),
        ),
        ("purge", Box::new(|| store.events().purge())),
    ]
}

/// A space's name, last sequence, checkpoint and number of keys.
type Counted = (String, u64, u64, u64);

/// Returns the contents of a store, without the audit log.
fn contents(store: &Store) -> (Vec<Event>, Vec<Counted>) {
    let spaces = store.events().spaces(Page::forward(None, 100)).unwrap().into_iter().map(|record| {
        let checkpoint = store.pstate().checkpoint(record.space.space_id.into()).unwrap();
        let last = record.head.last_sequence.0;
        (record.space.space_name, last, checkpoint.sequence.0, checkpoint.entities)
    });
    (store.events().read_all(Page::forward(None, 1000)).unwrap(), spaces.collect())
}

#[track_caller]
fn assert_refused(tries: &Tries<'_>) {
    for (name, attempt) in tries {
        match attempt() {
            // A purge has nothing to rewrite in memory.
            Ok(()) => assert_eq!(*name, "purge"),
            Err(error) => assert_eq!(error.kind(), "nested_command", "{name}: {error}"),
        }
    }
}

pub fn a_write_inside_a_command_is_refused_and_changes_nothing(fixture: &Fixture) {
    let (a, b) = (fixture.crm("crm_a"), fixture.crm("crm_b"));
    b.execute(add_contact("c1")).unwrap();
    let elsewhere = fixture.other_process();
    let other_handle = ContentStore::open(&elsewhere, "crm_a", Arc::new(Crm)).unwrap();
    let before = contents(&fixture.store);
    for content in [&a, &b, &other_handle] {
        let outcome = a.commit(|_| {
            assert_refused(&writes(content));
            Err(Rejection::of_command("no", "no").into())
        });
        assert_eq!(outcome.unwrap_err().kind(), "no");
        assert_eq!(contents(&fixture.store), before);
    }
    a.execute(add_contact("c1")).unwrap();
    b.execute(add_contact("c2")).unwrap();
    assert_eq!(fixture.store.events().totals().unwrap().events, 3);
}

pub fn a_command_that_ignores_a_refused_write_succeeds_without_it(fixture: &Fixture) {
    let (a, b) = (fixture.crm("crm_a"), fixture.crm("crm_b"));
    let done = a.commit(|_| {
        assert_refused(&writes(&b));
        Ok(vec![note()])
    });
    assert_eq!(done.unwrap().space_sequence.0, 1);
    assert_eq!((a.event_count().unwrap(), b.event_count().unwrap()), (1, 0));
    let all = fixture.store.events().read_all(Page::forward(None, 9)).unwrap();
    assert_eq!(all.iter().map(|event| event.event_id.0).collect::<Vec<_>>(), [1]);
}

pub fn a_command_that_returns_the_refusal_fails_with_it(fixture: &Fixture) {
    let (a, b) = (fixture.crm("crm_a"), fixture.crm("crm_b"));
    let failed = a.commit(|_| {
        b.execute(add_contact("c1")).map_err(StateError::from)?;
        Ok(vec![note()])
    });
    assert_eq!(failed.unwrap_err().kind(), "nested_command");
    assert_eq!((a.event_count().unwrap(), b.event_count().unwrap()), (0, 0));
}

/// An app whose event handler executes a command.
struct Meddling {
    target: Arc<Mutex<Option<ContentStore>>>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl App for Meddling {
    fn name(&self) -> &'static str {
        "meddling"
    }

    fn summary(&self) -> &'static str {
        "an app that writes while it applies"
    }

    fn space_prefix(&self) -> &'static str {
        "meddling_"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["note.taken"]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        &[]
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        if let Some(target) = &*self.target.lock().unwrap() {
            let inner = target.execute(add_contact("inner"));
            self.seen.lock().unwrap().push(inner.unwrap_err().kind().to_owned());
        }
        state.put(&format!("note:{}", event.entity_id), &1)?;
        Ok(Applied::Yes)
    }
}

pub fn a_command_inside_an_event_handler_is_always_refused(fixture: &Fixture) {
    let (target, seen) =
        (Arc::<Mutex<Option<ContentStore>>>::default(), Arc::<Mutex<Vec<String>>>::default());
    let app = Arc::new(Meddling { target: Arc::clone(&target), seen: Arc::clone(&seen) });
    let notes = ContentStore::open(&fixture.store, "meddling_a", app).unwrap();
    *target.lock().unwrap() = Some(fixture.crm("crm_a"));
    notes.commit(|_| Ok(vec![note()])).unwrap();
    let append = Append { expected: Expected::Any, now: START, events: &[note()] };
    fixture.store.events().append(notes.space_id(), append).unwrap();
    catch_up(&notes, &mut proceed).unwrap();
    rebuild(&notes, Rebuild::default(), &mut proceed).unwrap();
    crate::operations::verify(&notes, &mut proceed).unwrap();
    assert_eq!(*seen.lock().unwrap(), vec!["nested_command"; 6]);
    assert_eq!(fixture.crm("crm_a").event_count().unwrap(), 0);
    assert_eq!(notes.get::<u8>("note:n1").unwrap(), Some(1));
}

/// Reads of other spaces are not writes.
pub fn a_command_may_read_another_space(fixture: &Fixture) {
    let (a, b) = (fixture.crm("crm_a"), fixture.crm("crm_b"));
    b.execute(add_contact("c1")).unwrap();
    let done = a.commit(|_| {
        let contact = Crm::contact(&b, "c1").map_err(StateError::from)?;
        Ok(contact.map(|_| note()).into_iter().collect())
    });
    assert_eq!(done.unwrap().event_ids.len(), 1);
}

//! Scenarios: given events, when a command, then events, a rejection or a state.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::json::json_text;
use crate::operations::{keep_going, verify};
use crate::pstate::STATE;
use crate::{
    App, Append, ContentStore, Event, EventPayload, Expected, Json, NewEvent, Page, Request, Result,
    SpaceSequence, Timestamp,
};

use super::comparison::compare;
use super::{FixedClock, store};

/// The start of the clock: 2026-01-01T00:00:00Z.
const START: Timestamp = Timestamp(1_767_225_600_000);

/// A test of an app: given events, when a command, then events, a rejection or a state. It runs on a store in memory, with
/// a clock that stands still and numbered ids, so that every run yields the same.
///
/// A scenario fails by a panic that shows expected and actual values as JSON lines, with a mark at the first difference.
///
/// ```
/// use ramax::Command;
/// use ramax::apps::Crm;
/// use ramax::testing::{Scenario, event};
/// use serde_json::json;
///
/// let ada = json!({"contact_id": "c1", "name": "Ada", "email": "ada@acme.example"});
/// Scenario::of(Crm)
///     .given([event("c1", "contact.added", ada)])
///     .when(Command::new("update-contact").with("contact_id", "c1").with("name", "Ada Lovelace"))
///     .then_events([event(
///         "c1",
///         "contact.updated",
///         json!({"contact_id": "c1", "name": "Ada Lovelace", "email": "ada@acme.example"}),
///     )])
///     .when(Command::new("update-contact").with("contact_id", "c2").with("name", "Bob"))
///     .then_rejected("contact_not_found");
/// ```
pub struct Scenario {
    space: ContentStore,
    clock: FixedClock,
    /// The result of the last command. `None` before the first one.
    outcome: Option<Result<Vec<Event>>>,
}

/// Creates an event, as given or expected.
pub fn event(entity_id: &str, event_type: &str, payload: impl Serialize) -> NewEvent {
    NewEvent::new(entity_id, event_type, document(&payload))
}

/// Creates an event from its typed payload, as given or expected.
///
/// # Panics
/// If the payload has no JSON form.
#[track_caller]
pub fn event_of<P: EventPayload + Serialize>(entity_id: &str, payload: &P) -> NewEvent {
    event(entity_id, P::TYPE, payload)
}

impl Scenario {
    /// Creates a scenario for an app, in an empty space.
    #[must_use = "a scenario without an expectation tests nothing"]
    pub fn of(app: impl App + 'static) -> Self {
        let clock = FixedClock::at(START);
        let name = format!("{}scenario", app.space_prefix());
        let space = ContentStore::open(&store(&clock), &name, Arc::new(app));
        Self { space: space.unwrap(), clock, outcome: None }
    }

    /// Appends events as they are, without asking the app.
    ///
    /// # Panics
    /// If the store refuses an event, or if the app cannot apply it.
    #[track_caller]
    pub fn given(self, events: impl IntoIterator<Item = NewEvent>) -> Self {
        let events: Vec<NewEvent> = events.into_iter().collect();
        let append =
            Append { expected: Expected::Any, now: self.space.store().clock().now(), events: &events };
        let appended = self.space.store().events().append(self.space.space_id(), append).map(drop);
        let applied = appended.and_then(|()| {
            self.space.catch_up(&mut |_, _| ControlFlow::Continue(()))?;
            Ok(())
        });
        if let Err(error) = applied {
            panic!("the given events cannot be applied: {error}");
        }
        self
    }

    /// Advances the clock.
    #[must_use = "a scenario without an expectation tests nothing"]
    pub fn after(self, time: Duration) -> Self {
        self.clock.advance(time);
        self
    }

    /// Executes a command, or a request with conditions.
    #[must_use = "a scenario without an expectation tests nothing"]
    pub fn when(mut self, request: impl Into<Request>) -> Self {
        let before = self.space.event_count().map(SpaceSequence);
        let outcome = before.and_then(|before| {
            self.space.execute(request)?;
            self.events_after(before)
        });
        self.outcome = Some(outcome);
        self
    }

    /// Expects that the last command appended exactly these events. Entity, type and payload are compared; the order of
    /// the keys of a payload does not matter.
    ///
    /// # Panics
    /// If it appended others, or was rejected.
    #[track_caller]
    pub fn then_events(self, expected: impl IntoIterator<Item = NewEvent>) -> Self {
        let expected: Vec<String> = expected.into_iter().map(|event| line(&event)).collect();
        match self.outcome() {
            Err(error) => panic!(
                "expected events, but the command failed with {}: {error}\n\n{}",
                error.kind(),
                compare(&expected, &[]).unwrap_or_default()
            ),
            Ok(events) => {
                let actual: Vec<String> = events.iter().map(stored_line).collect();
                if let Some(text) = compare(&expected, &actual) {
                    panic!("the command appended other events (- expected, + actual)\n\n{text}");
                }
            }
        }
        self
    }

    /// Expects that the last command appended no event and failed for this reason: the reason of the app's rejection, or
    /// the [kind](crate::Error::kind) of another error, such as `missing_field` or `conflict`.
    ///
    /// # Panics
    /// If it succeeded, or failed for another reason.
    #[track_caller]
    pub fn then_rejected(self, reason: &str) -> Self {
        match self.outcome() {
            Err(error) if error.kind() == reason => {}
            Err(error) => panic!("expected {reason}, but the command failed with {}: {error}", error.kind()),
            Ok(events) => {
                let lines: Vec<String> = events.iter().map(stored_line).collect();
                let text = compare(&[], &lines).unwrap_or_default();
                panic!("expected {reason}, but the command succeeded and appended:\n\n{text}");
            }
        }
        self
    }

    /// Expects this value at a key of the state.
    ///
    /// # Panics
    /// If the key has no value, or another one.
    #[track_caller]
    pub fn then_state(self, key: &str, expected: impl Serialize) -> Self {
        self.then_projection(STATE, key, expected)
    }

    /// Expects this value at a key of a projection. An asynchronous one is caught up first.
    ///
    /// # Panics
    /// If the app has no such projection, or if the key has no value, or another one.
    #[track_caller]
    pub fn then_projection(self, name: &str, key: &str, expected: impl Serialize) -> Self {
        let expected = document(&expected).as_str().to_owned();
        let actual: Vec<String> = self.value(name, key).into_iter().collect();
        if let Some(text) = compare(&[expected], &actual) {
            panic!("the projection {name} has another value at {key} (- expected, + actual)\n\n{text}");
        }
        self
    }

    /// Expects that the state has no value at a key.
    ///
    /// # Panics
    /// If it has one.
    #[track_caller]
    pub fn then_no_state(self, key: &str) -> Self {
        if let Some(value) = self.value(STATE, key) {
            panic!("expected no value at {key}, but the state has one:\n\n+ {value}\n");
        }
        self
    }

    /// Expects that a replay of all events yields the state that the commands produced. An event handler that reads a
    /// clock, or anything else but event and state, fails here.
    ///
    /// # Panics
    /// If the replay yields another state, or fails.
    #[track_caller]
    pub fn then_replayable(self) -> Self {
        match verify(&self.space, &mut keep_going) {
            Err(error) => panic!("the events cannot be replayed: {error}"),
            Ok(verified) if verified.count() > 0 => {
                let lines: Vec<String> = verified.differences.iter().map(json_text).collect();
                panic!("a replay of the events yields another state:\n\n{}\n", lines.join("\n"));
            }
            Ok(_) => self,
        }
    }

    /// Returns the space, for expectations of your own.
    pub fn space(&self) -> &ContentStore {
        &self.space
    }

    #[track_caller]
    fn outcome(&self) -> Result<&Vec<Event>, &crate::Error> {
        match &self.outcome {
            Some(outcome) => outcome.as_ref(),
            None => panic!("there is no command to expect something of: call `when` first"),
        }
    }

    fn events_after(&self, before: SpaceSequence) -> Result<Vec<Event>> {
        let events = self.space.store().events();
        let (mut appended, mut after) = (Vec::new(), before);
        loop {
            let page = events.read_space(self.space.space_id(), Page::forward(Some(after), 1000))?;
            let Some(last) = page.last() else { return Ok(appended) };
            after = last.space_sequence;
            appended.extend(page);
        }
    }

    #[track_caller]
    fn value(&self, name: &str, key: &str) -> Option<String> {
        match self.space.projection_named(name).and_then(|projection| projection.entry(key)) {
            Ok(entry) => entry.map(|entry| single_line(&entry.value)),
            Err(error) => panic!("the projection {name} cannot be read at {key}: {error}"),
        }
    }
}

#[track_caller]
fn document(value: &impl Serialize) -> Json {
    match Json::from_serialize(value) {
        Ok(json) => json,
        Err(error) => panic!("an expected value has no JSON form: {error}"),
    }
}

/// Returns an expected event as a line of JSON.
fn line(event: &NewEvent) -> String {
    event_line(&event.entity_id, &event.event_type, &event.payload)
}

/// Returns an event of the log as a line of JSON.
fn stored_line(event: &Event) -> String {
    event_line(&event.entity_id, &event.event_type, &event.payload)
}

fn event_line(entity_id: &str, event_type: &str, payload: &Json) -> String {
    let (entity_id, event_type) = (json_text(&entity_id), json_text(&event_type));
    let payload = single_line(payload);
    format!(r#"{{"entity_id":{entity_id},"event_type":{event_type},"payload":{payload}}}"#)
}

/// Returns a document on one line. In valid JSON, line ends are only between tokens.
fn single_line(json: &Json) -> String {
    json.as_str().replace(['\n', '\r'], " ")
}

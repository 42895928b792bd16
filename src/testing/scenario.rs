//! Scenarios: given events, when a command, then events, a rejection or a state.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::clock::START_OF_TESTS;
use crate::json::json_text;
use crate::operations::{keep_going, verify};
use crate::pstate::STATE;
use crate::{
    App, Append, ContentStore, Event, EventPayload, Expected, Json, NewEvent, Page, Request, Result, SpaceId,
    SpaceSequence, Store,
};

use super::comparison::compare;
use super::{FixedClock, store};

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
///
/// A process that leads from one space to another is tested in both:
///
/// ```
/// use std::sync::Arc;
/// use ramax::apps::{AddContact, Cms, Crm, PublishArticle};
/// use ramax::delivery::Effects;
/// use ramax::subscriptions::Subscription;
/// use ramax::testing::{Scenario, event};
/// use ramax::{ContentStore, Store};
/// use serde_json::json;
///
/// /// Publishes a page for each new contact.
/// fn welcome(store: &Store) -> ramax::Result<()> {
///     let pages = ContentStore::open(store, "cms_scenario", Arc::new(Cms))?;
///     let welcome = Subscription::all_spaces("welcome").matching("type:contact.added".parse()?);
///     store.subscribe(&welcome)?.deliver_pending(|delivery| {
///         let (article_id, title) = (delivery.event().entity_id.clone(), "Welcome".to_owned());
///         Ok(Effects::none().execute(&pages, PublishArticle { article_id, title, content: "Hello".to_owned() }))
///     })?;
///     Ok(())
/// }
///
/// let page = json!({"article_id": "c1", "title": "Welcome", "content": "Hello"});
/// Scenario::of(Crm)
///     .given([event("c1", "contact.added", json!({"contact_id": "c1", "name": "Ada", "email": "a@b.c"}))])
///     .when_run(welcome)
///     .then_events([])
///     .in_space("cms_scenario", Cms)
///     .then_events([event("c1", "article.published", page)]);
/// ```
pub struct Scenario {
    /// The space of the next steps.
    space: ContentStore,
    clock: FixedClock,
    /// The ends of the spaces before the last command or work.
    before: BTreeMap<SpaceId, SpaceSequence>,
    /// The result of the last command or work. `None` before the first one.
    outcome: Option<Result<()>>,
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
        let clock = FixedClock::at(START_OF_TESTS);
        let name = format!("{}scenario", app.space_prefix());
        let space = ContentStore::open(&store(&clock), &name, Arc::new(app));
        Self { space: space.unwrap(), clock, before: BTreeMap::new(), outcome: None }
    }

    /// Continues in another space of the same store, or back in one where the scenario has been. A new one is created for
    /// the app. The first space of a scenario has the prefix of its app, and then `scenario`: `crm_scenario`.
    ///
    /// # Panics
    /// If the space runs another app.
    #[must_use = "a scenario without an expectation tests nothing"]
    #[track_caller]
    pub fn in_space(mut self, name: &str, app: impl App + 'static) -> Self {
        match ContentStore::open(self.space.store(), name, Arc::new(app)) {
            Ok(space) => self.space = space,
            Err(error) => panic!("the space {name} cannot be opened: {error}"),
        }
        self
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
    pub fn when(self, request: impl Into<Request>) -> Self {
        let space = self.space.clone();
        self.when_run(|_| space.execute(request))
    }

    /// Runs other work on the store, such as the delivery of a subscription.
    #[must_use = "a scenario without an expectation tests nothing"]
    pub fn when_run<T>(mut self, work: impl FnOnce(&Store) -> Result<T>) -> Self {
        let store = self.space.store();
        self.before = ends(store);
        self.outcome = Some(work(store).map(drop));
        self
    }

    /// Expects that the last command or work appended exactly these events to this space. Entity, type and payload are
    /// compared; the order of the keys of a payload does not matter.
    ///
    /// # Panics
    /// If it appended others, or failed.
    #[track_caller]
    pub fn then_events(self, expected: impl IntoIterator<Item = NewEvent>) -> Self {
        let expected: Vec<String> = expected.into_iter().map(|event| line(&event)).collect();
        match self.outcome() {
            Err(error) => panic!(
                "expected events, but the command failed with {}: {error}\n\n{}",
                error.kind(),
                compare(&expected, &[]).unwrap_or_default()
            ),
            Ok(()) => {
                let actual: Vec<String> = self.appended().iter().map(stored_line).collect();
                if let Some(text) = compare(&expected, &actual) {
                    panic!("the command appended other events (- expected, + actual)\n\n{text}");
                }
            }
        }
        self
    }

    /// Expects that the last command or work appended no event and failed for this reason: the reason of the app's rejection, or
    /// the [kind](crate::Error::kind) of another error, such as `missing_field` or `conflict`.
    ///
    /// # Panics
    /// If it succeeded, or failed for another reason.
    #[track_caller]
    pub fn then_rejected(self, reason: &str) -> Self {
        match self.outcome() {
            Err(error) if error.kind() == reason => {}
            Err(error) => panic!("expected {reason}, but the command failed with {}: {error}", error.kind()),
            Ok(()) => {
                let lines: Vec<String> = self.appended().iter().map(stored_line).collect();
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
    fn outcome(&self) -> Result<(), &crate::Error> {
        match &self.outcome {
            Some(outcome) => outcome.as_ref().copied(),
            None => panic!("there is no command to expect something of: call `when` first"),
        }
    }

    /// Returns the events that the last command or work appended to this space.
    fn appended(&self) -> Vec<Event> {
        let before = self.before.get(&self.space.space_id()).copied().unwrap_or_default();
        self.space.events(before).collect::<Result<_>>().unwrap()
    }

    #[track_caller]
    fn value(&self, name: &str, key: &str) -> Option<String> {
        match self.space.projection_named(name).and_then(|projection| projection.entry(key)) {
            Ok(entry) => entry.map(|entry| single_line(&entry.value)),
            Err(error) => panic!("the projection {name} cannot be read at {key}: {error}"),
        }
    }
}

/// Returns the last sequence of each space.
fn ends(store: &Store) -> BTreeMap<SpaceId, SpaceSequence> {
    let spaces = store.events().spaces(Page::forward(None, usize::MAX)).unwrap();
    spaces.into_iter().map(|record| (record.space.space_id, record.head.last_sequence)).collect()
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

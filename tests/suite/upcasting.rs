//! Events stored in an earlier form, read in the current one.

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use ramax::cli::Program;
use ramax::console::Headless;
use ramax::content_store::{Applied, CommandSpec, CurrentForms, Decide, StateError, Upcaster, check_app};
use ramax::delivery::Effects;
use ramax::operations::{CheckOptions, Position, Rebuild, Scope, Search, check, no_pause, rebuild, verify};
use ramax::subscriptions::{Retry, Subscription};
use ramax::testing::Scenario;
use ramax::{
    App, Apps, Command, ContentStore, Event, Json, Location, NewEvent, OpenOptions, Page, State, Store,
};
use serde_json::{Value, json};

use crate::on_every_store;
use crate::support::{Fixture, append, create, event};

on_every_store![
    events_of_earlier_forms_are_applied_in_the_current_one,
    stored_events_never_change,
    a_command_appends_events_in_the_current_version,
    an_event_that_cannot_be_upcast_stops_a_replay_and_is_named,
    an_event_of_a_newer_version_stops_a_replay_and_is_named,
    a_query_reads_the_current_form_and_the_stored_one,
    a_check_notes_upcasters_that_are_never_reached,
    programs_with_and_without_an_upcaster_share_a_file,
    a_subscriber_delivers_events_in_the_current_form,
];

/// People with a first and a last name. Their events were renamed, and then the name was split.
struct People;

const UPCASTERS: &[Upcaster] =
    &[Upcaster::rename("contact.added", 1, "person.added", 1), Upcaster::new("person.added", 1, split_name)];

fn split_name(payload: &Json) -> Result<Json, StateError> {
    let mut person: Value = payload.parse()?;
    let name =
        person["name"].as_str().ok_or_else(|| StateError::Inapplicable("there is no name".to_owned()))?;
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    person["name"] = json!({"first": first, "last": last});
    Ok(Json::of(&person))
}

ramax::commands! {
    /// Adds a person
    pub struct AddPerson {
        person_id: String = ramax::content_store::help("unique"),
        first: String = ramax::content_store::help("the first name"),
    }
}

impl Decide<People> for AddPerson {
    fn decide(self, _: &People, _: &ramax::Context<'_>) -> ramax::content_store::Decision {
        let name = json!({"name": {"first": self.first, "last": ""}});
        Ok(vec![event(&self.person_id, "person.added", name)])
    }
}

impl App for People {
    fn name(&self) -> &'static str {
        "people"
    }

    fn summary(&self) -> &'static str {
        "people with a first and a last name"
    }

    fn space_prefix(&self) -> &'static str {
        "people_"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["person.added"]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        const { &[CommandSpec::of::<People, AddPerson>()] }
    }

    fn upcasters(&self) -> &'static [Upcaster] {
        UPCASTERS
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        if &*event.event_type != "person.added" {
            return Ok(Applied::UnknownType);
        }
        let person: Value = event.payload.parse()?;
        let first = person["name"]["first"].as_str();
        let first = first.ok_or_else(|| StateError::Inapplicable("there is no first name".to_owned()))?;
        state.put(&format!("person:{}", event.entity_id), &first)?;
        Ok(Applied::Yes)
    }
}

fn open(fixture: &Fixture) -> ContentStore {
    ContentStore::open(&fixture.store, "people_a", Arc::new(People)).unwrap()
}

fn apps() -> Apps {
    Apps::default().with(Arc::new(People))
}

fn go<T>(_: T) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// An event of each form.
fn history() -> [NewEvent; 3] {
    let current = event("p3", "person.added", json!({"name": {"first": "Eve", "last": "Doe"}}));
    [
        event("p1", "contact.added", json!({"name": "Ada Lovelace"})),
        event("p2", "person.added", json!({"name": "Bob Ross"})),
        current.with_metadata(Json::of(&json!({"actor": "eve", "schema_version": 2}))),
    ]
}

fn with_history(fixture: &Fixture) -> ContentStore {
    let people = open(fixture);
    append(fixture.store.events(), people.space_id(), &history());
    people
}

fn names(people: &ContentStore) -> Vec<String> {
    let entries = people.scan("person:", Page::forward(None, 9)).unwrap();
    entries.into_iter().map(|entry| entry.value.parse_owned().unwrap()).collect()
}

fn events_of_earlier_forms_are_applied_in_the_current_one(fixture: &Fixture) {
    let people = with_history(fixture);
    assert_eq!(names(&people), ["Ada", "Bob", "Eve"]);
    fixture.store.pstate().delete(people.space_id().into(), "person:p1").unwrap();
    assert_eq!(verify(&people, &mut go).unwrap().count(), 1);
    rebuild(&people, Rebuild::default(), &mut go).unwrap();
    assert_eq!(names(&people), ["Ada", "Bob", "Eve"]);
    assert_eq!(verify(&people, &mut go).unwrap().count(), 0);
    let preview =
        people.preview(Command::new("add-person").with("person_id", "p1").with("first", "Eva")).unwrap();
    assert_eq!(preview.changes[0].before.as_ref().map(Json::as_str), Some(r#""Ada""#));
}

fn stored_events_never_change(fixture: &Fixture) {
    let people = open(fixture);
    let stored = append(fixture.store.events(), people.space_id(), &history());
    rebuild(&people, Rebuild::default(), &mut go).unwrap();
    let read = fixture.store.events().read_space(people.space_id(), Page::forward(None, 9)).unwrap();
    assert_eq!(read, stored);
    assert_eq!(
        (&*read[0].event_type, read[0].payload.as_str()),
        ("contact.added", r#"{"name":"Ada Lovelace"}"#)
    );
    assert!(read.iter().all(|event| event.intact));
    let options = CheckOptions { deep: true, is_running: &|_| true };
    let checked = check(&fixture.store, &apps(), options, &mut go).unwrap();
    assert_eq!((checked.count(), checked.notes.len()), (0, 0));
}

fn a_command_appends_events_in_the_current_version(fixture: &Fixture) {
    let people = open(fixture);
    let metadata = |event: &Event| event.metadata.as_ref().map(|json| json.as_str().to_owned());
    let add = |id: &str| Command::new("add-person").with("person_id", id).with("first", "Ada");
    let preview = people.preview(add("p1")).unwrap();
    assert_eq!(preview.events[0].metadata.as_ref().map(Json::as_str), Some(r#"{"schema_version":2}"#));
    people.execute(add("p1")).unwrap();
    let older = event("p2", "person.added", json!({"name": "Bob Ross"}));
    let versions = [
        older.clone().with_metadata(Json::of(&json!({"schema_version": 1}))),
        event("p3", "contact.added", json!({"name": "Eve"})),
        event("p4", "person.added", json!({"name": {"first": "Dan"}}))
            .with_metadata(Json::of(&json!({"a": 1}))),
    ];
    people.commit(|_| Ok(versions.to_vec())).unwrap();
    let read = fixture.store.events().read_space(people.space_id(), Page::forward(None, 9)).unwrap();
    let versions: Vec<Option<String>> = read.iter().map(metadata).collect();
    let written = [
        Some(r#"{"schema_version":2}"#),
        Some(r#"{"schema_version":1}"#),
        None,
        Some(r#"{"a":1,"schema_version":2}"#),
    ];
    assert_eq!(versions.iter().map(Option::as_deref).collect::<Vec<_>>(), written);
    assert_eq!(names(&people), ["Ada", "Bob", "Eve", "Dan"]);
}

fn an_event_that_cannot_be_upcast_stops_a_replay_and_is_named(fixture: &Fixture) {
    let people = open(fixture);
    let nameless = [history()[0].clone(), event("p2", "contact.added", json!({"nick": "Bob"}))];
    append(fixture.store.events(), people.space_id(), &nameless);
    let error = people.catch_up(&mut |_, _| ControlFlow::Continue(())).unwrap_err();
    assert_eq!(error.kind(), "bad_event");
    let reason = "event 2 (contact.added, sequence 2) cannot be applied: it cannot be upcast from person.added version 1 to person.added version 2: there is no name";
    assert!(error.to_string().contains(reason), "{error}");
    let done = rebuild(&people, Rebuild { skip_errors: true, ..Rebuild::default() }, &mut go).unwrap();
    assert_eq!(done.skipped.len(), 1);
    assert_eq!(names(&people), ["Ada"]);
}

fn an_event_of_a_newer_version_stops_a_replay_and_is_named(fixture: &Fixture) {
    let people = open(fixture);
    let newer = history()[2].clone().with_metadata(Json::of(&json!({"schema_version": 3})));
    append(fixture.store.events(), people.space_id(), &[newer]);
    let error = people.get::<Value>("person:p3").unwrap_err();
    assert_eq!(error.kind(), "bad_event");
    let reason = "it has schema version 3 of person.added, and this app knows the versions up to 2";
    assert!(error.to_string().contains(reason), "{error}");
}

fn a_query_reads_the_current_form_and_the_stored_one(fixture: &Fixture) {
    let people = with_history(fixture);
    let forms = CurrentForms::new(&fixture.store, &apps());
    let found = |query: &str| -> Vec<String> {
        let criteria = query.parse::<ramax::Query>().unwrap().resolve(fixture.store.clock().now());
        let found = |scope| {
            let search =
                Search::new(fixture.store.events(), scope, criteria.clone()).unwrap().in_forms(&forms);
            let page = Page::<Position>::forward(None, 9);
            let events = search.page(fixture.store.events(), page, 999, &mut no_pause).unwrap().events;
            events.into_iter().map(|event| event.entity_id).collect::<Vec<_>>()
        };
        assert_eq!(found(Scope::All), found(Scope::Space(people.space_id())));
        found(Scope::All)
    };
    assert_eq!(found("type:person.added"), ["p1", "p2", "p3"]);
    assert_eq!(found("type:contact.added"), ["p1"]);
    assert_eq!(found("payload.name.first=Ada"), ["p1"]);
    assert_eq!(found("payload.name=\"Ada Lovelace\""), [""; 0]);
    assert_eq!(found("raw.name=\"Ada Lovelace\""), ["p1"]);
    assert_eq!(found("raw.name.first=Eve"), ["p3"]);
    assert_eq!(found("meta.actor=eve"), ["p3"]);
    assert_eq!(found("first"), ["p1", "p2", "p3"]);
    assert_eq!(found("-type:person.added"), [""; 0]);
}

fn a_check_notes_upcasters_that_are_never_reached(fixture: &Fixture) {
    let people = open(fixture);
    append(fixture.store.events(), people.space_id(), &history()[1..]);
    let options = CheckOptions { deep: false, is_running: &|_| true };
    let words = |checked: ramax::operations::Checked| -> Vec<String> {
        let text = |text: ramax::operations::FindingText| format!("{} {}", text.subject, text.text);
        checked.notes.iter().flat_map(|note| note.fault.words()).map(text).collect()
    };
    people.catch_up(&mut |_, _| ControlFlow::Continue(())).unwrap();
    let notes = words(check(&fixture.store, &apps(), options, &mut go).unwrap());
    let unused = "the upcaster of people from contact.added version 1 to person.added version 1 is never reached: no event here has that form";
    assert_eq!(notes, [unused]);
    append(fixture.store.events(), people.space_id(), &history()[..1]);
    people.catch_up(&mut |_, _| ControlFlow::Continue(())).unwrap();
    assert_eq!(words(check(&fixture.store, &apps(), options, &mut go).unwrap()), [""; 0]);
}

#[test]
fn a_space_is_known_by_the_earlier_names_of_its_events() {
    let fixture = Fixture::memory();
    let legacy = fixture.space("legacy");
    append(fixture.store.events(), legacy.space_id, &history()[..1]);
    let app = apps().of(&fixture.store, &legacy).unwrap();
    assert_eq!(app.map(|app| app.name()), Some("people"));
    assert_eq!(names(&ContentStore::of(&fixture.store, legacy, Arc::new(People)).unwrap()), ["Ada"]);
}

fn a_subscriber_delivers_events_in_the_current_form(fixture: &Fixture) {
    let people = with_history(fixture);
    append(fixture.store.events(), people.space_id(), &[event("p4", "contact.added", json!({}))]);
    let names = Subscription::all_spaces("names").matching("type:person.added".parse().unwrap());
    let names = names.retrying(Retry::at_once(1));
    let mut delivered = Vec::new();
    let mut subscriber = fixture.store.subscribe(&names).unwrap().upcasting(&apps());
    let done = subscriber.deliver_pending(|delivery| {
        let payload = delivery.event().payload.to_value();
        delivered.push((delivery.event().event_type.to_string(), payload["name"]["first"].clone()));
        Ok(Effects::none())
    });
    let person = |first: &str| ("person.added".to_owned(), Value::from(first));
    assert_eq!(done.unwrap().delivered, 3);
    assert_eq!(delivered, [person("Ada"), person("Bob"), person("Eve")]);

    let all = Subscription::all_spaces("all").retrying(Retry::at_once(1));
    let mut subscriber = fixture.store.subscribe(&all).unwrap().upcasting(&apps());
    let done = subscriber.deliver_pending(|_| Ok(Effects::none())).unwrap();
    assert_eq!((done.delivered, done.parked), (3, 1), "an event that cannot be upcast is parked");
}

/// The program before its events were renamed and split.
struct Contacts;

impl App for Contacts {
    fn name(&self) -> &'static str {
        "people"
    }

    fn summary(&self) -> &'static str {
        "people with one name"
    }

    fn space_prefix(&self) -> &'static str {
        "people_"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["contact.added"]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        &[]
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        let person: Value = event.payload.parse()?;
        state.put(&format!("person:{}", event.entity_id), &person["name"])?;
        Ok(Applied::Yes)
    }
}

fn programs_with_and_without_an_upcaster_share_a_file(fixture: &Fixture) {
    let before = ContentStore::open(&fixture.store, "people_a", Arc::new(Contacts)).unwrap();
    before.commit(|_| Ok(history()[..1].to_vec())).unwrap();
    assert_eq!(names(&before), ["Ada Lovelace"]);
    let people = open(fixture);
    let add = || Command::new("add-person").with("person_id", "p2").with("first", "Bob");
    assert_eq!(people.execute(add()).unwrap_err().kind(), "projection_outdated");
    assert_eq!(names(&people), ["Ada Lovelace"], "reads see the old values");
    rebuild(&people, Rebuild::default(), &mut go).unwrap();
    people.execute(add()).unwrap();
    assert_eq!(names(&people), ["Ada", "Bob"]);
    let refused = before.commit(|_| Ok(history()[..1].to_vec())).unwrap_err();
    assert_eq!(refused.kind(), "projection_newer");
    assert_eq!(names(&before), ["Ada", "Bob"]);
}

/// An app whose upcasters lead in a circle.
struct Circular;

impl App for Circular {
    fn name(&self) -> &'static str {
        "circular"
    }

    fn summary(&self) -> &'static str {
        "an app whose upcasters lead in a circle"
    }

    fn space_prefix(&self) -> &'static str {
        "circular_"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["a", "b"]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        &[]
    }

    fn upcasters(&self) -> &'static [Upcaster] {
        const { &[Upcaster::rename("a", 1, "b", 1), Upcaster::rename("b", 1, "a", 1)] }
    }

    fn apply(&self, _: &mut State<'_>, _: &Event) -> Result<Applied, StateError> {
        Ok(Applied::Yes)
    }
}

#[test]
fn an_app_whose_upcasters_make_no_chain_is_refused() {
    let error = ContentStore::open(&Store::memory(), "circular_a", Arc::new(Circular)).map(drop).unwrap_err();
    assert_eq!(error.kind(), "invalid_app");
    let reason = "the app circular cannot be used: the upcasters of a version 1 lead back to it";
    assert_eq!(error.to_string(), reason);
    let problems = check_app(&Circular);
    assert_eq!(problems[0].to_string(), "the upcasters of a version 1 lead back to it");
    assert_eq!(check_app(&People), []);
}

#[test]
fn a_scenario_gives_events_in_an_earlier_form() {
    Scenario::of(People).given(history()).then_state("person:p1", "Ada").then_replayable();
}

/// The variable that holds a command line of the program in a child process.
const LINE: &str = "PEOPLE_TEST_LINE";

/// The program, in a process of its own.
#[test]
#[ignore = "run by the test of its output"]
fn people_program() {
    let line = std::env::var(LINE).unwrap();
    let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
    std::process::exit(Program::new("people", "1.0.0", apps()).run(&words).code().into());
}

fn written(file: &Path, line: &str) -> String {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "upcasting::people_program", "--ignored", "--nocapture", "--test-threads=1"]);
    child.env(LINE, format!("people --db {} {line}", file.display()));
    let output = child.stdin(std::process::Stdio::null()).output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

#[test]
fn the_command_line_shows_both_forms_of_an_event() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("people.db");
    let store = create(&Location::file(&file));
    let people = ContentStore::open(&store, "people_a", Arc::new(People)).unwrap();
    append(store.events(), people.space_id(), &history());
    append(store.events(), people.space_id(), &[event("p4", "contact.added", json!({}))]);
    let shown = written(&file, "events show 1");
    for part in
        ["type         contact.added", "current type     person.added", "Ada Lovelace", r#""first": "Ada""#]
    {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
    assert!(!written(&file, "events show 3").contains("current"), "it is stored in its current form");
    let unreadable = written(&file, "events show 4");
    assert!(unreadable.contains("current form  unreadable: it cannot be upcast"), "{unreadable}");
    let json = written(&file, "events show 1 --json");
    let current =
        r#""current":{"event_type":"person.added","payload":{"name":{"first":"Ada","last":"Lovelace"}}}"#;
    assert!(json.contains(r#""event_type":"contact.added""#) && json.contains(current), "{json}");
    let listed = written(&file, "events list people_a --where payload.name.first=Bob");
    assert!(listed.contains("p2") && !listed.contains("p1"), "{listed}");
    let mistyped = written(&file, "events list people_a --where type:person.aded");
    assert!(mistyped.contains("did you mean person.added?"), "{mistyped}");
}

#[test]
fn the_console_shows_both_forms_of_an_event() {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::file(directory.path().join("people.db"));
    let store = Store::open_or_create(&location, OpenOptions::default()).unwrap();
    let people = ContentStore::open(&store, "people_a", Arc::new(People)).unwrap();
    append(store.events(), people.space_id(), &history());
    let mut console = Headless::new(store, apps(), 120, 40);
    console.press("2gi").unwrap();
    let buffer = console.draw(&ramax::console::theme::Theme::mono());
    let area = buffer.area;
    let line = |y| -> String { (0..area.width).map(|x| buffer[(x, y)].symbol()).collect() };
    let screen: String = (0..area.height).map(|y| line(y) + "\n").collect();
    for part in ["contact.added", "read as", "person.added", "Ada Lovelace"] {
        assert!(screen.contains(part), "{part} in\n{screen}");
    }
}

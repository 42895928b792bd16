//! A bug report as a test in Rust: given the earlier events, when the last command, then its events and the state.

mod literal;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::clock::{Clock, CountingIds, START_OF_TESTS, Timestamp};
use crate::content_store::{App, Command, CommandSpec, ContentStore, FieldSpec, SCHEMA_VERSION, Store};
use crate::error::Result;
use crate::event::{Event, NewEvent};
use crate::event_store::{Append, Expected, Page};
use crate::json::{Json, Parts, Quoted, is_same_document};
use crate::text::counted;
use literal::{comment, document, identifier, text};

/// The most events of a test.
pub(super) const MOST_EVENTS: u64 = 1000;

/// The most keys whose values a test expects, and the most bytes of such a value.
const MOST_KEYS: usize = 5;
const LONGEST_VALUE: usize = 2000;

/// The words about a test at its top.
pub(super) struct Heading {
    /// The subject and the space.
    pub about: String,
    /// The masked fields.
    pub masked: Vec<String>,
}

/// A clock that stands still, as in a [scenario](crate::testing::Scenario).
struct StillClock;

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        START_OF_TESTS
    }
}

/// Returns the text of a test. It expects what the app does with the events now.
pub(super) fn test(app: &Arc<dyn App>, events: &[Event], heading: &Heading) -> Result<String> {
    let (given, last) = events.split_at(events.len() - of_last_command(events));
    let body = match command(app, given, last) {
        Some((command, expected)) => with_command(given, &command, last, &expected),
        None => without_command(app, events)?,
    };
    Ok(framed(&**app, events, heading, &body))
}

/// Returns the number of events that were appended by the last command: it gave them one time and one correlation, and
/// consecutive ids.
fn of_last_command(events: &[Event]) -> usize {
    let is_one = |pair: &&[Event]| {
        let [one, next] = pair else { return false };
        one.correlation_id.is_some()
            && one.correlation_id == next.correlation_id
            && one.timestamp == next.timestamp
            && one.event_id.next() == next.event_id
    };
    events.windows(2).rev().take_while(is_one).count() + usize::from(!events.is_empty())
}

/// The values of changed keys; `None` for one that is gone.
type Changed = BTreeMap<String, Option<String>>;

/// Returns the command of the app that appends the last events after the given ones, and what it changes.
fn command(app: &Arc<dyn App>, given: &[Event], last: &[Event]) -> Option<(Command, Changed)> {
    let space = space_with(app, given).ok()?;
    let matches =
        |command: &Command| space.preview(command.clone()).is_ok_and(|done| are_same(&done.events, last));
    let command = app.commands().iter().find_map(|spec| {
        let fields = arguments(spec, last)?;
        matches(&command_of(spec, &fields)).then(|| command_of(spec, &needed(spec, fields, &matches)))
    })?;
    let before = state(&space).ok()?;
    space.execute(command.clone()).ok()?;
    Some((command, changed(before, state(&space).ok()?)))
}

/// Returns the arguments of a command that are found in the events that it would have appended. An id that is missing may be
/// that of the entity.
fn arguments(spec: &CommandSpec, last: &[Event]) -> Option<Vec<(&'static FieldSpec, String)>> {
    let mut arguments = Vec::new();
    for field in spec.fields {
        let value = last.iter().find_map(|event| value_of(event.payload.as_str(), field.name));
        let is_id = field.required && field.name.ends_with("id");
        match value.or_else(|| is_id.then(|| last.first().map(|event| event.entity_id.clone())).flatten()) {
            Some(value) => arguments.push((field, value)),
            None if field.required => return None,
            None => {}
        }
    }
    Some(arguments)
}

fn value_of(payload: &str, name: &str) -> Option<String> {
    let part = Parts::of_object(payload)?.find(|part| part.key.is_some_and(|key| key.is(name)))?;
    match part.value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => Some(Quoted::new(quoted).decoded().into_owned()),
        None => (part.value != "null").then(|| part.value.to_owned()),
    }
}

/// Removes the optional fields without which the command does the same.
fn needed(
    spec: &CommandSpec,
    mut fields: Vec<(&'static FieldSpec, String)>,
    matches: &dyn Fn(&Command) -> bool,
) -> Vec<(&'static FieldSpec, String)> {
    for optional in spec.fields.iter().filter(|field| !field.required) {
        let rest: Vec<_> = fields.iter().filter(|(field, _)| field.name != optional.name).cloned().collect();
        if rest.len() < fields.len() && matches(&command_of(spec, &rest)) {
            fields = rest;
        }
    }
    fields
}

fn command_of(spec: &CommandSpec, fields: &[(&FieldSpec, String)]) -> Command {
    let with = |command: Command, (field, value): &(&FieldSpec, String)| command.with(field.name, value);
    fields.iter().fold(Command::new(spec.name), with)
}

fn are_same(decided: &[NewEvent], events: &[Event]) -> bool {
    let is_same = |(decided, event): (&NewEvent, &Event)| {
        decided.entity_id == event.entity_id
            && decided.event_type == event.event_type
            && is_same_document(decided.payload.as_str(), event.payload.as_str())
    };
    decided.len() == events.len() && decided.iter().zip(events).all(is_same)
}

/// Returns a space in memory with events, as a scenario creates it.
fn space_with(app: &Arc<dyn App>, events: &[Event]) -> Result<ContentStore> {
    let store = Store::memory().with_origin(Arc::new(StillClock), Arc::new(CountingIds::default()));
    let space = ContentStore::open(&store, &format!("{}scenario", app.space_prefix()), app.clone())?;
    append(&space, events)?;
    Ok(space)
}

fn append(space: &ContentStore, events: &[Event]) -> Result<()> {
    let given = |event: &Event| {
        let given = NewEvent::new(&*event.entity_id, event.event_type.clone(), event.payload.clone());
        match schema_version(event) {
            Some(version) => given.with_metadata(Json::from_stored(version_metadata(&version))),
            None => given,
        }
    };
    let events: Vec<NewEvent> = events.iter().map(given).collect();
    let append = Append { expected: Expected::Any, now: START_OF_TESTS, events: &events };
    space.store().events().append(space.space_id(), append)?;
    space.catch_up(&mut |_, _| ControlFlow::Continue(()))?;
    Ok(())
}

/// Returns the version of the event's form, by which it is brought to the current one.
fn schema_version(event: &Event) -> Option<String> {
    let metadata = event.metadata.as_ref()?.as_str();
    let part = Parts::of_object(metadata)?.find(|part| part.key.is_some_and(|key| key.is(SCHEMA_VERSION)))?;
    Some(part.value.to_owned())
}

fn version_metadata(version: &str) -> String {
    format!("{{\"{SCHEMA_VERSION}\":{version}}}")
}

fn state(space: &ContentStore) -> Result<BTreeMap<String, String>> {
    let entries = space.scan("", Page::forward(None, usize::MAX))?;
    Ok(entries.into_iter().map(|entry| (entry.key, entry.value.as_str().to_owned())).collect())
}

fn changed(before: BTreeMap<String, String>, after: BTreeMap<String, String>) -> Changed {
    let gone = before.keys().filter(|key| !after.contains_key(*key)).map(|key| (key.clone(), None));
    let gone: Changed = gone.collect();
    let put = after.into_iter().filter(|(key, value)| before.get(key) != Some(value));
    put.map(|(key, value)| (key, Some(value))).chain(gone).collect()
}

fn with_command(given: &[Event], command: &Command, last: &[Event], expected: &Changed) -> String {
    let mut body = steps_of("given", given);
    let fields = command.fields.iter().fold(String::new(), |fields, (name, value)| {
        format!("{fields}.with({}, {})", text(name), text(value))
    });
    let _ = writeln!(body, "        .when(Command::new({}){fields})", text(&command.name));
    body + &steps_of("then_events", last) + &expectations(expected)
}

/// Returns the steps of a test whose last events no command of the app appends in this state: they are given, too.
fn without_command(app: &Arc<dyn App>, events: &[Event]) -> Result<String> {
    let (given, last) = events.split_at(events.len().saturating_sub(1));
    let applied = space_with(app, given).and_then(|space| {
        let before = state(&space)?;
        append(&space, last)?;
        Ok(changed(before, state(&space)?))
    });
    let (note, expected) = match applied {
        Ok(expected) => (
            "No command of the app appends the last event in this state, so it is given as well.".to_owned(),
            expected,
        ),
        Err(error) => {
            (format!("It fails as long as the app cannot apply these events: {error}"), Changed::default())
        }
    };
    Ok(format!("        // {}\n{}{}", comment(&note), steps_of("given", events), expectations(&expected)))
}

fn steps_of(step: &str, events: &[Event]) -> String {
    if events.is_empty() && step == "given" {
        return String::new();
    }
    let lines: String =
        events.iter().map(|event| format!("            {},\n", event_line(event, step == "given"))).collect();
    format!("        .{step}([\n{lines}        ])\n")
}

fn event_line(event: &Event, with_version: bool) -> String {
    let (entity, event_type) = (text(&event.entity_id), text(&event.event_type));
    let line = format!("event({entity}, {event_type}, {})", document(event.payload.as_str()));
    match schema_version(event).filter(|_| with_version) {
        Some(version) => {
            format!("{line}.with_metadata(exact({}))", text(&version_metadata(&version)))
        }
        None => line,
    }
}

fn expectations(expected: &Changed) -> String {
    let is_short = |(_, value): &(&String, &Option<String>)| {
        value.as_ref().is_none_or(|value| value.len() <= LONGEST_VALUE)
    };
    let mut lines = String::new();
    let shown = expected.iter().filter(is_short).take(MOST_KEYS);
    let mut count = 0;
    for (key, value) in shown {
        count += 1;
        let _ = match value {
            Some(value) => writeln!(lines, "        .then_state({}, {})", text(key), document(value)),
            None => writeln!(lines, "        .then_no_state({})", text(key)),
        };
    }
    match expected.len() - count {
        0 => lines,
        more => lines + &format!("        // Changed as well: {}.\n", counted(more as u64, "key", "keys")),
    }
}

/// Returns the whole text around the steps.
fn framed(app: &dyn App, events: &[Event], heading: &Heading, body: &str) -> String {
    let path = app.type_name();
    let name = path.rsplit("::").next().unwrap_or(path);
    // The modules of the bundled apps are private.
    let path =
        if path.starts_with("ramax::apps::") { format!("ramax::apps::{name}") } else { path.to_owned() };
    let mut top = format!(
        "// Of the {}: {}.\n",
        comment(&heading.about),
        counted(events.len() as u64, "event", "events")
    );
    if !heading.masked.is_empty() {
        let _ = writeln!(top, "// Stand-ins for the values of: {}.", comment(&heading.masked.join(", ")));
    }
    top.push('\n');
    let (is_exact, has_command) = (body.contains("exact("), body.contains(".when("));
    let own = [("Command", has_command), ("Json", is_exact)].into_iter().filter(|(_, is_used)| *is_used);
    let own: Vec<&str> = own.map(|(name, _)| name).collect();
    match own.as_slice() {
        [] => {}
        [one] => top += &format!("use ramax::{one};\n"),
        several => top += &format!("use ramax::{{{}}};\n", several.join(", ")),
    }
    top += &format!("use {path};\nuse ramax::testing::{{Scenario, event}};\n");
    if body.contains("json!(") {
        top += "use serde_json::json;\n";
    }
    if is_exact {
        top += "\n/// Returns a document whose digits or repeated keys a value would not keep.\n";
        top += "fn exact(text: &str) -> Json {\n    Json::checked(text.to_owned()).unwrap()\n}\n";
    }
    let body = body.trim_end();
    // The last step ends the statement, even if a comment follows it.
    let (steps, note) = match body.rsplit_once('\n') {
        Some((steps, note)) if note.trim_start().starts_with("//") => (steps, format!("\n{note}")),
        _ => (body, String::new()),
    };
    format!(
        "{top}\n#[test]\nfn {}() {{\n    Scenario::of({name})\n{steps};{note}\n}}\n",
        identifier(&heading.about)
    )
}

//! Values of a database with which a command line can continue.
//!
//! A shell asks while its user waits, so that every read is bounded, nothing is written, and no lock is waited for.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::content_store::{App, Apps, CurrentForms, FieldKind, Store};
use crate::error::Result;
use crate::event_store::Page;
use crate::operations::{self, CheckpointOrder, FieldPath, Scope, SpaceOrder, complete_query};
use crate::pstate::{ProjectionId, STATE};
use crate::query::Gap;
use crate::space::Space;

use super::line::Line;

/// The most values that are offered.
const MOST: usize = 200;

/// Spaces read at once.
const SPACES: usize = 1000;

/// The latest events of an entity whose fields are offered.
const EVENTS: usize = 300;

/// The time after which no further spaces are read.
const PATIENCE: Duration = Duration::from_millis(25);

/// Returns the values that the last word can become in any database; `None` if it is not the place of such a value.
pub(super) fn fixed(line: &Line) -> Option<Vec<&'static str>> {
    let words = match (line.command.as_str(), line.wanted.as_deref()?) {
        ("spaces" | "spaces list", "sort") => SpaceOrder::ALL.map(SpaceOrder::word).to_vec(),
        ("checkpoints" | "checkpoints list", "sort") => {
            CheckpointOrder::ALL.map(CheckpointOrder::word).to_vec()
        }
        _ => return None,
    };
    Some(words.into_iter().filter(|word| word.starts_with(&line.typed)).collect())
}

/// Returns the values that the last word can become; `None` if it is not the place of one.
pub(super) fn candidates(store: &Store, apps: &Apps, line: &Line) -> Option<Result<Vec<String>>> {
    let typed = line.typed.as_str();
    let found = match (line.command.as_str(), line.wanted.as_deref()?) {
        ("spaces create", _) => return None,
        (_, "space") => spaces(store, typed),
        (_, "subscription" | "subscriptions") => subscriptions(store),
        (_, "projection") => projections(store, apps, line),
        (_, "key" | "prefix") => keys(store, line),
        ("run", "command") => commands(store, apps, line),
        ("run", "fields") => fields_of_command(store, apps, line),
        ("redact", "fields") => fields_of_entity(store, line),
        (_, "entity") => entities(store, line),
        (_, "query") => query(store, apps, line),
        _ => return None,
    };
    Some(found.map(|found| {
        let is_offered = |value: &String| value.starts_with(typed) && !value.contains(char::is_control);
        found.into_iter().filter(is_offered).take(MOST).collect()
    }))
}

fn spaces(store: &Store, typed: &str) -> Result<Vec<String>> {
    let (since, mut after, mut found) = (Instant::now(), None, Vec::new());
    while found.len() < MOST && since.elapsed() < PATIENCE {
        let page = store.events().spaces(Page::forward(after, SPACES))?;
        let is_last = page.len() < SPACES;
        after = page.last().map(|record| record.space.space_id);
        let names = page.into_iter().map(|record| record.space.space_name);
        found.extend(names.filter(|name| name.starts_with(typed)));
        if is_last {
            break;
        }
    }
    Ok(found)
}

fn subscriptions(store: &Store) -> Result<Vec<String>> {
    Ok(store.events().subscriptions()?.into_iter().map(|subscription| subscription.name).collect())
}

/// Returns the space that the line names.
fn space(store: &Store, line: &Line) -> Result<Option<Space>> {
    let Some(name) = line.value("space") else { return Ok(None) };
    Ok(Some(operations::find_record(store, name)?.space))
}

/// Returns the app of the space that the line names.
fn app(store: &Store, apps: &Apps, line: &Line) -> Result<Option<std::sync::Arc<dyn App>>> {
    let Some(space) = space(store, line)? else { return Ok(None) };
    Ok(apps.of_each(store, &[&space])?.pop().flatten())
}

fn projections(store: &Store, apps: &Apps, line: &Line) -> Result<Vec<String>> {
    let spaces = match line.value("space") {
        Some(name) => vec![operations::overview(store, apps, name)?],
        None => operations::overviews(store, apps, Page::forward(None, MOST))?,
    };
    let projections = spaces.into_iter().flat_map(|space| space.projections);
    let names: BTreeSet<String> = projections.map(|projection| projection.name.into_owned()).collect();
    Ok(names.into_iter().collect())
}

/// Returns stored keys, without bringing the projection up to date.
fn keys(store: &Store, line: &Line) -> Result<Vec<String>> {
    let Some(space) = space(store, line)? else { return Ok(Vec::new()) };
    let projection = ProjectionId::new(space.space_id, line.value("projection").unwrap_or(STATE));
    let entries = store.pstate().scan(projection, &line.typed, Page::forward(None, MOST))?;
    Ok(entries.into_iter().map(|entry| entry.key).collect())
}

fn commands(store: &Store, apps: &Apps, line: &Line) -> Result<Vec<String>> {
    let app = app(store, apps, line)?;
    Ok(app.iter().flat_map(|app| app.commands()).map(|command| command.name.to_owned()).collect())
}

/// Returns the fields of a command that are still missing, or values of the field that is being typed.
fn fields_of_command(store: &Store, apps: &Apps, line: &Line) -> Result<Vec<String>> {
    let app = app(store, apps, line)?;
    let wanted = line.value("command");
    let command = app.iter().flat_map(|app| app.commands()).find(|command| Some(command.name) == wanted);
    let Some(command) = command else { return Ok(Vec::new()) };
    let Some((name, typed)) = line.typed.split_once('=') else {
        let given = line.values.get("fields").into_iter().flatten();
        let given: BTreeSet<&str> = given.filter_map(|field| Some(field.split_once('=')?.0)).collect();
        let missing = command.fields.iter().filter(|field| !given.contains(field.name));
        return Ok(missing.map(|field| format!("{}=", field.name)).collect());
    };
    let kind = command.fields.iter().find(|field| field.name == name).map(|field| field.kind);
    let values = match kind {
        Some(FieldKind::Boolean) => vec!["true".to_owned(), "false".to_owned()],
        Some(FieldKind::Choice(choices)) => choices.iter().map(|choice| (*choice).to_owned()).collect(),
        Some(FieldKind::Reference(entity)) => {
            let Some(space) = space(store, line)? else { return Ok(Vec::new()) };
            let prefix = format!("{entity}:");
            let projection = ProjectionId::new(space.space_id, STATE);
            let page = Page::forward(None, MOST);
            let entries = store.pstate().scan(projection, &format!("{prefix}{typed}"), page)?;
            let value = |key: &str| key.strip_prefix(&prefix).map(str::to_owned);
            entries.iter().filter_map(|entry| value(&entry.key)).collect()
        }
        _ => Vec::new(),
    };
    Ok(values.into_iter().map(|value| format!("{name}={value}")).collect())
}

fn fields_of_entity(store: &Store, line: &Line) -> Result<Vec<String>> {
    let (Some(space), Some(entity)) = (space(store, line)?, line.value("entity")) else {
        return Ok(Vec::new());
    };
    let events = store.events().read_entity(space.space_id, entity, Page::backward(None, EVENTS))?;
    let fields: BTreeSet<String> =
        events.iter().flat_map(FieldPath::all_of).map(|field| field.to_string()).collect();
    Ok(fields.into_iter().collect())
}

/// Returns the entities of the space that start as typed.
fn entities(store: &Store, line: &Line) -> Result<Vec<String>> {
    let Some(space) = space(store, line)? else { return Ok(Vec::new()) };
    store.events().entities(space.space_id, &line.typed, MOST)
}

/// Returns continuations of the last term of a query.
fn query(store: &Store, apps: &Apps, line: &Line) -> Result<Vec<String>> {
    let typed = line.typed.as_str();
    let Some(gap) = Gap::at(typed, typed.len()) else { return Ok(Vec::new()) };
    let scope = space(store, line)?.map_or(Scope::All, |space| Scope::Space(space.space_id));
    let found = complete_query(store, &CurrentForms::new(store, apps), scope, (&gap, MOST), &mut || {
        store.check_stop()
    })?;
    let before = &typed[..gap.place.start];
    Ok(found.into_iter().map(|candidate| format!("{before}{}", candidate.text)).collect())
}

//! An app with several projections, in several versions, and a model of what each of them holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use ramax::content_store::{Applied, CommandSpec, ProjectionMode, ProjectionSpec, StateError};
use ramax::pstate::{ProjectionId, STATE};
use ramax::{
    App, Apps, ContentStore, Event, Json, NewEvent, Page, Result, Schema, SpaceSequence, State, Store,
};
use serde_json::{Value, json};

/// Counts amounts, in one of several versions.
pub struct Tally {
    version: u32,
    projections: &'static [ProjectionSpec],
}

const fn spec(name: &'static str, version: u32, mode: ProjectionMode, apply: Handler) -> ProjectionSpec {
    ProjectionSpec { name, summary: "a test", version, mode, schema: Schema::EMPTY, apply }
}

type Handler = fn(&mut State<'_>, &Event) -> std::result::Result<Applied, StateError>;

const FIRST: &[ProjectionSpec] = &[
    spec("sums", 1, ProjectionMode::Inline, |state, event| sum(state, event, 1)),
    spec("order", 1, ProjectionMode::Async, order),
    spec("sizes", 1, ProjectionMode::Async, |state, event| size(state, event, 1)),
];

/// Without `order`, with a later version of `sums` and `sizes`, and with one more.
const SECOND: &[ProjectionSpec] = &[
    spec("sums", 2, ProjectionMode::Inline, |state, event| sum(state, event, 10)),
    spec("sizes", 2, ProjectionMode::Async, |state, event| size(state, event, 10)),
    spec("last", 1, ProjectionMode::Inline, last),
];

/// The number of versions.
pub const VERSIONS: u32 = 2;

impl Tally {
    pub fn of(version: u32) -> Self {
        Self { version, projections: if version == 1 { FIRST } else { SECOND } }
    }
}

impl App for Tally {
    fn name(&self) -> &'static str {
        "tally"
    }

    fn summary(&self) -> &'static str {
        "amounts by key"
    }

    fn space_prefix(&self) -> &'static str {
        "tally_"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["amount.added"]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        &[]
    }

    fn state_version(&self) -> u32 {
        self.version
    }

    fn projections(&self) -> &'static [ProjectionSpec] {
        self.projections
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> std::result::Result<Applied, StateError> {
        state.put(&format!("amount:{}", event.entity_id), &json!([self.version, amount(event)]))?;
        Ok(Applied::Yes)
    }
}

fn amount(event: &Event) -> u64 {
    event.payload.parse::<u64>().unwrap()
}

/// Sums the amounts of a key. Drops the sum when it reaches a hundred.
fn sum(state: &mut State<'_>, event: &Event, factor: u64) -> std::result::Result<Applied, StateError> {
    let key = format!("sum:{}", event.entity_id);
    let sum = state.get::<u64>(&key)?.unwrap_or_default() + factor * amount(event);
    if sum >= 100 * factor {
        state.delete(&key);
    } else {
        state.put(&key, &sum)?;
    }
    Ok(Applied::Yes)
}

/// Keeps the number of events, and a number that depends on each of them and on their order.
fn order(state: &mut State<'_>, event: &Event) -> std::result::Result<Applied, StateError> {
    let (count, digest): (u64, u64) = state.get("order")?.unwrap_or_default();
    state.put("order", &(count + 1, digested(digest, event)))?;
    state.put(&format!("at:{}", count + 1), &event.space_sequence)?;
    Ok(Applied::Yes)
}

fn digested(digest: u64, event: &Event) -> u64 {
    (digest * 31 + amount(event) + event.entity_id.len() as u64) % 1_000_003
}

/// Keeps the keys by amount, found by a scan.
fn size(state: &mut State<'_>, event: &Event, factor: u64) -> std::result::Result<Applied, StateError> {
    state.put(&format!("key:{}", event.entity_id), &(factor * amount(event)))?;
    let all: Vec<(String, u64)> = state.scan("key:").collect::<std::result::Result<_, StateError>>()?;
    state.put("largest", &all.iter().map(|(_, amount)| *amount).max())?;
    Ok(Applied::Yes)
}

fn last(state: &mut State<'_>, event: &Event) -> std::result::Result<Applied, StateError> {
    state.put("last", &event.entity_id)?;
    Ok(Applied::Yes)
}

/// Returns the apps of a program of this version.
pub fn apps(version: u32) -> Apps {
    Apps::default().with(Arc::new(Tally::of(version)))
}

pub fn open(store: &Store, space: &str, version: u32) -> ContentStore {
    ContentStore::open(store, space, Arc::new(Tally::of(version))).unwrap()
}

/// Adds to the amounts of a key.
pub fn add(space: &ContentStore, key: &str, amount: u64) -> Result<()> {
    let event = NewEvent::new(key, "amount.added", Json::of(&amount.into()));
    space.commit(|_| Ok(vec![event.clone()])).map(drop)
}

/// Returns what a projection holds after these events, derived without the app.
pub fn model(projection: &str, version: u32, events: &[Event]) -> BTreeMap<String, Value> {
    let mut model = BTreeMap::new();
    let factor = if version == 1 { 1 } else { 10 };
    for (event, number) in events.iter().zip(1_u64..) {
        let (key, amount) = (&event.entity_id, amount(event));
        match projection {
            STATE => drop(model.insert(format!("amount:{key}"), json!([version, amount]))),
            "sums" => {
                let key = format!("sum:{key}");
                let sum = model.get(&key).and_then(Value::as_u64).unwrap_or(0) + factor * amount;
                if sum >= 100 * factor {
                    model.remove(&key);
                } else {
                    model.insert(key, sum.into());
                }
            }
            "order" => {
                let digest = model.get("order").and_then(|order| order[1].as_u64()).unwrap_or(0);
                model.insert("order".to_owned(), json!([number, digested(digest, event)]));
                model.insert(format!("at:{number}"), number.into());
            }
            "sizes" => {
                model.insert(format!("key:{key}"), (factor * amount).into());
                let amounts = model.iter().filter(|(key, _)| key.starts_with("key:"));
                let largest = amounts.filter_map(|(_, amount)| amount.as_u64()).max();
                model.insert("largest".to_owned(), largest.into());
            }
            "last" => drop(model.insert("last".to_owned(), key.clone().into())),
            other => panic!("{other}"),
        }
    }
    model
}

/// Returns the stored rows of a projection.
pub fn rows(store: &Store, id: ProjectionId<'_>) -> BTreeMap<String, Value> {
    let mut rows = BTreeMap::new();
    loop {
        let after = rows.last_key_value().map(|(key, _): (&String, &Value)| key.clone());
        let page = store.pstate().scan(id, "", Page::forward(after, 1000)).unwrap();
        if page.is_empty() {
            return rows;
        }
        rows.extend(page.into_iter().map(|entry| (entry.key, entry.value.to_value())));
    }
}

/// Returns all events of a space.
pub fn events(space: &ContentStore) -> Vec<Event> {
    space.events(SpaceSequence::START).collect::<Result<_>>().unwrap()
}

//! An app whose events exercise everything that a fold has to deal with, and a model of it written by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use ramax::content_store::{Applied, CommandSpec, ProjectionMode, ProjectionSpec, StateError, Upcaster};
use ramax::pstate::schema::{Entity, Field};
use ramax::{App, ContentStore, Event, Json, NewEvent, Reference, Schema, State, Timestamp};
use serde_json::{Value, json};

use crate::support::{Fixture, event};

/// Notes with a text, which may refer to another note.
pub struct Notes;

/// The name of the second projection.
pub const LENGTHS: &str = "lengths";

const PROJECTIONS: &[ProjectionSpec] = &[ProjectionSpec {
    name: LENGTHS,
    summary: "the length of each text, and their sum",
    version: 1,
    mode: ProjectionMode::Async,
    schema: Schema::EMPTY,
    apply: lengths,
}];

const UPCASTERS: &[Upcaster] =
    &[Upcaster::rename("note.written", 1, "note.set", 1), Upcaster::new("note.set", 1, trimmed)];

/// Earlier handlers stored the id of the note to which a note refers.
const FIELDS: &[Field] =
    &[Field::belongs_to("about", "note").migrate(|id, _| match id.and_then(Value::as_str) {
        Some(id) => Reference::to("note", id).into(),
        None => Value::Null,
    })];

const SCHEMA: Schema = Schema::new(&[Entity::new("note", FIELDS)]);

/// The first version had texts with blanks around them.
fn trimmed(payload: &Json) -> Result<Json, StateError> {
    let mut note: Value = payload.parse()?;
    let text = note["text"].as_str().ok_or_else(|| StateError::Inapplicable("no text".to_owned()))?;
    note["text"] = text.trim().into();
    Ok(Json::of(&note))
}

impl App for Notes {
    fn name(&self) -> &'static str {
        "notes"
    }

    fn summary(&self) -> &'static str {
        "notes"
    }

    fn space_prefix(&self) -> &'static str {
        "notes_"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["note.set", "note.removed", "note.counted"]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        &[]
    }

    fn schema(&self) -> Schema {
        SCHEMA
    }

    fn upcasters(&self) -> &'static [Upcaster] {
        UPCASTERS
    }

    fn projections(&self) -> &'static [ProjectionSpec] {
        PROJECTIONS
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        let key = format!("note:{}", event.entity_id);
        match &*event.event_type {
            "note.set" => {
                let note: Value = event.payload.parse()?;
                // Written before the failure, so that it has to be undone.
                state.put(&key, &note)?;
                if note["text"] == "bad" {
                    return Err(StateError::Inapplicable("a bad text".to_owned()));
                }
            }
            "note.removed" => {
                if !state.contains(&key)? {
                    return Err(StateError::Inapplicable("there is no such note".to_owned()));
                }
                state.delete(&key);
            }
            "note.counted" => {
                let count = state.scan::<Value>("note:").count();
                state.put("count", &count)?;
            }
            _ => return Ok(Applied::UnknownType),
        }
        Ok(Applied::Yes)
    }
}

fn lengths(state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
    if &*event.event_type != "note.set" {
        return Ok(Applied::UnknownType);
    }
    let note: Value = event.payload.parse()?;
    let text = note["text"].as_str().unwrap_or_default();
    let key = format!("length:{}", event.entity_id);
    let before: usize = state.get(&key)?.unwrap_or_default();
    state.put(&key, &text.len())?;
    state.change_or_default("sum", |sum: &mut usize| *sum = *sum + text.len() - before)?;
    Ok(Applied::Yes)
}

/// An event of a history.
#[derive(Debug, Clone)]
pub enum Happening {
    Set {
        note: u8,
        text: String,
        about: u8,
    },
    /// A text in the first form, under the first name of its type.
    Written {
        note: u8,
        text: String,
        about: u8,
    },
    /// A text that the upcaster cannot read.
    Unreadable {
        note: u8,
    },
    /// A text that the handler of the state cannot apply, and that of the lengths can.
    Bad {
        note: u8,
    },
    Removed {
        note: u8,
    },
    Counted,
    /// A type that no version of the app has.
    Unknown,
}

impl Happening {
    pub fn new_event(&self) -> NewEvent {
        let note = |note: &u8| format!("n{note}");
        let current = |event: NewEvent| event.with_metadata(Json::of(&json!({"schema_version": 2})));
        match self {
            Self::Set { note: n, text, about } => {
                current(event(&note(n), "note.set", json!({"text": text, "about": note(about)})))
            }
            Self::Written { note: n, text, about } => {
                event(&note(n), "note.written", json!({"text": format!(" {text} "), "about": note(about)}))
            }
            Self::Unreadable { note: n } => event(&note(n), "note.set", json!({"text": 7})),
            Self::Bad { note: n } => {
                current(event(&note(n), "note.set", json!({"text": "bad", "about": "n0"})))
            }
            Self::Removed { note: n } => event(&note(n), "note.removed", json!({})),
            Self::Counted => event("all", "note.counted", json!({})),
            Self::Unknown => event("n0", "note.praised", json!({"text": "x"})),
        }
    }
}

/// The projections after some events, written by hand: values by key, with the times of their events.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    pub state: BTreeMap<String, (Value, Timestamp)>,
    pub lengths: BTreeMap<String, (Value, Timestamp)>,
}

impl Model {
    pub fn apply(&mut self, happening: &Happening, time: Timestamp) {
        let notes = |state: &BTreeMap<String, (Value, Timestamp)>| {
            state.keys().filter(|key| key.starts_with("note:")).count()
        };
        match happening {
            Happening::Set { note, text, about } | Happening::Written { note, text, about } => {
                let value = json!({"text": text.trim(), "about": {"$ref": format!("note:n{about}")}});
                self.state.insert(format!("note:n{note}"), (value, time));
                self.measure(*note, text.trim().len(), time);
            }
            Happening::Bad { note } => self.measure(*note, 3, time),
            Happening::Removed { note } => drop(self.state.remove(&format!("note:n{note}"))),
            Happening::Counted => {
                drop(self.state.insert("count".to_owned(), (notes(&self.state).into(), time)))
            }
            Happening::Unreadable { .. } | Happening::Unknown => {}
        }
    }

    fn measure(&mut self, note: u8, length: usize, time: Timestamp) {
        self.lengths.insert(format!("length:n{note}"), (length.into(), time));
        let lengths = self.lengths.iter().filter(|(key, _)| key.as_str() != "sum");
        let sum: u64 = lengths.filter_map(|(_, (length, _))| length.as_u64()).sum();
        self.lengths.insert("sum".to_owned(), (sum.into(), time));
    }
}

/// Appends a history to a new space, and returns the models before the first event and after each.
pub fn append(fixture: &Fixture, happenings: &[Happening]) -> (ContentStore, Vec<Model>) {
    let notes = ContentStore::open(&fixture.store, "notes_a", Arc::new(Notes)).unwrap();
    let (mut model, mut models) = (Model::default(), vec![Model::default()]);
    for happening in happenings {
        let now = fixture.store.clock().now();
        let new = [happening.new_event()];
        let append = ramax::Append { expected: ramax::Expected::Any, now, events: &new };
        let event = fixture.store.events().append(notes.space_id(), append).unwrap().remove(0);
        model.apply(happening, event.timestamp);
        models.push(model.clone());
    }
    (notes, models)
}

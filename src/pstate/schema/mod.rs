//! What an app's entities look like today, and how those stored by earlier versions come to look so.
//!
//! A migration runs whenever an entity is read, so that no code ever meets an old form; what was read in
//! an old form is written back in batches. It is declared per field and sees the field's value and the
//! whole entity:
//!
//! ```
//! use ramax::pstate::schema::{Entity, Field, Schema, Value};
//! use ramax::Reference;
//! use serde_json::json;
//!
//! const SCHEMA: Schema = Schema::new(&[Entity::new("card", &[
//!     Field::string("front").migrate(|_, card| card.get("question").cloned().unwrap_or_default()),
//!     Field::map("notes").migrate(|notes, _| match notes {
//!         Some(Value::String(text)) => json!({ "text": text }),
//!         other => other.cloned().unwrap_or_default(),
//!     }),
//!     Field::belongs_to("deck", "deck").migrate(|id, _| match id.and_then(Value::as_str) {
//!         Some(id) => Reference::to("deck", id).into(),
//!         None => Value::Null,
//!     }),
//! ])]);
//!
//! let mut card = json!({"question": "Hello", "notes": "greeting", "deck": "d1"});
//! assert_eq!(SCHEMA.migrate("card:c1", &mut card), ["front", "notes", "deck"]);
//! assert_eq!(card["front"], "Hello");
//! assert_eq!(card["notes"], json!({"text": "greeting"}));
//! assert_eq!(card["deck"], json!({"$ref": "deck:d1"}));
//! assert!(SCHEMA.migrate("card:c1", &mut card).is_empty(), "twice changes nothing");
//! ```

mod field;

pub use field::{Field, Migrate, Shape, Validate};
pub use serde_json::{Map, Value};

use std::time::Instant;

use tracing::debug;

use crate::json::Json;

use super::{Entry, Reference};

/// The entities of an app. Plain data, so that it can be a constant.
#[derive(Debug, Clone, Copy, Default)]
pub struct Schema {
    entities: &'static [Entity],
}

/// The fields of one type of entity.
#[derive(Debug, Clone, Copy)]
pub struct Entity {
    /// The type: what its keys have before the first colon.
    pub name: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
}

impl Entity {
    /// A type of entity with these fields.
    #[must_use]
    pub const fn new(name: &'static str, fields: &'static [Field]) -> Self {
        Self { name, fields }
    }
}

/// A field whose value is not as the schema has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The field.
    pub field: &'static str,
    /// What it should be.
    pub expected: Shape,
}

/// The type of the entity at a key: what stands before the first colon. A key without one has no type.
///
/// ```
/// use ramax::pstate::schema::entity_type;
/// assert_eq!(entity_type("card:rest:of:id"), Some("card"));
/// assert_eq!(entity_type("settings"), None);
/// ```
#[must_use]
pub fn entity_type(key: &str) -> Option<&str> {
    key.split_once(':').map(|(entity_type, _)| entity_type)
}

/// The type of the entity at a key, if the value there is an entity: not so if it is a reference to one.
fn type_of<'a>(key: &'a str, value: &Value) -> Option<&'a str> {
    entity_type(key).filter(|_| !Reference::is(value))
}

impl Schema {
    /// A schema that says nothing.
    pub const EMPTY: Self = Self::new(&[]);

    /// A schema of these entities. Where a type comes up more than once, its fields add up.
    #[must_use]
    pub const fn new(entities: &'static [Entity]) -> Self {
        Self { entities }
    }

    /// The types of entities, in the order in which they were declared.
    #[must_use]
    pub fn entity_types(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for entity in self.entities {
            if !names.contains(&entity.name) {
                names.push(entity.name);
            }
        }
        names
    }

    /// The fields of a type of entity, in the order in which they were declared; none if the type is
    /// unknown.
    pub fn fields<'a>(&self, entity_type: &'a str) -> impl Iterator<Item = &'static Field> + use<'a> {
        let of_type = move |entity: &&Entity| entity.name == entity_type;
        self.entities.iter().filter(of_type).flat_map(|entity| entity.fields)
    }

    /// Whether entities at keys like this one may need migrating.
    #[must_use]
    pub fn migrates(&self, key: &str) -> bool {
        entity_type(key).is_some_and(|name| self.fields(name).any(|field| field.migrate.is_some()))
    }

    /// Brings the entity at a key to today's form, and returns the fields that changed. Unknown types,
    /// keys without a type, references, and values that are not maps are left alone; so are fields that the schema does
    /// not name, and values that their migration cannot make fit.
    pub fn migrate(&self, key: &str, value: &mut Value) -> Vec<&'static str> {
        let (Some(entity_type), Value::Object(entity)) = (type_of(key, value), value) else {
            return Vec::new();
        };
        // All see the entity as it is stored, whatever the order of the fields.
        let migrated: Vec<(&'static str, Value)> = self
            .fields(entity_type)
            .filter_map(|field| Some((field.name, field.migrated(entity)?)))
            .collect();
        let changed = migrated.iter().map(|(name, _)| *name).collect();
        for (name, value) in migrated {
            match entity.get_mut(name) {
                Some(stored) => *stored = value,
                None => self.add_in_order(entity_type, entity, name, value),
            }
        }
        changed
    }

    /// Adds a field behind those declared before it, where an app that writes its fields in the order of
    /// the schema has it as well, so that a rebuild yields the same bytes.
    fn add_in_order(&self, entity_type: &str, entity: &mut Map<String, Value>, name: &str, value: Value) {
        let declared_before = || self.fields(entity_type).take_while(|field| field.name != name);
        let is_before = |key: &String| declared_before().any(|field| field.name == key);
        let place = entity.keys().rposition(is_before).map_or(entity.len(), |last| last + 1);
        entity.shift_insert(place, name.to_owned(), value);
    }

    /// Whether [`Schema::migrate`] would change something.
    #[must_use]
    pub fn needs_migration(&self, key: &str, value: &Value) -> bool {
        let (Some(entity_type), Value::Object(entity)) = (type_of(key, value), value) else {
            return false;
        };
        self.fields(entity_type).any(|field| field.migrated(entity).is_some())
    }

    /// The fields of an entity that are not as the schema has them. A field that is null or missing is
    /// none of them, unless its validation says so.
    #[must_use]
    pub fn misfits(&self, key: &str, value: &Value) -> Vec<Misfit> {
        let (Some(entity_type), Value::Object(entity)) = (type_of(key, value), value) else {
            return Vec::new();
        };
        self.fields(entity_type)
            .filter(|field| !field.fits(entity.get(field.name).unwrap_or(&Value::Null)))
            .map(|field| Misfit { field: field.name, expected: field.shape })
            .collect()
    }

    /// The value of an entry in today's form, where that is another than the stored one.
    pub(crate) fn migrated(&self, key: &str, stored: &Json) -> Option<Json> {
        if !self.migrates(key) {
            return None;
        }
        let started = Instant::now();
        let mut value: Value = stored.parse().ok()?;
        let fields = self.migrate(key, &mut value);
        if fields.is_empty() {
            return None;
        }
        let value = Json::of(&value);
        let entity_type = key.split_once(':').map(|(entity_type, _)| entity_type);
        debug!(key, entity_type, ?fields, micros = started.elapsed().as_micros(), "migrated");
        Some(value)
    }

    /// An entry in today's form, as of the time at which it was written.
    pub(crate) fn migrated_entry(&self, mut entry: Entry) -> Entry {
        if let Some(value) = self.migrated(&entry.key, &entry.value) {
            entry.value = value;
        }
        entry
    }
}

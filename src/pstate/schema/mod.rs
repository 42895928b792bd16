//! The current form of an app's entities, and the migration of entities that earlier versions stored.
//!
//! A migration runs whenever an entity is read, so that no code ever sees an old form. Migrated entities are written
//! back in batches. A migration is declared per field, and receives the field's value and the whole entity:
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

/// The entity types of an app. It is plain data, so that it can be a constant.
#[derive(Debug, Clone, Copy, Default)]
pub struct Schema {
    entities: &'static [Entity],
}

/// The fields of an entity type.
#[derive(Debug, Clone, Copy)]
pub struct Entity {
    /// The type: the part of its keys before the first colon.
    pub name: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
}

impl Entity {
    /// Creates an entity type with these fields.
    pub const fn new(name: &'static str, fields: &'static [Field]) -> Self {
        Self { name, fields }
    }
}

/// A field whose value does not match the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The field.
    pub field: &'static str,
    /// The expected shape.
    pub expected: Shape,
}

/// Returns the type of the entity at a key: the part before the first colon. A key without a colon has no type.
///
/// ```
/// use ramax::pstate::schema::entity_type;
/// assert_eq!(entity_type("card:rest:of:id"), Some("card"));
/// assert_eq!(entity_type("settings"), None);
/// ```
pub fn entity_type(key: &str) -> Option<&str> {
    key.split_once(':').map(|(entity_type, _)| entity_type)
}

/// Returns the type of the entity at a key, unless the value is a reference.
fn type_of<'a>(key: &'a str, value: &Value) -> Option<&'a str> {
    entity_type(key).filter(|_| !Reference::is(value))
}

impl Schema {
    /// A schema without entity types.
    pub const EMPTY: Self = Self::new(&[]);

    /// Creates a schema of these entity types. The fields of repeated types are combined.
    pub const fn new(entities: &'static [Entity]) -> Self {
        Self { entities }
    }

    /// Returns the declared entity types with their fields; a repeated type once for each declaration.
    pub(super) fn entities(&self) -> &'static [Entity] {
        self.entities
    }

    /// Returns the names of the entity types, in the order of their declaration.
    pub fn entity_types(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for entity in self.entities {
            if !names.contains(&entity.name) {
                names.push(entity.name);
            }
        }
        names
    }

    /// Iterates over the fields of an entity type, in the order of their declaration. An unknown type has none.
    pub fn fields<'a>(&self, entity_type: &'a str) -> impl Iterator<Item = &'static Field> + use<'a> {
        let of_type = move |entity: &&Entity| entity.name == entity_type;
        self.entities.iter().filter(of_type).flat_map(|entity| entity.fields)
    }

    /// Returns true if entities with keys like this one may need a migration.
    pub fn migrates(&self, key: &str) -> bool {
        entity_type(key).is_some_and(|name| self.fields(name).any(|field| field.migrate.is_some()))
    }

    /// Converts the entity at a key to the current form, and returns the changed fields. Unknown types, keys without a type,
    /// references and values that are not maps stay unchanged. So do fields that are not in the schema, and values that
    /// their migration cannot convert.
    pub fn migrate(&self, key: &str, value: &mut Value) -> Vec<&'static str> {
        let (Some(entity_type), Value::Object(entity)) = (type_of(key, value), value) else {
            return Vec::new();
        };
        // Every migration sees the stored entity, whatever the order of the fields.
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

    /// Adds a field after those declared before it. An app that writes its fields in schema order then produces the same
    /// bytes in a rebuild.
    fn add_in_order(&self, entity_type: &str, entity: &mut Map<String, Value>, name: &str, value: Value) {
        let declared_before = || self.fields(entity_type).take_while(|field| field.name != name);
        let is_before = |key: &String| declared_before().any(|field| field.name == key);
        let index = entity.keys().rposition(is_before).map_or(entity.len(), |last| last + 1);
        entity.shift_insert(index, name.to_owned(), value);
    }

    /// Returns true if [`Schema::migrate`] would change something.
    pub fn needs_migration(&self, key: &str, value: &Value) -> bool {
        let (Some(entity_type), Value::Object(entity)) = (type_of(key, value), value) else {
            return false;
        };
        self.fields(entity_type).any(|field| field.migrated(entity).is_some())
    }

    /// Returns the fields of an entity that do not match the schema. A null or missing field matches, unless its validation
    /// rejects it.
    pub fn misfits(&self, key: &str, value: &Value) -> Vec<Misfit> {
        let (Some(entity_type), Value::Object(entity)) = (type_of(key, value), value) else {
            return Vec::new();
        };
        self.fields(entity_type)
            .filter(|field| !field.fits(entity.get(field.name).unwrap_or(&Value::Null)))
            .map(|field| Misfit { field: field.name, expected: field.shape })
            .collect()
    }

    /// Returns the value of an entry in the current form, if the stored one differs.
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

    /// Converts an entry to the current form, and keeps its time.
    pub(crate) fn migrated_entry(&self, mut entry: Entry) -> Entry {
        if let Some(value) = self.migrated(&entry.key, &entry.value) {
            entry.value = value;
        }
        entry
    }
}

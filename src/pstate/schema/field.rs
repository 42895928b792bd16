//! One field of an entity.

use std::fmt;

use serde_json::{Map, Value};

use crate::pstate::Reference;

/// Computes a field's value from the stored value (`None` if it is null or missing) and the stored entity.
///
/// It runs whenever the stored value does not fit or is missing. If it has no value, it returns null. Its result is used
/// if it fits; otherwise the stored value stays.
pub type Migrate = fn(value: Option<&Value>, entity: &Map<String, Value>) -> Value;

/// Returns true if a value has the current form. A missing field is passed as null.
pub type Validate = fn(value: &Value) -> bool;

/// The kinds of values of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Any value.
    Any,
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// An object that is not a reference.
    Map,
    /// An array.
    List,
    /// A reference.
    Ref,
    /// References by id.
    Collection,
}

impl Shape {
    /// Returns true if a value has this shape. Null has every shape.
    ///
    /// ```
    /// use ramax::pstate::schema::Shape;
    /// use serde_json::json;
    /// assert!(Shape::Integer.matches(&json!(1)) && !Shape::Integer.matches(&json!(1.0)));
    /// assert!(Shape::Collection.matches(&json!({"c1": {"$ref": "card:c1"}})));
    /// assert!(!Shape::Collection.matches(&json!(["c1"])));
    /// ```
    pub fn matches(self, value: &Value) -> bool {
        match (self, value) {
            (_, Value::Null) | (Self::Any, _) => true,
            (Self::String, value) => value.is_string(),
            (Self::Integer, value) => value.is_i64() || value.is_u64(),
            (Self::Map, value) => value.is_object() && !Reference::is(value),
            (Self::List, value) => value.is_array(),
            (Self::Ref, value) => Reference::is(value),
            (Self::Collection, Value::Object(items)) => items.values().all(Reference::is),
            (Self::Collection, _) => false,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "anything",
            Self::String => "a string",
            Self::Integer => "an integer",
            Self::Map => "a map",
            Self::List => "a list",
            Self::Ref => "a reference",
            Self::Collection => "references by id",
        })
    }
}

/// One field of an entity.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// The kinds of values that it has.
    pub shape: Shape,
    /// The type of the referenced entities, if any.
    pub refers_to: Option<&'static str>,
    /// Converts an old value to the current form.
    pub migrate: Option<Migrate>,
    /// Recognises values in the current form, if the shape is not enough.
    pub validate: Option<Validate>,
    /// More properties of the field that the app defines, by name.
    pub options: &'static [(&'static str, &'static str)],
}

impl Field {
    /// Creates a field of this shape.
    pub const fn new(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, refers_to: None, migrate: None, validate: None, options: &[] }
    }

    /// Creates a field with any value.
    pub const fn any(name: &'static str) -> Self {
        Self::new(name, Shape::Any)
    }

    /// Creates a field with text.
    pub const fn string(name: &'static str) -> Self {
        Self::new(name, Shape::String)
    }

    /// Creates a field with a whole number.
    pub const fn integer(name: &'static str) -> Self {
        Self::new(name, Shape::Integer)
    }

    /// Creates a field with a map.
    pub const fn map(name: &'static str) -> Self {
        Self::new(name, Shape::Map)
    }

    /// Creates a field with a list.
    pub const fn list(name: &'static str) -> Self {
        Self::new(name, Shape::List)
    }

    /// Creates a field with a reference to one entity of that type.
    pub const fn belongs_to(name: &'static str, entity_type: &'static str) -> Self {
        Self { refers_to: Some(entity_type), ..Self::new(name, Shape::Ref) }
    }

    /// Creates a field with references to any number of entities of that type, by id.
    pub const fn has_many(name: &'static str, entity_type: &'static str) -> Self {
        Self { refers_to: Some(entity_type), ..Self::new(name, Shape::Collection) }
    }

    /// Sets the migration.
    pub const fn migrate(mut self, migrate: Migrate) -> Self {
        self.migrate = Some(migrate);
        self
    }

    /// Sets the validation, which replaces the check of the shape.
    pub const fn validate(mut self, validate: Validate) -> Self {
        self.validate = Some(validate);
        self
    }

    /// Sets the app's properties of the field.
    pub const fn options(mut self, options: &'static [(&'static str, &'static str)]) -> Self {
        self.options = options;
        self
    }

    /// Returns true if a value has the current form.
    pub fn fits(&self, value: &Value) -> bool {
        self.validate.map_or_else(|| self.shape.matches(value), |validate| validate(value))
    }

    /// Returns the field's value in the current form, if the stored one differs.
    pub fn migrated(&self, entity: &Map<String, Value>) -> Option<Value> {
        let migrate = self.migrate?;
        let stored = entity.get(self.name).unwrap_or(&Value::Null);
        let is_stored = !stored.is_null();
        if self.fits(stored) && (is_stored || self.validate.is_some()) {
            return None;
        }
        let mut new = migrate(is_stored.then_some(stored), entity);
        if is_stored && new.is_null() {
            // The migration also runs for null, and would do so at the next read.
            new = migrate(None, entity);
        }
        (self.fits(&new) && new != *stored).then_some(new)
    }
}

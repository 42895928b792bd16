//! One field of an entity.

use std::fmt;

use serde_json::{Map, Value};

use crate::pstate::Reference;

/// Makes a field's value from the one stored, which is none where the field is null or missing, and the
/// entity as it is stored.
///
/// It is asked whenever the stored value does not fit, and whenever there is none: a migration that has
/// nothing to say then returns null. What it returns is taken if it fits, and else the stored value stays.
pub type Migrate = fn(value: Option<&Value>, entity: &Map<String, Value>) -> Value;

/// Whether a value is in today's form; a field that is missing is shown as null.
pub type Validate = fn(value: &Value) -> bool;

/// What values a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Any value.
    Any,
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// An object that is no reference.
    Map,
    /// An array.
    List,
    /// A reference.
    Ref,
    /// References by id.
    Collection,
}

impl Shape {
    /// Whether a value has this shape. Null has every shape.
    ///
    /// ```
    /// use ramax::pstate::schema::Shape;
    /// use serde_json::json;
    /// assert!(Shape::Integer.matches(&json!(1)) && !Shape::Integer.matches(&json!(1.0)));
    /// assert!(Shape::Collection.matches(&json!({"c1": {"$ref": "card:c1"}})));
    /// assert!(!Shape::Collection.matches(&json!(["c1"])));
    /// ```
    #[must_use]
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
    /// What values it has.
    pub shape: Shape,
    /// The type of entity that it refers to, if it does.
    pub refers_to: Option<&'static str>,
    /// How an old value becomes one of today.
    pub migrate: Option<Migrate>,
    /// What tells an old value from one of today, where the shape is not enough.
    pub validate: Option<Validate>,
    /// What else the app has to say about it, by name.
    pub options: &'static [(&'static str, &'static str)],
}

impl Field {
    /// A field of any shape.
    #[must_use]
    pub const fn new(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, refers_to: None, migrate: None, validate: None, options: &[] }
    }

    /// A field with any value.
    #[must_use]
    pub const fn any(name: &'static str) -> Self {
        Self::new(name, Shape::Any)
    }

    /// A field with text.
    #[must_use]
    pub const fn string(name: &'static str) -> Self {
        Self::new(name, Shape::String)
    }

    /// A field with a whole number.
    #[must_use]
    pub const fn integer(name: &'static str) -> Self {
        Self::new(name, Shape::Integer)
    }

    /// A field with a map.
    #[must_use]
    pub const fn map(name: &'static str) -> Self {
        Self::new(name, Shape::Map)
    }

    /// A field with a list.
    #[must_use]
    pub const fn list(name: &'static str) -> Self {
        Self::new(name, Shape::List)
    }

    /// A field with a reference to one entity of that type.
    #[must_use]
    pub const fn belongs_to(name: &'static str, entity_type: &'static str) -> Self {
        Self { refers_to: Some(entity_type), ..Self::new(name, Shape::Ref) }
    }

    /// A field with references to any number of entities of that type, by their ids.
    #[must_use]
    pub const fn has_many(name: &'static str, entity_type: &'static str) -> Self {
        Self { refers_to: Some(entity_type), ..Self::new(name, Shape::Collection) }
    }

    /// The same field with a migration.
    #[must_use]
    pub const fn migrate(mut self, migrate: Migrate) -> Self {
        self.migrate = Some(migrate);
        self
    }

    /// The same field with a validation, which takes the place of its shape in telling what fits.
    #[must_use]
    pub const fn validate(mut self, validate: Validate) -> Self {
        self.validate = Some(validate);
        self
    }

    /// The same field with more to say about it.
    #[must_use]
    pub const fn options(mut self, options: &'static [(&'static str, &'static str)]) -> Self {
        self.options = options;
        self
    }

    /// Whether a value is in today's form.
    #[must_use]
    pub fn fits(&self, value: &Value) -> bool {
        self.validate.map_or_else(|| self.shape.matches(value), |validate| validate(value))
    }

    /// The field's value in today's form, if the stored entity has it in another.
    #[must_use]
    pub fn migrated(&self, entity: &Map<String, Value>) -> Option<Value> {
        let migrate = self.migrate?;
        let stored = entity.get(self.name).unwrap_or(&Value::Null);
        let is_there = !stored.is_null();
        if self.fits(stored) && (is_there || self.validate.is_some()) {
            return None;
        }
        let mut new = migrate(is_there.then_some(stored), entity);
        if is_there && new.is_null() {
            // Null is asked about as well, and would be at the next reading.
            new = migrate(None, entity);
        }
        (self.fits(&new) && new != *stored).then_some(new)
    }
}

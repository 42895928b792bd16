//! Paths into values: `deck.cards[0].front`.
//!
//! | in a path | leads to |
//! |---|---|
//! | `a.b` | the field `b` of the field `a`; of a list, that field of every item |
//! | `a[12]` | the item at this index, counted from 0 |
//! | `a[*]`, `a[@]` | every item of a list, every value of a map |
//! | `[*].b`, `_[*].b` | the same, if the value itself is the list |
//! | `a\|b\|^text` | the first of these that is not null; `^` marks literal text |
//!
//! In a [`Projection`](crate::Projection) the first name is the key of an entity, and references are followed from
//! there: `deck:d1.cards.c1.front`. Keys may contain colons, but dots only in [`Path::of_names`].

mod insert;
mod parse;
mod walk;

pub(crate) use insert::{Elsewhere, kind, put};
pub(crate) use parse::MOST_STEPS;
pub(crate) use walk::{Land, walk};

use std::convert::Infallible;
use std::fmt;
use std::rc::Rc;
use std::str::FromStr;

use serde_json::{Map, Value};

use crate::error::PathError;

/// A path into a value, with the values that count as null and a default.
///
/// ```
/// use ramax::pstate::Path;
/// use serde_json::json;
/// # fn main() -> Result<(), ramax::PathError> {
/// let value = json!({"name": "", "nick": "Ada", "tags": [{"id": 4}, {"id": 1}]});
/// assert_eq!(Path::parse("tags.id")?.get(&value), Some(json!([4, 1])));
/// assert_eq!(Path::parse("tags[1].id")?.get(&value), Some(json!(1)));
/// assert_eq!(Path::parse("name|nick")?.get(&value), Some(json!("")));
/// assert_eq!(Path::parse("name|nick")?.or_null("").get(&value), Some(json!("Ada")));
/// assert_eq!(Path::parse("age")?.or(18).get(&value), Some(json!(18)));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    text: String,
    alternatives: Vec<Alternative>,
    nulls: Vec<Value>,
    default: Option<Value>,
}

/// One of the alternatives of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Alternative {
    Literal(String),
    Steps(Vec<Step>),
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Field(String),
    Index(usize),
    Every,
}

impl Path {
    /// Parses a path.
    ///
    /// # Errors
    /// [`PathError::Malformed`], with the position and the reason.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        Ok(Self::of(text.to_owned(), parse::alternatives(text)?))
    }

    /// Parses several paths, separated by commas.
    pub fn parse_many(text: &str) -> Result<Vec<Self>, PathError> {
        text.split(',').map(|path| Self::parse(path.trim())).collect()
    }

    /// Creates a path of these names, which may contain any characters.
    ///
    /// ```
    /// use ramax::pstate::Path;
    /// use serde_json::json;
    /// let path = Path::of_names(["acme.com", "visits"]);
    /// assert_eq!(path.get(&json!({"acme.com": {"visits": 7}})), Some(json!(7)));
    /// ```
    pub fn of_names<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let text = names.join(".");
        Self::of(text, vec![Alternative::Steps(names.into_iter().map(Step::Field).collect())])
    }

    /// Returns this path within the entity at a key.
    ///
    /// ```
    /// use ramax::pstate::Path;
    /// # fn main() -> Result<(), ramax::PathError> {
    /// let path = Path::parse("visits|count")?.within("domain:acme.com");
    /// let projection = serde_json::json!({"domain:acme.com": {"count": 7}});
    /// assert_eq!(path.get(&projection), Some(serde_json::json!(7)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn within(mut self, key: &str) -> Self {
        for alternative in &mut self.alternatives {
            if let Alternative::Steps(steps) = alternative {
                steps.insert(0, Step::Field(key.to_owned()));
            }
        }
        self.text = format!("{key}.{}", self.text);
        self
    }

    fn of(text: String, alternatives: Vec<Alternative>) -> Self {
        Self { text, alternatives, nulls: Vec::new(), default: None }
    }

    /// Treats one more value as null. `false` is not null.
    pub fn or_null(mut self, null: impl Into<Value>) -> Self {
        self.nulls.push(null.into());
        self
    }

    /// Sets the default, which replaces null.
    pub fn or(mut self, default: impl Into<Value>) -> Self {
        self.default = Some(default.into());
        self
    }

    /// Returns the path's text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the value at the path, or `None` if it is null or missing. References are returned as such: only a
    /// projection can follow them.
    pub fn get(&self, value: &Value) -> Option<Value> {
        let found = self.first(|steps| walk(&Flat, value, steps, &mut Vec::new()));
        match found {
            Ok(found) => found,
        }
    }

    /// Like [`Path::get`], for a required value.
    ///
    /// # Errors
    /// [`PathError::Required`] if it is missing.
    pub fn required(&self, value: &Value) -> Result<Value, PathError> {
        self.get(value).ok_or_else(|| self.is_required())
    }

    /// Inserts a value at the path. Maps are merged into maps; any other value replaces the existing one. Missing maps on
    /// the way are created, and so is the item after a list's last one. A path to every item (`d[*].a`, or `d.a` if `d` is
    /// a list) inserts the same value into each. If the value is itself a list, each item gets its own element, and the
    /// list of items grows to that length.
    ///
    /// ```
    /// use ramax::pstate::Path;
    /// use serde_json::json;
    /// # fn main() -> Result<(), ramax::PathError> {
    /// let mut value = json!({"d": [{"a": 1}]});
    /// Path::parse("d[*].a")?.insert(&mut value, json!([4, 5]))?;
    /// Path::parse("b.c")?.insert(&mut value, json!(true))?;
    /// assert_eq!(value, json!({"d": [{"a": 4}, {"a": 5}], "b": {"c": true}}));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`PathError::Blocked`], with the place and the reason; the value is then unchanged.
    pub fn insert(&self, value: &mut Value, new: Value) -> Result<(), PathError> {
        let mut changed = value.clone();
        put(self, &mut changed, self.steps()?, new, None)?;
        *value = changed;
        Ok(())
    }

    /// Returns the steps of a path that leads to a single place.
    pub(crate) fn steps(&self) -> Result<&[Step], PathError> {
        match self.alternatives.as_slice() {
            [Alternative::Steps(steps)] => Ok(steps),
            _ => Err(self.blocked("it", "leads to more than one place or is a literal".to_owned())),
        }
    }

    /// Returns the value of the first alternative that is not null.
    pub(crate) fn first<E>(
        &self,
        mut lookup: impl FnMut(&[Step]) -> Result<Value, E>,
    ) -> Result<Option<Value>, E> {
        for alternative in &self.alternatives {
            let found = match alternative {
                Alternative::Literal(text) => Value::from(text.as_str()),
                Alternative::Steps(steps) => lookup(steps)?,
            };
            if !found.is_null() && !self.nulls.contains(&found) {
                return Ok(Some(found));
            }
        }
        Ok(self.default.clone())
    }

    pub(crate) fn is_required(&self) -> PathError {
        PathError::Required { path: self.text.clone() }
    }

    pub(crate) fn blocked(&self, place: &str, reason: String) -> PathError {
        PathError::Blocked { path: self.text.clone(), place: place.to_owned(), reason }
    }
}

/// Returns the values at several paths, separated by commas. Missing values are null.
///
/// ```
/// use serde_json::json;
/// # fn main() -> Result<(), ramax::PathError> {
/// let found = ramax::pstate::path::get_many(&json!({"a": 1, "d": {"b": 2}}), "a,d.b")?;
/// assert_eq!(serde_json::Value::from(found), json!({"a": 1, "d.b": 2}));
/// # Ok(())
/// # }
/// ```
pub fn get_many(value: &Value, paths: &str) -> Result<Map<String, Value>, PathError> {
    let paths = Path::parse_many(paths)?;
    Ok(paths.into_iter().map(|path| (path.text.clone(), path.get(value).unwrap_or_default())).collect())
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        Self::parse(text)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A value on its own, whose references cannot be followed.
struct Flat;

impl Land for Flat {
    type Error = Infallible;

    fn follow(&self, _key: &str, _passed: &mut Vec<String>) -> Result<Option<Rc<Value>>, Infallible> {
        Ok(None)
    }

    fn prepare(&self, _items: &mut dyn Iterator<Item = &Value>) -> Result<(), Infallible> {
        Ok(())
    }

    fn arrive(&self, value: &Value, _passed: &[String]) -> Result<Value, Infallible> {
        Ok(value.clone())
    }
}

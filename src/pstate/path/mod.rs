//! Paths into values: `deck.cards[0].front`.
//!
//! | in a path | leads to |
//! |---|---|
//! | `a.b` | the field `b` of the field `a`; of a list, that field of every item |
//! | `a[12]` | the item at this index, counted from 0 |
//! | `a[*]`, `a[@]` | every item of a list, every value of a map |
//! | `[*].b`, `_[*].b` | the same, where the value itself is the list |
//! | `a\|b\|^text` | the first of these that is not null; `^` stands before a literal text |
//!
//! In a [`Projection`](crate::Projection) the first name is the key of an entity, and references are
//! followed from there: `deck:d1.cards.c1.front`. Keys may have colons but no dots in them, unless they are
//! given with [`Path::of_names`].

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

/// A path into a value, with what counts as null and what is returned where there is nothing.
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

/// One of several places where a path looks.
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
    /// Reads a path.
    ///
    /// # Errors
    /// [`PathError::Malformed`], saying where and why.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        Ok(Self::of(text.to_owned(), parse::alternatives(text)?))
    }

    /// Reads several paths, with commas between them.
    ///
    /// # Errors
    /// As [`Path::parse`].
    pub fn parse_many(text: &str) -> Result<Vec<Self>, PathError> {
        text.split(',').map(|path| Self::parse(path.trim())).collect()
    }

    /// The path along these names, whatever characters they have.
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

    fn of(text: String, alternatives: Vec<Alternative>) -> Self {
        Self { text, alternatives, nulls: Vec::new(), default: None }
    }

    /// The same path, taking one more value for null. `false` is not null.
    #[must_use]
    pub fn or_null(mut self, null: impl Into<Value>) -> Self {
        self.nulls.push(null.into());
        self
    }

    /// The same path, leading to this value where it would lead to null.
    #[must_use]
    pub fn or(mut self, default: impl Into<Value>) -> Self {
        self.default = Some(default.into());
        self
    }

    /// The path's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What the path leads to in a value; none where that is null, or not there. References are values like
    /// any other here: only a projection can follow them.
    #[must_use]
    pub fn get(&self, value: &Value) -> Option<Value> {
        let found = self.first(|steps| walk(&Flat, value, steps, &mut Vec::new()));
        match found {
            Ok(found) => found,
        }
    }

    /// As [`Path::get`], of a value that has to be there.
    ///
    /// # Errors
    /// [`PathError::Required`] if it is not.
    pub fn required(&self, value: &Value) -> Result<Value, PathError> {
        self.get(value).ok_or_else(|| self.is_required())
    }

    /// Inserts a value where the path leads. Maps are merged into maps, everything else replaces what is
    /// there. Maps that are missing on the way are created, and so is the item behind a list's last. Into
    /// every item (`d[*].a`, or `d.a` where `d` is a list) the same value is inserted, but of a list each
    /// item gets its own, and the list of items grows to its length.
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
    /// [`PathError::Blocked`], saying where and why; the value is then as it was.
    pub fn insert(&self, value: &mut Value, new: Value) -> Result<(), PathError> {
        let mut changed = value.clone();
        put(self, &mut changed, self.steps()?, new, None)?;
        *value = changed;
        Ok(())
    }

    /// The steps of a path that leads to one place.
    pub(crate) fn steps(&self) -> Result<&[Step], PathError> {
        match self.alternatives.as_slice() {
            [Alternative::Steps(steps)] => Ok(steps),
            _ => Err(self.blocked("it", "leads to more than one place or is a literal".to_owned())),
        }
    }

    /// What the first alternative that does not lead to null leads to.
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

/// What several paths, with commas between them, lead to in a value: null where there is nothing.
///
/// ```
/// use serde_json::json;
/// # fn main() -> Result<(), ramax::PathError> {
/// let found = ramax::pstate::path::get_many(&json!({"a": 1, "d": {"b": 2}}), "a,d.b")?;
/// assert_eq!(serde_json::Value::from(found), json!({"a": 1, "d.b": 2}));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`Path::parse`].
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

/// A value by itself, whose references lead nowhere.
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

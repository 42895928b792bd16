//! What is asked of a payload: what a path leads to, and how it is tested.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt::{self, Write};

use serde_json::{Number, Value};

use super::quoting::{quoted, value};
use crate::json::Json;
use crate::text::find;

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// The field of that name; of a list, that field of any of its items.
    Field(String),
    /// The item at this index, from 0.
    Index(usize),
    /// Any item of a list.
    Any,
}

/// A test of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    /// It is this: a string with this text, or the number, `true`, `false`, `null` or document written so.
    Is(String, Option<Value>),
    /// Its text contains this, whatever the case of ASCII letters.
    Contains(String),
}

/// A payload as a document, once it was asked for; none where it is not JSON.
pub(super) type Parsed = OnceCell<Option<Value>>;

/// Whether what the path leads to, or one of several, passes. Without a path it is the whole payload.
pub(super) fn holds(path: &[Step], test: &Test, payload: &Json, parsed: &Parsed) -> bool {
    if path.is_empty()
        && let Test::Contains(wanted) = test
    {
        return find(payload.as_str(), wanted, 0).is_some();
    }
    let value = parsed.get_or_init(|| payload.parse().ok());
    value.as_ref().is_some_and(|value| any(path, value, test))
}

fn any(path: &[Step], value: &Value, test: &Test) -> bool {
    let Some((step, rest)) = path.split_first() else { return test.passes(value) };
    match (step, value) {
        (Step::Field(name), Value::Object(fields)) => {
            fields.get(name).is_some_and(|value| any(rest, value, test))
        }
        (Step::Field(_), Value::Array(items)) => items.iter().any(|item| any(path, item, test)),
        (Step::Index(index), Value::Array(items)) => {
            items.get(*index).is_some_and(|item| any(rest, item, test))
        }
        (Step::Any, Value::Array(items)) => items.iter().any(|item| any(rest, item, test)),
        _ => false,
    }
}

impl Test {
    pub(super) fn is(text: String) -> Self {
        let value = serde_json::from_str(&text).ok().filter(|value: &Value| !value.is_string());
        Self::Is(text, value)
    }

    fn passes(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Is(text, _), Value::String(string)) => text == string,
            (Self::Is(_, Some(Value::Number(wanted))), Value::Number(number)) => same(wanted, number),
            (Self::Is(_, wanted), other) => wanted.as_ref() == Some(other),
            (Self::Contains(text), value) => {
                let within = value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed);
                find(&within, text, 0).is_some()
            }
        }
    }
}

/// `1` and `1.0` are one number.
fn same(a: &Number, b: &Number) -> bool {
    a == b || ((a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64())
}

/// A path behind the word `payload`.
pub(super) fn write_path(path: &[Step], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for step in path {
        match step {
            Step::Field(name) => {
                f.write_char('.')?;
                let plain = !name.is_empty() && !name.contains(ends_name);
                if plain { f.write_str(name)? } else { quoted(name, f)? }
            }
            Step::Index(index) => write!(f, "[{index}]")?,
            Step::Any => f.write_str("[*]")?,
        }
    }
    Ok(())
}

/// Whether a name in a path ends before this character, unless it stands in quotes.
pub(super) fn ends_name(character: char) -> bool {
    matches!(character, '.' | '[' | ']' | '=' | '~' | ':' | '"') || character.is_whitespace()
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, text) = match self {
            Self::Is(text, _) => ('=', text),
            Self::Contains(text) => ('~', text),
        };
        f.write_char(sign)?;
        value(text, f)
    }
}

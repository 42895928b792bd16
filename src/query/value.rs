//! Conditions on a value: `email=ada@acme.com`, `-tags[*]=new`.

use std::str::FromStr;

use super::document::{self, Step, Test};
use super::parse;
use crate::error::QueryError;
use crate::json::Json;
use crate::text::without_pause;

/// A condition on a value, possibly negated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ValueTerm {
    pub(super) negated: bool,
    pub(super) path: Vec<Step>,
    pub(super) test: Test,
}

/// Conditions on a value, all of which must hold, in the syntax of a query without the name of a document: a path, then `=` or
/// `~`, and a text. Without a path, a condition is about the value itself. No conditions hold for every value.
///
/// ```
/// use ramax::Json;
/// use ramax::query::ValueQuery;
///
/// let query: ValueQuery = "email~acme -name=Ada tags[0]=new".parse()?;
/// assert!(query.matches(&Json::checked(r#"{"name":"Eve","email":"eve@acme.com","tags":["new"]}"#.to_owned()).unwrap_or_default()));
/// assert!("=3".parse::<ValueQuery>()?.matches(&Json::of(&3.into())));
/// assert_eq!("email".parse::<ValueQuery>().unwrap_err().to_string(), "the field needs = or ~ and a value, in column 1");
/// # Ok::<(), ramax::QueryError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ValueQuery {
    terms: Vec<ValueTerm>,
}

impl ValueQuery {
    /// Returns true if the value meets all conditions. A value that is not JSON meets none.
    pub fn matches(&self, value: &Json) -> bool {
        without_pause(|pause| self.matches_between(value, pause))
    }

    /// As [`ValueQuery::matches`], but calls `pause` between the pieces of a large value.
    ///
    /// # Errors
    /// The error of `pause`.
    pub(crate) fn matches_between<E>(
        &self,
        value: &Json,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<bool, E> {
        for ValueTerm { negated, path, test } in &self.terms {
            if document::holds(path, test, value.as_str(), pause)? == *negated {
                return Ok(false);
            }
        }
        Ok(value.fault_between(pause)?.is_none())
    }
}

impl FromStr for ValueQuery {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        parse::value_terms(text).map(|terms| Self { terms })
    }
}

//! Keys of projections as rows.

use std::borrow::Cow;

use serde::Serialize;

use crate::json::Json;
use crate::pstate::Entry;
use crate::timestamp::Timestamp;

/// A key of a projection with its value, as JSON.
#[derive(Serialize)]
pub(crate) struct ListedEntry<'a> {
    projection: &'a str,
    key: &'a str,
    value: Cow<'a, Json>,
    updated_at: Timestamp,
}

impl<'a> ListedEntry<'a> {
    pub(crate) fn of(projection: &'a str, entry: &'a Entry) -> Self {
        let Entry { key, value, updated_at } = entry;
        Self { projection, key, value: Cow::Borrowed(value), updated_at: *updated_at }
    }

    /// Prepares its value to be serialised. Calls `pause` between the pieces of a large one.
    ///
    /// # Errors
    /// The error of `pause`.
    pub(crate) fn prepared<E>(self, pause: &mut dyn FnMut() -> Result<(), E>) -> Result<Self, E> {
        let value = match self.value {
            Cow::Borrowed(value) => value.prepared_between(pause)?,
            owned @ Cow::Owned(_) => owned,
        };
        Ok(Self { value, ..self })
    }
}

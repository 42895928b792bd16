//! Keys of projections as rows.

use serde::Serialize;

use crate::json::Json;
use crate::pstate::Entry;
use crate::timestamp::Timestamp;

/// A key of a projection with its value, as JSON.
#[derive(Serialize)]
pub(crate) struct ListedEntry<'a> {
    projection: &'a str,
    key: &'a str,
    value: &'a Json,
    updated_at: Timestamp,
}

impl<'a> ListedEntry<'a> {
    pub(crate) fn of(projection: &'a str, entry: &'a Entry) -> Self {
        let Entry { key, value, updated_at } = entry;
        Self { projection, key, value, updated_at: *updated_at }
    }
}

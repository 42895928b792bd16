//! The line of a key of a projection with its value.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::clock::Timestamp;
use crate::error::Result;
use crate::pstate::{Entry, STATE};

use super::super::embedded;
use super::Kind;

/// A key of a projection with its value.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntityLine<'a> {
    kind: Kind,
    /// The name of the projection, if it is not `state`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    projection: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub key: Cow<'a, str>,
    #[serde(
        borrow,
        default,
        deserialize_with = "embedded::present",
        skip_serializing_if = "Option::is_none"
    )]
    value: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    value_text: Option<Cow<'a, str>>,
    updated_at: Timestamp,
}

impl<'a> EntityLine<'a> {
    /// Creates the line of an entry. Calls `pause` between the pieces of a long value.
    pub fn of(projection: &'a str, entry: &'a Entry, pause: &mut dyn FnMut() -> Result<()>) -> Result<Self> {
        let (value, value_text) = embedded::split(&entry.value, pause)?;
        let (key, updated_at) = (entry.key.as_str().into(), entry.updated_at);
        let projection = Some(Cow::from(projection)).filter(|name| name != STATE);
        Ok(Self { kind: Kind::Entity, projection, key, value, value_text, updated_at })
    }

    /// Returns the name of the projection.
    pub fn projection(&self) -> &str {
        self.projection.as_deref().unwrap_or(STATE)
    }

    pub fn entry(&self) -> Entry {
        Entry {
            key: self.key.clone().into_owned(),
            value: embedded::stored(self.value, self.value_text.as_deref()),
            updated_at: self.updated_at,
        }
    }

    /// Returns true if the line has exactly one value.
    pub fn is_whole(&self) -> bool {
        self.value.is_some() != self.value_text.is_some()
    }
}

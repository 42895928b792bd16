//! Stored JSON within a line: byte for byte, or as a string.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::json::Json;
use crate::text::visible;

/// Stored text as it goes into a line: as it is, byte for byte, where it is JSON on one line with nothing that
/// a terminal would obey or hide; else as a string.
pub(super) fn split(json: &Json) -> (Option<&RawValue>, Option<Cow<'_, str>>) {
    let text = json.as_str();
    let raw = serde_json::from_str::<&RawValue>(text).ok();
    let raw =
        raw.filter(|raw| raw.get() == text && matches!(visible(text), Cow::Borrowed(_)) && is_readable(text));
    (raw, raw.is_none().then_some(text.into()))
}

/// Half of a surrogate pair is JSON by its grammar, but many a reader stumbles over it.
fn is_readable(json: &str) -> bool {
    let may_be_half = json.contains("\\ud") || json.contains("\\uD");
    !may_be_half || serde_json::from_str::<serde_json::Value>(json).is_ok()
}

/// The text that a line holds, in the one way or the other.
pub(super) fn stored(json: Option<&RawValue>, text: Option<&str>) -> Json {
    Json::from_stored(json.map(RawValue::get).or(text).unwrap_or_default().to_owned())
}

/// A value that is there, be it `null`.
pub(super) fn present<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

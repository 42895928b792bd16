//! Stored JSON within a line: byte for byte, or as a string.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::json::Json;
use crate::text::visible;

/// Returns stored text as a line contains it: byte for byte if it is JSON on one line without characters that a
/// terminal would interpret or hide; otherwise as a string.
pub(super) fn split(json: &Json) -> (Option<&RawValue>, Option<Cow<'_, str>>) {
    let text = json.as_str();
    let raw = serde_json::from_str::<&RawValue>(text).ok();
    let raw =
        raw.filter(|raw| raw.get() == text && matches!(visible(text), Cow::Borrowed(_)) && is_readable(text));
    (raw, raw.is_none().then_some(text.into()))
}

/// Returns false for half a surrogate pair, which JSON's grammar allows but many readers reject.
fn is_readable(json: &str) -> bool {
    let may_be_half = json.contains("\\ud") || json.contains("\\uD");
    !may_be_half || serde_json::from_str::<serde_json::Value>(json).is_ok()
}

/// Returns the text that a line contains in either form.
pub(super) fn stored(json: Option<&RawValue>, text: Option<&str>) -> Json {
    Json::from_stored(json.map(RawValue::get).or(text).unwrap_or_default().to_owned())
}

/// Deserializes a value that is present, even if it is `null`.
pub(super) fn present<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

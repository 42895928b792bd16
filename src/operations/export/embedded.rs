//! Stored JSON within a line: byte for byte, or as a string.

use std::borrow::Cow;

use memchr::memmem;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::error::Result;
use crate::json::{Json, is_hiding_between};

/// Returns stored text as a line contains it: byte for byte if it is JSON on one line without characters that a
/// terminal would interpret or hide; otherwise as a string. Calls `pause` between the pieces of a long one.
pub(super) fn split<'a>(json: &'a Json, pause: &mut dyn FnMut() -> Result<()>) -> Result<Split<'a>> {
    let text = json.as_str();
    let raw = json.raw().filter(|raw| raw.get() == text && is_readable(text));
    let raw = if raw.is_some() && is_hiding_between(text, pause)? { None } else { raw };
    Ok((raw, raw.is_none().then_some(text.into())))
}

/// Stored text byte for byte, or as a string.
type Split<'a> = (Option<&'a RawValue>, Option<Cow<'a, str>>);

/// Returns false for half a surrogate pair, which JSON's grammar allows but many readers reject.
fn is_readable(json: &str) -> bool {
    let has = |text: &str| memmem::find(json.as_bytes(), text.as_bytes()).is_some();
    let may_be_half = has("\\ud") || has("\\uD");
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

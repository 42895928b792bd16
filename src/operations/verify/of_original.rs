//! Comparing a projection that the Elixir original wrote with one that this program derives from the same events.
//!
//! The original keeps some lists of a whole space in one value, which the bundled apps keep as entries or as a count, and its
//! atoms, kinds of keys and seconds have other forms here.

use serde_json::Value;

use crate::json::Json;
use crate::pstate::Entry;
use crate::timestamp::Timestamp;

/// Keys that hold the same list in another form, or a count of it.
const LISTS: [&str; 3] = ["contacts:all", "contacts:count", "articles:published"];

/// The prefix of the keys that say which cards a deck has. In the original, the deck says so.
const MEMBERS: &str = "deck-card:";
const DECK: &str = "deck:";

/// Returns two entries of a key in the same form, or `None` if they need not be compared.
pub(super) fn comparable(
    expected: Option<Entry>,
    stored: Option<Entry>,
) -> Option<(Option<Entry>, Option<Entry>)> {
    let key = expected.as_ref().or(stored.as_ref()).map(|entry| entry.key.as_str())?;
    if LISTS.contains(&key) || key.starts_with(MEMBERS) {
        return None;
    }
    let expected = expected.map(plain);
    let mut stored = stored.map(plain);
    if let (Some((expected, derived)), Some((stored, kept))) = (&expected, &mut stored)
        && derived == kept
    {
        // The order of keys has no meaning.
        stored.value = expected.value.clone();
    }
    Some((expected.map(|(entry, _)| entry), stored.map(|(entry, _)| entry)))
}

/// Returns an entry with atoms as text, without the kinds of keys, and in seconds.
fn plain(entry: Entry) -> (Entry, Value) {
    let mut value = entry.value.to_value();
    simplify(&mut value);
    if let (true, Value::Object(deck)) = (entry.key.starts_with(DECK), &mut value) {
        deck.shift_remove("cards");
    }
    let seconds = entry.updated_at.0.div_euclid(1000);
    let updated_at = Timestamp(seconds.saturating_mul(1000));
    (Entry { value: Json::of(&value), updated_at, ..entry }, value)
}

fn simplify(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(simplify),
        Value::Object(fields) => {
            fields.shift_remove("$text_keys");
            if let (1, Some(Value::String(atom))) = (fields.len(), fields.get("$atom")) {
                *value = Value::String(atom.clone());
                return;
            }
            fields.values_mut().for_each(simplify);
        }
        _ => {}
    }
}

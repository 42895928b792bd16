//! Comparing a projection that the Elixir original wrote with one that this program derives from the same events.
//!
//! The original keeps some lists of a whole space in one value, which the bundled apps keep as entries or as a count, and its
//! atoms and kinds of keys have other forms here.

use serde_json::Value;

use crate::json::Json;
use crate::pstate::Entry;

/// Keys that hold the same list in another form, or a count of it.
const LISTS: [&str; 3] = ["contacts:all", "contacts:count", "articles:published"];

/// The prefix of the keys that say which cards a deck has. In the original, the deck says so.
const MEMBERS: &str = "deck-card:";
const DECK: &str = "deck:";

/// Returns two entries of a key in the same form, or `None` if they need not be compared.
pub(in crate::operations) fn comparable(
    expected: Option<Entry>,
    stored: Option<Entry>,
) -> Option<(Option<Entry>, Option<Entry>)> {
    let key = expected.as_ref().or(stored.as_ref()).map(|entry| entry.key.as_str())?;
    if LISTS.contains(&key) || key.starts_with(MEMBERS) {
        return None;
    }
    let (Some(expected), Some(stored)) = (&expected, &stored) else { return Some((expected, stored)) };
    let ((expected, derived), (mut stored, kept)) = (plain(expected), plain(stored));
    // The original takes the time from its clock after the event, which may be in the next second.
    stored.updated_at = expected.updated_at;
    if derived == kept {
        // The order of keys has no meaning.
        stored.value = expected.value.clone();
    }
    Some((Some(expected), Some(stored)))
}

/// Returns an entry with atoms as text, and without the kinds of keys.
fn plain(entry: &Entry) -> (Entry, Value) {
    let mut value = entry.value.to_value();
    simplify(&mut value);
    if let (true, Value::Object(deck)) = (entry.key.starts_with(DECK), &mut value) {
        deck.shift_remove("cards");
    }
    (Entry { key: entry.key.clone(), value: Json::of(&value), updated_at: entry.updated_at }, value)
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

//! Erasing fields of one entity's events: which fields, in which form, and how an event says so.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::json::{Json, Parts, Token, Tokens, with_field};
use crate::timestamp::Timestamp;

pub use super::field_path::FieldPath;

/// The name in an event's metadata of the note that fields of it were erased.
pub(crate) const MARK: &str = "$redacted";

/// The note of an event that fields of it were erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRedaction {
    /// The fields.
    pub fields: Vec<String>,
    /// When they were erased, the last time.
    pub at: Timestamp,
}

impl Event {
    /// Returns the note that fields of this event were erased, if some were.
    pub fn redaction(&self) -> Option<EventRedaction> {
        let metadata = self.metadata.as_ref()?.as_str();
        if !metadata.contains(MARK) {
            return None;
        }
        let mut fields = Parts::of_object(metadata)?;
        let note = fields.find(|part| part.key.is_some_and(|key| key.is(MARK)))?;
        serde_json::from_str(note.value).ok()
    }
}

/// The fields to be erased from the events of one entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Erasure {
    /// The entity.
    pub(crate) entity_id: String,
    /// The fields.
    pub(crate) fields: Vec<FieldPath>,
    /// The time that events note.
    pub(crate) at: Timestamp,
}

impl Erasure {
    /// Returns the event without these fields, or `None` if it is of another entity or has none of them. Passes each erased
    /// value to `erased`.
    pub(crate) fn of(&self, event: &Event, erased: &mut dyn FnMut(&str)) -> Option<Event> {
        if event.entity_id != self.entity_id {
            return None;
        }
        let (mut changed, mut touched) = (event.clone(), Vec::new());
        for field in &self.fields {
            let mut is_touched = false;
            field.erase(&mut changed, &mut |value| {
                is_touched = true;
                erased(value);
            });
            if is_touched {
                touched.push(field.to_string());
            }
        }
        if touched.is_empty() {
            return None;
        }
        let before = event.redaction().map(|note| note.fields).unwrap_or_default();
        let fields: BTreeSet<String> = before.into_iter().chain(touched).collect();
        let note = EventRedaction { fields: fields.into_iter().collect(), at: self.at };
        // Texts always have a JSON form.
        let note = serde_json::to_string(&note).unwrap_or_default();
        let metadata = changed.metadata.as_ref().map_or("{}", Json::as_str);
        changed.metadata = Some(Json::from_stored(with_field(metadata, MARK, &note)));
        Some(changed)
    }
}

/// Adds the texts and numbers of a JSON value: what a search for the value looks for.
pub(crate) fn add_texts(value: &str, texts: &mut BTreeSet<String>) {
    for token in Tokens::new(value) {
        match token {
            Token::String(text) => texts.insert(text.decoded().into_owned()),
            Token::Number(number) => texts.insert(number.to_owned()),
            _ => false,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(payload: &str, metadata: Option<&str>) -> Event {
        let json = |text: &str| Json::checked(text.to_owned()).unwrap();
        let (payload, metadata) = (json(payload), metadata.map(json));
        let event_type = "contact.added".into();
        Event { entity_id: "c1".to_owned(), event_type, payload, metadata, ..Event::blank() }
    }

    fn erasure(fields: &[&str], at: i64) -> Erasure {
        let fields = fields.iter().map(|field| field.parse().unwrap()).collect();
        Erasure { entity_id: "c1".to_owned(), fields, at: Timestamp(at) }
    }

    #[test]
    fn named_fields_are_replaced_and_the_event_says_so() {
        let stored = event(r#"{"name":"Ada","n":1.10}"#, Some(r#"{"actor":"ada"}"#));
        let mut values = Vec::new();
        let erased = erasure(&["name", "meta.actor", "phone"], 5);
        let erased = erased.of(&stored, &mut |value| values.push(value.to_owned())).unwrap();
        assert_eq!(erased.payload.as_str(), r#"{"name":{"redacted":true},"n":1.10}"#);
        let metadata = erased.metadata.as_ref().unwrap();
        let note = r#""$redacted":{"fields":["meta.actor","name"],"at":"1970-01-01T00:00:00.005Z"}"#;
        assert_eq!(metadata.as_str(), format!(r#"{{"actor":{{"redacted":true}},{note}}}"#));
        assert_eq!(values, [r#""Ada""#, r#""ada""#]);
        let fields = vec!["meta.actor".to_owned(), "name".to_owned()];
        assert_eq!(erased.redaction(), Some(EventRedaction { fields, at: Timestamp(5) }));
        assert_eq!(stored.redaction(), None);
        assert!(erased.check().is_ok());
    }

    #[test]
    fn a_field_is_erased_once_and_later_ones_are_added_to_the_note() {
        let first = erasure(&["name"], 5).of(&event(r#"{"name":"Ada","email":"a@b.c"}"#, None), &mut |_| {});
        let first = first.unwrap();
        assert_eq!(erasure(&["name"], 9).of(&first, &mut |_| {}), None);
        let second = erasure(&["name", "email"], 9).of(&first, &mut |_| {}).unwrap();
        assert_eq!(second.redaction().unwrap().fields, ["email", "name"]);
        assert_eq!(second.redaction().unwrap().at, Timestamp(9));
        let other = Event { entity_id: "c2".to_owned(), ..first };
        assert_eq!(erasure(&["email"], 9).of(&other, &mut |_| {}), None);
    }

    #[test]
    fn the_texts_and_numbers_of_a_value_are_searched_for() {
        let mut texts = BTreeSet::new();
        add_texts(r#"{"a":["x\"y",1.10,true,null],"b":""}"#, &mut texts);
        assert_eq!(texts.into_iter().collect::<Vec<_>>(), ["", "1.10", "x\"y"]);
    }
}

//! The masked fields: where they are in an event, and the event with stand-ins in their place.
//!
//! A mask of one name covers the fields of that name at any depth, a path exactly the fields that it leads to. What it
//! covers may be a value of any kind: all texts and numbers in it are replaced, `true` becomes `false`, and `null` and
//! erased values stay. The values are then replaced in all other texts of the events as well.
//!
//! The names of fields stay, or the app could no longer read the events: those that a mask or the app names, and in others
//! every word of which a value is only a part. The kind of a reference, such as `contact` in `contact:c1`, is a name as well.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use crate::error::{ExportError, Result};
use crate::event::{CorrelationId, Event};
use crate::json::{Json, Quoted, Token, Tokens, find_values_between, json_text, json_text_between};
use crate::operations::Pause;
use crate::redacted::is_redacted_text;
use crate::redaction::FieldPath;
use crate::text::PIECE;

use super::originals::{Originals, Values, Within};

/// The first character of the names in metadata that belong to the store.
const RESERVED: char = '$';

/// The key under which a value is a reference, such as `contact:c1`.
const REFERENCE: &str = "$ref";

/// The key of an erased value.
const REDACTED: &str = "redacted";

/// The most names that contain a masked value and are listed.
const MOST_NAMES: usize = 20;

/// An event that is masked, and the pause within large values of it.
struct Of<'a> {
    event: &'a Event,
    pause: &'a mut Pause<'a>,
}

/// Finds the values of the masked fields.
pub(super) struct MaskedFields<'m> {
    masks: &'m [FieldPath],
    is_found: Vec<bool>,
    values: Values,
    /// The fields of the events, for the error about a mask that none of them has.
    known: BTreeSet<String>,
}

impl<'m> MaskedFields<'m> {
    pub fn new(masks: &'m [FieldPath]) -> Self {
        let is_found = vec![false; masks.len()];
        Self { masks, is_found, values: Values::default(), known: BTreeSet::new() }
    }

    /// Takes the values of an event. Calls `pause` between the pieces of a large one.
    pub fn take(&mut self, event: &Event, pause: &mut Pause<'_>) -> Result<()> {
        for (mask, is_found) in self.masks.iter().zip(&mut self.is_found) {
            let document = document(event, mask.is_in_metadata());
            for range in ranges_of(mask, document, pause)? {
                *is_found = true;
                each_value(&document[range], pause, &mut |value| self.values.add(value))?;
            }
        }
        if self.is_found.contains(&false) {
            self.known.extend(FieldPath::all_of(event).iter().map(FieldPath::to_string));
        }
        Ok(())
    }

    /// Chooses the stand-ins. The names of fields that the app has stay in the events.
    ///
    /// # Errors
    /// [`ExportError::UnknownMask`]; those of [`Originals::of`].
    pub fn finish(self, names: BTreeSet<&'static str>) -> Result<Masks<'m>> {
        if let Some((mask, _)) = self.masks.iter().zip(&self.is_found).find(|(_, is_found)| !**is_found) {
            let (field, known) = (mask.to_string(), self.known.into_iter().collect());
            return Err(ExportError::UnknownMask { field, known }.into());
        }
        Ok(Masks {
            masks: self.masks,
            names,
            originals: Originals::of(self.values)?,
            kept: RefCell::default(),
            kept_types: RefCell::default(),
        })
    }
}

/// The masked fields with the stand-ins for their values.
pub(super) struct Masks<'m> {
    masks: &'m [FieldPath],
    /// The names of fields that the app has.
    names: BTreeSet<&'static str>,
    originals: Originals,
    /// The names of fields that contain a value and stay.
    kept: RefCell<BTreeSet<String>>,
    /// The types of events that contain a value.
    kept_types: RefCell<BTreeSet<String>>,
}

impl Masks<'_> {
    /// Returns the number of different values.
    pub fn values(&self) -> u64 {
        self.originals.len()
    }

    /// Returns the names of fields of the events so far that contain a value and were kept.
    pub fn kept_names(&self) -> Vec<String> {
        self.kept.borrow().iter().cloned().collect()
    }

    /// Returns the types of the events so far that contain a value.
    pub fn kept_types(&self) -> Vec<String> {
        self.kept_types.borrow().iter().cloned().collect()
    }

    /// Notes the type of an event if it contains a value.
    fn note_type(&self, event_type: &str) {
        let mut kept = self.kept_types.borrow_mut();
        let contains = matches!(self.replaced(event_type), Cow::Owned(replaced) if replaced != *event_type);
        if kept.len() < MOST_NAMES && contains {
            kept.insert(event_type.to_owned());
        }
    }

    /// Returns the event with stand-ins. Calls `pause` between the pieces of a large one.
    ///
    /// # Errors
    /// [`ExportError::NotMasked`] if a value remains.
    pub fn masked(&self, event: &Event, pause: &mut Pause<'_>) -> Result<Event> {
        self.note_type(&event.event_type);
        let mut of = Of { event, pause };
        let mut json =
            |text: &str, in_metadata| self.document(text, in_metadata, &mut of).map(Json::from_stored);
        let payload = json(event.payload.as_str(), false)?;
        let metadata = event.metadata.as_ref().map(|metadata| json(metadata.as_str(), true)).transpose()?;
        Ok(Event {
            entity_id: self.text(&event.entity_id, &mut of)?.into_owned(),
            payload,
            metadata,
            correlation_id: event.correlation_id.map(|id| self.correlation(id)),
            ..event.clone()
        })
    }

    /// Returns the stand-in for a correlation, if its id is a masked value.
    pub fn correlation(&self, id: CorrelationId) -> CorrelationId {
        self.originals.stand_in(&id.to_string()).and_then(|text| text.parse().ok()).unwrap_or(id)
    }

    /// Returns a text with stand-ins for the values in it.
    pub fn replaced<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.originals.replaced(text, Within::Text)
    }

    fn text<'t>(&self, text: &'t str, of: &mut Of<'_>) -> Result<Cow<'t, str>> {
        self.within(text, Within::Text, of)
    }

    fn within<'t>(&self, text: &'t str, within: Within, of: &mut Of<'_>) -> Result<Cow<'t, str>> {
        let Of { event, pause } = of;
        let replaced = self.originals.replaced_between(text, within, pause)?;
        match &replaced {
            // Next to other text, a stand-in could form a value again.
            Cow::Owned(text) if self.originals.are_in(text, within, pause)? => {
                let what = format!("event {} (sequence {})", event.event_id, event.space_sequence);
                Err(ExportError::NotMasked { what }.into())
            }
            _ => Ok(replaced),
        }
    }

    /// Returns a document of an event, unchanged except for the values.
    fn document(&self, json: &str, in_metadata: bool, of: &mut Of<'_>) -> Result<String> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for mask in self.masks.iter().filter(|mask| mask.is_in_metadata() == in_metadata) {
            ranges.extend(ranges_of(mask, json, of.pause)?);
        }
        ranges.sort_unstable_by_key(|range| range.start);
        let (mut ranges, mut masked_until) = (ranges.into_iter().peekable(), 0);
        let mut written = String::with_capacity(json.len());
        let (mut copied, mut tokens, mut key) = (0, Tokens::new(json), None);
        let mut piece = 0;
        while let Some(token) = tokens.next() {
            if tokens.end() / PIECE > piece {
                piece = tokens.end() / PIECE;
                (of.pause)()?;
            }
            while let Some(range) = ranges.next_if(|range| range.start <= tokens.start()) {
                masked_until = masked_until.max(range.end);
            }
            if is_reserved(token, in_metadata) {
                skip_value(&mut tokens);
                continue;
            }
            let stand_in = self.token(token, key, tokens.start() < masked_until, of)?;
            if let Some(stand_in) = stand_in {
                written.push_str(&json[copied..tokens.start()]);
                written.push_str(&stand_in);
                copied = tokens.end();
            }
            key = match token {
                Token::Key(quoted) => Some(quoted),
                _ => None,
            };
        }
        written.push_str(&json[copied..]);
        Ok(written)
    }

    /// Returns what is written in place of a token, if it does not stay.
    fn token(
        &self,
        token: Token<'_>,
        key: Option<Quoted<'_>>,
        is_masked: bool,
        of: &mut Of<'_>,
    ) -> Result<Option<String>> {
        let own = |text: &str| self.originals.stand_in(text).map(str::to_owned);
        Ok(match token {
            Token::Key(quoted) => self.name(quoted, of)?,
            Token::String(quoted) if is_reference(key) => self.reference(quoted, of)?,
            Token::String(quoted) if is_masked => match own(&quoted.decoded()) {
                Some(stand_in) => Some(json_text(&stand_in)),
                None => self.string(quoted, of)?,
            },
            Token::String(quoted) => self.string(quoted, of)?,
            Token::Number(number) if is_masked => own(number),
            Token::Number(number) => self.originals.stand_in_for_number(number).map(str::to_owned),
            Token::Word("true") if is_masked && !key.is_some_and(|key| key.is(REDACTED)) => {
                Some("false".to_owned())
            }
            Token::Word(_) | Token::Open(_) | Token::Close(_) => None,
        })
    }

    fn string(&self, quoted: Quoted<'_>, of: &mut Of<'_>) -> Result<Option<String>> {
        let text = quoted.decoded();
        let replaced = self.text(&text, of)?;
        written(replaced, of)
    }

    /// Returns the name of a field with stand-ins, if it does not stay.
    fn name(&self, quoted: Quoted<'_>, of: &mut Of<'_>) -> Result<Option<String>> {
        let name = quoted.decoded();
        let is_of_mask = self.masks.iter().flat_map(FieldPath::names).any(|masked| *masked == *name);
        let is_known = is_of_mask || self.names.contains(&*name) || [REFERENCE, REDACTED].contains(&&*name);
        let replaced = if is_known { Cow::Borrowed(&*name) } else { self.within(&name, Within::Name, of)? };
        let is_kept = self.originals.are_in(&replaced, Within::Text, of.pause)?;
        if is_kept && self.kept.borrow().len() < MOST_NAMES {
            self.kept.borrow_mut().insert(replaced.clone().into_owned());
        }
        written(replaced, of)
    }

    /// Returns a reference with stand-ins in the entity that it names, if there are any.
    fn reference(&self, quoted: Quoted<'_>, of: &mut Of<'_>) -> Result<Option<String>> {
        let text = quoted.decoded();
        let Some((kind, entity)) = text.split_once(':') else { return self.string(quoted, of) };
        let replaced = self.text(entity, of)?;
        Ok(matches!(replaced, Cow::Owned(_)).then(|| json_text(&format!("{kind}:{replaced}"))))
    }
}

/// Returns a text as a JSON string, if it does not stay.
fn written(replaced: Cow<'_, str>, of: &mut Of<'_>) -> Result<Option<String>> {
    match replaced {
        Cow::Borrowed(_) => Ok(None),
        Cow::Owned(text) => json_text_between(&text, of.pause).map(Some),
    }
}

fn document(event: &Event, in_metadata: bool) -> &str {
    match in_metadata {
        true => event.metadata.as_ref().map_or("", Json::as_str),
        false => event.payload.as_str(),
    }
}

/// Returns true if a token is the key of what the store keeps in metadata: names of fields and numbers, but no values.
fn is_reserved(token: Token<'_>, in_metadata: bool) -> bool {
    in_metadata && matches!(token, Token::Key(key) if key.written().starts_with(RESERVED))
}

/// Skips the value of the key that was the last token.
fn skip_value(tokens: &mut Tokens<'_>) {
    if let Some(first) = tokens.next() {
        tokens.value(first);
    }
}

fn is_reference(key: Option<Quoted<'_>>) -> bool {
    key.is_some_and(|key| key.is(REFERENCE))
}

/// Returns the ranges of the values that a mask covers in a document.
fn ranges_of(mask: &FieldPath, json: &str, pause: &mut Pause<'_>) -> Result<Vec<Range<usize>>> {
    match mask.names() {
        [name] => find_named(json, name, mask.is_in_metadata(), pause),
        path => find_values_between(json, path, pause),
    }
}

/// Returns the values of the fields of a name at any depth, except in what the store keeps in metadata.
fn find_named(json: &str, name: &str, in_metadata: bool, pause: &mut Pause<'_>) -> Result<Vec<Range<usize>>> {
    let mut found = Vec::new();
    Tokens::new(json).each_between(pause, &mut |tokens, token| {
        if is_reserved(token, in_metadata) {
            skip_value(tokens);
        } else if matches!(token, Token::Key(key) if key.is(name))
            && let Some(first) = tokens.next()
        {
            let start = tokens.start();
            found.push(start..start + tokens.value(first).len());
        }
        Ok(())
    })?;
    Ok(found)
}

/// Passes the texts and numbers of a value to `visit`. Of a reference, that is the entity: `c1` of `contact:c1`.
fn each_value(json: &str, pause: &mut Pause<'_>, visit: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
    if is_redacted_text(json) {
        return Ok(());
    }
    let mut key = None;
    Tokens::new(json).each_between(pause, &mut |_, token| {
        match token {
            Token::String(text) if is_reference(key) => {
                let text = text.decoded();
                visit(text.split_once(':').map_or(&*text, |(_, entity)| entity))?;
            }
            Token::String(text) => visit(&text.decoded())?,
            Token::Number(number) => visit(number)?,
            _ => {}
        }
        key = match token {
            Token::Key(quoted) => Some(quoted),
            _ => None,
        };
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(masks: &[&str], payload: &str) -> String {
        let masks: Vec<FieldPath> = masks.iter().map(|mask| mask.parse().unwrap()).collect();
        let event = Event { payload: Json::from_stored(payload.to_owned()), ..Event::blank() };
        let mut fields = MaskedFields::new(&masks);
        fields.take(&event, &mut || Ok(())).unwrap();
        let names = ["contact_id", "email"].into_iter().collect();
        fields.finish(names).unwrap().masked(&event, &mut || Ok(())).unwrap().payload.as_str().to_owned()
    }

    #[test]
    fn values_of_every_kind_are_replaced_and_all_else_stays_byte_for_byte() {
        for (payload, expected) in [
            (r#"{"a" : "Ada", "b":1.10}"#, r#"{"a" : "masked-1", "b":1.10}"#),
            (
                r#"{"a":["Ada",4711,true,null,"",{"x":"Bob"}]}"#,
                r#"{"a":["masked-1",1002,false,null,"",{"x":"masked-3"}]}"#,
            ),
            (
                r#"{"b":{"c":[{"a":"Ada"}]},"a":"A\u0064a"}"#,
                r#"{"b":{"c":[{"a":"masked-1"}]},"a":"masked-1"}"#,
            ),
            (
                r#"{"a":"Ada","b":"To Ada","Ada":1,"a2":"a"}"#,
                r#"{"a":"masked-1","b":"To masked-1","masked-1":1,"a2":"a"}"#,
            ),
            (
                r#"{"a":{"redacted":true},"b":{"a":{"c":{"redacted":true}}}}"#,
                r#"{"a":{"redacted":true},"b":{"a":{"c":{"redacted":true}}}}"#,
            ),
            (
                r#"{"a":"c1","b":{"$ref":"contact:c1"}}"#,
                r#"{"a":"masked-1","b":{"$ref":"contact:masked-1"}}"#,
            ),
            (
                r#"{"a":{"$ref":"contact:c1"},"b":"c1"}"#,
                r#"{"a":{"$ref":"contact:masked-1"},"b":"masked-1"}"#,
            ),
            (r#"{"a":4711,"b":4711,"c":14711}"#, r#"{"a":1001,"b":1001,"c":14711}"#),
            (r#"{"a":7,"b":7,"c":"7"}"#, r#"{"a":1,"b":7,"c":"1"}"#),
            (r#"{"a":"\u0000\u202e\"x"}"#, r#"{"a":"masked-1"}"#),
        ] {
            assert_eq!(masked(&["a"], payload), expected, "{payload}");
        }
        // Values that are names of fields or parts of them, or kinds of references.
        for (value, payload) in [
            ("contact", r#"{"a":"*","contact_id":"c1","e":{"$ref":"contact:c1"}}"#),
            ("email", r#"{"a":"*","email":"x","email_of":{"redacted":true}}"#),
            ("REF", r#"{"a":"*","e":{"$ref":"contact:c1"},"prefs":1}"#),
        ] {
            let expected = payload.replace('*', "masked-1");
            assert_eq!(masked(&["a"], &payload.replace('*', value)), expected, "{payload}");
        }
        assert_eq!(masked(&["a.b"], r#"{"a":{"b":"Ada"},"b":"Eve"}"#), r#"{"a":{"b":"masked-1"},"b":"Eve"}"#);
    }

    #[test]
    fn names_that_contain_a_value_are_listed() {
        let masks = ["name".parse().unwrap()];
        let payload = r#"{"name":"Mail","email":"x","mail":"y","name_of_mail":1}"#;
        let event = Event { payload: Json::from_stored(payload.to_owned()), ..Event::blank() };
        let mut fields = MaskedFields::new(&masks);
        fields.take(&event, &mut || Ok(())).unwrap();
        let masks = fields.finish(BTreeSet::new()).unwrap();
        let masked = masks.masked(&event, &mut || Ok(())).unwrap();
        let expected = r#"{"name":"masked-1","email":"x","masked-1":"y","name_of_mail":1}"#;
        assert_eq!(
            (masked.payload.as_str(), masks.kept_names().join(" ")),
            (expected, "email name_of_mail".to_owned())
        );
    }

    #[test]
    fn a_mask_without_a_field_is_refused_with_the_fields() {
        let masks = ["email".parse().unwrap(), "phone".parse().unwrap()];
        let json = |text: &str| Json::from_stored(text.to_owned());
        let (payload, metadata) = (json(r#"{"email":"a@b.c","name":"Ada"}"#), Some(json(r#"{"actor":"x"}"#)));
        let mut fields = MaskedFields::new(&masks);
        fields.take(&Event { payload, metadata, ..Event::blank() }, &mut || Ok(())).unwrap();
        let error = fields.finish(BTreeSet::new()).map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "none of these events has the field phone");
    }

    #[test]
    fn notes_of_the_store_are_kept() {
        let masks = ["meta.fields".parse().unwrap()];
        let metadata = r#"{"$redacted":{"fields":["name"],"at":1},"fields":"name"}"#;
        let event = Event { metadata: Some(Json::from_stored(metadata.to_owned())), ..Event::blank() };
        let mut fields = MaskedFields::new(&masks);
        fields.take(&event, &mut || Ok(())).unwrap();
        let masked = fields.finish(BTreeSet::new()).unwrap().masked(&event, &mut || Ok(())).unwrap();
        let expected = r#"{"$redacted":{"fields":["name"],"at":1},"fields":"masked-1"}"#;
        assert_eq!(masked.metadata.unwrap().as_str(), expected);
    }
}

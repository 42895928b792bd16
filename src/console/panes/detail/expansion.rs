//! A document with references replaced by the values to which they refer. Its text is put together from those of the values,
//! so that digits and the order of keys stay as stored.

use std::collections::{BTreeMap, BTreeSet};

use crate::json::{Container, Json, Pointer, Token, Tokens};
use crate::pstate::Reference;

/// The most references that are expanded.
const MOST: usize = 1000;
/// The most bytes of a document with expanded references.
const MOST_BYTES: usize = 1 << 20;

/// The references that are expanded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chosen {
    /// The number of levels over which all references are expanded.
    pub depth: usize,
    /// The references, by their JSON pointers, that are expanded although they are deeper, or not although they are less deep.
    pub others: BTreeSet<String>,
}

/// The values of keys, as far as they were read; none for a key that does not exist.
pub type Values = BTreeMap<String, Option<Json>>;

/// A reference in a document with expanded references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownReference {
    /// The byte at which it, or the value in its place, starts.
    pub start: usize,
    /// The key.
    pub key: String,
    /// The part of it that the document shows.
    pub state: ReferenceState,
}

/// The part of a reference that a document shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferenceState {
    /// The reference.
    Folded,
    /// The value to which it refers.
    Expanded,
    /// The reference, because its value is still to be read.
    Unread,
    /// The reference, because the key does not exist.
    Missing,
    /// The reference, because it is within the value to which it refers.
    Cycle,
    /// The reference, because the document is too large.
    TooLarge,
}

/// A document with expanded references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// The document.
    pub document: Json,
    /// Its references, by rising start.
    pub references: Vec<ShownReference>,
}

impl Expansion {
    /// Expands the chosen references in the value of a key.
    pub fn of(key: &str, value: &Json, chosen: &Chosen, values: &Values) -> Self {
        let mut writer = Writer { chosen, values, text: String::new(), references: Vec::new(), expanded: 0 };
        writer.write(value.as_str(), "", &mut vec![key.to_owned()]);
        Self { document: Json::from_stored(writer.text), references: writer.references }
    }

    /// Returns the keys whose values are still to be read.
    pub fn unread(&self) -> BTreeSet<&str> {
        let unread = self.references.iter().filter(|reference| reference.state == ReferenceState::Unread);
        unread.map(|reference| reference.key.as_str()).collect()
    }

    /// Returns true if a further level would show more.
    pub fn has_more(&self) -> bool {
        let is_more = |reference: &ShownReference| reference.state == ReferenceState::Folded;
        self.references.iter().any(is_more)
    }

    /// Returns the first reference, the outermost one, whose value starts at a byte.
    pub fn at(&self, start: usize) -> Option<&ShownReference> {
        self.references.iter().find(|reference| reference.start == start)
    }
}

struct Writer<'a> {
    chosen: &'a Chosen,
    values: &'a Values,
    text: String,
    references: Vec<ShownReference>,
    expanded: usize,
}

impl Writer<'_> {
    /// Writes a value within the values of the keys `outer`, the last of which is its own.
    fn write(&mut self, value: &str, base: &str, outer: &mut Vec<String>) {
        let (mut tokens, mut pointer, mut copied) = (Tokens::new(value), Pointer::default(), 0);
        while let Some(token) = tokens.next() {
            if token != Token::Open(Container::Object) {
                pointer.pass(token);
                continue;
            }
            let start = tokens.start();
            let Some(key) = value.get(start..).and_then(Reference::key_in_text) else {
                pointer.pass(token);
                continue;
            };
            let reference = tokens.value(token);
            self.text.push_str(&value[copied..start]);
            self.reference(reference, key, &format!("{base}{}", pointer.text()), outer);
            copied = tokens.end();
            pointer.pass_value();
        }
        self.text.push_str(&value[copied..]);
    }

    /// Writes a reference, or the value in its place.
    fn reference(&mut self, text: &str, key: String, pointer: &str, outer: &mut Vec<String>) {
        let start = self.text.len();
        let wanted = (outer.len() <= self.chosen.depth) != self.chosen.others.contains(pointer);
        let value = self.values.get(&key);
        let state = match value {
            _ if outer.contains(&key) => ReferenceState::Cycle,
            Some(None) => ReferenceState::Missing,
            _ if !wanted => ReferenceState::Folded,
            None => ReferenceState::Unread,
            Some(Some(value)) if self.expanded == MOST || start + value.as_str().len() > MOST_BYTES => {
                ReferenceState::TooLarge
            }
            Some(Some(_)) => ReferenceState::Expanded,
        };
        self.references.push(ShownReference { start, key: key.clone(), state });
        match value {
            Some(Some(value)) if state == ReferenceState::Expanded => {
                self.expanded += 1;
                outer.push(key);
                self.write(value.as_document().trim(), pointer, outer);
                outer.pop();
            }
            _ => self.text.push_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(entries: &[(&str, Option<&str>)]) -> Values {
        let value = |text: &&str| Json::from_stored((*text).to_owned());
        entries.iter().map(|(key, text)| ((*key).to_owned(), text.as_ref().map(value))).collect()
    }

    fn expanded(depth: usize, others: &[&str], values: &Values) -> Expansion {
        let root = Json::from_stored(r#"{"n":1.10,"cards":[{"$ref":"b"},{"$ref":"gone"}]}"#.to_owned());
        let others = others.iter().map(|pointer| (*pointer).to_owned()).collect();
        Expansion::of("a", &root, &Chosen { depth, others }, values)
    }

    #[test]
    fn references_are_expanded_over_the_chosen_levels_and_no_digit_changes() {
        let known = values(&[
            ("b", Some(r#" {"c":{"$ref":"c"},"x":1e2} "#)),
            ("c", Some(r#"[{"$ref":"a"},{"$ref":"b"}]"#)),
            ("gone", None),
        ]);
        let text = |depth, others: &[&str]| expanded(depth, others, &known).document.as_str().to_owned();
        let none = r#"{"n":1.10,"cards":[{"$ref":"b"},{"$ref":"gone"}]}"#;
        let one = r#"{"n":1.10,"cards":[{"c":{"$ref":"c"},"x":1e2},{"$ref":"gone"}]}"#;
        let two = r#"{"n":1.10,"cards":[{"c":[{"$ref":"a"},{"$ref":"b"}],"x":1e2},{"$ref":"gone"}]}"#;
        assert_eq!([text(0, &[]), text(1, &[]), text(2, &[]), text(9, &[])], [none, one, two, two]);
        assert_eq!(text(0, &["/cards/0"]), one);
        assert_eq!(text(0, &["/cards/0", "/cards/0/c"]), two);
        assert_eq!(text(2, &["/cards/0/c"]), one);
        let states = |depth| -> Vec<(String, ReferenceState)> {
            let references = expanded(depth, &[], &known).references.into_iter();
            references.map(|reference| (reference.key, reference.state)).collect()
        };
        use ReferenceState::{Cycle, Expanded, Missing};
        let all = [("b", Expanded), ("c", Expanded), ("a", Cycle), ("b", Cycle), ("gone", Missing)];
        assert_eq!(states(9), all.map(|(key, state)| (key.to_owned(), state)));
    }

    #[test]
    fn values_that_were_not_read_are_named_and_a_large_document_ends() {
        let unread = expanded(1, &[], &Values::new());
        assert_eq!(unread.unread().into_iter().collect::<Vec<_>>(), ["b", "gone"]);
        assert!(!unread.has_more() && expanded(0, &[], &Values::new()).has_more());
        let long = format!("\"{}\"", "x".repeat(MOST_BYTES));
        let large = expanded(1, &[], &values(&[("b", Some(&long)), ("gone", None)]));
        assert_eq!(large.references[0].state, ReferenceState::TooLarge);
        let damaged = expanded(1, &[], &values(&[("b", Some("{oops")), ("gone", None)]));
        assert_eq!(damaged.document.as_str(), r#"{"n":1.10,"cards":["{oops",{"$ref":"gone"}]}"#);
    }
}

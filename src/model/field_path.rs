//! Paths to fields of events.

use std::fmt::{self, Write};
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::error::RedactionError;
use crate::event::Event;
use crate::json::{Json, Parts, find_values, replace_ranges};
use crate::redacted::{VALUE, is_redacted_text};

/// A field of events: a path into the payload, such as `email` or `address.street`, or into the metadata, such as
/// `meta.actor`. `payload.meta` is the field `meta` of the payload. In a list, a number is the index of an item; any other
/// name is a field of every item. A name with a dot or a blank is quoted as in a query: `"first name"`.
///
/// ```
/// use ramax::operations::FieldPath;
/// let street: FieldPath = "payload.address.street".parse()?;
/// assert_eq!(street.to_string(), "address.street");
/// assert_eq!(r#"address."zip code""#.parse::<FieldPath>()?.to_string(), r#"address."zip code""#);
/// assert!("meta.".parse::<FieldPath>().is_err());
/// # Ok::<(), ramax::RedactionError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldPath {
    in_metadata: bool,
    steps: Vec<String>,
}

impl FromStr for FieldPath {
    type Err = RedactionError;

    fn from_str(text: &str) -> Result<Self, RedactionError> {
        let invalid = |reason| RedactionError::InvalidField { field: text.to_owned(), reason };
        let mut steps = names(text).map_err(invalid)?;
        let in_metadata = steps.len() > 1 && text.starts_with("meta.");
        if in_metadata || (steps.len() > 1 && text.starts_with("payload.")) {
            steps.remove(0);
        }
        if in_metadata && steps[0].starts_with('$') {
            return Err(invalid("names in metadata that begin with $ belong to the store"));
        }
        Ok(Self { in_metadata, steps })
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_ambiguous = self.steps.len() > 1 && ["meta", "payload"].contains(&self.steps[0].as_str());
        match (self.in_metadata, is_ambiguous) {
            (true, _) => f.write_str("meta.")?,
            (false, true) => f.write_str("payload.")?,
            (false, false) => {}
        }
        for (name, index) in self.steps.iter().zip(0..) {
            if index > 0 {
                f.write_char('.')?;
            }
            write_name(name, f)?;
        }
        Ok(())
    }
}

impl Serialize for FieldPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FieldPath {
    /// Reads a list of paths, with blanks or commas between them.
    ///
    /// # Errors
    /// [`RedactionError::InvalidField`].
    pub fn listed(text: &str) -> Result<Vec<Self>, RedactionError> {
        let (mut is_quoted, mut is_escaped) = (false, false);
        let is_gap = |character: char| {
            is_quoted ^= character == '"' && !is_escaped;
            is_escaped = is_quoted && character == '\\' && !is_escaped;
            !is_quoted && matches!(character, ' ' | ',')
        };
        text.split(is_gap).filter(|path| !path.is_empty()).map(str::parse).collect()
    }

    fn document<'e>(&self, event: &'e Event) -> &'e str {
        match self.in_metadata {
            true => event.metadata.as_ref().map_or("", Json::as_str),
            false => event.payload.as_str(),
        }
    }

    /// Returns the values of the field in an event, as JSON.
    pub(crate) fn values<'e>(&self, event: &'e Event) -> impl Iterator<Item = &'e str> + use<'e> {
        let document = self.document(event);
        find_values(document, &self.steps).into_iter().map(move |range| &document[range])
    }

    /// Returns true if the field is one of the metadata.
    pub(crate) fn is_in_metadata(&self) -> bool {
        self.in_metadata
    }

    /// Returns the names of the path.
    pub(crate) fn names(&self) -> &[String] {
        &self.steps
    }

    /// Erases the values of the field, and passes each to `erased`.
    pub(super) fn erase(&self, event: &mut Event, erased: &mut dyn FnMut(&str)) {
        let document = self.document(event);
        let mut ranges = find_values(document, &self.steps);
        ranges.retain(|range| !is_redacted_text(&document[range.clone()]));
        if ranges.is_empty() {
            return;
        }
        ranges.iter().for_each(|range| erased(&document[range.clone()]));
        let replaced = Json::from_stored(replace_ranges(document, &ranges, VALUE));
        match self.in_metadata {
            true => event.metadata = Some(replaced),
            false => event.payload = replaced,
        }
    }

    /// Returns the fields that an event has at the top of its payload and metadata.
    pub(crate) fn all_of(event: &Event) -> Vec<Self> {
        let names = |json: &str| -> Vec<String> {
            let parts = Parts::of_object(json).into_iter().flatten();
            parts.filter_map(|part| Some(part.key?.decoded().into_owned())).collect()
        };
        let field = |in_metadata| move |name| Self { in_metadata, steps: vec![name] };
        let metadata = names(event.metadata.as_ref().map_or("", Json::as_str));
        let metadata = metadata.into_iter().filter(|name| !name.starts_with('$'));
        names(event.payload.as_str()).into_iter().map(field(false)).chain(metadata.map(field(true))).collect()
    }
}

/// Divides a path into its names, without their quotes.
fn names(path: &str) -> Result<Vec<String>, &'static str> {
    let (mut names, mut rest) = (Vec::new(), path);
    loop {
        let (name, after) = match rest.strip_prefix('"') {
            Some(text) => quoted_name(text).ok_or("a name in it has no closing quote")?,
            None => {
                let end = rest.find('.').unwrap_or(rest.len());
                if end == 0 {
                    return Err("a name in it is empty");
                }
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        names.push(name);
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(names),
            None => return Err("a quoted name in it is followed by something other than a dot"),
        }
    }
}

/// Returns the name up to the closing quote, given the text after the opening one, and the text after it.
fn quoted_name(text: &str) -> Option<(String, &str)> {
    let (mut name, mut characters) = (String::new(), text.chars());
    loop {
        match characters.next()? {
            '"' => return Some((name, characters.as_str())),
            '\\' => name.push(characters.next()?),
            character => name.push(character),
        }
    }
}

/// Writes a name, in quotes if it could be misread. Blanks and commas separate fields in lists.
fn write_name(name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let needs_quotes = |character: char| matches!(character, '.' | ',' | '"') || character.is_whitespace();
    if !name.is_empty() && !name.contains(needs_quotes) {
        return f.write_str(name);
    }
    f.write_char('"')?;
    for character in name.chars() {
        if matches!(character, '"' | '\\') {
            f.write_char('\\')?;
        }
        f.write_char(character)?;
    }
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(text: &str) -> Option<String> {
        text.parse::<FieldPath>().map(|path| path.to_string()).ok()
    }

    #[test]
    fn paths_are_read_and_written_in_one_way() {
        for (text, path) in [
            ("email", "email"),
            ("payload.email", "email"),
            ("meta.actor", "meta.actor"),
            ("meta", "meta"),
            ("payload.meta.x", "payload.meta.x"),
            ("a.b", "a.b"),
            (r#""meta".x"#, "payload.meta.x"),
            (r#"payload."first name""#, r#""first name""#),
            (r#"a."b.c".d"#, r#"a."b.c".d"#),
            (r#""say \"hi\"""#, r#""say \"hi\"""#),
            (r#"meta."""#, r#"meta."""#),
            (r#""plain""#, "plain"),
            ("first name", r#""first name""#),
        ] {
            assert_eq!(written(text).as_deref(), Some(path), "{text}");
            assert_eq!(written(path).as_deref(), Some(path), "{text}");
        }
        let invalid = ["", ".", "a.", "meta.", "meta.$redacted", "payload.", r#""a"#, r#""a"b"#, r#"a."b\"#];
        for text in invalid {
            assert_eq!(written(text), None, "{text}");
        }
    }

    #[test]
    fn a_list_is_divided_at_blanks_and_commas_outside_of_quotes() {
        let read = FieldPath::listed(r#" name, "first name" a."b,c" "x\" y","#).unwrap();
        let written: Vec<String> = read.iter().map(ToString::to_string).collect();
        assert_eq!(written, ["name", r#""first name""#, r#"a."b,c""#, r#""x\" y""#]);
        assert!(FieldPath::listed(r#"name "first"#).is_err() && FieldPath::listed(" ").unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn every_path_is_read_as_it_is_written(
            in_metadata in any::<bool>(),
            steps in prop::collection::vec(r#"(meta|payload|[a". \\\\,é$0]{0,4})"#, 1..4),
        ) {
            prop_assume!(!(in_metadata && steps[0].starts_with('$')));
            let path = FieldPath { in_metadata, steps };
            prop_assert_eq!(path.to_string().parse::<FieldPath>().ok(), Some(path));
        }
    }
}

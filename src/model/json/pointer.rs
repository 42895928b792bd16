//! Locating a value in a JSON text.

use super::Quoted;
use super::difference::{JsonStep, path_text};
use super::tokens::{Container, Token, Tokens};

/// Returns the value that starts at a byte offset.
pub(crate) fn value_at(json: &str, start: usize) -> Option<&str> {
    let mut tokens = Tokens::new(json.get(start..)?);
    let first = tokens.next()?;
    Some(tokens.value(first))
}

/// The current part of an open container.
#[derive(Debug, Clone, Copy)]
enum Part<'a> {
    Key(Quoted<'a>),
    Index(usize),
}

/// Returns the JSON pointer to the value that starts at a byte offset. It is empty for the whole document.
pub(crate) fn pointer_to(json: &str, start: usize) -> String {
    let mut pointer = String::new();
    visit(json, &mut |at, parts| {
        let is_it = at >= start;
        if is_it {
            pointer = pointer_of(parts);
        }
        is_it
    });
    pointer
}

/// Returns the path to the value that starts at a byte offset, as in a list of differences: `address.city`, `tags[2]`.
pub(crate) fn path_to(json: &str, start: usize) -> String {
    let mut path = String::new();
    visit(json, &mut |at, parts| {
        let is_it = at >= start;
        if is_it {
            path = path_of(parts);
        }
        is_it
    });
    path
}

/// Returns the byte offsets of the first values, at most this many, each with the path to it.
pub(crate) fn paths(json: &str, most: usize) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    visit(json, &mut |at, parts| {
        paths.push((at, path_of(parts)));
        paths.len() >= most
    });
    paths
}

fn pointer_of(parts: &[Part<'_>]) -> String {
    let name = |part: &Part<'_>| match part {
        Part::Key(key) => key.decoded().replace('~', "~0").replace('/', "~1"),
        Part::Index(index) => index.to_string(),
    };
    parts.iter().map(|part| format!("/{}", name(part))).collect()
}

fn path_of(parts: &[Part<'_>]) -> String {
    let step = |part: &Part<'_>| match part {
        Part::Key(key) => JsonStep::Key(key.decoded().into_owned().into()),
        Part::Index(index) => JsonStep::Index(*index),
    };
    path_text(&parts.iter().map(step).collect::<Vec<_>>())
}

/// The place in a JSON text, which is followed token by token.
#[derive(Debug, Default)]
pub(crate) struct Pointer<'a> {
    open: Vec<Part<'a>>,
}

impl<'a> Pointer<'a> {
    /// Passes a token.
    pub(crate) fn pass(&mut self, token: Token<'a>) {
        match token {
            Token::Key(key) => {
                self.open.pop();
                self.open.push(Part::Key(key));
            }
            Token::Open(Container::Object) => self.open.push(Part::Key(Quoted::new(""))),
            Token::Open(Container::Array) => self.open.push(Part::Index(0)),
            Token::Close(_) => {
                self.open.pop();
                self.pass_value();
            }
            Token::String(_) | Token::Number(_) | Token::Word(_) => self.pass_value(),
        }
    }

    /// Passes a whole value.
    pub(crate) fn pass_value(&mut self) {
        if let Some(Part::Index(index)) = self.open.last_mut() {
            *index += 1;
        }
    }

    /// Returns the JSON pointer to the next value. It is empty for the whole document.
    pub(crate) fn text(&self) -> String {
        pointer_of(&self.open)
    }
}

/// Passes the byte offset of each value with the parts of the containers around it to `see`, in order, until it returns true.
fn visit(json: &str, see: &mut dyn FnMut(usize, &[Part<'_>]) -> bool) {
    let mut tokens = Tokens::new(json);
    let mut pointer = Pointer::default();
    while let Some(token) = tokens.next() {
        let is_value = !matches!(token, Token::Key(_) | Token::Close(_));
        if is_value && see(tokens.start(), &pointer.open) {
            return;
        }
        pointer.pass(token);
    }
}

#[cfg(test)]
mod tests {
    use super::{path_to, paths, pointer_to, value_at};

    #[test]
    fn a_value_is_found_by_its_byte_offset() {
        let json = r#"{"a/b":[1,{"x":[]},[2,3]],"c~":{"d":1.10}}"#;
        let at = |value: &str| json.find(value).unwrap();
        for (value, pointer) in
            [("1,", "/a~1b/0"), ("[]", "/a~1b/1/x"), ("3", "/a~1b/2/1"), ("1.10", "/c~0/d"), ("{\"a", "")]
        {
            assert_eq!(pointer_to(json, at(value)), pointer, "{value}");
        }
        for (value, path) in
            [("1,", "a/b[0]"), ("[]", "a/b[1].x"), ("3", "a/b[2][1]"), ("1.10", "c~.d"), ("{\"a", "")]
        {
            assert_eq!(path_to(json, at(value)), path, "{value}");
        }
        let first = paths(json, 3);
        assert_eq!(first, [(0, String::new()), (7, "a/b".to_owned()), (8, "a/b[0]".to_owned())]);
        assert_eq!(value_at(json, at("{\"d")), Some(r#"{"d":1.10}"#));
        assert_eq!((value_at(json, 999), value_at(json, at("[2"))), (None, Some("[2,3]")));
    }
}

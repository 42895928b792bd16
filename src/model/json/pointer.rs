//! Locating a value in a JSON text.

use super::Quoted;
use super::tokens::{Container, Token, Tokens};

/// Returns the value that starts at a byte offset.
pub(crate) fn value_at(json: &str, start: usize) -> Option<&str> {
    let mut tokens = Tokens::new(json.get(start..)?);
    let first = tokens.next()?;
    Some(tokens.value(first))
}

/// The current part of an open container.
enum Part<'a> {
    Key(Quoted<'a>),
    Index(usize),
}

/// Returns the JSON pointer to the value that starts at a byte offset. It is empty for the whole document.
pub(crate) fn pointer_to(json: &str, start: usize) -> String {
    let mut tokens = Tokens::new(json);
    let mut open: Vec<Part<'_>> = Vec::new();
    while let Some(token) = tokens.next() {
        match token {
            Token::Key(key) => {
                open.pop();
                open.push(Part::Key(key));
                continue;
            }
            Token::Close(_) => {
                open.pop();
            }
            _ if tokens.start() >= start => break,
            Token::Open(Container::Object) => {
                open.push(Part::Key(Quoted::new("")));
                continue;
            }
            Token::Open(Container::Array) => {
                open.push(Part::Index(0));
                continue;
            }
            Token::String(_) | Token::Number(_) | Token::Word(_) => {}
        }
        if let Some(Part::Index(index)) = open.last_mut() {
            *index += 1;
        }
    }
    let name = |part: &Part<'_>| match part {
        Part::Key(key) => key.decoded().replace('~', "~0").replace('/', "~1"),
        Part::Index(index) => index.to_string(),
    };
    open.iter().map(|part| format!("/{}", name(part))).collect()
}

#[cfg(test)]
mod tests {
    use super::{pointer_to, value_at};

    #[test]
    fn a_value_is_found_by_its_byte_offset() {
        let json = r#"{"a/b":[1,{"x":[]},[2,3]],"c~":{"d":1.10}}"#;
        let at = |value: &str| json.find(value).unwrap();
        for (value, pointer) in
            [("1,", "/a~1b/0"), ("[]", "/a~1b/1/x"), ("3", "/a~1b/2/1"), ("1.10", "/c~0/d"), ("{\"a", "")]
        {
            assert_eq!(pointer_to(json, at(value)), pointer, "{value}");
        }
        assert_eq!(value_at(json, at("{\"d")), Some(r#"{"d":1.10}"#));
        assert_eq!((value_at(json, 999), value_at(json, at("[2"))), (None, Some("[2,3]")));
    }
}

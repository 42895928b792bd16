//! Quoting values so that they parse back to the same value.

use std::fmt::{self, Write};

/// Returns true if a value would be cut or misread without quotes.
pub(super) fn needs_quotes(text: &str) -> bool {
    text.is_empty() || text.starts_with(['"', '=']) || text.contains(char::is_whitespace)
}

pub(super) fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            f.write_char('\\')?;
        }
        f.write_char(character)?;
    }
    f.write_char('"')
}

/// Writes a value, in quotes if it needs them.
pub(super) fn value(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if needs_quotes(text) { quoted(text, f) } else { f.write_str(text) }
}

/// Returns a value, in quotes if it needs them.
pub(super) fn written(text: &str) -> String {
    struct Written<'a>(&'a str);
    impl fmt::Display for Written<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            value(self.0, f)
        }
    }
    Written(text).to_string()
}

/// Returns the offset after the closing quote, given the text after the opening one.
pub(super) fn end_of_quoted(text: &str) -> Option<usize> {
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some(at + 1),
            '\\' => drop(characters.next()),
            _ => {}
        }
    }
    None
}

/// Returns the text after an opening quote that has no closing one.
pub(super) fn unquoted(text: &str) -> Option<String> {
    if end_of_quoted(text).is_some() {
        return None;
    }
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    Some(plain)
}

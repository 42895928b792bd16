//! Writing values so that they are read again as they are.

use std::fmt::{self, Write};

/// Whether a value would be cut or misread without quotes.
pub(super) fn needs_quotes(text: &str) -> bool {
    text.is_empty() || text.starts_with('"') || text.contains(char::is_whitespace)
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

/// A value, in quotes where it needs them.
pub(super) fn value(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if needs_quotes(text) { quoted(text, f) } else { f.write_str(text) }
}

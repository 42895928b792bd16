//! Quoting values so that they parse back to the same value.

use std::fmt::{self, Write};

/// Returns true if a value would be cut or misread without quotes.
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

/// Writes a value, in quotes if it needs them.
pub(super) fn value(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if needs_quotes(text) { quoted(text, f) } else { f.write_str(text) }
}

//! A name for the file that a space is exported to.

use std::fmt::Write;

use crate::space::Space;

/// The most bytes that every file system takes for a name, less some for whoever puts something behind it.
const LONGEST: usize = 200;

/// A file's name for a space, made of the space's own: `crm_acme.jsonl`. What a shell, a terminal or a file system
/// would not take as it is stands there as `%2F`, so that no two spaces get the same; a name that would be too
/// long gives way to the space's id.
///
/// ```
/// use ramax::{Store, operations::file_name};
///
/// let store = Store::memory();
/// let named = |name| store.events().get_or_create_space(name, None, ramax::Timestamp(0)).unwrap();
/// assert_eq!(file_name(&named("crm_acme")), "crm_acme.jsonl");
/// assert_eq!(file_name(&named("../日本 %\u{1b}")), "%2E.%2F日本%20%25%1B.jsonl");
/// assert_eq!(file_name(&named(&"~".repeat(100))), "space-3.jsonl");
/// ```
#[must_use]
pub fn file_name(space: &Space) -> String {
    let mut name = String::new();
    for character in space.space_name.chars() {
        let is_plain = character.is_alphanumeric() || character == '_';
        // In front, one hides the file and the other looks like an option.
        if is_plain || (matches!(character, '.' | '-') && !name.is_empty()) {
            name.push(character);
            continue;
        }
        for byte in character.encode_utf8(&mut [0; 4]).bytes() {
            let _ = write!(name, "%{byte:02X}");
        }
    }
    if name.len() > LONGEST {
        name = format!("space-{}", space.space_id.0);
    }
    name + ".jsonl"
}

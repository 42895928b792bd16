//! A file name for an exported space.

use std::fmt::Write;

use crate::space::Space;

/// The most bytes that every file system allows for a name, minus room for a suffix.
const LONGEST: usize = 200;

/// Returns a file name for a space, derived from its name: `crm_acme.jsonl`. Characters that shells, terminals
/// or file systems treat specially are written as `%2F`, so that no two spaces get the same name. If the name
/// is too long, the space's id is used instead.
///
/// ```
/// use ramax::{Store, operations::file_name};
///
/// let store = Store::memory();
/// let named = |name| store.events().get_or_create_space(name, None, ramax::Timestamp(0)).unwrap();
/// assert_eq!(file_name(&named("crm_acme")), "crm_acme.jsonl");
/// assert_eq!(file_name(&named("crm_acme@120")), "crm_acme@120.jsonl");
/// assert_eq!(file_name(&named("../日本 %\u{1b}")), "%2E.%2F日本%20%25%1B.jsonl");
/// assert_eq!(file_name(&named(&"~".repeat(100))), "space-4.jsonl");
/// ```
pub fn file_name(space: &Space) -> String {
    let mut name = String::new();
    for character in space.space_name.chars() {
        let is_plain = character.is_alphanumeric() || character == '_';
        // As the first character, a dot hides the file, and a hyphen looks like an option.
        if is_plain || (matches!(character, '.' | '-' | '@') && !name.is_empty()) {
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

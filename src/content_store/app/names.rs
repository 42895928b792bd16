//! The names of commands and the labels of their fields, derived from identifiers at compile time.

/// Returns the length of the words of an identifier: `AddContact` and `add_contact` have 11 bytes.
pub const fn length(identifier: &str) -> usize {
    let bytes = identifier.as_bytes();
    let (mut length, mut at) = (0, 0);
    while at < bytes.len() {
        length += if at > 0 && bytes[at].is_ascii_uppercase() { 2 } else { 1 };
        at += 1;
    }
    length
}

/// Returns the words of an identifier in lower case, with a separator in between: `add-contact`.
pub const fn words<const LENGTH: usize>(identifier: &str, separator: u8) -> [u8; LENGTH] {
    let bytes = identifier.as_bytes();
    let mut words = [separator; LENGTH];
    let (mut to, mut at) = (0, 0);
    while at < bytes.len() {
        if at > 0 && bytes[at].is_ascii_uppercase() {
            to += 1;
        }
        if bytes[at] != b'_' {
            words[to] = bytes[at].to_ascii_lowercase();
        }
        to += 1;
        at += 1;
    }
    words
}

/// Returns the words of an identifier as a title: `Add contact`.
pub const fn title<const LENGTH: usize>(identifier: &str) -> [u8; LENGTH] {
    let mut title = words::<LENGTH>(identifier, b' ');
    if LENGTH > 0 {
        title[0] = title[0].to_ascii_uppercase();
    }
    title
}

/// Returns the bytes as text.
pub const fn text(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
}

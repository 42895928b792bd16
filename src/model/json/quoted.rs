//! The strings of a JSON text.

use std::borrow::Cow;

/// The source text of a JSON string, without its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quoted<'a>(&'a str);

impl<'a> Quoted<'a> {
    pub(crate) fn new(written: &'a str) -> Self {
        Self(written)
    }

    /// Returns the source text between the quotes.
    pub(crate) fn written(self) -> &'a str {
        self.0
    }

    /// Decodes the escapes. A lone surrogate becomes U+FFFD.
    pub(crate) fn decoded(self) -> Cow<'a, str> {
        let Some(first) = self.0.find('\\') else { return Cow::Borrowed(self.0) };
        let mut decoded = String::with_capacity(self.0.len());
        let mut rest = self.0;
        let mut next = Some(first);
        while let Some(at) = next {
            decoded.push_str(&rest[..at]);
            let (character, length) = escaped(&rest[at..]);
            decoded.push(character);
            rest = &rest[at + length..];
            next = rest.find('\\');
        }
        decoded.push_str(rest);
        Cow::Owned(decoded)
    }

    /// Returns true if the decoded string equals this text.
    pub(crate) fn is(self, text: &str) -> bool {
        if self.0.contains('\\') { self.decoded() == text } else { self.0 == text }
    }
}

/// Decodes the escape at the start of a text. Returns the character and the length of the escape in bytes.
fn escaped(text: &str) -> (char, usize) {
    let character = match text.as_bytes().get(1) {
        Some(b'u') => return by_code(text),
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(byte @ (b'"' | b'\\' | b'/')) => char::from(*byte),
        _ => return ('\\', 1),
    };
    (character, 2)
}

/// As [`escaped`], for `\u` with four digits or a surrogate pair.
fn by_code(text: &str) -> (char, usize) {
    let unit = |from: usize| {
        let digits = text.get(from..from + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let Some(first) = unit(0) else { return ('\\', 1) };
    let units = [first, unit(6).unwrap_or_default()];
    match char::decode_utf16(units).next() {
        Some(Ok(character)) => (character, character.len_utf16() * 6),
        _ => (char::REPLACEMENT_CHARACTER, 6),
    }
}

#[cfg(test)]
mod tests {
    use super::Quoted;

    #[test]
    fn escapes_decode_to_their_characters() {
        let decoded = |written: &'static str| Quoted::new(written).decoded();
        assert_eq!(decoded("plain é"), "plain é");
        assert_eq!(decoded(r#"C:\\temp \"x\" \/\b\f\n\r\t"#), "C:\\temp \"x\" /\u{8}\u{c}\n\r\t");
        assert_eq!(decoded(r"\u00e9 \ud83e\udd80!"), "é 🦀!");
        assert_eq!(decoded(r"\ud83e|\udd80|\ud83ex|\ud83e\u0041"), "\u{fffd}|\u{fffd}|\u{fffd}x|\u{fffd}A");
        assert!(Quoted::new(r"a\u0062").is("ab") && !Quoted::new("ab").is("a"));
    }
}

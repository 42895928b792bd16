//! The strings of a JSON text.

use std::borrow::Cow;

use crate::text::{PieceCount, without_pause};

/// The most bytes that a source text has for each byte of the decoded string: `\u0041`.
const LONGEST_ESCAPE: usize = 6;

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
        without_pause(|pause| self.decoded_between(pause))
    }

    /// As [`decoded`](Self::decoded), but calls `pause` between the pieces of a large string.
    ///
    /// # Errors
    /// The error of `pause`.
    pub(crate) fn decoded_between<E>(
        self,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Cow<'a, str>, E> {
        let Some(first) = self.0.find('\\') else { return Ok(Cow::Borrowed(self.0)) };
        let mut decoded = String::with_capacity(self.0.len());
        let mut rest = self.0;
        let (mut next, mut read) = (Some(first), PieceCount::default());
        while let Some(at) = next {
            if read.is_next(self.0.len() - rest.len()) {
                pause()?;
            }
            decoded.push_str(&rest[..at]);
            let (character, length) = escaped(&rest[at..]);
            decoded.push(character);
            rest = &rest[at + length..];
            next = rest.find('\\');
        }
        decoded.push_str(rest);
        Ok(Cow::Owned(decoded))
    }

    /// Returns true if the decoded string equals this text.
    pub(crate) fn is(self, text: &str) -> bool {
        let may_be = self.0.len() <= text.len().saturating_mul(LONGEST_ESCAPE);
        if self.0.contains('\\') { may_be && self.decoded() == text } else { self.0 == text }
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
    use crate::text::PIECE;

    #[test]
    fn escapes_decode_to_their_characters() {
        let decoded = |written: &'static str| Quoted::new(written).decoded();
        assert_eq!(decoded("plain é"), "plain é");
        assert_eq!(decoded(r#"C:\\temp \"x\" \/\b\f\n\r\t"#), "C:\\temp \"x\" /\u{8}\u{c}\n\r\t");
        assert_eq!(decoded(r"\u00e9 \ud83e\udd80!"), "é 🦀!");
        assert_eq!(decoded(r"\ud83e|\udd80|\ud83ex|\ud83e\u0041"), "\u{fffd}|\u{fffd}|\u{fffd}x|\u{fffd}A");
        assert!(Quoted::new(r"a\u0062").is("ab") && !Quoted::new("ab").is("a"));
        assert!(Quoted::new(r"\u0061").is("a") && Quoted::new(r"\ud83e\udd80\ud83e").is("🦀\u{fffd}"));
    }

    #[test]
    fn a_large_string_is_decoded_with_pauses() {
        let written = r"\n".repeat(PIECE);
        let mut pauses = 0;
        let decoded = Quoted::new(&written).decoded_between(&mut || {
            pauses += 1;
            Ok::<(), ()>(())
        });
        assert_eq!((decoded.unwrap().len(), pauses), (PIECE, 1));
        let stopped = Quoted::new(&written).decoded_between(&mut || Err("stopped"));
        assert_eq!(stopped.err(), Some("stopped"));
    }
}

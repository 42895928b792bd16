//! The tokens of a JSON text, in one pass without recursion or copies.

use memchr::memchr2;

use crate::text::{PIECE, PieceCount};

use super::Quoted;

/// An object or an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Container {
    Object,
    Array,
}

/// A token of a JSON text, with its source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    Open(Container),
    Close(Container),
    /// The key of the value that follows.
    Key(Quoted<'a>),
    String(Quoted<'a>),
    Number(&'a str),
    /// `true`, `false` or `null`.
    Word(&'a str),
}

/// An iterator over the tokens of a JSON text; it skips commas and colons. For a text that is not JSON it yields some
/// tokens and ends.
#[derive(Debug, Clone)]
pub(crate) struct Tokens<'a> {
    text: &'a str,
    start: usize,
    end: usize,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, start: 0, end: 0 }
    }

    /// Returns the byte offset at which the last token starts.
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    /// Returns the byte offset at which the last token ends.
    pub(crate) fn end(&self) -> usize {
        self.end
    }

    /// Returns the next byte that is not whitespace.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes()[self.end..].iter().copied().find(|byte| !is_space(*byte))
    }

    /// Skips the rest of the container that the last token opened.
    pub(crate) fn skip_container(&mut self) {
        self.skip(&mut 1, usize::MAX);
    }

    /// As [`skip_container`](Self::skip_container), but calls `pause` between the pieces of a large one.
    pub(crate) fn skip_container_between<E>(
        &mut self,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<(), E> {
        let mut depth = 1;
        while self.skip(&mut depth, self.end.saturating_add(PIECE)) {
            pause()?;
        }
        Ok(())
    }

    /// Skips what remains of `depth` containers, up to about a byte offset. Returns true if more is left.
    fn skip(&mut self, depth: &mut usize, until: usize) -> bool {
        let bytes = self.text.as_bytes();
        while *depth > 0 {
            match bytes.get(self.end) {
                None => return false,
                Some(_) if self.end >= until => return true,
                Some(b'"') => {
                    let Some(end) = self.end_of_string(self.end + 1) else {
                        self.give_up();
                        return false;
                    };
                    self.end = end;
                }
                Some(b'{' | b'[') => *depth += 1,
                Some(b'}' | b']') => *depth -= 1,
                Some(_) => {}
            }
            self.end += 1;
        }
        false
    }

    /// Skips the value whose first token was the last one and which ends at a known byte offset, and returns its text.
    pub(crate) fn value_to(&mut self, end: usize) -> &'a str {
        self.end = end;
        &self.text[self.start..end]
    }

    /// Skips the value whose first token was the last one, and returns its text.
    pub(crate) fn value(&mut self, first: Token<'a>) -> &'a str {
        let start = self.start;
        if matches!(first, Token::Open(_)) {
            self.skip_container();
        }
        &self.text[start..self.end]
    }

    /// As [`value`](Self::value), but calls `pause` between the pieces of a large one.
    pub(crate) fn value_between<E>(
        &mut self,
        first: Token<'a>,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<&'a str, E> {
        let start = self.start;
        if matches!(first, Token::Open(_)) {
            self.skip_container_between(pause)?;
        }
        Ok(&self.text[start..self.end])
    }

    /// Passes the tokens to `each`, which may skip more of them. Calls `pause` between the pieces of a large text.
    ///
    /// # Errors
    /// Those of `each` and of `pause`.
    pub(crate) fn each_between<E>(
        mut self,
        pause: &mut dyn FnMut() -> Result<(), E>,
        each: &mut dyn FnMut(&mut Self, Token<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut read = PieceCount::default();
        while let Some(token) = self.next() {
            if read.is_next(self.end) {
                pause()?;
            }
            each(&mut self, token)?;
        }
        Ok(())
    }

    fn string(&mut self) -> Option<Token<'a>> {
        let Some(end) = self.end_of_string(self.start + 1) else {
            self.give_up();
            return None;
        };
        self.end = end + 1;
        let quoted = Quoted::new(&self.text[self.start + 1..end]);
        Some(if self.peek() == Some(b':') { Token::Key(quoted) } else { Token::String(quoted) })
    }

    /// Returns the offset of the closing quote of a string whose content starts at `from`.
    fn end_of_string(&self, from: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut at = from;
        loop {
            at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
            if bytes[at] == b'"' {
                return Some(at);
            }
            at += 2;
        }
    }

    fn plain(&mut self, belongs: impl Fn(u8) -> bool) -> &'a str {
        let rest = &self.text.as_bytes()[self.start..];
        let length = rest.iter().position(|byte| !belongs(*byte)).unwrap_or(rest.len());
        self.end = self.start + length;
        &self.text[self.start..self.end]
    }

    fn one(&mut self, token: Token<'a>) -> Token<'a> {
        self.end = self.start + 1;
        token
    }

    fn give_up(&mut self) {
        self.end = self.text.len();
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let rest = &self.text.as_bytes()[self.end..];
        let before = rest.iter().position(|byte| !is_space(*byte) && !matches!(byte, b',' | b':'));
        self.start = self.end + before.unwrap_or(rest.len());
        let token = match self.text.as_bytes().get(self.start)? {
            b'"' => return self.string(),
            b'{' => self.one(Token::Open(Container::Object)),
            b'}' => self.one(Token::Close(Container::Object)),
            b'[' => self.one(Token::Open(Container::Array)),
            b']' => self.one(Token::Close(Container::Array)),
            b'-' | b'0'..=b'9' => Token::Number(
                self.plain(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')),
            ),
            b'a'..=b'z' => Token::Word(self.plain(|byte| byte.is_ascii_lowercase())),
            _ => {
                self.give_up();
                return None;
            }
        };
        Some(token)
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::{Container, PIECE, Token, Tokens};
    use crate::json::Quoted;

    #[test]
    fn keys_are_distinguished_from_strings_and_no_text_is_changed() {
        let tokens: Vec<Token<'_>> = Tokens::new(r#" {"a\"" : [1.10,"b"], "c":null} "#).collect();
        assert_eq!(
            tokens,
            [
                Token::Open(Container::Object),
                Token::Key(Quoted::new(r#"a\""#)),
                Token::Open(Container::Array),
                Token::Number("1.10"),
                Token::String(Quoted::new("b")),
                Token::Close(Container::Array),
                Token::Key(Quoted::new("c")),
                Token::Word("null"),
                Token::Close(Container::Object),
            ]
        );
    }

    #[test]
    fn a_value_is_skipped_as_a_whole_at_any_depth() {
        let deep = format!(r#"[{}"]\"}}"{},7]"#, "[".repeat(10_000), "]".repeat(10_000));
        let mut tokens = Tokens::new(&deep);
        tokens.next();
        let first = tokens.next().unwrap();
        assert_eq!(tokens.value(first).len(), deep.len() - 4);
        assert_eq!(tokens.next(), Some(Token::Number("7")));
    }

    #[test]
    fn a_large_value_is_skipped_with_pauses() {
        let large = format!("[[{}\"]\"],7]", "1,".repeat(2 * PIECE));
        let mut tokens = Tokens::new(&large);
        tokens.next();
        let first = tokens.next().unwrap();
        let mut pauses = 0;
        let mut pause = || {
            pauses += 1;
            Ok::<(), ()>(())
        };
        assert_eq!(tokens.value_between(first, &mut pause).unwrap().len(), large.len() - 4);
        assert_eq!((tokens.next(), pauses), (Some(Token::Number("7")), 4));
        let mut first = Tokens::new(&large);
        first.next();
        let token = first.next().unwrap();
        assert_eq!(first.value_between(token, &mut || Err("stopped")), Err("stopped"));
    }

    #[test]
    fn tokens_are_passed_with_pauses() {
        let large = format!("[{}1]", "1,".repeat(2 * PIECE));
        let (mut pauses, mut tokens) = (0, 0);
        let mut pause = || {
            pauses += 1;
            Ok::<(), ()>(())
        };
        let mut each = |_: &mut Tokens<'_>, _: Token<'_>| {
            tokens += 1;
            Ok(())
        };
        Tokens::new(&large).each_between(&mut pause, &mut each).unwrap();
        assert_eq!((pauses, tokens), (4, 2 * PIECE + 3));
    }

    #[test]
    fn tokens_of_a_text_that_is_not_json_end() {
        for text in ["", "\"", "\"\\", "{\"a", "[\"\\\"", "?", "\u{fffd}", "{\"a\":\"\\\u{e9}"] {
            let mut tokens = Tokens::new(text);
            while let Some(token) = tokens.next() {
                tokens.clone().value(token);
            }
        }
    }
}

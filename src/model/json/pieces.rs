//! Checks large texts in pieces, so that the check can be stopped between them.

use std::io::{self, BufReader, Read};

use serde::de::{DeserializeOwned, IgnoredAny};

use crate::text::PIECE;

use super::Json;

impl Json {
    /// As [`Json::fault`], but calls `pause` before each piece of a large text.
    ///
    /// # Errors
    /// The error of `pause`.
    pub(crate) fn fault_between<E>(
        &self,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Option<serde_json::Error>, E> {
        if self.may_be_invalid() { fault_of(self.as_str(), pause) } else { Ok(None) }
    }

    /// As [`Json::parse_owned`], but calls `pause` before each piece of a large text.
    ///
    /// # Errors
    /// The error of `pause`.
    pub(crate) fn parse_between<T: DeserializeOwned, E>(
        &self,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<serde_json::Result<T>, E> {
        parsed(self.as_str(), pause)
    }
}

/// Returns the reason why a text is not valid JSON. Calls `pause` before each piece of a large one.
///
/// # Errors
/// The error of `pause`.
pub(super) fn fault_of<E>(
    text: &str,
    pause: &mut dyn FnMut() -> Result<(), E>,
) -> Result<Option<serde_json::Error>, E> {
    Ok(parsed::<IgnoredAny, E>(text, pause)?.err())
}

/// Parses a text. Calls `pause` before each piece of a large one.
fn parsed<T: DeserializeOwned, E>(
    text: &str,
    pause: &mut dyn FnMut() -> Result<(), E>,
) -> Result<serde_json::Result<T>, E> {
    if text.len() <= PIECE {
        return Ok(serde_json::from_str(text));
    }
    let mut pieces = Pieces { rest: text.as_bytes(), pause, stopped: None };
    let parsed = serde_json::from_reader(BufReader::with_capacity(PIECE, &mut pieces));
    pieces.stopped.map_or(Ok(parsed), Err)
}

/// Reads a text, and asks before each piece if it should continue.
struct Pieces<'a, E> {
    rest: &'a [u8],
    pause: &'a mut dyn FnMut() -> Result<(), E>,
    stopped: Option<E>,
}

impl<E> Read for Pieces<'_, E> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The parser may read on after an error.
        if self.stopped.is_none() {
            self.stopped = (self.pause)().err();
        }
        if self.stopped.is_some() { Err(io::Error::other("stopped")) } else { self.rest.read(buffer) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_text_has_the_same_fault_in_pieces_as_at_once() {
        for text in [
            "[".repeat(3 * PIECE),
            format!("{}{}", "[".repeat(PIECE), "]".repeat(PIECE)),
            format!("{}1{}", r#"{"a":"#.repeat(PIECE), "}".repeat(PIECE)),
            format!("[{}1]", "1,\n".repeat(PIECE)),
            format!("\"{}\"", "é".repeat(PIECE)),
            format!("\"{}", "\\u00e9".repeat(PIECE)),
            format!("{}x", "1".repeat(PIECE)),
        ] {
            let json = Json::from_stored(text);
            let text = |fault: Option<serde_json::Error>| fault.map(|fault| fault.to_string());
            let mut pieces = 0;
            let found = json.fault_between::<()>(&mut || {
                pieces += 1;
                Ok(())
            });
            assert_eq!(text(found.unwrap()), text(json.fault()));
            assert!(pieces > json.as_str().len() / PIECE, "{pieces} pieces");
        }
    }

    #[test]
    fn a_large_text_is_stopped_between_two_pieces() {
        let json = Json::from_stored("[".repeat(100 * PIECE));
        let mut pieces = 0;
        let stopped = json.fault_between(&mut || {
            pieces += 1;
            if pieces < 3 { Ok(()) } else { Err("stopped") }
        });
        assert_eq!((stopped.err(), pieces), (Some("stopped"), 3));
    }
}

//! Bracketed paste.

use std::time::Duration;

/// The sequence that ends a paste.
const END: &[u8] = b"\x1b[201~";
/// The longest gap within a paste. Later bytes count as keys, so this allows for a stalled connection.
const STALL: Duration = Duration::from_secs(2);
const CTRL_C: u8 = 0x03;

/// The text pasted so far.
#[derive(Debug, Default)]
pub(super) struct Paste(Vec<u8>);

impl Paste {
    /// Adds a byte. Returns the text once it is complete.
    pub(super) fn take(&mut self, byte: u8) -> Option<String> {
        self.0.push(byte);
        let text = self.0.strip_suffix(END)?;
        Some(String::from_utf8_lossy(text).into_owned())
    }

    /// Returns the longest gap allowed next. A Ctrl-C is text if more text follows at once, and a key
    /// otherwise.
    pub(super) fn patience(&self, gap: Duration) -> Duration {
        if self.0.ends_with(&[CTRL_C]) { gap } else { STALL }
    }

    /// Returns the text of an unterminated paste, and true if a Ctrl-C ended it.
    pub(super) fn interrupted(self) -> (String, bool) {
        let (text, is_interrupted) = match self.0.strip_suffix(&[CTRL_C]) {
            Some(text) => (text, true),
            None => (&self.0[..], false),
        };
        (String::from_utf8_lossy(text).into_owned(), is_interrupted)
    }
}

//! The checksums that tie the lines of an exported space together.

use crate::text::PIECE;

/// A CRC-32 of all text so far. Each line ends with its own, so that a damaged, missing, repeated or misplaced
/// line is found at its place.
#[derive(Default)]
pub(crate) struct Chain(crc32fast::Hasher);

/// The length of the end of a line: `,"crc":"0a1b2c3d"}` and a line feed.
const TAIL: usize = 19;

impl Chain {
    /// Ends a line, a JSON object without line feeds, with the checksum. Calls `pause` between the pieces of a long line.
    pub fn close<E>(&mut self, line: &mut String, pause: &mut dyn FnMut() -> Result<(), E>) -> Result<(), E> {
        line.pop();
        let tail = self.tail(line.as_bytes(), pause)?;
        line.push_str(&tail);
        Ok(())
    }

    /// Removes the checksum and line feed from a line. Returns true if the checksum is correct. Calls `pause` between the pieces of
    /// a long line.
    pub fn open<E>(
        &mut self,
        line: &mut Vec<u8>,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<bool, E> {
        let Some(length) = line.len().checked_sub(TAIL) else { return Ok(false) };
        let (body, tail) = line.split_at(length);
        let holds = self.tail(body, pause)?.as_bytes() == tail;
        line.truncate(length);
        line.push(b'}');
        Ok(holds)
    }

    fn tail<E>(&mut self, body: &[u8], pause: &mut dyn FnMut() -> Result<(), E>) -> Result<String, E> {
        for (number, piece) in body.chunks(PIECE).enumerate() {
            if number > 0 {
                pause()?;
            }
            self.0.update(piece);
        }
        let tail = format!(",\"crc\":\"{:08x}\"}}\n", self.0.clone().finalize());
        self.0.update(tail.as_bytes());
        Ok(tail)
    }
}

//! The checksums that tie the lines of an exported space together.

/// A CRC-32 of all text so far. Each line ends with its own, so that a damaged, missing, repeated or misplaced
/// line is found at its place.
#[derive(Default)]
pub(crate) struct Chain(crc32fast::Hasher);

/// The length of the end of a line: `,"crc":"0a1b2c3d"}` and a line feed.
const TAIL: usize = 19;

impl Chain {
    /// Ends a line, a JSON object without line feeds, with the checksum.
    pub fn close(&mut self, line: &mut String) {
        line.pop();
        let tail = self.tail(line.as_bytes());
        line.push_str(&tail);
    }

    /// Removes the checksum and line feed from a line. Returns true if the checksum is correct.
    pub fn open(&mut self, line: &mut Vec<u8>) -> bool {
        let Some(length) = line.len().checked_sub(TAIL) else { return false };
        let (body, tail) = line.split_at(length);
        let holds = self.tail(body).as_bytes() == tail;
        line.truncate(length);
        line.push(b'}');
        holds
    }

    fn tail(&mut self, body: &[u8]) -> String {
        self.0.update(body);
        let tail = format!(",\"crc\":\"{:08x}\"}}\n", self.0.clone().finalize());
        self.0.update(tail.as_bytes());
        tail
    }
}

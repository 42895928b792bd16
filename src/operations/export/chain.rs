//! The checksums that tie the lines of an exported space together.

/// A CRC-32 over everything up to here. Each line ends with the one behind it, so that a line that is damaged,
/// missing, repeated or out of place is found where it stands.
#[derive(Default)]
pub(crate) struct Chain(crc32fast::Hasher);

/// How a line ends: `,"crc":"0a1b2c3d"}` and a line feed.
const TAIL: usize = 19;

impl Chain {
    /// Ends a line, which is a JSON object without line feeds, with the checksum.
    pub fn close(&mut self, line: &mut String) {
        line.pop();
        let tail = self.tail(line.as_bytes());
        line.push_str(&tail);
    }

    /// Takes the checksum off a line, line feed included, if it is the one that the line has to have.
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

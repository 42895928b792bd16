//! Output to a file descriptor that another process may have made non-blocking.
//!
//! The flag belongs to the open file, and a terminal is one open file for all programs that run in it. A program that
//! sets it and exits without clearing it would make every later program fail as soon as the terminal is read slowly.

use std::io::{self, Write};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

/// Writes to a file descriptor, and waits while it accepts no more bytes.
#[derive(Debug)]
pub(crate) struct BlockingWriter<F>(pub(crate) F);

impl<F: AsFd> Write for BlockingWriter<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match rustix::io::write(&self.0, bytes) {
                Ok(written) => return Ok(written),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => self.wait()?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<F: AsFd> BlockingWriter<F> {
    /// Waits until the descriptor can be written to, or until a write would fail for another reason.
    fn wait(&self) -> io::Result<()> {
        match poll(&mut [PollFd::new(&self.0, PollFlags::OUT)], None) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    use super::BlockingWriter;

    #[test]
    fn everything_reaches_a_slow_reader_through_a_non_blocking_descriptor() {
        let (mut reader, writer) = UnixStream::pair().unwrap();
        writer.set_nonblocking(true).unwrap();
        let sent = vec![b'x'; 4 << 20];
        let length = sent.len();
        let writing = std::thread::spawn(move || BlockingWriter(writer).write_all(&sent).unwrap());
        let mut received = Vec::new();
        reader.read_to_end(&mut received).unwrap();
        writing.join().unwrap();
        assert_eq!(received.len(), length);
    }

    #[test]
    fn writing_to_a_closed_reader_is_an_error() {
        let (reader, writer) = UnixStream::pair().unwrap();
        writer.set_nonblocking(true).unwrap();
        drop(reader);
        assert!(BlockingWriter(writer).write_all(b"x").is_err());
    }
}

//! A stream copied to a temporary file, so that it can be read again.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::error::{NoRoom, reason_of};
use crate::masking::MaskedPath;
use crate::text::grouped;

/// The most bytes copied from a stream: 16 GiB.
const MOST: u64 = 16 << 30;

/// A file, or a pipe that is copied to a temporary file as far as it is read.
pub struct Spool {
    file: File,
    /// The pipe.
    stream: Option<Box<dyn Read>>,
    at: u64,
    /// The number of bytes copied.
    kept: u64,
    /// The maximum.
    most: u64,
}

impl Spool {
    /// Wraps a file, which can be read again anyway.
    pub(super) fn of_file(file: File) -> Self {
        Self { file, stream: None, at: 0, kept: 0, most: MOST }
    }

    /// Wraps a stream that can be read only once.
    pub(super) fn of_stream(stream: impl Read + 'static) -> io::Result<Self> {
        let file = tempfile::tempfile().map_err(spool_error)?;
        Ok(Self { file, stream: Some(Box::new(stream)), at: 0, kept: 0, most: MOST })
    }
}

impl Read for Spool {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(stream) = self.stream.as_mut().filter(|_| self.at == self.kept) {
            let read = stream.read(buffer)?;
            if self.kept + read as u64 > self.most {
                return Err(too_much(self.most));
            }
            self.file.write_all(&buffer[..read]).map_err(spool_error)?;
            self.kept += read as u64;
            self.at = self.kept;
            return Ok(read);
        }
        let read = self.file.read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Spool {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}

/// Creates an error that blames the temporary file, not the stream.
fn spool_error(error: io::Error) -> io::Error {
    let (directory, reason) = (std::env::temp_dir(), reason_of(&error));
    let reason = format!("the input cannot be copied to {}: {reason}", directory.shown());
    // An error about room comes with its own advice.
    let reason = match NoRoom::of(&error) {
        Some(_) => reason,
        None => {
            format!("{reason}; set TMPDIR to another directory, or save the input as a file and import that")
        }
    };
    io::Error::new(error.kind(), reason)
}

fn too_much(most: u64) -> io::Error {
    let reason = format!(
        "the input has more than {} MiB, the limit for a pipe; save it as a file and import that",
        grouped(most >> 20)
    );
    io::Error::other(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_read_only_as_far_as_needed_and_can_be_read_again() {
        let mut spool = Spool::of_stream(io::repeat(b'x').take(9).chain(&b"yz"[..])).unwrap();
        let mut part = [0; 4];
        spool.read_exact(&mut part).unwrap();
        assert_eq!((spool.kept, spool.file.metadata().unwrap().len()), (4, 4));
        for _ in 0..2 {
            spool.rewind().unwrap();
            let mut all = String::new();
            spool.read_to_string(&mut all).unwrap();
            assert_eq!(all, "xxxxxxxxxyz");
        }
    }

    #[test]
    fn a_temporary_file_that_cannot_be_written_is_named_as_the_cause() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut spool = Spool { file: full, ..Spool::of_stream(io::repeat(b'x')).unwrap() };
        let error = spool.read(&mut [0; 9]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(error.to_string().contains("the input cannot be copied to "), "{error}");
    }

    #[test]
    fn a_stream_is_copied_only_up_to_the_limit() {
        let mut spool = Spool { most: 3 << 20, ..Spool::of_stream(io::repeat(b'x')).unwrap() };
        let error = io::copy(&mut spool, &mut io::sink()).unwrap_err();
        assert!(error.to_string().starts_with("the input has more than 3 MiB"), "{error}");
        assert!(spool.file.metadata().unwrap().len() <= 3 << 20);
    }
}

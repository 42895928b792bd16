//! A file's header, read without SQLite, so that a file that is not ours is left untouched to the byte.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::error::OpenError;

use super::schema::{APPLICATION_ID, VERSION};

const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const VERSION_AT: usize = 60;
const APPLICATION_ID_AT: usize = 68;

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Header {
    /// There is no file.
    Missing,
    /// The file is empty.
    Empty,
    /// It is a file of ours that this program can use.
    Ours,
}

/// Looks at a file's first bytes.
///
/// # Errors
/// If it cannot be read, is no SQLite database, belongs to another program or is newer.
pub(super) fn look(path: &Path) -> Result<Header, OpenError> {
    let metadata = match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Header::Missing),
        Err(error) => return Err(unusable(path, &error)),
        Ok(metadata) => metadata,
    };
    if !metadata.is_file() {
        return Err(OpenError::NotAFile { path: path.to_owned() });
    }
    if metadata.len() == 0 {
        return Ok(Header::Empty);
    }
    let mut bytes = [0; 100];
    let mut file = File::open(path).map_err(|error| unusable(path, &error))?;
    match file.read_exact(&mut bytes) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            return Err(OpenError::NotADatabase { path: path.to_owned() });
        }
        Err(error) => return Err(unusable(path, &error)),
        Ok(()) => {}
    }
    check(path, &bytes)
}

fn check(path: &Path, bytes: &[u8; 100]) -> Result<Header, OpenError> {
    if !bytes.starts_with(MAGIC) {
        return Err(OpenError::NotADatabase { path: path.to_owned() });
    }
    let application_id = number(bytes, APPLICATION_ID_AT);
    if application_id != APPLICATION_ID {
        return Err(OpenError::Foreign { path: path.to_owned(), application_id });
    }
    check_version(path, number(bytes, VERSION_AT))?;
    Ok(Header::Ours)
}

/// Refuses versions that this program does not know.
pub(super) fn check_version(path: &Path, version: u32) -> Result<(), OpenError> {
    match version {
        0 => Err(unusable(path, &"its header names no format version")),
        1..=VERSION => Ok(()),
        _ => Err(OpenError::Newer { path: path.to_owned(), version, supported: VERSION }),
    }
}

fn number(bytes: &[u8; 100], at: usize) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    u32::from_be_bytes(four)
}

pub(super) fn unusable(path: &Path, reason: &impl ToString) -> OpenError {
    OpenError::Unusable { path: path.to_owned(), reason: reason.to_string() }
}

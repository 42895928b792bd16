//! A file's header, read so that a file that is not ours is left untouched to the byte.
//!
//! SQLite reads it, without locks and with nothing beside the file. Were it opened and closed past SQLite, the
//! operating system would drop the locks that this process has on it through other connections, and another
//! process would take the log away from under them.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::OpenError;

use super::place::{beside, database_beside, is_name_too_long};
use super::schema::{APPLICATION_ID, VERSION};

/// What a rollback journal starts with.
const JOURNAL_MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
const PAGES_BEFORE_AT: usize = 16;

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
    check_name(path)?;
    let metadata = match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Header::Missing),
        Err(error) => return Err(is_name_too_long(path).unwrap_or_else(|| unusable(path, &error))),
        Ok(metadata) => metadata,
    };
    if !metadata.is_file() {
        return Err(OpenError::NotAFile { path: path.to_owned() });
    }
    if metadata.len() == 0 {
        return Ok(Header::Empty);
    }
    match numbers(path) {
        Ok((application_id, _)) if application_id != APPLICATION_ID => {
            Err(OpenError::Foreign { path: path.to_owned(), application_id })
        }
        Ok((_, version)) => check_version(path, version).map(|()| Header::Ours),
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) if creation_was_cut_off(path) => Ok(Header::Empty),
            Some(ErrorCode::NotADatabase) => Err(OpenError::NotADatabase { path: path.to_owned() }),
            // SQLite does not say why.
            Some(ErrorCode::CannotOpen) => match File::open(path) {
                Err(reason) => Err(unusable(path, &reason)),
                Ok(_) => Err(unusable(path, &error)),
            },
            _ => Err(unusable(path, &error)),
        },
    }
}

/// Refuses what SQLite would take for something else than a database of that name.
fn check_name(path: &Path) -> Result<(), OpenError> {
    let name = path.as_os_str().as_encoded_bytes();
    if name.is_empty() || name == b":memory:" || name.starts_with(b"file:") {
        return Err(OpenError::NotAName { path: path.to_owned() });
    }
    match database_beside(path) {
        Some(database) => Err(OpenError::BesideADatabase { path: path.to_owned(), database }),
        None => Ok(()),
    }
}

/// The file's application id and format version, as of the last checkpoint of its log.
fn numbers(path: &Path) -> rusqlite::Result<(u32, u32)> {
    let connection = connect_immutable(path)?;
    // A file that is shorter than its header says may have the rest in its log.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true)?;
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    Ok((number("application_id")?.cast_unsigned(), number("user_version")?.cast_unsigned()))
}

/// Returns true if a file is an SQLite database, of this program or another.
pub(crate) fn is_database(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() > 0) && numbers(path).is_ok()
}

/// The number of the store that a file of ours belongs to, as of the last checkpoint of its log.
pub(crate) fn store_id_of(path: &Path) -> Option<uuid::Uuid> {
    let connection = connect_immutable(path).ok()?;
    let bytes: [u8; 16] = connection.query_row("SELECT store_id FROM store", [], |row| row.get(0)).ok()?;
    Some(uuid::Uuid::from_bytes(bytes))
}

/// A connection that only reads, takes the file for one that nobody changes, and does not look at what lies
/// beside it.
pub(super) fn connect_immutable(path: &Path) -> rusqlite::Result<Connection> {
    let escaped: String =
        path.as_os_str().as_encoded_bytes().iter().map(|byte| format!("%{byte:02x}")).collect();
    Connection::open_with_flags(
        format!("file:{escaped}?immutable=1"),
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
}

/// Returns true for the journal of a creation that was cut off: it says that the file was empty, and holds nothing.
pub(super) fn is_of_creation(path: &Path, remains: &Path) -> bool {
    remains == journal_of(path) && creation_was_cut_off(path)
}

/// Whether the power was lost while the file was being created: the journal beside it tells that it was empty
/// before, which SQLite makes it again.
fn creation_was_cut_off(path: &Path) -> bool {
    let mut start = [0; PAGES_BEFORE_AT + 4];
    File::open(journal_of(path)).and_then(|mut journal| journal.read_exact(&mut start)).is_ok()
        && start.starts_with(&JOURNAL_MAGIC)
        && start.ends_with(&[0; 4])
}

/// The rollback journal beside a file. A file of ours never has one again once it is in WAL mode.
pub(super) fn journal_of(path: &Path) -> PathBuf {
    beside(path, "-journal")
}

/// Refuses versions that this program does not know.
pub(super) fn check_version(path: &Path, version: u32) -> Result<(), OpenError> {
    match version {
        0 => Err(unusable(
            path,
            &"its header names no format version: its creation was cut off, or it is damaged",
        )),
        1..=VERSION => Ok(()),
        _ => Err(OpenError::Newer { path: path.to_owned(), version, supported: VERSION }),
    }
}

pub(super) fn unusable(path: &Path, reason: &impl ToString) -> OpenError {
    OpenError::Unusable { path: path.to_owned(), reason: reason.to_string() }
}

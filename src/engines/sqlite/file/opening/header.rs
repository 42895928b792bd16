//! Reads a file's header without changing a byte of a file that is not ours.
//!
//! SQLite reads the header, without locks and without companion files. If this process opened and closed the file
//! directly, the operating system would drop the locks of its other connections, and another process could then
//! remove the WAL that they use.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::engines::sqlite::file::FileRole;
use crate::engines::sqlite::file::guard::identity::{companion_of, database_beside, is_name_too_long};
use crate::engines::sqlite::file::schema::{APPLICATION_ID, VERSION};
use crate::error::OpenError;
use crate::text::without_error_numbers;

use super::{access, connection};

/// The first bytes of a rollback journal.
const JOURNAL_MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
const PAGES_BEFORE_AT: usize = 16;

/// The kind of a file, according to its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Header {
    /// The file does not exist.
    Missing,
    /// The file is empty.
    Empty,
    /// A file of ours that this program can use.
    Ours,
}

/// Reads the header of a file. Refuses files that are not SQLite databases, belong to another program or are newer.
pub(crate) fn look(path: &Path) -> Result<Header, OpenError> {
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
        Ok((application_id, version)) => check_numbers(path, application_id, version).map(|()| Header::Ours),
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) if creation_was_cut_off(path) => Ok(Header::Empty),
            Some(ErrorCode::NotADatabase) => Err(OpenError::NotADatabase { path: path.to_owned() }),
            // SQLite does not give the reason.
            Some(ErrorCode::CannotOpen) => {
                Err(access::unreadable(path).unwrap_or_else(|| unusable(path, &error)))
            }
            _ => Err(unusable(path, &error)),
        },
    }
}

/// Refuses names that SQLite would not treat as the path of a database.
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

/// Returns the file's application id and format version, as of the last checkpoint of its WAL.
fn numbers(path: &Path) -> rusqlite::Result<(u32, u32)> {
    let connection = connect_immutable(path)?;
    // If a file is shorter than its header says, the rest may be in its WAL.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true)?;
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    Ok((number("application_id")?.cast_unsigned(), number("user_version")?.cast_unsigned()))
}

/// Returns true if a file is an SQLite database, of this program or another.
pub(crate) fn is_database(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() > 0) && numbers(path).is_ok()
}

/// Returns the store id in a file of ours and the part of that store that it holds, as of the last checkpoint of its
/// WAL.
pub(crate) fn part_of(path: &Path) -> Option<(uuid::Uuid, FileRole)> {
    let connection = connect_immutable(path).ok()?;
    let sql = "SELECT store_id, role FROM store";
    let (bytes, role): ([u8; 16], String) =
        connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).ok()?;
    let store_id = uuid::Uuid::from_bytes(bytes);
    Some((store_id, FileRole::named(&role, store_id)?))
}

/// Opens a read-only connection that treats the file as immutable and ignores its companion files.
pub(crate) fn connect_immutable(path: &Path) -> rusqlite::Result<Connection> {
    let escaped: String =
        path.as_os_str().as_encoded_bytes().iter().map(|byte| format!("%{byte:02x}")).collect();
    let name = format!("file:{escaped}?immutable=1");
    connection::open(name, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)
}

/// Returns true if `remains` is the journal of an interrupted creation: it says that the file was empty.
pub(crate) fn is_of_creation(path: &Path, remains: &Path) -> bool {
    remains == journal_of(path) && creation_was_cut_off(path)
}

/// Returns true if the power failed while the file was being created. The journal then says that the file was empty,
/// and SQLite makes it empty again.
fn creation_was_cut_off(path: &Path) -> bool {
    let mut start = [0; PAGES_BEFORE_AT + 4];
    File::open(journal_of(path)).and_then(|mut journal| journal.read_exact(&mut start)).is_ok()
        && start.starts_with(&JOURNAL_MAGIC)
        && start.ends_with(&[0; 4])
}

/// Returns the path of a file's rollback journal. A file of ours has none once it is in WAL mode.
pub(crate) fn journal_of(path: &Path) -> PathBuf {
    companion_of(path, "-journal")
}

/// Refuses a file of another program, or of a later version.
pub(crate) fn check_numbers(path: &Path, application_id: u32, version: u32) -> Result<(), OpenError> {
    if application_id != APPLICATION_ID {
        return Err(OpenError::Foreign { path: path.to_owned(), application_id });
    }
    check_version(path, version)
}

/// Refuses versions that this program does not support.
pub(crate) fn check_version(path: &Path, version: u32) -> Result<(), OpenError> {
    match version {
        1..=VERSION => Ok(()),
        // No program counts down to a negative version.
        _ if version.cast_signed() <= 0 => Err(OpenError::NoVersion { path: path.to_owned() }),
        _ => Err(OpenError::Newer { path: path.to_owned(), version, supported: VERSION }),
    }
}

pub(crate) fn unusable(path: &Path, reason: &impl ToString) -> OpenError {
    let reason = without_error_numbers(&reason.to_string()).into_owned();
    OpenError::Unusable { path: path.to_owned(), reason }
}

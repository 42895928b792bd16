//! Opens connections to SQLite.

use std::path::Path;

use rusqlite::vtab::array;
use rusqlite::{Connection, OpenFlags};

/// Opens a connection on which every statement of ours runs: with the table-valued function of
/// [`WANTED`](crate::engines::sqlite::file::WANTED). One thread uses it at a time.
pub(crate) fn open(path: impl AsRef<Path>, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    array::load_module(&connection)?;
    Ok(connection)
}

//! Binds a projections file to its events file.
//!
//! Each file records the other: the events file stores the id and path of its projections file, and the projections
//! file stores the path of its events file. A second projections file is refused while the first is still in place and
//! records this events file. A copy of both files in another directory records other paths, so it can be opened. A
//! missing projections file can be replaced.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};

use crate::engines::sqlite::file::numbers::LAST_SPACE;
use crate::engines::sqlite::file::opening::unnamed;
use crate::engines::sqlite::file::{Database, ReadColumn, Result};
use crate::error::OpenError;

use super::identity::log_beside;

/// A row of `projections_files`.
struct Bound {
    file_id: Vec<u8>,
    path: PathBuf,
}

/// Checks that no projections file other than the one at `path` is bound and in place. The file at `path` may be
/// missing.
pub(crate) fn check_free(events: &Database, path: &Path) -> Result<()> {
    let path = absolute(path);
    for other in bound(events)?.into_iter().filter(|other| other.path != path) {
        if is_in_place(events, &other) {
            return Err(OpenError::OtherProjections { projections: path, bound: other.path }.into());
        }
    }
    Ok(())
}

/// Returns true if neither the file nor any remains of it exist.
pub(crate) fn is_to_be_created(path: &Path) -> bool {
    let is_empty = path.metadata().map_or_else(|_| !path.exists(), |metadata| metadata.len() == 0);
    is_empty && log_beside(path).is_none()
}

/// Binds a projections file to its events file, unless another one is in place, and numbers new spaces after every
/// space in the projections file, which may be newer than the events.
pub(crate) fn bind(events: &Database, projections: &Database, notes: &Notes) -> crate::Result<()> {
    let (Some(path), Some(file_id)) = (projections.path(), &notes.file_id) else { return Ok(()) };
    let path = absolute(path);
    let is_bound = matches!(&bound(events)?[..], [only] if only.file_id == *file_id && only.path == path);
    if is_bound && events.read(given)? >= notes.last_space {
        return Ok(());
    }
    events.write(|connection| {
        lose_others(connection, file_id)?;
        let sql = "INSERT INTO projections_files (file_id, path, state) VALUES (?1, ?2, 'bound')
            ON CONFLICT (file_id) DO UPDATE SET path = ?2, state = 'bound'";
        connection.execute(sql, (file_id, bytes(&path)))?;
        number_after(connection, notes.last_space)
    })
}

/// The notes of a projections file about itself.
pub(crate) struct Notes {
    file_id: Noted,
    events_path: Noted,
    last_space: i64,
}

impl Notes {
    /// Reads the notes of a projections file.
    pub(crate) fn of(projections: &Database) -> crate::Result<Self> {
        projections.read(|connection| {
            let (file_id, events_path) = own(connection)?;
            Ok(Self { file_id, events_path, last_space: last_space(connection)? })
        })
    }

    /// Notes the path of the events file, unless it is noted.
    pub(crate) fn keep_path_of(&self, events: &Database, projections: &Database) -> crate::Result<()> {
        let Some(path) = events.path().filter(|_| self.file_id.is_some()) else { return Ok(()) };
        let path = absolute(path);
        if self.events_path.as_deref() == Some(bytes(&path)) {
            return Ok(());
        }
        projections.write(|connection| {
            connection.execute("UPDATE store SET events_path = ?1", [bytes(&path)])?;
            Ok(())
        })
    }
}

/// Returns the last known paths of projections files that were replaced.
pub(crate) fn lost(events: &Database) -> crate::Result<Vec<PathBuf>> {
    let files = events.read(|connection| files(connection, "lost"))?;
    Ok(files.into_iter().map(|file| file.path).collect())
}

fn bound(events: &Database) -> crate::Result<Vec<Bound>> {
    events.read(|connection| files(connection, "bound"))
}

fn files(connection: &Connection, state: &str) -> Result<Vec<Bound>> {
    let sql = "SELECT file_id, path FROM projections_files WHERE state = ?1 ORDER BY path";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([state], |row| {
        let path: Vec<u8> = row.column(1)?;
        Ok(Bound { file_id: row.column(0)?, path: PathBuf::from(OsStr::from_bytes(&path)) })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A value of a column that may be NULL.
type Noted = Option<Vec<u8>>;

/// Returns the id of a projections file, and the path of its events file.
fn own(connection: &Connection) -> Result<(Noted, Noted)> {
    let sql = "SELECT file_id, events_path FROM store";
    Ok(connection.query_row(sql, [], |row| Ok((row.column(0)?, row.column(1)?)))?)
}

/// Returns true if a bound file is still in place and records this events file.
///
/// This protects from two projections files for one log, of which a purge would clean only one. But the recorded path may
/// be that of another store, of which these files are a copy, and its damage, locks or permissions are none of theirs. So a
/// file that cannot be read is no proof that it is in place, and refuses nothing. If it was the first projections file after
/// all, no event is affected, and it is recorded as lost, so that a purge names it.
fn is_in_place(events: &Database, bound: &Bound) -> bool {
    if !bound.path.is_file() {
        return false;
    }
    let row = unnamed::read(&bound.path, |connection| {
        let store_id = connection.query_row("SELECT store_id FROM store", [], |row| row.column(0))?;
        Ok((store_id, own(connection)?))
    });
    let Some((store_id, (file_id, noted))) = row else { return false };
    let store_id: Vec<u8> = store_id;
    let events_path = events.path().map(absolute);
    let is_noted = noted.as_deref() == events_path.as_deref().map(bytes);
    // A file that lost its id gets a new one when it is opened.
    let is_it = file_id.is_none_or(|file_id| !is_file_id(&file_id) || file_id == bound.file_id);
    store_id == events.store_id().as_bytes() && is_noted && is_it
}

fn is_file_id(bytes: &[u8]) -> bool {
    bytes.len() == size_of::<uuid::Bytes>()
}

fn lose_others(connection: &Connection, file_id: &[u8]) -> Result<()> {
    connection.execute("UPDATE projections_files SET state = 'lost' WHERE file_id <> ?1", [file_id])?;
    Ok(())
}

/// Returns the highest number of a space in a projections file. Rows whose number no space can have are damage.
fn last_space(connection: &Connection) -> Result<i64> {
    let sql = "SELECT max(coalesce((SELECT max(space_id) FROM projections WHERE space_id <= ?1), 0),
        coalesce((SELECT max(space_id) FROM projection_checkpoints WHERE space_id <= ?1), 0))";
    Ok(connection.query_row(sql, [LAST_SPACE], |row| row.column(0))?)
}

/// Returns the highest space number that was assigned. If it is lost, a check reports and repairs it.
fn given(connection: &Connection) -> Result<i64> {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'spaces'";
    if let Some(given) = connection.query_row(sql, [], |row| row.column(0)).optional()? {
        return Ok(given);
    }
    let is_empty =
        connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM spaces)", [], |row| row.column(0))?;
    Ok(if is_empty { 0 } else { i64::MAX })
}

fn number_after(connection: &Connection, last_space: i64) -> Result<()> {
    if given(connection)? < last_space {
        connection.execute("DELETE FROM sqlite_sequence WHERE name = 'spaces'", [])?;
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('spaces', ?1)", [last_space])?;
    }
    Ok(())
}

/// Returns the absolute path of a file that may be missing.
fn absolute(path: &Path) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (parent.canonicalize(), path.file_name()) {
        (Ok(parent), Some(name)) => parent.join(name),
        _ => path.to_owned(),
    }
}

fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

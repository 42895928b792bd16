//! Creates a file under a temporary name and moves it into place, so that no other process sees a partial file.

use std::fs::File;
use std::io;
use std::path::Path;

use rusqlite::OpenFlags;
use tempfile::{NamedTempFile, TempPath};

use crate::engines::sqlite::file::guard::identity::{directory_of, followed, is_name_too_long};
use crate::engines::sqlite::file::guard::links;
use crate::engines::sqlite::file::role::FileRole;
use crate::engines::sqlite::file::{EngineError, Result, schema};
use crate::error::{Error, NoRoom, OpenError, StoreError, reason_of};

use super::header::Header;
use super::open::{OpenOptions, connect, opening, use_log};
use super::{access, drafts, header};

/// The prefix of temporary names.
const PREFIX: &str = ".ramax-new-";

/// How often to start again after another process has removed the temporary file as an orphan.
const TRIES: u32 = 8;

/// Creates a file that is missing or empty. If another process is faster, its file is kept.
pub(crate) fn create(path: &Path, role: FileRole, options: &OpenOptions) -> Result<()> {
    if path.exists() {
        return fill_in_place(path, role, options);
    }
    if let Some(too_long) = is_name_too_long(path) {
        return Err(too_long.into());
    }
    let directory = directory_of(path);
    drafts::sweep(directory, |name| {
        name.starts_with(PREFIX) && !name.ends_with("-wal") && !name.ends_with("-shm")
    });
    for _ in 0..TRIES {
        let Some(draft) = write(path, role)? else { continue };
        match draft.persist_noclobber(path) {
            Ok(()) => return Ok(sync(directory).map_err(|error| uncreatable(path, &error))?),
            Err(error) => match error.error.kind() {
                io::ErrorKind::AlreadyExists => return Ok(()),
                io::ErrorKind::NotFound => {}
                _ => return Err(uncreatable(path, &error.error).into()),
            },
        }
    }
    Err(header::unusable(path, &"other processes keep removing the new file").into())
}

/// Writes a complete file under a temporary name. Only this user may read and write it. Returns `None` if another
/// process has removed the file before it was locked.
fn write(path: &Path, role: FileRole) -> Result<Option<TempPath>> {
    let draft = tempfile::Builder::new().prefix(PREFIX).tempfile_in(directory_of(path));
    let draft = draft.map_err(|error| uncreatable(path, &error))?;
    if !drafts::lock(&draft) {
        return Ok(None);
    }
    fill(&draft, role).map_err(|error| match opening(path, error) {
        Error::Store(StoreError::NoRoom(room)) => no_room(path, room),
        other => other,
    })?;
    draft.as_file().sync_all().map_err(|error| uncreatable(path, &error))?;
    // Closed before it gets its name: closing a file drops the locks that other connections of this process hold on it.
    Ok(Some(draft.into_temp_path()))
}

fn fill(draft: &NamedTempFile, role: FileRole) -> Result<()> {
    let connection = connect(draft.path(), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // A file that fails here is discarded, so nothing has to be rolled back.
    connection.execute_batch("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE")?;
    schema::create(&connection, role, store_id(role))?;
    connection.execute_batch("COMMIT")?;
    // Saves the first process that opens the file from waiting for the switch to WAL mode.
    use_log(&connection)?;
    connection.close().map_err(|(_, error)| error.into())
}

fn store_id(role: FileRole) -> uuid::Uuid {
    match role {
        FileRole::Projections { store_id } => store_id,
        FileRole::Whole | FileRole::Events | FileRole::Original => uuid::Uuid::new_v4(),
    }
}

/// Creates all tables in an empty file in one transaction. Another program may have made the file, so it stays in place.
/// It may also be left over from an interrupted creation by an earlier version, which is rolled back first. If a
/// creation is in progress, this waits for it.
fn fill_in_place(path: &Path, role: FileRole, options: &OpenOptions) -> Result<()> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    options.wait_for_others(&connection)?;
    let created = connection.execute_batch("BEGIN EXCLUSIVE").map_err(EngineError::from).and_then(|()| {
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables == 0 {
            schema::create(&connection, role, store_id(role))?;
        }
        Ok(connection.execute_batch("COMMIT")?)
    });
    Ok(created.map_err(|error| opening(path, error))?)
}

/// Checks that a file can be opened for writing, or created if it is missing. Neither it nor its directory changes.
///
/// # Errors
/// Those of opening or creating it.
#[cfg_attr(not(any(feature = "cli", feature = "console")), allow(dead_code))]
pub(crate) fn check_writable(path: &Path) -> crate::Result<()> {
    let path = &followed(path);
    if header::look(path)? == Header::Missing {
        // A file without a name, which is gone when it is closed.
        return tempfile::tempfile_in(directory_of(path))
            .map(drop)
            .map_err(|error| uncreatable(path, &error));
    }
    links::check_writable(path)?;
    access::unwritable(path).map_or(Ok(()), |refusal| Err(refusal.into()))
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

fn uncreatable(path: &Path, error: &io::Error) -> crate::Error {
    let directory = directory_of(path);
    match error.kind() {
        _ if let Some(room) = NoRoom::of(error) => no_room(path, room),
        io::ErrorKind::NotFound if !directory.is_dir() => {
            header::unusable(path, &format!("there is no directory {}", directory.display())).into()
        }
        _ if let Some(refusal) = access::uncreatable(path) => refusal.into(),
        _ => header::unusable(path, &reason_of(error)).into(),
    }
}

fn no_room(path: &Path, room: NoRoom) -> Error {
    OpenError::NoRoom { path: path.to_owned(), room }.into()
}

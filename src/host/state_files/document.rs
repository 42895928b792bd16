//! Reading and replacing one state file, whatever it contains.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};

use super::StateFileError;

/// The largest file that is read, in bytes. The bounds on entries keep those that are written below it.
const MOST_BYTES: u64 = 16 << 20;

/// The most broken files that are kept beside one.
const MOST_BROKEN: usize = 3;

/// The format that this version reads and writes.
const VERSION: u32 = 1;

/// The content of a state file.
pub(super) trait Document: Serialize + DeserializeOwned + Default {
    /// Drops entries beyond the bounds, oldest first.
    fn limit(&mut self);
}

/// A document with its format, which is read first.
#[derive(Serialize)]
struct Versioned<'a, D> {
    version: u32,
    #[serde(flatten)]
    document: &'a D,
}

#[derive(Deserialize)]
struct Header {
    version: u32,
}

/// A header of a readable format. Reading another one fails at its line.
#[derive(Deserialize)]
struct ReadableHeader {
    #[serde(rename = "version", deserialize_with = "readable")]
    _version: u32,
}

fn readable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let version = u32::deserialize(deserializer)?;
    if version > VERSION { Err(D::Error::custom("a newer format")) } else { Ok(version) }
}

/// Reads a document; `None` if there is no file.
pub(super) fn read<D: Document>(path: &Path) -> Result<Option<D>, StateFileError> {
    let Some(text) = read_text(path)? else { return Ok(None) };
    let broken = |error: &serde_json::Error| StateFileError::Broken {
        path: path.to_owned(),
        line: error.line().max(1),
        reason: reason(error),
    };
    let Header { version } = serde_json::from_slice(&text).map_err(|error| broken(&error))?;
    if version > VERSION {
        let line =
            serde_json::from_slice::<ReadableHeader>(&text).err().map_or(1, |error| error.line().max(1));
        return Err(StateFileError::Newer { path: path.to_owned(), line, version });
    }
    let mut document: D = serde_json::from_slice(&text).map_err(|error| broken(&error))?;
    document.limit();
    Ok(Some(document))
}

/// Returns the message of a parser without its position, which is given as a line. It may quote the content, so it is cut.
fn reason(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    crate::text::visible(message).chars().take(120).collect()
}

/// Reads the bytes of a regular file. A link is not followed, and a FIFO is not waited for.
fn read_text(path: &Path) -> Result<Option<Vec<u8>>, StateFileError> {
    let failed = |error| StateFileError::io(path, error);
    match fs::symlink_metadata(path) {
        Ok(found) => check_file(path, found.file_type())?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    }
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = file.map_err(failed)?;
    let found = file.metadata().map_err(failed)?;
    check_file(path, found.file_type())?;
    if found.len() > MOST_BYTES {
        return Err(StateFileError::TooLarge { path: path.to_owned(), bytes: found.len() });
    }
    let mut text = Vec::with_capacity(usize::try_from(found.len()).unwrap_or_default());
    file.take(MOST_BYTES).read_to_end(&mut text).map_err(failed)?;
    Ok(Some(text))
}

/// Refuses anything but a regular file.
pub(super) fn check_file(path: &Path, found: FileType) -> Result<(), StateFileError> {
    let what = match () {
        () if found.is_file() => return Ok(()),
        () if found.is_symlink() => "a symbolic link",
        () if found.is_dir() => "a directory",
        () if found.is_fifo() => "a FIFO",
        () => "a device or a socket",
    };
    Err(StateFileError::NotAFile { path: path.to_owned(), what })
}

/// Replaces a file by a document. The caller holds the lock.
pub(super) fn write<D: Document>(path: &Path, document: &mut D) -> Result<(), StateFileError> {
    document.limit();
    let failed = |error: std::io::Error| StateFileError::io(path, error);
    if let Ok(found) = fs::symlink_metadata(path) {
        check_file(path, found.file_type())?;
    }
    let mut text = serde_json::to_vec_pretty(&Versioned { version: VERSION, document })
        .map_err(|error| failed(error.into()))?;
    text.push(b'\n');
    let directory = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default();
    // Created with mode 0600, and removed if it is not persisted.
    let mut draft =
        tempfile::Builder::new().prefix(&draft_prefix(name)).tempfile_in(directory).map_err(failed)?;
    draft.write_all(&text).and_then(|()| draft.as_file().sync_data()).map_err(failed)?;
    draft.persist(path).map_err(|error| failed(error.error))?;
    // So that the name outlives a crash as well. Not all file systems can.
    let _ = File::open(directory).and_then(|directory| directory.sync_data());
    Ok(())
}

/// Returns the beginning of the names of a file's drafts. A killed process may leave one.
fn draft_prefix(name: &std::ffi::OsStr) -> std::ffi::OsString {
    let mut prefix = name.to_owned();
    prefix.push(".draft-");
    prefix
}

/// Renames a broken file, so that it is kept.
pub(super) fn keep_aside(path: &Path) -> Result<PathBuf, StateFileError> {
    let aside = broken_names(path).into_iter().find(|aside| fs::symlink_metadata(aside).is_err());
    let aside = aside.ok_or_else(|| StateFileError::TooManyBroken { path: path.to_owned() })?;
    fs::rename(path, &aside).map_err(|error| StateFileError::io(path, error))?;
    Ok(aside)
}

fn broken_names(path: &Path) -> Vec<PathBuf> {
    let name = |number: usize| {
        let mut name = path.as_os_str().to_owned();
        name.push(if number == 1 { ".broken".to_owned() } else { format!(".broken-{number}") });
        PathBuf::from(name)
    };
    (1..=MOST_BROKEN).map(name).collect()
}

/// Returns the files that belong to a state file and were left by killed processes or kept because they are broken.
pub(super) fn leftovers(path: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        broken_names(path).into_iter().filter(|aside| fs::symlink_metadata(aside).is_ok()).collect();
    found.extend(drafts(path));
    found
}

/// Returns the drafts of a file. While the lock is held, no process is writing them.
pub(super) fn drafts(path: &Path) -> Vec<PathBuf> {
    let prefix = draft_prefix(path.file_name().unwrap_or_default());
    let Ok(entries) = fs::read_dir(path.parent().unwrap_or(Path::new("."))) else { return Vec::new() };
    let is_draft = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default();
        name.as_encoded_bytes().starts_with(prefix.as_encoded_bytes())
    };
    entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_draft).collect()
}

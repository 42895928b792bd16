//! Files: those of the store, which may be moved or replaced, and those that users name.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::{env, fs, io};

use crate::console::app::effect::{FileQuery, ImportedFile};
use crate::console::app::message::{Answer, ImportSource, Message};
use crate::console::app::state::Gone;
use crate::console::runtime::listing;
use crate::content_store::{Apps, Store};
use crate::error::{Error, ExportError, ImportError, Result};
use crate::masking::MaskedPath;
use crate::operations::{self, FileAccess, ImportFile, OriginalFiles, OriginalPlan, Spool, keep_going};
use crate::sqlite::{Location, OpenOptions, check_writable, is_database};
use crate::text::without_error_numbers;

/// The largest file of the original that is read as a whole while its name is typed.
const READ_WHILE_TYPED: u64 = 32 << 20;

/// The identities of a store's files when it was opened. An open file can be read and written after its name
/// is gone, but anything written then is lost.
pub(in crate::console) struct Files(Vec<(PathBuf, Option<Identity>)>);

/// The device and inode of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::console) struct Identity(u64, u64);

impl Identity {
    /// Returns the identity of the file at a path, if there is one.
    pub(in crate::console) fn at(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().as_ref().map(identity)
    }
}

impl Files {
    /// Records the files of a store; none in memory.
    pub(in crate::console) fn of(store: &Store) -> Self {
        let location = store.location();
        let paths = location
            .into_iter()
            .flat_map(|files| std::iter::once(files.database.clone()).chain(files.projections.clone()));
        let seen = |path: PathBuf| {
            let identity = Identity::at(&path);
            (path, identity)
        };
        Self(paths.map(seen).collect())
    }

    /// Returns the fate of the first file that is no longer in place, if any.
    pub(in crate::console) fn gone(&self) -> Option<Gone> {
        self.0.iter().find_map(|(path, before)| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match fs::metadata(path) {
                Ok(now) if *before == Some(identity(&now)) => None,
                Ok(_) => Some(Gone::Replaced(name)),
                Err(_) => Some(Gone::Removed(name)),
            }
        })
    }
}

fn identity(metadata: &Metadata) -> Identity {
    Identity(metadata.dev(), metadata.ino())
}

/// The directory of relative file names, and the limits on others.
#[derive(Debug, Clone)]
pub(in crate::console) struct Places {
    directory: Option<PathBuf>,
    /// Refuses all files outside the directory.
    confined: bool,
}

impl Places {
    /// Resolves relative names against `directory`, or else the directory of the database, or else that of the process.
    /// Absolute paths are allowed.
    pub(in crate::console) fn anywhere(store: &Store, directory: Option<PathBuf>) -> Self {
        let directory = directory.or_else(|| directory_of(store)).or_else(|| env::current_dir().ok());
        Self { directory, confined: false }
    }

    /// Allows files in this directory only.
    pub(in crate::console) fn within(directory: Option<PathBuf>) -> Self {
        Self { directory, confined: true }
    }

    /// Allows files in the directory of the database only.
    pub(in crate::console) fn beside(store: &Store) -> Self {
        Self::within(directory_of(store))
    }

    /// Returns the directory for display.
    pub(in crate::console) fn shown(&self) -> Option<String> {
        self.directory.as_ref().map(|directory| directory.shown())
    }
}

impl FileAccess for Places {
    fn find(&self, named: &Path) -> io::Result<PathBuf> {
        let named = &of_home(named);
        let is_within = named.components().all(|part| matches!(part, Component::Normal(_)));
        if self.confined && !is_within {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "it is outside the console's directory",
            ));
        }
        match &self.directory {
            Some(directory) => Ok(directory.join(named)),
            None if named.is_absolute() => Ok(named.to_owned()),
            None => Err(io::Error::new(io::ErrorKind::NotFound, "no directory for relative names")),
        }
    }

    /// Refuses pipes, which could block and cannot be read twice.
    fn open(&self, path: &Path) -> Result<ImportFile<Spool>> {
        if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
            return Err(ImportError::from(error).into());
        }
        ImportFile::open(path)
    }
}

/// Returns a path with the user's home directory in place of a leading `~`.
fn of_home(named: &Path) -> PathBuf {
    match (named.strip_prefix("~"), etcetera::home_dir()) {
        (Ok(rest), Ok(home)) => home.join(rest),
        _ => named.to_owned(),
    }
}

/// Returns the directory of a store's file.
fn directory_of(store: &Store) -> Option<PathBuf> {
    let file = fs::canonicalize(&store.location()?.database).ok()?;
    file.parent().map(Path::to_owned)
}

/// Answers a query about a file.
pub(in crate::console) fn answer(
    database: Option<&Location>,
    apps: &Apps,
    places: &Places,
    query: FileQuery,
) -> Message {
    match query {
        FileQuery::TryPlaces { request, files, replace } => {
            let result = files.iter().try_for_each(|file| try_destination(database, places, file, replace));
            Message::Tried(Answer { request, result })
        }
        FileQuery::LookInto { request, file } => {
            let found = look_into(database, apps, places, &file);
            Message::LookedInto(Answer { request, result: found.map_err(reason) })
        }
        FileQuery::ListDatabases { request, typed } => {
            Message::Databases(Answer { request, result: listing::databases(places, &typed) })
        }
    }
}

fn try_destination(
    database: Option<&Location>,
    places: &Places,
    named: &Path,
    replace: bool,
) -> Result<(), String> {
    let tried = places.to_write(named).and_then(|path| operations::try_destination(database, &path, replace));
    tried.map_err(|error| match error {
        Error::Export(ExportError::Exists { replaceable: true, .. }) => {
            format!("{} already exists", named.shown())
        }
        Error::Export(ExportError::Exists { replaceable: false, .. }) => {
            format!("{} already exists and cannot be replaced", named.shown())
        }
        Error::Export(ExportError::OfDatabase { .. }) => {
            format!("{} belongs to the database; choose another file", named.shown())
        }
        Error::Export(
            ExportError::NotWritable { reason, .. } | ExportError::OfOtherDatabase { reason, .. },
        ) => format!("it cannot be written: {}", without_error_numbers(&reason)),
        error => without_error_numbers(&error.to_string()).into_owned(),
    })
}

fn look_into(
    database: Option<&Location>,
    apps: &Apps,
    places: &Places,
    named: &ImportedFile,
) -> Result<ImportSource> {
    match named {
        ImportedFile::Named { file, projections } => {
            let path = places.to_read(file)?;
            if !is_database(&path) {
                return Ok(ImportSource::Export(places.open(&path)?.announced()?));
            }
            let projections = projections.as_deref().map(|file| places.to_read(file)).transpose()?;
            let files = OriginalFiles { events: path, projections };
            let store = database.map(open_read_only).transpose()?;
            plan_original(store.as_ref(), apps, &files)
        }
        ImportedFile::Open { into } => {
            let into = places.to_write(into)?;
            let Some(Location { database: events, projections }) = database.cloned() else {
                return Err(ImportError::NotOriginal { path: into }.into());
            };
            let store = into.exists().then(|| open_read_only(&Location::file(&into))).transpose()?;
            if let Some(store) = store.as_ref().filter(|store| store.is_original()) {
                store.check_writable()?;
            }
            check_writable(&into)?;
            plan_original(store.as_ref(), apps, &OriginalFiles { events, projections })
        }
    }
}

fn open_read_only(location: &Location) -> Result<Store> {
    Store::open(location, OpenOptions { read_only: true, ..OpenOptions::default() })
}

/// Plans the import of a file of the original. The payloads of a large file are not read, since the user waits.
fn plan_original(store: Option<&Store>, apps: &Apps, files: &OriginalFiles) -> Result<ImportSource> {
    let size = fs::metadata(&files.events).map_or(0, |file| file.len());
    let is_whole = size <= READ_WHILE_TYPED;
    let plan: OriginalPlan = match is_whole {
        true => operations::plan_original(store, apps, files, &mut keep_going)?,
        false => operations::plan_original_numbers(store, apps, files)?,
    };
    Ok(ImportSource::Original { plan, is_whole })
}

/// Returns the reason why a file is refused.
fn reason(error: Error) -> String {
    match error {
        Error::Import(ImportError::Line { line, reason } | ImportError::BeyondLimit { line, reason }) => {
            format!("line {line}: {reason}")
        }
        Error::Import(ImportError::Read(error)) if error.kind() == io::ErrorKind::NotFound => {
            "no such file".to_owned()
        }
        error => without_error_numbers(&error.to_string()).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confined_file_name_stays_in_its_directory() {
        let within = Places::within(Some(PathBuf::from("/srv")));
        assert_eq!(within.find(Path::new("a/b.jsonl")).unwrap(), Path::new("/srv/a/b.jsonl"));
        for named in ["/etc/passwd", "../b.jsonl", "a/../../b.jsonl", "./b.jsonl"] {
            assert!(within.find(Path::new(named)).is_err(), "{named}");
        }
        assert!(Places::within(None).find(Path::new("b.jsonl")).is_err());
    }

    #[test]
    fn an_unconfined_absolute_path_is_used_verbatim() {
        let places = Places::anywhere(&Store::memory(), Some(PathBuf::from("/srv")));
        assert_eq!(places.find(Path::new("b.jsonl")).unwrap(), Path::new("/srv/b.jsonl"));
        assert_eq!(places.find(Path::new("/mnt/b.jsonl")).unwrap(), Path::new("/mnt/b.jsonl"));
    }
}

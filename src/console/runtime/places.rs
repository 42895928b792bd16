//! Where the files stand that are named on screen.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use crate::console::update::{Answer, FileQuery, Message};
use crate::content_store::{Location, Store};
use crate::error::{Error, ExportError, ImportError, Result};
use crate::operations::{self, Announced, ImportFile, Spool};

/// Where files stand that are named without a directory, and where others may.
#[derive(Debug, Clone)]
pub(in crate::console) struct Places {
    directory: Option<PathBuf>,
    /// Nothing may stand anywhere else.
    confined: bool,
}

impl Places {
    /// Beside the store's file, unless another directory is named; a whole path leads anywhere.
    pub(in crate::console) fn anywhere(store: &Store, directory: Option<PathBuf>) -> Self {
        Self { directory: directory.or_else(|| directory_of(store)), confined: false }
    }

    /// In this directory and nowhere else.
    pub(in crate::console) fn within(directory: Option<PathBuf>) -> Self {
        Self { directory, confined: true }
    }

    /// As [`Places::within`], beside the store's file.
    pub(in crate::console) fn beside(store: &Store) -> Self {
        Self::within(directory_of(store))
    }

    /// The directory, for people.
    pub(in crate::console) fn shown(&self) -> Option<String> {
        self.directory.as_ref().map(|directory| directory.display().to_string())
    }

    /// Where a file stands that was named.
    fn find(&self, named: &Path) -> io::Result<PathBuf> {
        let is_within = named.components().all(|part| matches!(part, Component::Normal(_)));
        if self.confined && !is_within {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "files stand in one directory here"));
        }
        match &self.directory {
            Some(directory) => Ok(directory.join(named)),
            None if named.is_absolute() => Ok(named.to_owned()),
            None => Err(io::Error::new(io::ErrorKind::NotFound, "there is no directory for files here")),
        }
    }

    /// Where a file stands that was named, as it is written down.
    pub(super) fn written_down(&self, named: &Path) -> Value {
        let path = self.find(named).unwrap_or_else(|_| named.to_owned());
        Value::from(path.to_string_lossy())
    }

    /// Where a file that is to be written stands.
    pub(super) fn to_write(&self, named: &Path) -> Result<PathBuf> {
        let refused = |error: io::Error| {
            ExportError::NotWritable { path: named.to_owned(), reason: error.to_string() }.into()
        };
        self.find(named).map_err(refused)
    }

    /// Opens a file that is to be read. A pipe would be waited for, and could not be read twice.
    pub(super) fn open(&self, named: &Path) -> Result<ImportFile<Spool>> {
        let path = self.find(named).map_err(ImportError::from)?;
        if fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "it is no ordinary file");
            return Err(ImportError::from(error).into());
        }
        ImportFile::open(&path)
    }
}

/// The directory that a store's file is in.
fn directory_of(store: &Store) -> Option<PathBuf> {
    let file = fs::canonicalize(&store.location()?.database).ok()?;
    file.parent().map(Path::to_owned)
}

/// Answers a question about files.
pub(in crate::console) fn answer(database: Option<&Location>, places: &Places, query: FileQuery) -> Message {
    match query {
        FileQuery::TryPlaces { request, files, replace } => {
            let result = files.iter().try_for_each(|file| try_place(database, places, file, replace));
            Message::Tried(Answer { request, result })
        }
        FileQuery::LookInto { request, file } => {
            Message::LookedInto(Answer { request, result: look_into(places, &file) })
        }
    }
}

fn try_place(
    database: Option<&Location>,
    places: &Places,
    named: &Path,
    replace: bool,
) -> Result<(), String> {
    let tried = places.to_write(named).and_then(|path| operations::try_place(database, &path, replace));
    tried.map_err(|error| match error {
        Error::Export(ExportError::Exists { replaceable: true, .. }) => {
            format!("{} is there already", named.display())
        }
        Error::Export(ExportError::Exists { replaceable: false, .. }) => {
            format!("{} is there already, and nothing to be replaced", named.display())
        }
        Error::Export(ExportError::OfDatabase { .. }) => {
            format!("{} is a file of the database; name another", named.display())
        }
        Error::Export(
            ExportError::NotWritable { reason, .. } | ExportError::OfOtherDatabase { reason, .. },
        ) => format!("it cannot be written: {reason}"),
        error => error.to_string(),
    })
}

fn look_into(places: &Places, named: &Path) -> Result<Announced, String> {
    places.open(named).and_then(|mut file| file.announced()).map_err(|error| match error {
        Error::Import(ImportError::Line { line, reason } | ImportError::BeyondLimit { line, reason }) => {
            format!("line {line}: {reason}")
        }
        Error::Import(ImportError::Read(error)) if error.kind() == io::ErrorKind::NotFound => {
            "there is no such file".to_owned()
        }
        error => error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_within_a_directory_leads_nowhere_else() {
        let within = Places::within(Some(PathBuf::from("/srv")));
        assert_eq!(within.find(Path::new("a/b.jsonl")).unwrap(), Path::new("/srv/a/b.jsonl"));
        for named in ["/etc/passwd", "../b.jsonl", "a/../../b.jsonl", "./b.jsonl"] {
            assert!(within.find(Path::new(named)).is_err(), "{named}");
        }
        assert!(Places::within(None).find(Path::new("b.jsonl")).is_err());
    }

    #[test]
    fn elsewhere_a_whole_path_leads_where_it_says() {
        let places = Places::anywhere(&Store::memory(), Some(PathBuf::from("/srv")));
        assert_eq!(places.find(Path::new("b.jsonl")).unwrap(), Path::new("/srv/b.jsonl"));
        assert_eq!(places.find(Path::new("/mnt/b.jsonl")).unwrap(), Path::new("/mnt/b.jsonl"));
    }
}

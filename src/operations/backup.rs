//! Backing up a store: a consistent copy of its files, made while others write, and checked.
//!
//! Each file is copied under a temporary name, from one snapshot. With two files the projections come first, so
//! that the events are never older than what was made from them. The copy is then checked as a store, and only
//! then do the files get their names.

use std::path::{Path, PathBuf};

use tracing::info_span;

use crate::apps::Apps;
use crate::content_store::{Location, Store};
use crate::error::{BackupError, Error, Result, StoreError};
use crate::inspect::Inspect;
use crate::sqlite::{OpenOptions, is_database, log_beside, store_id_of};

use super::apart::apart_measured;
use super::export::NewFile;
use super::{CheckOptions, Checked, Phase, Progress, Remedy, Watch, check};

/// How often the files are copied again when the projections hold more than the events say.
const TRIES: usize = 3;

/// The bytes of a page, by which progress is counted.
const PAGE: u64 = 4096;

/// A backup that was made.
#[derive(Debug, Clone)]
pub struct BackedUp {
    /// Bytes in all.
    pub bytes: u64,
    /// The findings of a check of the copy. Where there are any, the database has the same problems.
    pub checked: Checked,
}

/// Copies a store's files to `target`, consistently, while others read and write. The copy is checked, every
/// event of it read, before it gets its name.
///
/// An earlier backup may be there only with leave to `replace` it, and is not replaced by a copy that has lost
/// data.
///
/// # Errors
/// [`BackupError`]; [`ExportError`](crate::ExportError) if a file cannot be made;
/// [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if `watch` breaks; failures of the storage. No
/// file is left behind then, and none is replaced.
pub fn backup(
    store: &Store,
    apps: &Apps,
    target: &Location,
    replace: bool,
    watch: &mut Watch<'_>,
) -> Result<BackedUp> {
    let _span = info_span!("backup").entered();
    check_target(store, target)?;
    // Its own connections: other users of the store are not held up.
    let source = store.reconnect()?;
    let mut tries = TRIES;
    loop {
        tries -= 1;
        let copy = Copy::write(&source, target, replace, watch)?;
        let checked = copy.check(store, apps, watch)?;
        // A space deleted between the two copies leaves rows in the first that the second knows nothing of.
        if checked.count() == 0 || store.is_shared() || tries == 0 {
            refuse_loss(&checked, target)?;
            return Ok(BackedUp { bytes: copy.finish()?, checked });
        }
    }
}

fn check_target(store: &Store, target: &Location) -> Result<(), BackupError> {
    let Some(location) = store.location() else { return Err(BackupError::InMemory) };
    match (&location.projections, &target.projections) {
        (Some(_), None) => Err(BackupError::SecondFileMissing),
        (None, Some(_)) => Err(BackupError::SecondFileUnwanted),
        (_, Some(second)) if Location::file(&target.database).owns(second) => {
            Err(BackupError::SameFile { path: second.clone() })
        }
        _ => std::iter::once(&target.database)
            .chain(&target.projections)
            .try_for_each(|path| check_alone(path).and_then(|()| check_own(store, path))),
    }
}

/// Refuses a database in the place of the backup that is not one of this store.
fn check_own(store: &Store, path: &Path) -> Result<(), BackupError> {
    let is_other = match (store_id_of(path), store.events().store_id()) {
        (Some(found), Ok(own)) => found != own,
        (None, _) => is_database(path),
        // What hinders it shows when the database is copied.
        (Some(_), Err(_)) => false,
    };
    if is_other { Err(BackupError::OtherDatabase { path: path.to_owned() }) } else { Ok(()) }
}

/// Refuses a name beside which a log or a journal lies: SQLite would mix it into the backup.
fn check_alone(path: &Path) -> Result<(), BackupError> {
    match log_beside(path) {
        Some(log) => Err(BackupError::BesideLog { path: path.to_owned(), log }),
        None => Ok(()),
    }
}

/// Refuses a copy with lost data in the place of an earlier backup.
fn refuse_loss(checked: &Checked, target: &Location) -> Result<(), BackupError> {
    let lost = checked.findings.iter().find(|finding| finding.remedy == Remedy::Restore);
    let mut files = std::iter::once(&target.database).chain(&target.projections);
    match (lost, files.find(|file| file.exists())) {
        (Some(finding), Some(path)) => {
            let words = finding.fault.words();
            let problem = words.first().map(|words| format!("{} {}", words.subject, words.text));
            Err(BackupError::Damaged { path: path.clone(), problem: problem.unwrap_or_default() })
        }
        _ => Ok(()),
    }
}

/// The files of a backup under their temporary names.
struct Copy {
    projections: Option<NewFile>,
    events: NewFile,
}

impl Copy {
    fn write(source: &Store, target: &Location, replace: bool, watch: &mut Watch<'_>) -> Result<Self> {
        let begin = |path: &PathBuf| NewFile::begin(source.location(), path, replace);
        let projections = target.projections.as_ref().map(begin).transpose()?;
        let events = begin(&target.database)?;
        let total = source.storage_bytes()?.unwrap_or(0);
        let mut before = 0;
        if let Some(projections) = &projections {
            copy(source.pstate(), projections, (before, total), watch)?;
            before = size(projections.written_to());
        }
        copy(source.events(), &events, (before, total), watch)?;
        Ok(Self { projections, events })
    }

    /// Checks the copy as a store of its own.
    fn check(&self, store: &Store, apps: &Apps, watch: &mut Watch<'_>) -> Result<Checked> {
        let location = Location {
            database: self.events.written_to().to_owned(),
            projections: self.projections.as_ref().map(|file| file.written_to().to_owned()),
        };
        let options = OpenOptions { read_only: true, ..OpenOptions::default() };
        let copy = Store::open(&location, options)?.with_operator(store.operator().clone());
        // Operations under way on the original are not under way on the copy, and are no problem there.
        check(&copy, apps, CheckOptions { deep: false, is_there: &|_| true }, watch)
    }

    /// Gives the files their names. Returns how many bytes they have.
    fn finish(self) -> Result<u64> {
        let bytes = size(self.events.written_to());
        let second = self.projections.as_ref().map_or(0, |file| size(file.written_to()));
        // In this order: between the two, earlier projections lag behind the events, and are caught up.
        self.events.finish()?;
        if let Some(projections) = self.projections {
            projections.finish()?;
        }
        Ok(bytes + second)
    }
}

/// Copies one file, telling how much of `total` is written, of which `before` was there before.
fn copy(
    storage: &dyn Inspect,
    file: &NewFile,
    (before, total): (u64, u64),
    watch: &mut Watch<'_>,
) -> Result<()> {
    let written = file.written_to();
    let progress = || {
        let done = (before + size(written)) / PAGE;
        Progress { phase: Phase::Copy, done, total: done.max(total / PAGE), last_event: None, skipped: 0 }
    };
    apart_measured(storage, progress, watch, || storage.copy_to(written)).map_err(|error| match error {
        Error::Store(StoreError::DiskFull) => BackupError::NoRoom { path: file.path().to_owned() }.into(),
        other => other,
    })
}

fn size(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |metadata| metadata.len())
}

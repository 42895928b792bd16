//! Backing up a store: a consistent, checked copy of its files, made while others write.
//!
//! Each file is copied from one snapshot, under a temporary name. With two files the projections come first, so
//! that the events are never older than their projections. The copy is then checked as a store, and only then
//! do the files get their names.

mod operation;

pub use operation::Backup;
pub(super) use operation::NAME;

use std::fs;
use std::path::{Path, PathBuf};

use tracing::info_span;

use crate::content_store::{Apps, Store};
use crate::error::{BackupError, Error, ExportError, OpenError, Remedy, Result, StoreError};
use crate::event_store::Inspect;
use crate::sqlite::{
    CopiedFile, FileRole, Location, OpenOptions, is_database, is_name_too_long, log_beside, part_of,
};

use super::export::NewFile;
use super::interruptible::run_interruptible_measured;
use super::{CheckOptions, Checked, Phase, Progress, Watch, check};

/// How often the files are copied again if the projections contain events that the copied log does not.
const TRIES: usize = 3;

/// The unit of progress: bytes of a page.
const PAGE: u64 = 4096;

/// A finished backup.
#[derive(Debug, Clone)]
pub struct BackedUp {
    /// The total size.
    pub bytes: u64,
    /// The result of checking the copy. A problem of the copy is a problem of the database, too.
    pub checked: Checked,
}

/// Copies a store's files to `target`, consistently, while others read and write. The copy is checked, with
/// every event read, before it gets its name.
///
/// An earlier backup is replaced only if `replace` is set, and never by a copy that has lost data, or that lacks changes that
/// it has. A backup that was only looked at, checked or verified has no changes.
///
/// Nothing is recorded in the audit log. Run [`Backup`](crate::operations::Backup) to record it.
///
/// # Errors
/// [`BackupError`]; [`ExportError`](crate::ExportError) if a file cannot be created;
/// [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if `watch` breaks. On an error no file is left
/// behind or replaced.
pub fn backup(
    store: &Store,
    apps: &Apps,
    target: &Location,
    replace: bool,
    watch: &mut Watch<'_>,
) -> Result<BackedUp> {
    let _span = info_span!("backup").entered();
    check_target(store, target)?;
    // The backup has its own connections, so other users of the store are not blocked.
    let source = store.reconnect()?;
    let mut tries = TRIES;
    loop {
        tries -= 1;
        let redactions = source.events().redactions(None)?;
        let copy = Copy::write(&source, target, replace, watch)?;
        // The projections may have been copied before fields were erased, and the events afterwards.
        if !store.is_shared() && tries > 0 && source.events().redactions(None)? != redactions {
            continue;
        }
        let checked = copy.check(store, apps, watch)?;
        // A space deleted between the two copies leaves rows in the first that the second does not account for.
        if checked.count() == 0 || store.is_shared() || tries == 0 {
            refuse_loss(&checked, target)?;
            copy.refuse_older()?;
            return Ok(BackedUp { bytes: copy.finish()?, checked });
        }
    }
}

fn check_target(store: &Store, target: &Location) -> Result<()> {
    // The copy would have to be checked as a store of this program.
    if let Err(error @ StoreError::WrittenByOriginal { .. }) = store.check_writable() {
        return Err(error.into());
    }
    let without_files = || match store.address() {
        Some(database) => BackupError::OnServer { database },
        None => BackupError::InMemory,
    };
    let location = store.location().ok_or_else(without_files)?;
    match (&location.projections, &target.projections) {
        (Some(_), None) => Err(BackupError::SecondFileMissing.into()),
        (None, Some(_)) => Err(BackupError::SecondFileUnwanted.into()),
        (_, Some(second)) if Location::file(&target.database).owns(second) => {
            Err(BackupError::SameFile { path: second.clone() }.into())
        }
        (_, Some(second)) => {
            let store_id = store.events().store_id().unwrap_or_default();
            check_file(store, &target.database, FileRole::Events)?;
            check_file(store, second, FileRole::Projections { store_id })
        }
        (None, None) => check_file(store, &target.database, FileRole::Whole),
    }
}

fn check_file(store: &Store, path: &Path, role: FileRole) -> Result<()> {
    // A file of such a name could be written, but not opened.
    if let Some(OpenError::NameTooLong { what, bytes, most, .. }) = is_name_too_long(path) {
        let reason = format!("its {what} has {bytes} bytes; the limit is {most}");
        return Err(ExportError::NotWritable { path: path.to_owned(), reason }.into());
    }
    if path == Path::new("-") {
        let reason = "a backup cannot be written to standard output".to_owned();
        return Err(ExportError::NotWritable { path: path.to_owned(), reason }.into());
    }
    // Reading a FIFO would wait for its writer.
    if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(ExportError::Exists { path: path.to_owned(), replaceable: false }.into());
    }
    check_alone(path)?;
    Ok(check_own(store, path, role)?)
}

/// Refuses to replace a database that is not a backup of this part of the store.
fn check_own(store: &Store, path: &Path, role: FileRole) -> Result<(), BackupError> {
    let path_of = || path.to_owned();
    match (part_of(path), store.events().store_id()) {
        (Some((found, _)), Ok(own)) if found != own => Err(BackupError::OtherDatabase { path: path_of() }),
        (Some((_, found)), Ok(_)) if found != role => Err(BackupError::OtherPart { path: path_of() }),
        (None, _) if is_database(path) => Err(BackupError::OtherDatabase { path: path_of() }),
        (None, _) if size(path) > 0 => Err(BackupError::OtherFile { path: path_of() }),
        // If the store id cannot be read, the error comes up again when the database is copied.
        _ => Ok(()),
    }
}

/// Refuses a name next to which a log or journal exists: SQLite would mix it into the backup.
fn check_alone(path: &Path) -> Result<(), BackupError> {
    match log_beside(path) {
        Some(log) => Err(BackupError::BesideLog { path: path.to_owned(), log }),
        None => Ok(()),
    }
}

/// Refuses to replace an earlier backup with a copy that has lost data.
fn refuse_loss(checked: &Checked, target: &Location) -> Result<(), BackupError> {
    let lost = checked.findings.iter().find(|finding| finding.remedy == Remedy::Restore);
    let mut files = std::iter::once(&target.database).chain(&target.projections);
    match (lost, files.find(|file| file.exists())) {
        (Some(finding), Some(path)) => {
            let words = finding.words();
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

    /// Checks the copy as a store.
    fn check(&self, store: &Store, apps: &Apps, watch: &mut Watch<'_>) -> Result<Checked> {
        let location = Location {
            database: self.events.written_to().to_owned(),
            projections: self.projections.as_ref().map(|file| file.written_to().to_owned()),
        };
        let options = OpenOptions { read_only: true, ..OpenOptions::default() };
        let copy = Store::open(&location, options)?.with_operator(store.operator().clone());
        // Operations running on the original are not running on the copy, and are no problem there.
        check(&copy, apps, CheckOptions { deep: false, is_running: &|_| true }, watch)
    }

    /// Refuses to replace a backup with changes that the copy does not have: an older backup was restored, the backup was put
    /// to use, or it is the original.
    fn refuse_older(&self) -> Result<(), BackupError> {
        let path = self.events.path();
        // It may have been opened meanwhile.
        check_alone(path)?;
        let files = [path, self.events.written_to()];
        let [Some(earlier), Some(copied)] = files.map(CopiedFile::open) else { return Ok(()) };
        let path = path.to_owned();
        match copied.lacks(&earlier) {
            Some(found) if earlier.was_opened() => Err(BackupError::Used { path, found }),
            _ if earlier.last_event_id > copied.last_event_id => {
                Err(BackupError::Newer { path, earlier: earlier.last_event_id, copied: copied.last_event_id })
            }
            Some(found) => Err(BackupError::Diverged { path, found }),
            None => Ok(()),
        }
    }

    /// Gives the files their names. Returns their total size.
    fn finish(self) -> Result<u64> {
        let bytes = size(self.events.written_to());
        let second = self.projections.as_ref().map_or(0, |file| size(file.written_to()));
        // In this order: in between, older projections lag behind the events, and can be caught up.
        self.events.finish()?;
        if let Some(projections) = self.projections {
            projections.finish()?;
        }
        Ok(bytes + second)
    }
}

/// Copies one file, reporting progress up to `total` bytes, of which `before` were written earlier.
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
    run_interruptible_measured(storage, progress, watch, || storage.copy_to(written)).map_err(|error| {
        match error {
            Error::Store(StoreError::NoRoom(room)) => {
                BackupError::NoRoom { path: file.path().to_owned(), room }.into()
            }
            Error::Export(ExportError::NotWritable { reason, .. }) => {
                ExportError::NotWritable { path: file.path().to_owned(), reason }.into()
            }
            other => other,
        }
    })
}

fn size(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |metadata| metadata.len())
}

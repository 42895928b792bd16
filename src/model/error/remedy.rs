//! The steps that solve a problem, as values. Each client puts them into its own words: the command line into
//! commands, the console into keys.

use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};

use crate::event::{EventId, SpaceSequence};

use super::Advice;

/// A step that solves a problem, or leads towards it. A finding has one of the first nine; later ones repair
/// more, at a higher price.
///
/// `Display` writes the phrase that stands for the step in an [`Advice`], for readers who know neither the command
/// line nor the console.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Remedy {
    /// Nothing needs a repair.
    Nothing,
    /// A check.
    Check {
        /// True for a deep check.
        deep: bool,
        /// True to repair whatever can be derived from existing data.
        repair: bool,
    },
    /// A rebuild of the space's projection.
    Rebuild {
        /// True to skip bad events.
        skip_errors: bool,
    },
    /// Deleting the space, which resumes an interrupted delete.
    Delete,
    /// Importing the file again, or deleting the incomplete space.
    Import,
    /// Exporting the spaces and importing them into a new file.
    Transfer,
    /// Moving the projections file away, and rebuilding all projections into a new one.
    NewProjections,
    /// Restoring lost data from a backup or an archive.
    Restore,
    /// Rebuilding the projections of every space.
    RebuildAll {
        /// The events file and the projections file, if they are not those that are open.
        files: Option<(PathBuf, PathBuf)>,
    },
    /// Comparing the space's projection with its events.
    Verify,
    /// Looking at an event that was named before.
    InspectEvent {
        /// The event.
        event_id: EventId,
        /// Its sequence.
        space_sequence: SpaceSequence,
    },
    /// Reading the space's events, which needs no app.
    ListEvents,
    /// Looking at the space's metadata.
    ShowSpace,
    /// Looking at the registry of spaces.
    ListSpaces,
    /// Writing this name or id of a space.
    NameSpace {
        /// The name, or the id written `#2`.
        space: String,
    },
    /// Naming the app when a space is created.
    NameApp,
    /// Importing the space under another name.
    ImportUnderOtherName,
    /// Executing commands with prepared values.
    ExecuteBatch,
    /// Reading the audit log.
    ReadAuditLog,
    /// Exporting a space.
    Export,
    /// Copying the whole database.
    Backup,
    /// Naming the files of a backup.
    NameBackupFiles {
        /// True if the projections need a file of their own.
        projections: bool,
    },
    /// Overwriting an existing file.
    Overwrite,
    /// Creating the database.
    CreateDatabase {
        /// Its file.
        path: PathBuf,
    },
    /// Opening this database.
    OpenDatabase {
        /// Its file.
        path: PathBuf,
    },
    /// Working without a database file.
    WithoutFile,
    /// Opening the database read-only.
    OpenReadOnly,
    /// Opening the database for writing.
    OpenForWriting,
    /// Naming a second file for the projections.
    NameProjections,
    /// Naming this second file for the projections.
    UseProjections {
        /// The file.
        path: PathBuf,
    },
    /// Naming one file only.
    OmitProjections,
    /// Looking at the registered subscriptions.
    ListSubscriptions,
    /// Continuing a subscription in a copy of its store.
    ResumeSubscription {
        /// Its name.
        name: String,
    },
    /// Moving the positions of a subscription.
    ResetSubscription {
        /// Its name.
        name: String,
    },
    /// Running an SQL statement with another program.
    RunSql {
        /// The database.
        path: PathBuf,
        /// The statement.
        statement: String,
    },
}

impl Remedy {
    /// Every operation that repairs a finding.
    pub const OF_FINDINGS: [Self; 9] = [
        Self::Check { deep: false, repair: true },
        Self::Check { deep: true, repair: true },
        Self::Rebuild { skip_errors: false },
        Self::Rebuild { skip_errors: true },
        Self::Delete,
        Self::Import,
        Self::Transfer,
        Self::NewProjections,
        Self::Restore,
    ];

    /// Returns the stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Check { deep: false, repair: false } => "check",
            Self::Check { deep: true, repair: false } => "check-deep",
            Self::Check { deep: false, repair: true } => "check-repair",
            Self::Check { deep: true, repair: true } => "check-deep-repair",
            Self::Rebuild { skip_errors: false } => "rebuild",
            Self::Rebuild { skip_errors: true } => "rebuild-skipping-errors",
            Self::Delete => "delete",
            Self::Import => "import",
            Self::Transfer => "transfer",
            Self::NewProjections => "new-projections",
            Self::Restore => "restore",
            Self::RebuildAll { .. } => "rebuild-all",
            Self::Verify => "verify",
            Self::InspectEvent { .. } => "inspect-event",
            Self::ListEvents => "list-events",
            Self::ShowSpace => "show-space",
            Self::ListSpaces => "list-spaces",
            Self::NameSpace { .. } => "name-space",
            Self::NameApp => "name-app",
            Self::ImportUnderOtherName => "import-under-other-name",
            Self::ExecuteBatch => "execute-batch",
            Self::ReadAuditLog => "read-audit-log",
            Self::Export => "export",
            Self::Backup => "backup",
            Self::NameBackupFiles { .. } => "name-backup-files",
            Self::Overwrite => "overwrite",
            Self::CreateDatabase { .. } => "create-database",
            Self::OpenDatabase { .. } => "open-database",
            Self::WithoutFile => "without-file",
            Self::OpenReadOnly => "open-read-only",
            Self::OpenForWriting => "open-for-writing",
            Self::NameProjections => "name-projections",
            Self::UseProjections { .. } => "use-projections",
            Self::OmitProjections => "omit-projections",
            Self::ListSubscriptions => "list-subscriptions",
            Self::ResumeSubscription { .. } => "resume-subscription",
            Self::ResetSubscription { .. } => "reset-subscription",
            Self::RunSql { .. } => "run-sql",
        }
    }

    /// Returns the name of a repair, for people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Check { deep: false, repair: false } => "check",
            Self::Check { deep: true, repair: false } => "deep check",
            Self::Check { deep: false, repair: true } => "check with repair",
            Self::Check { deep: true, repair: true } => "deep check with repair",
            Self::Rebuild { skip_errors: false } => "rebuild",
            Self::Rebuild { skip_errors: true } => "rebuild that skips bad events",
            Self::Transfer => "export and import",
            Self::NewProjections => "move away and rebuild",
            other => other.kind(),
        }
    }

    /// Says what to do about a finding.
    pub fn advice(&self) -> Advice {
        let step = Advice::default().remedy(self.clone());
        match self {
            Self::Check { repair: true, .. } => step.text(" derives it from existing data"),
            Self::Rebuild { skip_errors: false } => step.text(" rebuilds the projection from its events"),
            Self::Rebuild { skip_errors: true } => {
                step.text(" skips the events that cannot be applied, and loses what is stored because of them")
            }
            Self::Delete => step.text(" resumes the interrupted delete"),
            Self::Import => Advice::default()
                .remedy(Self::Delete)
                .text(" removes the incomplete import; or import the file again"),
            Self::Transfer => {
                step.text(" give the events new ids and lose nothing; use the new database from then on")
            }
            Self::NewProjections => Advice::from(
                "nothing is lost, because the events are in another file: stop every program that has the files open, move \
                     the projections file away with its -wal and -shm files, and ",
            )
            .remedy(Self::RebuildAll { files: None })
            .text(" creates it again"),
            Self::Restore => Advice::from(
                "events or pages are damaged or lost, and no rebuild restores them: work on a copy, and use the last good \
                     backup",
            ),
            _ => step,
        }
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing to do",
            Self::Check { .. } | Self::Rebuild { .. } => return write!(f, "a {}", self.name()),
            Self::Delete | Self::Import => "a delete",
            Self::Transfer => "an export of each space and their imports into one new database",
            Self::NewProjections | Self::RebuildAll { files: None } => "a rebuild of every space",
            Self::RebuildAll { files: Some(_) } => "`Store::open_to_rebuild`, then a rebuild of every space",
            Self::Restore => "a good backup",
            Self::Verify => "a verification",
            Self::InspectEvent { .. } => "inspect it",
            Self::ListEvents => "its events can still be read",
            Self::ShowSpace => "its metadata",
            Self::ListSpaces => "choose one of the existing spaces",
            Self::NameSpace { space } => space,
            Self::NameApp => "name the app when you create a space",
            Self::ImportUnderOtherName => "an import can use another name",
            Self::ExecuteBatch => "commands",
            Self::ReadAuditLog => "the audit log",
            Self::Export => "an export",
            Self::Backup => "a backup",
            Self::NameBackupFiles { projections: true } => "name a second file for the projections",
            Self::NameBackupFiles { projections: false } => "name one file",
            Self::Overwrite => "overwrite this one",
            Self::CreateDatabase { .. } => "create it with `Store::open_or_create`",
            Self::OpenDatabase { path } | Self::UseProjections { path } => return path.display().fmt(f),
            Self::WithoutFile => "a store in memory needs no file",
            Self::OpenReadOnly => "read-only",
            Self::OpenForWriting => "for writing",
            Self::NameProjections => "for the projections",
            Self::OmitProjections => "omit the projections file",
            Self::ListSubscriptions => "choose one of the registered subscriptions",
            Self::ResumeSubscription { .. } => "resume it",
            Self::ResetSubscription { .. } => "reset it",
            Self::RunSql { statement, .. } => return write!(f, "`{statement}`"),
        })
    }
}

impl Serialize for Remedy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.kind())
    }
}

//! What a job does.

use std::path::PathBuf;

use crate::content_store::Location;
use crate::operations::Phases;
use crate::operator_log::DELETE;

/// What a job does. Files are named as they were typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobKind {
    /// Replays the log into a new projection.
    Rebuild {
        /// Events that cannot be applied are left out and listed.
        skip_errors: bool,
    },
    /// Applies the events that the projection lags behind.
    CatchUp,
    /// Compares the projection with what the log amounts to.
    Verify,
    /// Checks the whole file.
    Check {
        /// Indexes and projections are compared with the events as well.
        deep: bool,
        /// What can be worked out from what is there is put right.
        repair: bool,
    },
    /// Writes the space into a file.
    Export {
        /// The file.
        file: PathBuf,
        /// It may take the place of one that is there.
        replace: bool,
    },
    /// Copies the database.
    Backup {
        /// The files of the copy.
        target: Location,
        /// They may take the place of an earlier backup.
        replace: bool,
    },
    /// Creates a space from a file.
    Import {
        /// The file.
        file: PathBuf,
        /// The name that the space gets, instead of its own.
        into: Option<String>,
    },
    /// Removes the space.
    Delete {
        /// The file is rewritten afterwards, so that not a byte of the space is left in it.
        purge: bool,
        /// The file that the space is exported to before.
        archive: Option<PathBuf>,
    },
}

impl JobKind {
    /// Its name for people: `rebuild`.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::Rebuild { .. } => "rebuild",
            Self::CatchUp => "catch-up",
            Self::Verify => "verify",
            Self::Check { .. } => "check",
            Self::Export { .. } => "export",
            Self::Backup { .. } => "backup",
            Self::Import { .. } => "import",
            Self::Delete { .. } => DELETE,
        }
    }

    /// Whether it changes nothing in the database.
    #[must_use]
    pub fn only_looks(&self) -> bool {
        matches!(
            self,
            Self::Verify | Self::Check { repair: false, .. } | Self::Export { .. } | Self::Backup { .. }
        )
    }

    /// The phases that it goes through.
    #[must_use]
    pub fn phases(&self) -> Phases {
        match self {
            Self::Rebuild { .. } => Phases::REBUILD,
            Self::Verify => Phases::VERIFY,
            Self::Import { .. } => Phases::IMPORT,
            Self::Backup { .. } => Phases::BACKUP,
            Self::Delete { archive: Some(_), .. } => Phases::ARCHIVE_AND_DELETE,
            Self::CatchUp | Self::Check { .. } | Self::Export { .. } | Self::Delete { archive: None, .. } => {
                Phases::ONE
            }
        }
    }
}

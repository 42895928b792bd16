//! The operation of a job.

use std::path::PathBuf;

use crate::content_store::Location;
use crate::operations::Phases;
use crate::operator_log::DELETE;

/// The operation of a job. File names are kept as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobKind {
    /// Replays the log into a new projection.
    Rebuild {
        /// Skips and lists events that cannot be applied.
        skip_errors: bool,
    },
    /// Applies the events that the projection lags behind.
    CatchUp,
    /// Compares the projection with its events.
    Verify,
    /// Checks the whole file.
    Check {
        /// Also compares indexes and projections with the events.
        deep: bool,
        /// Repairs everything that can be derived from intact data.
        repair: bool,
    },
    /// Exports the space to a file.
    Export {
        /// The file.
        file: PathBuf,
        /// True if it may replace an existing file.
        replace: bool,
    },
    /// Copies the database.
    Backup {
        /// The files of the copy.
        target: Location,
        /// True if it may replace an earlier backup.
        replace: bool,
    },
    /// Creates a space from an export.
    Import {
        /// The file.
        file: PathBuf,
        /// The name of the new space, if it differs from the exported one.
        into: Option<String>,
    },
    /// Removes the space.
    Delete {
        /// Rewrites the file afterwards, so that no byte of the space remains.
        purge: bool,
        /// The file to export the space to first.
        archive: Option<PathBuf>,
    },
}

impl JobKind {
    /// The display name: `rebuild`.
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

    /// Returns true if it does not change the database.
    pub fn only_looks(&self) -> bool {
        matches!(
            self,
            Self::Verify | Self::Check { repair: false, .. } | Self::Export { .. } | Self::Backup { .. }
        )
    }

    /// The phases of the operation.
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

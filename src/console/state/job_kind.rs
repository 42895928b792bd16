//! What a job does.

use std::path::PathBuf;

use crate::content_store::Location;
use crate::operations::{Phase, Progress};
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

    /// Returns true if the progress of its phases counts events, keys or rows. A rebuild's is a share of the whole, in which
    /// an event that is folded but not written yet counts in part.
    #[must_use]
    pub fn counts_steps(&self) -> bool {
        !matches!(self, Self::Rebuild { .. })
    }

    /// The part done of the whole, as one phase tells it. Phases that take little time, and those of unknown
    /// size, tell nothing.
    pub(super) fn fraction(&self, progress: Progress) -> Option<f64> {
        if progress.total == 0 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
        let of_phase = (progress.done as f64 / progress.total as f64).clamp(0.0, 1.0);
        // Each part goes through as much as the others.
        let part = |number: f64, of: f64| Some((number + of_phase) / of);
        match (self, progress.phase) {
            (Self::Verify, Phase::Replay) | (Self::Import { .. }, Phase::Read) => part(0.0, 2.0),
            (Self::Backup { .. }, Phase::Copy) => part(0.0, 2.0),
            (Self::Backup { .. }, Phase::Check) => part(1.0, 2.0),
            (Self::Verify, Phase::Compare) | (Self::Import { .. }, Phase::Import) => part(1.0, 2.0),
            (Self::Delete { archive: Some(_), .. }, Phase::Export) => part(0.0, 3.0),
            (Self::Delete { archive: Some(_), .. }, Phase::ReadBack) => part(1.0, 3.0),
            (Self::Delete { archive: Some(_), .. }, Phase::Delete) => part(2.0, 3.0),
            // Rows that are swept are no part of the events.
            (_, Phase::Sweep | Phase::Purge) => None,
            _ => Some(of_phase),
        }
    }
}

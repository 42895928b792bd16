//! The phases of an operation, and how far it has come as a whole.

use super::{Phase, Progress};

/// The phases that make up an operation, in their order. Each of them goes through as much as the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phases {
    parts: &'static [Phase],
    counts_steps: bool,
}

impl Phases {
    /// One phase, or several that count the same steps.
    pub const ONE: Self = Self::of(&[]);
    /// Those of a rebuild. Its progress is a share of the whole, in which an event that is folded but not written yet counts in part.
    pub const REBUILD: Self = Self { parts: &[], counts_steps: false };
    /// Those of a verification.
    pub const VERIFY: Self = Self::of(&[Phase::Replay, Phase::Compare]);
    /// Those of an import.
    pub const IMPORT: Self = Self::of(&[Phase::Read, Phase::Import]);
    /// Those of a backup.
    pub const BACKUP: Self = Self::of(&[Phase::Copy, Phase::Check]);
    /// Those of a delete that exports the space before.
    pub const ARCHIVE_AND_DELETE: Self = Self::of(&[Phase::Export, Phase::ReadBack, Phase::Delete]);

    const fn of(parts: &'static [Phase]) -> Self {
        Self { parts, counts_steps: true }
    }

    /// Returns true if progress counts events, keys or rows, which can be shown beside the share of the whole.
    #[must_use]
    pub fn counts_steps(self) -> bool {
        self.counts_steps
    }

    /// The part done of the whole, between 0 and 1, as one phase reports it. Phases that take little time, and those of
    /// unknown size, report nothing.
    #[must_use]
    pub fn fraction(self, progress: Progress) -> Option<f64> {
        // Rows that are swept are no part of the events.
        if progress.total == 0 || matches!(progress.phase, Phase::Sweep | Phase::Purge) {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
        let of_phase = (progress.done as f64 / progress.total as f64).clamp(0.0, 1.0);
        match self.parts.iter().position(|part| *part == progress.phase) {
            #[expect(clippy::cast_precision_loss, reason = "there are a handful of phases")]
            Some(number) => Some((number as f64 + of_phase) / self.parts.len() as f64),
            None => Some(of_phase),
        }
    }
}

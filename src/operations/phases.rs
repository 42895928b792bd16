//! The phases of an operation, and its overall progress.

use super::{Phase, Progress};

/// The phases of an operation in order. Each goes through the same number of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phases {
    parts: &'static [Phase],
    counts_steps: bool,
}

impl Phases {
    /// One phase, or several that count the same steps.
    pub const ONE: Self = Self::of(&[]);
    /// One phase, in which a step that is only partly done counts in part.
    pub const SHARES: Self = Self { parts: &[], counts_steps: false };

    /// Several phases, each of which goes through the steps once.
    pub const fn of(parts: &'static [Phase]) -> Self {
        Self { parts, counts_steps: true }
    }

    /// Returns true if progress counts events, keys or rows, which can be shown next to the percentage.
    pub fn counts_steps(self) -> bool {
        self.counts_steps
    }

    /// Returns the share done of the whole, between 0 and 1. Short phases and phases of unknown size have none.
    pub fn fraction(self, progress: Progress) -> Option<f64> {
        // Swept rows are not among the counted steps.
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

//! The phases of an operation, and its overall progress.

use super::Progress;

/// A phase of a long operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Phase {
    /// Events are replayed.
    Replay,
    /// The derived state is written.
    Write,
    /// Events that arrived meanwhile are applied.
    CatchUp,
    /// The new projection takes the old one's place.
    Switch,
    /// Values are searched for.
    Search,
    /// Rows no longer needed are removed.
    Sweep,
    /// Stored data is compared with derived data.
    Compare,
    /// Events are removed.
    Delete,
    /// The file is rewritten without what was deleted.
    Purge,
    /// Commands are executed.
    Generate,
    /// A snapshot of the keys is set aside, to be exported.
    SetAside,
    /// Events and entries are written to a file.
    Export,
    /// A written file is compared with its source.
    ReadBack,
    /// A file is read and checked line by line.
    Read,
    /// Events and entries of a file are stored.
    Import,
    /// Events of a space are copied to its fork.
    Fork,
    /// Rows are checked one by one.
    Check,
    /// The pages of a file are copied.
    Copy,
    /// The idempotency keys of a file of an earlier version are read, to migrate it.
    Migrate,
}

impl Phase {
    /// Returns the title for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Replay => "replaying",
            Self::Write => "writing",
            Self::CatchUp => "catching up",
            Self::Switch => "switching",
            Self::Search => "searching",
            Self::Sweep => "sweeping",
            Self::Compare => "comparing",
            Self::Delete => "deleting",
            Self::Purge => "purging",
            Self::Generate => "generating",
            Self::SetAside => "setting keys aside",
            Self::Export => "exporting",
            Self::ReadBack => "reading back",
            Self::Read => "reading",
            Self::Import => "importing",
            Self::Fork => "copying events",
            Self::Check => "checking",
            Self::Copy => "copying",
            Self::Migrate => "reading keys",
        }
    }

    /// Returns true if the operation may pause after a step of this phase. It then holds no transaction and
    /// no snapshot, so that others can read and write.
    pub fn can_pause(self) -> bool {
        // Comparing and setting aside use a snapshot; a switch must follow its last catch-up at once.
        matches!(
            self,
            Self::Replay
                | Self::Write
                | Self::CatchUp
                | Self::Sweep
                | Self::Delete
                | Self::Generate
                | Self::Export
                | Self::ReadBack
                | Self::Read
                | Self::Import
                | Self::Fork
                | Self::Check
        )
    }
}

/// The phases of an operation in order. Each goes through the same number of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phases {
    parts: &'static [Phase],
    counts_steps: bool,
    /// The only phase whose steps measure the whole, if the phases alternate.
    measure: Option<Phase>,
}

impl Phases {
    /// One phase, or several that count the same steps.
    pub const ONE: Self = Self::of(&[]);
    /// One phase, in which a step that is only partly done counts in part.
    pub const SHARES: Self = Self { counts_steps: false, ..Self::ONE };

    /// Several phases, each of which goes through the steps once.
    pub const fn of(parts: &'static [Phase]) -> Self {
        Self { parts, counts_steps: true, measure: None }
    }

    /// Several phases that alternate and count different steps. Those of this one measure the whole.
    pub const fn measured_by(phase: Phase) -> Self {
        Self { measure: Some(phase), ..Self::ONE }
    }

    /// Returns true if progress counts events, keys or rows, which can be shown next to the percentage.
    pub fn counts_steps(self) -> bool {
        self.counts_steps
    }

    /// Returns the share done of the whole, between 0 and 1. Short phases and phases of unknown size have none.
    pub fn fraction(self, progress: Progress) -> Option<f64> {
        if self.measure.is_some_and(|measure| measure != progress.phase) {
            // No step forward, and none back.
            return Some(0.0);
        }
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

//! Work on whole spaces: cancellable, with progress. Console and command line call the same
//! functions.

mod apart;
mod backup;
mod blocking;
mod catch_up;
mod check;
#[cfg(test)]
mod costs;
mod create_space;
mod delete;
mod execute;
mod export;
mod generate;
mod import;
mod logged;
mod marking;
mod overview;
mod phases;
mod rebuild;
mod remedy;
mod removal;
mod replay;
mod scope;
mod search;
mod search_entries;
mod settle;
mod told;
mod trace;
mod verify;

pub use backup::{BackedUp, backup};
pub use blocking::{NextEvents, find_blocking_event};
pub use catch_up::catch_up;
pub use check::{CheckOptions, Checked, Damage, Fault, Finding, Repaired, check, check_and_repair, repair};
pub use create_space::create_space;
pub use delete::{DeleteOptions, Deleted, Inventory, Proof, delete, delete_again, inventory};
pub use execute::{conditions, execute};
pub(crate) use export::try_place;
pub use export::{Exported, check_place, export, export_to_file, file_name};
pub use generate::{GenerateOptions, Generated, GivenUp, generate};
pub use import::{Announced, ImportFile, ImportOptions, Imported, Spool, Summary, import};
pub use logged::{Action, Ending, logged, recorded, turned_down};
pub use overview::{
    SpaceOverview, find_record, find_space, open_space, overview, overviews, overviews_of, projection,
};
pub use phases::Phases;
pub use rebuild::{RebuildOptions, Rebuilt, Skipped, rebuild};
pub use remedy::{Remedy, Words};
pub use replay::replay;
pub use scope::{Position, Scope};
pub use search::{Found, Search, first_of_all};
pub use search_entries::{FoundEntries, search_entries};
pub use settle::{settle, sweep_leftovers};
pub use told::Told;
pub use trace::{Trace, Traced, trace};
pub use verify::{Difference, FieldDifference, Verified, verify};

use std::ops::ControlFlow;

use crate::error::{ReplayError, Result};
use crate::event::EventId;

/// What a long operation is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Events are replayed.
    Replay,
    /// What they amount to is written.
    Write,
    /// Events that arrived meanwhile are applied.
    CatchUp,
    /// The new projection takes the old one's place.
    Switch,
    /// Rows no longer needed are removed.
    Sweep,
    /// What is stored is compared with what it should be.
    Compare,
    /// Events are removed.
    Delete,
    /// The file is rewritten without what was deleted.
    Purge,
    /// Commands are executed.
    Generate,
    /// Keys are set aside as they are at one moment, to be exported.
    SetAside,
    /// Events and entries are written to a file.
    Export,
    /// A file that was written is compared with what it was written from.
    ReadBack,
    /// A file is read, and every line of it checked.
    Read,
    /// Events and entries are taken in from a file.
    Import,
    /// Rows are checked one by one.
    Check,
    /// The pages of a file are copied.
    Copy,
}

impl Phase {
    /// Its name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Replay => "replaying",
            Self::Write => "writing",
            Self::CatchUp => "catching up",
            Self::Switch => "switching",
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
            Self::Check => "checking",
            Self::Copy => "copying",
        }
    }

    /// Whether the operation may be held up after a step of this phase for as long as one likes: it then
    /// holds no transaction and no view of the store, so that others go on reading and writing.
    #[must_use]
    pub fn can_pause(self) -> bool {
        // A comparison, and keys being set aside, go through a view of one moment; a switch comes right after what
        // it was caught up to.
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
                | Self::Check
        )
    }
}

/// How far a long operation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Progress {
    /// What it is at.
    pub phase: Phase,
    /// Steps done: events or entries. A rebuild's never go back while it replays and writes. Neither steps nor a
    /// total are told of what counts none: a file that is rewritten, rows that are swept.
    pub done: u64,
    /// Steps in all. It may grow while others write; 0 where it is not known.
    pub total: u64,
    /// The last event that was handled.
    pub last_event: Option<EventId>,
    /// Events so far that could not be applied and were left out.
    pub skipped: u64,
}

/// Told of progress after every short step; answers whether to go on. Breaking stops the operation at
/// a point where everything is whole.
pub type Watch<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

/// Reports progress, and turns a request to stop into an error.
fn report(watch: &mut Watch<'_>, progress: Progress) -> Result<()> {
    match watch(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ReplayError::Cancelled.into()),
    }
}

//! The spaces and files that an operation is planned for, counted.

use std::path::Path;

use crate::masking::MaskedPath;
use crate::text::counted;

use super::super::SpaceOverview;

/// The spaces and files that an operation is planned for.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlanScope<'a> {
    /// The spaces, in processing order; none if it works on the whole file.
    pub spaces: &'a [SpaceOverview],
    /// The contents of the file, if all spaces could be read.
    pub totals: Option<FileTotals>,
    /// The directory of files that are named without one.
    pub directory: Option<&'a str>,
}

/// The contents of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileTotals {
    /// The number of spaces.
    pub spaces: u64,
    /// The number of events.
    pub events: u64,
    /// The number of keys of all projections.
    pub keys: u64,
}

impl PlanScope<'_> {
    /// Returns the sum of a number over all spaces.
    pub fn sum(&self, of: impl Fn(&SpaceOverview) -> u64) -> u64 {
        self.spaces.iter().map(of).sum()
    }

    /// Returns the number of events of all spaces.
    pub fn events(&self) -> u64 {
        self.sum(|space| space.head.last_sequence.0)
    }

    /// Returns the number of keys in the projections of all spaces.
    pub fn keys(&self) -> u64 {
        self.sum(SpaceOverview::keys)
    }

    /// Returns the number of keys in the projection of that name of all spaces, or in all that their apps declare.
    pub fn keys_of(&self, projection: Option<&str>) -> u64 {
        self.sum(|space| space.selected(projection).map(|one| one.checkpoint.entities).sum())
    }

    /// Returns the only space; none if there are several, or none.
    pub fn single(&self) -> Option<&SpaceOverview> {
        match self.spaces {
            [space] => Some(space),
            _ => None,
        }
    }

    /// Returns the location of a named file: `crm_acme.jsonl in /srv/tenants`.
    pub fn place(&self, file: &Path) -> String {
        match self.directory {
            Some(directory) if file.as_os_str().is_empty() => directory.to_owned(),
            Some(directory) if file.is_relative() => format!("{} in {directory}", file.shown()),
            _ => file.shown(),
        }
    }
}

/// Says how much the spaces hold: `812 events and 310 keys with 97,440 bytes of payload`.
pub(in crate::operations) fn contents(scope: &PlanScope<'_>) -> String {
    format!(
        "{} and {} with {} of payload",
        counted(scope.events(), "event", "events"),
        counted(scope.keys(), "key", "keys"),
        counted(scope.sum(|space| space.head.payload_bytes), "byte", "bytes"),
    )
}

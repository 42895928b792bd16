//! One-line summaries of operations, for the audit log and for people.

use crate::content_store::{CaughtUp, Executed};
use crate::space::SpaceId;
use crate::text::{counted, grouped};

use super::{BackedUp, Checked, Deleted, Exported, Generated, Imported, Rebuilt, Repaired, Verified};

/// The summary of a successful operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// True if something needs attention: a difference, a skipped event.
    pub found: bool,
    /// The result in one line.
    pub detail: String,
    /// The space that it created.
    pub made: Option<SpaceId>,
}

impl Summary {
    /// Creates a summary that needs no attention.
    pub fn done(detail: impl Into<String>) -> Self {
        Self { found: false, detail: detail.into(), made: None }
    }

    /// Sets whether it needs attention.
    pub fn found(self, found: bool) -> Self {
        Self { found, ..self }
    }

    /// Sets the space that was created.
    pub fn made(self, space_id: SpaceId) -> Self {
        Self { made: Some(space_id), ..self }
    }
}

impl From<&Rebuilt> for Summary {
    fn from(done: &Rebuilt) -> Self {
        let skipped = match done.skipped.len() as u64 {
            0 => String::new(),
            count => format!(", {} skipped", grouped(count)),
        };
        let detail =
            format!("{} into {}{skipped}{}", events(done.events), keys(done.entities), unknown(done.unknown));
        Self::done(detail).found(!done.skipped.is_empty())
    }
}

impl From<&CaughtUp> for Summary {
    fn from(done: &CaughtUp) -> Self {
        Self::done(format!("{} applied{}", events(done.events), unknown(done.unknown)))
    }
}

impl From<&Verified> for Summary {
    fn from(done: &Verified) -> Self {
        let found = match done.count() {
            0 => "projection matches its events".to_owned(),
            count => counted(count, "difference", "differences"),
        };
        let notes = match done.notes.len() as u64 {
            0 => String::new(),
            count => format!(", {}", counted(count, "note", "notes")),
        };
        let detail = format!("{found} ({}, {}){notes}", events(done.events), keys(done.entities));
        Self::done(detail).found(done.count() > 0)
    }
}

impl From<&Checked> for Summary {
    fn from(done: &Checked) -> Self {
        // The essentials come first, because the line may be cut.
        let found = match done.count() {
            0 => "no problems".to_owned(),
            count => counted(count, "problem", "problems"),
        };
        Self::done(format!("{found} in {}", totals(done))).found(done.count() > 0)
    }
}

impl From<&BackedUp> for Summary {
    fn from(done: &BackedUp) -> Self {
        let problems = match done.checked.count() {
            0 => "no problems".to_owned(),
            count => counted(count, "problem", "problems"),
        };
        let bytes = counted(done.bytes, "byte", "bytes");
        let detail = format!("{bytes}; {problems} in {}", totals(&done.checked));
        Self::done(detail).found(done.checked.count() > 0)
    }
}

impl From<&Repaired> for Summary {
    fn from(done: &Repaired) -> Self {
        let Repaired { repaired, left } = done;
        if repaired.is_empty() {
            return Self::from(left);
        }
        let repaired = counted(repaired.len() as u64, "problem", "problems");
        let rest = match left.count() {
            0 => "none".to_owned(),
            count => grouped(count),
        };
        Self::done(format!("{repaired} repaired, {rest} left in {}", totals(left))).found(left.count() > 0)
    }
}

fn totals(done: &Checked) -> String {
    let spaces = counted(done.spaces, "space", "spaces");
    let through = format!("{spaces}, {}, {}", events(done.events), keys(done.keys));
    match done.verified {
        0 => through,
        count => format!("{through}, {}", counted(count, "projection verified", "projections verified")),
    }
}

impl From<&Deleted> for Summary {
    fn from(done: &Deleted) -> Self {
        let left = if done.purged { "byte" } else { "row" };
        let (removed, kept) = (events(done.inventory.events), done.inventory.entities.map(keys));
        let removed = match (done.inventory.partly_removed, kept) {
            (false, Some(kept)) => format!("{removed} and {kept} removed"),
            (false, None) => format!("{removed} removed"),
            (true, _) => format!("the rest ({removed}) removed"),
        };
        Self::done(format!("{removed}; no {left} is left"))
    }
}

impl From<&Generated> for Summary {
    fn from(done: &Generated) -> Self {
        let spaces = counted(u64::from(done.spaces), "space", "spaces");
        Self::done(format!("{} in {spaces}", events(done.events)))
    }
}

impl From<&Exported> for Summary {
    fn from(done: &Exported) -> Self {
        let bytes = counted(done.bytes, "byte", "bytes");
        let beyond = match done.beyond_limits {
            0 => String::new(),
            count => format!("; {} too large to be imported again", counted(count, "line is", "lines are")),
        };
        Self::done(format!("{}, {}, {bytes}{beyond}", events(done.events), keys(done.entities)))
    }
}

impl From<&Imported> for Summary {
    fn from(done: &Imported) -> Self {
        let ids = if done.ids_kept { "" } else { ", with new event ids" };
        let dropped = match done.causes_dropped {
            0 => String::new(),
            count => format!("; {} from other spaces dropped", counted(count, "cause", "causes")),
        };
        let detail = format!("{}, {}{ids}{dropped}", events(done.events), keys(done.entities));
        Self::done(detail).made(done.space.space_id)
    }
}

impl From<&Executed> for Summary {
    fn from(done: &Executed) -> Self {
        if done.repeated {
            return Self::done("already executed under this idempotency key; nothing was changed");
        }
        Self::done(format!("{} up to sequence {}", events(done.event_ids.len() as u64), done.space_sequence))
    }
}

fn events(count: u64) -> String {
    counted(count, "event", "events")
}

fn keys(count: u64) -> String {
    counted(count, "key", "keys")
}

fn unknown(count: u64) -> String {
    if count == 0 { String::new() } else { format!(", {} of unknown types ignored", grouped(count)) }
}

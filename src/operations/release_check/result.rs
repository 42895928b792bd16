//! The result of a release check.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::error::Error;
use crate::event::{EventId, SpaceSequence};
use crate::operations::DifferenceGroups;
use crate::operations::verify::TypeCount;
use crate::space::{Space, SpaceId};

use super::space::OfSpace;

/// The most spaces and event types that are listed.
const MOST: usize = 1000;

/// A space that needs attention, or whose projections this program would replace.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckedSpace {
    /// Its id.
    pub space_id: SpaceId,
    /// Its name.
    pub space_name: String,
    /// Its app.
    pub app: &'static str,
    /// The number of its events.
    pub events: u64,
    /// The number of its stored keys.
    pub keys: u64,
    /// The number of differences.
    pub differences: u64,
    /// The number of keys that differ.
    pub differing_keys: u64,
    /// The number of events that cannot be applied. They stop a rebuild, unless it skips them.
    pub unreadable: u64,
    /// The number of those among them that differ from what was appended. Only a backup can restore them.
    pub damaged: u64,
    /// The projections that must be rebuilt before the space takes commands again, or before they are used.
    pub outdated: Vec<&'static str>,
    /// The projections that a later version of the app wrote. They were not compared.
    pub newer: Vec<&'static str>,
    /// The projections that a rebuild with this program would change.
    #[serde(skip)]
    pub changed: Vec<&'static str>,
    /// The projections that were never built, so that there is nothing to compare.
    pub unbuilt: Vec<&'static str>,
    /// Faults of its log.
    pub faults: Vec<String>,
    /// The predicted time of a rebuild of the projections that this program can rebuild; 0 if there are none.
    #[serde(serialize_with = "in_seconds", rename = "rebuild_seconds")]
    pub rebuild: Duration,
}

fn in_seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((duration.as_secs_f64() * 1e6).round() / 1e6)
}

/// Events of one type that have no effect with the code of this program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnappliedType {
    /// The app.
    pub app: &'static str,
    /// The type.
    pub event_type: String,
    /// The number of events.
    pub count: u64,
    /// The number of spaces with such events.
    pub spaces: u64,
    /// The space of the first one.
    pub space_name: String,
    /// The first one.
    pub event_id: EventId,
    /// Its sequence.
    pub space_sequence: SpaceSequence,
    /// The reason why it cannot be applied; none if the app does not know its type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The reason why a space was not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UncheckedReason {
    /// The program does not know its app.
    UnknownApp,
    /// It is being deleted or imported.
    UnderWay,
    /// It was deleted during the check.
    Deleted,
    /// Checking it failed.
    Failed,
}

/// A space that was not checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UncheckedSpace {
    /// Its id.
    pub space_id: SpaceId,
    /// Its name.
    pub space_name: String,
    /// The reason.
    pub reason: UncheckedReason,
    /// The reason in words.
    pub text: String,
}

/// The result of a release check.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReleaseChecked {
    /// The number of spaces checked.
    pub spaces: u64,
    /// The number of their events.
    pub events: u64,
    /// The number of their stored keys.
    pub keys: u64,
    /// The differences of all spaces.
    pub groups: DifferenceGroups,
    /// The spaces with differences, projections of another version, events that cannot be applied, or faults.
    pub changed: Vec<CheckedSpace>,
    /// The number of such spaces.
    pub changed_count: u64,
    /// The event types that no projection of their app knows. Their events are ignored.
    pub unknown: Vec<UnappliedType>,
    /// The event types with events that cannot be applied, which stop a rebuild.
    pub unreadable: Vec<UnappliedType>,
    /// The spaces that were not checked.
    pub unchecked: Vec<UncheckedSpace>,
    /// The number of spaces that were deleted before they were checked.
    pub deleted: u64,
    /// The number of events folded, once for each projection.
    pub folded: u64,
    /// The time for folding them.
    pub folding: Duration,
    /// The predicted time of a rebuild of all projections that this program can rebuild.
    pub rebuild: Duration,
    /// The spaces with such projections.
    pub(super) rebuilt: Rebuilt,
    /// The number of spaces that were not checked and are not listed.
    pub more_unchecked: u64,
    /// The number of projections of a later version of their app, which were not compared.
    pub newer: u64,
    /// The file, if the Elixir original wrote it: nothing can be rebuilt there.
    pub original: Option<PathBuf>,
    problems: bool,
}

/// The spaces that a rebuild with this program does not refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rebuilt {
    pub spaces: u64,
    /// The number of their events.
    pub events: u64,
    /// The number of those among them with a projection of a later version, which only rebuilds one by one get past.
    pub beside_newer: u64,
}

impl ReleaseChecked {
    /// Returns true if this program would make anything else of a space than what is stored, or cannot tell.
    pub fn differs(&self) -> bool {
        self.problems || self.groups.count() > 0 || !self.unreadable.is_empty()
    }

    /// Returns the result of checking nothing yet, in a file that the original wrote if there is one.
    pub(super) fn of_file(original: Option<PathBuf>) -> Self {
        Self { original, ..Self::default() }
    }

    pub(super) fn add(&mut self, space: &Space, found: OfSpace) {
        self.spaces += 1;
        self.events += found.events;
        self.keys += found.keys;
        self.folded += found.folded;
        self.folding += found.folding;
        self.newer += found.newer.len() as u64;
        // Nothing can be rebuilt in a file of the original, and a rebuild stops at a damaged event.
        let is_rebuilt = self.original.is_none() && found.damaged == 0;
        let rebuild = if is_rebuilt { found.rebuild } else { Duration::ZERO };
        self.rebuild += rebuild;
        if rebuild > Duration::ZERO {
            self.rebuilt.spaces += 1;
            self.rebuilt.events += found.events;
            self.rebuilt.beside_newer += u64::from(!found.newer.is_empty());
        }
        self.problems |= !found.faults.is_empty();
        let unreadable = found.unreadable.values().map(|of_type| of_type.count).sum();
        let (app, name) = (found.app, space.space_name.as_str());
        add_types(&mut self.unknown, (app, name), found.unknown, false);
        add_types(&mut self.unreadable, (app, name), found.unreadable, true);
        let differences = found.groups.count();
        let is_changed = differences > 0
            || unreadable > 0
            || ![&found.outdated, &found.newer, &found.unbuilt].into_iter().all(Vec::is_empty)
            || !found.faults.is_empty();
        self.changed_count += u64::from(is_changed);
        if is_changed && self.changed.len() < MOST {
            self.changed.push(CheckedSpace {
                space_id: space.space_id,
                space_name: space.space_name.clone(),
                app,
                events: found.events,
                keys: found.keys,
                differences,
                differing_keys: found.groups.keys(),
                unreadable,
                damaged: found.damaged,
                outdated: found.outdated,
                newer: found.newer,
                changed: found.changed,
                unbuilt: found.unbuilt,
                faults: found.faults,
                rebuild,
            });
        }
        self.groups.merge(found.groups);
    }

    /// Notes that the registry has a row which no list of spaces contains.
    pub(super) fn add_unlisted(&mut self) {
        self.problems = true;
    }

    pub(super) fn add_unchecked(&mut self, space: &Space, reason: UncheckedReason, error: &Error) {
        self.problems |= matches!(reason, UncheckedReason::UnknownApp | UncheckedReason::Failed);
        if self.unchecked.len() >= MOST {
            self.more_unchecked += 1;
            return;
        }
        let text = match reason {
            UncheckedReason::Deleted => "was deleted meanwhile".to_owned(),
            UncheckedReason::UnknownApp | UncheckedReason::UnderWay | UncheckedReason::Failed => {
                error.to_string()
            }
        };
        let (space_id, space_name) = (space.space_id, space.space_name.clone());
        self.unchecked.push(UncheckedSpace { space_id, space_name, reason, text });
    }
}

/// Adds the event types of a space to those of all.
fn add_types(
    all: &mut Vec<UnappliedType>,
    (app, space_name): (&'static str, &str),
    found: BTreeMap<String, TypeCount>,
    has_reason: bool,
) {
    for (event_type, TypeCount { count, first }) in found {
        if let Some(one) = all.iter_mut().find(|one| one.app == app && one.event_type == event_type) {
            one.count += count;
            one.spaces += 1;
        } else if all.len() < MOST {
            all.push(UnappliedType {
                app,
                event_type,
                count,
                spaces: 1,
                space_name: space_name.to_owned(),
                event_id: first.event_id,
                space_sequence: first.space_sequence,
                reason: has_reason.then_some(first.reason),
            });
        }
    }
}

//! The differences between a projection and its events.

use serde::Serialize;
use strum::VariantNames;

use crate::content_store::FieldChange;
use crate::error::{Remedy, Result};
use crate::event::{EventId, SpaceSequence};
use crate::json::Json;
use crate::operations::{FindingText, Skipped};
use crate::pstate::{BlockingEvent, Entry};
use crate::space::Head;
use crate::text::counted;

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldDifference {
    /// The path in the value: `.name`, `.tags[2]`; empty for the whole value.
    pub path: String,
    /// The value derived from the events; none if the field should not exist.
    pub expected: Option<Json>,
    /// The stored value; none if the field is missing.
    pub stored: Option<Json>,
}

/// A difference between a space's projection and its events, or between its events and their counters. A check reports
/// these differences as well, beside the [`Damage`](crate::operations::Damage) that only it looks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, VariantNames)]
#[serde(tag = "difference", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[non_exhaustive]
pub enum Difference {
    /// A derived key is not stored.
    Missing {
        /// The key.
        key: String,
        /// The derived value.
        expected: Json,
    },
    /// A key is stored, but no event leads to it.
    Impossible {
        /// The key.
        key: String,
        /// The stored value.
        stored: Json,
        /// True if no event of the space leads to it; otherwise none up to the checkpoint.
        #[serde(skip)]
        of_all_events: bool,
    },
    /// A key's value or time differs from the derived one.
    Altered {
        /// The key.
        key: String,
        /// The fields that differ.
        fields: Vec<FieldDifference>,
    },
    /// The checkpoint is past the last event.
    CheckpointAhead {
        /// The checkpoint.
        checkpoint: SpaceSequence,
        /// The last event's sequence.
        last_sequence: SpaceSequence,
    },
    /// The log's counter is wrong, though its events are there.
    LogCount {
        /// The last sequence in the log.
        expected: SpaceSequence,
        /// The counter's value.
        stored: SpaceSequence,
    },
    /// The log ends before the last event counted.
    LostEvents {
        /// The log's last sequence.
        last_sequence: SpaceSequence,
        /// The last sequence according to the counters.
        counted: SpaceSequence,
    },
    /// The log has a gap.
    Gap {
        /// The last sequence before the gap.
        after: SpaceSequence,
        /// The first one after it.
        next: SpaceSequence,
    },
    /// The counter of keys is wrong.
    Count {
        /// The number of stored keys.
        expected: u64,
        /// The counter's value.
        stored: u64,
    },
    /// An event cannot be applied, so its effects are unknown.
    BadEvent(Skipped),
    /// An event differs from what was appended, so its effects are unknown.
    #[serde(rename = "event")]
    #[strum(serialize = "event")]
    DamagedEvent(Skipped),
    /// The checkpoint names an event that is not in the log, or differs there.
    CheckpointOff {
        /// The checkpoint.
        checkpoint: SpaceSequence,
        /// The event named.
        event_id: EventId,
    },
    /// An event after the checkpoint cannot be applied.
    Blocked {
        /// The number of events not yet applied.
        lag: u64,
        /// The first event that cannot be applied.
        #[serde(flatten)]
        event: BlockingEvent,
        /// True if it blocks all commands of the space: the projection is an inline one.
        blocks_commands: bool,
        /// The operation that repairs it.
        #[serde(skip)]
        by: Remedy,
    },
    /// The projection lags behind its log, and can be caught up.
    Lag {
        /// The number of events not yet applied.
        events: u64,
    },
    /// An event cannot be applied, and a rebuild skipped it: the projection matches the other events.
    SkippedEvent(Skipped),
    /// The checkpoint leads to no projection of this space.
    ProjectionLost,
    /// An earlier version of the app, or another app, wrote the projection.
    Outdated,
    /// A later version of the app wrote the projection, so this program cannot derive it.
    Newer,
    /// No app of this program declares the projection.
    Undeclared {
        /// Its name.
        projection: String,
    },
    /// An interrupted or failed rebuild left a projection that no reader sees.
    Leftover {
        /// Its number.
        number: i64,
    },
    /// A projection is marked as live, but no checkpoint leads to it.
    Unreachable {
        /// Its number.
        number: i64,
    },
}

impl Difference {
    /// Compares the event counter with the end of the log. Counted events beyond the end are lost, unless
    /// the other counters describe the very event at the end.
    pub(in crate::operations) fn of_counter(counters: &Head, end: &Head) -> Self {
        let (expected, stored) = (end.last_sequence, counters.last_sequence);
        let ends_there =
            (counters.last_event_id, counters.last_timestamp) == (end.last_event_id, end.last_timestamp);
        if stored > expected && !ends_there {
            return Self::LostEvents { last_sequence: expected, counted: stored };
        }
        Self::LogCount { expected, stored }
    }

    /// Returns true if it is about the event log, whichever projection was compared with it.
    pub(in crate::operations) fn is_of_log(&self) -> bool {
        matches!(
            self,
            Self::LogCount { .. } | Self::LostEvents { .. } | Self::Gap { .. } | Self::DamagedEvent(_)
        )
    }

    /// Returns true if a value differs from the derived one.
    pub(super) fn is_drift(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::Impossible { .. } | Self::Altered { .. })
    }

    /// Returns the operation that repairs it, if nothing else prevents that.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Missing { .. }
            | Self::Impossible { .. }
            | Self::Altered { .. }
            | Self::CheckpointAhead { .. }
            | Self::CheckpointOff { .. }
            // Either entries are wrong, or their number: only the events tell.
            | Self::Count { .. }
            | Self::Outdated
            | Self::ProjectionLost => Remedy::Rebuild { skip_errors: false },
            Self::BadEvent(_) => Remedy::Rebuild { skip_errors: true },
            Self::Blocked { by, .. } => by.clone(),
            Self::Lag { .. }
            | Self::Leftover { .. }
            | Self::SkippedEvent(_)
            | Self::Newer
            | Self::Undeclared { .. } => Remedy::Nothing,
            Self::Unreachable { .. } | Self::LogCount { .. } => {
                Remedy::Check { deep: false, repair: true }
            }
            Self::LostEvents { .. } | Self::Gap { .. } | Self::DamagedEvent(_) => Remedy::Restore,
        }
    }

    /// Describes the difference in a projection, once for each field that differs. The projection is named, unless it is the
    /// one that every app has; a copy that no reader sees is always named after it.
    pub fn words_in(&self, projection: &str) -> Vec<FindingText> {
        let is_unseen = matches!(self, Self::Leftover { .. } | Self::Unreachable { .. });
        let named = |words: FindingText| {
            if is_unseen { words.in_projection(projection) } else { words.of_projection(projection) }
        };
        self.words().into_iter().map(named).collect()
    }

    /// Describes the difference, once for each field that differs.
    pub fn words(&self) -> Vec<FindingText> {
        let (subject, text) = match self {
            Self::Altered { key, fields } => {
                return fields.iter().map(|field| field.words(key)).collect();
            }
            Self::Missing { key, expected } => (key.clone(), format!("is missing; expected {expected}")),
            Self::Impossible { key, stored, of_all_events } => {
                let events = if *of_all_events { "no event" } else { "no event up to the checkpoint" };
                (key.clone(), format!("exists, although {events} leads to it: {stored}"))
            }
            Self::CheckpointAhead { checkpoint, last_sequence } => (
                "checkpoint".to_owned(),
                format!("is at {checkpoint}, past the last sequence {last_sequence}"),
            ),
            Self::CheckpointOff { checkpoint, event_id } => (
                "checkpoint".to_owned(),
                format!(
                    "names event {event_id} at sequence {checkpoint}, but the log has a different event there"
                ),
            ),
            Self::LogCount { expected, stored } => {
                ("event counter".to_owned(), format!("says {stored}, but the log ends at {expected}"))
            }
            Self::LostEvents { last_sequence, counted } => (
                "log".to_owned(),
                format!("ends at {last_sequence}, but events up to {counted} were appended"),
            ),
            Self::Gap { after, next } => {
                ("log".to_owned(), format!("events are missing between sequences {after} and {next}"))
            }
            Self::Count { expected, stored } => {
                ("key counter".to_owned(), format!("says {stored}, but there are {expected}"))
            }
            Self::BadEvent(Skipped { event_id, space_sequence, reason, .. }) => (
                format!("event {event_id}"),
                format!("at sequence {space_sequence} cannot be applied: {reason}"),
            ),
            Self::DamagedEvent(Skipped { event_id, space_sequence, reason, .. }) => {
                (format!("event {event_id}"), format!("at sequence {space_sequence} is damaged: {reason}"))
            }
            Self::Blocked { lag, event, blocks_commands, .. } => (
                format!("event {}", event.event_id),
                format!(
                    "({}) at sequence {} cannot be applied: {}; {}the projection lags {} behind",
                    event.event_type,
                    event.space_sequence,
                    event.reason,
                    if *blocks_commands { "it blocks every command, and " } else { "" },
                    counted(*lag, "event", "events")
                ),
            ),
            Self::Lag { events } => (
                "projection".to_owned(),
                format!("lags {} behind its log", counted(*events, "event", "events")),
            ),
            Self::SkippedEvent(Skipped { event_id, space_sequence, reason, .. }) => (
                format!("event {event_id}"),
                format!(
                    "at sequence {space_sequence} cannot be applied, and the projection matches without it: {reason}"
                ),
            ),
            Self::ProjectionLost => {
                ("checkpoint".to_owned(), "leads to no projection of this space".to_owned())
            }
            Self::Outdated => (
                "definition".to_owned(),
                "is damaged, of an earlier version of the app, or of another app".to_owned(),
            ),
            Self::Newer => (
                "definition".to_owned(),
                "is of a later version of the app, so this program cannot compare it".to_owned(),
            ),
            Self::Undeclared { .. } => {
                ("projection".to_owned(), "is stored, but its app does not declare it".to_owned())
            }
            Self::Leftover { number } => (
                format!("projection {number}"),
                "was left by an interrupted or failed rebuild; no reader sees it".to_owned(),
            ),
            Self::Unreachable { number } => (
                format!("projection {number}"),
                "is marked as live, but no checkpoint leads to it".to_owned(),
            ),
        };
        vec![FindingText { subject, text }]
    }
}

/// Takes the stored value as the one before, and the expected one as the one after a repair.
impl From<FieldChange> for FieldDifference {
    fn from(FieldChange { path, before, after }: FieldChange) -> Self {
        let is_name = !path.is_empty() && !path.starts_with('[');
        let path = if is_name { format!(".{path}") } else { path };
        Self { path, expected: after, stored: before }
    }
}

impl FieldDifference {
    fn words(&self, key: &str) -> FindingText {
        let shown =
            |value: &Option<Json>| value.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
        let text = format!("is {}, expected {}", shown(&self.stored), shown(&self.expected));
        FindingText { subject: format!("{key}{}", self.path), text }
    }
}

/// Compares two entries of a key, one of which may be missing. The expected one is derived from all events, or from those
/// up to the checkpoint. Calls `pause` between the pieces of large values.
pub(super) fn difference(
    expected: Option<Entry>,
    stored: Option<Entry>,
    of_all_events: bool,
    pause: &mut dyn FnMut() -> Result<()>,
) -> Result<Option<Difference>> {
    Ok(match (expected, stored) {
        (Some(expected), None) => Some(Difference::Missing { key: expected.key, expected: expected.value }),
        (None, Some(Entry { key, value: stored, .. })) => {
            Some(Difference::Impossible { key, stored, of_all_events })
        }
        (Some(expected), Some(stored)) if expected != stored => {
            let fields = field_differences(&expected, &stored, pause)?;
            Some(Difference::Altered { fields, key: stored.key })
        }
        _ => None,
    })
}

fn field_differences(
    expected: &Entry,
    stored: &Entry,
    pause: &mut dyn FnMut() -> Result<()>,
) -> Result<Vec<FieldDifference>> {
    let found = FieldChange::between_with(Some(&stored.value), Some(&expected.value), pause)?;
    let mut fields: Vec<FieldDifference> = found.into_iter().map(FieldDifference::from).collect();
    let text = |path: &str, expected: &str, stored: &str| FieldDifference {
        path: path.to_owned(),
        expected: Some(Json::of(&expected.into())),
        stored: Some(Json::of(&stored.into())),
    };
    if expected.updated_at != stored.updated_at {
        let times = [expected.updated_at.to_string(), stored.updated_at.to_string()];
        fields.push(text("(updated_at)", &times[0], &times[1]));
    }
    // The same document in other bytes: other white space, or another order of keys.
    if fields.is_empty() {
        fields.push(text("(text)", expected.value.as_str(), stored.value.as_str()));
    }
    Ok(fields)
}

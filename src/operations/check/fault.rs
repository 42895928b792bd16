//! The findings of a check, their wording, and the operations that repair them.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use strum::VariantNames;

use crate::audit::OperationId;
use crate::clock::Timestamp;
use crate::error::Remedy;
use crate::event::{EventId, SpaceSequence};
use crate::limits::LAST_EVENT_ID;
use crate::operations::{Difference, FindingText};
use crate::text::{counted, grouped};

/// The name of a file with projections only.
pub(super) const PROJECTIONS: &str = "projections";

/// One problem: a difference that a verification finds too, or damage that only a check looks for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Fault {
    /// A space's projection, counters or checkpoint differ from its events.
    Differs(Difference),
    /// Any other problem.
    Damaged(Damage),
}

/// A problem that only a check finds.
#[derive(Debug, Clone, PartialEq, Serialize, VariantNames)]
#[serde(tag = "finding", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[non_exhaustive]
pub enum Damage {
    /// The storage engine finds its file damaged.
    Engine {
        /// `events` or `projections`; `database` if unknown.
        file: &'static str,
        /// The engine's message.
        detail: String,
    },
    /// A part of the file cannot be read.
    Unreadable {
        /// The part.
        what: &'static str,
        /// The reason.
        detail: String,
        /// The operation that repairs it.
        #[serde(skip)]
        by: Remedy,
    },
    /// Events cannot be read.
    UnreadableEvents {
        /// The first sequence.
        from: SpaceSequence,
        /// The last one.
        to: SpaceSequence,
        /// The reason.
        detail: String,
    },
    /// Rows belong to no space.
    NoSpace {
        /// Their table.
        table: String,
        /// Their number.
        rows: u64,
    },
    /// Entries belong to no projection.
    NoProjection {
        /// Their number.
        entries: u64,
    },
    /// Positions or parked events belong to no subscription.
    NoSubscription {
        /// Their number.
        rows: u64,
    },
    /// A subscription has received events that the space does not have.
    SubscriptionAhead {
        /// Its name.
        subscription: String,
        /// Its position.
        position: SpaceSequence,
        /// The space's last sequence.
        last_sequence: SpaceSequence,
    },
    /// A space's row in the registry is wrong.
    Registry {
        /// The column.
        column: &'static str,
        /// The problem.
        reason: String,
    },
    /// Ids that must be unique could be assigned again, or no more can be assigned.
    Numbers {
        /// The table.
        table: &'static str,
        /// The last id assigned, according to the counter or, if it is above the limit, to a row.
        given: i64,
        /// The highest id within the limit in use, now or earlier.
        used: i64,
    },
    /// Event ids exceed the range that every JSON reader keeps exact.
    EventIds {
        /// The last one assigned.
        last: EventId,
    },
    /// The space has no counters.
    NoCounters,
    /// A counter is wrong.
    Counter {
        /// Its name.
        counter: &'static str,
        /// The value derived from the events.
        expected: Value,
        /// The stored value.
        stored: Value,
    },
    /// An event differs from what was appended.
    Event {
        /// Its id.
        event_id: EventId,
        /// Its sequence.
        space_sequence: SpaceSequence,
        /// The problem.
        reason: String,
    },
    /// An idempotency key names an event that is not in the space.
    IdempotencyKey {
        /// The key.
        key: String,
        /// The event.
        event_id: EventId,
    },
    /// The idempotency keys are not those that were stored.
    IdempotencyKeys {
        /// The difference.
        reason: String,
    },
    /// The entity index does not match the events.
    EntityIndex {
        /// The number of missing or wrong entries.
        entries: u64,
    },
    /// The index of causes does not match the events.
    CauseIndex {
        /// The number of missing or wrong entries.
        entries: u64,
    },
    /// The events of a file of an earlier format are not in the index of causes.
    CausesNotIndexed {
        /// The last one of them.
        up_to: EventId,
    },
    /// A value of the projection is not valid JSON.
    Value {
        /// Its key.
        key: String,
        /// The reason.
        reason: String,
    },
    /// A delete was started and did not finish.
    LeftDeleting,
    /// An import was started and did not finish.
    LeftImporting,
    /// A redaction was started and did not finish: projections may lack values that the events still have.
    LeftRedacting {
        /// The entity, if the audit log names it.
        entity_id: Option<String>,
        /// The fields.
        fields: Vec<String>,
        /// True if the file was to be purged.
        #[serde(skip)]
        purge: bool,
    },
    /// The space's last event has a time in the future.
    AheadOfClock {
        /// Its time.
        time: Timestamp,
    },
    /// Another program created an object in the file.
    ForeignObject {
        /// The object, in words.
        object: String,
    },
    /// An operation did not finish, and its process is gone.
    Abandoned {
        /// The operation.
        operation_id: OperationId,
        /// Its name.
        action: String,
    },
    /// No event of the store is in the form that an upcaster reads.
    UnusedUpcaster {
        /// The app that declares it.
        app: &'static str,
        /// The form that it reads.
        from: String,
        /// The form that it yields.
        to: String,
    },
}

impl Fault {
    /// Returns the names of all kinds of findings and notes.
    pub fn kinds() -> BTreeSet<&'static str> {
        Damage::VARIANTS.iter().chain(Difference::VARIANTS).copied().collect()
    }

    /// Returns the operation that repairs it.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Differs(difference) => difference.remedy(),
            Self::Damaged(damage) => damage.remedy(),
        }
    }

    /// Returns true if it is about the event log, whichever projection was compared with it.
    pub(super) fn is_of_log(&self) -> bool {
        matches!(self, Self::Differs(difference) if difference.is_of_log())
    }

    /// Describes the problem: the subject, and what is wrong with it.
    pub fn words(&self) -> Vec<FindingText> {
        match self {
            Self::Differs(difference) => difference.words(),
            Self::Damaged(damage) => {
                let (subject, text) = damage.words();
                vec![FindingText { subject, text }]
            }
        }
    }
}

impl Damage {
    fn remedy(&self) -> Remedy {
        match self {
            Self::Unreadable { by, .. } => by.clone(),
            Self::NoSpace { table, .. } if is_derived(table) => Remedy::Check { deep: false, repair: true },
            Self::NoProjection { .. }
            | Self::NoSubscription { .. }
            | Self::SubscriptionAhead { .. }
            | Self::NoCounters
            | Self::Numbers { .. }
            | Self::Counter { .. } => Remedy::Check { deep: false, repair: true },
            Self::EntityIndex { .. } | Self::CauseIndex { .. } => Remedy::Check { deep: true, repair: true },
            Self::Value { .. } => Remedy::Rebuild { skip_errors: false },
            Self::LeftDeleting => Remedy::Delete,
            Self::LeftImporting => Remedy::Import,
            Self::LeftRedacting { entity_id, fields, purge } => Remedy::Redact {
                entity_id: entity_id.clone().unwrap_or_else(|| "ENTITY".to_owned()),
                fields: if fields.is_empty() { vec!["FIELD".to_owned()] } else { fields.clone() },
                purge: *purge,
            },
            Self::EventIds { .. } => Remedy::Transfer,
            Self::Abandoned { .. }
            | Self::CausesNotIndexed { .. }
            | Self::ForeignObject { .. }
            | Self::AheadOfClock { .. }
            | Self::UnusedUpcaster { .. } => Remedy::Nothing,
            Self::Engine { file: PROJECTIONS, .. } => Remedy::NewProjections,
            Self::Engine { .. }
            | Self::UnreadableEvents { .. }
            | Self::NoSpace { .. }
            | Self::Registry { .. }
            | Self::Event { .. }
            | Self::IdempotencyKey { .. }
            | Self::IdempotencyKeys { .. } => Remedy::Restore,
        }
    }

    fn words(&self) -> (String, String) {
        match self {
            Self::Engine { file, detail } => (format!("{file} file"), detail.clone()),
            Self::Unreadable { what, detail, .. } => {
                ((*what).to_owned(), format!("cannot be read: {detail}"))
            }
            Self::UnreadableEvents { from, to, detail } => (
                "log".to_owned(),
                format!("the events from sequence {from} to {to} cannot be read: {detail}"),
            ),
            Self::NoSpace { table, rows } => (table.clone(), belonging(*rows, "no space")),
            Self::NoProjection { entries } => {
                ("projection_entities".to_owned(), belonging(*entries, "no projection"))
            }
            Self::NoSubscription { rows } => {
                ("subscription_positions".to_owned(), belonging(*rows, "no subscription"))
            }
            Self::SubscriptionAhead { subscription, position, last_sequence } => (
                format!("subscription {subscription}"),
                format!("is at sequence {position}, although the space ends at {last_sequence}"),
            ),
            Self::Registry { column, reason } => ((*column).to_owned(), reason.clone()),
            Self::Numbers { table, given, used } if given < used => (
                format!("ids of {table}"),
                format!(
                    "continue after {given}, although {used} was assigned: new data could be mistaken for deleted data"
                ),
            ),
            Self::Numbers { table, given, used } => (
                format!("ids of {table}"),
                format!("go up to {given}, above the limit, instead of {used}: no more can be assigned"),
            ),
            Self::EventIds { last } => (
                "event ids".to_owned(),
                format!(
                    "go up to {}, above the limit of {}: no more events can be appended",
                    grouped(last.0),
                    grouped(LAST_EVENT_ID.0)
                ),
            ),
            Self::NoCounters => ("counters".to_owned(), "are missing".to_owned()),
            Self::Counter { counter, expected, stored } => {
                ((*counter).to_owned(), format!("is {stored}, expected {expected}"))
            }
            Self::Event { event_id, space_sequence, reason } => {
                (format!("event {event_id}"), format!("at sequence {space_sequence} {reason}"))
            }
            Self::IdempotencyKey { key, event_id } => (
                format!("idempotency key {key}"),
                format!("names event {event_id}, which is not in this space"),
            ),
            Self::IdempotencyKeys { reason } => ("idempotency keys".to_owned(), reason.clone()),
            Self::EntityIndex { entries } => {
                let entries = counted(*entries, "missing or wrong entry", "missing or wrong entries");
                ("entity index".to_owned(), format!("has {entries}"))
            }
            Self::CauseIndex { entries } => {
                let entries = counted(*entries, "missing or wrong entry", "missing or wrong entries");
                ("cause index".to_owned(), format!("has {entries}"))
            }
            Self::CausesNotIndexed { up_to } => (
                "cause index".to_owned(),
                format!(
                    "begins after event {}: earlier effects are found by a scan until a repair lists them",
                    grouped(up_to.0)
                ),
            ),
            Self::Value { key, reason } => (key.clone(), format!("is not JSON: {reason}")),
            Self::LeftDeleting => ("space".to_owned(), "a delete was started and not finished".to_owned()),
            Self::LeftImporting => ("space".to_owned(), "an import was started and not finished".to_owned()),
            Self::LeftRedacting { entity_id, fields, .. } => {
                let of = |entity_id| format!(" of {entity_id} ({})", fields.join(", "));
                let of = entity_id.as_ref().map_or_else(String::new, of);
                ("space".to_owned(), format!("a redaction{of} was started and not finished"))
            }
            Self::AheadOfClock { time } => (
                "time".to_owned(),
                format!(
                    "of the last event is {time}, ahead of this machine's clock; no later event can have an earlier time"
                ),
            ),
            Self::ForeignObject { object } => ("schema".to_owned(), format!("has {object}")),
            Self::Abandoned { operation_id, action } => (
                format!("operation {operation_id}"),
                format!("({action}) did not finish, and its process is gone"),
            ),
            Self::UnusedUpcaster { app, from, to } => (
                format!("the upcaster of {app}"),
                format!("from {from} to {to} is never reached: no event here has that form"),
            ),
        }
    }
}

/// Describes rows whose owner does not exist.
fn belonging(rows: u64, to: &str) -> String {
    format!("has {} to {to}", counted(rows, "row that belongs", "rows that belong"))
}

/// Returns true if a table holds only data derived from the events.
fn is_derived(table: &str) -> bool {
    [
        "entity_events",
        "entity_blocks",
        "event_causes",
        "projections",
        "projection_checkpoints",
        "projection_entities",
    ]
    .contains(&table)
}

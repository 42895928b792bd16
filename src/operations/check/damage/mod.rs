//! Damage that only a check looks for, and the operations that repair it.

mod words;

use serde::Serialize;
use serde_json::Value;
use strum::VariantNames;

use crate::audit::OperationId;
use crate::clock::Timestamp;
use crate::error::Remedy;
use crate::event::{EventId, SpaceSequence};
use crate::event_store::{RepairedNumber, RowPlace};
use crate::subscriptions::SubscriptionId;

/// The name of a file with projections only.
pub(super) const PROJECTIONS: &str = "projections";

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
        /// True if no row is damaged.
        #[serde(skip)]
        is_derived: bool,
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
    /// Another program changed the id of a space, so that its events belong to no space or to another one.
    SpaceId {
        /// Its name.
        space: String,
        /// The stored id.
        stored: i64,
        /// The id that it had; none if nothing tells.
        id: Option<i64>,
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
    /// Another program deleted subscriptions: they would deliver from their start again.
    LostSubscriptions {
        /// Their number; 0 if only a checksum says that some are missing.
        lost: u64,
    },
    /// Another program changed a column of a subscription's registration, and its checksum says what it was.
    SubscriptionColumn {
        /// Its name.
        subscription: String,
        /// The column.
        column: &'static str,
        /// The stored value; null for all spaces.
        stored: Value,
        /// The value that it had.
        expected: Value,
    },
    /// The stored number of subscriptions is too low, so that the removal of one would go unnoticed.
    SubscriptionCount {
        /// The stored number.
        stored: u64,
        /// The number of registrations.
        found: u64,
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
    /// The lease of a subscription ends so late that no program took it so: nothing is delivered until then.
    SubscriptionLease {
        /// The subscription's name.
        subscription: String,
        /// Its id.
        #[serde(skip)]
        subscription_id: SubscriptionId,
        /// The end of the lease.
        until: Timestamp,
    },
    /// The registration of a subscription was changed by another program, or cannot be read.
    Subscription {
        /// Its name.
        subscription: String,
        /// The problem.
        reason: String,
        /// True if it is impossible, or if its positions are lost as well.
        #[serde(skip)]
        is_lost: bool,
    },
    /// Another program changed, removed or added a position or a parked event of a subscription, and its checksum says which.
    SubscriptionRow {
        /// Its name.
        subscription: String,
        /// The table.
        table: &'static str,
        /// The stored place; none if the row was removed.
        stored: Option<RowPlace>,
        /// The place that it had; none if the row was added.
        expected: Option<RowPlace>,
    },
    /// Positions or parked events of a subscription were changed, removed or added by another program.
    SubscriptionRows {
        /// Its name.
        subscription: String,
        /// True if some are missing, additional or impossible.
        #[serde(skip)]
        is_lost: bool,
    },
    /// A space's row in the registry is wrong.
    Registry {
        /// The column.
        column: &'static str,
        /// The problem.
        reason: String,
    },
    /// Another program changed a column of a space's row in the registry, and its checksum says what it was.
    RegistryColumn {
        /// The column.
        column: &'static str,
        /// The stored value.
        stored: Value,
        /// The value that it had.
        expected: Value,
    },
    /// Another program renamed a type of events, or removed or moved its row, and the checksums of the events say what it was.
    EventType {
        /// Its number.
        type_id: i64,
        /// The stored name; none without a row.
        stored: Option<String>,
        /// The name that it had.
        expected: String,
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
    /// Numbers are outside the range of their column.
    OutOfRange {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The number of rows.
        rows: u64,
        /// Their value after a repair.
        #[serde(skip)]
        repaired: RepairedNumber,
    },
    /// Event ids exceed the range that every JSON reader keeps exact.
    EventIds {
        /// The last one assigned.
        last: EventId,
    },
    /// The space has no counters.
    NoCounters,
    /// The end of the space on its shard differs from the one that the coordinator has committed.
    ShardEnd {
        /// The last sequence that was committed.
        committed: SpaceSequence,
        /// The last sequence on the shard.
        stored: SpaceSequence,
    },
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
        /// True if no checksum says what they were.
        #[serde(skip)]
        is_lost: bool,
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
    /// An import or a fork was started and did not finish.
    LeftImporting,
    /// A redaction was started and did not finish: projections may lack values that the events still have.
    LeftRedacting {
        /// The entity.
        entity_id: String,
        /// The fields.
        fields: Vec<String>,
        /// True if the file was to be purged.
        #[serde(skip)]
        purge: bool,
    },
    /// A redaction was started and did not finish, and the audit log does not say which.
    UnknownRedaction,
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
    /// An operation has no recorded outcome, and its process is gone.
    Abandoned {
        /// The operation.
        operation_id: OperationId,
        /// Its name.
        action: String,
    },
    /// The projections of the Elixir original are in a second file, which was not named.
    ProjectionsElsewhere,
    /// No app of the program can replay the events of the space.
    NotVerified {
        /// The app that its metadata names.
        app: Option<String>,
    },
    /// The Elixir original has rows that belong to no space, or that only an import can show.
    OriginalRows {
        /// The part of the files.
        part: &'static str,
        /// The rows, and what becomes of them.
        detail: String,
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

impl Damage {
    /// Returns true for rows of subscriptions that belong to no space.
    pub(super) fn is_of_subscriptions(&self) -> bool {
        matches!(self, Self::NoSpace { table, .. } if is_of_subscriptions(table))
    }

    pub(super) fn remedy(&self) -> Remedy {
        match self {
            Self::Unreadable { by, .. } => by.clone(),
            Self::NoSpace { table, .. } if is_derived(table) => Remedy::Check { deep: false, repair: true },
            Self::NoProjection { .. }
            | Self::SpaceId { id: Some(_), .. }
            | Self::NoSubscription { .. }
            | Self::RegistryColumn { .. }
            | Self::EventType { .. }
            | Self::IdempotencyKeys { is_lost: false, .. }
            | Self::SubscriptionColumn { .. }
            | Self::SubscriptionRow { .. }
            | Self::SubscriptionCount { .. }
            | Self::SubscriptionAhead { .. }
            | Self::SubscriptionLease { .. }
            | Self::NoCounters
            | Self::UnknownRedaction
            | Self::Numbers { .. }
            | Self::OutOfRange { repaired: RepairedNumber::Derived | RepairedNumber::Set(_), .. }
            | Self::Counter { .. } => Remedy::Check { deep: false, repair: true },
            Self::ShardEnd { committed, stored } if stored >= committed => {
                Remedy::Check { deep: false, repair: true }
            }
            // No command line can name it.
            Self::Subscription { subscription, .. } if subscription.contains('\0') => {
                Remedy::Check { deep: false, repair: true }
            }
            Self::Subscription { subscription, is_lost: true, .. } => {
                Remedy::RemoveSubscription { name: subscription.clone() }
            }
            Self::Subscription { subscription, is_lost: false, .. }
            | Self::SubscriptionRows { subscription, is_lost: false } => {
                Remedy::RecountSubscription { name: subscription.clone() }
            }
            Self::SubscriptionRows { subscription, is_lost: true } => {
                Remedy::ContinueSubscription { name: subscription.clone() }
            }
            Self::EntityIndex { .. } | Self::CauseIndex { .. } => Remedy::Check { deep: true, repair: true },
            Self::Value { .. } => Remedy::Rebuild { skip_errors: false },
            Self::LeftDeleting => Remedy::Delete { purge: false },
            Self::LeftImporting => Remedy::Import,
            Self::LeftRedacting { entity_id, fields, purge } => {
                Remedy::Redact { entity_id: entity_id.clone(), fields: fields.clone(), purge: *purge }
            }
            Self::EventIds { .. } => Remedy::Transfer,
            Self::Abandoned { .. }
            | Self::CausesNotIndexed { .. }
            | Self::ForeignObject { .. }
            | Self::AheadOfClock { .. }
            | Self::ProjectionsElsewhere
            | Self::NotVerified { .. }
            | Self::OriginalRows { .. }
            | Self::UnusedUpcaster { .. } => Remedy::Nothing,
            Self::Engine { is_derived: true, .. } => Remedy::Check { deep: true, repair: true },
            Self::Engine { file: PROJECTIONS, .. } => Remedy::NewProjections,
            Self::Engine { .. }
            | Self::UnreadableEvents { .. }
            | Self::NoSpace { .. }
            | Self::SpaceId { id: None, .. }
            | Self::OutOfRange { repaired: RepairedNumber::Lost, .. }
            | Self::LostSubscriptions { .. }
            | Self::ShardEnd { .. }
            | Self::Registry { .. }
            | Self::Event { .. }
            | Self::IdempotencyKey { .. }
            | Self::IdempotencyKeys { is_lost: true, .. } => Remedy::Restore,
        }
    }
}

/// Returns true if a table holds only data derived from the events.
pub(super) fn is_derived(table: &str) -> bool {
    [
        "entity_events",
        "entity_blocks",
        "event_causes",
        "projections",
        "projection_checkpoints",
        "projection_entities",
    ]
    .contains(&table)
        || is_of_subscriptions(table)
}

/// Returns true if a table holds the positions of subscriptions in spaces, or what belongs to them.
fn is_of_subscriptions(table: &str) -> bool {
    ["subscription_positions", "parked_events", "subscription_effects"].contains(&table)
}

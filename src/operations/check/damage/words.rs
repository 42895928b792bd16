//! Damage in words.

use std::cmp::Ordering;

use crate::event::SpaceSequence;
use crate::event_store::{RepairedNumber, RowPlace};
use crate::limits::LAST_EVENT_ID;
use crate::operations::{ahead_of_clock, lacks_app};
use crate::text::{counted, grouped};

use super::Damage;

impl Damage {
    /// Describes the problem: the subject, and what is wrong with it.
    pub(in crate::operations::check) fn words(&self) -> (String, String) {
        match self {
            Self::Engine { file, detail, .. } => (format!("{file} file"), detail.clone()),
            Self::Unreadable { what, detail, .. } => {
                ((*what).to_owned(), format!("cannot be read: {detail}"))
            }
            Self::UnreadableEvents { from, to, detail } => (
                "log".to_owned(),
                format!("the events from sequence {from} to {to} cannot be read: {detail}"),
            ),
            Self::NoSpace { table, rows } => (table.clone(), belonging(*rows, "no space")),
            Self::SpaceId { space, stored, id: Some(id) } => (
                format!("space {space}"),
                format!("has the id {stored}, although its row was written with {id}"),
            ),
            Self::SpaceId { space, stored, id: None } => (
                format!("space {space}"),
                format!("has the id {stored}, which is out of range, and nothing tells which one it had"),
            ),
            Self::SubscriptionColumn { subscription, column, stored, expected } => (
                format!("subscription {subscription}"),
                format!("has the {column} {stored}, although its row was written with {expected}"),
            ),
            Self::SubscriptionRow { subscription, table, stored, expected } => {
                (format!("subscription {subscription}"), changed_row(table, *stored, *expected))
            }
            Self::NoProjection { entries } => {
                ("projections".to_owned(), belonging(*entries, "no projection"))
            }
            Self::NoSubscription { rows } => {
                ("subscription_positions".to_owned(), belonging(*rows, "no subscription"))
            }
            Self::SubscriptionAhead { subscription, position, last_sequence } => (
                format!("subscription {subscription}"),
                format!("is at sequence {position}, although the space ends at {last_sequence}"),
            ),
            Self::SubscriptionLease { subscription, until, .. } => (
                format!("subscription {subscription}"),
                format!("is held until {until}, which no program asks for: nothing is delivered before"),
            ),
            Self::Subscription { subscription, reason, .. } => {
                (format!("subscription {subscription}"), reason.clone())
            }
            Self::SubscriptionRows { subscription, is_lost } => (
                format!("subscription {subscription}"),
                match is_lost {
                    true => "has positions or parked events that were removed, added or made impossible by another program",
                    false => "has positions or parked events, or a checksum of them, that another program changed",
                }
                .to_owned(),
            ),
            Self::RegistryColumn { column, stored, expected } => (
                (*column).to_owned(),
                format!("is {stored}, although the row was written with {expected}"),
            ),
            Self::EventType { type_id, stored, expected } => (
                format!("event type {type_id}"),
                match stored {
                    Some(stored) => format!("is {stored}, although its events were written as {expected}"),
                    None => format!("is missing, although its events were written as {expected}"),
                },
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
                format!("go up to {given} instead of {used}: no more can be assigned"),
            ),
            Self::OutOfRange { table, column, rows, repaired } => {
                (format!("{table}.{column}"), out_of_range(*rows, *repaired))
            }
            Self::LostSubscriptions { lost: 0 } => (
                "subscriptions".to_owned(),
                "do not match their checksum: another program removed one, which would deliver again or miss events, or changed \
                 the checksum"
                    .to_owned(),
            ),
            Self::LostSubscriptions { lost } => (
                "subscriptions".to_owned(),
                format!(
                    "lack {} that another program removed: without {} would deliver again or miss events",
                    counted(*lost, "subscription", "subscriptions"),
                    if *lost == 1 { "its positions, it" } else { "their positions, they" }
                ),
            ),
            Self::SubscriptionCount { stored, found } => (
                "subscriptions".to_owned(),
                format!("are counted as {stored} instead of {found}, so that a removed one would go unnoticed"),
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
            Self::ShardEnd { committed, stored } => ("shard".to_owned(), shard_end(*committed, *stored)),
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
            Self::IdempotencyKeys { reason, .. } => ("idempotency keys".to_owned(), reason.clone()),
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
            Self::LeftImporting => {
                ("space".to_owned(), "an import or a fork was started and not finished".to_owned())
            }
            Self::LeftRedacting { entity_id, fields, .. } => {
                let of = format!("{entity_id} ({})", fields.join(", "));
                ("space".to_owned(), format!("a redaction of {of} was started and not finished"))
            }
            Self::UnknownRedaction => (
                "space".to_owned(),
                "a redaction was started and not finished, and no entry of the audit log says which: redact again what should \
                 be erased"
                    .to_owned(),
            ),
            Self::AheadOfClock { time } => ("space".to_owned(), ahead_of_clock(*time)),
            Self::ForeignObject { object } => ("schema".to_owned(), format!("has {object}")),
            Self::Abandoned { operation_id, action } => (
                format!("operation {operation_id}"),
                format!("({action}) has no recorded outcome, and its process is gone"),
            ),
            Self::ProjectionsElsewhere => (
                "projections".to_owned(),
                "are in a second file, or only in memory, so none were checked; name that file too"
                    .to_owned(),
            ),
            Self::NotVerified { app } => {
                ("projections".to_owned(), format!("were not compared with the events: {}", lacks_app(app.as_deref())))
            }
            Self::OriginalRows { part, detail } => ((*part).to_owned(), format!("has {detail}")),
            Self::UnusedUpcaster { app, from, to } => (
                format!("the upcaster of {app}"),
                format!("from {from} to {to} is never reached: no event here has that form"),
            ),
        }
    }
}

/// Describes the end of a space that two nodes know differently.
fn shard_end(committed: SpaceSequence, stored: SpaceSequence) -> String {
    match stored.cmp(&committed) {
        Ordering::Less => format!(
            "ends at event {stored}, although event {committed} is committed, for which everything that follows all spaces waits: \
             its worker was restored from an older copy, or was lost in a commit and has not finished it since. If the events are \
             lost, export the space, delete it and import it again: it then continues without them"
        ),
        Ordering::Greater => format!(
            "ends at event {stored}, of which the coordinator knows only event {committed}: the coordinator was restored from an \
             older copy"
        ),
        Ordering::Equal => format!("ends at another event {stored} than the coordinator has noted"),
    }
}

/// Describes a position or a parked event of a subscription that another program changed, removed or added.
fn changed_row(table: &str, stored: Option<RowPlace>, expected: Option<RowPlace>) -> String {
    let is_parked = table == "parked_events";
    let what = if is_parked { "parked event" } else { "position" };
    let at = |RowPlace { space_id, sequence }: RowPlace| format!("{sequence} of space #{space_id}");
    match (stored, expected) {
        (Some(stored), Some(expected)) => {
            format!("has the {what} {}, although its row was written as {}", at(stored), at(expected))
        }
        (None, Some(expected)) => {
            let lost = if is_parked { "; its error and its time may be lost" } else { "" };
            format!("lacks the {what} {}, which another program removed{lost}", at(expected))
        }
        (Some(stored), None) => format!("has the {what} {}, which another program added", at(stored)),
        (None, None) => format!("has another {what} than the one that was written"),
    }
}

/// Describes values out of range, and what a repair makes of them.
fn out_of_range(rows: u64, repaired: RepairedNumber) -> String {
    let values = counted(rows, "value", "values");
    match repaired {
        RepairedNumber::Set(value) => {
            let what = if rows == 1 { "what it was: it becomes" } else { "what they were: they become" };
            format!("has {values} out of range, and nothing tells {what} {value}")
        }
        RepairedNumber::Derived | RepairedNumber::Lost => format!("has {values} out of range"),
    }
}

/// Describes rows whose owner does not exist.
fn belonging(rows: u64, to: &str) -> String {
    format!("has {} to {to}", counted(rows, "row that belongs", "rows that belong"))
}

//! The append-only log: spaces and their events.
//!
//! [`EventStore`] is the contract. The engines in [`engines`](crate::engines) implement it, and pass the same
//! conformance suite. Events never change: a correction is a further event. Only personal data can be erased from them
//! ([`Redaction`]).

mod append;
mod batches;
mod capabilities;
mod diagnostics;
mod feed;
mod inspect;
mod lifecycle;
mod log;
mod mark;
pub(crate) mod nesting;
mod page;
mod record;
mod registry;
mod storage;
mod stream;
mod unit;

pub use append::{Append, Expected, Remembered, RequestDigest, Tail};
pub(crate) use append::{check_events, check_placed, imported_id};
pub use capabilities::Capabilities;
pub use diagnostics::{EngineFault, Inspect, Integrity, LostNumbers, OutOfRange, RepairedNumber};
#[cfg(any(feature = "cli", feature = "postgres"))]
pub(crate) use feed::AFTER_THE_END;
pub use feed::{Cursor, CursorOrigin, EventFeed, FeedStream};
pub use inspect::{
    ChangedColumn, ChangedRow, ChangedType, EndFault, InspectLog, MovedRows, Renumbered, RowPlace,
    SubscriptionFault, SubscriptionRows,
};
pub use lifecycle::SpaceLifecycle;
pub use log::EventLog;
pub use mark::{BeforeDelete, MarkOwner};
pub(crate) use page::total_bytes;
pub use page::{Direction, PAGE_BYTES, Page, PageRow, is_last_page};
pub use record::{Slack, SpaceFault, SpaceRecord, Totals, UnlistedSpace};
pub use registry::SpaceRegistry;
pub use storage::Storage;
pub use stream::EventStream;
pub use unit::{
    Access, Advance, Committed, Group, Lookups, OpenUnit, ProjectionChange, ProjectionWrite, ReadyShadow,
    Redaction, WriteSet,
};

use crate::error::{NearestSpace, StoreError};
use crate::space::{Space, SpaceChange, SpaceMetadata, check_metadata};
use crate::subscriptions::Subscriptions;

/// The maximum length of a space's name in characters.
pub const LONGEST_SPACE_NAME: usize = 200;

/// An event store: its log, the registry and lifecycle of its spaces, and its storage.
///
/// Every method is one round trip: a page, a batch or a unit of work. All of them are thread-safe.
pub trait EventStore:
    EventLog + EventFeed + SpaceRegistry + SpaceLifecycle + Storage + InspectLog + Subscriptions
{
}

impl<T> EventStore for T where
    T: EventLog + EventFeed + SpaceRegistry + SpaceLifecycle + Storage + InspectLog + Subscriptions
{
}

/// Checks the name of a space.
pub(crate) fn check_space_name(name: &str) -> Result<(), StoreError> {
    let characters = name.chars().count();
    if (1..=LONGEST_SPACE_NAME).contains(&characters) {
        return Ok(());
    }
    let reason = format!("must have between 1 and {LONGEST_SPACE_NAME} characters, not {characters}");
    Err(StoreError::InvalidSpaceName { reason })
}

/// Checks the name and metadata of a new space.
pub(crate) fn check_new_space(name: &str, metadata: Option<&SpaceMetadata>) -> Result<(), StoreError> {
    check_new_space_name(name)?;
    check_metadata(metadata)
}

/// Checks what a space would be after a change, given the space that has the new name.
///
/// # Errors
/// As [`SpaceRegistry::change_space`].
pub(crate) fn check_change(
    space: &Space,
    change: &SpaceChange,
    of_name: Option<&Space>,
) -> Result<(), StoreError> {
    space.check_open()?;
    check_known_as(space, change.known_as.as_deref())?;
    let (_, metadata) = change.applied(space);
    check_metadata(metadata.as_ref())?;
    if change.name.as_ref().is_none_or(|name| *name == space.space_name) {
        return Ok(());
    }
    change.name.as_deref().map_or(Ok(()), check_new_space_name)?;
    of_name.map_or(Ok(()), |other| Err(other.name_taken()))
}

/// Checks that a space still has the name by which it was named, if it must.
///
/// # Errors
/// [`StoreError::UnknownSpace`], which names the one that it has.
pub(crate) fn check_known_as(space: &Space, known_as: Option<&str>) -> Result<(), StoreError> {
    match known_as.filter(|known_as| *known_as != space.space_name) {
        Some(known_as) => {
            let nearest = Some(NearestSpace::Name(space.space_name.clone()));
            Err(StoreError::UnknownSpace { space: known_as.to_owned(), nearest })
        }
        None => Ok(()),
    }
}

/// Checks the name of a new space. Older versions accepted more names, and existing spaces keep theirs.
pub(crate) fn check_new_space_name(name: &str) -> Result<(), StoreError> {
    check_space_name(name)?;
    let reason = if name.starts_with('#') {
        "must not start with #, which marks an id"
    } else if name.trim() != name {
        "must not start or end with whitespace"
    } else {
        return Ok(());
    };
    Err(StoreError::InvalidSpaceName { reason: reason.to_owned() })
}

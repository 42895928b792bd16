//! The files that the Elixir original of this framework wrote, opened read-only.
//!
//! The original keeps events and spaces in one SQLite file, and projections in the same file or in another one, as terms
//! of Erlang ([`term`]). Such a file is recognised by its tables. It is never changed, and no file is created beside it.
//!
//! Missing facts are derived, so that readers find the same as in other stores:
//!
//! - The events of a space are numbered 1, 2, 3 … in the order of their sequences, and of their ids where a sequence occurs
//!   twice. An event with another number than the original's has that one in its metadata, as `origin.space_sequence`.
//! - A correlation that is not a UUID gets one that is derived from its text, which is in the metadata as
//!   `origin.correlation_id`.
//! - Events of a space that is not registered form a space named `orphan-ID`. Entries without a space and without events are
//!   [leftovers](OriginalLeftovers) of a deleted space, and form none.
//! - The checkpoint of a space is that of its only projection. Without one, the projection lags by all events.

mod catalog;
mod file;
mod layout;
mod leftovers;
mod log;
mod order;
mod projections;
mod refused;
mod registry;
mod renumbering;
mod row;
mod source;
mod store;
pub mod term;

pub(crate) use file::damage_in;
pub use leftovers::{DeletedSpace, OriginalLeftovers};
pub use log::OriginalEventStore;
pub(crate) use order::{SourceOrder, SourcePart, irregular};
pub use projections::OriginalPState;
pub(crate) use renumbering::Renumbering;
pub(crate) use source::{
    OriginalSource, SourceEvent, SourceLink, SourceNumbers, SourcePayload, SourcePlace, SourceSpace,
    SourceText,
};
pub(crate) use store::{OriginalStore, derived_id};

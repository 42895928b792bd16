//! The rows of lists as JSON: the same fields on the command line, in an export of a list, and in a copied row.

mod audit;
mod checkpoint;
mod entry;
mod event;
mod period;
mod space;
mod space_names;

pub(crate) use audit::ListedOperation;
pub(crate) use checkpoint::{BlockingSearch, ListedCheckpoint};
pub(crate) use entry::ListedEntry;
pub(crate) use event::{ListedEvent, ListedTraced};
pub(crate) use period::ListedPeriod;
pub(crate) use space::ListedSpace;
pub(crate) use space_names::SpaceNames;

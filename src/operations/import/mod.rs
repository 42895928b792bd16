//! Importing an exported space, completely or not at all.
//!
//! The whole file is checked before anything is created. Then a space is created that accepts only the import,
//! and is filled in short transactions; the last one activates the projection and opens the space. The remains
//! of a killed import are removed by the next import of that name, or by a delete.

mod file;
mod fill;
mod operation;
mod reader;
mod spool;

use std::io::{Read, Seek};

use tracing::{info, info_span};

use crate::content_store::Store;
use crate::error::{Error, ImportError, Result, StoreError};
use crate::space::Space;
use crate::timestamp::Timestamp;

use super::Watch;
use super::export::Line;
use super::new_space::{complete_or_removed, free_name, in_doubt};
use super::operation_mark::OperationMark;
use fill::Filling;

pub use file::{ImportFile, ImportHeader, ImportSummary};
pub use operation::{Import, OpenedImport};
pub(super) use reader::Reader;
pub use spool::Spool;

/// Options of an import.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportOptions {
    /// A new name for the space.
    pub into: Option<String>,
}

/// The result of an import.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Imported {
    /// The space.
    #[serde(flatten)]
    pub space: Space,
    /// The number of events.
    pub events: u64,
    /// The number of entries of its projection.
    #[serde(rename = "keys")]
    pub entities: u64,
    /// The number of idempotency keys.
    pub idempotency_keys: u64,
    /// True if all events kept their ids. Otherwise some ids were taken, and these events have others, in
    /// the same order.
    pub ids_kept: bool,
    /// The number of events that lost their cause, because it is not in this store.
    pub causes_dropped: u64,
    /// The time of the last event if it is ahead of the clock.
    #[serde(skip)]
    pub ahead_of_clock: Option<Timestamp>,
    /// The reason why the projections of a bug report stop before its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_derived: Option<String>,
}

/// Imports a space. Sequences, times, correlations, causes, idempotency keys, metadata, the projections and
/// their checkpoints are unchanged, and so are the event ids as far as they are free.
///
/// Nothing is recorded in the audit log. Run [`Import`](crate::operations::Import) to record it.
///
/// # Errors
/// [`ImportError`], naming the line; [`StoreError::SpaceExists`](crate::StoreError::SpaceExists);
/// [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if `watch` breaks. The incomplete space is then
/// removed, if possible.
pub fn import<R: Read + Seek>(
    store: &Store,
    file: &mut ImportFile<R>,
    options: &ImportOptions,
    watch: &mut Watch<'_>,
) -> Result<Imported> {
    let mark = OperationMark::begin(store);
    let space = begin(store, file, options, &mark, watch)?;
    let _span = info_span!("import", space = space.space_name).entered();
    let filled = fill(store, &space, file, &mark, watch);
    let imported = complete_or_removed(store, &space, &mark, filled, watch);
    imported.inspect(|imported| info!(events = imported.events, entities = imported.entities, "imported"))
}

/// Creates the space to be filled, after the file was found to be valid.
fn begin<R: Read + Seek>(
    store: &Store,
    file: &mut ImportFile<R>,
    options: &ImportOptions,
    mark: &OperationMark,
    watch: &mut Watch<'_>,
) -> Result<Space> {
    let summary = file.check(watch)?;
    let name = options.into.as_deref().unwrap_or(&summary.space_name);
    free_name(store, name, mark, watch).map_err(of_name)?;
    let mut lines = file.lines()?;
    let Some(Line::Header(header)) = lines.read(&mut || Ok(()))? else { return Err(changed()) };
    let metadata = header.metadata().map_err(|reason| ImportError::Line { line: 1, reason })?;
    let begun = store.events().begin_import(name, metadata.as_ref(), header.created_at, &mark.owner);
    begun.map_err(|error| of_name(in_doubt(error, name)))
}

/// Says of a name that cannot be used that an import can use another one.
fn of_name(error: Error) -> Error {
    match error {
        Error::Store(error @ (StoreError::SpaceExists { .. } | StoreError::InvalidSpaceName { .. })) => {
            ImportError::Name(error).into()
        }
        error => error,
    }
}

fn fill<R: Read + Seek>(
    store: &Store,
    space: &Space,
    file: &mut ImportFile<R>,
    mark: &OperationMark,
    watch: &mut Watch<'_>,
) -> Result<Imported> {
    let mut lines = file.lines()?;
    let Some(Line::Header(header)) = lines.read(&mut || Ok(()))? else { return Err(changed()) };
    let mut filling = Filling::begin(store, space, mark.token(), &header)?;
    while let Some(line) = lines.read(&mut || filling.report(None, watch))? {
        filling.take(&line, watch)?;
    }
    filling.end(watch)
}

/// Returns the error for a file that was valid a moment ago.
fn changed() -> crate::Error {
    ImportError::Line { line: 1, reason: "the file was changed while it was read".to_owned() }.into()
}

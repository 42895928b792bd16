//! The proof that nothing of a deleted space is left.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::content_store::{ForgottenMemory, Store};
use crate::error::{Result, StoreError};
use crate::event_store::{Capabilities, Slack};
use crate::masking::MaskedPath;
use crate::space::Space;

use super::super::purge::slack;

/// The places checked after a delete, and found empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The number of rows by table, for every table that can hold rows of the space.
    pub tables: BTreeMap<String, u64>,
    /// The console's memory: what was removed from it, and what is out of reach.
    pub console_memory: ForgottenMemory,
    /// The unused parts of the files that could hold old bytes, after a purge: none unless another process
    /// wrote since.
    #[serde(flatten)]
    pub slack: Option<Slack>,
    /// The last known paths of projections files that were replaced while they were missing: what they hold
    /// of the space is out of reach.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub out_of_reach: Vec<String>,
    /// The capabilities of the engine.
    #[serde(skip)]
    pub capabilities: Capabilities,
}

impl Proof {
    /// Returns a warning for each file out of reach, and what was removed from the console's memory.
    pub fn warnings(&self) -> Vec<String> {
        let warning = |path| {
            format!(
                "out of reach: {path} held projections until it was replaced, and may still contain the space"
            )
        };
        let beyond = self.capabilities.beyond_purge.iter().map(|place| format!("out of reach: {place}"));
        self.out_of_reach.iter().map(warning).chain(beyond).chain(self.console_memory.notes()).collect()
    }

    /// Returns what remains after a delete, with or without a purge that was requested.
    pub fn remains(&self, purge: bool, purged: bool) -> Option<String> {
        let Capabilities { storage, left_unpurged, .. } = self.capabilities;
        match (purge, purged) {
            (true, true) => None,
            (true, false) => Some(left_unpurged.to_owned()),
            (false, _) => {
                Some(format!("not purged: old bytes remain in {storage} until they are overwritten"))
            }
        }
    }
}

/// Queries every table and, after a purge, the files. `audit_details` is the number of audit entries that still hold
/// details of the space, and `console_memory` what was removed there.
///
/// # Errors
/// [`StoreError::Corrupt`] if a row is left.
pub(super) fn prove(
    store: &Store,
    space: &Space,
    (audit_details, console_memory): (u64, ForgottenMemory),
    purged: bool,
) -> Result<Proof> {
    let space_id = space.space_id;
    let mut tables: BTreeMap<String, u64> = store.events().rows_by_table(space_id)?.into_iter().collect();
    tables.extend(store.pstate().rows_by_table(space_id)?);
    tables.insert("operations".to_owned(), audit_details);
    let left: Vec<String> = tables
        .iter()
        .filter(|(_, rows)| **rows > 0)
        .map(|(table, rows)| format!("{rows} in {table}"))
        .collect();
    if left.is_empty() {
        let lost = store.lost_projections()?;
        let out_of_reach = lost.iter().map(|path| path.shown()).collect();
        let slack = if purged { slack(store)? } else { None };
        let capabilities = store.events().capabilities();
        return Ok(Proof { tables, console_memory, slack, out_of_reach, capabilities });
    }
    let detail = format!("rows of the deleted space {} are left: {}", space.space_name, left.join(", "));
    Err(StoreError::Corrupt { detail }.into())
}

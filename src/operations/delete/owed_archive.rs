//! Resuming an interrupted delete.

use std::collections::BTreeSet;

use crate::audit::{AuditSubject, DELETE, Outcome};
use crate::content_store::Store;
use crate::error::Result;
use crate::event_store::Page;
use crate::space::{Space, SpaceState};

use super::super::remove_rows::has_removed_rows;

/// The most audit entries searched for the interrupted delete: few follow it.
const LOOK_BACK: usize = 100;

/// Returns the archive that an interrupted delete still owes: it was to archive the space, and has removed nothing
/// yet.
pub fn archive_owed(store: &Store, space: &Space) -> Result<Option<String>> {
    if space.state != SpaceState::Deleting || has_removed_rows(store, space.space_id)? {
        return Ok(None);
    }
    let about =
        AuditSubject { space_ids: BTreeSet::from([space.space_id]), space_names: BTreeSet::default() };
    let last = store.audit_log().page(Some(&about), Page::backward(None, LOOK_BACK))?;
    let interrupted =
        last.iter().find(|operation| operation.action == DELETE && operation.outcome != Outcome::Refused);
    let parameters = interrupted.and_then(|operation| operation.parameters.as_ref());
    let archive = parameters.and_then(|parameters| parameters.get("archive")?.as_str());
    Ok(archive.map(str::to_owned))
}

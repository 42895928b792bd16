//! Resuming an interrupted delete.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::audit::{AuditEntry, AuditSubject, DELETE, Outcome};
use crate::content_store::Store;
use crate::error::Result;
use crate::event_store::Page;
use crate::space::{Space, SpaceState};

use super::super::remove_rows::has_removed_rows;
use super::DeleteSpace;

/// The most audit entries searched for the interrupted delete: few follow it.
const LOOK_BACK: usize = 100;

/// Returns the operation that finishes an interrupted delete, with the purge that it still owes, and with the archive if
/// it has removed nothing yet. An attempt without a purge does not cancel that of an earlier one.
pub fn unfinished_delete(store: &Store, space: &Space) -> Result<DeleteSpace> {
    if space.state == SpaceState::Open {
        return Ok(DeleteSpace::default());
    }
    let about =
        AuditSubject { space_ids: BTreeSet::from([space.space_id]), space_names: BTreeSet::default() };
    let last = store.audit_log().page(Some(&about), Page::backward(None, LOOK_BACK))?;
    let is_attempt = |entry: &&AuditEntry| entry.action == DELETE && entry.outcome != Outcome::Refused;
    let mut attempts = last.iter().filter(is_attempt).map(|entry| entry.parameters.as_ref());
    let is_purge = |attempt: Option<&Map<String, Value>>| {
        attempt.and_then(|parameters| parameters.get("purge")?.as_bool()).unwrap_or_default()
    };
    let purge = attempts.clone().any(is_purge);
    let archive = attempts.next().flatten().and_then(|parameters| parameters.get("archive")?.as_str());
    let archive = match archive {
        Some(archive) if space.state == SpaceState::Deleting && !has_removed_rows(store, space.space_id)? => {
            Some(PathBuf::from(archive))
        }
        _ => None,
    };
    Ok(DeleteSpace { purge, archive })
}

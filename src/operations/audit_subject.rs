//! The entries of the audit log about a space, under all of its names.

use std::collections::BTreeSet;

use crate::audit::AuditSubject;
use crate::content_store::Store;
use crate::error::{Result, StoreError};
use crate::space::SpaceId;

/// Returns the spaces that a name or an id (`#2`) stands for in the audit log, with all of their names. A name stands for
/// every space that has or had it, including deleted ones.
///
/// # Errors
/// [`StoreError::UnknownSpace`] for an id that no space has or had.
pub fn audit_subject(store: &Store, space: &str) -> Result<AuditSubject> {
    match space.parse::<SpaceId>() {
        Ok(space_id) => {
            let subject = subject_of(store, space_id)?;
            match subject.space_names.is_empty() {
                true => Err(StoreError::unknown_space(space).into()),
                false => Ok(subject),
            }
        }
        Err(_) => named(store, space),
    }
}

/// Returns one space with all of its names.
pub(super) fn subject_of(store: &Store, space_id: SpaceId) -> Result<AuditSubject> {
    let mut space_names = store.audit_log().names_of(space_id)?;
    space_names.extend(store.events().space(space_id)?.map(|record| record.space.space_name));
    Ok(AuditSubject { space_ids: BTreeSet::from([space_id]), space_names })
}

fn named(store: &Store, name: &str) -> Result<AuditSubject> {
    let mut space_ids = store.audit_log().spaces_named(name)?;
    space_ids.extend(store.events().find_space(name)?.map(|record| record.space.space_id));
    let mut space_names = BTreeSet::from([name.to_owned()]);
    for space_id in &space_ids {
        space_names.append(&mut subject_of(store, *space_id)?.space_names);
    }
    Ok(AuditSubject { space_ids, space_names })
}

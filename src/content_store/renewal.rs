//! The operation that replaces a stored projection which this program cannot continue.

use std::collections::BTreeSet;

use crate::error::{Error, Remedy, ReplayError, StoreError};
use crate::id::{EventId, SpaceId};
use crate::pstate::Compatibility;

use super::{ContentStore, DeclaredProjection, Store};

/// Returns the operation that replaces a projection of a space, given those that its app declares.
pub(crate) fn rebuild_of(
    store: &Store,
    space_id: SpaceId,
    declared: &[DeclaredProjection],
    projection: &str,
    skip_errors: bool,
) -> Remedy {
    if declared.iter().any(|declared| declared.name() == projection) {
        let newer = newer_projections(store, space_id, declared);
        Remedy::Rebuild { skip_errors }.beside_newer(Some(projection), newer)
    } else {
        Remedy::RemoveProjection { projection: projection.to_owned() }
    }
}

/// Returns the names of the projections of a space that a later version of the app built. An unreadable one is not among
/// them: a rebuild replaces it.
fn newer_projections(
    store: &Store,
    space_id: SpaceId,
    declared: &[DeclaredProjection],
) -> BTreeSet<&'static str> {
    let newer = declared.iter().filter(|projection| {
        let stored = store.pstate().open(projection.id(space_id));
        stored.is_ok_and(|stored| projection.compare(stored.definition.as_deref()) == Compatibility::Newer)
    });
    newer.map(DeclaredProjection::name).collect()
}

impl ContentStore {
    /// Returns the names of the projections that a later version of the app built.
    pub(crate) fn newer_projections(&self) -> BTreeSet<&'static str> {
        newer_projections(&self.store, self.space_id(), &self.projections)
    }

    /// Returns the operation that replaces one of the stored projections.
    pub(crate) fn rebuild_of(&self, projection: &str, skip_errors: bool) -> Remedy {
        rebuild_of(&self.store, self.space_id(), &self.projections, projection, skip_errors)
    }

    /// Checks that this program may change a stored projection. Returns the definition to store with the change, if it
    /// differs from the stored one.
    ///
    /// # Errors
    /// [`StoreError::ProjectionOutdated`]; [`StoreError::ProjectionNewer`].
    pub(crate) fn check_definition(
        &self,
        projection: &DeclaredProjection,
        stored: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        let name = || projection.name().to_owned();
        match projection.compare(stored) {
            Compatibility::Current => Ok(None),
            Compatibility::Adopted(definition) => Ok(Some(definition)),
            Compatibility::Outdated => {
                let by = self.rebuild_of(projection.name(), false);
                let space = self.space().space_name.clone();
                Err(StoreError::ProjectionOutdated { space, projection: name(), by })
            }
            Compatibility::Newer => Err(StoreError::ProjectionNewer { projection: name() }),
        }
    }

    /// Names the rebuild after which an event can be applied to a stored projection, if the error is about one: it skips the
    /// event, unless it was a stored value that could not be read.
    pub(crate) fn with_rebuild_of_stored(&self, projection: &DeclaredProjection, mut error: Error) -> Error {
        if let Error::Replay(ReplayError::BadEvent { by, .. }) = &mut error {
            let skip_errors = !is_of_value(by);
            **by = self.rebuild_of(projection.name(), skip_errors);
        }
        error
    }

    /// Names the rebuild after which a command may succeed, if the error is about one of its events and a stored value that could
    /// not be read: no rebuild gets past an event that is not stored.
    pub(crate) fn of_new_event(&self, projection: &DeclaredProjection, mut error: Error) -> Error {
        if let Error::Replay(ReplayError::BadEvent { event_id, by, .. }) = &mut error {
            *event_id = EventId::default();
            **by = match is_of_value(by) {
                true => self.rebuild_of(projection.name(), false),
                false => Remedy::Nothing,
            };
        }
        error
    }

    /// Names the rebuild of a projection that skips the event which cannot be applied, if the error is about one.
    pub(crate) fn with_rebuild(&self, projection: &DeclaredProjection, mut error: Error) -> Error {
        if let Error::Replay(ReplayError::BadEvent { by, .. }) = &mut error {
            **by = self.rebuild_of(projection.name(), true);
        }
        error
    }
}

/// Returns true for the remedy of an event that could not be applied because of a stored value.
fn is_of_value(by: &Remedy) -> bool {
    matches!(by, Remedy::Rebuild { skip_errors: false })
}

//! The space or the file that an operation works on.

use crate::content_store::ContentStore;
use crate::error::{Error, Result, StoreError};
use crate::space::{Space, SpaceId};

use super::super::open_space;
use super::OperationContext;

/// The space or the file that an operation works on, as the audit log names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// The whole file.
    File,
    /// A space that does not exist yet, or was not found by this name.
    Name(&'a str),
    /// A space that was found before. It may be gone by now, which leaves its name.
    Space {
        /// Its id.
        space_id: SpaceId,
        /// Its name.
        space_name: &'a str,
    },
}

impl<'a> Target<'a> {
    /// Returns this space as a target.
    pub fn of(space: &'a Space) -> Self {
        Self::Space { space_id: space.space_id, space_name: &space.space_name }
    }

    /// Returns the id of the space, if it has one.
    pub fn space_id(self) -> Option<SpaceId> {
        match self {
            Self::File | Self::Name(_) => None,
            Self::Space { space_id, .. } => Some(space_id),
        }
    }

    /// Returns the name of the space, if the target is one.
    pub fn space_name(self) -> Option<&'a str> {
        match self {
            Self::File => None,
            Self::Name(space_name) | Self::Space { space_name, .. } => Some(space_name),
        }
    }

    /// Finds the space, and does the work on it.
    ///
    /// # Errors
    /// [`StoreError::UnknownSpace`]; those of the work.
    pub(in crate::operations) fn with_space<T>(
        self,
        context: OperationContext<'_>,
        work: impl FnOnce(&Space) -> Result<T>,
    ) -> Result<T> {
        let Some(space_id) = self.space_id() else { return Err(self.unknown()) };
        let record = context.store.events().space(space_id)?.ok_or_else(|| self.unknown())?;
        work(&record.space).map_err(|error| self.named(error))
    }

    /// Opens the space with its app, and does the work on it.
    ///
    /// # Errors
    /// [`StoreError::UnknownSpace`]; [`CommandError::UnknownApp`](crate::CommandError::UnknownApp); those of the
    /// work.
    pub(in crate::operations) fn open<T>(
        self,
        context: OperationContext<'_>,
        work: impl FnOnce(&ContentStore) -> Result<T>,
    ) -> Result<T> {
        self.with_space(context, |space| work(&open_space(context.store, context.apps, space.clone())?))
    }

    /// Names the space in an error that only has its id, if it was deleted meanwhile.
    fn named(self, error: Error) -> Error {
        match error {
            Error::Store(StoreError::UnknownSpace { .. }) => self.unknown(),
            error => error,
        }
    }

    fn unknown(self) -> Error {
        StoreError::unknown_space(self.space_name().unwrap_or_default()).into()
    }
}

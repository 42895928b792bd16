//! The spaces of a store.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Result;
use crate::space::{Space, SpaceChange, SpaceId, SpaceMetadata};

use super::{Page, SpaceRecord, Totals, UnlistedSpace};

/// The registry of a store's spaces.
pub trait SpaceRegistry: Send + Sync {
    /// Returns the unique id of this store.
    fn store_id(&self) -> Result<Uuid>;

    /// Returns a random number that distinguishes the store from copies of it. A backup has none until it is first opened
    /// for writing.
    fn incarnation(&self) -> Result<Option<Uuid>>;

    /// Returns the space of that name, or creates it with this metadata. An existing space keeps its own metadata.
    ///
    /// # Errors
    /// [`InvalidSpaceName`](crate::StoreError::InvalidSpaceName).
    fn get_or_create_space(
        &self,
        name: &str,
        metadata: Option<&SpaceMetadata>,
        now: Timestamp,
    ) -> Result<Space>;

    /// Creates a space with a new name.
    ///
    /// # Errors
    /// [`SpaceExists`](crate::StoreError::SpaceExists); like [`Space::check_open`] if a space of that name is being
    /// imported or deleted; [`InvalidSpaceName`](crate::StoreError::InvalidSpaceName).
    fn create_space(&self, name: &str, metadata: Option<&SpaceMetadata>, now: Timestamp) -> Result<Space>;

    /// Creates as many spaces with new names as it can, in one commit, and returns them in the order of `names`. A name
    /// that is taken yields `None`.
    ///
    /// # Errors
    /// [`InvalidSpaceName`](crate::StoreError::InvalidSpaceName); then none is created.
    fn create_spaces(
        &self,
        names: &[String],
        metadata: Option<&SpaceMetadata>,
        now: Timestamp,
    ) -> Result<Vec<Option<Space>>>;

    /// Changes the name or the metadata of an open space, and returns it as changed. Its events, keys and projections are
    /// unaffected.
    ///
    /// # Errors
    /// [`UnknownSpace`](crate::StoreError::UnknownSpace), also if it is not [known](SpaceChange::known_as) by that name any
    /// more; like [`Space::check_open`]; [`SpaceExists`](crate::StoreError::SpaceExists) if another space has the new name;
    /// [`InvalidSpaceName`](crate::StoreError::InvalidSpaceName);
    /// [`MetadataTooLarge`](crate::StoreError::MetadataTooLarge).
    fn change_space(&self, space_id: SpaceId, change: &SpaceChange) -> Result<Space>;

    /// Finds a space by its name.
    ///
    /// # Errors
    /// [`SpaceDamaged`](crate::StoreError::SpaceDamaged) if its counters are damaged, or another program changed its id.
    fn find_space(&self, name: &str) -> Result<Option<SpaceRecord>>;

    /// Finds a space by its id.
    ///
    /// # Errors
    /// [`SpaceDamaged`](crate::StoreError::SpaceDamaged) if its counters are damaged.
    fn space(&self, space_id: SpaceId) -> Result<Option<SpaceRecord>>;

    /// Returns a page of spaces, ordered by id. A damaged space is among them, with its [fault](SpaceRecord::fault).
    fn spaces(&self, page: Page<SpaceId>) -> Result<Vec<SpaceRecord>>;

    /// Returns the existing ones of these spaces, ordered by id, damaged ones too.
    fn spaces_of(&self, space_ids: &[SpaceId]) -> Result<Vec<SpaceRecord>>;

    /// Returns the first `limit` damaged spaces that no page contains.
    fn unlisted_spaces(&self, _limit: usize) -> Result<Vec<UnlistedSpace>> {
        Ok(Vec::new())
    }

    /// Returns the totals of the whole store.
    fn totals(&self) -> Result<Totals>;

    /// Returns the types of a space's events, in the order of their first occurrence.
    fn event_types(&self, space_id: SpaceId) -> Result<Vec<String>> {
        Ok(self.event_types_of(&[space_id])?.pop().unwrap_or_default())
    }

    /// Returns the event types of several spaces, in the order of `space_ids`.
    fn event_types_of(&self, space_ids: &[SpaceId]) -> Result<Vec<Vec<String>>>;
}

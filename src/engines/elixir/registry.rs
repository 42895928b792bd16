//! The spaces of a file of the original.

use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::event_store::{Direction, Page, SpaceRecord, SpaceRegistry, Totals};
use crate::id::SpaceId;
use crate::space::{Space, SpaceChange, SpaceMetadata};
use crate::timestamp::Timestamp;

use super::OriginalEventStore;

impl SpaceRegistry for OriginalEventStore {
    fn store_id(&self) -> Result<Uuid> {
        Ok(self.store_id)
    }

    fn incarnation(&self) -> Result<Option<Uuid>> {
        Ok(None)
    }

    fn get_or_create_space(
        &self,
        name: &str,
        metadata: Option<&SpaceMetadata>,
        now: Timestamp,
    ) -> Result<Space> {
        match self.find_space(name)? {
            Some(record) => Ok(record.space),
            None => self.create_space(name, metadata, now),
        }
    }

    fn create_space(&self, _name: &str, _metadata: Option<&SpaceMetadata>, _now: Timestamp) -> Result<Space> {
        self.refuse()
    }

    fn create_spaces(
        &self,
        _names: &[String],
        _metadata: Option<&SpaceMetadata>,
        _now: Timestamp,
    ) -> Result<Vec<Option<Space>>> {
        self.refuse()
    }

    fn change_space(&self, space_id: SpaceId, _change: &SpaceChange) -> Result<Space> {
        match self.space(space_id)? {
            Some(_) => self.refuse(),
            None => Err(StoreError::unknown_space(space_id).into()),
        }
    }

    fn find_space(&self, name: &str) -> Result<Option<SpaceRecord>> {
        Ok(self.file.catalog()?.named(name))
    }

    fn space(&self, space_id: SpaceId) -> Result<Option<SpaceRecord>> {
        Ok(self.file.catalog()?.record(space_id))
    }

    fn spaces(&self, page: Page<SpaceId>) -> Result<Vec<SpaceRecord>> {
        let catalog = self.file.catalog()?;
        let is_wanted = |space_id: &&SpaceId| match (page.direction, page.after) {
            (_, None) => true,
            (Direction::Forward, Some(after)) => **space_id > after,
            (Direction::Backward, Some(after)) => **space_id < after,
        };
        let ids = catalog.spaces.keys();
        let ids: Vec<&SpaceId> = match page.direction {
            Direction::Forward => ids.filter(is_wanted).take(page.limit).collect(),
            Direction::Backward => ids.rev().filter(is_wanted).take(page.limit).collect(),
        };
        Ok(ids.into_iter().filter_map(|space_id| catalog.record(*space_id)).collect())
    }

    fn spaces_of(&self, space_ids: &[SpaceId]) -> Result<Vec<SpaceRecord>> {
        let catalog = self.file.catalog()?;
        let mut space_ids = space_ids.to_vec();
        space_ids.sort_unstable();
        space_ids.dedup();
        Ok(space_ids.into_iter().filter_map(|space_id| catalog.record(space_id)).collect())
    }

    fn totals(&self) -> Result<Totals> {
        let catalog = self.file.catalog()?;
        let heads = catalog.spaces.values().map(|space| space.head);
        let (events, payload_bytes) = heads.fold((0_u64, 0_u64), |(events, bytes), head| {
            (events + head.last_sequence.0, bytes.saturating_add(head.payload_bytes))
        });
        Ok(Totals { spaces: catalog.spaces.len() as u64, events, payload_bytes })
    }

    fn event_types_of(&self, space_ids: &[SpaceId]) -> Result<Vec<Vec<String>>> {
        let catalog = self.file.catalog()?;
        let types = |space_id| {
            catalog.spaces.get(space_id).map_or_else(Vec::new, |space| space.types.iter().cloned().collect())
        };
        Ok(space_ids.iter().map(types).collect())
    }
}

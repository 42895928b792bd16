//! The registry of subscriptions: definitions, leases, positions, parked events and marks.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Result, SubscriptionError};
use crate::id::{SpaceId, SpaceSequence};
use crate::subscriptions::{
    EffectMark, FORGOTTEN_ERROR, Lease, Parked, SubscriptionId, SubscriptionPosition, SubscriptionProgress,
    SubscriptionRecord, SubscriptionScope,
};

use super::step::Place;

/// The subscriptions of a log.
#[derive(Clone, Default)]
pub(in crate::engines::memory::log) struct Registry {
    pub(super) records: BTreeMap<String, SubscriptionRecord>,
    pub(super) last_id: u64,
    pub(super) positions: BTreeMap<(SpaceId, SubscriptionId), SubscriptionPosition>,
    pub(super) parked: BTreeMap<(SpaceId, SubscriptionId, SpaceSequence), Parked>,
    /// The effects in a space, each with its subscription and its event.
    pub(super) effects: BTreeSet<(SpaceId, SubscriptionId, SpaceId, SpaceSequence)>,
}

pub(super) fn key_of(
    space_id: SpaceId,
    effect: &EffectMark,
) -> (SpaceId, SubscriptionId, SpaceId, SpaceSequence) {
    (space_id, effect.subscription_id(), effect.source_space_id, effect.source_sequence)
}

impl Registry {
    pub(super) fn by_id(&mut self, id: SubscriptionId) -> Option<&mut SubscriptionRecord> {
        self.records.values_mut().find(|record| record.subscription_id == id)
    }

    pub(super) fn position(&self, id: SubscriptionId, space_id: SpaceId) -> SubscriptionPosition {
        self.positions.get(&(space_id, id)).cloned().unwrap_or_default()
    }

    pub(super) fn parked_of(
        &self,
        id: SubscriptionId,
        space_id: Option<SpaceId>,
    ) -> impl Iterator<Item = &Parked> {
        let wanted = move |(of_space, of, _): &(SpaceId, SubscriptionId, SpaceSequence)| {
            *of == id && space_id.is_none_or(|space_id| space_id == *of_space)
        };
        self.parked.iter().filter(move |(key, _)| wanted(key)).map(|(_, parked)| parked)
    }

    /// Renews a lease, if it is the current one.
    pub(super) fn renew(&mut self, lease: &Lease) -> Result<&mut SubscriptionRecord> {
        let found = self.by_id(lease.subscription_id).filter(|record| record.epoch == lease.epoch);
        let record = found.ok_or(SubscriptionError::LeaseLost)?;
        if let Some(holder) = &mut record.holder {
            holder.until = lease.until;
        }
        Ok(record)
    }

    /// Checks what a unit of work writes on behalf of a subscription, so that it can be written after its events.
    pub(in crate::engines::memory::log) fn check(
        &mut self,
        space_id: SpaceId,
        progress: Option<&SubscriptionProgress<'_>>,
        effect: Option<&EffectMark>,
    ) -> Result<()> {
        if let Some(effect) = effect {
            self.renew(&effect.lease)?;
        }
        let Some(progress) = progress else { return Ok(()) };
        self.renew(&progress.lease)?;
        let at = self.position(progress.lease.subscription_id, space_id);
        Ok(progress.check_position(space_id, at.sequence)?)
    }

    pub(in crate::engines::memory::log) fn mark(&mut self, space_id: SpaceId, effect: &EffectMark) {
        self.effects.insert(key_of(space_id, effect));
    }

    /// Writes a step that was checked.
    pub(in crate::engines::memory::log) fn step(
        &mut self,
        space_id: SpaceId,
        progress: &SubscriptionProgress<'_>,
    ) {
        let id = progress.lease.subscription_id;
        let at = self.position(id, space_id);
        let Ok(()) = progress.write(at, &mut Place { rows: self, id, space_id, now: progress.now });
        if let Some(record) = self.by_id(id) {
            record.activity.count(progress.now, progress.delivered());
        }
    }

    pub(super) fn retry(&mut self, id: SubscriptionId, space_id: Option<SpaceId>) -> u64 {
        let keys: Vec<_> = self.parked_keys(id, space_id);
        for key in &keys {
            if let Some(parked) = self.parked.get_mut(key) {
                parked.retry = true;
            }
        }
        keys.len() as u64
    }

    pub(super) fn skip(&mut self, id: SubscriptionId, space_id: Option<SpaceId>) -> u64 {
        for (space_id, _, sequence) in self.parked_keys(id, space_id) {
            let at = self.positions.entry((space_id, id)).or_default();
            // The space has stopped at it.
            if sequence > at.sequence {
                *at = SubscriptionPosition {
                    sequence,
                    updated_at: at.updated_at,
                    ..SubscriptionPosition::default()
                };
            }
        }
        self.forget_parked(id, space_id)
    }

    pub(super) fn forget_parked(&mut self, id: SubscriptionId, space_id: Option<SpaceId>) -> u64 {
        let keys = self.parked_keys(id, space_id);
        for key in &keys {
            self.parked.remove(key);
        }
        keys.len() as u64
    }

    pub(super) fn parked_keys(
        &self,
        id: SubscriptionId,
        space_id: Option<SpaceId>,
    ) -> Vec<(SpaceId, SubscriptionId, SpaceSequence)> {
        let parked = self.parked_of(id, space_id);
        parked.map(|parked| (parked.space_id, id, parked.space_sequence)).collect()
    }

    /// Removes a subscription with its positions and parked events. Returns the number of positions.
    pub(super) fn remove(&mut self, id: SubscriptionId) -> u64 {
        let before = self.positions.len();
        self.records.retain(|_, record| record.subscription_id != id);
        self.positions.retain(|(_, of), _| *of != id);
        self.parked.retain(|(_, of, _), _| *of != id);
        (before - self.positions.len()) as u64
    }

    /// Removes the rows of a space.
    pub(in crate::engines::memory::log) fn delete(&mut self, space_id: SpaceId) {
        self.records.retain(|_, record| record.scope != SubscriptionScope::Space(space_id));
        self.positions.retain(|(of, _), _| *of != space_id);
        self.parked.retain(|(of, _, _), _| *of != space_id);
        self.effects.retain(|(of, _, _, _)| *of != space_id);
    }

    /// Erases the errors about events of a space, which may quote payloads.
    pub(in crate::engines::memory::log) fn forget_errors(&mut self, space_id: SpaceId) {
        let positions = self.positions.iter_mut().filter(|((of, _), _)| *of == space_id);
        for error in positions.filter_map(|(_, at)| at.error.as_mut()) {
            FORGOTTEN_ERROR.clone_into(error);
        }
        let parked = self.parked.iter_mut().filter(|((of, _, _), _)| *of == space_id);
        parked.for_each(|(_, parked)| FORGOTTEN_ERROR.clone_into(&mut parked.error));
    }

    /// Counts the rows of a space by table.
    pub(in crate::engines::memory::log) fn rows_by_table(
        &self,
        space_id: SpaceId,
    ) -> [(&'static str, u64); 4] {
        let records =
            self.records.values().filter(|record| record.scope == SubscriptionScope::Space(space_id));
        let positions = self.positions.keys().filter(|(of, _)| *of == space_id);
        let parked = self.parked.keys().filter(|(of, _, _)| *of == space_id);
        let effects = self.effects.iter().filter(|(of, _, _, _)| *of == space_id);
        [
            ("subscriptions", records.count() as u64),
            ("subscription_positions", positions.count() as u64),
            ("parked_events", parked.count() as u64),
            ("subscription_effects", effects.count() as u64),
        ]
    }
}

//! Subscriptions in memory.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::error::{Result, SubscriptionError};
use crate::id::{SpaceId, SpaceSequence};
use crate::space::SpaceState;
use crate::subscriptions::{
    Activity, EffectMark, Epoch, Lag, Lease, LeaseHolder, Parked, Position, Progress, Scope, SpacePosition,
    Start, Step, Subscription, SubscriptionChange, SubscriptionId, SubscriptionRecord, Subscriptions,
};
use crate::timestamp::Timestamp;

use super::MemoryEventStore;
use super::events::{Entry, Log};

/// The subscriptions of a log.
#[derive(Default)]
pub(super) struct Registry {
    records: BTreeMap<String, SubscriptionRecord>,
    last_id: u64,
    positions: BTreeMap<(SpaceId, SubscriptionId), Position>,
    parked: BTreeMap<(SpaceId, SubscriptionId, SpaceSequence), Parked>,
    /// The effects in a space, each with its subscription and its event.
    effects: BTreeSet<(SpaceId, SubscriptionId, SpaceId, SpaceSequence)>,
}

impl Subscriptions for MemoryEventStore {
    fn incarnation(&self) -> Result<Option<Uuid>> {
        Ok(Some(self.store_id))
    }

    fn register(&self, subscription: &Subscription, now: Timestamp) -> Result<SubscriptionRecord> {
        subscription.check()?;
        self.change(|log| log.register(subscription, now))
    }

    fn subscription(&self, name: &str) -> Result<Option<SubscriptionRecord>> {
        self.read(|log| log.subscriptions.records.get(name).cloned())
    }

    fn subscriptions(&self) -> Result<Vec<SubscriptionRecord>> {
        self.read(|log| log.subscriptions.records.values().cloned().collect())
    }

    fn take_lease(
        &self,
        subscription_id: SubscriptionId,
        over: Epoch,
        holder: &LeaseHolder,
    ) -> Result<Option<Lease>> {
        self.change(|log| {
            let found = log.subscriptions.by_id(subscription_id);
            let Some(record) = found.filter(|record| record.epoch == over) else { return Ok(None) };
            record.epoch = Epoch(over.0 + 1);
            record.holder = Some(holder.clone());
            Ok(Some(Lease { subscription_id, epoch: record.epoch, until: holder.until }))
        })
    }

    fn renew_lease(&self, lease: &Lease) -> Result<()> {
        self.change(|log| log.subscriptions.renew(lease).map(drop))
    }

    fn release_lease(&self, lease: &Lease) -> Result<()> {
        self.change(|log| {
            if let Ok(record) = log.subscriptions.renew(lease) {
                record.holder = None;
            }
            Ok(())
        })
    }

    fn position(&self, subscription_id: SubscriptionId, space_id: SpaceId) -> Result<Position> {
        self.read(|log| log.subscriptions.position(subscription_id, space_id))
    }

    fn positions(
        &self,
        subscription_id: SubscriptionId,
        after: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<SpacePosition>> {
        self.read(|log| {
            let spaces = log.spaces_of_subscription(subscription_id);
            let behind = spaces.filter(|entry| after.is_none_or(|after| entry.space.space_id > after));
            behind.take(limit).map(|entry| log.space_position(subscription_id, entry)).collect()
        })
    }

    fn pending(&self, subscription_id: SubscriptionId) -> Result<Vec<SpaceId>> {
        self.read(|log| {
            let at = |entry| log.space_position(subscription_id, entry);
            let moved = log.spaces_of_subscription(subscription_id).map(at);
            let moved = moved.filter(|at| at.position.sequence != at.last_sequence).map(|at| at.space_id);
            let parked = log.subscriptions.parked_of(subscription_id, None);
            let retried = parked.filter(|parked| parked.retry).map(|parked| parked.space_id);
            moved.chain(retried).collect::<BTreeSet<_>>().into_iter().collect()
        })
    }

    fn lag(&self, subscription_id: SubscriptionId) -> Result<Lag> {
        self.read(|log| {
            let parked = log.subscriptions.parked_of(subscription_id, None).count() as u64;
            let spaces = log.spaces_of_subscription(subscription_id);
            spaces.map(|entry| log.space_position(subscription_id, entry)).fold(
                Lag { parked, ..Lag::default() },
                |lag, at| Lag {
                    spaces: lag.spaces + 1,
                    lagging_spaces: lag.lagging_spaces + u64::from(at.lag() > 0),
                    lag: lag.lag + at.lag(),
                    failing_spaces: lag.failing_spaces + u64::from(at.position.failures > 0),
                    parked,
                },
            )
        })
    }

    fn parked(
        &self,
        subscription_id: SubscriptionId,
        space_id: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<Parked>> {
        self.read(|log| log.subscriptions.parked_of(subscription_id, space_id).take(limit).cloned().collect())
    }

    fn is_marked(&self, space_id: SpaceId, effect: &EffectMark) -> Result<bool> {
        self.read(|log| log.subscriptions.effects.contains(&key_of(space_id, effect)))
    }

    fn change_subscription(&self, name: &str, change: &SubscriptionChange) -> Result<u64> {
        self.change(|log| log.change_subscription(name, change))
    }

    fn remove_subscription(&self, name: &str) -> Result<bool> {
        self.change(|log| {
            let removed = log.subscriptions.records.remove(name);
            if let Some(record) = &removed {
                let id = record.subscription_id;
                log.subscriptions.positions.retain(|(_, of), _| *of != id);
                log.subscriptions.parked.retain(|(_, of, _), _| *of != id);
            }
            Ok(removed.is_some())
        })
    }
}

impl Log {
    fn register(&mut self, subscription: &Subscription, now: Timestamp) -> Result<SubscriptionRecord> {
        let name = subscription.name();
        if let Some(found) = self.subscriptions.records.get_mut(name) {
            if found.scope != subscription.scope() {
                let scope = match found.scope {
                    Scope::AllSpaces => "all spaces".to_owned(),
                    Scope::Space(space_id) => format!("the space {space_id}"),
                };
                return Err(SubscriptionError::OtherScope { name: name.to_owned(), scope }.into());
            }
            found.query = subscription.query().to_string();
            found.on_error = subscription.action_on_error();
            return Ok(found.clone());
        }
        if let Scope::Space(space_id) = subscription.scope() {
            self.tail(space_id, crate::event_store::Access::Open)?;
        }
        self.check_start(subscription.scope().space_id(), subscription.start())?;
        self.subscriptions.last_id += 1;
        let record = SubscriptionRecord {
            subscription_id: SubscriptionId(self.subscriptions.last_id),
            name: name.to_owned(),
            scope: subscription.scope(),
            query: subscription.query().to_string(),
            start: subscription.start(),
            on_error: subscription.action_on_error(),
            created_at: now,
            suspended: false,
            revision: 0,
            epoch: Epoch::default(),
            holder: None,
            activity: Activity::default(),
        };
        self.subscriptions.records.insert(name.to_owned(), record.clone());
        if subscription.start() != Start::Beginning {
            self.set_positions(record.subscription_id, None, subscription.start());
        }
        Ok(record)
    }

    /// Checks that a sequence exists in the one space to which it applies.
    fn check_start(&self, space_id: Option<SpaceId>, start: Start) -> Result<()> {
        let Start::After(sequence) = start else { return Ok(()) };
        let entry = space_id.and_then(|space_id| self.spaces.get(&space_id));
        let reason = match entry.map(|entry| entry.head.last_sequence) {
            Some(last) if sequence <= last => return Ok(()),
            Some(last) => format!("there is no event {sequence}; the space ends at {last}"),
            None => "a sequence needs one space".to_owned(),
        };
        Err(SubscriptionError::InvalidStart { reason }.into())
    }

    /// Returns the open spaces of a subscription.
    fn spaces_of_subscription(&self, id: SubscriptionId) -> impl Iterator<Item = &Entry> {
        let scope = self.subscriptions.records.values().find(|record| record.subscription_id == id);
        let scope = scope.map(|record| record.scope);
        let is_of = move |entry: &&Entry| match scope {
            None => false,
            Some(Scope::AllSpaces) => entry.space.state == SpaceState::Open,
            Some(Scope::Space(space_id)) => {
                entry.space.space_id == space_id && entry.space.state == SpaceState::Open
            }
        };
        self.spaces.values().filter(is_of)
    }

    fn space_position(&self, id: SubscriptionId, entry: &Entry) -> SpacePosition {
        SpacePosition {
            space_id: entry.space.space_id,
            space_name: entry.space.space_name.clone(),
            last_sequence: entry.head.last_sequence,
            position: self.subscriptions.position(id, entry.space.space_id),
        }
    }

    /// Sets the positions in all open spaces of a subscription, or in one of them. Returns their number.
    fn set_positions(&mut self, id: SubscriptionId, space_id: Option<SpaceId>, to: Start) -> u64 {
        let spaces = self.spaces_of_subscription(id);
        let chosen = spaces.filter(|entry| space_id.is_none_or(|chosen| entry.space.space_id == chosen));
        let ends = chosen.map(|entry| (entry.space.space_id, entry.head.last_sequence));
        let ends: Vec<_> = ends.filter(|(_, last)| *last > SpaceSequence::START).collect();
        for (space_id, last) in &ends {
            let sequence = match to {
                Start::Beginning => SpaceSequence::START,
                Start::Now => *last,
                Start::After(sequence) => sequence,
            };
            self.subscriptions
                .positions
                .insert((*space_id, id), Position { sequence, ..Position::default() });
        }
        ends.len() as u64
    }

    fn change_subscription(&mut self, name: &str, change: &SubscriptionChange) -> Result<u64> {
        let unknown = || SubscriptionError::NotFound { name: name.to_owned(), nearest: None };
        let record = self.subscriptions.records.get(name).ok_or_else(unknown)?;
        let id = record.subscription_id;
        let affected = match *change {
            SubscriptionChange::Retry { space_id } => self.subscriptions.retry(id, space_id),
            SubscriptionChange::Skip { space_id } => self.subscriptions.skip(id, space_id),
            SubscriptionChange::Reset { space_id, to } => {
                self.check_start(space_id.or(record.scope.space_id()), to)?;
                self.subscriptions.forget_parked(id, space_id);
                self.set_positions(id, space_id, to)
            }
            SubscriptionChange::Resume => 0,
        };
        if let Some(record) = self.subscriptions.by_id(id) {
            record.revision += 1;
        }
        Ok(affected)
    }

    /// Lets the subscriptions of all spaces continue at the end of an imported space.
    pub(super) fn skip_history(&mut self, space_id: SpaceId) {
        let records = self.subscriptions.records.values();
        let ids: Vec<_> =
            records.filter(|one| one.scope == Scope::AllSpaces).map(|one| one.subscription_id).collect();
        for id in ids {
            self.set_positions(id, Some(space_id), Start::Now);
        }
    }
}

fn key_of(space_id: SpaceId, effect: &EffectMark) -> (SpaceId, SubscriptionId, SpaceId, SpaceSequence) {
    (space_id, effect.subscription_id(), effect.source_space_id, effect.source_sequence)
}

impl Registry {
    fn by_id(&mut self, id: SubscriptionId) -> Option<&mut SubscriptionRecord> {
        self.records.values_mut().find(|record| record.subscription_id == id)
    }

    fn position(&self, id: SubscriptionId, space_id: SpaceId) -> Position {
        self.positions.get(&(space_id, id)).cloned().unwrap_or_default()
    }

    fn parked_of(&self, id: SubscriptionId, space_id: Option<SpaceId>) -> impl Iterator<Item = &Parked> {
        let wanted = move |(of_space, of, _): &(SpaceId, SubscriptionId, SpaceSequence)| {
            *of == id && space_id.is_none_or(|space_id| space_id == *of_space)
        };
        self.parked.iter().filter(move |(key, _)| wanted(key)).map(|(_, parked)| parked)
    }

    /// Renews a lease, if it is the current one.
    fn renew(&mut self, lease: &Lease) -> Result<&mut SubscriptionRecord> {
        let found = self.by_id(lease.subscription_id).filter(|record| record.epoch == lease.epoch);
        let record = found.ok_or(SubscriptionError::LeaseLost)?;
        if let Some(holder) = &mut record.holder {
            holder.until = lease.until;
        }
        Ok(record)
    }

    /// Checks what a unit of work writes on behalf of a subscription, so that it can be written after its events.
    pub(super) fn check(
        &mut self,
        space_id: SpaceId,
        progress: Option<&Progress<'_>>,
        effect: Option<&EffectMark>,
    ) -> Result<()> {
        if let Some(effect) = effect {
            self.renew(&effect.lease)?;
        }
        let Some(progress) = progress else { return Ok(()) };
        self.renew(&progress.lease)?;
        let actual = self.position(progress.lease.subscription_id, space_id).sequence;
        match actual == progress.from {
            true => Ok(()),
            false => {
                Err(SubscriptionError::PositionMoved { space_id, expected: progress.from, actual }.into())
            }
        }
    }

    pub(super) fn mark(&mut self, space_id: SpaceId, effect: &EffectMark) {
        self.effects.insert(key_of(space_id, effect));
    }

    /// Writes a step that was checked.
    pub(super) fn step(&mut self, space_id: SpaceId, progress: &Progress<'_>) {
        let (id, now) = (progress.lease.subscription_id, progress.now);
        let mut at = self.position(id, space_id);
        let mut delivered = 0;
        match progress.step {
            Step::Delivered { to, events } => {
                delivered = events;
                self.parked.retain(|(of_space, of, sequence), _| {
                    (*of_space, *of) != (space_id, id) || *sequence <= progress.from || *sequence > to
                });
                at = Position { sequence: to, ..Position::default() };
            }
            Step::Failed { error } => (at.failures, at.error) = (at.failures + 1, Some(error.to_owned())),
            Step::Parked { sequence, error, continues } => {
                let (attempts, error) = (at.failures + 1, error.to_owned());
                match continues {
                    true => at = Position { sequence, ..Position::default() },
                    false => (at.failures, at.error) = (attempts, Some(error.clone())),
                }
                let parked = Parked {
                    space_id,
                    space_sequence: sequence,
                    attempts,
                    error,
                    parked_at: now,
                    retry: false,
                };
                self.parked.insert((space_id, id, sequence), parked);
            }
            Step::Retried { sequence, error: None } => {
                delivered = 1;
                self.parked.remove(&(space_id, id, sequence));
            }
            Step::Retried { sequence, error: Some(error) } => {
                if let Some(parked) = self.parked.get_mut(&(space_id, id, sequence)) {
                    (parked.attempts, parked.error) = (parked.attempts + 1, error.to_owned());
                    (parked.parked_at, parked.retry) = (now, false);
                }
            }
        }
        self.positions.insert((space_id, id), Position { updated_at: Some(now), ..at });
        if let Some(record) = self.by_id(id) {
            record.activity.count(now, delivered);
        }
    }

    fn retry(&mut self, id: SubscriptionId, space_id: Option<SpaceId>) -> u64 {
        let keys: Vec<_> = self.parked_keys(id, space_id);
        for key in &keys {
            if let Some(parked) = self.parked.get_mut(key) {
                parked.retry = true;
            }
        }
        keys.len() as u64
    }

    fn skip(&mut self, id: SubscriptionId, space_id: Option<SpaceId>) -> u64 {
        for (space_id, _, sequence) in self.parked_keys(id, space_id) {
            let at = self.positions.entry((space_id, id)).or_default();
            // The space has stopped at it.
            if sequence > at.sequence {
                *at = Position { sequence, updated_at: at.updated_at, ..Position::default() };
            }
        }
        self.forget_parked(id, space_id)
    }

    fn forget_parked(&mut self, id: SubscriptionId, space_id: Option<SpaceId>) -> u64 {
        let keys = self.parked_keys(id, space_id);
        for key in &keys {
            self.parked.remove(key);
        }
        keys.len() as u64
    }

    fn parked_keys(
        &self,
        id: SubscriptionId,
        space_id: Option<SpaceId>,
    ) -> Vec<(SpaceId, SubscriptionId, SpaceSequence)> {
        let parked = self.parked_of(id, space_id);
        parked.map(|parked| (parked.space_id, id, parked.space_sequence)).collect()
    }

    /// Removes the rows of a space.
    pub(super) fn delete(&mut self, space_id: SpaceId) {
        self.records.retain(|_, record| record.scope != Scope::Space(space_id));
        self.positions.retain(|(of, _), _| *of != space_id);
        self.parked.retain(|(of, _, _), _| *of != space_id);
        self.effects.retain(|(of, _, _, _)| *of != space_id);
    }

    /// Counts the rows of a space by table.
    pub(super) fn rows_by_table(&self, space_id: SpaceId) -> [(&'static str, u64); 4] {
        let records = self.records.values().filter(|record| record.scope == Scope::Space(space_id));
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

//! Subscriptions and the spaces of their log.

use crate::error::{Result, SubscriptionError};
use crate::event_store::Access;
use crate::id::{SpaceId, SpaceSequence};
use crate::space::SpaceState;
use crate::subscriptions::{
    Activity, Epoch, SpacePosition, Start, Subscription, SubscriptionChange, SubscriptionId,
    SubscriptionPosition, SubscriptionRecord, SubscriptionScope,
};
use crate::timestamp::Timestamp;

use crate::engines::memory::log::events::{Entry, Log};

impl Log {
    pub(super) fn register(
        &mut self,
        subscription: &Subscription,
        now: Timestamp,
    ) -> Result<SubscriptionRecord> {
        let name = subscription.name();
        if let Some(found) = self.subscriptions.records.get_mut(name) {
            if found.scope != subscription.scope() {
                let scope = match found.scope {
                    SubscriptionScope::AllSpaces => "all spaces".to_owned(),
                    SubscriptionScope::Space(space_id) => format!("the space {space_id}"),
                };
                return Err(SubscriptionError::OtherScope { name: name.to_owned(), scope }.into());
            }
            found.query = subscription.query().to_string();
            found.on_error = subscription.action_on_error();
            return Ok(found.clone());
        }
        if let SubscriptionScope::Space(space_id) = subscription.scope() {
            self.tail(space_id, Access::Open)?;
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
    pub(super) fn check_start(&self, space_id: Option<SpaceId>, start: Start) -> Result<()> {
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
    pub(super) fn spaces_of_subscription(&self, id: SubscriptionId) -> impl Iterator<Item = &Entry> {
        let scope = self.subscriptions.records.values().find(|record| record.subscription_id == id);
        let scope = scope.map(|record| record.scope);
        let is_of = move |entry: &&Entry| match scope {
            None => false,
            Some(SubscriptionScope::AllSpaces) => entry.space.state == SpaceState::Open,
            Some(SubscriptionScope::Space(space_id)) => {
                entry.space.space_id == space_id && entry.space.state == SpaceState::Open
            }
        };
        self.spaces.values().filter(is_of)
    }

    pub(super) fn space_position(&self, id: SubscriptionId, entry: &Entry) -> SpacePosition {
        SpacePosition {
            space_id: entry.space.space_id,
            space_name: entry.space.space_name.clone(),
            last_sequence: entry.head.last_sequence,
            position: self.subscriptions.position(id, entry.space.space_id),
        }
    }

    /// Sets the positions in all open spaces of a subscription, or in one of them. Returns their number.
    pub(super) fn set_positions(&mut self, id: SubscriptionId, space_id: Option<SpaceId>, to: Start) -> u64 {
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
            self.subscriptions.positions.insert(
                (*space_id, id),
                SubscriptionPosition { sequence, ..SubscriptionPosition::default() },
            );
        }
        ends.len() as u64
    }

    pub(super) fn change_subscription(&mut self, name: &str, change: &SubscriptionChange) -> Result<u64> {
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
            SubscriptionChange::Remove => self.subscriptions.remove(id),
        };
        if let Some(record) = self.subscriptions.by_id(id) {
            record.revision += 1;
        }
        Ok(affected)
    }

    /// Lets the subscriptions of all spaces continue at the end of an imported space.
    pub(in crate::engines::memory::log) fn skip_history(&mut self, space_id: SpaceId) {
        let records = self.subscriptions.records.values();
        let ids: Vec<_> = records
            .filter(|one| one.scope == SubscriptionScope::AllSpaces)
            .map(|one| one.subscription_id)
            .collect();
        for id in ids {
            self.set_positions(id, Some(space_id), Start::Now);
        }
    }
}

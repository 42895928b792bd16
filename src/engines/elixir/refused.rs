//! Everything that would change a file of the original. It is refused.

use uuid::Uuid;

use crate::error::Result;
use crate::event_store::{Access, Advance, BeforeDelete, MarkOwner, ReadyShadow, SpaceLifecycle};
use crate::id::SpaceId;
use crate::operator::Operator;
use crate::pstate::{BlockingEvent, Changes, ProjectionId, Seen, Shadow, Shadows, WriteProjections};
use crate::space::{Checkpoint, Space, SpaceMetadata};
use crate::subscriptions::{
    EffectMark, Epoch, Lag, Lease, LeaseHolder, Parked, SpacePosition, Subscription, SubscriptionChange,
    SubscriptionId, SubscriptionPosition, SubscriptionRecord, Subscriptions,
};
use crate::timestamp::Timestamp;

use super::{OriginalEventStore, OriginalPState};

impl SpaceLifecycle for OriginalEventStore {
    fn mark_owner(&self, _space_id: SpaceId) -> Result<Option<MarkOwner>> {
        Ok(None)
    }

    fn begin_import(
        &self,
        _name: &str,
        _metadata: Option<&SpaceMetadata>,
        _created_at: Timestamp,
        _owner: &MarkOwner,
    ) -> Result<Space> {
        self.refuse()
    }

    fn begin_delete(
        &self,
        _space_id: SpaceId,
        _owner: &MarkOwner,
        _over: Option<Uuid>,
    ) -> Result<BeforeDelete> {
        self.refuse()
    }

    fn cancel_delete(&self, _space_id: SpaceId, _token: Uuid) -> Result<bool> {
        self.refuse()
    }

    fn delete_some(&self, _space_id: SpaceId, _token: Uuid, _limit: usize) -> Result<Option<u64>> {
        self.refuse()
    }

    fn end_delete(&self, _space_id: SpaceId, _token: Uuid, _purge: bool) -> Result<bool> {
        self.refuse()
    }
}

/// The original has no subscriptions.
impl Subscriptions for OriginalEventStore {
    fn register(&self, _subscription: &Subscription, _now: Timestamp) -> Result<SubscriptionRecord> {
        self.refuse()
    }

    fn subscription(&self, _name: &str) -> Result<Option<SubscriptionRecord>> {
        Ok(None)
    }

    fn subscriptions(&self) -> Result<Vec<SubscriptionRecord>> {
        Ok(Vec::new())
    }

    fn take_lease(&self, _id: SubscriptionId, _over: Epoch, _holder: &LeaseHolder) -> Result<Option<Lease>> {
        self.refuse()
    }

    fn renew_lease(&self, _lease: &Lease) -> Result<()> {
        self.refuse()
    }

    fn release_lease(&self, _lease: &Lease) -> Result<()> {
        self.refuse()
    }

    fn position(&self, _id: SubscriptionId, _space_id: SpaceId) -> Result<SubscriptionPosition> {
        Ok(SubscriptionPosition::default())
    }

    fn positions(
        &self,
        _id: SubscriptionId,
        _after: Option<SpaceId>,
        _limit: usize,
    ) -> Result<Vec<SpacePosition>> {
        Ok(Vec::new())
    }

    fn pending(&self, _id: SubscriptionId) -> Result<Vec<SpaceId>> {
        Ok(Vec::new())
    }

    fn lag(&self, _id: SubscriptionId) -> Result<Lag> {
        Ok(Lag::default())
    }

    fn parked(&self, _id: SubscriptionId, _space_id: Option<SpaceId>, _limit: usize) -> Result<Vec<Parked>> {
        Ok(Vec::new())
    }

    fn is_marked(&self, _space_id: SpaceId, _effect: &EffectMark) -> Result<bool> {
        Ok(false)
    }

    fn change_subscription(&self, _name: &str, _change: &SubscriptionChange) -> Result<u64> {
        self.refuse()
    }
}

impl WriteProjections for OriginalPState {
    fn write(&self, _projection: ProjectionId<'_>, _changes: &Changes) -> Result<()> {
        self.refuse()
    }

    fn write_if(
        &self,
        _projection: ProjectionId<'_>,
        _seen: &[Seen<'_>],
        _changes: &Changes,
    ) -> Result<Vec<String>> {
        self.refuse()
    }

    fn advance(&self, _projection: ProjectionId<'_>, _advance: &Advance<'_>) -> Result<()> {
        self.refuse()
    }

    fn block(&self, _projection: ProjectionId<'_>, _event: &BlockingEvent) -> Result<()> {
        self.refuse()
    }

    fn remove(&self, _projection: ProjectionId<'_>) -> Result<()> {
        self.refuse()
    }

    fn delete_some(&self, _space_id: SpaceId, _limit: usize) -> Result<bool> {
        self.refuse()
    }
}

impl Shadows for OriginalPState {
    fn shadow(
        &self,
        _projection: ProjectionId<'_>,
        _definition: Option<&str>,
        _access: Access,
        _owner: Option<&Operator>,
    ) -> Result<Box<dyn Shadow + '_>> {
        self.refuse()
    }

    fn activate(
        &self,
        _projection: ProjectionId<'_>,
        _shadow: ReadyShadow,
        _changes: &Changes,
        _at: Checkpoint,
    ) -> Result<u64> {
        self.refuse()
    }

    fn sweep(&self, _space_id: SpaceId, _limit: usize) -> Result<bool> {
        Ok(false)
    }
}

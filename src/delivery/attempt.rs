//! One attempt to deliver an event: the handler, and the commit of its effects.

use crate::content_store::SubscriptionWrites;
use crate::error::{Error, Result, StoreError, SubscriptionError};
use crate::event_store::nesting;
use crate::subscriptions::{EffectMark, Lease, SubscriptionProgress};

use super::effects::InSpace;
use super::{BoxError, Delivery, Effects};

/// The handler of a subscription.
pub(super) type Handler<'h> = dyn FnMut(&Delivery<'_>) -> Result<Effects, BoxError> + 'h;

/// The most characters of a handler's error that are stored.
const LONGEST_ERROR: usize = 1000;

/// The result of an attempt.
pub(super) enum Attempt {
    /// The event was delivered, and the step was committed with its effect in its own space.
    Committed,
    /// The event was delivered, and the step is to be committed.
    Delivered,
    /// The handler or an effect failed.
    Failed(String),
}

/// Calls the handler and commits its effects. `progress` is the step after them.
///
/// # Errors
/// Errors of the store, which say nothing about the event; [`SubscriptionError::LeaseLost`];
/// [`SubscriptionError::PositionMoved`].
pub(super) fn attempt(
    handler: &mut Handler<'_>,
    delivery: &Delivery<'_>,
    lease: Lease,
    progress: SubscriptionProgress<'_>,
) -> Result<Attempt> {
    let event = delivery.event();
    if !event.intact {
        let reason = "its checksum does not match: the database is damaged there";
        return Ok(Attempt::Failed(reason.to_owned()));
    }
    let effects = match nesting::tried(|| handler(delivery)) {
        Ok(Ok(effects)) => effects,
        Ok(Err(error)) => return Ok(Attempt::Failed(text_of(&*error))),
        Err(panic) => return Ok(Attempt::Failed(shortened(&format!("the handler panicked: {panic}")))),
    };
    match commit(effects, delivery, lease, progress) {
        Ok(attempt) => Ok(attempt),
        Err(error) if is_of_effect(&error) => Ok(Attempt::Failed(text_of(&error))),
        Err(error) => Err(error),
    }
}

fn commit(
    effects: Effects,
    delivery: &Delivery<'_>,
    lease: Lease,
    progress: SubscriptionProgress<'_>,
) -> Result<Attempt> {
    let event = delivery.event();
    let (own, others) = effects.split(event.space_id);
    if let Some(other) = own.iter().chain(&others).find(|one| !is_in_store(one, delivery)) {
        let space = &other.content.space().space_name;
        return Ok(Attempt::Failed(format!("the effect is in the space {space} of another store")));
    }
    let effect =
        Some(EffectMark { lease, source_space_id: event.space_id, source_sequence: event.space_sequence });
    for InSpace { content, parts } in &others {
        content.commit_effect(event, parts, SubscriptionWrites { progress: None, effect })?;
    }
    let Some(InSpace { content, parts }) = &own else { return Ok(Attempt::Delivered) };
    content.commit_effect(event, parts, SubscriptionWrites { progress: Some(progress), effect })?;
    Ok(Attempt::Committed)
}

fn is_in_store(effect: &InSpace, delivery: &Delivery<'_>) -> bool {
    effect.content.store().events().store_id().is_ok_and(|store_id| store_id == delivery.store_id)
}

/// Returns true if the error is caused by the effect, and false if the store cannot be used or the lease was lost.
fn is_of_effect(error: &Error) -> bool {
    match error {
        Error::Subscription(SubscriptionError::LeaseLost | SubscriptionError::PositionMoved { .. }) => false,
        Error::Store(error) => matches!(
            error,
            StoreError::Conflict { .. }
                | StoreError::InvalidEvent(_)
                | StoreError::UnknownSpace { .. }
                | StoreError::SpaceDeleting { .. }
                | StoreError::SpaceImporting { .. }
                | StoreError::SpaceForking { .. }
                | StoreError::ProjectionAhead { .. }
                | StoreError::Exhausted { .. }
        ),
        Error::Open(_) => false,
        _ => true,
    }
}

/// Returns an error with its causes.
fn text_of(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    let text = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
    shortened(&text)
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_ERROR).collect()
}

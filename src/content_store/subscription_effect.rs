//! Effects of a subscription: commands and events that commit together with its mark and its checkpoint.

use crate::error::Result;
use crate::event::{Event, NewEvent};
use crate::subscriptions::{EffectMark, SubscriptionProgress};

use super::app::{Command, Draws};
use super::execute::Session;
use super::{Conditions, ContentStore, Executed, Request};

/// A part of an effect.
#[derive(Debug, Clone)]
pub(crate) enum EffectPart {
    Execute(Request),
    Append(Vec<NewEvent>),
}

/// The step and the mark of a subscription that commit with an effect.
#[derive(Clone, Copy, Default)]
pub(crate) struct SubscriptionWrites<'a> {
    /// The step of the subscription, if the event is in the same space.
    pub(crate) progress: Option<SubscriptionProgress<'a>>,
    /// The mark that keeps the effect from being repeated.
    pub(crate) effect: Option<EffectMark>,
}

impl ContentStore {
    /// Commits the effect of an event, all parts or none, with its mark. If the mark exists, only the step is committed.
    ///
    /// # Errors
    /// As [`ContentStore::execute`], for the first part that fails;
    /// [`SubscriptionError::LeaseLost`](crate::SubscriptionError::LeaseLost);
    /// [`SubscriptionError::PositionMoved`](crate::SubscriptionError::PositionMoved).
    pub(crate) fn commit_effect<'a>(
        &'a self,
        event: &Event,
        parts: &[EffectPart],
        subscription: SubscriptionWrites<'a>,
    ) -> Result<()> {
        let draws: Vec<Draws> = parts.iter().map(|_| Draws::default()).collect();
        self.run(|session| {
            let is_done = match &subscription.effect {
                Some(effect) => self.store.events().is_marked(self.space_id(), effect)?,
                None => false,
            };
            session.subscription =
                SubscriptionWrites { effect: subscription.effect.filter(|_| !is_done), ..subscription };
            let parts = if is_done { &[] } else { parts };
            parts.iter().zip(&draws).try_for_each(|(part, draws)| part.run(session, event, draws).map(drop))
        })
    }
}

impl EffectPart {
    /// Relates the part to the event that causes it, unless it names another cause or correlation, and runs it.
    fn run(&self, session: &mut Session<'_>, event: &Event, draws: &Draws) -> Result<Executed> {
        let caused = |conditions: &Conditions| Conditions {
            causation_id: conditions.causation_id.or(Some(event.event_id)),
            correlation_id: conditions.correlation_id.or(event.correlation_id),
            ..conditions.clone()
        };
        match self {
            Self::Execute(Request { command, conditions }) => {
                let request = Request { command: command.clone(), conditions: caused(conditions) };
                session.execute(&request, draws)?
            }
            Self::Append(events) => {
                let (command, conditions) = (Command::default(), caused(&Conditions::default()));
                session.attempt((&command, &conditions), draws, &mut |_| Ok(events.clone()))?
            }
        }
    }
}

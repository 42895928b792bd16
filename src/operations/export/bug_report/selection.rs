//! The events of a bug report: read twice, once to find the masked values, and once to write them.

use crate::content_store::Store;
use crate::error::{ExportError, Result};
use crate::event::{CorrelationId, Event, EventId, SpaceSequence};
use crate::event_store::Page;
use crate::operations::{Pause, Phase, Progress, Watch, report};
use crate::space::{ReportSubject, Space, SpaceId};

/// Events read at once.
const READ: usize = 1000;

/// The most causes that are followed.
pub(super) const MOST_CAUSES: usize = 1000;

/// The events of one space that belong to the subject of a bug report.
pub(super) struct Selection<'a> {
    store: &'a Store,
    space_id: SpaceId,
    /// The last event that counts.
    until: SpaceSequence,
    /// True if an event has more causes than are followed.
    pub has_more_causes: bool,
    from: From,
}

/// Called with an event, and the pause within large values of it.
type Visit<'a> = dyn FnMut(&Event, &mut Pause<'_>) -> Result<()> + 'a;

/// The way in which the events are found.
enum From {
    /// All events of an entity.
    Entity(String),
    /// The events of an entity, and the causes of the last one that are not among them, in order.
    EntityAndCauses(String, Vec<EventId>),
    /// The events of the space with this correlation.
    Correlation(CorrelationId),
}

impl<'a> Selection<'a> {
    /// Finds the way to the events of a subject. Later events than the present last one are not among them.
    ///
    /// # Errors
    /// [`ExportError::NoEvents`] if the event does not exist in this space.
    pub fn new(
        store: &'a Store,
        space: &Space,
        last: SpaceSequence,
        subject: &ReportSubject,
    ) -> Result<Self> {
        let space_id = space.space_id;
        let of = |until, from| Self { store, space_id, until, has_more_causes: false, from };
        Ok(match subject {
            ReportSubject::Entity(entity_id) => of(last, From::Entity(entity_id.clone())),
            ReportSubject::Correlation(id) => of(last, From::Correlation(*id)),
            ReportSubject::Event(event_id) => {
                let found = store.events().event(*event_id)?.filter(|event| event.space_id == space_id);
                let event = found.ok_or_else(|| ExportError::NoEvents {
                    space: space.space_name.clone(),
                    subject: subject.clone(),
                })?;
                let (causes, has_more_causes) = causes(store, &event)?;
                let from = From::EntityAndCauses(event.entity_id, causes);
                Self { has_more_causes, ..of(event.space_sequence, from) }
            }
        })
    }

    /// Passes the events to `visit`, in order.
    ///
    /// # Errors
    /// Those of `visit`; [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if `watch` breaks.
    pub fn each(&self, watch: &mut Watch<'_>, visit: &mut Visit<'_>) -> Result<()> {
        match &self.from {
            From::Entity(entity_id) => self.each_of_entity(entity_id, watch, visit),
            From::Correlation(id) => self.each_correlated(*id, watch, visit),
            From::EntityAndCauses(entity_id, causes) => {
                let mut causes = causes.iter().peekable();
                self.each_of_entity(entity_id, watch, &mut |event, pause| {
                    while let Some(cause) = causes.next_if(|cause| **cause < event.event_id) {
                        self.store
                            .events()
                            .event(*cause)?
                            .iter()
                            .try_for_each(|cause| visit(cause, pause))?;
                    }
                    visit(event, pause)
                })
            }
        }
    }

    fn each_of_entity(&self, entity_id: &str, watch: &mut Watch<'_>, visit: &mut Visit<'_>) -> Result<()> {
        let (mut after, mut done) = (None, 0);
        loop {
            let page = Page::forward(after, READ);
            let events = self.store.events().read_entity(self.space_id, entity_id, page)?;
            // A page may end early, but only the one after the last is empty.
            let Some(last) = events.last() else { return Ok(()) };
            after = Some(last.space_sequence);
            let is_last = last.space_sequence >= self.until;
            let counted = events.iter().take_while(|event| event.space_sequence <= self.until);
            for event in counted {
                visit(event, &mut || self.report(done, 0, watch))?;
                done += 1;
            }
            self.report(done, 0, watch)?;
            if is_last {
                return Ok(());
            }
        }
    }

    /// There is no index of correlations, so all events of the space are read.
    fn each_correlated(&self, id: CorrelationId, watch: &mut Watch<'_>, visit: &mut Visit<'_>) -> Result<()> {
        let mut at = SpaceSequence::START;
        while at < self.until {
            let before = at;
            self.store.events().replay(self.space_id, at, READ, &mut |event| {
                at = event.space_sequence;
                let counts = event.correlation_id == Some(id) && event.space_sequence <= self.until;
                let pause = &mut || self.report(at.0.min(self.until.0), self.until.0, watch);
                if counts { visit(event, pause) } else { Ok(()) }
            })?;
            if at == before {
                return Ok(());
            }
            self.report(at.0.min(self.until.0), self.until.0, watch)?;
        }
        Ok(())
    }

    fn report(&self, done: u64, total: u64, watch: &mut Watch<'_>) -> Result<()> {
        report(watch, Progress { phase: Phase::Export, done, total, last_event: None, skipped: 0 })
    }
}

/// Returns the causes of an event in its space that are events of other entities, by rising id. The second value is true if there
/// are more than are followed.
fn causes(store: &Store, event: &Event) -> Result<(Vec<EventId>, bool)> {
    let (mut causes, mut effect, mut followed) = (Vec::new(), event.clone(), 0);
    while let Some(cause) = effect.causation_id.filter(|_| followed < MOST_CAUSES) {
        // A cause precedes its effect; anything else is damage and could be a cycle.
        let found = store.events().event(cause)?.filter(|cause| cause.event_id < effect.event_id);
        let Some(cause) = found else { break };
        if cause.space_id == event.space_id && cause.entity_id != event.entity_id {
            causes.push(cause.event_id);
        }
        (effect, followed) = (cause, followed + 1);
    }
    causes.reverse();
    Ok((causes, followed == MOST_CAUSES && effect.causation_id.is_some()))
}

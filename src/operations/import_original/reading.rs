//! Reading the events of a file for the plan of its import.

use std::collections::BTreeMap;

use crate::engines::elixir::{Renumbering, SourceNumbers, SourcePart, SourceSpace};
use crate::error::Result;
use crate::event::{EventId, SpaceSequence};
use crate::event_store::imported_id;
use crate::limits::{LONGEST_METADATA, LONGEST_PAYLOAD};
use crate::operations::{Phase, Progress, Watch, report};
use crate::space::SpaceId;
use crate::timestamp::Timestamp;

use super::causes::find_cause;
use super::convert::{Fault, convert};
use super::plan::LISTED;
use super::schedule::each_turn;
use super::{Original, PlannedSpace, UnreadableEvent};

/// Events between two reports.
const STEP: u64 = 1000;

/// Bytes up to which any payload comes over, at worst as base64.
const LARGE_PAYLOAD: usize = LONGEST_PAYLOAD / 4 * 3 - 100;

/// Bytes of other columns up to which the metadata of an event holds them, even if each byte is escaped.
const LARGE_OTHERS: usize = LONGEST_METADATA / 6 - 1000;

/// The reading of a file for its plan.
pub(super) struct Reading<'a> {
    original: &'a Original,
    renumbering: Renumbering,
    done: u64,
}

impl<'a> Reading<'a> {
    pub fn begin(original: &'a Original) -> Result<Self> {
        Ok(Self { original, renumbering: Renumbering::new()?, done: 0 })
    }

    pub fn into_renumbering(self) -> Renumbering {
        self.renumbering
    }

    /// Counts and notes the events of a space that get another sequence.
    pub fn count(&mut self, space: &mut PlannedSpace, watch: &mut Watch<'_>) -> Result<()> {
        let mut number = SpaceSequence::START;
        let Self { original, renumbering, done } = self;
        original.source.each_number(space.source(), SourcePart::default(), &mut |numbers| {
            number = number.next();
            if u64::try_from(numbers.space_sequence) != Ok(number.0) {
                space.renumbered += 1;
                renumbering.add(numbers.event_id, number)?;
            }
            step(done, watch)
        })
    }

    /// Reads the payloads and the times of a space's events.
    pub fn payloads(&mut self, space: &mut PlannedSpace, watch: &mut Watch<'_>) -> Result<()> {
        self.done -= space.events;
        let Self { original, done, .. } = self;
        let (mut number, mut last_time) = (SpaceSequence::START, Timestamp(i64::MIN));
        original.source.each_event(space.source(), SourcePart::default(), &mut |row| {
            let event_id = row.event_id;
            number = number.next();
            // One that is too large is no event, and refuses the space.
            if let Ok(converted) = convert(row, number, last_time) {
                last_time = converted.event.timestamp;
                space.new_times.note(&converted);
                if let Some(reason) = converted.unreadable {
                    space.unreadable += 1;
                    if space.unreadable_events.len() < LISTED {
                        space.unreadable_events.push(UnreadableEvent { event_id, reason });
                    }
                }
            }
            step(done, watch)
        })
    }

    /// Notes the events that are too large to come over, each of which refuses its space. Only large rows can be.
    pub fn refuse(&self, spaces: &mut [PlannedSpace]) -> Result<()> {
        let mut spaces: BTreeMap<i64, &mut PlannedSpace> =
            spaces.iter_mut().map(|space| (space.original_space_id, space)).collect();
        self.original.source.each_large((LARGE_PAYLOAD, LARGE_OTHERS), &mut |space_id, row| {
            let Some(space) = spaces.get_mut(&space_id).filter(|space| space.too_large.is_none()) else {
                return Ok(());
            };
            let event_id = row.event_id;
            // The most that the metadata of such an event may hold.
            let (number, last_time) = (SpaceSequence(u64::MAX), Timestamp(i64::MAX));
            let placed = convert(row, number, last_time)
                .and_then(|converted| converted.placed(SpaceId(0), EventId(u64::MAX), None));
            space.too_large = placed.err().map(|Fault(reason)| UnreadableEvent { event_id, reason });
            Ok(())
        })
    }

    /// Goes through the events in the order of their import, after the last event of the store. Counts those that get
    /// another id, if nothing else is written meanwhile, and `with_causes` the causes that do not come over.
    pub fn go_through(
        &self,
        spaces: &mut [PlannedSpace],
        mut last: EventId,
        with_causes: bool,
    ) -> Result<()> {
        let Self { original, renumbering, .. } = self;
        let before =
            spaces.iter().filter_map(|space| Some((space.original_space_id, space.events_before()?)));
        let mut reached: BTreeMap<i64, u64> = before.collect();
        let turns: Vec<SourceSpace> =
            spaces.iter().filter(|space| can_come_over(space)).map(PlannedSpace::source).collect();
        let mut spaces: BTreeMap<i64, &mut PlannedSpace> =
            spaces.iter_mut().map(|space| (space.original_space_id, space)).collect();
        each_turn(&original.source, &turns, &mut |turn| {
            let space_id = turn.space.space_id;
            let Some(space) = spaces.get_mut(&space_id) else { return Ok(()) };
            let mut number = SpaceSequence(reached.get(&space_id).copied().unwrap_or(0));
            original.source.each_number(turn.space, turn.part, &mut |numbers| {
                let SourceNumbers { event_id, causation_id, .. } = numbers;
                number = number.next();
                let own = EventId(u64::try_from(event_id).unwrap_or(0));
                last = imported_id(own, last);
                space.new_ids += u64::from(last != own);
                if let Some(cause) = causation_id.filter(|_| with_causes) {
                    let reached = |space_id| reached.get(&space_id).copied();
                    let found = find_cause((original, renumbering), cause, (space_id, number), &reached)?;
                    space.causes_dropped += u64::from(found.is_none());
                }
                Ok(())
            })?;
            reached.insert(space_id, number.0);
            Ok(())
        })
    }
}

/// Returns true if, as far as is known, the space is imported once its name is free.
fn can_come_over(space: &PlannedSpace) -> bool {
    space.refusal().is_none() && space.added_since().is_none()
}

fn step(done: &mut u64, watch: &mut Watch<'_>) -> Result<()> {
    *done += 1;
    if !done.is_multiple_of(STEP) {
        return Ok(());
    }
    // Without a total: it is no part of the way.
    report(watch, Progress { phase: Phase::Read, done: *done, total: 0, last_event: None, skipped: 0 })
}

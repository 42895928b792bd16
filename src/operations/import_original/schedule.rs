//! The order in which the events of several spaces come over: space by space, except that the cause of an event comes before
//! it, also if it is in a space that comes later.

use std::collections::BTreeMap;

use crate::engines::elixir::{OriginalSource, SourceLink, SourcePart, SourcePlace, SourceSpace};
use crate::error::Result;
use crate::event_store::Direction;

/// A part of a space, in its turn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    pub space: SourceSpace,
    pub part: SourcePart,
}

impl Turn {
    /// Returns true if the space is complete after it.
    pub fn is_last(&self) -> bool {
        self.part.until.is_none()
    }
}

/// Visits the parts of the spaces in the order of their import. Each space has a last part, which may be empty.
pub(super) fn each_turn(
    source: &OriginalSource,
    spaces: &[SourceSpace],
    visit: &mut dyn FnMut(Turn) -> Result<()>,
) -> Result<()> {
    let mut turns = Turns::of(spaces);
    source.each_link(Direction::Backward, &mut |link| {
        turns.note(link);
        Ok(())
    })?;
    let Some(first) = turns.first else {
        return spaces.iter().try_for_each(|space| visit(turns.last(*space)));
    };
    // Up to the first space that takes turns with another one, the order is that of the spaces.
    let (before, after): (Vec<&SourceSpace>, Vec<&SourceSpace>) =
        spaces.iter().partition(|space| space.space_id < first);
    before.into_iter().try_for_each(|space| visit(turns.last(*space)))?;
    source.each_link(Direction::Forward, &mut |link| turns.up_to(link).map_or(Ok(()), &mut *visit))?;
    turns.pending.take().map_or(Ok(()), &mut *visit)?;
    after.into_iter().try_for_each(|space| visit(turns.last(*space)))
}

/// The turns of spaces.
struct Turns {
    spaces: BTreeMap<i64, SpaceProgress>,
    /// The first space that takes turns with another one.
    first: Option<i64>,
    /// The turn that the next cause in the same space extends.
    pending: Option<Turn>,
}

/// The progress of a space, by the ranks of its events.
#[derive(Clone, Copy)]
struct SpaceProgress {
    space: SourceSpace,
    /// The last event that comes over before the turn of the whole space.
    early: Option<i64>,
    /// The last event that has come over.
    reached: Option<i64>,
}

impl SpaceProgress {
    fn rank(&self, place: SourcePlace) -> i64 {
        self.space.order.rank(place)
    }
}

impl Turns {
    fn of(spaces: &[SourceSpace]) -> Self {
        let progress = |space: &SourceSpace| SpaceProgress { space: *space, early: None, reached: None };
        let spaces = spaces.iter().map(|space| (space.space_id, progress(space))).collect();
        Self { spaces, first: None, pending: None }
    }

    /// Returns true if the order of the spaces alone would bring the cause too late.
    fn is_early(&self, SourceLink { effect, cause }: SourceLink) -> bool {
        let Some(of_effect) = self.spaces.get(&effect.space_id) else { return false };
        let is_early = of_effect.early.is_some_and(|early| of_effect.rank(effect) <= early);
        self.spaces.contains_key(&cause.space_id) && (is_early || cause.space_id > effect.space_id)
    }

    /// Notes a cause that comes early. The links come from the last one back, so it is known which effects come early: their
    /// ids are lower than those of the events that they cause.
    fn note(&mut self, link: SourceLink) {
        if self.is_early(link)
            && let Some(of_cause) = self.spaces.get_mut(&link.cause.space_id)
        {
            of_cause.early = of_cause.early.max(Some(of_cause.rank(link.cause)));
            let first = link.cause.space_id.min(link.effect.space_id);
            self.first = Some(self.first.map_or(first, |before| before.min(first)));
        }
    }

    /// Lets the space of a cause advance to it. Returns the turn before, if that was another space's.
    fn up_to(&mut self, link: SourceLink) -> Option<Turn> {
        if !self.is_early(link) {
            return None;
        }
        let progress = self.spaces.get_mut(&link.cause.space_id)?;
        let until = Some(progress.rank(link.cause));
        if until <= progress.reached {
            return None;
        }
        let turn = Turn { space: progress.space, part: SourcePart { after: progress.reached, until } };
        progress.reached = until;
        match &mut self.pending {
            Some(pending) if pending.space.space_id == link.cause.space_id => {
                pending.part.until = until;
                None
            }
            pending => pending.replace(turn),
        }
    }

    /// Returns the last turn of a space.
    fn last(&self, space: SourceSpace) -> Turn {
        let after = self.spaces.get(&space.space_id).and_then(|progress| progress.reached);
        Turn { space, part: SourcePart { after, until: None } }
    }
}

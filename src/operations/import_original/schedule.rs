//! The order in which the events of several spaces come over: space by space, except that the cause of an event in another
//! space comes before the event.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::engines::elixir::{OriginalSource, SourceLink, SourcePart, SourceSpace};
use crate::error::Result;

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

/// Visits the parts of the spaces in the order of their import, until a visit breaks. Each space has a last part, which may
/// be empty.
///
/// The order of the causes is that of their effects' ids. So whatever precedes a cause in its space, and was itself caused
/// elsewhere, has had its turn: its id is lower.
pub(super) fn each_turn(
    source: &OriginalSource,
    spaces: &[SourceSpace],
    visit: &mut dyn FnMut(Turn) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut turns = Turns::of(spaces);
    let mut is_over = false;
    source.each_link(&mut |link| {
        if !turns.reached.contains_key(&link.effect_space) {
            return Ok(ControlFlow::Continue(()));
        }
        let Some(turn) = turns.up_to(link) else { return Ok(ControlFlow::Continue(())) };
        let flow = visit(turn)?;
        is_over = flow.is_break();
        Ok(flow)
    })?;
    if is_over {
        return Ok(());
    }
    for turn in turns.last() {
        if visit(turn)?.is_break() {
            return Ok(());
        }
    }
    Ok(())
}

/// The turns so far.
struct Turns {
    /// The rank of the last event of each space that has had its turn.
    reached: BTreeMap<i64, (SourceSpace, Option<i64>)>,
    /// The turn that the next cause in the same space extends.
    pending: Option<Turn>,
}

impl Turns {
    fn of(spaces: &[SourceSpace]) -> Self {
        let reached = spaces.iter().map(|space| (space.space_id, (*space, None))).collect();
        Self { reached, pending: None }
    }

    /// Lets the space of a cause advance to it. Returns the turn before, if that was another space's.
    fn up_to(&mut self, cause: SourceLink) -> Option<Turn> {
        let (space, after) = self.reached.get_mut(&cause.cause_space)?;
        let until = space.order.rank(cause.cause_id, cause.cause_sequence);
        if after.is_some_and(|after| until <= after) {
            return None;
        }
        let turn = Turn { space: *space, part: SourcePart { after: *after, until: Some(until) } };
        *after = Some(until);
        match &mut self.pending {
            Some(pending) if pending.space.space_id == cause.cause_space => {
                pending.part.until = Some(until);
                None
            }
            pending => pending.replace(turn),
        }
    }

    /// Returns the turns that are left.
    fn last(self) -> impl Iterator<Item = Turn> {
        let last = self.reached.into_values();
        let last = last.map(|(space, after)| Turn { space, part: SourcePart { after, until: None } });
        self.pending.into_iter().chain(last)
    }
}

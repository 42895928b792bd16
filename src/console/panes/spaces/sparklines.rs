//! The events of the spaces on screen over time, loaded a few spaces at a time.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::console::app::effect::{Effects, StoreQuery};
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::update::Changed;
use crate::console::panes::Pane;
use crate::event::SpaceSequence;
use crate::operations::{ActivityUnit, ActivityWindow, SpaceOverview};
use crate::space::SpaceId;

/// The most periods of a sparkline.
pub(super) const PERIODS: u16 = 12;
/// The most spaces in a request, so that other questions do not wait for more than some milliseconds.
const SPACES: usize = 8;
/// The most spaces whose sparklines are kept.
const KEPT: usize = 500;
/// The minimum width of a list with sparklines: beside them, it has room for names and counts.
const LEAST_WIDTH: u16 = 32;

/// The sparklines of spaces, all with the same periods.
#[derive(Debug, Clone, Default)]
pub struct Sparklines {
    /// The time of the first space, and of the last event of all.
    extent: Option<(Timestamp, Timestamp)>,
    /// The events in each period, with the end of the log and the periods for which they were counted.
    counts: BTreeMap<SpaceId, (SpaceSequence, ActivityWindow, Vec<u64>)>,
    asked: Option<Asked>,
}

/// A question for the sparklines of some spaces.
#[derive(Debug, Clone)]
struct Asked {
    request: RequestId,
    window: ActivityWindow,
    /// The spaces with the end of their logs.
    spaces: Vec<(SpaceId, SpaceSequence)>,
}

impl Sparklines {
    /// Notes the times of a space.
    pub fn note(&mut self, space: &SpaceOverview) {
        let Some(last) = space.head.last_timestamp else { return };
        let created = space.space.created_at.min(last);
        let (first, until) = self.extent.unwrap_or((created, last));
        self.extent = Some((first.min(created), until.max(last)));
    }

    /// Forgets a deleted space.
    pub fn remove(&mut self, space_id: SpaceId) {
        self.counts.remove(&space_id);
    }

    fn window(&self) -> Option<ActivityWindow> {
        let (first, last) = self.extent?;
        let window = ActivityWindow::ending(first, last, None, PERIODS.into());
        Some(window).filter(|window| window.periods > 1)
    }

    /// Returns the heading of the column in a list of this width, if the list has one. That over the last periods is brief.
    pub(super) fn heading(&self, width: u16, periods: u16) -> Option<&'static str> {
        let window = self.window().filter(|_| width >= LEAST_WIDTH)?;
        let [full, brief] = match window.unit {
            ActivityUnit::Minute => ["by minute", "min"],
            ActivityUnit::Hour => ["by hour", "hour"],
            ActivityUnit::Day => ["by day", "day"],
            ActivityUnit::Week => ["by week", "week"],
        };
        Some(if periods < PERIODS { brief } else { full })
    }

    /// Returns the events of a space in each period.
    pub(super) fn of(&self, space_id: SpaceId) -> &[u64] {
        self.counts.get(&space_id).map_or(&[], |(_, _, counts)| counts)
    }

    fn is_counted(&self, space: &SpaceOverview, window: ActivityWindow, is_quiet: bool) -> bool {
        match self.counts.get(&space.space.space_id) {
            Some((last, of, _)) => !is_quiet || (*last, *of) == (space.head.last_sequence, window),
            None => false,
        }
    }
}

/// Requests the sparklines of the next spaces on screen that lack them. Those that only grew are requested once the store is
/// quiet.
pub(crate) fn load(state: &mut ConsoleState, effects: &mut Effects) {
    let pane = &state.spaces;
    let sparklines = &pane.sparklines;
    if sparklines.asked.is_some() || sparklines.heading(state.viewports.spaces_width, PERIODS).is_none() {
        return;
    }
    let Some(window) = sparklines.window() else { return };
    let is_quiet = !pane.reading.is_due();
    let on_screen = pane.shown.iter().skip(pane.top).take(state.viewports.of(Pane::Spaces).into());
    let spaces = on_screen.filter_map(|id| pane.get(*id));
    let due = spaces.filter(|space| !sparklines.is_counted(space, window, is_quiet));
    let due: Vec<(SpaceId, SpaceSequence)> =
        due.take(SPACES).map(|space| (space.space.space_id, space.head.last_sequence)).collect();
    if due.is_empty() {
        return;
    }
    let space_ids = due.iter().map(|(space_id, _)| *space_id).collect();
    let request = state.request();
    state.spaces.sparklines.asked = Some(Asked { request, window, spaces: due });
    effects.push(StoreQuery::LoadSparklines { request, space_ids, window });
}

/// Shows loaded sparklines. A space that cannot be read has an empty one.
pub(crate) fn loaded(state: &mut ConsoleState, answer: Answer<Vec<Vec<u64>>, ErrorText>) -> Changed {
    let sparklines = &mut state.spaces.sparklines;
    let asked = sparklines.asked.take_if(|asked| asked.request == answer.request);
    let Some(Asked { window, spaces, .. }) = asked else { return Changed::No };
    let mut counts = answer.result.unwrap_or_default().into_iter();
    if sparklines.counts.len() + spaces.len() > KEPT {
        sparklines.counts.clear();
    }
    for (space_id, last) in spaces {
        sparklines.counts.insert(space_id, (last, window, counts.next().unwrap_or_default()));
    }
    Changed::Yes
}

//! Loading the statistics on screen: again when events were added, and when other periods are shown.

use std::sync::Arc;

use ratatui::layout::Rect;

use crate::clock::Timestamp;
use crate::console::app::effect::{Effects, StoreQuery};
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, ErrorText};
use crate::console::app::update::Changed;
use crate::event::SpaceSequence;
use crate::operations::{ActivityUnit, SpaceStats, StatsOptions};

use super::Statistics;
use super::place::Places;

/// The most events and keys read for one answer, so that others do not wait for more than some 50 ms.
const BOUND: u64 = 20_000;

/// The end of the log, and the periods: the same have the same statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    last: SpaceSequence,
    periods: u16,
    unit: Option<ActivityUnit>,
    until: Option<Timestamp>,
    ends_with_event: bool,
}

/// Requests the statistics on screen if others are loaded. Those that only grew are requested once the store is quiet.
pub(crate) fn load(state: &mut ConsoleState, effects: &mut Effects) {
    let body = Rect { height: state.size.height.saturating_sub(2), ..Rect::new(0, 1, state.size.width, 0) };
    let periods = Places::of(state, body).chart.width;
    let is_due = state.spaces.reading.is_due();
    let Some(shown) = state.layers.find::<Statistics>() else { return };
    let Some(space) = state.spaces.get(shown.space_id).filter(|_| periods > 0) else { return };
    let Statistics { unit, until, ends_with_event, .. } = *shown;
    let key = Key { last: space.head.last_sequence, periods, unit, until, ends_with_event };
    let grew = shown.of.is_some_and(|of| Key { last: key.last, ..of } == key);
    let asked = shown.asked.map(|(_, asked)| asked);
    if shown.of == Some(key)
        || asked.is_some_and(|asked| Key { last: key.last, ..asked } == key)
        || grew && is_due
    {
        return;
    }
    let (space_id, request) = (shown.space_id, state.request());
    state.layers.each_mut::<Statistics>().for_each(|shown| shown.asked = Some((request, key)));
    let options =
        StatsOptions { periods: periods.into(), unit, until, ends_with_event, events: BOUND, keys: BOUND };
    effects.push(StoreQuery::LoadStats { request, space_id, options });
}

/// Shows the loaded statistics.
pub(crate) fn loaded(
    state: &mut ConsoleState,
    answer: Answer<Option<Box<SpaceStats>>, ErrorText>,
) -> Changed {
    let is_asked = |shown: &mut Statistics| shown.asked.is_some_and(|(request, _)| request == answer.request);
    let Some((shown, key)) = state.layers.each_mut::<Statistics>().find_map(|shown| {
        let (_, key) = if is_asked(shown) { shown.asked.take()? } else { return None };
        Some((shown, key))
    }) else {
        return Changed::No;
    };
    shown.of = Some(key);
    match answer.result {
        // A deleted space leaves the list, and its layers are closed.
        Ok(stats) => (shown.stats, shown.failure) = (stats.map(Arc::from), None),
        Err(failure) => shown.failure = Some(failure),
    }
    Changed::Yes
}

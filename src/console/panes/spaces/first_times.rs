//! The times of the first events of spaces on screen: the lag of a projection that was never built counts from them. Each is
//! on a page of the file of its own, so they are not read for the spaces that nobody looks at.

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::console::app::effect::{Effects, StoreQuery};
use crate::console::app::loading::on_screen;
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::update::Changed;
use crate::operations::SpaceOverview;
use crate::space::SpaceId;

/// The reading of the times.
#[derive(Debug, Clone, Default)]
pub struct FirstTimes {
    asked: Option<(RequestId, Vec<SpaceId>)>,
    /// The spaces whose times were read.
    read: BTreeSet<SpaceId>,
}

impl FirstTimes {
    /// Forgets a deleted space.
    pub fn remove(&mut self, space_id: SpaceId) {
        self.read.remove(&space_id);
    }
}

/// Carries the time over to a reloaded space.
pub fn keep(before: Option<&SpaceOverview>, space: &mut SpaceOverview) {
    space.first_event_at = space.first_event_at.or(before.and_then(|before| before.first_event_at));
}

/// Requests the missing times of the spaces on screen.
pub(crate) fn load(state: &mut ConsoleState, effects: &mut Effects) {
    let spaces = &state.spaces;
    if spaces.first_times.asked.is_some() || spaces.tally.behind == 0 {
        return;
    }
    let read = &spaces.first_times.read;
    let is_missing = |space: &&SpaceOverview| space.has_unbuilt() && !read.contains(&space.space.space_id);
    let missing = on_screen(state).into_iter().filter_map(|space_id| spaces.get(space_id)).filter(is_missing);
    let space_ids: Vec<SpaceId> = missing.map(|space| space.space.space_id).collect();
    if space_ids.is_empty() {
        return;
    }
    let request = state.request();
    state.spaces.first_times.asked = Some((request, space_ids.clone()));
    effects.push(StoreQuery::LoadFirstTimes { request, space_ids });
}

/// Notes the times of spaces. Those that cannot be read stay unknown.
pub(crate) fn loaded(state: &mut ConsoleState, answer: Answer<Vec<Option<Timestamp>>, ErrorText>) -> Changed {
    let spaces = &mut state.spaces;
    let asked = spaces.first_times.asked.take_if(|(request, _)| *request == answer.request);
    let Some((_, space_ids)) = asked else { return Changed::No };
    let times = answer.result.unwrap_or_default();
    for (space_id, first) in space_ids.iter().zip(times) {
        if let Some(space) = spaces.all.get_mut(space_id) {
            space.first_event_at = first;
        }
    }
    spaces.first_times.read.extend(space_ids);
    Changed::Yes
}

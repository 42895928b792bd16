//! Playing the past like a film.

use std::time::Duration;

use crate::console::app::state::{ConsoleState, Level};
use crate::console::app::update::Changed;
use crate::event::SpaceSequence;

use super::{last, seek};

/// The speeds, in events per second.
const SPEEDS: [u64; 8] = [1, 2, 5, 10, 25, 100, 1_000, 10_000];

/// The most frames per second. Faster speeds take several events at once.
const MOST_FRAMES: u64 = 25;

/// The speed, and whether the past is playing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Play {
    index: usize,
    /// True while it is playing.
    pub is_playing: bool,
}

impl Default for Play {
    fn default() -> Self {
        Self { index: 2, is_playing: false }
    }
}

impl Play {
    /// Returns the speed in events per second.
    pub fn speed(&self) -> u64 {
        SPEEDS[self.index]
    }

    /// Returns the time between two frames, while it is playing.
    pub(crate) fn interval(&self) -> Option<Duration> {
        let frames = self.speed().min(MOST_FRAMES);
        self.is_playing.then(|| Duration::from_secs(1) / u32::try_from(frames).unwrap_or(1))
    }

    fn events(self) -> u64 {
        (self.speed() / MOST_FRAMES).max(1)
    }
}

/// Starts or pauses the film. At the end, it starts again from before the first event.
pub(super) fn toggle(state: &mut ConsoleState) {
    let last = last(state);
    let Some(travel) = &mut state.travel else { return };
    travel.play.is_playing ^= true;
    if travel.play.is_playing && travel.at == last {
        seek(state, SpaceSequence::START);
    }
}

/// Plays faster or slower.
pub(super) fn change_speed(state: &mut ConsoleState, by: isize) {
    let Some(travel) = &mut state.travel else { return };
    let play = &mut travel.play;
    play.index = play.index.saturating_add_signed(by).min(SPEEDS.len() - 1);
}

/// Shows the next frame, unless the one before it is not loaded yet. The film ends with the last event.
pub(crate) fn tick(state: &mut ConsoleState) -> Changed {
    let last = last(state);
    let is_waiting = state.projections.window.pending.is_some() || state.projections.window.wish.is_some();
    let Some(travel) = state.travel.as_mut().filter(|travel| travel.play.is_playing) else {
        return Changed::No;
    };
    if travel.at >= last {
        travel.play.is_playing = false;
        state.say(Level::Note, "this is the last event");
        return Changed::Yes;
    }
    if is_waiting {
        return Changed::No;
    }
    let to = SpaceSequence(travel.at.0.saturating_add(travel.play.events()));
    seek(state, to);
    Changed::Yes
}

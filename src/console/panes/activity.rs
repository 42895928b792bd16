//! The activity of the selected space: a bar for each minute, hour, day or week up to its last event.

use ratatui::layout::Rect;

use crate::console::app::effect::{Effects, StoreQuery};
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::update::Changed;
use crate::console::panes::view::NOW;
use crate::console::theme::Role;
use crate::console::widgets::bar;
use crate::console::widgets::frame::{Frame, beside_title};
use crate::console::widgets::pen::{Pen, Piece, piece, pieces_width, right_of, row, width};
use crate::event::SpaceSequence;
use crate::operations::{ActivityUnit, SpaceActivity};
use crate::space::SpaceId;
use crate::text::{grouped, short};

/// The least columns of a border beside a number in it.
const FOOT: u16 = 4;

/// A space, the end of its log, and the number of periods: the same three have the same activity.
type Key = (SpaceId, SpaceSequence, u16);

/// The activity as it was loaded last.
#[derive(Debug, Clone, Default)]
pub struct ActivityPanel {
    /// The activity; `None` if it cannot be read.
    pub loaded: Option<SpaceActivity>,
    of: Option<Key>,
    asked: Option<(RequestId, Key)>,
}

/// Requests the activity of the selected space if it is on screen and another one. One that only grew is requested once
/// the store is quiet.
pub(crate) fn load(state: &mut ConsoleState, effects: &mut Effects) {
    let periods = state.viewports.activity.saturating_sub(2);
    let Some(space) = state.space().filter(|_| periods > 0) else { return };
    let key = (space.space.space_id, space.head.last_sequence, periods);
    let panel = &state.activity;
    let asked = panel.asked.map(|(_, key)| key);
    let grew = panel.of.is_some_and(|(space_id, _, columns)| (space_id, columns) == (key.0, key.2));
    if panel.of == Some(key)
        || asked.is_some_and(|asked| asked.0 == key.0)
        || grew && state.spaces.reading.is_due()
    {
        return;
    }
    let request = state.request();
    let replaces = state.activity.asked.replace((request, key)).map(|(replaced, _)| replaced);
    effects.push(StoreQuery::LoadActivity { request, replaces, space_id: key.0, periods: periods.into() });
}

/// Applies the activity.
pub(crate) fn loaded(state: &mut ConsoleState, answer: Answer<Option<SpaceActivity>, ErrorText>) -> Changed {
    let panel = &mut state.activity;
    let Some((_, key)) = panel.asked.take_if(|(request, _)| *request == answer.request) else {
        return Changed::No;
    };
    (panel.of, panel.loaded) = (Some(key), answer.result.ok().flatten());
    Changed::Yes
}

/// Returns true if there are several periods to compare. Those of the space before count until others are loaded, so that
/// the layout changes once at most.
pub(crate) fn has_bars(state: &ConsoleState) -> bool {
    let has_events = state.space().is_some_and(|space| space.head.last_sequence.0 > 0);
    has_events && state.activity.loaded.as_ref().is_none_or(|activity| activity.counts.len() > 1)
}

/// Draws the bars, with the times of the first and the last one below. Without bars, a line says so.
pub(crate) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, area: Rect) {
    let is_selected = |(space_id, ..): &Key| Some(*space_id) == state.spaces.selected;
    let activity =
        state.activity.loaded.as_ref().filter(|_| state.activity.of.as_ref().is_some_and(is_selected));
    let [note, brief] = [grouped, short].map(|figure| note(state, activity, figure));
    let name = state.space().map(|space| piece(format!(" of {}", space.space.space_name), Role::Muted));
    let mut title: Vec<Piece<'_>> = [piece("Activity", Role::Muted)].into_iter().chain(name).collect();
    if state.travel.is_some() {
        title.push(piece(NOW, Role::Past));
    }
    // The border below a box has room for the number beside any name; a single line may not.
    let is_box = area.height > 1;
    if !is_box && pieces_width(&brief) > beside_title(area.width, &title) {
        title.truncate(1);
    }
    let (note, foot) = match is_box {
        true if pieces_width(&note) + FOOT > area.width => (Vec::new(), brief.clone()),
        true => (Vec::new(), note),
        false => (note, Vec::new()),
    };
    let brief = if is_box { Vec::new() } else { brief };
    let inner = Frame { title, note, brief, foot, ..Frame::default() }.draw(pen, area);
    let Some(activity) = activity else { return };
    let text = Rect { width: inner.width.saturating_sub(2), ..right_of(inner, 1) };
    let bars = Rect { height: text.height.saturating_sub(1), ..text };
    let shown = activity.counts.len().min(text.width.into());
    let counts = &activity.counts[activity.counts.len() - shown..];
    bar::draw_columns(pen, bars, counts, Role::Muted);
    let window = activity.window();
    let first = window.start(activity.counts.len() - shown);
    let is_day = matches!(activity.unit, ActivityUnit::Day | ActivityUnit::Week);
    // The first bar may be anywhere, because the last one is at the right.
    let line = row(text, bars.height);
    let [since, until] = state.moments.ends([first, activity.last_period()], is_day, line.width);
    let below_first = line.width.saturating_sub(u16::try_from(shown).unwrap_or(u16::MAX));
    let room = line.width.saturating_sub(width(&until) + 2);
    let start = below_first.min(room.saturating_sub(width(&since)));
    pen.text(right_of(line, start), &since, Role::Muted);
    pen.text_right(line, &until, Role::Muted);
}

/// Returns the number of events of the fullest period, or of the only one.
fn note(
    state: &ConsoleState,
    activity: Option<&SpaceActivity>,
    figure: fn(u64) -> String,
) -> Vec<Piece<'static>> {
    let has_events = state.space().is_some_and(|space| space.head.last_sequence.0 > 0);
    let text = match activity.map(|activity| (activity, activity.counts.as_slice())) {
        _ if !has_events => "none yet".to_owned(),
        Some((activity, [only])) => {
            let events = if *only == 1 { "event" } else { "events" };
            format!("{} {events} in one {}", figure(*only), activity.unit.as_str())
        }
        Some((activity, counts)) => {
            let most = counts.iter().max().copied().unwrap_or(0);
            let events = if most == 1 { "event" } else { "events" };
            format!("at most {} {events} per {}", figure(most), activity.unit.as_str())
        }
        None => return Vec::new(),
    };
    vec![piece(text, Role::Muted)]
}

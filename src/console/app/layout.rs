//! The layout of the screen by its size. At 120 columns:
//!
//! ```text
//! header
//! ╭ Spaces ────╮╭ Events ─ Projections ───────────╮
//! │            ││                                 │
//! │            ││                                 │
//! │            │╰─────────────────────────────────╯
//! ╰────────────╯╭ Detail ─────────────────────────╮
//! ╭ Activity ──╮│                                 │
//! ╰────────────╯│                                 │
//! ╭ Jobs ──────╮│                                 │
//! ╰────────────╯╰─────────────────────────────────╯
//! hints, prompt or notice
//! hints
//! ```
//!
//! The detail is to the right of the list if that keeps 95 columns; below 100 columns, one pane is shown at a time, with
//! the others as tabs. The checkpoints, the audit log, a trace and a timeline take the whole body, with the detail beside or below.
//! The borders of the side column and of the detail can be moved. The guide takes the bottom rows of the body: a panel,
//! or one line on a low screen. The hints have one
//! line on a low screen, on a wide one, and under a box.

use ratatui::layout::Rect;

use crate::console::app::borders::Border;
use crate::console::app::bottom::notice_rows;
use crate::console::app::state::ConsoleState;
use crate::console::layers::{Layer, Place, is};
use crate::console::panes::detail::Detail;
use crate::console::panes::{Pane, activity, travel};

/// The minimum size of the console.
pub const LEAST: (u16, u16) = (40, 10);

/// The minimum width of a screen that names the likely actions in one line.
const ONE_LINE: u16 = 160;
/// The minimum height of a screen with room for a second one.
const TWO_LINES: u16 = 24;

/// The minimum width of a body whose list has the detail beside it.
const DETAIL_BESIDE: u16 = 160;
const TWO_COLUMNS: u16 = 100;
/// The minimum widths of the list and of the details beside it, next to the side column: the list must not lose a column to
/// the details.
const LIST_BESIDE: u16 = 95;
const LEAST_BESIDE: u16 = 50;
/// The minimum height of a body with a detail below the list.
const DETAIL_BELOW: u16 = 17;
/// The height of an open detail below the list, with room for a small document and what an event changed.
const OPEN_DETAIL: u16 = 16;
/// The minimum height of a body with the guide's panel.
const GUIDE_PANEL: u16 = 18;
/// The maximum height of the guide's panel.
const MOST_GUIDE: u16 = 11;
/// The minimum width of the side column on a narrow screen, and on one of at least [`ROOMY`] columns.
const LEAST_SIDE_WIDTH: [u16; 2] = [32, 36];
const ROOMY: u16 = 120;
/// The width of the side column beside a name: the counters of a space, and the border.
const BESIDE_NAME: u16 = 22;
/// The same on a wide screen: also the app and the last event.
const BESIDE_NAME_WIDE: u16 = 39;
/// The minimum height of a pane in the side column, unless it is empty.
const LEAST_SIDE: u16 = 5;
/// The maximum height of the activity.
const MOST_ACTIVITY: u16 = 7;
/// The maximum height of the jobs in the side column.
const MOST_JOBS: u16 = 11;
/// The panes named in the border of the middle one: those that share its area, and the one that takes the whole body.
const TABS: &[Pane] = &[Pane::Events, Pane::Projections, Pane::Checkpoints];

/// The areas of the screen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// The line at the top.
    pub header: Rect,
    /// The area between the top and bottom lines.
    pub body: Rect,
    /// The lines at the bottom.
    pub bottom: Rect,
    /// The panes on screen, including their borders.
    pub panes: Vec<(Pane, Rect)>,
    /// The main list, which a history replaces.
    pub list: Rect,
    /// The detail, if shown.
    pub detail: Option<Rect>,
    /// The activity of the selected space, if shown.
    pub activity: Option<Rect>,
    /// The bar of time travel, if shown.
    pub travel: Option<Rect>,
    /// The guide, if shown.
    pub guide: Option<Rect>,
    /// The panes that share one area, named in its border.
    pub tabs: &'static [Pane],
    /// The borders that can be moved.
    pub borders: Vec<Divide>,
}

/// A border that divides an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Divide {
    /// The border.
    pub border: Border,
    /// The area that it divides.
    pub area: Rect,
    /// The columns or rows before it.
    pub before: u16,
}

impl Divide {
    /// Returns the cells of the border: the edges of the boxes on both sides.
    pub fn cells(&self) -> Rect {
        let Self { border, area, before } = *self;
        let start = before.saturating_sub(1);
        match border {
            Border::Side | Border::Beside => {
                Rect { x: area.x + start, width: 2.min(area.width - start), ..area }
            }
            Border::Below => Rect { y: area.y + start, height: 2.min(area.height - start), ..area },
        }
    }
}

impl Layout {
    /// Returns the layout for a state, or `None` if the area is too small.
    pub fn of(state: &ConsoleState, area: Rect) -> Option<Self> {
        Self::wanted(state, area, Wanted::of(state))
    }

    fn wanted(state: &ConsoleState, area: Rect, wanted: Wanted) -> Option<Self> {
        if area.width < LEAST.0 || area.height < LEAST.1 {
            return None;
        }
        let below_header = Rect { y: area.y + 1, height: area.height - 1, ..area };
        let (body, bottom) = split_rows(below_header, below_header.height - bottom_rows(state, area));
        let layout = Self { header: Rect { height: 1, ..area }, bottom, body, ..Self::default() };
        let (panes, guide) = split_rows(body, body.height - guide_rows(state, body));
        let (panes, bar) = split_rows(panes, panes.height - travel::view::rows(state, panes));
        let [guide, travel] = [guide, bar].map(|area| (area.height > 0).then_some(area));
        let layout = Self { guide, travel, ..layout };
        let mut layout = if state.layers.iter().any(Layer::takes_body) {
            layout.whole_body(state, panes, wanted)
        } else if wanted.zoomed {
            layout.alone(state.focus, panes)
        } else if area.width < TWO_COLUMNS {
            layout.one_column(state, panes, wanted)
        } else if state.focus == Pane::Checkpoints {
            let layout = layout.whole_body(state, panes, wanted);
            let list = layout.list;
            layout.alone(Pane::Checkpoints, list)
        } else {
            layout.columns(state, panes, wanted)
        };
        if has_detail(state) && (layout.detail.is_none() || wanted.zoomed) {
            layout.detail = Some(layout.list);
            layout.borders.retain(|divide| divide.border == Border::Side);
        }
        // The guide stays in its place, below the box.
        if state.layers.boxes().next().is_some() && layout.guide.is_none() {
            layout.give_line_to_box();
        }
        layout.body.height -= rows_below_box(state, area.width).min(layout.body.height / 2);
        Some(layout)
    }

    /// Returns the area of a pane, if it is on screen.
    pub fn pane(&self, pane: Pane) -> Option<Rect> {
        self.panes.iter().find(|(shown, _)| *shown == pane).map(|(_, area)| *area)
    }

    /// Gives all but the last line at the bottom to the body: a box names its keys itself.
    fn give_line_to_box(&mut self) {
        let spare = self.bottom.height.saturating_sub(1);
        self.body.height += spare;
        (self.bottom.y, self.bottom.height) = (self.bottom.y + spare, self.bottom.height - spare);
    }

    fn alone(self, pane: Pane, area: Rect) -> Self {
        Self { panes: vec![(pane, area)], list: area, tabs: &Pane::ALL, ..self }
    }

    /// A list that takes the whole body, with the details beside or below it.
    fn whole_body(self, state: &ConsoleState, body: Rect, wanted: Wanted) -> Self {
        match () {
            () if !wanted.detail || wanted.zoomed => Self { list: body, ..self },
            () if body.width >= DETAIL_BESIDE => {
                self.beside(state, body, body.width - (body.width / 3).max(50))
            }
            () => self.below(state, body),
        }
    }

    fn one_column(self, state: &ConsoleState, body: Rect, wanted: Wanted) -> Self {
        if !wanted.detail {
            return self.alone(state.focus, body);
        }
        if state.focus == Pane::Spaces {
            let (list, activity) = with_activity(state, body);
            return Self { activity, ..self.alone(state.focus, list) };
        }
        let split = self.below(state, body);
        let list = split.list;
        split.alone(state.focus, list)
    }

    fn columns(self, state: &ConsoleState, body: Rect, wanted: Wanted) -> Self {
        let width = state.split.side(body.width, side_width(state, body.width));
        let (side, rest) = split_columns(body, width);
        let split = match () {
            () if !wanted.detail => Self { list: rest, ..self },
            () if rest.width >= LIST_BESIDE + LEAST_BESIDE => {
                let detail = (rest.width / 3).clamp(LEAST_BESIDE, rest.width - LIST_BESIDE);
                self.beside(state, rest, rest.width - detail)
            }
            () => self.below(state, rest),
        };
        let (mut panes, activity) = side_column(state, side);
        panes.push((main_pane(state), split.list));
        let mut borders = split.borders;
        borders.push(Divide { border: Border::Side, area: body, before: width });
        Self { panes, activity, borders, tabs: TABS, ..split }
    }

    /// Puts the detail to the right of the list, which is `width` wide unless the border was moved.
    fn beside(mut self, state: &ConsoleState, area: Rect, width: u16) -> Self {
        let width = state.split.beside(area.width, width);
        let (list, detail) = split_columns(area, width);
        self.borders.push(Divide { border: Border::Beside, area, before: width });
        Self { list, detail: Some(detail), ..self }
    }

    /// Puts the detail below the list, if there is room for it.
    fn below(mut self, state: &ConsoleState, area: Rect) -> Self {
        if area.height < DETAIL_BELOW {
            return Self { list: area, ..self };
        }
        let most =
            if has_detail(state) { area.height - OPEN_DETAIL.min(area.height / 4 * 3) } else { area.height };
        let height = state.split.below(area.height, (area.height * 11 / 20).min(most));
        let (list, detail) = split_rows(area, height);
        self.borders.push(Divide { border: Border::Below, area, before: height });
        Self { list, detail: Some(detail), ..self }
    }
}

/// The wishes of the user for the layout.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    /// The focused pane or the open view takes all the room.
    zoomed: bool,
    /// The details of the selected row are beside the list.
    detail: bool,
}

impl Wanted {
    fn of(state: &ConsoleState) -> Self {
        Self { zoomed: state.zoomed, detail: state.detail_shown }
    }
}

/// Returns true if maximising the focused pane or the open view, or restoring its size, changes the screen.
pub(crate) fn is_zoom_visible(state: &ConsoleState) -> bool {
    differ(state, [true, false].map(|zoomed| Wanted { zoomed, ..Wanted::of(state) }))
}

/// Returns true if showing or hiding the details changes the screen.
pub(crate) fn are_details_visible(state: &ConsoleState) -> bool {
    differ(state, [true, false].map(|detail| Wanted { detail, ..Wanted::of(state) }))
}

fn differ(state: &ConsoleState, wishes: [Wanted; 2]) -> bool {
    let area = Rect { width: state.size.width, height: state.size.height, ..Rect::ZERO };
    let [first, second] = wishes.map(|wanted| Layout::wanted(state, area, wanted));
    first != second
}

/// Returns the number of lines at the bottom. A prompt has its keys below it, unless there is room for them beside it.
fn bottom_rows(state: &ConsoleState, area: Rect) -> u16 {
    let is_typed = state.layers.top().is_some_and(|layer| layer.place() == Place::Line);
    let has_two = area.width < ONE_LINE && (area.height >= TWO_LINES || is_typed);
    if has_two { 2 } else { 1 }
}

/// Returns the height of the guide.
pub fn guide_rows(state: &ConsoleState, body: Rect) -> u16 {
    match &state.walk {
        Some(walk) if walk.shown && body.height < GUIDE_PANEL => 1,
        Some(walk) if walk.shown => (body.height / 3).min(MOST_GUIDE),
        _ => 0,
    }
}

/// The pane in the middle: events or projections, the one that had the focus last.
fn main_pane(state: &ConsoleState) -> Pane {
    if state.focus.is_main() { state.focus } else { state.main }
}

/// Returns the number of rows that a box leaves to a message of several lines, which would cover its hints.
fn rows_below_box(state: &ConsoleState, width: u16) -> u16 {
    let has_box = state.layers.top().is_some_and(|layer| layer.place() == Place::Box);
    let notice = state.notice.as_ref().filter(|_| has_box);
    notice.map_or(0, |notice| notice_rows(state.theme().glyphs(), notice, width).saturating_sub(1))
}

/// Returns true if a detail is open, above the layer in place of the list if there is one.
pub fn has_detail(state: &ConsoleState) -> bool {
    state.layers.above_list().any(is::<Detail>)
}

/// The width of the side column: as much as the longest name loaded so far needs, within limits.
fn side_width(state: &ConsoleState, width: u16) -> u16 {
    let least = LEAST_SIDE_WIDTH[usize::from(width >= ROOMY)];
    let most = (width / 10).saturating_mul(3).max(least);
    let with = |beside| state.spaces.widest_name.saturating_add(beside).clamp(least, most);
    let wide = with(BESIDE_NAME_WIDE);
    // The list and the details beside it come first.
    if width.saturating_sub(wide) >= LIST_BESIDE + LEAST_BESIDE { wide } else { with(BESIDE_NAME) }
}

/// The panes of the side column from top to bottom, and the activity between them. If not all fit, only the focused one
/// is shown, or the spaces. The jobs take one line while there are none.
fn side_column(state: &ConsoleState, side: Rect) -> (Vec<(Pane, Rect)>, Option<Rect>) {
    let has_focus = state.focus == Pane::Jobs;
    if side.height < 2 * LEAST_SIDE {
        return (vec![(if has_focus { Pane::Jobs } else { Pane::Spaces }, side)], None);
    }
    let jobs = match state.jobs.jobs.is_empty() {
        true if has_focus => LEAST_SIDE,
        true => 1,
        false => (side.height / 4).clamp(LEAST_SIDE, MOST_JOBS),
    };
    let (rest, jobs) = split_rows(side, side.height - jobs);
    let (spaces, activity) = with_activity(state, rest);
    (vec![(Pane::Spaces, spaces), (Pane::Jobs, jobs)], activity)
}

/// Splits the activity off the spaces, if there is room for both. It takes one line while there is nothing to compare.
fn with_activity(state: &ConsoleState, area: Rect) -> (Rect, Option<Rect>) {
    if area.height < 3 * LEAST_SIDE {
        return (area, None);
    }
    let height = match activity::has_bars(state) {
        true => (area.height / 6).clamp(LEAST_SIDE, MOST_ACTIVITY),
        false => 1,
    };
    let (spaces, activity) = split_rows(area, area.height - height);
    (spaces, Some(activity))
}

fn split_rows(area: Rect, first: u16) -> (Rect, Rect) {
    let first = first.min(area.height);
    (Rect { height: first, ..area }, Rect { y: area.y + first, height: area.height - first, ..area })
}

fn split_columns(area: Rect, first: u16) -> (Rect, Rect) {
    let first = first.min(area.width);
    (Rect { width: first, ..area }, Rect { x: area.x + first, width: area.width - first, ..area })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content_store::Apps;

    fn at(width: u16, height: u16, change: impl Fn(&mut ConsoleState)) -> Option<Layout> {
        let mut state = ConsoleState::new("a.db", false, Apps::standard());
        change(&mut state);
        Layout::of(&state, Rect::new(0, 0, width, height))
    }

    fn shown(layout: &Layout) -> Vec<Pane> {
        layout.panes.iter().map(|(pane, _)| *pane).collect()
    }

    #[test]
    fn the_focused_pane_is_on_screen_at_every_size() {
        for pane in Pane::ALL {
            for (width, height) in
                (40..=250).step_by(15).flat_map(|width| (10..=80).step_by(5).map(move |h| (width, h)))
            {
                let layout = at(width, height, |state| state.focus = pane).unwrap();
                assert!(
                    layout.pane(pane).is_some_and(|area| area.height >= LEAST_SIDE),
                    "{pane:?} {width}×{height}"
                );
            }
        }
    }

    #[test]
    fn nothing_overlaps_and_the_body_is_covered() {
        for (width, height) in
            (40..=250).step_by(7).flat_map(|width| (10..=80).map(move |height| (width, height)))
        {
            let layout = at(width, height, |_| ()).unwrap();
            let places =
                layout.panes.iter().map(|(_, area)| *area).chain(layout.detail).chain(layout.activity);
            let covered: u32 = places.clone().map(|area| area.area()).sum();
            assert_eq!(covered, layout.body.area(), "{width}×{height}");
            assert!(
                places.into_iter().all(|area| layout.body.intersection(area) == area),
                "{width}×{height}"
            );
        }
    }

    #[test]
    fn the_side_column_is_as_wide_as_the_longest_name_needs() {
        let side = |width, name| {
            at(width, 40, |state| state.spaces.widest_name = name)
                .and_then(|layout| layout.pane(Pane::Spaces))
                .map(|area| area.width)
        };
        for (width, name, expected) in [
            (100, 8, 32),
            (100, 50, 32),
            (120, 8, 36),
            (130, 16, 38),
            (200, 8, 47),
            (200, 14, 53),
            (200, 255, 60),
        ] {
            assert_eq!(side(width, name), Some(expected), "{width} {name}");
        }
    }

    #[test]
    fn a_small_screen_shows_one_pane_and_a_tiny_one_none() {
        assert_eq!(shown(&at(80, 24, |_| ()).unwrap()), [Pane::Spaces]);
        assert_eq!(shown(&at(200, 50, |_| ()).unwrap()), [Pane::Spaces, Pane::Jobs, Pane::Events]);
        assert_eq!(at(39, 24, |_| ()), None);
        assert_eq!(at(80, 9, |_| ()), None);
    }

    #[test]
    fn the_checkpoints_take_the_whole_body_with_the_detail_below_or_beside() {
        for (width, height) in [(100, 24), (120, 40), (200, 50)] {
            let layout = at(width, height, |state| state.focus = Pane::Checkpoints).unwrap();
            assert_eq!(shown(&layout), [Pane::Checkpoints], "{width}×{height}");
            assert!(layout.detail.is_some_and(|detail| detail.area() < layout.list.area()));
            let layout =
                at(width, height, |state| (state.focus, state.detail_shown) = (Pane::Checkpoints, false));
            assert_eq!(layout.map(|layout| layout.list.width), Some(width));
        }
    }

    #[test]
    fn jobs_take_one_line_while_there_are_none() {
        let height = |change: fn(&mut ConsoleState)| {
            at(120, 40, change).unwrap().pane(Pane::Jobs).map(|area| area.height)
        };
        assert_eq!(height(|_| ()), Some(1));
        assert_eq!(height(|state| state.focus = Pane::Jobs), Some(LEAST_SIDE));
    }

    #[test]
    fn the_activity_takes_one_line_while_no_space_has_events() {
        let layout = at(120, 40, |_| ()).unwrap();
        assert_eq!(layout.activity.map(|area| area.height), Some(1));
    }

    #[test]
    fn a_zoomed_pane_fills_the_body() {
        let layout = at(200, 50, |state| (state.zoomed, state.focus) = (true, Pane::Jobs)).unwrap();
        assert_eq!(layout.panes, [(Pane::Jobs, layout.body)]);
    }
}

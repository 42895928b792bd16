//! Moving and scrolling, by the same motions in every list.

mod actions;

use ratatui::layout::Rect;

use crate::console::app::layout::Layout;
use crate::console::app::state::ConsoleState;
use crate::console::app::view::list_rows;
use crate::console::app::window::{Load, Row, Select, Window};
use crate::console::layers::Extent;
use crate::console::panes::Pane;

pub(crate) use actions::ACTIONS;

/// A motion in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motion {
    Rows(isize),
    HalfPages(isize),
    Pages(isize),
    Start,
    End,
    /// Scrolls by rows. The selection moves only to stay on screen.
    Scroll(isize),
    /// Scrolls to a share of the list: `at` of `of`.
    Share {
        at: u16,
        of: u16,
    },
}

impl Motion {
    /// Returns the new top line of a view without a selection, now scrolled to `top`.
    pub(crate) fn scrolled(self, top: usize, count: usize, height: usize) -> usize {
        let most = count.saturating_sub(height);
        self.from(top.min(most), most + 1, height)
    }

    /// Returns the index that it leads to from `index` among `count`.
    pub(crate) fn from(self, index: usize, count: usize, height: usize) -> usize {
        let by = match self {
            Self::Rows(by) | Self::Scroll(by) => by,
            Self::HalfPages(by) => by * (height / 2).max(1).cast_signed(),
            Self::Pages(by) => by * height.saturating_sub(1).max(1).cast_signed(),
            Self::Start => return 0,
            Self::End => return count.saturating_sub(1),
            Self::Share { at, of } => return share(count.saturating_sub(1), at, of),
        };
        index.saturating_add_signed(by).min(count.saturating_sub(1))
    }

    /// Returns the motion in a list that is too short to scroll: a notch of the wheel selects the next row.
    pub(crate) fn by_rows(self) -> Self {
        match self {
            Self::Scroll(by) => Self::Rows(by.signum()),
            other => other,
        }
    }

    /// Returns the index that it leads to in a list that shows the rows from `top` on, and scrolls the list.
    pub(crate) fn go(self, index: usize, top: &mut usize, count: usize, height: usize) -> usize {
        if let Self::Scroll(_) | Self::Share { .. } = self {
            *top = self.scrolled(*top, count, height);
            return index.clamp(*top, (*top + height.max(1) - 1).min(count.saturating_sub(1)).max(*top));
        }
        let to = self.from(index, count, height);
        *top = scrolled(*top, to, count, height);
        to
    }
}

/// Returns a share of a number, rounded down.
fn share(whole: usize, at: u16, of: u16) -> usize {
    let share = whole as u128 * u128::from(at.min(of)) / u128::from(of.max(1));
    usize::try_from(share).unwrap_or(whole)
}

/// Returns the index that a motion leads to in a list, and scrolls it into view.
pub(crate) fn go_in_list(
    place: Option<usize>,
    count: usize,
    top: &mut usize,
    motion: Motion,
    height: u16,
) -> usize {
    motion.go(place.unwrap_or(0), top, count, height.into())
}

/// Returns the first row on screen: the one nearest to `top` that shows the row at `index` and leaves no row
/// blank that one of the `count` rows could fill. Every list scrolls this way when its selection, length or
/// height changes. A hidden list (`height` 0) keeps its place.
pub fn scrolled(top: usize, index: usize, count: usize, height: usize) -> usize {
    if height == 0 {
        return top.min(count.saturating_sub(1));
    }
    top.clamp((index + 1).saturating_sub(height), index).min(count.saturating_sub(height))
}

/// Moves in the focused layer or pane.
pub(crate) fn go(state: &mut ConsoleState, motion: Motion) {
    if state.layers.is_empty() {
        return state.focus.list().go(state, motion);
    }
    let extent = extent(state);
    if let Some(layer) = state.layers.top_mut() {
        layer.go(motion, extent);
    }
}

/// Scrolls the layer in place of the list, which may have a detail above it.
pub(crate) fn scroll_list(state: &mut ConsoleState, motion: Motion) {
    let screen = Rect::new(0, 0, state.size.width, state.size.height);
    let Some(layout) = Layout::of(state, screen) else { return };
    let height = list_rows(state, &layout).into();
    if let Some(layer) = state.layers.list_mut() {
        layer.go(motion, Extent { lines: 0, height, wrapped: 0 });
    }
}

/// Returns the extent of the topmost layer, not counting a prompt.
pub(crate) fn extent(state: &ConsoleState) -> Extent {
    Extent {
        lines: state.layers.below_prompt().map_or(0, |layer| layer.length(state)),
        height: state.viewports.layer.into(),
        wrapped: state.viewports.layer_lines.into(),
    }
}

/// A window on a list of any rows.
pub(crate) trait RowWindow {
    /// Moves the selection or scrolls.
    fn go(&mut self, motion: Motion, height: usize);

    /// Selects a row by its number on screen, if there is one.
    fn select_shown(&mut self, row: usize, height: usize);

    /// Scrolls the selected row into view.
    fn reveal(&mut self, height: usize);
}

impl<R: Row> RowWindow for Window<R> {
    fn go(&mut self, motion: Motion, height: usize) {
        go_in_window(self, motion, height);
    }

    fn select_shown(&mut self, row: usize, height: usize) {
        Self::select_shown(self, row, height);
    }

    fn reveal(&mut self, height: usize) {
        Self::reveal(self, height);
    }
}

pub(crate) fn go_in_window<R: Row>(window: &mut Window<R>, motion: Motion, height: usize) {
    match motion {
        Motion::Start if !window.at_start => window.wish(Load::Start, Select::First),
        Motion::End if !window.at_end => window.wish(Load::End, Select::Last),
        _ => {
            let page = height.saturating_sub(window.day_lines(height));
            let mut top = window.top_index();
            let index = motion.go(window.selected_index().unwrap_or(0), &mut top, window.rows.len(), page);
            window.top = window.rows.get(top).map(Row::key);
            window.select_index(index, height);
        }
    }
}

/// Scrolls every selection into view, and fills blank rows, after the layout changed.
pub(crate) fn reveal_all(state: &mut ConsoleState) {
    reveal_panes(state);
    reveal_layer(state);
}

/// Does so in the panes.
pub(crate) fn reveal_panes(state: &mut ConsoleState) {
    Pane::ALL.iter().for_each(|pane| pane.list().reveal(state));
}

/// Does the same in the topmost layer, the only one whose height is known. Those beneath follow when it is closed.
fn reveal_layer(state: &mut ConsoleState) {
    let extent = extent(state);
    if let Some(layer) = state.layers.below_prompt_mut() {
        layer.reveal(extent);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_list_keeps_its_place_while_hidden_and_scrolls_no_farther_than_needed() {
        assert_eq!(scrolled(90, 99, 100, 0), 90);
        assert_eq!(scrolled(3, 5, 100, 10), 3);
        assert_eq!(scrolled(3, 20, 100, 10), 11);
        assert_eq!(scrolled(30, 20, 100, 10), 20);
    }

    proptest! {
        #[test]
        fn the_selected_row_is_on_screen_and_no_row_is_needlessly_blank(
            (count, index) in (1_usize..200).prop_flat_map(|count| (Just(count), 0..count)),
            heights in prop::collection::vec(0_usize..60, 1..8),
        ) {
            let mut top = 0;
            for height in heights {
                top = scrolled(top, index, count, height);
                if height > 0 {
                    prop_assert!((top..top + height).contains(&index));
                    prop_assert!(top + height <= count || top == 0);
                }
            }
        }
    }
}

//! Progress bars and scrollbars.

use ratatui::layout::Rect;

use crate::console::app::pointer::region::Spot;
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::{Pen, Piece, piece};

/// Draws a bar for `done` of `total`. It is full only if all is done.
pub fn draw(pen: &mut Pen<'_>, area: Rect, done: u64, total: u64, role: Role) {
    let glyphs = pen.glyphs();
    let steps = glyphs.eighths.len() as u64;
    let filled = filled(done, total, u64::from(area.width) * steps);
    for cell in 0..area.width {
        let of_cell = filled.saturating_sub(u64::from(cell) * steps).min(steps);
        let x = area.x.saturating_add(cell);
        match usize::try_from(of_cell).ok().and_then(|eighths| eighths.checked_sub(1)) {
            Some(eighth) => pen.glyph(x, area.y, glyphs.eighths.get(eighth).copied().unwrap_or(" "), role),
            None => pen.glyph(x, area.y, glyphs.track, Role::Track),
        }
    }
}

/// Draws the bar as a line with a resolution of half a cell, for bars in adjacent rows.
pub fn draw_line(pen: &mut Pen<'_>, area: Rect, done: u64, total: u64, role: Role) {
    let [whole, half, rest] = pen.glyphs().line;
    let filled = filled(done, total, u64::from(area.width) * 2);
    for cell in 0..area.width {
        let (glyph, role) = match filled.saturating_sub(u64::from(cell) * 2) {
            0 => (rest, Role::LineRest),
            1 => (half, role),
            _ => (whole, role),
        };
        pen.glyph(area.x.saturating_add(cell), area.y, glyph, role);
    }
}

/// Draws a column for each count, the last one at the right, as high as its share of the largest count.
pub fn draw_columns(pen: &mut Pen<'_>, area: Rect, counts: &[u64], role: Role) {
    let levels = pen.glyphs().levels;
    let most = counts.iter().max().copied().unwrap_or(0);
    let steps = levels.len() as u64;
    for (x, count) in (area.left()..area.right()).rev().zip(counts.iter().rev().filter(|_| most > 0)) {
        let filled = filled(*count, most, u64::from(area.height) * steps);
        for (y, above) in (area.top()..area.bottom()).rev().zip(0_u64..) {
            let level = usize::try_from(filled.saturating_sub(above * steps).min(steps)).unwrap_or(0);
            if let Some(glyph) = level.checked_sub(1).and_then(|level| levels.get(level)) {
                pen.glyph(x, y, glyph, role);
            }
        }
    }
}

/// Returns counts as a line of text: a column for each, as high as its share of the largest.
pub fn sparkline(glyphs: &Glyphs, counts: &[u64]) -> String {
    let most = counts.iter().max().copied().unwrap_or(0).max(1);
    let level = |count: &u64| {
        let level = usize::try_from(filled(*count, most, glyphs.levels.len() as u64)).unwrap_or(0);
        level.checked_sub(1).and_then(|level| glyphs.levels.get(level).copied()).unwrap_or(" ")
    };
    counts.iter().map(level).collect()
}

/// Returns the bar as a line, as text: the filled and the empty part.
pub fn line_pieces(glyphs: &Glyphs, cells: u16, done: u64, total: u64, role: Role) -> [Piece<'static>; 2] {
    let [whole, half, rest] = glyphs.line;
    let filled = usize::try_from(filled(done, total, u64::from(cells) * 2)).unwrap_or(usize::MAX);
    let text = whole.repeat(filled / 2) + &half.repeat(filled % 2);
    let empty = rest.repeat(usize::from(cells).saturating_sub(filled.div_ceil(2)));
    [piece(text, role), piece(empty, Role::LineRest)]
}

/// Returns the bar as text: the filled and the empty part.
pub fn pieces(glyphs: &Glyphs, cells: u16, fraction: f64) -> [Piece<'static>; 2] {
    let steps = glyphs.eighths.len();
    let of_cells = filled((fraction * 1000.0) as u64, 1000, u64::from(cells) * steps as u64);
    let of_cells = usize::try_from(of_cells).unwrap_or(0);
    let mut full = glyphs.eighths.last().copied().unwrap_or(" ").repeat(of_cells / steps);
    if let Some(eighth) = (of_cells % steps).checked_sub(1) {
        full.push_str(glyphs.eighths.get(eighth).copied().unwrap_or(" "));
    }
    let rest = glyphs.track.repeat(usize::from(cells).saturating_sub(of_cells.div_ceil(steps)));
    [piece(full, Role::Bar), piece(rest, Role::Track)]
}

/// The filled steps of a bar: 0 only if nothing is done, all only if everything is.
fn filled(done: u64, total: u64, steps: u64) -> u64 {
    if done >= total {
        return steps;
    }
    let scaled = u64::try_from(u128::from(done) * u128::from(steps) / u128::from(total)).unwrap_or(steps);
    if done > 0 { scaled.max(1.min(steps)) } else { 0 }
}

/// The visible part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scroll {
    /// The first row on screen.
    pub first: u64,
    /// The number of rows on screen.
    pub shown: u64,
    /// The total number of rows.
    pub total: u64,
}

impl Scroll {
    /// Returns the visible part, moved from `first` only as far as needed to show the selected row.
    pub fn around(selected: u64, first: u64, shown: u64, total: u64) -> Self {
        let lowest = (selected + 1).saturating_sub(shown);
        let first = first.clamp(lowest, selected.max(lowest)).min(total.saturating_sub(shown));
        Self { first, shown, total }
    }

    /// Draws the scrollbar beside a text in a box, in the column between the text and the frame.
    pub fn draw_beside(self, pen: &mut Pen<'_>, text: Rect) {
        self.draw(pen, Rect { width: text.width.saturating_add(1), ..text });
    }

    /// Draws the scrollbar in the last column of a list's rows, if the list is longer than the screen.
    pub fn draw(self, pen: &mut Pen<'_>, rows: Rect) {
        let height = u64::from(rows.height);
        if height < 2 || self.total <= self.shown || rows.width == 0 {
            return;
        }
        let length = (height * self.shown / self.total).clamp(1, height - 1);
        let furthest = self.total - self.shown;
        let start = place(self.first.min(furthest), furthest, height - length);
        pen.spot(Rect { x: rows.right() - 1, width: 1, ..rows }, Spot::ScrollBar);
        let glyph = pen.glyphs().thumb;
        for step in start..start + length {
            let y = rows.y.saturating_add(u16::try_from(step).unwrap_or(u16::MAX));
            pen.glyph(rows.right() - 1, y, glyph, Role::Thumb);
        }
    }
}

/// The position of `at` of `of` on a track of `steps`. Only the ends of the range map to the ends of the track.
fn place(at: u64, of: u64, steps: u64) -> u64 {
    if at == 0 {
        return 0;
    }
    if at >= of {
        return steps;
    }
    let scaled = u64::try_from(u128::from(at) * u128::from(steps) / u128::from(of)).unwrap_or(steps);
    scaled.clamp(1.min(steps), steps.saturating_sub(1).max(1.min(steps)))
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;

    use super::*;
    use crate::console::theme::Theme;

    type Draw = fn(&mut Pen<'_>, Rect, u64, u64, Role);

    fn drawn_by(draw: Draw, theme: &Theme, done: u64, total: u64) -> String {
        let area = Rect::new(0, 0, 4, 1);
        let mut buffer = Buffer::empty(area);
        draw(&mut Pen::new(&mut buffer, theme), area, done, total, Role::Bar);
        (0..4).map(|x| buffer[(x, 0)].symbol().to_owned()).collect()
    }

    fn drawn(theme: &Theme, done: u64, total: u64) -> String {
        drawn_by(draw, theme, done, total)
    }

    #[test]
    fn a_line_grows_by_half_a_cell() {
        let lines = [0, 1, 4, 5, 8].map(|done| drawn_by(draw_line, &Theme::dark(), done, 8));
        assert_eq!(lines, ["────", "╸───", "━━──", "━━╸─", "━━━━"]);
    }

    #[test]
    fn a_bar_grows_by_an_eighth_of_a_cell() {
        let bars = [0, 1, 8, 9, 31, 32].map(|done| drawn(&Theme::dark(), done, 32));
        assert_eq!(bars, ["    ", "▏   ", "█   ", "█▏  ", "███▉", "████"]);
    }

    #[test]
    fn a_started_bar_is_never_empty_and_an_unfinished_one_never_full() {
        assert_eq!(drawn(&Theme::dark(), 1, 1_000_000), "▏   ");
        assert_eq!(drawn(&Theme::dark(), 999_999, 1_000_000), "███▉");
        assert_eq!(drawn(&Theme::dark(), 0, 0), "████");
    }

    #[test]
    fn columns_are_as_high_as_their_share_and_the_last_one_is_at_the_right() {
        let shown = |theme: &Theme| -> Vec<String> {
            let area = Rect::new(0, 0, 5, 2);
            let mut buffer = Buffer::empty(area);
            draw_columns(&mut Pen::new(&mut buffer, theme), area, &[8, 0, 4, 1], Role::Muted);
            (0..2).map(|y| (0..5).map(|x| buffer[(x, y)].symbol()).collect()).collect()
        };
        assert_eq!(shown(&Theme::dark()), [" █   ", " █ █▂"]);
        assert_eq!(shown(&Theme::dark().ascii()), [" #   ", " # #."]);
    }

    #[test]
    fn a_sparkline_has_a_column_for_each_count() {
        assert_eq!(sparkline(&Glyphs::UNICODE, &[8, 0, 4, 1]), "█ ▄▁");
        assert_eq!(sparkline(&Glyphs::ASCII, &[8, 0, 4, 1]), "# :.");
        assert_eq!(sparkline(&Glyphs::UNICODE, &[0, 0]), "  ");
    }

    #[test]
    fn an_ascii_bar_needs_no_block_elements() {
        assert_eq!(
            [0, 1, 2, 4].map(|done| drawn(&Theme::dark().ascii(), done, 4)),
            ["....", "#...", "##..", "####"]
        );
    }

    #[test]
    fn scrolling_moves_only_as_far_as_the_selection_needs() {
        assert_eq!(Scroll::around(5, 0, 10, 100).first, 0);
        assert_eq!(Scroll::around(10, 0, 10, 100).first, 1);
        assert_eq!(Scroll::around(3, 7, 10, 100).first, 3);
        assert_eq!(Scroll::around(99, 0, 10, 100).first, 90);
        assert_eq!(Scroll::around(2, 50, 10, 5).first, 0);
        assert_eq!(Scroll::around(0, 0, 0, 0).first, 0);
    }

    #[test]
    fn the_thumb_touches_an_end_only_at_the_end_of_the_list() {
        assert_eq!([0, 1, 50, 99, 100].map(|at| place(at, 100, 10)), [0, 1, 5, 9, 10]);
        assert_eq!([0, 1, 2].map(|at| place(at, 2, 1)), [0, 1, 1]);
        assert_eq!(place(3, 9, 0), 0);
    }
}

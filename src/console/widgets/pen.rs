//! Drawing text into a buffer by role and display width, never outside its area.

use std::borrow::Cow;

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::console::app::pointer::region::{RegionKind, Regions, Spot, Surface};
use crate::console::theme::{Glyphs, Role, Theme};
use crate::console::widgets::graphemes::graphemes;
use crate::text::visible;

/// A buffer and a theme to draw with. It also records which areas the pointer can hit.
pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
    regions: Regions,
    /// True while a box is drawn that another one covers.
    is_beneath: bool,
}

/// A piece of text with its role. Control characters in the text are made visible, so that no data can send commands
/// to the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'a> {
    text: Cow<'a, str>,
    role: Role,
    /// The spot that the pointer hits on it, if it stands for one.
    spot: Option<Spot>,
}

/// Returns a piece of text with its role.
pub fn piece<'a>(text: impl Into<Cow<'a, str>>, role: Role) -> Piece<'a> {
    let text = match text.into() {
        Cow::Borrowed(text) => visible(text),
        Cow::Owned(text) => match visible(&text) {
            Cow::Borrowed(_) => Cow::Owned(text),
            Cow::Owned(shown) => Cow::Owned(shown),
        },
    };
    Piece { text, role, spot: None }
}

impl Piece<'_> {
    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Returns the same text with another role.
    pub fn with_role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// Returns the same text as a spot that the pointer can hit.
    pub fn with_spot(self, spot: Spot) -> Self {
        Self { spot: Some(spot), ..self }
    }

    /// Returns another text with the same role. It has to be derived from this text, which is already made visible.
    pub fn with_text<'b>(&self, text: String) -> Piece<'b> {
        Piece { text: Cow::Owned(text), role: self.role, spot: self.spot }
    }

    /// Returns the same piece, borrowing its text.
    pub fn borrowed(&self) -> Piece<'_> {
        Piece { text: Cow::Borrowed(&self.text), role: self.role, spot: self.spot }
    }

    /// Returns an owned copy.
    pub fn into_owned(self) -> Piece<'static> {
        Piece { text: Cow::Owned(self.text.into_owned()), role: self.role, spot: self.spot }
    }
}

/// Returns the width of a text in cells.
pub fn width(text: &str) -> u16 {
    if text.is_ascii() {
        return u16::try_from(text.len()).unwrap_or(u16::MAX);
    }
    graphemes(text).fold(0, |sum: u16, (_, cells)| sum.saturating_add(cells))
}

/// Returns the total width of pieces in cells.
pub fn pieces_width(pieces: &[Piece<'_>]) -> u16 {
    pieces.iter().fold(0, |sum: u16, piece| sum.saturating_add(width(&piece.text)))
}

impl<'a> Pen<'a> {
    /// Returns a pen for a buffer.
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Self {
        Self { buffer, theme, regions: Regions::default(), is_beneath: false }
    }

    /// Draws from now on what another box covers, or what is on top.
    pub fn set_beneath(&mut self, is_beneath: bool) {
        self.is_beneath = is_beneath;
    }

    /// Returns true while a box is drawn that another one covers.
    pub fn is_beneath(&self) -> bool {
        self.is_beneath
    }

    /// Records a surface, which covers all that was recorded before.
    pub fn surface(&mut self, area: Rect, surface: Surface) {
        self.regions.record(area.intersection(*self.buffer.area()), RegionKind::Surface(surface));
    }

    /// Records a spot of the surface recorded before.
    pub fn spot(&mut self, area: Rect, spot: Spot) {
        self.regions.record(area.intersection(*self.buffer.area()), RegionKind::Spot(spot));
    }

    /// Returns the regions recorded.
    pub fn into_regions(self) -> Regions {
        self.regions
    }

    /// Returns the theme's glyphs.
    pub fn glyphs(&self) -> &'a Glyphs {
        self.theme.glyphs()
    }

    /// Clears an area and sets its background.
    pub fn ground(&mut self, area: Rect, role: Role) {
        let style = self.theme.style(role);
        for (x, y) in cells(area.intersection(*self.buffer.area())) {
            if let Some(cell) = self.buffer.cell_mut((x, y)) {
                cell.reset();
                cell.set_style(style);
            }
        }
        self.blank_cut_characters(area);
    }

    /// Applies a role's style to an area, keeping its text.
    pub fn wash(&mut self, area: Rect, role: Role) {
        let style = self.theme.style(role);
        self.buffer.set_style(area, style);
    }

    /// Writes one line at the start of `area`; text that does not fit ends in an ellipsis. Returns the cells used.
    pub fn text(&mut self, area: Rect, text: &str, role: Role) -> u16 {
        self.line(area, &[piece(text, role)])
    }

    /// Writes one line at the end of `area`. Returns the cells used.
    pub fn text_right(&mut self, area: Rect, text: &str, role: Role) -> u16 {
        self.line_right(area, &[piece(text, role)])
    }

    /// Writes pieces at the start of `area`; text that does not fit ends in an ellipsis. Returns the cells used.
    pub fn line(&mut self, area: Rect, pieces: &[Piece<'_>]) -> u16 {
        let area = area.intersection(*self.buffer.area());
        if area.is_empty() {
            return 0;
        }
        let cut = pieces_width(pieces) > area.width;
        let ellipsis = self.glyphs().ellipsis;
        let keep = if cut { area.width.saturating_sub(width(ellipsis)) } else { area.width };
        let mut used = 0;
        for piece in pieces {
            let style = self.theme.style(piece.role);
            let (next, whole) = self.put(area, used, keep, &piece.text, style);
            if let Some(spot) = piece.spot {
                self.spot(Rect { x: area.x + used, width: next - used, height: 1, ..area }, spot);
            }
            used = next;
            if !whole {
                return self.put(area, used, area.width, ellipsis, style).0;
            }
        }
        used
    }

    /// Writes pieces at the end of `area`.
    pub fn line_right(&mut self, area: Rect, pieces: &[Piece<'_>]) -> u16 {
        let gap = area.width.saturating_sub(pieces_width(pieces));
        self.line(right_of(area, gap), pieces)
    }

    /// Writes one glyph into one cell, if the cell is inside the buffer.
    pub fn glyph(&mut self, x: u16, y: u16, glyph: &str, role: Role) {
        let style = self.theme.style(role);
        self.put(Rect { x, y, width: 1, height: 1 }, 0, 1, glyph, style);
    }

    /// Returns the graphemes drawn on a line, in lower case, each with its column.
    pub fn symbols(&self, line: Rect) -> Vec<(u16, String)> {
        let line = line.intersection(*self.buffer.area());
        let mut symbols = Vec::with_capacity(usize::from(line.width));
        let mut x = line.x;
        while x < line.right() && line.height > 0 {
            let Some(cell) = self.buffer.cell((x, line.y)) else { break };
            symbols.push((x, cell.symbol().to_lowercase()));
            x = x.saturating_add(cell.symbol().cell_width().max(1));
        }
        symbols
    }

    /// Writes graphemes from `offset` on, up to `limit` cells from the area's start. Returns the offset after the last
    /// one, and true if all were written.
    fn put(&mut self, area: Rect, offset: u16, limit: u16, text: &str, style: Style) -> (u16, bool) {
        let mut at = offset;
        for (grapheme, cells) in graphemes(text) {
            if at.saturating_add(cells) > limit {
                return (at, false);
            }
            let x = area.x.saturating_add(at);
            for (place, x) in (x..x.saturating_add(cells)).enumerate() {
                let Some(cell) = self.buffer.cell_mut((x, area.y)) else { continue };
                cell.set_symbol(if place == 0 { grapheme } else { " " });
                cell.set_style(style);
            }
            at += cells;
        }
        (at, true)
    }

    /// Blanks wide characters that the area's left edge cuts in half.
    fn blank_cut_characters(&mut self, area: Rect) {
        let Some(left) = area.x.checked_sub(1) else { return };
        for y in area.top()..area.bottom() {
            if let Some(cell) = self.buffer.cell_mut((left, y))
                && cell.symbol().cell_width() > 1
            {
                cell.set_symbol(" ");
            }
        }
    }
}

/// Returns the line without its first `cells`.
pub fn right_of(area: Rect, cells: u16) -> Rect {
    let cells = cells.min(area.width);
    Rect { x: area.x.saturating_add(cells), width: area.width - cells, ..area }
}

/// Returns one line of an area, empty if the area has no such line.
pub fn row(area: Rect, index: u16) -> Rect {
    let height = u16::from(index < area.height);
    Rect { y: area.y.saturating_add(index.min(area.height)), height, ..area }
}

/// Returns an area without its first lines.
pub fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y.saturating_add(rows), height: area.height - rows, ..area }
}

fn cells(area: Rect) -> impl Iterator<Item = (u16, u16)> {
    (area.top()..area.bottom()).flat_map(move |y| (area.left()..area.right()).map(move |x| (x, y)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(cells: u16, draw: impl Fn(&mut Pen<'_>, Rect) -> u16) -> String {
        let area = Rect::new(0, 0, cells, 1);
        let (mut buffer, theme) = (Buffer::empty(area), Theme::mono());
        draw(&mut Pen::new(&mut buffer, &theme), area);
        (0..cells).map(|x| buffer[(x, 0)].symbol().to_owned()).collect()
    }

    #[test]
    fn text_that_does_not_fit_ends_in_an_ellipsis() {
        assert_eq!(drawn(6, |pen, area| pen.text(area, "abcdef", Role::Text)), "abcdef");
        assert_eq!(drawn(6, |pen, area| pen.text(area, "abcdefg", Role::Text)), "abcde…");
        assert_eq!(drawn(1, |pen, area| pen.text(area, "abc", Role::Text)), "…");
        assert_eq!(drawn(0, |pen, area| pen.text(area, "abc", Role::Text)), "");
    }

    #[test]
    fn a_wide_character_is_never_cut_in_half() {
        assert_eq!(drawn(4, |pen, area| pen.text(area, "日本", Role::Text)), "日 本 ");
        assert_eq!(drawn(3, |pen, area| pen.text(area, "日本", Role::Text)), "日 …");
        assert_eq!(drawn(4, |pen, area| pen.text(area, "a日本語", Role::Text)), "a日 …");
    }

    #[test]
    fn an_ellipsis_also_replaces_whole_pieces() {
        let pieces = [piece("ab", Role::Text), piece("cd", Role::Text)];
        assert_eq!(drawn(3, |pen, area| pen.line(area, &pieces)), "ab…");
        assert_eq!(drawn(4, |pen, area| pen.line(area, &pieces)), "abcd");
    }

    #[test]
    fn a_line_can_be_right_aligned() {
        assert_eq!(drawn(5, |pen, area| pen.text_right(area, "ab", Role::Text)), "   ab");
    }

    #[test]
    fn drawing_outside_the_buffer_does_nothing() {
        let (mut buffer, theme) = (Buffer::empty(Rect::new(0, 0, 3, 1)), Theme::dark());
        let mut pen = Pen::new(&mut buffer, &theme);
        pen.text(Rect::new(2, 0, 9, 1), "abc", Role::Text);
        pen.text(Rect::new(0, 7, 9, 1), "abc", Role::Text);
        pen.ground(Rect::new(1, 0, 900, 900), Role::Dialog);
        assert_eq!(buffer[(2, 0)].symbol(), " ");
    }

    #[test]
    fn a_background_over_half_a_wide_character_blanks_the_other_half() {
        let (mut buffer, theme) = (Buffer::empty(Rect::new(0, 0, 4, 1)), Theme::dark());
        let mut pen = Pen::new(&mut buffer, &theme);
        pen.text(Rect::new(0, 0, 4, 1), "日本", Role::Text);
        pen.ground(Rect::new(1, 0, 2, 1), Role::Dialog);
        let symbols: Vec<_> = (0..4).map(|x| buffer[(x, 0)].symbol()).collect();
        assert_eq!(symbols, [" ", " ", " ", " "]);
    }
}

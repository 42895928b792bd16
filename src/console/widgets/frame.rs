//! Boxes around panes and dialogs, and the message of a pane that has nothing to show.

use ratatui::layout::Rect;

use crate::console::theme::Role;
use crate::console::widgets::pen::{Pen, Piece, pieces_width, right_of, row};
use crate::console::widgets::text::wrap;

/// A box.
#[derive(Debug, Clone, Default)]
pub struct Frame<'a> {
    /// In the upper border, to the left.
    pub title: Vec<Piece<'a>>,
    /// In the upper border, to the right; dropped if there is no room.
    pub note: Vec<Piece<'a>>,
    /// A short form of the note, used if there is no room for all of it.
    pub brief: Vec<Piece<'a>>,
    /// In the lower border, to the right; dropped if there is no room.
    pub foot: Vec<Piece<'a>>,
    /// True if the content has the focus.
    pub focused: bool,
    /// True if the content is about a destructive action.
    pub alarming: bool,
}

/// The minimum border beside a title.
const STUB: u16 = 2;

impl Frame<'_> {
    /// Draws the box and returns its inside.
    pub fn draw(&self, pen: &mut Pen<'_>, area: Rect) -> Rect {
        let inside = inside(area);
        if area.width < 2 || area.height < 2 {
            return inside;
        }
        let (lines, role) =
            if self.focused { (pen.glyphs().focus, Role::Focus) } else { (pen.glyphs().lines, Role::Border) };
        let role = if self.alarming { Role::Danger } else { role };
        let (right, bottom) = (area.right() - 1, area.bottom() - 1);
        for x in inside.left()..inside.right() {
            pen.glyph(x, area.y, lines.horizontal, role);
            pen.glyph(x, bottom, lines.horizontal, role);
        }
        for y in inside.top()..inside.bottom() {
            pen.glyph(area.x, y, lines.vertical, role);
            pen.glyph(right, y, lines.vertical, role);
        }
        let corners = [(area.x, area.y), (right, area.y), (area.x, bottom), (right, bottom)];
        for ((x, y), corner) in corners.into_iter().zip(lines.corners) {
            pen.glyph(x, y, corner, role);
        }
        let used = label(pen, Rect { height: 1, ..area }, &self.title);
        let is_brief = pieces_width(&self.note) > beside_title(area.width, &self.title);
        let note = if is_brief { &self.brief } else { &self.note };
        label_right(pen, right_of(Rect { height: 1, ..area }, used), note);
        label_right(pen, Rect { y: bottom, height: 1, ..area }, &self.foot);
        inside
    }
}

/// Returns the cells for a note beside the title in a border of this width.
pub fn beside_title(width: u16, title: &[Piece<'_>]) -> u16 {
    let title = if title.is_empty() { STUB } else { STUB + pieces_width(title) + 1 };
    width.saturating_sub(title + 2 + STUB)
}

/// Returns the inside of a box.
pub fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x.saturating_add(1.min(area.width)),
        y: area.y.saturating_add(1.min(area.height)),
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    }
}

/// Writes a text into a border, with a space on both sides. Returns the cells used.
fn label(pen: &mut Pen<'_>, border: Rect, pieces: &[Piece<'_>]) -> u16 {
    let room = border.width.saturating_sub(2 * STUB);
    if pieces.is_empty() || room < 3 {
        return STUB;
    }
    let place = Rect { width: room, ..right_of(border, STUB - 1) };
    let text = pen.line(Rect { width: room - 2, ..right_of(place, 1) }, pieces);
    pen.glyph(place.x, place.y, " ", Role::Border);
    pen.glyph(place.x + text + 1, place.y, " ", Role::Border);
    STUB + text + 1
}

fn label_right(pen: &mut Pen<'_>, border: Rect, pieces: &[Piece<'_>]) {
    let needed = pieces_width(pieces).saturating_add(2);
    let Some(gap) = border.width.checked_sub(needed.saturating_add(STUB)).filter(|_| !pieces.is_empty())
    else {
        return;
    };
    let place = Rect { width: needed, ..right_of(border, gap) };
    pen.text(place, " ", Role::Border);
    let text = pen.line(right_of(place, 1), pieces);
    pen.text(right_of(place, text + 1), " ", Role::Border);
}

/// A message in the middle of an area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder<'a> {
    /// The reason.
    pub text: &'a str,
    /// The role of the reason.
    pub role: Role,
    /// The next step; a line break starts a new line.
    pub next: Option<&'a str>,
}

impl Placeholder<'_> {
    /// Draws the message.
    pub fn draw(&self, pen: &mut Pen<'_>, area: Rect) {
        let cells = area.width.saturating_sub(2).min(64);
        if cells == 0 {
            return;
        }
        let mut lines: Vec<(String, Role)> =
            wrap(self.text, cells).into_iter().map(|line| (line, self.role)).collect();
        if let Some(next) = self.next {
            if lines.len() + 2 < usize::from(area.height) {
                lines.push((String::new(), Role::Muted));
            }
            let next = next.lines().flat_map(|line| wrap(line, cells));
            lines.extend(next.map(|line| (line, Role::Muted)));
        }
        let top = area.height.saturating_sub(u16::try_from(lines.len()).unwrap_or(u16::MAX)) * 2 / 5;
        for (index, (line, role)) in (top..area.height).zip(&lines) {
            pen.text_centred(row(area, index), line, *role);
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;

    use super::*;
    use crate::console::theme::Theme;
    use crate::console::widgets::pen::piece;

    fn drawn(theme: &Theme, width: u16, focused: bool) -> Vec<String> {
        let area = Rect::new(0, 0, width, 3);
        let mut buffer = Buffer::empty(area);
        let frame = Frame {
            title: vec![piece("Spaces", Role::Strong)],
            note: vec![piece("5", Role::Muted)],
            focused,
            ..Frame::default()
        };
        frame.draw(&mut Pen::new(&mut buffer, theme), area);
        (0..3).map(|y| (0..width).map(|x| buffer[(x, y)].symbol()).collect()).collect()
    }

    #[test]
    fn a_box_shows_its_title_and_a_note_if_there_is_room() {
        assert_eq!(
            drawn(&Theme::dark(), 16, false),
            ["╭ Spaces ── 5 ─╮", "│              │", "╰──────────────╯"]
        );
        assert_eq!(drawn(&Theme::dark(), 12, false), ["╭ Spaces ──╮", "│          │", "╰──────────╯"]);
        assert_eq!(drawn(&Theme::dark(), 9, false), ["╭ Sp… ──╮", "│       │", "╰───────╯"]);
    }

    #[test]
    fn line_style_shows_the_focus_without_colour() {
        assert_eq!(drawn(&Theme::mono(), 12, true), ["┏ Spaces ━━┓", "┃          ┃", "┗━━━━━━━━━━┛"]);
        assert_eq!(drawn(&Theme::dark().ascii(), 12, true), ["# Spaces ==#", "|          |", "#==========#"]);
    }

    #[test]
    fn a_box_without_room_does_not_panic() {
        for width in 0..9 {
            drawn(&Theme::dark(), width, true);
        }
    }
}

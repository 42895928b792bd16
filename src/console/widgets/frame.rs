//! Boxes around panes and dialogs, and the message of a pane that has nothing to show.

use ratatui::layout::Rect;

use crate::console::theme::Role;
use crate::console::widgets::pen::{Pen, Piece, piece, pieces_width, right_of, row};
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
    /// Draws the box and returns its inside. A box of one row is a line with its labels, and has no inside.
    pub fn draw(&self, pen: &mut Pen<'_>, area: Rect) -> Rect {
        let inside = inside(area);
        if area.width < 2 || area.height == 0 {
            return inside;
        }
        let (lines, role) =
            if self.focused { (pen.glyphs().focus, Role::Focus) } else { (pen.glyphs().lines, Role::Border) };
        let role = if self.alarming { Role::Danger } else { role };
        let (right, bottom) = (area.right() - 1, area.bottom() - 1);
        if area.height == 1 {
            (area.x..=right).for_each(|x| pen.glyph(x, area.y, lines.horizontal, role));
            self.labels(pen, area);
            return inside;
        }
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
        self.labels(pen, Rect { height: 1, ..area });
        label_right(pen, right_of(Rect { y: bottom, height: 1, ..area }, STUB), &self.foot);
        inside
    }

    /// Returns true if a text of this width fits into the lower border of a box.
    pub fn has_room_in_foot(area: Rect, cells: u16) -> bool {
        cells.saturating_add(2 + 2 * STUB) <= area.width
    }

    /// Writes the title and the note into the upper border.
    fn labels(&self, pen: &mut Pen<'_>, border: Rect) {
        let used = label(pen, border, &self.title);
        let is_brief = pieces_width(&self.note) > beside_title(border.width, &self.title);
        let note = if is_brief { &self.brief } else { &self.note };
        label_right(pen, right_of(border, used), note);
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

/// A message in place of rows: one line if it fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder<'a> {
    /// The reason.
    pub text: &'a str,
    /// The role of the reason.
    pub role: Role,
    /// The next step, or several, each on a line of this text.
    pub next: Option<&'a str>,
}

impl Placeholder<'_> {
    /// Draws the message.
    pub fn draw(&self, pen: &mut Pen<'_>, area: Rect) {
        let text = Rect { width: area.width.saturating_sub(2), ..right_of(area, 1) };
        if text.width == 0 {
            return;
        }
        let mut line = vec![piece(self.text, self.role)];
        for next in self.next.iter().flat_map(|next| next.lines()) {
            line.extend([piece(format!(" {} ", pen.glyphs().dot), Role::Muted), piece(next, Role::Muted)]);
        }
        if pieces_width(&line) <= text.width {
            pen.line(row(text, 0), &line);
            return;
        }
        let next = self.next.iter().flat_map(|next| next.lines()).flat_map(|next| wrap(next, text.width));
        let next = next.map(|line| (line, Role::Muted));
        let lines = wrap(self.text, text.width).into_iter().map(|line| (line, self.role)).chain(next);
        for (index, (line, role)) in (0..text.height).zip(lines) {
            pen.text(row(text, index), &line, role);
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;

    use super::*;
    use crate::console::theme::Theme;

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
    fn a_foot_is_dropped_before_it_covers_a_corner() {
        for width in 0..30 {
            let area = Rect::new(0, 0, width, 3);
            let mut buffer = Buffer::empty(area);
            let text = "1 event skipped";
            let frame = Frame { foot: vec![piece(text, Role::Warning)], ..Frame::default() };
            frame.draw(&mut Pen::new(&mut buffer, &Theme::dark()), area);
            let border: String = (0..width).map(|x| buffer[(x, 2)].symbol()).collect();
            assert_eq!(border.contains(text), Frame::has_room_in_foot(area, 15), "{border}");
            assert!(width < 2 || border.starts_with('╰') && border.ends_with('╯'), "{border}");
        }
    }

    #[test]
    fn a_box_of_one_row_is_a_line_with_its_labels() {
        let area = Rect::new(0, 0, 16, 1);
        let mut buffer = Buffer::empty(area);
        let (title, note) = (vec![piece("Jobs", Role::Muted)], vec![piece("none", Role::Muted)]);
        Frame { title, note, ..Frame::default() }.draw(&mut Pen::new(&mut buffer, &Theme::dark()), area);
        let shown: String = (0..16).map(|x| buffer[(x, 0)].symbol()).collect();
        assert_eq!(shown, "─ Jobs ─ none ──");
    }

    #[test]
    fn a_message_takes_one_line_if_it_fits_and_is_wrapped_otherwise() {
        let message =
            Placeholder { text: "No jobs yet", role: Role::Text, next: Some("R rebuilds\nv verifies") };
        let shown = |width| -> Vec<String> {
            let area = Rect::new(0, 0, width, 4);
            let mut buffer = Buffer::empty(area);
            message.draw(&mut Pen::new(&mut buffer, &Theme::dark()), area);
            let line = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
            (0..4).map(|y| line(y).trim_end().to_owned()).collect()
        };
        assert_eq!(shown(40), [" No jobs yet · R rebuilds · v verifies", "", "", ""]);
        assert_eq!(shown(14), [" No jobs yet", " R rebuilds", " v verifies", ""]);
    }

    #[test]
    fn a_box_without_room_does_not_panic() {
        for width in 0..9 {
            drawn(&Theme::dark(), width, true);
        }
    }
}

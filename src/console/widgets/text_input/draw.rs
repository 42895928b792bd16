//! Text fields on screen, scrolled so that the cursor stays visible.

use std::ops::Range;

use ratatui::layout::{Position, Rect};

use crate::console::app::pointer::region::Spot;
use crate::console::theme::Role;
use crate::console::widgets::graphemes::split;
use crate::console::widgets::pen::{Pen, right_of, row, width};
use crate::text::visible;

use super::TextInput;

/// Draws a text field over its whole area, scrolled so that the cursor is visible. Returns the position of the
/// cursor if the field has the focus.
pub fn draw(pen: &mut Pen<'_>, area: Rect, input: &TextInput, focused: bool) -> Option<Position> {
    pen.wash(area, Role::Field);
    let (typed_text, input) = (input, input.shown());
    let (line, before) = input.cursor_place();
    let first = if focused { (line + 1).saturating_sub(usize::from(area.height)) } else { 0 };
    let mut cursor = None;
    let lines = input.text().split('\n').scan(0, |next, text| {
        let start = *next;
        *next += text.len() + 1;
        Some((start, text))
    });
    for (index, (number, (start, text))) in (0..area.height).zip(lines.enumerate().skip(first)) {
        let place = row(area, index);
        let has_cursor = focused && number == line;
        let start = start + if has_cursor { hidden(before, place.width) } else { 0 };
        pen.spot(place, Spot::Text(typed_text.offset_of_shown(start)));
        if has_cursor {
            cursor = Some(typed(pen, place, text, before));
        } else {
            pen.text(place, &visible(text), Role::Text);
        }
    }
    cursor
}

/// Draws the line with the cursor, scrolled as far as needed to show the cursor.
fn typed(pen: &mut Pen<'_>, place: Rect, text: &str, before: &str) -> Position {
    let hidden = hidden(before, place.width);
    let (rest, behind) = text.split_at(before.len().min(text.len()));
    let used = pen.text(place, &visible(rest.get(hidden..).unwrap_or_default()), Role::Text);
    pen.text(right_of(place, used), &visible(behind), Role::Text);
    let under = split(behind).next().map_or(1, |grapheme| width(&visible(grapheme)).max(1));
    let cell = right_of(place, used);
    pen.wash(Rect { width: under.min(cell.width), ..cell }, Role::Cursor);
    Position { x: cell.x, y: cell.y }
}

/// The number of bytes before the cursor that are scrolled out of view.
fn hidden(before: &str, cells: u16) -> usize {
    let room = cells.saturating_sub(1);
    let mut hidden = 0;
    let mut shown = width(&visible(before));
    for grapheme in split(before) {
        if shown <= room {
            break;
        }
        shown -= width(&visible(grapheme)).min(shown);
        hidden += grapheme.len();
    }
    hidden
}

/// Marks a part of a single line that was drawn with the focus. The cursor keeps its style.
pub fn mark(pen: &mut Pen<'_>, line: Rect, input: &TextInput, part: Range<usize>, role: Role) {
    let hidden = hidden(&input.text()[..input.cursor()], line.width);
    let column = |at: usize| width(&visible(input.text().get(hidden..at).unwrap_or_default()));
    let (start, end) = (column(part.start), column(part.end));
    let marked = right_of(line, start);
    let cursor = right_of(line, column(input.cursor()));
    pen.wash(Rect { width: end.saturating_sub(start).min(marked.width), ..marked }, role);
    let under = cursor.x.saturating_sub(marked.x) < end.saturating_sub(start) && cursor.x >= marked.x;
    if under {
        pen.wash(Rect { width: 1.min(cursor.width), ..cursor }, Role::Cursor);
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::style::Modifier;

    use super::*;
    use crate::console::theme::Theme;

    fn drawn(input: &TextInput) -> (String, Option<u16>) {
        let area = Rect::new(0, 0, 6, 1);
        let (mut buffer, theme) = (Buffer::empty(area), Theme::mono());
        let cursor = draw(&mut Pen::new(&mut buffer, &theme), area, input, true);
        let lit = (0..6).find(|x| buffer[(*x, 0)].modifier.contains(Modifier::REVERSED));
        assert_eq!(cursor.map(|at| at.x), lit);
        ((0..6).map(|x| buffer[(x, 0)].symbol()).collect(), lit)
    }

    #[test]
    fn the_cursor_stays_visible_in_long_and_wide_text() {
        assert_eq!(drawn(&TextInput::line().with("abc")), ("abc   ".to_owned(), Some(3)));
        assert_eq!(drawn(&TextInput::line().with("abcdefgh")), ("defgh ".to_owned(), Some(5)));
        assert_eq!(drawn(&TextInput::line().with("日本語日本語")), ("本 語   ".to_owned(), Some(4)));
    }

    #[test]
    fn a_secret_shows_as_a_dot_per_grapheme_even_in_its_debug_form() {
        let mut secret = TextInput::secret().with("añ👨‍👩‍👧z");
        secret.left();
        assert_eq!(drawn(&secret), ("••••  ".to_owned(), Some(3)));
        assert!(!format!("{secret:?}").contains('z'));
        assert_eq!(secret.text(), "añ👨‍👩‍👧z");
    }

    #[test]
    fn the_cursor_covers_the_next_grapheme() {
        let mut input = TextInput::line().with("abcdefgh");
        input.home();
        assert_eq!(drawn(&input), ("abcde…".to_owned(), Some(0)));
    }
}

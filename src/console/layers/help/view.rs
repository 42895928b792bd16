//! The view of the help.

use ratatui::layout::{Position, Rect};

use crate::console::app::pointer::region::Spot;
use crate::console::app::state::ConsoleState;
use crate::console::layers::help::Help;
use crate::console::layers::help::content::{Part, Row, parts, words};
use crate::console::layers::{boxed, middle};
use crate::console::theme::Role;
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::{Frame, inside};
use crate::console::widgets::pen::{Pen, below, piece, right_of, row, width};
use crate::console::widgets::text::{highlight, wrap};
use crate::console::widgets::text_input;

/// The maximum width of the box.
const WIDTH: u16 = 104;
/// The minimum room for a sentence beside the name; with less, it is below.
const LEAST_SENTENCE: u16 = 28;
/// The indentation of a sentence below the name.
const INDENT: u16 = 6;

/// A line of the help.
enum Line<'a> {
    Heading(&'static str),
    /// A row, with the first line of its sentence if that is beside the name.
    Row(&'a Row, Option<String>),
    /// A further line of a row's sentence.
    More(&'a Row, String),
    Blank,
}

/// The columns of names and sentences.
struct Columns {
    keys: u16,
    title: u16,
    sentence: u16,
    beside: bool,
    cells: u16,
}

impl Columns {
    fn of(parts: &[Part], cells: u16) -> Self {
        let rows = || parts.iter().flat_map(|part| &part.rows);
        let keys = rows().map(|row| width(&row.keys)).max().unwrap_or(0).min(cells / 3);
        let titles = rows().map(|row| width(row.title)).max().unwrap_or(0);
        let title = keys + 4;
        let beside = cells.saturating_sub(title + titles + 2) >= LEAST_SENTENCE;
        let sentence = if beside { title + titles + 2 } else { INDENT };
        // The last cell is for the scroll bar.
        Self { keys, title, sentence, beside, cells: cells.saturating_sub(sentence + 1) }
    }
}

/// Returns the number of lines of the help.
pub(super) fn line_count(state: &ConsoleState, help: &Help, body: Rect) -> u16 {
    let parts = parts(state, &words(help.search.text()));
    let columns = Columns::of(&parts, inner_width(body));
    count(&lines(&parts, &columns))
}

fn count(lines: &[Line<'_>]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX)
}

/// Returns the number of lines on screen.
pub(super) fn rows(state: &ConsoleState, help: &Help, body: Rect) -> u16 {
    text_area(help, inside(area(help, line_count(state, help, body), body))).height
}

/// The width of text in the box.
fn inner_width(body: Rect) -> u16 {
    inside(Rect { width: WIDTH.min(body.width), height: 2, ..body }).width.saturating_sub(2)
}

/// Returns the box, which keeps its size during a search.
fn area(help: &Help, lines: u16, body: Rect) -> Rect {
    let lines = if help.is_searching() { u16::MAX } else { lines };
    middle(body, WIDTH, lines.saturating_add(2))
}

/// Returns the area of the text, below the line of a search.
fn text_area(help: &Help, inner: Rect) -> Rect {
    below(inner, u16::from(help.is_searching()))
}

pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, help: &Help, body: Rect) -> Option<Position> {
    let words = words(help.search.text());
    let parts = parts(state, &words);
    let columns = Columns::of(&parts, inner_width(body));
    let lines = lines(&parts, &columns);
    let area = area(help, count(&lines), body);
    let inner =
        boxed(pen, state, area, Frame { title: vec![piece("Help", Role::Title)], ..Frame::default() });
    let cursor = if help.is_searching() { draw_search(pen, help, row(inner, 0)) } else { None };
    let text = text_area(help, inner);
    if lines.is_empty() {
        let nothing = format!("nothing in the help matches {}", help.search.text());
        pen.text(row(text, 0), &nothing, Role::Text);
    }
    let top = help.top.min(lines.len().saturating_sub(text.height.into()));
    for (index, line) in (0..text.height).zip(lines.iter().skip(top)) {
        let place = row(text, index);
        draw_line(pen, place, line, &columns);
        if let Line::Row(Row { action: Some(action), .. }, _) = line {
            pen.spot(place, Spot::Listed(*action));
        }
        highlight(pen, place, &words);
    }
    Scroll { first: top as u64, shown: u64::from(text.height), total: lines.len() as u64 }
        .draw_beside(pen, text);
    cursor
}

fn draw_search(pen: &mut Pen<'_>, help: &Help, line: Rect) -> Option<Position> {
    let used = pen.text(line, "search ", Role::Title);
    let field = right_of(line, used);
    text_input::draw(pen, Rect { width: field.width.min(40), ..field }, &help.search, help.is_typing)
}

fn draw_line(pen: &mut Pen<'_>, place: Rect, line: &Line<'_>, columns: &Columns) {
    match line {
        Line::Heading(title) => {
            pen.text(place, title, Role::Strong);
        }
        Line::Row(entry, sentence) => draw_row(pen, place, entry, sentence.as_deref(), columns),
        Line::More(entry, text) => {
            pen.text(right_of(place, columns.sentence), text, sentence_role(entry));
        }
        Line::Blank => {}
    }
}

fn draw_row(pen: &mut Pen<'_>, place: Rect, entry: &Row, sentence: Option<&str>, columns: &Columns) {
    let role = |enabled| if entry.is_available { enabled } else { Role::Disabled };
    // Without sentences beside them, names may move to the right of many keys.
    let room = if columns.beside { columns.keys } else { width(&entry.keys) };
    let keys = Rect { width: room.min(place.width.saturating_sub(2)), ..right_of(place, 2) };
    pen.text(keys, &entry.keys, role(Role::HintKey));
    let title = if entry.keys.is_empty() { 2 } else { columns.title.max(room + 4) };
    pen.text(right_of(place, title), entry.title, role(Role::Text));
    if let Some(sentence) = sentence {
        pen.text(right_of(place, columns.sentence), sentence, sentence_role(entry));
    }
}

fn sentence_role(entry: &Row) -> Role {
    if entry.is_available { Role::Muted } else { Role::Warning }
}

fn lines<'a>(parts: &'a [Part], columns: &Columns) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for part in parts {
        if !lines.is_empty() {
            lines.push(Line::Blank);
        }
        lines.push(Line::Heading(part.title));
        for entry in &part.rows {
            let mut sentence = wrap(&entry.sentence, columns.cells).into_iter();
            lines.push(Line::Row(entry, if columns.beside { sentence.next() } else { None }));
            lines.extend(sentence.map(|text| Line::More(entry, text)));
        }
    }
    lines
}

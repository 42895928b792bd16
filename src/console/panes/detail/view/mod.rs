//! The detail of one item: facts at the top, a document or text below.

mod job;
mod projection;
mod subject;

use ratatui::layout::Rect;

use crate::console::app::layout::has_detail;
use crate::console::app::pointer::region::Spot;
use crate::console::app::state::ConsoleState;
use crate::console::layers::is;
use crate::console::panes::detail::{Detail, Subject};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::{Frame, Placeholder, inside};
use crate::console::widgets::pen::{Pen, Piece, below, piece, pieces_width, right_of, row, width};
use crate::console::widgets::text::wrap;
use crate::console::widgets::tree;

/// The content of a detail: a title, facts, and what is below them.
struct Content<'a> {
    title: Vec<Piece<'a>>,
    facts: Vec<Fact<'a>>,
    /// The facts in one line, for small areas.
    brief: Vec<Piece<'a>>,
    rest: Rest<'a>,
}

impl Content<'_> {
    fn label_width(&self) -> usize {
        self.facts.iter().map(|fact| fact.label.len()).max().unwrap_or(0)
    }
}

/// A fact with its label.
struct Fact<'a> {
    label: &'static str,
    value: Vec<Piece<'a>>,
}

/// The part below the facts.
enum Rest<'a> {
    /// A document.
    Document {
        /// Its heading.
        name: &'static str,
    },
    /// Text, wrapped when drawn.
    Text {
        /// Its heading; empty if there is no text.
        name: &'static str,
        /// The minimum number of rows.
        least: u16,
        /// True if the facts scroll with the text where they do not fit above it.
        with_facts: bool,
        /// Returns its lines of at most this many cells.
        lines: Box<Wrap<'a>>,
    },
}

type Lines<'a> = Vec<Vec<Piece<'a>>>;
type Wrap<'a> = dyn Fn(&Glyphs, u16) -> Lines<'a> + 'a;

/// The minimum number of rows of a document, a log or a result.
const LEAST: u16 = 4;

impl<'a> Rest<'a> {
    /// Text that scrolls below the facts.
    fn text(name: &'static str, lines: impl Fn(&Glyphs, u16) -> Lines<'a> + 'a) -> Self {
        Self::Text { name, least: LEAST, with_facts: false, lines: Box::new(lines) }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Document { name } | Self::Text { name, .. } => name,
        }
    }

    fn least(&self) -> u16 {
        match self {
            Self::Document { .. } => LEAST,
            Self::Text { least, .. } => *least,
        }
    }
}

fn fact<'a>(label: &'static str, value: Vec<Piece<'a>>) -> Fact<'a> {
    Fact { label, value }
}

/// Draws the open detail, or else the selected row of the main list.
pub(crate) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, area: Rect) {
    let on_top = has_detail(state);
    let focused = state.layers.below_prompt().is_some_and(is::<Detail>);
    let Some(detail) = state.shown_detail() else {
        let frame = Frame { title: vec![piece("Detail", Role::Muted)], ..Frame::default() };
        let inner = frame.draw(pen, area);
        return Placeholder {
            text: "Details of the selected row appear here",
            role: Role::Muted,
            next: None,
        }
        .draw(pen, inner);
    };
    let Some(mut content) = content_of(pen.glyphs(), state, &detail.subject) else {
        let frame = Frame { title: vec![piece("Detail", Role::Muted)], focused, ..Frame::default() };
        let inner = frame.draw(pen, area);
        return Placeholder { text: "This item no longer exists", role: Role::Muted, next: None }
            .draw(pen, inner);
    };
    if focused {
        content.title = content.title.into_iter().map(|piece| piece.with_role(Role::Title)).collect();
    }
    let inner =
        Frame { title: std::mem::take(&mut content.title), focused, ..Frame::default() }.draw(pen, area);
    let below_facts = facts(pen, &content, inner);
    rest(pen, state, (&content, flows(&content, inner)), below_facts, &detail, on_top);
}

fn content_of<'a>(glyphs: &Glyphs, state: &'a ConsoleState, subject: &'a Subject) -> Option<Content<'a>> {
    match subject {
        Subject::Event(event) => Some(subject::event(glyphs, state, event)),
        Subject::Entry { space_id, projection, entry } => {
            Some(subject::entry(glyphs, state, (*space_id, projection), entry))
        }
        Subject::Projection { space_id, name } => {
            let space = state.spaces.get(*space_id)?;
            Some(projection::content(glyphs, state, space, space.projection(name)?))
        }
        Subject::Space(id) => state.spaces.get(*id).map(|space| subject::space(glyphs, state, space)),
        Subject::Job(id) => state.jobs.get(*id).map(|job| job::content(glyphs, state, job)),
        Subject::Operation(operation) => Some(subject::operation(glyphs, state, operation)),
    }
}

/// Returns the number of visible rows of the document or text.
pub(crate) fn rows(state: &ConsoleState, area: Rect) -> u16 {
    let Some(detail) = state.shown_detail() else { return 0 };
    let content = content_of(&Glyphs::UNICODE, state, &detail.subject);
    content.map_or(0, |content| inside(area).height.saturating_sub(head_rows(&content, inside(area))))
}

/// Returns the number of lines of text of a space, a job or an operation; 0 for a document.
pub(crate) fn line_count(state: &ConsoleState, detail: &Detail, area: Rect) -> u16 {
    let inner = inside(area);
    let lines = content_of(&Glyphs::UNICODE, state, &detail.subject).map(|content| {
        text_lines(&content, &Glyphs::UNICODE, inner.width.saturating_sub(2), flows(&content, inner))
    });
    lines.map_or(0, |lines| u16::try_from(lines.len()).unwrap_or(u16::MAX))
}

/// The rows of the facts, including the blank line after them; one if the full facts would leave too little room for
/// the part below.
fn head_rows(content: &Content<'_>, inner: Rect) -> u16 {
    let facts = u16::try_from(content.facts.len()).unwrap_or(u16::MAX);
    if flows(content, inner) {
        return 0;
    }
    match (inner.height, content.rest.least()) {
        (0..4, 1..) => 0,
        (height, 0) => facts.saturating_add(2).min(height),
        (height, least) if height < facts.saturating_add(least + 2) => 1,
        _ => facts + 2,
    }
}

/// Returns true if the facts of a space do not fit above its metadata. They are then the first lines of the text, so
/// that all of them can be reached by scrolling.
fn flows(content: &Content<'_>, inner: Rect) -> bool {
    let least = content.facts.len() + if content.rest.least() == 0 { 0 } else { 3 };
    matches!(content.rest, Rest::Text { with_facts: true, .. }) && usize::from(inner.height) < least
}

/// The text below the facts, after the facts if they flow with it.
fn text_lines<'a>(content: &Content<'a>, glyphs: &Glyphs, cells: u16, flowing: bool) -> Lines<'a> {
    let Rest::Text { name, lines: text, .. } = &content.rest else { return Vec::new() };
    let below = text(glyphs, cells);
    if !flowing {
        return below;
    }
    let label_width = content.label_width();
    let mut lines = Vec::new();
    for fact in &content.facts {
        let label = format!("{:label_width$}  ", fact.label);
        let cells = cells.saturating_sub(width(&label));
        if pieces_width(&fact.value) <= cells {
            lines.push([vec![piece(label, Role::Muted)], fact.value.clone()].concat());
            continue;
        }
        let value: String = fact.value.iter().map(Piece::text).collect();
        let role = fact.value.first().map_or(Role::Text, Piece::role);
        for (number, line) in wrap(&value, cells).into_iter().enumerate() {
            let label = if number == 0 { label.clone() } else { " ".repeat(label.len()) };
            lines.push(vec![piece(label, Role::Muted), piece(line, role)]);
        }
    }
    if !below.is_empty() {
        lines.extend([Vec::new(), vec![piece(*name, Role::Heading)]]);
    }
    lines.extend(below);
    lines
}

/// Draws the facts and returns the area below them.
fn facts(pen: &mut Pen<'_>, content: &Content<'_>, inner: Rect) -> Rect {
    let rows = head_rows(content, inner);
    let text = Rect { width: inner.width.saturating_sub(2), ..right_of(inner, 1) };
    if rows == 1 {
        pen.line(row(text, 0), &content.brief);
    } else if rows > 1 {
        let label_width = content.label_width();
        for (index, fact) in (0..rows).zip(&content.facts) {
            let place = row(text, index);
            pen.text(place, fact.label, Role::Muted);
            pen.line(right_of(place, u16::try_from(label_width).unwrap_or(0) + 2), &fact.value);
        }
        if usize::from(rows) > content.facts.len() + 1 {
            pen.text(row(text, rows - 1), content.rest.name(), Role::Heading);
        }
    }
    below(inner, rows)
}

/// Draws the part below the facts. The cursor is shown if the detail has the focus.
fn rest(
    pen: &mut Pen<'_>,
    state: &ConsoleState,
    (content, flowing): (&Content<'_>, bool),
    area: Rect,
    detail: &Detail,
    takes_keys: bool,
) {
    let cursor = detail.cursor.checked_sub(detail.top).filter(|_| takes_keys);
    let text = Rect { width: area.width.saturating_sub(2), ..right_of(area, 1) };
    let total = if let Rest::Document { .. } = content.rest {
        let lines = state.lines(detail);
        tree::draw(pen, area, lines.iter().skip(detail.top), (&state.moments, cursor));
        let shown = lines.len().saturating_sub(detail.top);
        for index in (0..area.height).take(shown) {
            pen.spot(row(area, index), Spot::Row(detail.top + usize::from(index)));
        }
        lines.len()
    } else {
        let lines = text_lines(content, pen.glyphs(), text.width, flowing);
        for (index, line) in (0..area.height).zip(lines.iter().skip(detail.top)) {
            pen.line(row(text, index), line);
        }
        lines.len()
    };
    Scroll { first: detail.top as u64, shown: u64::from(area.height), total: total as u64 }.draw(pen, area);
}

/// Pieces with a dot between them.
fn dotted<'a>(glyphs: &Glyphs, parts: Vec<Piece<'a>>) -> Vec<Piece<'a>> {
    let mut pieces: Vec<Piece<'a>> = Vec::new();
    for part in parts {
        if pieces_width(&pieces) > 0 {
            pieces.push(piece(format!(" {} ", glyphs.dot), Role::Muted));
        }
        pieces.push(part);
    }
    pieces
}

//! The detail of one item: two brief lines, then its document or text, then the remaining facts.

mod blame;
mod changes;
mod difference;
mod entry;
mod event;
mod job;
mod lines;
mod operation;
mod projection;
mod space;

use std::borrow::Cow;

use ratatui::layout::Rect;

use crate::console::app::layout::{Layout, has_detail};
use crate::console::app::link::LinkTarget;
use crate::console::app::pointer::region::Spot;
use crate::console::app::state::{ConsoleState, Loadable};
use crate::console::layers::is;
use crate::console::panes::detail::view::lines::DetailLines;
use crate::console::panes::detail::{Detail, Subject};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::diff::KeyDiff;
use crate::console::widgets::frame::{Frame, Placeholder, inside};
use crate::console::widgets::pen::{Pen, Piece, below, piece, pieces_width, right_of, row};

/// The content of a detail.
struct Content<'a> {
    title: Vec<Piece<'a>>,
    /// The facts that matter most, in two lines.
    brief: [Vec<Piece<'a>>; 2],
    /// All facts.
    facts: Vec<Fact<'a>>,
    body: Body<'a>,
}

/// A fact with its label.
struct Fact<'a> {
    label: &'static str,
    value: Vec<Piece<'a>>,
    /// True if the title or a brief line says it. Such a fact is listed only where one of these is cut.
    is_brief: bool,
    /// The text to copy, if it differs from the value as it is shown.
    exact: Option<String>,
    /// The target, if the fact is a link.
    link: Option<LinkTarget>,
}

impl Fact<'_> {
    /// Marks the fact as one that the title or a brief line says.
    fn brief(self) -> Self {
        Self { is_brief: true, ..self }
    }

    /// Makes the fact a link.
    fn to(self, link: Option<LinkTarget>) -> Self {
        Self { link, ..self }
    }

    /// Sets the text to copy.
    fn copied_as(self, exact: Option<String>) -> Self {
        Self { exact, ..self }
    }
}

/// The part between the brief lines and the remaining facts.
enum Body<'a> {
    /// A document.
    Document,
    /// Text, wrapped when drawn. Returns its lines of at most this many cells.
    Text(Box<Wrap<'a>>),
}

type Lines<'a> = Vec<Vec<Piece<'a>>>;
type Wrap<'a> = dyn Fn(&Glyphs, u16) -> Lines<'a> + 'a;

impl<'a> Body<'a> {
    fn text(lines: impl Fn(&Glyphs, u16) -> Lines<'a> + 'a) -> Self {
        Self::Text(Box::new(lines))
    }
}

fn fact<'a>(label: &'static str, value: Vec<Piece<'a>>) -> Fact<'a> {
    Fact { label, value, is_brief: false, exact: None, link: None }
}

/// Draws the open detail, or else the selected row of the main list.
pub(crate) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, area: Rect) {
    let focused = state.layers.below_prompt().is_some_and(is::<Detail>);
    let Some(detail) = state.shown_detail() else {
        return nothing(pen, area, focused, "Details of the selected row appear here");
    };
    let Some(content) = content_of_detail(pen.glyphs(), state, &detail) else {
        return nothing(pen, area, focused, "This item no longer exists");
    };
    let role = |piece: &Piece<'_>| if focused { Role::Title } else { piece.role() };
    let title = content.title.iter().map(|piece| piece.borrowed().with_role(role(piece))).collect();
    let inner = inside(area);
    let lines = DetailLines::of(state, pen.glyphs(), &detail, &content, inner);
    let head = head_rows(inner.height);
    let rows = below(inner, head);
    let end = detail.top + usize::from(rows.height);
    let note = match lines.changes_below(end) {
        _ if lines.has_changes_below(end) => changes::note(&detail),
        0 => blame::note(state, &detail),
        keys => changes::note_of_more(keys),
    };
    let foot = blame::foot(state, &detail, area.width);
    Frame { title, note, foot, focused, ..Frame::default() }.draw(pen, area);
    let text = text_area(inner);
    for (index, line) in (0..head).zip(&content.brief) {
        pen.line(row(text, index), line);
    }
    let shown = lines.len().saturating_sub(detail.top);
    for index in (0..rows.height).take(shown).filter(|_| !detail.is_text()) {
        pen.spot(row(rows, index), Spot::Row(detail.top + usize::from(index)));
    }
    let cursor = detail.cursor.checked_sub(detail.top).filter(|_| has_detail(state) && !detail.is_text());
    lines.draw(pen, rows, detail.top, (&state.moments, cursor));
    let (first, total) = (detail.top as u64, lines.len() as u64);
    Scroll { first, shown: u64::from(rows.height), total }.draw(pen, rows);
}

/// Draws why there is no detail.
fn nothing(pen: &mut Pen<'_>, area: Rect, focused: bool, text: &str) {
    let title = vec![piece("Detail", Role::Muted)];
    let inner = Frame { title, focused, ..Frame::default() }.draw(pen, area);
    Placeholder { text, role: Role::Muted, next: None }.draw(pen, inner);
}

/// Returns the content of a detail, with the space of an event's cause if that is another one.
fn content_of_detail<'a>(
    glyphs: &Glyphs,
    state: &'a ConsoleState,
    detail: &'a Detail,
) -> Option<Content<'a>> {
    let mut content = content_of(glyphs, state, &detail.subject)?;
    if let Some(Loadable::Ready(changes)) = &detail.changes
        && let Some(space_id) = changes.cause_space
        && let Some(cause) = content.facts.iter_mut().find(|fact| fact.label == event::CAUSE)
    {
        let text = format!("  outside of this space, in {}", state.space_name(space_id));
        cause.value.push(piece(text, Role::Muted));
    }
    Some(content)
}

fn content_of<'a>(glyphs: &Glyphs, state: &'a ConsoleState, subject: &'a Subject) -> Option<Content<'a>> {
    match subject {
        Subject::Event(event) => Some(event::content(glyphs, state, event)),
        Subject::Entry { space_id, projection, entry } => {
            Some(entry::content(glyphs, state, (*space_id, projection), entry))
        }
        Subject::Projection { space_id, name } => {
            let space = state.spaces.get(*space_id)?;
            Some(projection::content(glyphs, state, space, space.projection(name)?))
        }
        Subject::Space(id) => state.spaces.get(*id).map(|space| space::content(glyphs, state, space)),
        Subject::Job(id) => state.jobs.get(*id).map(|job| job::content(glyphs, state, job)),
        Subject::Operation(operation) => Some(operation::content(glyphs, state, operation)),
        Subject::Difference { space_id, projection, sides, field } => {
            Some(difference::content(glyphs, state, (*space_id, projection, sides), field))
        }
    }
}

/// Returns the number of visible rows below the brief lines.
pub(crate) fn rows(area: Rect) -> u16 {
    let height = inside(area).height;
    height - head_rows(height)
}

/// Returns the number of lines below the brief ones, through which the cursor moves or the text scrolls.
pub(crate) fn line_count(state: &ConsoleState, detail: &Detail, area: Rect) -> u16 {
    let lines = content_of_detail(&Glyphs::UNICODE, state, detail)
        .map(|content| DetailLines::of(state, &Glyphs::UNICODE, detail, &content, inside(area)).len());
    u16::try_from(lines.unwrap_or(0)).unwrap_or(u16::MAX)
}

/// Returns the label of the fact under the cursor of a document, and the text to copy.
pub(crate) fn fact_at_cursor(state: &ConsoleState, detail: &Detail) -> Option<(&'static str, String)> {
    at_cursor(state, detail, |fact| {
        let shown = || fact.value.iter().map(Piece::text).collect();
        Some((fact.label, fact.exact.clone().unwrap_or_else(shown)))
    })
}

/// Returns the link under the cursor of a document, if it is a fact.
pub(super) fn link_at_cursor(state: &ConsoleState, detail: &Detail) -> Option<LinkTarget> {
    at_cursor(state, detail, |fact| fact.link.clone())
}

/// Returns the link of a fact, by its index.
pub(super) fn link_of_fact(state: &ConsoleState, subject: &Subject, index: usize) -> Option<LinkTarget> {
    content_of(&Glyphs::UNICODE, state, subject)?.facts.get(index)?.link.clone()
}

/// Returns something about the fact under the cursor.
fn at_cursor<T>(state: &ConsoleState, detail: &Detail, of: impl FnOnce(&Fact<'_>) -> Option<T>) -> Option<T> {
    // Most often, the cursor is in the document.
    if detail.cursor < state.lines(detail).len() {
        return None;
    }
    let size = state.size;
    let area = Layout::of(state, Rect::new(0, 0, size.width, size.height))?.detail?;
    let content = content_of_detail(&Glyphs::UNICODE, state, detail)?;
    let lines = DetailLines::of(state, &Glyphs::UNICODE, detail, &content, inside(area));
    of(content.facts.get(lines.fact(detail.cursor)?)?)
}

/// Returns the changed key under the cursor of an event's detail.
pub(super) fn change_at_cursor(state: &ConsoleState, detail: &Detail) -> Option<KeyDiff> {
    let Some(Loadable::Ready(changes)) = &detail.changes else { return None };
    if changes.diff.keys.is_empty() || detail.cursor < state.lines(detail).len() {
        return None;
    }
    let size = state.size;
    let area = Layout::of(state, Rect::new(0, 0, size.width, size.height))?.detail?;
    let content = content_of_detail(&Glyphs::UNICODE, state, detail)?;
    let lines = DetailLines::of(state, &Glyphs::UNICODE, detail, &content, inside(area));
    changes.diff.keys.get(lines.change(detail.cursor)?).cloned()
}

/// Returns a key that the event of a detail changed, by its index.
pub(super) fn change(detail: &Detail, index: usize) -> Option<&KeyDiff> {
    match &detail.changes {
        Some(Loadable::Ready(changes)) => changes.diff.keys.get(index),
        _ => None,
    }
}

/// Returns the number of rows above the document or the text: the brief lines, and a blank one if there is room.
fn head_rows(height: u16) -> u16 {
    match height {
        0..4 => 0,
        4..7 => 1,
        7..12 => 2,
        12.. => 3,
    }
}

fn text_area(inner: Rect) -> Rect {
    Rect { width: inner.width.saturating_sub(2), ..right_of(inner, 1) }
}

/// Returns a text that stands for a fact with a link, by the index of the fact.
fn linked<'a>(text: impl Into<Cow<'a, str>>, fact: usize) -> Piece<'a> {
    piece(text, Role::Link).with_spot(Spot::Fact(fact))
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

/// Groups of pieces with a dot between the groups.
fn joined<'a>(glyphs: &Glyphs, groups: impl IntoIterator<Item = Vec<Piece<'a>>>) -> Vec<Piece<'a>> {
    let mut pieces: Vec<Piece<'a>> = Vec::new();
    for group in groups.into_iter().filter(|group| pieces_width(group) > 0) {
        if !pieces.is_empty() {
            pieces.push(piece(format!(" {} ", glyphs.dot), Role::Muted));
        }
        pieces.extend(group);
    }
    pieces
}

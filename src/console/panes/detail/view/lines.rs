//! The lines of a detail below the brief ones: its document or text, a blank line, and the remaining facts.

use std::sync::Arc;

use ratatui::layout::Rect;

use crate::console::app::pointer::region::Spot;
use crate::console::app::state::ConsoleState;
use crate::console::panes::detail::Detail;
use crate::console::panes::detail::view::blame::Column;
use crate::console::panes::detail::view::changes::{self, ChangeLine};
use crate::console::panes::detail::view::{Body, Content, Fact, head_rows, text_area};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::moment::Moments;
use crate::console::widgets::pen::{Pen, Piece, below, piece, pieces_width, row, width};
use crate::console::widgets::table::mark;
use crate::console::widgets::text::wrap;
use crate::console::widgets::tree::{self, JsonLine};

/// The most characters listed of a fact, which may hold a whole document.
const MOST: usize = 2_000;

/// The lines, in order. Drawing, scrolling and copying all go by them.
pub(super) struct DetailLines<'a> {
    document: Arc<[JsonLine]>,
    /// The events that set the parts of the document.
    column: Option<Column>,
    below: Vec<TextLine<'a>>,
    /// The line with the heading of the changes.
    changes_at: Option<usize>,
}

/// A line of text, or of a fact or a change, by its index among all.
#[derive(Default)]
struct TextLine<'a> {
    pieces: Vec<Piece<'a>>,
    fact: Option<usize>,
    change: Option<usize>,
}

impl<'a> DetailLines<'a> {
    /// Returns the lines of a detail in an area, its inside.
    pub(super) fn of(
        state: &ConsoleState,
        glyphs: &Glyphs,
        detail: &Detail,
        content: &Content<'a>,
        inner: Rect,
    ) -> Self {
        let cells = text_area(inner).width;
        let document = state.lines(detail);
        let mut below = match &content.body {
            Body::Document => Vec::new(),
            Body::Text(lines) => {
                let lines = lines(glyphs, cells).into_iter();
                lines.map(|pieces| TextLine { pieces, ..TextLine::default() }).collect()
            }
        };
        let changes = changes::lines(glyphs, state, detail, cells).into_iter();
        let mut changes: Vec<TextLine<'a>> =
            changes.map(|ChangeLine { pieces, key }| TextLine { pieces, fact: None, change: key }).collect();
        if !changes.is_empty() && !document.is_empty() {
            changes.insert(0, TextLine::default());
        }
        let begins = document.len() + below.len() + usize::from(!document.is_empty());
        let changes_at = (!changes.is_empty()).then_some(begins);
        below.extend(changes);
        let is_cut = is_cut(content, inner);
        // The cursor reaches the links of the brief lines here.
        let is_reached = |fact: &Fact<'_>| fact.link.is_some() && !detail.is_text();
        let is_listed = |fact: &Fact<'_>| is_cut || !fact.is_brief || is_reached(fact);
        let listed = content.facts.iter().enumerate().filter(|(_, fact)| is_listed(fact));
        let listed: Vec<(usize, &Fact<'a>)> = listed.collect();
        if !(listed.is_empty() || document.is_empty() && below.is_empty()) {
            below.push(TextLine::default());
        }
        let label_width = listed.iter().map(|(_, fact)| fact.label.len()).max().unwrap_or(0);
        for (index, fact) in listed {
            let lines = fact_lines(fact, label_width, cells).into_iter();
            let is_link = fact.link.is_some();
            below.extend(lines.map(|pieces| {
                let pieces = if is_link { pointed(pieces, index) } else { pieces };
                TextLine { pieces, fact: Some(index), change: None }
            }));
        }
        Self { document, column: Column::of(detail, inner.width), below, changes_at }
    }

    /// Returns true if the section with the changes begins at a line or further down.
    pub(super) fn has_changes_below(&self, line: usize) -> bool {
        self.changes_at.is_some_and(|heading| heading >= line)
    }

    /// Returns the number of changed keys whose first line is at a line or further down.
    pub(super) fn changes_below(&self, line: usize) -> u64 {
        let above = line.saturating_sub(self.document.len());
        let changes =
            |lines: &[TextLine<'_>]| lines.iter().rev().find_map(|line| line.change).map_or(0, |key| key + 1);
        let all = changes(&self.below);
        (all - changes(&self.below[..above.min(self.below.len())])) as u64
    }

    pub(super) fn len(&self) -> usize {
        self.document.len() + self.below.len()
    }

    /// Returns the index of the fact on a line.
    pub(super) fn fact(&self, line: usize) -> Option<usize> {
        self.below.get(line.checked_sub(self.document.len())?)?.fact
    }

    /// Returns the index of the changed key on a line.
    pub(super) fn change(&self, line: usize) -> Option<usize> {
        self.below.get(line.checked_sub(self.document.len())?)?.change
    }

    /// Draws the lines from `top` on. `cursor` is the marked row, if there is one.
    pub(super) fn draw(
        &self,
        pen: &mut Pen<'_>,
        area: Rect,
        top: usize,
        (moments, cursor): (&Moments, Option<usize>),
    ) {
        let shown = || self.document.iter().skip(top);
        let document = self.column.as_ref().map_or(area, |column| column.draw(pen, area, shown(), moments));
        tree::draw(pen, document, shown(), (top, moments));
        let drawn = self.document.len().saturating_sub(top).min(area.height.into());
        if let Some(cursor) = cursor.filter(|cursor| *cursor < drawn) {
            mark(pen, row(area, u16::try_from(cursor).unwrap_or(u16::MAX)), true, true);
        }
        let rest = below(area, u16::try_from(drawn).unwrap_or(u16::MAX));
        let skipped = top.saturating_sub(self.document.len());
        for (index, line) in (0..rest.height).zip(self.below.iter().skip(skipped)) {
            let place = row(rest, index);
            pen.line(text_area(place), &line.pieces);
            mark(pen, place, cursor == Some(drawn + usize::from(index)), true);
        }
    }
}

/// Returns a line of a fact whose value, after the label, the pointer can hit.
fn pointed(pieces: Vec<Piece<'_>>, fact: usize) -> Vec<Piece<'_>> {
    let mut pieces = pieces.into_iter();
    let label = pieces.next();
    label.into_iter().chain(pieces.map(|value| value.with_spot(Spot::Fact(fact)))).collect()
}

/// Returns true if the title or a brief line does not fit in full.
fn is_cut(content: &Content<'_>, inner: Rect) -> bool {
    let cells = text_area(inner).width;
    head_rows(inner.height) < 2
        || pieces_width(&content.title) > cells.saturating_sub(2)
        || content.brief.iter().any(|line| pieces_width(line) > cells)
}

/// Returns the label and the value of a fact. A value that does not fit continues below.
fn fact_lines<'a>(fact: &Fact<'a>, label_width: usize, cells: u16) -> Vec<Vec<Piece<'a>>> {
    let label = format!("{:label_width$}  ", fact.label);
    let room = cells.saturating_sub(width(&label));
    if pieces_width(&fact.value) <= room {
        return vec![[vec![piece(label, Role::Muted)], fact.value.clone()].concat()];
    }
    let value: String = fact.value.iter().map(Piece::text).collect();
    let value = crate::text::excerpt(&value, MOST);
    let role = fact.value.first().map_or(Role::Text, Piece::role);
    let indent = " ".repeat(label.len());
    let line = |(number, line)| {
        let label = if number == 0 { label.clone() } else { indent.clone() };
        vec![piece(label, Role::Muted), piece(line, role)]
    };
    wrap(&value, room).into_iter().enumerate().map(line).collect()
}

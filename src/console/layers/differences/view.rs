//! The box of the differences: a row for each field and kind, and below it examples of the selected one.

use ratatui::layout::Rect;

use crate::console::app::state::ConsoleState;
use crate::console::layers::boxed;
use crate::console::panes::jobs::job::{Job, JobStatus};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::diff::DiffLine;
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::{Pen, Piece, below, piece, row as line};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::console::widgets::text::wrap;
use crate::operations::{DifferenceGroup, DifferenceKind};
use crate::text::{counted, grouped};

use super::Differences;

/// The rows of the box around its contents.
const AROUND: u16 = 2;

const COLUMNS: [Column; 4] = [
    Column::text("field").growing().names().at_least(12),
    Column::text("change"),
    Column::number("differences").at_least(5),
    Column::number("spaces").rank(1),
];

/// Returns the number of rows to move through: of the groups, or of the examples in full.
pub(super) fn rows(shown: &Differences, body: Rect) -> u16 {
    let height = body.height.saturating_sub(AROUND);
    if shown.is_open { height.saturating_sub(1) } else { list_height(shown, height).saturating_sub(1) }
}

/// Returns the number of lines of the examples.
pub(super) fn line_count(shown: &Differences, body: Rect) -> u16 {
    let cells = body.width.saturating_sub(4);
    let lines = shown.examples.lines(&Glyphs::UNICODE, cells).len();
    u16::try_from(lines).unwrap_or(u16::MAX)
}

/// Returns the height of the list, which takes up to half of the box.
fn list_height(shown: &Differences, height: u16) -> u16 {
    let wanted = u16::try_from(shown.groups.len()).unwrap_or(u16::MAX).saturating_add(1);
    wanted.min((height / 2).max(2)).min(height)
}

pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, shown: &Differences, body: Rect) {
    let job = state.jobs.get(shown.job);
    let mut title = vec![piece("Differences", Role::Title)];
    title.extend(job.map(|job| piece(format!("  {}", job.name()), Role::Text)));
    let note = match (shown.all.count(), shown.all.keys()) {
        (0, _) => "no differences".to_owned(),
        (count, keys) => {
            format!("{} in {}", counted(count, "difference", "differences"), counted(keys, "key", "keys"))
        }
    };
    let note = vec![piece(note, Role::Muted)];
    let inner = boxed(pen, state, body, Frame { title, note, ..Frame::default() });
    let group = shown.groups.get(shown.selected);
    if let Some(group) = group.filter(|_| shown.is_open) {
        pen.line(line(inner, 0), &head(group));
        return examples(pen, shown, below(inner, 1), shown.scrolled);
    }
    let mut rest = inner;
    if group.is_some() {
        let height = list_height(shown, inner.height);
        list(pen, shown, Rect { height, ..inner });
        rest = below(inner, height.saturating_add(1));
    }
    if let Some(text) = job.and_then(question) {
        let lines = wrap(&text, rest.width);
        for (text, index) in lines.iter().zip(0..rest.height) {
            pen.text(line(rest, index), text, Role::Warning);
        }
        rest = below(rest, u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(1));
    }
    if let Some(group) = group.filter(|_| rest.height > 0) {
        pen.line(line(rest, 0), &head(group));
        examples(pen, shown, below(rest, 1), 0);
    }
}

/// Says what a decision does, if the job waits for one.
fn question(job: &Job) -> Option<String> {
    let JobStatus::Reviewing(review) = &job.status else { return None };
    let mut text = "Accepted, this is what readers see; discarded, nothing changes".to_owned();
    for remark in review.remarks() {
        text.push_str(&format!("; {remark}"));
    }
    Some(text)
}

/// Names the selected group above its examples.
fn head(group: &DifferenceGroup) -> Vec<Piece<'static>> {
    let examples = match group.examples.len() as u64 {
        0 => "too large to be shown".to_owned(),
        shown if shown == group.count => counted(shown, "difference", "differences"),
        shown => format!("{shown} of {}", counted(group.count, "difference", "differences")),
    };
    vec![
        piece(group.title(), Role::Heading),
        piece(format!("  {}, {examples}", group.kind.title()), Role::Muted),
    ]
}

fn list(pen: &mut Pen<'_>, shown: &Differences, area: Rect) {
    let count = usize::from(area.height.saturating_sub(1));
    let rows = shown.groups.iter().enumerate().skip(shown.top).take(count);
    let rows = rows
        .map(|(index, group)| TableRow { cells: cells(group), selected: index == shown.selected })
        .collect();
    let first = shown.top;
    Table { columns: COLUMNS.to_vec(), rows, focused: true, first, ..Table::default() }.draw(pen, area);
    let (first, total) = (first as u64, shown.groups.len() as u64);
    Scroll { first, shown: count as u64, total }.draw(pen, below(area, 1));
}

fn cells(group: &DifferenceGroup) -> Vec<Vec<Piece<'static>>> {
    let role = match group.kind {
        DifferenceKind::Added => Role::Added,
        DifferenceKind::Removed => Role::Removed,
        DifferenceKind::Changed => Role::Text,
    };
    vec![
        vec![piece(group.title(), Role::Key)],
        vec![piece(group.kind.title(), role)],
        vec![piece(grouped(group.count), Role::Text)],
        vec![piece(grouped(group.spaces), Role::Muted)],
    ]
}

fn examples(pen: &mut Pen<'_>, shown: &Differences, area: Rect, from: usize) {
    let lines = shown.examples.lines(pen.glyphs(), area.width);
    let total = lines.len() as u64;
    for (DiffLine { pieces, .. }, index) in lines.into_iter().skip(from).zip(0..area.height) {
        pen.line(line(area, index), &pieces);
    }
    Scroll { first: from as u64, shown: u64::from(area.height), total }.draw(pen, area);
}

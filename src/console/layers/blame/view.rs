//! Draws who set a value: the event with its time and cause, then what it changed, which may be long.

use ratatui::layout::Rect;

use crate::console::app::layout::guide_rows;
use crate::console::app::state::ConsoleState;
use crate::console::app::{past, remedy};
use crate::console::layers::blame::{Blame, BlameSearch, PathChange};
use crate::console::layers::text_box::{Line, TextBox};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::diff::Diff;
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::{Pen, Piece, piece, pieces_width};
use crate::console::widgets::text::wrap;
use crate::content_store::FieldChange;
use crate::json::Json;
use crate::pstate::STATE;
use crate::text::{counted, excerpt, grouped, short};

/// The maximum width of the box.
const WIDTH: u16 = 96;

/// The most parts whose stored values are listed.
const MOST_STORED: usize = 3;

/// The most characters of a stored value.
const LONGEST: usize = 200;

pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, blame: &Blame, body: Rect) {
    let text = text(pen.glyphs(), state, blame, body);
    let path = if blame.path.is_empty() { String::new() } else { format!("  {}", blame.path) };
    let mut title =
        vec![piece(format!("Who set {}", blame.place.key), Role::Title), piece(path, Role::Strong)];
    if blame.place.projection != STATE {
        title.push(piece(format!("  {}", blame.place.projection), Role::Muted));
    }
    let back = blame.found.len().saturating_sub(1) as u64;
    let [note, brief] = [counted(back, "change earlier", "changes earlier"), format!("-{}", short(back))]
        .map(|text| if back > 0 { vec![piece(text, Role::Muted)] } else { Vec::new() });
    text.draw(pen, state, Frame { title, note, brief, ..Frame::default() }, blame.top);
}

/// Returns the box above the guide.
pub(super) fn text(glyphs: &Glyphs, state: &ConsoleState, blame: &Blame, body: Rect) -> TextBox {
    let body = Rect { height: body.height.saturating_sub(guide_rows(state, body)), ..body };
    TextBox::of(body, WIDTH, |cells| lines(glyphs, state, blame, cells))
}

fn lines(glyphs: &Glyphs, state: &ConsoleState, blame: &Blame, cells: u16) -> Vec<Line> {
    let paragraph = |text: &str, role| -> Vec<Line> {
        wrap(text, cells).into_iter().map(|line| vec![piece(line, role)]).collect()
    };
    let mut lines = match &blame.search {
        BlameSearch::Wanted => paragraph(&past::folding(state, None), Role::Muted),
        BlameSearch::Pending(request) => paragraph(&past::folding(state, Some(*request)), Role::Muted),
        BlameSearch::Failed(failure) => {
            let mut lines = paragraph(&failure.message, Role::Danger);
            lines.extend(failure.hint.iter().flat_map(|hint| paragraph(hint, Role::Text)));
            lines
        }
        BlameSearch::Ended if blame.found.is_empty() => paragraph("No event has set this value", Role::Text),
        BlameSearch::Ended => paragraph("No earlier event set it: this was its first value", Role::Text),
        BlameSearch::Found => Vec::new(),
    };
    let stored = stored_lines(state, blame, cells);
    if !stored.is_empty() {
        lines.splice(0..0, stored);
    }
    if let Some(change) = blame.found.last() {
        if !lines.is_empty() {
            lines.push(Vec::new());
        }
        lines.extend(change_lines(glyphs, state, change, cells));
    }
    if let Some(later) = blame.stored.later_events() {
        let advice = remedy::worded(&blame.stored.advice, &state.settings.keys);
        lines.push(Vec::new());
        lines.extend(paragraph(&format!("{later}; {advice}"), Role::Warning));
    }
    let until = blame.place.at;
    if let Some(skipped) = past::skipped(state, (blame.place.space_id, Some(&blame.place.projection)), until)
    {
        lines.push(Vec::new());
        lines.extend(paragraph(&skipped.with_separators(), Role::Warning));
    }
    lines
}

/// Says which value is stored in place of the one that the event set, and why.
fn stored_lines(state: &ConsoleState, blame: &Blame, cells: u16) -> Vec<Line> {
    let differing: Vec<&FieldChange> = blame.stored.at(&blame.path).collect();
    let mut texts = Vec::new();
    for part in differing.iter().take(MOST_STORED) {
        let value = |value: Option<&Json>| {
            value.map_or("nothing".to_owned(), |value| excerpt(value.as_str(), LONGEST))
        };
        let path = if part.path.is_empty() { String::new() } else { format!("{}: ", part.path) };
        let (stored, derived) = (value(part.after.as_ref()), value(part.before.as_ref()));
        texts.push(format!("{path}{stored} is stored, but the events set {derived}"));
    }
    if let more @ 1.. = differing.len().saturating_sub(MOST_STORED) {
        texts.push(format!("and {}", counted(more as u64, "more part", "more parts")));
    }
    if !texts.is_empty() {
        let advice = remedy::worded(&blame.stored.advice, &state.settings.keys);
        texts.push(format!("{}; {advice}", blame.stored.reason()));
    }
    let lines = texts.iter().flat_map(|text| wrap(text, cells));
    lines.map(|line| vec![piece(line, Role::Warning)]).collect()
}

/// Returns the lines of the event that set the value: its facts, and what it changed.
fn change_lines(glyphs: &Glyphs, state: &ConsoleState, change: &PathChange, cells: u16) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let event = &change.event;
    let fact = |label: &str, value: Vec<Piece<'static>>| {
        [vec![piece(format!("{label:<11}"), Role::Muted)], value].concat()
    };
    let number = format!("event {}", grouped(event.event_id.0));
    let sequence = format!("sequence {}", grouped(event.space_sequence.0));
    let what = fact(
        "set by",
        vec![
            piece(event.event_type.to_string(), Role::Strong),
            piece(format!("  {}", event.entity_id), Role::Key),
        ],
    );
    let place = vec![piece(sequence, Role::Text), piece(format!("  {number}"), Role::Muted)];
    let gap = piece("  ", Role::Text);
    if pieces_width(&what) + pieces_width(&place) + 2 <= cells {
        lines.push([what, vec![gap], place].concat());
    } else {
        lines.extend([what, fact("", place)]);
    }
    lines.push(fact("at", vec![piece(state.moments.exact(event.timestamp), Role::Text)]));
    let cause = match event.causation_id {
        Some(cause) => piece(format!("event {}", grouped(cause.0)), Role::Accent),
        None => piece("none", Role::Muted),
    };
    lines.push(fact("caused by", vec![cause]));
    let who = event.metadata.as_ref().map(|metadata| piece(metadata.as_str().to_owned(), Role::Text));
    lines.extend(who.map(|who| fact("metadata", vec![who])));
    lines.push(Vec::new());
    let diff = Diff { keys: vec![change.diff.clone()], more: 0 };
    lines.extend(diff.lines(glyphs, cells).into_iter().map(|line| line.pieces));
    lines
}

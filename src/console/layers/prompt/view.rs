//! Draws a prompt: its line, the keys below or beside it, the list above it, and the error in its text.

use ratatui::layout::{Position, Rect};

use crate::console::app::bottom::{box_hints, hint_lines, notice_lines};
use crate::console::app::hints::hints;
use crate::console::app::pointer::region::{Spot, Surface};
use crate::console::app::state::{ConsoleState, Level, Notice};
use crate::console::layers::prompt::recall::{self, Source};
use crate::console::layers::prompt::{InputError, Prompt, PromptPurpose};
use crate::console::theme::Role;
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::pen::{Pen, piece, pieces_width, right_of, row, width};
use crate::console::widgets::text_input;
use crate::operations::Scope;
use crate::query::moment::zone_name;

/// A sample query, shown while the prompt is empty.
const EXAMPLE: &str = "Ada  type:contact.*  payload.email~acme";

/// A sample condition on a value.
const CONDITION: &str = "email=ada@acme.example  name~Ada  -status=open  =3";

/// The maximum number of lines of the list.
const MOST_LINES: usize = 8;

/// The cells between a text and its note.
const GAP: u16 = 2;

/// The minimum width of a line that names the time zone of a typed time.
const NAMES_ZONE: u16 = 60;

pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, prompt: &Prompt, area: Rect) -> Option<Position> {
    let text = row(area, 0);
    let has_line_for_keys = area.height > 1;
    if has_line_for_keys {
        hint_lines(pen, &hints(state), &[], row(area, 1));
    }
    let used = pen.text(text, &label(state, &prompt.purpose, text.width), Role::Title);
    let room = right_of(text, used);
    let fault = prompt.shown_error();
    let beside = match fault {
        Some(fault) if fits_beside(fault, room) => {
            vec![piece(format!("{} {}", pen.glyphs().failed, fault.message), Role::Danger)]
        }
        None => match recall::note(state, prompt).or_else(|| zone_note(state, prompt)) {
            Some(note) => vec![piece(note, Role::Muted)],
            None if has_line_for_keys => Vec::new(),
            None => box_hints(pen, &hints(state), text.width / 3),
        },
        Some(_) => Vec::new(),
    };
    let beside_width = pieces_width(&beside).min(room.width.saturating_sub(8));
    let field =
        Rect { width: room.width.saturating_sub(beside_width + 2).clamp(1, 60).min(room.width), ..room };
    pen.line_right(Rect { x: room.right() - beside_width, width: beside_width, ..room }, &beside);
    let cursor = text_input::draw(pen, field, &prompt.input, true);
    match fault {
        Some(fault) => underline(pen, prompt, fault, field, room),
        None => {
            if let Some(example) = example(prompt).filter(|_| prompt.input.is_empty()) {
                pen.text(right_of(field, 1), example, Role::Disabled);
            }
            draw_list(pen, state, prompt, field);
        }
    }
    cursor
}

/// Returns a sample of what can be typed.
fn example(prompt: &Prompt) -> Option<&'static str> {
    match prompt.purpose {
        PromptPurpose::Condition => Some(CONDITION),
        _ => prompt.is_query().then_some(EXAMPLE),
    }
}

/// Returns the time zone of times that name none, while one is typed in a query.
fn zone_note(state: &ConsoleState, prompt: &Prompt) -> Option<String> {
    let is_time = prompt.is_query() && prompt.completion.is_time();
    is_time.then(|| format!("times are in {}", zone_name(&state.settings.time_zone)))
}

fn label(state: &ConsoleState, purpose: &PromptPurpose, room: u16) -> String {
    let zone = zone_name(&state.settings.time_zone);
    let zone = if room >= NAMES_ZONE { format!("in {zone} ") } else { String::new() };
    match purpose {
        PromptPurpose::Filter { list, .. } => format!("filter {} ", list.name(state)),
        PromptPurpose::Unfiltered => "no filter here ".to_owned(),
        PromptPurpose::Condition => "since when ".to_owned(),
        PromptPurpose::Jump if state.travel.is_some() => format!("as of sequence or time {zone}or 20..40 "),
        PromptPurpose::Jump if state.events.scope == Some(Scope::All) => {
            format!("jump to id or time {zone}")
        }
        PromptPurpose::Jump => format!("jump to sequence or time {zone}"),
        PromptPurpose::Recall { source: Source::History, .. } => "search history ".to_owned(),
        PromptPurpose::Recall { source: Source::Saved, .. } => "saved queries ".to_owned(),
        PromptPurpose::Save { .. } => "save query as ".to_owned(),
    }
}

/// The lines above a prompt, each with a note.
struct List {
    lines: Vec<(String, String)>,
    selected: Option<usize>,
}

fn list(state: &ConsoleState, prompt: &Prompt) -> List {
    match &prompt.purpose {
        PromptPurpose::Recall { source, selected } => {
            let found = recall::matches(state, *source, prompt.input.text());
            let lines: Vec<_> = found.iter().map(recall::Entry::shown).collect();
            if lines.is_empty() {
                let nothing = "no query contains this text".to_owned();
                return List { lines: vec![(nothing, String::new())], selected: None };
            }
            List { lines, selected: Some(*selected) }
        }
        _ => {
            let shown = prompt.completion.shown();
            let lines = shown.iter().map(|candidate| (candidate.text.clone(), candidate.note.clone()));
            List { lines: lines.collect(), selected: prompt.completion.selected }
        }
    }
}

/// Draws the list above the field, as far as there is room.
fn draw_list(pen: &mut Pen<'_>, state: &ConsoleState, prompt: &Prompt, field: Rect) {
    let List { lines, selected } = list(state, prompt);
    let most = MOST_LINES.min(usize::from(field.y / 2));
    let height = u16::try_from(lines.len().min(most)).unwrap_or(0);
    if height == 0 {
        return;
    }
    let scroll = Scroll::around(selected.unwrap_or(0) as u64, 0, height.into(), lines.len() as u64);
    let first = usize::try_from(scroll.first).unwrap_or(0);
    let shown: Vec<_> = lines.iter().skip(first).take(height.into()).collect();
    let widest = |part: fn(&(String, String)) -> &String| {
        shown.iter().map(|line| width(&crate::text::visible(part(line)))).max().unwrap_or(0)
    };
    let (texts, notes) = (widest(|line| &line.0), widest(|line| &line.1));
    let wanted = texts.saturating_add(notes).saturating_add(if notes > 0 { GAP } else { 0 });
    let cells = wanted.saturating_add(3).min(state.size.width);
    let x = field.x.saturating_sub(1).min(state.size.width - cells);
    let area = Rect { x, y: field.y - height, width: cells, height };
    pen.surface(area, Surface::Bottom);
    pen.ground(area, Role::Dialog);
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(3), ..area };
    // A long text leaves some room for its note.
    let text_cells = texts.min(inner.width.saturating_sub(notes.min(inner.width / 3) + GAP));
    let text_cells = if notes == 0 { inner.width } else { text_cells };
    for (index, (text, note)) in (0..height).zip(shown) {
        let line = row(inner, index);
        pen.text(Rect { width: text_cells, ..line }, text, Role::Text);
        pen.text(right_of(line, text_cells + GAP), note, Role::Muted);
        pen.spot(row(area, index), Spot::Row(first + usize::from(index)));
        if selected == Some(first + usize::from(index)) {
            pen.wash(row(area, index), Role::Selection);
        }
    }
    scroll.draw(pen, area);
}

/// Returns true if the error fits beside the input and leaves room for typing.
fn fits_beside(fault: &InputError, room: Rect) -> bool {
    width(&fault.message) + 4 <= room.width.saturating_sub(20)
}

/// Marks the error at its position, and explains it above the line if there is no room beside the input.
fn underline(pen: &mut Pen<'_>, prompt: &Prompt, fault: &InputError, field: Rect, room: Rect) {
    let before = prompt.input.text().get(..fault.place.start).unwrap_or_default();
    // If a value is missing, marks the word that needs it.
    let start = match fault.place.is_empty() {
        true => before.trim_end_matches(|c: char| !c.is_whitespace()).len(),
        false => fault.place.start,
    };
    text_input::mark(pen, field, &prompt.input, start..fault.place.end, Role::Danger);
    if !fits_beside(fault, room) && field.y > 0 {
        let line = Rect { x: 0, y: field.y - 1, width: room.right() + 1, height: 1 };
        notice_lines(pen, &Notice { level: Level::Error, text: fault.message.clone() }, None, line);
    }
}

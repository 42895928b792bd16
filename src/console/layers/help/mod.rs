//! Context-sensitive help: every action with its keys, from the table of actions.

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Section::Move;
use crate::console::app::action::{Action, HelpRow, HelpSection};
use crate::console::app::action::{Rank, Spec};
use crate::console::app::context::KeyContext;
use crate::console::app::keymap::help;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::ConsoleState;
use crate::console::layers::{Extent, Layer, boxed, close, middle};
use crate::console::theme::Role;
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::{Frame, inside};
use crate::console::widgets::pen::{self, Pen, piece, right_of, width};
use crate::console::widgets::text::wrap;

/// The actions that open and close the help.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Back,
        section: Move,
        title: "close",
        description: "Close the help",
        keys: &["esc"],
        also: &[Action::Help, Action::Quit],
        contexts: |here| here == KeyContext::Help,
        hint: Some(Rank::Back),
        run: close,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Help,
        section: Move,
        title: "help",
        description: "List the keys that work here",
        keys: &["?"],
        contexts: KeyContext::has_help,
        hint: Some(Rank::Help),
        run: |state, _| state.layers.push(Help::default()),
        ..Spec::ALWAYS
    },
];

/// The maximum width of the box.
const WIDTH: u16 = 104;
/// The minimum room for a sentence beside the name; with less, it is below.
const LEAST_SENTENCE: u16 = 28;
/// The indentation of a sentence below the name.
const INDENT: u16 = 6;

/// Help for the layer or pane underneath, derived from the table of actions.
#[derive(Debug, Clone, Default)]
pub struct Help {
    /// The first line on screen.
    pub top: usize,
}

impl Layer for Help {
    fn context(&self) -> KeyContext {
        KeyContext::Help
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        draw(pen, state, self, body);
        None
    }

    fn trail(&self) -> Option<String> {
        Some("help".to_owned())
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.top = motion.scrolled(self.top, extent.lines, extent.height);
    }

    fn loses_nothing(&self) -> bool {
        true
    }

    fn length(&self, state: &ConsoleState) -> usize {
        state.viewports.layer_lines.into()
    }

    fn rows(&self, state: &ConsoleState, layout: &Layout) -> u16 {
        inside(area(state, layout.body)).height
    }

    fn line_count(&self, state: &ConsoleState, layout: &Layout) -> u16 {
        line_count(state, layout.body)
    }
}

/// A line of the help.
enum Line<'a> {
    Heading(&'static str),
    /// An action, with the first line of its description if that is beside the name.
    Row(&'a HelpRow, Option<String>),
    /// A further line of an action's description.
    More(&'a HelpRow, String),
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
    fn of(sections: &[HelpSection], cells: u16) -> Self {
        let rows = || sections.iter().flat_map(|section| &section.rows);
        let keys = rows().map(|row| width(&row.keys)).max().unwrap_or(0).min(cells / 3);
        let titles = rows().map(|row| width(row.title)).max().unwrap_or(0);
        let title = keys + 4;
        let beside = cells.saturating_sub(title + titles + 2) >= LEAST_SENTENCE;
        let sentence = if beside { title + titles + 2 } else { INDENT };
        Self { keys, title, sentence, beside, cells: cells.saturating_sub(sentence) }
    }
}

/// Returns the number of lines of the help.
fn line_count(state: &ConsoleState, body: Rect) -> u16 {
    let sections = help(state);
    let columns = Columns::of(&sections, inner_width(body));
    count(&lines(&sections, &columns))
}

fn count(lines: &[Line<'_>]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX)
}

/// The width of text in the box.
fn inner_width(body: Rect) -> u16 {
    inside(Rect { width: WIDTH.min(body.width), height: 2, ..body }).width.saturating_sub(2)
}

fn area(state: &ConsoleState, body: Rect) -> Rect {
    area_of(line_count(state, body), body)
}

fn area_of(lines: u16, body: Rect) -> Rect {
    middle(body, WIDTH, lines.saturating_add(2))
}

fn draw(pen: &mut Pen<'_>, state: &ConsoleState, shown: &Help, body: Rect) {
    let sections = help(state);
    let columns = Columns::of(&sections, inner_width(body));
    let lines = lines(&sections, &columns);
    let area = area_of(count(&lines), body);
    let inner =
        boxed(pen, state, area, Frame { title: vec![piece("Help", Role::Title)], ..Frame::default() });
    let top = shown.top.min(lines.len().saturating_sub(inner.height.into()));
    for (index, line) in (0..inner.height).zip(lines.iter().skip(top)) {
        let place = pen::row(inner, index);
        match line {
            Line::Heading(title) => {
                pen.text(place, title, Role::Strong);
            }
            Line::Row(entry, sentence) => help_row(pen, place, entry, sentence.as_deref(), &columns),
            Line::More(entry, text) => {
                pen.text(right_of(place, columns.sentence), text, sentence_role(entry));
            }
            Line::Blank => {}
        }
    }
    let track = Rect { width: inner.width + 1, ..inner };
    Scroll { first: top as u64, shown: u64::from(inner.height), total: lines.len() as u64 }.draw(pen, track);
}

fn help_row(pen: &mut Pen<'_>, place: Rect, entry: &HelpRow, sentence: Option<&str>, columns: &Columns) {
    let role = |enabled| if entry.disabled.is_none() { enabled } else { Role::Disabled };
    let keys = Rect { width: columns.keys.min(place.width.saturating_sub(2)), ..right_of(place, 2) };
    pen.text(keys, &entry.keys, role(Role::HintKey));
    pen.text(right_of(place, columns.title), entry.title, role(Role::Text));
    if let Some(sentence) = sentence {
        pen.text(right_of(place, columns.sentence), sentence, sentence_role(entry));
    }
}

/// The description of an action, or why it is not available.
fn sentence(entry: &HelpRow) -> String {
    match &entry.disabled {
        None => entry.description.to_owned(),
        Some(reason) => format!("unavailable: {reason}"),
    }
}

fn sentence_role(entry: &HelpRow) -> Role {
    if entry.disabled.is_none() { Role::Muted } else { Role::Warning }
}

fn lines<'a>(sections: &'a [HelpSection], columns: &Columns) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for section in sections {
        if !lines.is_empty() {
            lines.push(Line::Blank);
        }
        lines.push(Line::Heading(section.title));
        for entry in &section.rows {
            let mut lines_of_entry = wrap(&sentence(entry), columns.cells).into_iter();
            lines.push(Line::Row(entry, if columns.beside { lines_of_entry.next() } else { None }));
            lines.extend(lines_of_entry.map(|text| Line::More(entry, text)));
        }
    }
    lines
}

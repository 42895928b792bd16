//! The help for the query language, over the prompt in which a query is typed.

use ratatui::layout::{Position, Rect};

use crate::console::app::context::KeyContext;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::ConsoleState;
use crate::console::layers::text_box::{Line, TextBox};
use crate::console::layers::{Extent, Layer, LayerSize};
use crate::console::theme::Role;
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::{Pen, piece, width};
use crate::console::widgets::text::wrap;
use crate::query::moment::zone_name;
use crate::query::{WORDS, WordHelp};

/// The maximum width of the box.
const WIDTH: u16 = 112;

/// The minimum room for the meanings beside the examples; with less, they are below.
const LEAST_MEANING: u16 = 40;

/// The rules that hold for every word.
const RULES: [&str; 3] = [
    "Words are separated by spaces, and an event must match all of them.",
    "A value with spaces is quoted: payload.name=\"Ada King\". Within quotes, \\\" is a quote and \\\\ a backslash.",
    "A text with a colon needs a ~: ~http://example.com.",
];

/// The list of the words of the language.
#[derive(Debug, Clone, Default)]
pub struct QueryHelp {
    /// The first line on screen.
    pub top: usize,
}

impl Layer for QueryHelp {
    fn context(&self) -> KeyContext {
        KeyContext::QueryHelp
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        let title = vec![piece("Query language", Role::Title)];
        text(state, body).draw(pen, state, Frame { title, ..Frame::default() }, self.top);
        None
    }

    fn loses_nothing(&self) -> bool {
        true
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.top = motion.scrolled(self.top, extent.lines, extent.height);
    }

    fn length(&self, state: &ConsoleState) -> usize {
        state.viewports.layer_lines.into()
    }

    fn size(&self, state: &ConsoleState, layout: &Layout) -> LayerSize {
        text(state, layout.body).size()
    }
}

/// Returns the box with all words.
fn text(state: &ConsoleState, body: Rect) -> TextBox {
    TextBox::of(body, WIDTH, |cells| lines(state, cells))
}

fn lines(state: &ConsoleState, cells: u16) -> Vec<Line> {
    let examples = WORDS.iter().map(examples).map(|text| width(&text)).max().unwrap_or(0) + 2;
    let beside = (cells.saturating_sub(examples) >= LEAST_MEANING).then_some(examples);
    let mut lines: Vec<Line> = WORDS.iter().flat_map(|word| word_lines(word, cells, beside)).collect();
    lines.push(Vec::new());
    let zone = zone_name(&state.settings.time_zone);
    let times = format!("A time without a time zone is in {zone}, in which times are shown.");
    let rules = RULES.into_iter().chain([times.as_str()]).flat_map(|rule| wrap(rule, cells));
    lines.extend(rules.map(|text| vec![piece(text, Role::Muted)]));
    lines
}

fn examples(word: &WordHelp) -> String {
    word.examples.join("  ")
}

/// Returns the lines of a word: its meaning beside the examples, or below them.
fn word_lines(word: &WordHelp, cells: u16, beside: Option<u16>) -> Vec<Line> {
    let (indent, room) = beside.map_or((2, cells), |examples| (examples, cells));
    let mut meaning = wrap(word.matches, room.saturating_sub(indent)).into_iter();
    let mut lines: Vec<Line> = Vec::new();
    match beside {
        Some(examples_cells) => {
            let examples = examples(word);
            let gap = " ".repeat(usize::from(examples_cells.saturating_sub(width(&examples))));
            let first = meaning.next().unwrap_or_default();
            lines.push(vec![piece(examples + &gap, Role::HintKey), piece(first, Role::Text)]);
        }
        None => {
            let examples = examples(word);
            let fits = width(&examples) <= cells;
            let wrapped = if fits { vec![examples] } else { wrap(&examples, cells) };
            lines.extend(wrapped.into_iter().map(|text| vec![piece(text, Role::HintKey)]));
        }
    }
    lines.extend(meaning.map(|text| vec![piece(" ".repeat(indent.into()) + &text, Role::Text)]));
    lines
}

//! The text of a guide, to read in the console.

mod guides;
mod markdown;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Section::Move;
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::context::KeyContext;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::ConsoleState;
use crate::console::layers::{Extent, Layer, boxed, close, middle};
use crate::console::theme::Role;
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::{Frame, inside};
use crate::console::widgets::pen::{Pen, piece, row};

pub use crate::console::layers::reader::guides::{GUIDES, GuideText};

/// The maximum width of the box.
const WIDTH: u16 = 104;

/// The action of a text.
pub(crate) const ACTIONS: &[Spec] = &[Spec {
    action: Action::Back,
    section: Move,
    title: "close",
    description: "Close the guide",
    keys: &["esc"],
    also: &[Action::Quit],
    contexts: |here| here == KeyContext::Reader,
    hint: Some(Rank::Back),
    run: close,
    ..Spec::ALWAYS
}];

/// A guide that is being read.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The guide.
    pub guide: &'static GuideText,
    /// The first line on screen.
    pub top: usize,
}

/// Opens a guide.
pub(crate) fn open(state: &mut ConsoleState, guide: &'static GuideText) {
    state.layers.push(Reader { guide, top: 0 });
}

impl Layer for Reader {
    fn context(&self) -> KeyContext {
        KeyContext::Reader
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        let area = area(body);
        let (title, note) = (self.guide.title(), format!("guides/{}.md", self.guide.name));
        let title = vec![piece("Guide", Role::Title), piece(format!("  {title}"), Role::Text)];
        let frame = Frame { title, note: vec![piece(note, Role::Muted)], ..Frame::default() };
        let inner = boxed(pen, state, area, frame);
        let lines = markdown::lines(self.guide.text, inner.width);
        let top = self.top.min(lines.len().saturating_sub(inner.height.into()));
        for (index, line) in (0..inner.height).zip(lines.iter().skip(top)) {
            pen.line(row(inner, index), line);
        }
        let track = Rect { y: inner.y, height: inner.height, ..area };
        Scroll { first: top as u64, shown: inner.height.into(), total: lines.len() as u64 }.draw(pen, track);
        None
    }

    fn trail(&self) -> Option<String> {
        Some("guide".to_owned())
    }

    fn loses_nothing(&self) -> bool {
        true
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.top = motion.scrolled(self.top, extent.lines, extent.height);
    }

    fn reveal(&mut self, extent: Extent) {
        self.top = self.top.min(extent.last_top());
    }

    fn length(&self, state: &ConsoleState) -> usize {
        state.viewports.layer_lines.into()
    }

    fn rows(&self, _: &ConsoleState, layout: &Layout) -> u16 {
        inside(area(layout.body)).height
    }

    fn line_count(&self, _: &ConsoleState, layout: &Layout) -> u16 {
        let cells = inside(area(layout.body)).width.saturating_sub(2);
        u16::try_from(markdown::lines(self.guide.text, cells).len()).unwrap_or(u16::MAX)
    }
}

fn area(body: Rect) -> Rect {
    middle(body, WIDTH, u16::MAX)
}

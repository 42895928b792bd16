//! The text of a guide, to read in the console.

mod guides;
mod markdown;
mod table;

use std::cell::RefCell;
use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Section::Move;
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::availability::available_if;
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::layout::Layout;
use crate::console::app::motion::{Motion, extent};
use crate::console::app::state::ConsoleState;
use crate::console::layers::reader::markdown::Wrapped;
use crate::console::layers::{Extent, Layer, LayerSize, boxed, close, draw_lines, middle};
use crate::console::theme::Role;
use crate::console::widgets::frame::{Frame, inside};
use crate::console::widgets::pen::{Pen, piece};

pub use crate::console::layers::reader::guides::{GUIDES, GuideText};

/// The maximum width of the box.
const WIDTH: u16 = 104;

/// The actions of a text.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::NextRow,
        section: Move,
        title: "next section",
        description: "Go to the next heading of the guide",
        keys: &["]", "n"],
        contexts: READER,
        hint: Some(Rank::Main),
        enabled: |state| {
            let is_at_end = shown(state).is_some_and(|reader| reader.top >= extent(state).last_top());
            available_if(!is_at_end, "this is the end of the guide")
        },
        run: |state, _| change(state, Reader::go_to_next_section),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::PreviousRow,
        section: Move,
        title: "previous section",
        description: "Go to the heading of this section of the guide, or to the one before",
        keys: &["[", "N"],
        contexts: READER,
        enabled: |state| {
            available_if(shown(state).is_none_or(|reader| reader.top > 0), "this is the start of the guide")
        },
        run: |state, _| change(state, Reader::go_to_previous_section),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Back,
        section: Move,
        title: "close",
        description: "Close the guide",
        keys: &["esc"],
        also: &[Action::Quit],
        contexts: READER,
        hint: Some(Rank::Back),
        run: close,
        ..Spec::ALWAYS
    },
];

const READER: Contexts = |here| here == KeyContext::Reader;

/// A guide that is being read.
#[derive(Debug)]
pub struct Reader {
    /// The guide.
    pub guide: &'static GuideText,
    /// The first line on screen.
    pub top: usize,
    /// Its lines, with the width for which they were wrapped last.
    wrapped: RefCell<Option<(u16, Arc<Wrapped>)>>,
}

/// Opens a guide.
pub(crate) fn open(state: &mut ConsoleState, guide: &'static GuideText) {
    state.layers.push(Reader { guide, top: 0, wrapped: RefCell::default() });
}

/// Returns the guide on screen.
fn shown(state: &ConsoleState) -> Option<&Reader> {
    state.layers.shown()
}

fn change(state: &mut ConsoleState, change: fn(&mut Reader, usize)) {
    let extent = extent(state);
    if let Some(reader) = state.layers.top_as_mut::<Reader>() {
        change(reader, extent.last_top());
    }
}

impl Reader {
    /// Returns the lines of at most this many cells. They are wrapped once for each width.
    fn lines(&self, cells: u16) -> Arc<Wrapped> {
        let mut kept = self.wrapped.borrow_mut();
        match &*kept {
            Some((width, wrapped)) if *width == cells => Arc::clone(wrapped),
            _ => {
                let wrapped = Arc::new(markdown::wrapped(self.guide.text, cells));
                *kept = Some((cells, Arc::clone(&wrapped)));
                wrapped
            }
        }
    }

    /// Returns the lines at which sections begin, as they were drawn last.
    fn sections(&self) -> Vec<usize> {
        let kept = self.wrapped.borrow();
        kept.as_ref().map_or_else(Vec::new, |(_, wrapped)| wrapped.sections.clone())
    }

    fn go_to_next_section(&mut self, last_top: usize) {
        let next = self.sections().into_iter().find(|line| *line > self.top);
        self.top = next.unwrap_or(last_top).min(last_top);
    }

    fn go_to_previous_section(&mut self, _last_top: usize) {
        let before = self.sections().into_iter().rfind(|line| *line < self.top);
        self.top = before.unwrap_or(0);
    }
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
        let wrapped = self.lines(inner.width);
        draw_lines(pen, inner, &wrapped.lines, self.top);
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

    fn size(&self, _: &ConsoleState, layout: &Layout) -> LayerSize {
        let inner = inside(area(layout.body));
        let lines = self.lines(inner.width.saturating_sub(2)).lines.len();
        LayerSize { rows: inner.height, lines: u16::try_from(lines).unwrap_or(u16::MAX) }
    }
}

fn area(body: Rect) -> Rect {
    middle(body, WIDTH, u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guide_is_wrapped_once_for_each_width() {
        let reader = Reader { guide: &GUIDES[0], top: 0, wrapped: RefCell::default() };
        let lines = reader.lines(60);
        assert!(Arc::ptr_eq(&lines, &reader.lines(60)));
        assert!(!Arc::ptr_eq(&lines, &reader.lines(40)));
    }
}

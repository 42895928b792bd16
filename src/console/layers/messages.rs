//! The messages of the console, latest first and in full. The bottom line cuts a long one, and the next key clears it.

use std::collections::VecDeque;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Section::{Move, View};
use crate::console::app::action::{Action, Hint, Rank, Spec};
use crate::console::app::availability::{Availability, available_if};
use crate::console::app::bottom::look;
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::hints::hint_of;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::{ConsoleState, Notice};
use crate::console::layers::text_box::{Line, TextBox};
use crate::console::layers::{Extent, Layer, LayerSize, close};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::{Pen, piece, width};
use crate::console::widgets::text::wrap_keyed;

/// The actions of the messages, and the ones that open them.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec { keys: &["@", "F8"], contexts: BESIDE_TEXT, ..OPEN },
    Spec { keys: &["F8"], contexts: KeyContext::takes_text, ..OPEN },
    Spec {
        action: Action::Back,
        section: Move,
        title: "close",
        description: "Close the messages",
        keys: &["esc"],
        also: &[Action::Messages, Action::Quit],
        contexts: |here| here == KeyContext::Messages,
        hint: Some(Rank::Back),
        run: close,
        ..Spec::ALWAYS
    },
];

const OPEN: Spec = Spec {
    action: Action::Messages,
    section: View,
    title: "messages",
    description: "Show the latest messages in full",
    enabled: has_messages,
    run: |state, _| state.layers.push(MessagesView::default()),
    ..Spec::ALWAYS
};

const BESIDE_TEXT: Contexts = |here| !here.takes_text() && here != KeyContext::Messages;

/// The number of messages that are kept.
const MOST: usize = 100;

/// The maximum width of the box.
const WIDTH: u16 = 104;

/// The messages shown so far, latest first.
#[derive(Debug, Clone, Default)]
pub struct MessageLog(VecDeque<Notice>);

impl MessageLog {
    /// Keeps a message. One that is repeated is kept once.
    pub(crate) fn push(&mut self, notice: Notice) {
        if self.0.front() != Some(&notice) {
            self.0.truncate(MOST - 1);
            self.0.push_front(notice);
        }
    }

    /// Forgets all messages, which may quote values that were erased.
    pub(crate) fn erase(&mut self) {
        self.0.clear();
    }
}

/// The messages on screen.
#[derive(Debug, Clone, Default)]
pub struct MessagesView {
    /// The first line on screen.
    pub top: usize,
}

impl Layer for MessagesView {
    fn context(&self) -> KeyContext {
        KeyContext::Messages
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        let note = vec![piece("latest first", Role::Muted)];
        let frame = Frame { title: vec![piece("Messages", Role::Title)], note, ..Frame::default() };
        text(state, body).draw(pen, state, frame, self.top);
        None
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

    fn size(&self, state: &ConsoleState, layout: &Layout) -> LayerSize {
        text(state, layout.body).size()
    }
}

/// Returns the hint for the messages, with the key that shows them here.
pub(crate) fn hint(state: &ConsoleState) -> Option<Hint> {
    hint_of(state, Action::Messages)
}

fn has_messages(state: &ConsoleState) -> Availability {
    available_if(!state.messages.0.is_empty(), "there are no messages yet")
}

/// Returns the box with all messages.
fn text(state: &ConsoleState, body: Rect) -> TextBox {
    let theme = state.theme();
    let lines = |notice, cells| notice_lines(theme.glyphs(), notice, cells);
    TextBox::of(body, WIDTH, |cells| {
        state.messages.0.iter().flat_map(|notice| lines(notice, cells)).collect()
    })
}

/// Returns the lines of a message: its sign, and its text beside it.
fn notice_lines(glyphs: &Glyphs, notice: &Notice, cells: u16) -> Vec<Line> {
    let (sign, role) = look(glyphs, notice.level);
    let indent = width(sign) + 1;
    let mut lines = wrap_keyed(&notice.text, role, cells.saturating_sub(indent));
    for (index, line) in lines.iter_mut().enumerate() {
        let before = if index == 0 { format!("{sign} ") } else { " ".repeat(indent.into()) };
        line.insert(0, piece(before, role));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::app::state::Level;

    #[test]
    fn the_latest_messages_are_kept_and_a_repeated_one_only_once() {
        let mut messages = MessageLog::default();
        for number in 0..200 {
            let notice = Notice { level: Level::Note, text: number.to_string() };
            messages.push(notice.clone());
            messages.push(notice);
        }
        assert_eq!((messages.0.len(), messages.0[0].text.as_str()), (MOST, "199"));
        assert_eq!(messages.0[MOST - 1].text, "100");
    }
}

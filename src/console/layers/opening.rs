//! A file that takes long to open, shown until it is open or the user gives up.

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Section::Move;
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::context::KeyContext;
use crate::console::app::layout::Layout;
use crate::console::app::opening;
use crate::console::app::state::ConsoleState;
use crate::console::layers::{Layer, LayerSize, Run, boxed, close, middle};
use crate::console::theme::Role;
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::{Pen, piece, row};
use crate::console::widgets::text::wrap;
use crate::masking::MaskedPath;
use crate::sqlite::Location;
use crate::text::visible;

/// The width of the box.
const WIDTH: u16 = 72;

/// The action of the box.
pub(crate) const ACTIONS: &[Spec] = &[Spec {
    action: Action::Back,
    section: Move,
    title: "give up",
    description: "Stay with the file that is open",
    keys: &["esc"],
    also: &[Action::Quit],
    contexts: |here| here == KeyContext::Opening,
    hint: Some(Rank::Back),
    run: close,
    ..Spec::ALWAYS
}];

/// A file that takes long to open: it is migrated, locked by another process, or on a slow disk.
#[derive(Debug, Clone)]
pub struct SlowOpening {
    /// The file.
    pub file: Location,
}

impl Layer for SlowOpening {
    fn context(&self) -> KeyContext {
        KeyContext::Opening
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        let name = visible(&self.file.database.shown()).into_owned();
        let text = format!("opening {name}{}", pen.glyphs().ellipsis);
        let lines = wrap(&text, WIDTH.min(body.width).saturating_sub(4));
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let area = middle(body, WIDTH, height.saturating_add(2));
        let title = vec![piece("Open", Role::Title)];
        let inner = boxed(pen, state, area, Frame { title, ..Frame::default() });
        for (index, line) in (0..inner.height).zip(&lines) {
            pen.text(row(inner, index), line, Role::Text);
        }
        None
    }

    fn back(&self) -> Run {
        opening::give_up
    }

    fn size(&self, _: &ConsoleState, layout: &Layout) -> LayerSize {
        LayerSize::of_rows(layout.body.height)
    }
}

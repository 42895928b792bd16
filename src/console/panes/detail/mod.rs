//! The detail as a layer.

pub mod copying;
pub mod document;
pub mod json_lines;
pub mod looking;
pub mod state;
pub mod view;

use ratatui::layout::{Position, Rect};

use crate::console::app::context::Context;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::scrolled::scrolled;
use crate::console::app::state::State;
use crate::console::layers::{Extent, Layer, Place};
use crate::console::panes::detail::state::{Detail, Subject};
use crate::console::widgets::pen::Pen;
use crate::space::SpaceId;

impl Layer for Detail {
    fn context(&self) -> Context {
        Context::Detail
    }

    fn place(&self) -> Place {
        Place::Detail
    }

    /// Draws nothing: the detail area also shows the selected row when no detail is open.
    fn draw(&self, _: &mut Pen<'_>, _: &State, _: Rect, _: bool) -> Option<Position> {
        None
    }

    fn trail(&self) -> Option<String> {
        Some("detail".to_owned())
    }

    fn selection(&self) -> Option<Subject> {
        Some(self.subject.clone())
    }

    fn space_id(&self) -> Option<SpaceId> {
        match &self.subject {
            Subject::Event(event) => Some(event.space_id),
            Subject::Entry { space_id, .. } | Subject::Space(space_id) => Some(*space_id),
            Subject::Job(_) | Subject::Operation(_) => None,
        }
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        if self.is_text() {
            self.top = motion.scrolled(self.top, extent.lines, extent.height);
        } else {
            self.cursor = motion.from(self.cursor, extent.lines, extent.height);
            self.top = scrolled(self.top, self.cursor, extent.lines, extent.height);
        }
    }

    fn reveal(&mut self, extent: Extent) {
        self.top = if self.is_text() {
            self.top.min(extent.last_top())
        } else {
            scrolled(self.top, self.cursor, extent.lines, extent.height)
        };
    }

    fn length(&self, state: &State) -> usize {
        if self.is_text() { state.viewports.layer_lines.into() } else { state.lines(self).len() }
    }

    fn rows(&self, state: &State, layout: &Layout) -> u16 {
        layout.detail.map_or(0, |area| view::rows(state, area))
    }

    fn line_count(&self, state: &State, layout: &Layout) -> u16 {
        layout.detail.map_or(0, |area| view::line_count(state, self, area))
    }
}

//! The history of an entity as a layer.

pub mod view;

use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use crate::console::app::context::Context;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::moving::go_in_window;
use crate::console::app::state::{Failure, State};
use crate::console::app::view::list_rows;
use crate::console::app::window::Window;
use crate::console::layers::history::view::draw as draw_history;
use crate::console::layers::{Extent, Layer, Place};
use crate::console::panes::detail::Subject;
use crate::console::panes::events::EventRow;
use crate::console::widgets::pen::Pen;
use crate::space::SpaceId;

/// The events of one entity within a space.
#[derive(Debug, Clone)]
pub struct History {
    /// The space.
    pub space_id: SpaceId,
    /// The entity.
    pub entity_id: String,
    /// The key from which the history was opened.
    pub key: Option<String>,
    /// Its events.
    pub window: Window<EventRow>,
    /// The reason why they cannot be read.
    pub failure: Option<Failure>,
}

impl Layer for History {
    fn context(&self) -> Context {
        Context::History
    }

    fn place(&self) -> Place {
        Place::List
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &State, area: Rect, focused: bool) -> Option<Position> {
        draw_history(pen, state, self, area, focused);
        None
    }

    fn trail(&self) -> Option<String> {
        Some(format!("history of {}", &self.entity_id))
    }

    fn selection(&self) -> Option<Subject> {
        self.window.selected_row().map(|row| Subject::Event(Arc::clone(&row.event)))
    }

    fn space_id(&self) -> Option<SpaceId> {
        Some(self.space_id)
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        go_in_window(&mut self.window, motion, extent.height);
    }

    fn reveal(&mut self, extent: Extent) {
        self.window.reveal(extent.height);
    }

    fn rows(&self, state: &State, layout: &Layout) -> u16 {
        list_rows(state, layout)
    }
}

//! The history of a key: every change of its value with the event that made it, in place of the main list.

mod actions;
mod row;
mod update;
mod view;

use std::sync::Arc;

use ratatui::layout::{Position, Rect};

pub(crate) use crate::console::layers::key_history::actions::ACTIONS;
pub use crate::console::layers::key_history::row::{ChangeOrder, ChangePlace, ChangeRow};
pub(crate) use crate::console::layers::key_history::update::{load, loaded, recheck};

use crate::console::app::command_line::Commands;
use crate::console::app::context::KeyContext;
use crate::console::app::motion::RowWindow;
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::trail::ListPlace;
use crate::console::app::window::{Load, Select, Window};
use crate::console::layers::{Layer, Place};
use crate::console::panes::Filter;
use crate::console::panes::detail::Subject;
use crate::console::widgets::pen::Pen;
use crate::shell::CommandLine;
use crate::space::SpaceId;

/// The changes of one key of a projection.
#[derive(Debug, Clone)]
pub struct KeyHistory {
    /// The space.
    pub space_id: SpaceId,
    /// The name of the projection.
    pub projection: String,
    /// The key.
    pub key: String,
    /// The order of the list.
    pub order: ChangeOrder,
    /// The text to find in the changed fields or in the type of the event, ignoring ASCII case.
    pub filter: Filter,
    /// The loaded changes.
    pub window: Window<ChangeRow>,
    /// The reason why they cannot be read.
    pub failure: Option<ErrorText>,
}

impl Layer for KeyHistory {
    fn context(&self) -> KeyContext {
        KeyContext::KeyHistory
    }

    fn place(&self) -> Place {
        Place::List
    }

    fn commands(&self, state: &ConsoleState) -> Commands {
        let line =
            CommandLine::of("projections history").name(&state.space_name(self.space_id)).name(&self.key);
        let line = line.option("--projection", &self.projection);
        let filter = (!self.filter.is_empty()).then(|| self.filter.as_str());
        line.option_if("--contains", filter).flag("--reverse", self.order == ChangeOrder::NewestFirst).into()
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, area: Rect, focused: bool) -> Option<Position> {
        view::draw(pen, state, self, area, focused);
        None
    }

    fn trail(&self) -> Option<String> {
        Some(format!("changes of {}", &self.key))
    }

    fn kept(&self) -> Option<Box<dyn Layer>> {
        let mut window = Window::default();
        ListPlace::of(&self.window).restore(&mut window, Load::Start, Select::First);
        Some(Box::new(Self {
            space_id: self.space_id,
            projection: self.projection.clone(),
            key: self.key.clone(),
            order: self.order,
            filter: self.filter.clone(),
            window,
            failure: None,
        }))
    }

    fn selection(&self) -> Option<Subject> {
        self.window.selected_row().map(|row| Subject::Event(Arc::clone(&row.event)))
    }

    fn filter(&self) -> Option<&Filter> {
        Some(&self.filter)
    }

    fn set_filter(&mut self, filter: Filter) {
        (self.filter, self.failure) = (filter, None);
        self.window.refilter(Load::Start, Select::First);
    }

    fn asked(&self) -> Vec<RequestId> {
        self.window.pending.iter().map(|pending| pending.request).collect()
    }

    fn space_id(&self) -> Option<SpaceId> {
        Some(self.space_id)
    }

    fn is_at_last(&self) -> bool {
        self.window.is_at_last()
    }

    fn row_window(&mut self) -> Option<&mut dyn RowWindow> {
        Some(&mut self.window)
    }
}

//! The state of the projections pane.

use crate::pstate::Entry;
use crate::space::SpaceId;

use crate::console::app::filter::Filter;
use crate::console::app::state::Failure;
use crate::console::app::window::{Row, Window};

/// The projections pane: the keys of the selected space in byte order.
#[derive(Debug, Clone, Default)]
pub struct ProjectionsPane {
    /// The space of the loaded entries; `None` before the first request.
    pub space: Option<SpaceId>,
    /// The loaded entries.
    pub window: Window<Entry>,
    /// The text to find in keys or values, ignoring ASCII case.
    pub filter: Filter,
    /// The selection before filtering, restored afterwards.
    pub before_filter: Option<String>,
    /// The reason why the projections cannot be read.
    pub failure: Option<Failure>,
}

impl Row for Entry {
    type Key = String;

    fn key(&self) -> String {
        self.key.clone()
    }
}

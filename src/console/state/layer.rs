//! The state of the smaller layers.

use crate::content_store::CommandSpec;
use crate::space::SpaceId;

use super::{EventRow, Failure, Window};

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

/// The choice of a command.
#[derive(Debug, Clone)]
pub struct Chooser {
    /// The space.
    pub space_id: SpaceId,
    /// The space's name.
    pub space_name: String,
    /// The app.
    pub app: &'static str,
    /// The commands to choose from.
    pub commands: &'static [CommandSpec],
    /// The index of the selected command.
    pub selected: usize,
}

/// Help for the layer or pane underneath, derived from the table of actions.
#[derive(Debug, Clone, Default)]
pub struct Help {
    /// The first line on screen.
    pub top: usize,
}

/// The current step of the walk, with its output.
#[derive(Debug, Clone, Default)]
pub struct Guide {
    /// The first line on screen; clamped to the last one that fills the box.
    pub top: usize,
}

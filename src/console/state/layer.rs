//! The layers on top of the panes.

use crate::content_store::CommandSpec;
use crate::space::SpaceId;

use super::{Detail, Dialog, EventRow, Failure, Form, Operations, Prompt, Window};

/// A layer on top of the panes. The topmost receives the keys; Esc closes it.
#[derive(Debug, Clone)]
pub enum Layer {
    /// A line being typed at the bottom.
    Prompt(Prompt),
    /// The details of one item, in the pane's detail area or, if there is none, over the pane.
    Detail(Detail),
    /// The events of one entity.
    History(History),
    /// The audit log, in place of the panes.
    Operations(Operations),
    /// The choice of a command.
    Chooser(Chooser),
    /// A form.
    Form(Box<Form>),
    /// A confirmation.
    Dialog(Box<Dialog>),
    /// Help for the layer or pane underneath.
    Help(Help),
    /// The current step of the walk, with its output.
    Guide(Guide),
}

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

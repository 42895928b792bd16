//! What lies on top of the panes.

use crate::content_store::CommandSpec;
use crate::space::SpaceId;

use super::{Detail, Dialog, EventRow, Failure, Form, Operations, Prompt, Window};

/// What lies on top of the panes. The topmost takes the keys; Esc takes it away.
#[derive(Debug, Clone)]
pub enum Layer {
    /// A line being typed at the bottom.
    Prompt(Prompt),
    /// The details of one thing. Shown in the pane's detail area, or over the pane where there is none.
    Detail(Detail),
    /// The events of one entity.
    History(History),
    /// The log of operations, in the place of the panes.
    Operations(Operations),
    /// The choice of a command.
    Chooser(Chooser),
    /// A form.
    Form(Box<Form>),
    /// A question.
    Dialog(Box<Dialog>),
    /// Help on where one is.
    Help(Help),
    /// The step at hand of the walk, and all that it told.
    Guide(Guide),
}

/// The events of one entity within a space.
#[derive(Debug, Clone)]
pub struct History {
    /// The space.
    pub space_id: SpaceId,
    /// The entity.
    pub entity_id: String,
    /// The key of a projection that it was asked for from.
    pub key: Option<String>,
    /// Its events.
    pub window: Window<EventRow>,
    /// Why they cannot be read.
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
    /// The chosen one.
    pub selected: usize,
}

/// Help on where one is: the keys of the layer or pane beneath, from the table of actions.
#[derive(Debug, Clone, Default)]
pub struct Help {
    /// The first line on screen.
    pub top: usize,
}

/// The step at hand of the walk, and all that it told.
#[derive(Debug, Clone, Default)]
pub struct Guide {
    /// The first line on screen; one that is too far down stands for the last one that fills the box.
    pub top: usize,
}

//! Contexts, which decide what a key does.

use strum::VariantArray;

use crate::console::app::state::ConsoleState;
use crate::console::layers::Layer;
use crate::console::panes::Pane;

use Context::{
    Checkpoints, Chooser, Delete, Detail, Dialog, Events, Form, Guide, Help, History, Jobs, Operations,
    Projections, Prompt, Spaces,
};

/// A place that can have the focus: a layer or a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
#[expect(missing_docs, reason = "named after the panes and layers")]
pub enum Context {
    Spaces,
    Events,
    Projections,
    Checkpoints,
    Jobs,
    Detail,
    History,
    /// The audit log.
    Operations,
    Chooser,
    Prompt,
    Form,
    Dialog,
    /// A dialog in which a name is typed.
    Delete,
    Help,
    /// The current step of the guide, opened for reading.
    Guide,
}

impl Context {
    /// Every context.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// Returns true if printable keys are text here.
    pub fn takes_text(self) -> bool {
        matches!(self, Self::Prompt | Self::Form | Self::Delete)
    }

    /// Returns true if it only shows something: it neither takes text nor asks a question.
    pub(crate) fn is_view(self) -> bool {
        matches!(self, Self::Detail | Self::History | Self::Operations | Self::Guide)
    }

    /// Returns the name to display.
    pub fn title(self) -> &'static str {
        match self {
            Self::Spaces => "Spaces",
            Self::Events => "Events",
            Self::Projections => "Projections",
            Self::Checkpoints => "Checkpoints",
            Self::Jobs => "Jobs",
            Self::Detail => "Detail",
            Self::History => "History",
            Self::Operations => "Audit log",
            Self::Chooser => "Choose a command",
            Self::Prompt => "Typing",
            Self::Form => "Form",
            Self::Dialog => "Question",
            Self::Delete => "Delete",
            Self::Help => "Help",
            Self::Guide => "Guide",
        }
    }
}

/// Returns the current context: the topmost layer, or the focused pane.
pub fn context(state: &ConsoleState) -> Context {
    state.layers.top().map_or_else(|| of_pane(state.focus), Layer::context)
}

/// Returns the context that the help describes: the one in which it was opened.
pub(crate) fn below_help(state: &ConsoleState) -> Context {
    state.layers.below_help().map_or_else(|| of_pane(state.focus), Layer::context)
}

pub(crate) fn of_pane(pane: Pane) -> Context {
    pane.list().context()
}

pub(crate) const PANES: &[Context] = &[Spaces, Events, Projections, Checkpoints, Jobs];
pub(crate) const LISTS: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Operations, Chooser, Help, Guide];
pub(crate) const ROWS: &[Context] = &[Spaces, Events, Projections, Checkpoints, Jobs, History, Operations];
pub(crate) const OF_SPACE: &[Context] = &[Spaces, Events, Projections, Checkpoints];
/// Contexts that list spaces.
pub(crate) const SPACES: &[Context] = &[Spaces, Checkpoints];
/// Contexts that show jobs.
pub(crate) const JOBS: &[Context] = &[Jobs, Detail];
/// The panes, and the views that replace them without a box.
pub(crate) const VIEWS: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Operations];
/// Views that replace the panes without a box.
pub(crate) const OVER_PANES: &[Context] = &[Detail, History, Operations];
/// Layers over the views, closed before a view is left.
pub(crate) const OVERLAYS: &[Context] = &[Prompt, Form, Delete, Chooser, Dialog, Help, Guide];
/// Contexts in which the guide's keys work: those without text or a question.
pub(crate) const WALKABLE: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Operations, Guide];
/// Contexts from which a key opens the audit log.
pub(crate) const LOOKS: &[Context] = &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History];
/// Lists with details beside them.
pub(crate) const DETAILED: &[Context] = &[Spaces, Events, Projections, Checkpoints, Jobs, Operations];
/// Contexts without text, in which a printable key opens the help.
pub(crate) const ASKABLE: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Operations, Chooser, Dialog, Guide];
/// Contexts in which only Esc goes back.
pub(crate) const UNEXPLAINED: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Prompt, Form, Delete];

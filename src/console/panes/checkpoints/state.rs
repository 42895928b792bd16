//! The state of the checkpoints pane.

use crate::space::SpaceId;

use crate::console::app::filter::Filter;
use crate::console::panes::spaces::listed::Listed;

/// The checkpoints pane: the loaded spaces in the order of the spaces pane, with the positions of their
/// projections.
#[derive(Debug, Clone, Default)]
pub struct CheckpointsPane {
    /// The spaces shown, in order. The selection is shared with the spaces pane.
    pub shown: Listed<SpaceId>,
    /// The first row on screen, as an index into `shown`.
    pub top: usize,
    /// The text to find in space names.
    pub filter: Filter,
    /// The selection before filtering, restored afterwards.
    pub before_filter: Option<SpaceId>,
}

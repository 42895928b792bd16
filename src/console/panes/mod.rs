//! The panes, and the detail beside them.

pub mod checkpoints;
pub mod detail;
pub mod events;
pub mod jobs;
pub mod projections;
pub mod spaces;
pub mod view;

use crate::console::app::spec::Spec;

/// The actions of the panes and of the details.
pub(crate) const ACTIONS: [&[Spec]; 4] = [spaces::ACTIONS, jobs::ACTIONS, events::ACTIONS, detail::ACTIONS];

/// A pane. Its number is its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pane {
    /// 1
    Spaces,
    /// 2
    Events,
    /// 3
    Projections,
    /// 4
    Checkpoints,
    /// 5
    Jobs,
}

impl Pane {
    /// All panes in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Spaces, Self::Events, Self::Projections, Self::Checkpoints, Self::Jobs];

    /// Returns the number key.
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    /// Returns the display name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Spaces => "Spaces",
            Self::Events => "Events",
            Self::Projections => "Projections",
            Self::Checkpoints => "Checkpoints",
            Self::Jobs => "Jobs",
        }
    }

    /// Returns the pane `by` places further, wrapping around.
    pub fn turn(self, by: isize) -> Self {
        let count = Self::ALL.len();
        let index = (self as usize).wrapping_add_signed(by).wrapping_add(count) % count;
        Self::ALL[index]
    }
}

//! The order of the checkpoints, all of which are loaded.

use std::cmp::Reverse;

use crate::console::app::action::Section::View;
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::context::KeyContext;
use crate::console::app::state::{ConsoleState, Level};
use crate::console::panes::checkpoints::CheckpointRow;
use crate::console::panes::spaces;
use crate::operations::{ProjectionOverview, SpaceOverview};

/// The actions of the pane.
pub(crate) const ACTIONS: &[Spec] = &[Spec {
    action: Action::Sort,
    section: View,
    title: "sort",
    description: "Sort like the spaces, by name, lag or last error",
    keys: &["s"],
    contexts: |here| here == KeyContext::Checkpoints,
    hint: Some(Rank::SortSpaces),
    enabled: spaces::has_space,
    run: |state, _| set(state, state.checkpoints.order.next(), false),
    ..Spec::ALWAYS
}];

/// The order of the checkpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CheckpointOrder {
    /// The order of the spaces.
    #[default]
    Spaces,
    /// By the names of the spaces.
    Name,
    /// Largest lag first.
    Lag,
    /// Projections with an error first.
    LastError,
}

impl CheckpointOrder {
    /// Returns the next order, wrapping around.
    fn next(self) -> Self {
        match self {
            Self::Spaces => Self::Name,
            Self::Name => Self::Lag,
            Self::Lag => Self::LastError,
            Self::LastError => Self::Spaces,
        }
    }

    /// Returns the order of a column, by its title.
    pub(super) fn by_column(title: &str) -> Option<Self> {
        match title {
            "name" => Some(Self::Name),
            "lag" => Some(Self::Lag),
            "last error" => Some(Self::LastError),
            _ => None,
        }
    }

    /// Returns the display name.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Spaces => "spaces",
            Self::Name => "name",
            Self::Lag => "lag",
            Self::LastError => "last error",
        }
    }

    /// Returns true if it depends on counters. The highest is then first, and the projections of a space are not together.
    pub(super) fn is_by_counters(self) -> bool {
        matches!(self, Self::Lag | Self::LastError)
    }
}

/// Sorts by a column, or reverses the order if the rows are already sorted by it.
pub(super) fn sort_by(state: &mut ConsoleState, column: &str) {
    match CheckpointOrder::by_column(column) {
        Some(order) => {
            let is_reversed = state.checkpoints.order == order && !state.checkpoints.is_reversed;
            set(state, order, is_reversed);
        }
        None => state.say(Level::Note, "checkpoints are sorted by name, lag or last error"),
    }
}

fn set(state: &mut ConsoleState, order: CheckpointOrder, is_reversed: bool) {
    (state.checkpoints.order, state.checkpoints.is_reversed) = (order, is_reversed);
    spaces::show_spaces(state);
    let text = match order {
        CheckpointOrder::Spaces => "sorted like the spaces".to_owned(),
        _ => format!("sorted by {}{}", order.title(), if is_reversed { ", reversed" } else { "" }),
    };
    state.say(Level::Info, text);
}

/// Sorts rows that are in the order of the spaces. Equal ones stay in that order.
pub(super) fn sort(state: &ConsoleState, rows: &mut [CheckpointRow]) {
    let space = |row: &CheckpointRow| state.spaces.get(row.space_id);
    match state.checkpoints.order {
        CheckpointOrder::Spaces => {}
        CheckpointOrder::Name => {
            let name = |row: &CheckpointRow| space(row).map(|space| space.space.space_name.as_str());
            rows.sort_by(|one, other| name(one).cmp(&name(other)));
        }
        CheckpointOrder::Lag => rows.sort_by_key(|row| Reverse(space(row).map(|space| lag(space, row)))),
        CheckpointOrder::LastError => rows.sort_by_key(|row| {
            let space = space(row);
            let is_blocked = space.and_then(|space| projection(space, row)).map(|one| one.blocked.is_some());
            Reverse((is_blocked, space.map(|space| lag(space, row))))
        }),
    }
    if state.checkpoints.is_reversed {
        rows.reverse();
    }
}

fn projection<'a>(space: &'a SpaceOverview, row: &CheckpointRow) -> Option<&'a ProjectionOverview> {
    space.projections.get(row.projection)
}

fn lag(space: &SpaceOverview, row: &CheckpointRow) -> u64 {
    projection(space, row).map_or_else(|| space.state_lag(), |projection| projection.lag(&space.head))
}

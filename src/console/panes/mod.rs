//! The panes, and the detail beside them.

pub mod activity;
pub mod checkpoints;
pub mod detail;
pub mod events;
pub mod jobs;
pub mod projections;
pub mod spaces;
pub mod travel;
pub mod view;

use std::ops::Range;

use ratatui::layout::Rect;

use crate::console::app::action::{Action, Spec};
use crate::console::app::availability::Availability;
use crate::console::app::command_line::Commands;
use crate::console::app::context::KeyContext;
use crate::console::app::motion::Motion;
use crate::console::app::shown_list::ShownList;
use crate::console::app::state::ConsoleState;
use crate::console::panes::detail::Subject;
use crate::console::panes::view::Note;
use crate::console::theme::Glyphs;
use crate::console::widgets::pen::Pen;
use crate::space::SpaceId;
use crate::text::find;

/// The actions of the panes and of the details.
pub(crate) const ACTIONS: [&[Spec]; 9] = [
    spaces::ACTIONS,
    jobs::ACTIONS,
    events::ACTIONS,
    projections::ACTIONS,
    checkpoints::ACTIONS,
    checkpoints::PROBLEM_ACTIONS,
    travel::ACTIONS,
    detail::ACTIONS,
    detail::REFERENCE_ACTIONS,
];

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

    /// Returns the action that goes to it.
    pub fn action(self) -> Action {
        match self {
            Self::Spaces => Action::FocusSpaces,
            Self::Events => Action::FocusEvents,
            Self::Projections => Action::FocusProjections,
            Self::Checkpoints => Action::FocusCheckpoints,
            Self::Jobs => Action::FocusJobs,
        }
    }

    /// Returns the name under which it is remembered.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spaces => "spaces",
            Self::Events => "events",
            Self::Projections => "projections",
            Self::Checkpoints => "checkpoints",
            Self::Jobs => "jobs",
        }
    }

    /// Returns the pane with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pane| pane.name() == name)
    }

    /// Returns the display name.
    pub fn title(self) -> &'static str {
        self.list().context().title()
    }

    /// Returns its behaviour.
    pub(crate) fn list(self) -> &'static dyn List {
        match self {
            Self::Spaces => &spaces::Spaces,
            Self::Events => &events::Events,
            Self::Projections => &projections::Projections,
            Self::Checkpoints => &checkpoints::Checkpoints,
            Self::Jobs => &jobs::Jobs,
        }
    }

    /// The panes that share the middle of the screen, and show the contents of the selected space.
    pub(crate) const MAIN: &[Self] = &[Self::Events, Self::Projections];

    /// Returns true if it is one of those in the middle.
    pub(crate) fn is_main(self) -> bool {
        Self::MAIN.contains(&self)
    }

    /// Returns the pane `by` places further in the middle of the screen.
    pub(crate) fn beside(self, by: isize) -> Option<Self> {
        let index = Self::MAIN.iter().position(|pane| *pane == self)?;
        Self::MAIN.get(index.checked_add_signed(by)?).copied()
    }

    /// Returns the pane `by` places further, wrapping around.
    pub fn turn(self, by: isize) -> Self {
        let count = Self::ALL.len();
        let index = (self as usize).wrapping_add_signed(by).wrapping_add(count) % count;
        Self::ALL[index]
    }
}

/// The behaviour of a pane: a list with a selection, and often with a filter.
pub(crate) trait List {
    /// Returns the context, which decides what a key does.
    fn context(&self) -> KeyContext;

    /// Returns the step that it adds to the trail in the header.
    fn trail(&self, _state: &ConsoleState) -> String {
        self.context().title().to_lowercase()
    }

    /// Returns the selected item.
    fn selection(&self, state: &ConsoleState) -> Option<Subject>;

    /// Returns the reason if nothing is selected.
    fn check_selection(&self, state: &ConsoleState) -> Availability;

    /// Returns the item whose details are shown beside it.
    fn beside(&self, state: &ConsoleState) -> Option<Subject> {
        self.selection(state)
    }

    /// Returns the command that shows the same, or does what is selected.
    fn command(&self, state: &ConsoleState) -> Option<Commands>;

    /// Returns the reason if its rows cannot be exported.
    fn check_export(&self, state: &ConsoleState) -> Availability;

    /// Returns its rows, as they are filtered, to be exported.
    fn exported(&self, _state: &ConsoleState) -> Option<ShownList> {
        None
    }

    /// Returns true if it shows something of the selected space.
    fn is_of_space(&self) -> bool;

    /// Returns the spaces that it lists, if it lists spaces.
    fn spaces<'a>(&self, _state: &'a ConsoleState) -> Option<&'a [SpaceId]> {
        None
    }

    /// Scrolls its selection into view, and fills blank rows, after the layout or the list changed.
    fn reveal(&self, state: &mut ConsoleState);

    /// Notices that the store has changed.
    fn recheck(&self, state: &mut ConsoleState);

    /// Reads everything again.
    fn reload(&self, state: &mut ConsoleState);

    /// Drops what it shows of deleted spaces.
    fn forget(&self, state: &mut ConsoleState, gone: &[SpaceId]);

    /// Moves the selection.
    fn go(&self, state: &mut ConsoleState, motion: Motion);

    /// Returns true if the last row is selected.
    fn is_at_last(&self, state: &ConsoleState) -> bool;

    /// Selects a row by its number on screen, if there is one.
    fn select(&self, state: &mut ConsoleState, row: usize);

    /// Sorts by the column of this title, or says by which columns the list can be sorted; once more reverses the order.
    fn sort_by(&self, _state: &mut ConsoleState, _column: &str) {}

    /// Returns the filter, if it can be filtered.
    fn filter<'a>(&self, _state: &'a ConsoleState) -> Option<&'a Filter> {
        None
    }

    /// Sets the filter. The selection stays, or moves to the nearest match.
    fn set_filter(&self, _state: &mut ConsoleState, _filter: Filter) {}

    /// Selects the row that was selected before it was filtered.
    fn restore_selection(&self, _state: &mut ConsoleState) {}

    /// Draws the rows and the scrollbar in the inner area of its box.
    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, inner: Rect, focused: bool);

    /// Returns the note in its border.
    fn note(&self, glyphs: &Glyphs, state: &ConsoleState) -> Note;

    /// Returns the number of rows that fit into a height.
    fn rows(&self, _state: &ConsoleState, height: u16) -> u16 {
        height.saturating_sub(1)
    }
}

/// Keeps the selection when a filter begins. If nothing matched, clearing the filter restores it.
fn remember<K: Clone>(before: &Filter, now: &Filter, selected: &mut Option<K>, kept: &mut Option<K>) {
    if before.is_empty() {
        kept.clone_from(selected);
    } else if now.is_empty() && selected.is_none() {
        selected.clone_from(kept);
    }
}

/// Text to search for, ignoring ASCII case. Empty text matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter(pub String);

impl Filter {
    /// Returns true if it matches everything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns true if the text contains the filter's text.
    pub fn matches(&self, haystack: &str) -> bool {
        self.is_empty() || find(haystack, &self.0, 0).is_some()
    }

    /// Returns the byte ranges of all matches, for highlighting.
    pub fn ranges(&self, haystack: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut from = 0;
        while !self.is_empty() {
            let Some(start) = find(haystack, &self.0, from) else { break };
            from = start + self.0.len();
            found.push(start..from);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_ignore_case_and_report_their_byte_ranges() {
        let filter = Filter("ad".to_owned());
        assert!(filter.matches("contact.ADded"));
        assert_eq!(filter.ranges("Ada ad"), [0..2, 4..6]);
        assert!(filter.ranges("").is_empty());
        assert!(Filter::default().matches("anything"));
        assert!(Filter::default().ranges("anything").is_empty());
    }
}

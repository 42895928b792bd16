//! The audit log on screen, latest entry first.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::operator_log::{Operation, OperationId};

use crate::console::app::state::Failure;
use crate::console::app::window::{Load, Row, Select, Window};

/// An entry as a row, ordered latest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRow(pub Arc<Operation>);

impl Row for OperationRow {
    type Key = Reverse<OperationId>;

    fn key(&self) -> Self::Key {
        Reverse(self.0.operation_id)
    }
}

/// The audit log on screen.
#[derive(Debug, Clone, Default)]
pub struct Operations {
    /// The name of the spaces shown, including deleted ones; all entries if absent.
    pub space_name: Option<String>,
    /// The loaded entries.
    pub window: Window<OperationRow>,
    /// The reason why they cannot be read.
    pub failure: Option<Failure>,
}

impl Operations {
    /// The audit log of everything, or of all spaces that have or had this name.
    pub fn of(space_name: Option<String>) -> Self {
        let mut window = Window::default();
        window.wish(Load::Start, Select::First);
        Self { space_name, window, failure: None }
    }

    /// Returns the selected entry.
    pub fn selected(&self) -> Option<&Arc<Operation>> {
        self.window.selected_row().map(|row| &row.0)
    }

    /// Reloads the entries, as an operation may have started or ended. If the latest entry is selected, the
    /// selection follows new entries; otherwise it stays.
    pub fn recheck(&mut self) {
        let on_latest = self.window.at_start && self.window.selected_index() == Some(0);
        if on_latest && self.window.pending.is_none() {
            self.window.wish(Load::Start, Select::First);
        } else {
            self.window.refresh();
        }
    }
}

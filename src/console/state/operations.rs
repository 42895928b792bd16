//! The log of operations on screen: what operators did to the store, the latest first.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::operator_log::{Operation, OperationId};

use super::{Failure, Load, Row, Select, Window};

/// An operation as a row. Later ones come first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRow(pub Arc<Operation>);

impl Row for OperationRow {
    type Key = Reverse<OperationId>;

    fn key(&self) -> Self::Key {
        Reverse(self.0.operation_id)
    }
}

/// The log of operations on screen.
#[derive(Debug, Clone, Default)]
pub struct Operations {
    /// Only what was done to spaces of this name, those that are gone included.
    pub space_name: Option<String>,
    /// The loaded operations.
    pub window: Window<OperationRow>,
    /// Why they cannot be read.
    pub failure: Option<Failure>,
}

impl Operations {
    /// The log of all spaces and of the file, or of the spaces that have or had this name.
    #[must_use]
    pub fn of(space_name: Option<String>) -> Self {
        let mut window = Window::default();
        window.wish(Load::Start, Select::First);
        Self { space_name, window, failure: None }
    }

    /// The selected operation.
    #[must_use]
    pub fn selected(&self) -> Option<&Arc<Operation>> {
        self.window.selected_row().map(|row| &row.0)
    }

    /// Something may have begun or ended. Whoever stands on the latest goes along with what is new; whoever
    /// stands elsewhere stays there.
    pub fn recheck(&mut self) {
        let on_latest = self.window.at_start && self.window.selected_index() == Some(0);
        if on_latest && self.window.pending.is_none() {
            self.window.wish(Load::Start, Select::First);
        } else {
            self.window.refresh();
        }
    }
}

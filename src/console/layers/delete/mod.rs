//! Deleting a space: the dialog with the inventory of what will be deleted, the archive, and the name to type.

mod sheet;
mod update;
mod view;

use std::path::PathBuf;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Action;
use crate::console::app::action::Section::{Actions, Move};
use crate::console::app::action::{Rank, Spec};
use crate::console::app::availability::{Availability, unavailable};
use crate::console::app::command_line::{self, Commands};
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::{ConsoleState, Loadable, RequestId};
use crate::console::layers::{Extent, Layer, LayerSize, Run};
use crate::console::panes::spaces;
use crate::console::widgets::pen::Pen;
use crate::console::widgets::text_input::TextInput;
use crate::operations::{AnyOperation, DeleteSpace, Inventory, SpaceOverview};
use crate::space::SpaceState;

pub(crate) use crate::console::layers::delete::update::{show_inventory, tried};

/// The actions of the dialog, and the one that opens it.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Delete,
        section: Actions,
        title: "delete",
        description: "Delete the space with everything in it, after its name is typed",
        keys: &["D"],
        contexts: KeyContext::is_pane,
        hint: Some(Rank::Delete),
        enabled: spaces::can_delete,
        run: update::open,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Confirm,
        section: Actions,
        title: "delete",
        description: "Delete, once the name is typed",
        keys: &["enter"],
        contexts: DIALOG,
        hint: Some(Rank::Main),
        run: update::confirm,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Archive,
        section: Actions,
        title: "archive",
        description: "Export the space to a file first, and read the file back row by row",
        keys: &["ctrl-o"],
        contexts: DIALOG,
        hint: Some(Rank::AfterBack),
        enabled: can_archive,
        run: |state, _| update::toggle_archive(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Purge,
        section: Actions,
        title: "purge",
        description: "Purge the storage afterwards, so that no byte of the space remains there",
        keys: &["ctrl-p"],
        contexts: DIALOG,
        hint: Some(Rank::Last),
        run: |state, _| update::toggle_purge(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::NextField,
        section: Move,
        title: "next",
        description: "Go to the next field",
        keys: &["tab"],
        contexts: DIALOG,
        hint: Some(Rank::Fourth),
        applies: archives,
        run: |state, _| update::turn(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::PreviousField,
        section: Move,
        title: "previous field",
        description: "Go to the previous field",
        keys: &["shift-tab"],
        contexts: DIALOG,
        applies: archives,
        run: |state, _| update::turn(state),
        ..Spec::ALWAYS
    },
];

const DIALOG: Contexts = |here| here == KeyContext::Delete;

/// Returns true if the dialog asks for a file as well as the name.
fn archives(state: &ConsoleState) -> bool {
    state.layers.shown::<Delete>().is_some_and(|delete| delete.archives)
}

fn can_archive(state: &ConsoleState) -> Availability {
    state.layers.shown().and_then(Delete::without_archive).map_or(Ok(()), unavailable)
}

impl Layer for Delete {
    fn context(&self) -> KeyContext {
        KeyContext::Delete
    }

    fn asked(&self) -> Vec<RequestId> {
        self.inventory.asked().into_iter().collect()
    }

    fn commands(&self, _: &ConsoleState) -> Commands {
        let operation = AnyOperation::DeleteSpace(self.operation());
        command_line::of_operation(&operation, &self.space.space.space_name).into()
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        view::draw(pen, state, self, body)
    }

    fn input(&mut self) -> Option<&mut TextInput> {
        Some(match self.focus {
            Focus::Name => &mut self.typed,
            Focus::Archive => &mut self.archive,
        })
    }

    fn edited(&self) -> Run {
        |state, _| update::clear_errors(state)
    }

    fn next_field(&self) -> Option<fn(&mut ConsoleState, isize)> {
        Some(|state, _| update::turn(state))
    }

    fn select(&mut self, row: usize, _: Extent) {
        self.focus = if row == Focus::Archive as usize { Focus::Archive } else { Focus::Name };
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.top = motion.scrolled(self.top, extent.lines, extent.height);
    }

    fn reveal(&mut self, extent: Extent) {
        self.top = self.top.min(extent.last_top());
    }

    fn top_line(&self) -> Option<usize> {
        Some(self.top)
    }

    fn length(&self, state: &ConsoleState) -> usize {
        state.viewports.layer_lines.into()
    }

    fn size(&self, state: &ConsoleState, layout: &Layout) -> LayerSize {
        let (lines, rows) = view::extent(state, self, layout.body);
        LayerSize { rows, lines }
    }
}

/// The dialog that deletes a space: the inventory, the archive, and the name to type.
#[derive(Debug, Clone)]
pub struct Delete {
    /// The space as it was when the dialog opened.
    pub space: SpaceOverview,
    /// The contents that will be deleted.
    pub inventory: Loadable<Inventory>,
    /// True if the file will be rewritten afterwards.
    pub purge: bool,
    /// True if the space will be exported first.
    pub archives: bool,
    /// The file of the archive.
    pub archive: TextInput,
    /// The reason why the archive cannot be written there.
    pub archive_error: Option<String>,
    /// The name as typed so far.
    pub typed: TextInput,
    /// The reason why the space was not deleted.
    pub error: Option<String>,
    /// The field with the cursor.
    pub focus: Focus,
    /// The first line about the space on screen.
    pub top: usize,
    /// The pending check that the archive can be written. The delete starts after it.
    pub trying: Option<RequestId>,
}

/// The fields of the delete dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Focus {
    /// The name of the space.
    #[default]
    Name,
    /// The file of the archive.
    Archive,
}

impl Delete {
    /// Returns the reason why the space cannot be archived: it is incomplete.
    pub fn without_archive(&self) -> Option<&'static str> {
        match &self.inventory {
            Loadable::Ready(inventory) if inventory.partly_removed => {
                Some("no archive: an interrupted delete has removed part of it")
            }
            _ if self.space.space.state == SpaceState::Importing => {
                Some("no archive: its import is not finished")
            }
            _ => None,
        }
    }

    /// Returns the operation that it asks about.
    pub(super) fn operation(&self) -> DeleteSpace {
        let archive = self.archives.then(|| PathBuf::from(self.archive.text()));
        DeleteSpace { purge: self.purge, archive: archive.filter(|file| !file.as_os_str().is_empty()) }
    }

    fn clear_errors(&mut self) {
        (self.trying, self.error, self.archive_error) = (None, None, None);
    }
}

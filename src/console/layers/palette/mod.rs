//! The palette: finds any action, command of an app, space, event type, entity, key, recent file, guide and help topic by
//! name, and runs typed commands.

mod actions;
mod commands;
mod entry;
mod files;
mod go;
mod listing;
mod needle;
mod synonyms;
mod thing;
mod typed;
mod update;
mod view;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Section::{Actions, View};
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::{ConsoleState, RequestId};
use crate::console::layers::{Extent, Layer, LayerSize, Run};
use crate::console::widgets::pen::Pen;
use crate::console::widgets::text_input::TextInput;

pub use crate::console::layers::palette::entry::{PaletteRow, PaletteTarget};
pub use crate::console::layers::palette::files::DatabasePath;
pub(crate) use crate::console::layers::palette::files::found as found_databases;
pub use crate::console::layers::palette::needle::{MatchQuality, NameMatch, Needle};
pub(in crate::console) use crate::console::layers::palette::thing::MOST;
pub(crate) use crate::console::layers::palette::thing::found;
pub use crate::console::layers::palette::thing::{FoundThings, SearchStep, Thing, ThingKind, ThingSearch};

/// The actions of the palette, and the one that opens it.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Palette,
        section: View,
        title: "palette",
        brief: "find",
        description: "Find any action, space, key or help topic by name, or type a command",
        keys: &[":", "ctrl-p"],
        contexts: |here| here.is_screen() || here.is_view() || here == KeyContext::Help,
        hint: Some(Rank::Palette),
        run: |state, _| update::open(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::OpenFile,
        section: View,
        title: "other file",
        description: "Open another file, by its path or from those opened recently",
        keys: &["ctrl-o"],
        contexts: |here| here.is_screen() || here.is_view(),
        run: update::open_file,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::OpenFile,
        section: View,
        title: "other file",
        description: "Open a file by its path",
        keys: &["ctrl-o"],
        contexts: |here| here == KeyContext::Files,
        hint: Some(Rank::Second),
        run: update::open_file,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Accept,
        section: Actions,
        title: "run",
        description: "Run the selected row, or go to it",
        keys: &["enter"],
        contexts: PALETTE,
        hint: Some(Rank::Main),
        run: update::accept,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Complete,
        section: Actions,
        title: "complete",
        description: "Complete the text with the selected row",
        keys: &["tab"],
        contexts: PALETTE,
        hint: Some(Rank::Second),
        run: update::complete,
        ..Spec::ALWAYS
    },
];

const PALETTE: Contexts = |here| here == KeyContext::Palette;

/// The palette.
#[derive(Debug, Clone, Default)]
pub struct Palette {
    /// The text typed.
    pub input: TextInput,
    /// The rows for the text.
    pub entries: Vec<PaletteRow>,
    /// The index of the selected row.
    pub selected: usize,
    /// The first row on screen.
    pub top: usize,
    /// The reason why there are no rows, or why the selected one was not run.
    pub message: Option<String>,
    finding: thing::Finding,
    databases: files::Databases,
}

impl Palette {
    /// Returns the text, without leading spaces.
    pub fn text(&self) -> &str {
        self.input.text().trim_start()
    }

    /// Returns the selected row.
    pub fn selected_entry(&self) -> Option<&PaletteRow> {
        self.entries.get(self.selected)
    }
}

impl Layer for Palette {
    fn context(&self) -> KeyContext {
        KeyContext::Palette
    }

    fn asked(&self) -> Vec<RequestId> {
        self.finding.asked().into_iter().collect()
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        view::draw(pen, state, self, body)
    }

    fn trail(&self) -> Option<String> {
        Some("palette".to_owned())
    }

    fn input(&mut self) -> Option<&mut TextInput> {
        Some(&mut self.input)
    }

    fn edited(&self) -> Run {
        update::edited
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        Palette::go(self, motion, u16::try_from(extent.height).unwrap_or(u16::MAX));
    }

    fn reveal(&mut self, extent: Extent) {
        Palette::go(self, Motion::Rows(0), u16::try_from(extent.height).unwrap_or(u16::MAX));
    }

    fn select(&mut self, row: usize, _: Extent) {
        self.selected = row.min(self.entries.len().saturating_sub(1));
    }

    fn loses_nothing(&self) -> bool {
        true
    }

    fn size(&self, _: &ConsoleState, layout: &Layout) -> LayerSize {
        LayerSize::of_rows(view::list_rows(layout.body))
    }
}

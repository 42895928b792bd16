//! The list of the files that were opened recently, one of which is opened first.

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Section::{Actions, Move};
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::effect::Effects;
use crate::console::app::keymap::with_keys;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::opening;
use crate::console::app::state::ConsoleState;
use crate::console::layers::{Extent, Layer, LayerSize, Run, boxed, close, middle};
use crate::console::theme::Role;
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::{Pen, piece, row};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::console::widgets::text::wrap;
use crate::sqlite::Location;
use crate::state_files::RecentFile;
use crate::text::visible;

/// The actions of the list.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Accept,
        section: Actions,
        title: "open",
        description: "Open the selected file",
        keys: &["enter"],
        contexts: FILES,
        hint: Some(Rank::Main),
        run: accept,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Back,
        section: Move,
        title: "quit",
        description: "Quit without opening a file",
        keys: &["esc"],
        also: &[Action::Quit],
        contexts: FILES,
        hint: Some(Rank::Back),
        run: close,
        ..Spec::ALWAYS
    },
];

const FILES: Contexts = |here| here == KeyContext::Files;

/// The list of a console that has no file yet. Leaving it ends the console.
#[derive(Debug, Clone)]
pub struct RecentList {
    /// The files, latest first.
    pub files: Vec<RecentFile>,
    /// The index of the selected one.
    pub selected: usize,
}

impl Layer for RecentList {
    fn context(&self) -> KeyContext {
        KeyContext::Files
    }

    fn is_alone(&self) -> bool {
        true
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        draw(pen, state, self, body);
        None
    }

    fn back(&self) -> Run {
        |state, _| state.quit = true
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.selected = motion.from(self.selected, self.files.len(), extent.height);
    }

    fn select(&mut self, row: usize, _: Extent) {
        self.selected = row.min(self.files.len().saturating_sub(1));
    }

    fn size(&self, _: &ConsoleState, layout: &Layout) -> LayerSize {
        LayerSize::of_rows(layout.body.height)
    }
}

/// Shows the list in a console that has no file yet.
pub(crate) fn show(state: &mut ConsoleState, list: RecentList) {
    state.database.name = "no file".to_owned();
    state.memory.recent.clone_from(&list.files);
    state.layers.push(list);
}

/// Opens the selected file.
fn accept(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(list) = state.layers.top_as::<RecentList>() else { return };
    if let Some(file) = list.files.get(list.selected).map(location) {
        opening::open(state, file, effects);
    }
}

/// Returns the files to open.
pub(crate) fn location(file: &RecentFile) -> Location {
    Location { database: file.path.clone(), projections: file.projections.clone() }
}

fn draw(pen: &mut Pen<'_>, state: &ConsoleState, list: &RecentList, body: Rect) {
    let lines = u16::try_from(list.files.len()).unwrap_or(u16::MAX);
    let area = middle(body, 100, lines.max(1).saturating_add(4));
    let title = vec![piece("Recent files", Role::Title)];
    let inner = boxed(pen, state, area, Frame { title, ..Frame::default() });
    if list.files.is_empty() {
        let text = with_keys(state, "no file was opened here before; {key:open-file} opens one by its path");
        for (index, line) in (0..inner.height).zip(wrap(&text, inner.width)) {
            pen.text(row(inner, index), &line, Role::Muted);
        }
        return;
    }
    let shown = inner.height.saturating_sub(1).max(1);
    let scroll = Scroll::around(list.selected as u64, 0, shown.into(), lines.into());
    let first = usize::try_from(scroll.first).unwrap_or(0);
    let texts: Vec<(usize, String, String)> = list
        .files
        .iter()
        .enumerate()
        .skip(first)
        .take(shown.into())
        .map(|(index, file)| {
            (index, visible(&file.path.to_string_lossy()).into_owned(), state.moments.date_and_time(file.at))
        })
        .collect();
    let table_row = |(index, path, at): &'_ (usize, String, String)| TableRow {
        cells: vec![vec![piece(path.clone(), Role::Text)], vec![piece(at.clone(), Role::Muted)]],
        selected: *index == list.selected,
    };
    let columns = vec![Column::text("file").growing().names().at_least(10), Column::text("opened").rank(1)];
    let rows = texts.iter().map(table_row).collect();
    Table { columns, rows, focused: true, first, ..Table::default() }.draw(pen, inner);
}

//! The list of the files that were opened recently, one of which is opened next.

use ratatui::layout::{Position, Rect};

use crate::console::app::context::KeyContext;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::ConsoleState;
use crate::console::layers::{Extent, Layer, Run, boxed, middle};
use crate::console::theme::Role;
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::{Pen, below, piece};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::console::widgets::text::wrap;
use crate::state_files::RecentFile;
use crate::text::visible;

/// The list of a console that has no file yet. Leaving it ends the console.
#[derive(Debug, Clone)]
pub struct RecentList {
    /// The files, latest first.
    pub files: Vec<RecentFile>,
    /// The index of the selected one.
    pub selected: usize,
    /// The reason why the file that was chosen before cannot be opened.
    pub failure: Option<String>,
}

impl Layer for RecentList {
    fn context(&self) -> KeyContext {
        KeyContext::Chooser
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

    fn rows(&self, _: &ConsoleState, layout: &Layout) -> u16 {
        layout.body.height
    }
}

/// Ends the console, so that the selected file is opened.
pub(crate) fn accept(state: &mut ConsoleState) {
    let Some(list) = state.layers.top_as::<RecentList>() else { return };
    if let Some(file) = list.files.get(list.selected).cloned() {
        (state.open, state.quit) = (Some(file), true);
    }
}

fn draw(pen: &mut Pen<'_>, state: &ConsoleState, list: &RecentList, body: Rect) {
    let lines = u16::try_from(list.files.len()).unwrap_or(u16::MAX);
    let width = 100.min(body.width);
    let failure = list.failure.as_ref().map(|failure| wrap(&visible(failure), width.saturating_sub(4)));
    let failure = failure.unwrap_or_default();
    let failed = u16::try_from(failure.len()).unwrap_or(0);
    let area = middle(body, width, lines.saturating_add(5).saturating_add(failed));
    let title = vec![piece("Recent files", Role::Title)];
    let mut inner = boxed(pen, state, area, Frame { title, ..Frame::default() });
    for line in &failure {
        pen.text(Rect { height: 1.min(inner.height), ..inner }, line, Role::Danger);
        inner = below(inner, 1);
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
    let row = |(index, path, at): &'_ (usize, String, String)| TableRow {
        cells: vec![vec![piece(path.clone(), Role::Text)], vec![piece(at.clone(), Role::Muted)]],
        selected: *index == list.selected,
    };
    let columns = vec![Column::text("file").growing().at_least(10), Column::text("opened").rank(1)];
    let rows = texts.iter().map(row).collect();
    Table { columns, rows, focused: true, ..Table::default() }.draw(pen, inner);
}

//! The layers over the panes. A layer keeps its state, its behaviour and its view in one place; this module knows what
//! all of them have in common.

pub mod audit;
pub mod blame;
pub mod chooser;
pub mod compare;
pub mod confirm;
pub mod copy;
pub mod delete;
pub mod differences;
pub mod flips;
pub mod form;
pub mod guide;
pub mod help;
pub mod history;
pub mod key_history;
pub mod messages;
pub mod opening;
pub mod palette;
pub mod prompt;
pub mod reader;
pub mod recent;
mod stack;
pub mod statistics;
pub mod subscriptions;
mod text_box;
pub mod timeline;
pub mod trace;

use std::any::Any;
use std::fmt::Debug;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::{Action, Rank, Section, Spec};
use crate::console::app::availability::Availability;
use crate::console::app::bottom::box_hints;
use crate::console::app::command_line::Commands;
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::effect::Effects;
use crate::console::app::hints::hints;
use crate::console::app::layout::Layout;
use crate::console::app::motion::{Motion, RowWindow};
use crate::console::app::pointer::region::Surface;
use crate::console::app::shown_list::{ShownList, no_list};
use crate::console::app::state::{ConsoleState, RequestId};
use crate::console::app::view::list_rows;
use crate::console::panes::Filter;
use crate::console::panes::detail::{KeyPlace, Subject};
use crate::console::theme::Role;
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::{Pen, Piece, row};
use crate::console::widgets::text_input::TextInput;
use crate::space::SpaceId;

pub use crate::console::layers::stack::Layers;
pub(crate) use crate::console::layers::stack::{cast, is};

/// The actions of the layers.
pub(crate) const ACTIONS: &[&[Spec]] = &[
    key_history::ACTIONS,
    blame::ACTIONS,
    confirm::ACTIONS,
    delete::ACTIONS,
    differences::ACTIONS,
    chooser::ACTIONS,
    reader::ACTIONS,
    recent::ACTIONS,
    opening::ACTIONS,
    copy::ACTIONS,
    form::ACTIONS,
    form::BUG_REPORT_ACTIONS,
    prompt::ACTIONS,
    trace::ACTIONS,
    timeline::ACTIONS,
    audit::ACTIONS,
    messages::ACTIONS,
    compare::ACTIONS,
    statistics::ACTIONS,
    subscriptions::ACTIONS,
    subscriptions::CONFIRMATION_ACTIONS,
    help::ACTIONS,
    palette::ACTIONS,
    guide::ACTIONS,
];

/// A reaction that may change the whole state.
pub(crate) type Run = fn(&mut ConsoleState, &mut Effects);

/// A layer over the panes. The topmost receives the keys; Esc closes it.
pub(crate) trait Layer: Any + Debug {
    /// Returns the context, which decides what a key does.
    fn context(&self) -> KeyContext;

    /// Returns the place where it is drawn.
    fn place(&self) -> Place {
        Place::Box
    }

    /// Returns true if nothing is drawn behind it.
    fn is_alone(&self) -> bool {
        false
    }

    /// Returns true if it takes the whole body, in place of the list and the panes beside it.
    fn takes_body(&self) -> bool {
        false
    }

    /// Returns a copy to go back to, without the rows that can be read again. A layer that asks or offers something has
    /// none.
    fn kept(&self) -> Option<Box<dyn Layer>> {
        None
    }

    /// Drops what it keeps of values that may have been erased. It is read again when it is shown.
    fn erase(&mut self) {}

    /// Draws it in the area of its place. Returns the position of the text cursor.
    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, area: Rect, focused: bool) -> Option<Position>;

    /// Returns the step that it adds to the trail in the header.
    fn trail(&self) -> Option<String> {
        None
    }

    /// Returns the item that it shows or has selected.
    fn selection(&self) -> Option<Subject> {
        None
    }

    /// Returns the key of a projection under its cursor.
    fn key_place(&self, _state: &ConsoleState) -> Option<KeyPlace> {
        None
    }

    /// Returns its questions that are not answered yet. They are given up when the layer is closed.
    fn asked(&self) -> Vec<RequestId> {
        Vec::new()
    }

    /// Returns the space whose contents it shows.
    fn space_id(&self) -> Option<SpaceId> {
        None
    }

    /// Returns the commands that show the same, or do what it asks about.
    fn commands(&self, _state: &ConsoleState) -> Commands {
        Commands::default()
    }

    /// Returns the reason if it has no rows that can be exported.
    fn check_export(&self) -> Availability {
        no_list()
    }

    /// Returns its rows, to be exported.
    fn exported(&self, _state: &ConsoleState) -> Option<ShownList> {
        None
    }

    /// Returns its filter, if its rows can be filtered.
    fn filter(&self) -> Option<&Filter> {
        None
    }

    /// Returns true if its filter is a query for events, and not just a text.
    fn takes_query(&self) -> bool {
        false
    }

    /// Sets its filter. The selection stays, or moves to the nearest match.
    fn set_filter(&mut self, _filter: Filter) {}

    /// Returns the text being typed.
    fn input(&mut self) -> Option<&mut TextInput> {
        None
    }

    /// Returns the reaction to an edit of its text.
    fn edited(&self) -> Run {
        |_, _| {}
    }

    /// Returns the reaction to moving to the next or the previous field, if it has several.
    fn next_field(&self) -> Option<fn(&mut ConsoleState, isize)> {
        None
    }

    /// Returns the reaction to going back from it.
    fn back(&self) -> Run {
        |state, _| {
            state.layers.pop();
        }
    }

    /// Returns its rows, if they are a window on a longer list. Keys and the pointer then move through them.
    fn row_window(&mut self) -> Option<&mut dyn RowWindow> {
        None
    }

    /// Moves its cursor or scrolls it.
    fn go(&mut self, motion: Motion, extent: Extent) {
        if let Some(window) = self.row_window() {
            window.go(motion, extent.height);
        }
    }

    /// Selects a row: of a layer in place of the list, from the first row on screen; of others, from the first of all.
    fn select(&mut self, row: usize, extent: Extent) {
        if let Some(window) = self.row_window() {
            window.select_shown(row, extent.height);
        }
    }

    /// Returns true if it is a list whose last row is selected.
    fn is_at_last(&self) -> bool {
        false
    }

    /// Chooses an option of the selected row. Returns true if it has one.
    fn choose(&mut self, _option: usize) -> bool {
        false
    }

    /// Returns true if closing it loses nothing that was typed or chosen.
    fn loses_nothing(&self) -> bool {
        false
    }

    /// Scrolls its cursor into view after the layout changed.
    fn reveal(&mut self, extent: Extent) {
        if let Some(window) = self.row_window() {
            window.reveal(extent.height);
        }
    }

    /// Returns the first line on screen, if it is a text that scrolls.
    fn top_line(&self) -> Option<usize> {
        None
    }

    /// Returns the number of its lines to move through.
    fn length(&self, _state: &ConsoleState) -> usize {
        0
    }

    /// Returns the number of its rows on screen, and of its lines of wrapped text.
    fn size(&self, state: &ConsoleState, layout: &Layout) -> LayerSize {
        LayerSize::of_rows(if self.place() == Place::List { list_rows(state, layout) } else { 0 })
    }
}

/// The size of a layer, for scrolling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LayerSize {
    /// The rows on screen.
    pub(crate) rows: u16,
    /// The lines of wrapped text.
    pub(crate) lines: u16,
}

impl LayerSize {
    /// Returns the size of a layer without wrapped text.
    pub(crate) fn of_rows(rows: u16) -> Self {
        Self { rows, lines: 0 }
    }
}

/// The place where a layer is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a box over everything.
    Box,
    /// In place of the list.
    List,
    /// In the detail area.
    Detail,
    /// In the bottom line.
    Line,
}

/// The extent of a layer, for moving and scrolling.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// Its lines to move through.
    pub(crate) lines: usize,
    /// Its rows on screen.
    pub(crate) height: usize,
    /// Its lines of wrapped text.
    pub(crate) wrapped: usize,
}

impl Extent {
    /// Returns the first line that fills the screen with the last ones.
    pub(crate) fn last_top(self) -> usize {
        self.wrapped.saturating_sub(self.height)
    }
}

/// Returns the action that closes a list or a question without doing anything.
const fn back_action(contexts: Contexts) -> Spec {
    Spec {
        action: Action::Back,
        section: Section::Move,
        title: "back",
        description: "Close without doing anything",
        keys: &["esc"],
        also: &[Action::Quit],
        contexts,
        hint: Some(Rank::Back),
        run: close,
        ..Spec::ALWAYS
    }
}

/// Returns true if the filter of a layer hides rows.
pub(crate) fn has_filter(layer: &dyn Layer) -> bool {
    layer.filter().is_some_and(|filter| !filter.is_empty())
}

/// Goes back from the topmost layer: clears its filter, or closes it.
pub(crate) fn close(state: &mut ConsoleState, effects: &mut Effects) {
    if state.layers.top().is_some_and(has_filter) {
        return prompt::clear_filter(state);
    }
    if let Some(back) = state.layers.top().map(Layer::back) {
        back(state, effects);
    }
}

/// The rows of the panes that a box on a narrow screen takes, too: so few of them look like a part of it.
const REMAINS: u16 = 3;

/// Returns a centred area of at most this size, or the whole body if it would leave only [`REMAINS`].
pub(crate) fn middle(body: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(body.width), height.min(body.height));
    let is_whole = width == body.width && body.height - height <= REMAINS;
    let height = if is_whole { body.height } else { height };
    Rect { x: body.x + (body.width - width) / 2, y: body.y + (body.height - height) * 2 / 5, width, height }
}

/// Draws a box with its background and, if no other box covers it, key hints. Returns the area inside.
pub(crate) fn boxed(pen: &mut Pen<'_>, state: &ConsoleState, area: Rect, frame: Frame<'_>) -> Rect {
    pen.surface(area, Surface::Box);
    pen.ground(area, Role::Dialog);
    let on_top = !pen.is_beneath();
    let foot = if on_top { box_hints(pen, &hints(state), area.width.saturating_sub(6)) } else { Vec::new() };
    let inner = Frame { foot, focused: on_top, ..frame }.draw(pen, area);
    Rect { x: inner.x + 1.min(inner.width), width: inner.width.saturating_sub(2), ..inner }
}

/// Draws lines in a box, at most from `top` on so that the box is full, with a scroll bar beside them.
pub(crate) fn draw_lines(pen: &mut Pen<'_>, inner: Rect, lines: &[Vec<Piece<'_>>], top: usize) {
    let top = top.min(lines.len().saturating_sub(inner.height.into()));
    for (index, line) in (0..inner.height).zip(lines.iter().skip(top)) {
        pen.line(row(inner, index), line);
    }
    Scroll { first: top as u64, shown: inner.height.into(), total: lines.len() as u64 }
        .draw_beside(pen, inner);
}

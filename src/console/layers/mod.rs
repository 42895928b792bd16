//! The layers over the panes. A layer keeps its state, its behaviour and its view in one place; this module knows what
//! all of them have in common.

pub mod audit;
pub mod chooser;
pub mod confirm;
pub mod copy;
pub mod delete;
pub mod form;
pub mod guide;
pub mod help;
pub mod history;
pub mod palette;
pub mod prompt;
pub mod recent;
pub mod subscriptions;

use std::any::Any;
use std::fmt::Debug;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::{Action, Rank, Section, Spec};
use crate::console::app::command_line::Commands;
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::effect::Effects;
use crate::console::app::hints::{hint_pieces, hints};
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::pointer::region::Surface;
use crate::console::app::state::ConsoleState;
use crate::console::layers::help::Help;
use crate::console::layers::prompt::Prompt;
use crate::console::panes::detail::Subject;
use crate::console::theme::Role;
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::Pen;
use crate::console::widgets::text_input::TextInput;
use crate::space::SpaceId;

/// The actions of the layers.
pub(crate) const ACTIONS: [&[Spec]; 12] = [
    confirm::ACTIONS,
    delete::ACTIONS,
    chooser::ACTIONS,
    copy::ACTIONS,
    form::ACTIONS,
    prompt::ACTIONS,
    audit::ACTIONS,
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

    /// Returns the space whose contents it shows.
    fn space_id(&self) -> Option<SpaceId> {
        None
    }

    /// Returns the commands that show the same, or do what it asks about.
    fn commands(&self, _state: &ConsoleState) -> Commands {
        Commands::default()
    }

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

    /// Moves its cursor or scrolls it.
    fn go(&mut self, _motion: Motion, _extent: Extent) {}

    /// Selects a row: of a layer in place of the list, from the first row on screen; of others, from the first of all.
    fn select(&mut self, _row: usize, _extent: Extent) {}

    /// Chooses an option of the selected row. Returns true if it has one.
    fn choose(&mut self, _option: usize) -> bool {
        false
    }

    /// Returns true if closing it loses nothing that was typed or chosen.
    fn loses_nothing(&self) -> bool {
        false
    }

    /// Scrolls its cursor into view after the layout changed.
    fn reveal(&mut self, _extent: Extent) {}

    /// Returns the number of its lines to move through.
    fn length(&self, _state: &ConsoleState) -> usize {
        0
    }

    /// Returns the number of its rows on screen.
    fn rows(&self, _state: &ConsoleState, _layout: &Layout) -> u16 {
        0
    }

    /// Returns the number of its lines of wrapped text.
    fn line_count(&self, _state: &ConsoleState, _layout: &Layout) -> u16 {
        0
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

/// The open layers, topmost last.
#[derive(Debug, Default)]
pub struct Layers(Vec<Box<dyn Layer>>);

impl Layers {
    /// Returns true if no layer is open.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of open layers.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the topmost layer if it has this type.
    pub fn top_as<T: Any>(&self) -> Option<&T> {
        self.0.last().and_then(|layer| cast(&**layer))
    }

    /// Returns the topmost layer for changes if it has this type.
    pub fn top_as_mut<T: Any>(&mut self) -> Option<&mut T> {
        self.0.last_mut().and_then(|layer| cast_mut(&mut **layer))
    }

    pub(crate) fn top(&self) -> Option<&dyn Layer> {
        self.0.last().map(|layer| &**layer)
    }

    pub(crate) fn top_mut(&mut self) -> Option<&mut (dyn Layer + 'static)> {
        self.0.last_mut().map(|layer| &mut **layer)
    }

    /// Returns the topmost layer below the help, which describes it.
    pub(crate) fn below_help(&self) -> Option<&dyn Layer> {
        self.iter().rfind(|layer| !is::<Help>(*layer))
    }

    /// Returns the topmost layer below the help, if it has this type.
    pub(crate) fn shown<T: Any>(&self) -> Option<&T> {
        self.below_help().and_then(cast)
    }

    /// Returns the topmost layer below the prompt, which is about it.
    pub(crate) fn below_prompt(&self) -> Option<&dyn Layer> {
        self.iter().rfind(|layer| !is::<Prompt>(*layer))
    }

    /// Returns the topmost layer in place of the list.
    pub(crate) fn list_mut(&mut self) -> Option<&mut (dyn Layer + 'static)> {
        self.0.iter_mut().map(|layer| &mut **layer).rfind(|layer| layer.place() == Place::List)
    }

    pub(crate) fn below_prompt_mut(&mut self) -> Option<&mut (dyn Layer + 'static)> {
        self.0.iter_mut().map(|layer| &mut **layer).rfind(|layer| !is::<Prompt>(*layer))
    }

    /// Returns the topmost layer of this type.
    pub fn find<T: Any>(&self) -> Option<&T> {
        self.iter().rev().find_map(cast)
    }

    /// Returns true if a layer of this type is open.
    pub(crate) fn has<T: Any>(&self) -> bool {
        self.find::<T>().is_some()
    }

    /// Returns the layers of this type, topmost last.
    pub(crate) fn each_mut<T: Any>(&mut self) -> impl DoubleEndedIterator<Item = &mut T> {
        self.0.iter_mut().filter_map(|layer| cast_mut(&mut **layer))
    }

    /// Returns the layers above the topmost one of this type, or all layers if there is none.
    pub(crate) fn above<T: Any>(&self) -> impl DoubleEndedIterator<Item = &dyn Layer> {
        let index = self.iter().rposition(is::<T>).map_or(0, |index| index + 1);
        self.iter().skip(index)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &dyn Layer> + ExactSizeIterator {
        self.0.iter().map(|layer| &**layer)
    }

    pub(crate) fn push(&mut self, layer: impl Layer) {
        self.0.push(Box::new(layer));
    }

    pub(crate) fn push_boxed(&mut self, layer: Box<dyn Layer>) {
        self.0.push(layer);
    }

    pub(crate) fn pop(&mut self) -> Option<Box<dyn Layer>> {
        self.0.pop()
    }

    /// Closes the topmost layer if it has this type.
    pub(crate) fn pop_as<T: Any>(&mut self) -> Option<Box<dyn Layer>> {
        self.0.pop_if(|layer| is::<T>(&**layer))
    }

    /// Closes the layers above the topmost one of this type. Returns false if there is none.
    pub(crate) fn return_to<T: Any>(&mut self) -> bool {
        let index = self.iter().rposition(is::<T>);
        self.0.truncate(index.map_or(self.0.len(), |index| index + 1));
        index.is_some()
    }

    pub(crate) fn retain(&mut self, mut keeps: impl FnMut(&dyn Layer) -> bool) {
        self.0.retain(|layer| keeps(&**layer));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Returns true if a layer has this type.
pub(crate) fn is<T: Any>(layer: &dyn Layer) -> bool {
    cast::<T>(layer).is_some()
}

/// Returns a layer as this type, if it has it.
pub(crate) fn cast<T: Any>(layer: &dyn Layer) -> Option<&T> {
    let any: &dyn Any = layer;
    any.downcast_ref()
}

fn cast_mut<T: Any>(layer: &mut dyn Layer) -> Option<&mut T> {
    let any: &mut dyn Any = layer;
    any.downcast_mut()
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

/// Goes back from the topmost layer.
pub(crate) fn close(state: &mut ConsoleState, effects: &mut Effects) {
    if let Some(back) = state.layers.top().map(Layer::back) {
        back(state, effects);
    }
}

/// Returns a centred area of at most this size.
pub(crate) fn middle(body: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(body.width), height.min(body.height));
    Rect { x: body.x + (body.width - width) / 2, y: body.y + (body.height - height) * 2 / 5, width, height }
}

/// Draws a box with its background and key hints. Returns the area inside.
pub(crate) fn boxed(pen: &mut Pen<'_>, state: &ConsoleState, area: Rect, frame: Frame<'_>) -> Rect {
    pen.surface(area, Surface::Box);
    pen.ground(area, Role::Dialog);
    let foot = hint_pieces(pen, &hints(state), area.width.saturating_sub(6));
    let inner = Frame { foot, focused: true, ..frame }.draw(pen, area);
    Rect { x: inner.x + 1.min(inner.width), width: inner.width.saturating_sub(2), ..inner }
}

//! The pointer: clicks, the wheel and dragging, by the regions of the last frame.
//!
//! A click selects what is under the pointer and gives it the focus. Everything else that it can do is an action of the
//! table: a click on a hint runs it, and a double click opens the selection, as the key for that does.

pub mod gestures;
pub mod mouse;
pub mod region;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::{Action, Spec};
use crate::console::app::borders::Border;
use crate::console::app::context::{below_help, context};
use crate::console::app::effect::Effects;
use crate::console::app::input::perform;
use crate::console::app::keymap::offered;
use crate::console::app::layout::{Divide, Layout};
use crate::console::app::motion::{self, Motion};
use crate::console::app::pointer::mouse::{Mouse, MouseKind};
use crate::console::app::pointer::region::{Hit, Regions, Spot, Surface};
use crate::console::app::state::ConsoleState;
use crate::console::app::table::go_to;
use crate::console::app::update::Changed;
use crate::console::layers::help::Help;
use crate::console::layers::{self, Layer, Place, guide, prompt};
use crate::console::panes::detail::{self, Detail};
use crate::console::panes::travel;

/// The rows by which a notch of the wheel scrolls.
const NOTCH: isize = 3;

/// The actions that open a selection, of which one is offered in each list.
const OPENS: [Action; 4] = [Action::Open, Action::Accept, Action::FollowLink, Action::ToggleFold];

/// The state of the pointer.
#[derive(Debug, Clone, Default)]
pub struct Pointer {
    /// The regions of the last frame.
    pub regions: Regions,
    /// The thing being dragged.
    drag: Option<Drag>,
    /// The place of the last press.
    pressed: Option<(Surface, Option<Spot>)>,
}

/// A thing that is dragged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Drag {
    /// A border, held this many cells from where it divides its area.
    Border(Border, i32),
    /// The scroll bar of a surface, with the height of its area and its track.
    ScrollBar { surface: Surface, track: Rect },
    /// The playhead on the bar of time travel in this area.
    Playhead(Rect),
}

impl Pointer {
    /// Drops what is being dragged, as its place has changed.
    pub(crate) fn let_go(&mut self) {
        self.drag = None;
    }
}

/// Reacts to a report of the mouse. One outside of all regions does nothing.
pub(crate) fn react(state: &mut ConsoleState, mouse: Mouse, effects: &mut Effects) -> Changed {
    match mouse.kind {
        MouseKind::Press { clicks } => press(state, mouse.at, clicks, effects),
        MouseKind::Drag => drag(state, mouse.at),
        MouseKind::Release => {
            state.pointer.drag = None;
            Changed::No
        }
        MouseKind::WheelUp => wheel(state, mouse.at, -NOTCH),
        MouseKind::WheelDown => wheel(state, mouse.at, NOTCH),
    }
}

fn press(state: &mut ConsoleState, at: Position, clicks: u8, effects: &mut Effects) -> Changed {
    state.pointer.drag = None;
    let Some(hit) = state.pointer.regions.at(at) else { return Changed::No };
    let place = (hit.surface, hit.spot());
    // Two clicks on different things are no double click, even in the same cell.
    let is_same = state.pointer.pressed.replace(place) == Some(place);
    let is_late = clicks > 1 && !is_same;
    let clicks = if is_same { clicks } else { 1 };
    state.notice = None;
    guide::cancel_going(state);
    if hit.surface != Surface::Bottom {
        // It has been applied already, while it was typed.
        prompt::accept_filter(state, effects);
    }
    match hit.spot() {
        // The second click of a double click was not meant for what the first one brought up.
        Some(Spot::Action(_)) if is_late => {}
        Some(Spot::Action(action)) => run(state, action, effects),
        Some(Spot::Listed(_)) if is_late => {}
        Some(Spot::Listed(action)) => run_listed(state, action, effects),
        Some(Spot::Border(border)) => hold_border(state, border, at, clicks),
        Some(Spot::Tab(pane)) => go_to(state, pane),
        Some(Spot::Timeline) => {
            let area = hit.spots.first().map_or(hit.area, |(_, area)| *area);
            state.pointer.drag = Some(Drag::Playhead(area));
            travel::drag_to(state, area, at.x);
        }
        spot => click(state, &hit, (spot, at, clicks), effects),
    }
    Changed::Yes
}

/// Runs an action, or says why it cannot be done.
fn run(state: &mut ConsoleState, action: Action, effects: &mut Effects) {
    if let Some(spec) = spec_of(state, &[action]) {
        perform(state, spec, effects);
    }
}

/// Closes the help, and runs an action of the place beneath. One that cannot be done says why, and the help stays.
fn run_listed(state: &mut ConsoleState, action: Action, effects: &mut Effects) {
    let Some(spec) = offered(state, below_help(state)).find(|spec| spec.action == action) else { return };
    if (spec.enabled)(state).is_ok() {
        state.layers.pop_as::<Help>();
    }
    perform(state, spec, effects);
}

/// Returns the row of one of these actions in the current context.
fn spec_of(state: &ConsoleState, actions: &[Action]) -> Option<&'static Spec> {
    offered(state, context(state)).find(|spec| actions.contains(&spec.action))
}

/// Gives the focus to a surface and selects what was hit on it.
fn click(
    state: &mut ConsoleState,
    hit: &Hit,
    (spot, at, clicks): (Option<Spot>, Position, u8),
    effects: &mut Effects,
) {
    if !enter(state, hit.surface, clicks, effects) {
        return;
    }
    if let Some(row) = hit.row() {
        select(state, hit.surface, row);
    }
    match spot {
        Some(Spot::Heading(column)) => sort(state, hit.surface, column, effects),
        Some(Spot::ScrollBar) => {
            let track = hit.spots.first().map_or(hit.area, |(_, area)| *area);
            state.pointer.drag = Some(Drag::ScrollBar { surface: hit.surface, track });
            scroll_to(state, hit.surface, track, at);
        }
        Some(Spot::Text(start)) => {
            let line = hit.spots.first().map_or(hit.area, |(_, area)| *area);
            if let Some(input) = state.layers.top_mut().and_then(Layer::input) {
                input.move_to_cell(start, at.x.saturating_sub(line.x));
            }
        }
        Some(Spot::Fact(fact)) => detail::follow_fact(state, fact, effects),
        Some(Spot::Change(change)) => detail::follow_change(state, change, effects),
        Some(Spot::Reference(line)) => detail::follow_line(state, line, effects),
        Some(Spot::Choice(option)) => choose(state, option, effects),
        Some(Spot::Row(_)) if clicks > 1 => {
            if let Some(spec) = spec_of(state, &OPENS) {
                perform(state, spec, effects);
            }
        }
        _ => {}
    }
}

/// Gives the focus to a surface. Returns false if the click is not for it.
fn enter(state: &mut ConsoleState, surface: Surface, clicks: u8, effects: &mut Effects) -> bool {
    match surface {
        _ if state.layers.top().is_some_and(|layer| layer.place() == Place::Line) => {
            return surface == Surface::Bottom;
        }
        Surface::Pane(pane) if state.focus != pane || !state.layers.is_empty() => go_to(state, pane),
        Surface::Pane(_) | Surface::Box | Surface::Bottom => {}
        Surface::List => while state.layers.pop_as::<Detail>().is_some() {},
        Surface::Detail => detail::enter(state),
        Surface::Guide if clicks > 1 => run(state, Action::ReadStep, effects),
        Surface::Guide | Surface::Travel => {}
        Surface::Behind => {
            if state.layers.top().is_some_and(Layer::loses_nothing) {
                layers::close(state, effects);
            }
            return false;
        }
    }
    true
}

fn select(state: &mut ConsoleState, surface: Surface, row: usize) {
    match surface {
        Surface::Pane(pane) => pane.list().select(state, row),
        _ => {
            let extent = motion::extent(state);
            if let Some(layer) = state.layers.top_mut() {
                layer.select(row, extent);
            }
        }
    }
}

fn choose(state: &mut ConsoleState, option: usize, effects: &mut Effects) {
    if state.layers.top_mut().is_some_and(|layer| layer.choose(option))
        && let Some(edited) = state.layers.top().map(Layer::edited)
    {
        edited(state, effects);
    }
}

/// Sorts a list by a column, or says why the list cannot be sorted.
fn sort(state: &mut ConsoleState, surface: Surface, column: &str, effects: &mut Effects) {
    let Some(spec) = spec_of(state, &[Action::Sort]) else { return };
    match surface {
        Surface::Pane(pane) if (spec.enabled)(state).is_ok() => pane.list().sort_by(state, column),
        Surface::Pane(_) => perform(state, spec, effects),
        _ => {}
    }
}

/// Scrolls what is under the pointer. The focus stays where it is.
fn wheel(state: &mut ConsoleState, at: Position, by: isize) -> Changed {
    let Some(hit) = state.pointer.regions.at(at) else { return Changed::No };
    scroll(state, hit.surface, Motion::Scroll(by))
}

fn scroll(state: &mut ConsoleState, surface: Surface, motion: Motion) -> Changed {
    match surface {
        Surface::Pane(pane) => pane.list().go(state, motion),
        Surface::List => motion::scroll_list(state, motion),
        Surface::Detail => detail::scroll(state, motion),
        Surface::Box => motion::go(state, motion),
        Surface::Guide | Surface::Travel | Surface::Behind | Surface::Bottom => return Changed::No,
    }
    Changed::Yes
}

/// Holds a border. A double click moves it back to where the layout puts it.
fn hold_border(state: &mut ConsoleState, border: Border, at: Position, clicks: u8) {
    if clicks > 1 {
        state.split.restore(border);
    } else if let Some(divide) = divide(state, border) {
        let grip = along(border, at) - i32::from(along_start(&divide)) - i32::from(divide.before);
        state.pointer.drag = Some(Drag::Border(border, grip));
    }
}

fn drag(state: &mut ConsoleState, at: Position) -> Changed {
    match state.pointer.drag {
        None => Changed::No,
        Some(Drag::Border(border, grip)) => {
            let Some(divide) = divide(state, border) else { return Changed::No };
            let cell = along(border, at) - grip - i32::from(along_start(&divide));
            let before = state.split;
            state.split.put(border, u16::try_from(cell.max(0)).unwrap_or(u16::MAX), divide.area);
            if state.split == before { Changed::No } else { Changed::Yes }
        }
        Some(Drag::Playhead(area)) => travel::drag_to(state, area, at.x),
        Some(Drag::ScrollBar { surface, track }) => scroll_to(state, surface, track, at),
    }
}

/// Returns a border as it is on screen.
fn divide(state: &ConsoleState, border: Border) -> Option<Divide> {
    let screen = Rect::new(0, 0, state.size.width, state.size.height);
    Layout::of(state, screen)?.borders.into_iter().find(|divide| divide.border == border)
}

/// Returns the coordinate of a position in the direction in which a border moves.
fn along(border: Border, at: Position) -> i32 {
    match border {
        Border::Side | Border::Beside => at.x.into(),
        Border::Below => at.y.into(),
    }
}

fn along_start(divide: &Divide) -> u16 {
    match divide.border {
        Border::Side | Border::Beside => divide.area.x,
        Border::Below => divide.area.y,
    }
}

/// Scrolls to the share of the track above the pointer.
fn scroll_to(state: &mut ConsoleState, surface: Surface, track: Rect, at: Position) -> Changed {
    let of = track.height.saturating_sub(1);
    let share = Motion::Share { at: at.y.saturating_sub(track.y).min(of), of };
    if of == 0 { Changed::No } else { scroll(state, surface, share) }
}

//! The trail: the places from which links were followed, to go back to and forward again.

use std::collections::VecDeque;

use crate::console::app::action::Action;
use crate::console::app::action::Section::Move;
use crate::console::app::action::{Rank, Spec};
use crate::console::app::availability::{Availability, available_if};
use crate::console::app::context::KeyContext;
use crate::console::app::effect::Effects;
use crate::console::app::link;
use crate::console::app::state::ConsoleState;
use crate::console::app::window::{Load, Row, Select, Window};
use crate::console::layers::{self, Layer};
use crate::console::panes::detail::{self, Subject};
use crate::console::panes::travel::Travel;
use crate::console::panes::{Filter, Pane, projections, spaces, travel};
use crate::operations::{Position, Scope};
use crate::query::Query;
use crate::space::SpaceId;

/// The most places that are kept in each direction.
const MOST: usize = 100;

/// The actions that follow the trail.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::TrailBack,
        section: Move,
        title: "last place",
        description: "Go back to where you were before the last link or jump",
        keys: &["backspace", "alt-left"],
        contexts: KeyContext::is_on_trail,
        hint: Some(Rank::Copy),
        enabled: |state| has_earlier(state),
        run: go_back,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::TrailForward,
        section: Move,
        title: "next place",
        description: "Go forward again to the place that was left by going back",
        keys: &["alt-right"],
        contexts: KeyContext::is_on_trail,
        enabled: |state| has_later(state),
        run: |state, effects| go(state, effects, Direction::Forward),
        ..Spec::ALWAYS
    },
];

fn has_earlier(state: &ConsoleState) -> Availability {
    let reason = "there is no earlier place: links, jumps and the palette leave one";
    available_if(has_view_beneath(state) || !state.trail.back.is_empty(), reason)
}

fn has_later(state: &ConsoleState) -> Availability {
    available_if(!state.trail.forward.is_empty(), "there is no place to go forward to")
}

/// The places before and after the current one, nearest last.
#[derive(Debug, Default)]
pub struct Trail {
    back: VecDeque<KeptPlace>,
    forward: VecDeque<KeptPlace>,
    /// True if Esc returns to the last place from the panes as well: a jump led here, or a link out of the past or a comparison.
    returns: bool,
    /// The number of layers with which the current place was reached. Those above were opened from it.
    reached_with: usize,
    /// True if a place was kept or shown since that number was taken.
    has_moved: bool,
}

impl Trail {
    /// Returns the number of places to go back to.
    pub fn len(&self) -> usize {
        self.back.len()
    }

    /// Returns true if there is no place to go back to.
    pub fn is_empty(&self) -> bool {
        self.back.is_empty()
    }

    /// Drops the values that the places show, which may have been erased. They are read again when a place is shown.
    pub(crate) fn erase(&mut self) {
        for place in self.back.iter_mut().chain(&mut self.forward) {
            place.layers.retain(|layer| !detail::is_of_difference(&**layer));
            place.layers.iter_mut().for_each(|layer| layer.erase());
        }
    }

    /// Drops the places in these spaces, and what other places show of them.
    pub(crate) fn forget(&mut self, gone: &[SpaceId]) {
        for places in [&mut self.back, &mut self.forward] {
            places.retain(|place| !place.space.is_some_and(|space_id| gone.contains(&space_id)));
            for place in places {
                place
                    .layers
                    .retain(|layer| !layer.space_id().is_some_and(|space_id| gone.contains(&space_id)));
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Back,
    Forward,
}

/// A place on the screen: the pane, the selections with their filters, and the layers over them.
#[derive(Debug)]
struct KeptPlace {
    focus: Pane,
    main: Pane,
    behind: Pane,
    zoomed: bool,
    space: Option<SpaceId>,
    /// The journey through the past of the space, if there was one.
    travel: Option<Box<Travel>>,
    filters: [Filter; 2],
    events: EventsPlace,
    projections: ProjectionsPlace,
    layers: Vec<Box<dyn Layer>>,
    /// The number of layers with which the place was reached.
    reached_with: usize,
    /// True if Esc returns from it to the place before.
    returns: bool,
    /// True if going back closed its top view, so that the place before needs no place of its own.
    is_closed: bool,
}

#[derive(Debug)]
struct EventsPlace {
    all_spaces: bool,
    following: bool,
    filter: Filter,
    query: Query,
    at: ListPlace<Position>,
}

#[derive(Debug)]
struct ProjectionsPlace {
    chosen: String,
    filter: Filter,
    at: ListPlace<String>,
}

/// The selected row of a list, and the first one on screen.
#[derive(Debug, Clone)]
pub(crate) struct ListPlace<K> {
    selected: Option<K>,
    top: Option<K>,
}

impl<K: Ord + Clone> ListPlace<K> {
    /// Returns the place in a window.
    pub(crate) fn of<R: Row<Key = K>>(window: &Window<R>) -> Self {
        Self { selected: window.selected.clone(), top: window.top.clone() }
    }

    /// Has the rows around the place read, and selects and scrolls to it. Without a selection, `load` is read.
    pub(crate) fn restore<R: Row<Key = K>>(self, window: &mut Window<R>, load: Load<K>, select: Select<K>) {
        window.top = self.top;
        match self.selected {
            Some(at) => {
                window.selected = Some(at.clone());
                window.wish(Load::Around(at.clone()), Select::At(at));
            }
            None => window.wish(load, select),
        }
    }
}

impl KeptPlace {
    fn of(state: &ConsoleState) -> Self {
        let (events, projections) = (&state.events, &state.projections);
        Self {
            focus: state.focus,
            main: state.main,
            behind: state.behind,
            zoomed: state.zoomed,
            space: state.spaces.selected,
            travel: state.travel.as_ref().map(|travel| Box::new(travel.kept())),
            filters: [state.spaces.filter.clone(), state.checkpoints.filter.clone()],
            events: EventsPlace {
                all_spaces: events.all_spaces,
                following: events.following,
                filter: events.filter.clone(),
                query: events.query.clone(),
                at: ListPlace::of(&events.window),
            },
            projections: ProjectionsPlace {
                chosen: projections.chosen.clone(),
                filter: projections.filter.clone(),
                at: ListPlace::of(&projections.window),
            },
            layers: state.layers.iter().map_while(Layer::kept).collect(),
            reached_with: state.trail.reached_with,
            returns: state.trail.returns,
            is_closed: false,
        }
    }

    /// Returns true if going back has closed its top view over another place.
    fn is_opened_from(&self, other: &Self) -> bool {
        let has_one_more = self.layers.len() == other.layers.len() + 1;
        let mut beneath = self.layers.iter().zip(&other.layers);
        let is_same = (self.focus, self.space) == (other.focus, other.space)
            && beneath.all(|(one, other)| one.context() == other.context());
        self.is_closed && has_one_more && is_same
    }

    fn show(self, state: &mut ConsoleState, effects: &mut Effects) {
        travel::leave(state);
        (state.focus, state.main, state.behind, state.zoomed) =
            (self.focus, self.main, self.behind, self.zoomed);
        for (pane, filter) in [Pane::Spaces, Pane::Checkpoints].into_iter().zip(self.filters) {
            if *state.filter(pane) != filter {
                pane.list().set_filter(state, filter);
            }
        }
        if let Some(space_id) = self.space {
            spaces::select_space(state, space_id);
        }
        self.events.show(state, self.space);
        self.projections.show(state, self.space);
        let is_past = self.travel.is_some();
        state.travel = self.travel.map(|travel| *travel);
        state.layers.clear();
        for layer in self.layers {
            let subject = layer.selection();
            // In the past, the list beneath has the values of keys.
            let is_key = matches!(subject, Some(Subject::Entry { .. }));
            link::reread(state, subject.as_ref().filter(|_| !(is_past && is_key)), effects);
            state.layers.push_boxed(layer);
        }
        (state.trail.reached_with, state.trail.has_moved) = (self.reached_with, false);
        state.trail.returns = self.returns;
    }
}

impl EventsPlace {
    fn show(self, state: &mut ConsoleState, space: Option<SpaceId>) {
        let scope = if self.all_spaces { Some(Scope::All) } else { space.map(Scope::Space) };
        let events = &mut state.events;
        events.all_spaces = self.all_spaces;
        if events.scope != scope {
            events.turn_to(scope);
        }
        (events.filter, events.query, events.following) = (self.filter, self.query, self.following);
        let at = if self.following { ListPlace { selected: None, top: None } } else { self.at };
        at.restore(&mut events.window, Load::End, Select::Last);
    }
}

impl ProjectionsPlace {
    fn show(self, state: &mut ConsoleState, space: Option<SpaceId>) {
        state.projections.chosen = self.chosen;
        projections::list_in(state, space);
        state.projections.filter = self.filter;
        self.at.restore(&mut state.projections.window, Load::Start, Select::First);
    }
}

/// Keeps the current place, to go back to it.
pub(crate) fn keep(state: &mut ConsoleState) {
    let place = KeptPlace::of(state);
    state.trail.forward.clear();
    stay(state);
    push(&mut state.trail.back, place);
    state.trail.has_moved = true;
}

/// Keeps the current place, and returns from the past to now. Esc leads back from every place on the way that began in the past.
pub(crate) fn leave(state: &mut ConsoleState) {
    let returns = state.travel.is_some() || state.trail.returns;
    keep(state);
    state.trail.returns = returns;
    travel::leave(state);
}

/// Keeps the current place, from which a jump or a link out of a view leads to the panes. Esc returns to it as well.
pub(crate) fn keep_to_return(state: &mut ConsoleState) {
    keep(state);
    state.trail.returns = true;
}

/// Returns true if Esc leads to the last place, which a link or a jump has left.
pub(crate) fn returns(state: &ConsoleState) -> bool {
    let is_target = state.layers.top().is_none_or(|layer| layer.context().is_over_panes());
    state.trail.returns && is_target && state.layers.len() <= state.trail.reached_with.max(1)
}

/// Takes the number of layers with which a place was reached, after the change that led there, and keeps it within those
/// that are open.
pub(crate) fn note_layers(state: &mut ConsoleState) {
    let open = state.layers.len();
    let trail = &mut state.trail;
    trail.reached_with =
        if std::mem::take(&mut trail.has_moved) { open } else { trail.reached_with.min(open) };
}

/// Returns true if the top view was opened from the place that was reached last: from another layer, or as a comparison or statistics. The help
/// and the palette over it do not count.
fn has_view_beneath(state: &ConsoleState) -> bool {
    let mut views = state.layers.iter().enumerate().filter(|(_, layer)| layer.context().is_on_trail());
    let Some((beneath, view)) = views.next_back() else { return false };
    let closes = matches!(view.context(), KeyContext::Compare | KeyContext::Statistics);
    let reached_with = state.trail.reached_with;
    beneath + 1 > if closes { reached_with } else { reached_with.max(1) }
}

/// Goes one view back: closes a view that was opened from the one beneath, to which one can go forward again, or returns to the
/// last place.
fn go_back(state: &mut ConsoleState, effects: &mut Effects) {
    if has_view_beneath(state) {
        let here = KeptPlace { is_closed: true, ..KeptPlace::of(state) };
        layers::close(state, effects);
        push(&mut state.trail.forward, here);
    } else {
        go(state, effects, Direction::Back);
    }
}

/// Returns to the last place, or closes the top layer if there is none.
pub(crate) fn leave_for_last_place(state: &mut ConsoleState, effects: &mut Effects) {
    if state.trail.back.is_empty() {
        state.layers.pop();
    } else {
        go(state, effects, Direction::Back);
    }
}

/// Returns to the last place.
pub(crate) fn return_to_last_place(state: &mut ConsoleState, effects: &mut Effects) {
    go(state, effects, Direction::Back);
}

/// Stays, as another place was chosen.
pub(crate) fn stay(state: &mut ConsoleState) {
    state.trail.returns = false;
}

fn push(places: &mut VecDeque<KeptPlace>, place: KeptPlace) {
    if places.len() == MOST {
        places.pop_front();
    }
    places.push_back(place);
}

fn go(state: &mut ConsoleState, effects: &mut Effects, direction: Direction) {
    let here = KeptPlace::of(state);
    stay(state);
    let Trail { back, forward, .. } = &mut state.trail;
    let (from, to) = match direction {
        Direction::Back => (back, forward),
        Direction::Forward => (forward, back),
    };
    let Some(place) = from.pop_back() else { return };
    // Going back closes a view that was opened from this place, and needs no place of its own.
    if direction == Direction::Back || !place.is_opened_from(&here) {
        push(to, here);
    }
    place.show(state, effects);
}

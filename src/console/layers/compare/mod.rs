//! Comparing a projection at two points of the past, or in a fork and its origin: only the differences, by key and path.

mod view;

use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Section::View;
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::availability::{Availability, available_if, unavailable};
use crate::console::app::command_line::Commands;
use crate::console::app::context::{EVENTS, KeyContext};
use crate::console::app::effect::Effects;
use crate::console::app::keymap::key_of;
use crate::console::app::layout::Layout;
use crate::console::app::message::Answer;
use crate::console::app::motion::{Motion, scrolled};
use crate::console::app::past::{self, Ask, Compared, ComparedField, PastQuery};
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::trail;
use crate::console::app::update::Changed;
use crate::console::layers::blame::Blame;
use crate::console::layers::{Extent, Layer, LayerSize, Place, Run};
use crate::console::panes::Filter;
use crate::console::panes::detail::{self, Subject};
use crate::console::panes::{projections, spaces, travel};
use crate::console::widgets::pen::Pen;
use crate::event::SpaceSequence;
use crate::shell::CommandLine;
use crate::space::{SpaceId, SpaceOrigin};

/// The actions of a comparison, and the one that compares a fork.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::CompareFork,
        section: View,
        title: "fork differences",
        description: "Show what differs between the origin of the fork and the fork",
        keys: &["f"],
        contexts: |here| here == KeyContext::Spaces,
        hint: Some(Rank::Scope),
        enabled: can_compare_fork,
        run: |state, _| compare_fork(state),
        ..Spec::ALWAYS
    },
    Spec {
        contexts: |here| EVENTS(here) && here != KeyContext::Projections,
        hint: Some(Rank::History),
        ..WITHOUT
    },
    Spec { contexts: |here| here == KeyContext::Blame, hint: Some(Rank::Third), ..WITHOUT },
    Spec {
        action: Action::Open,
        section: View,
        title: "open",
        description: "Go to the key, as of the later point or in the fork",
        keys: &["enter"],
        contexts: |here| here == KeyContext::Compare,
        hint: Some(Rank::Main),
        enabled: has_difference,
        run: |state, _| open_key(state),
        ..Spec::ALWAYS
    },
];

/// The comparison with the space as it would be without the selected event.
const WITHOUT: Spec = Spec {
    action: Action::Without,
    section: View,
    title: "without it",
    description: "Show what would differ now if the event had not been appended",
    keys: &["u"],
    applies: |state| without(state).is_some() || detail::has_value(state),
    enabled: |state| match without(state) {
        Some((space_id, ..)) => past::can_fold(state, space_id),
        None if detail::has_value(state) => {
            let (column, blame) = (key_of(state, Action::BlameColumn), key_of(state, Action::Blame));
            unavailable(format!(
                "no event is selected; `{column}` names one beside each line, `{blame}` opens it"
            ))
        }
        None => unavailable("no event is selected"),
    },
    run: |state, _| compare_without(state),
    ..Spec::ALWAYS
};

/// The two sides of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sides {
    /// Two points of the past of the space.
    Past {
        /// The earlier point.
        from: SpaceSequence,
        /// The later point.
        to: SpaceSequence,
    },
    /// The origin of the space, which is a fork, and the space, both as they are now.
    Fork(SpaceOrigin),
    /// The space as it is after all its events, and as it would be without this one.
    Without(SpaceSequence),
}

impl Sides {
    /// Returns the command that prints the differences of a space.
    pub(crate) fn command(&self, state: &ConsoleState, space_id: SpaceId) -> CommandLine {
        let line = CommandLine::of("projections diff").name(&state.space_name(space_id));
        match self {
            Self::Past { from, to } => {
                line.option("--from", &from.to_string()).option("--to", &to.to_string())
            }
            Self::Fork(origin) => line.option("--with", &state.space_name(origin.space_id)),
            Self::Without(event) => line.option("--without", &event.to_string()),
        }
    }
}

/// The differences between two points of a space's past, or between a fork and its origin.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The space.
    pub space_id: SpaceId,
    /// The name of the projection.
    pub projection: String,
    /// The two sides that are compared.
    pub sides: Sides,
    /// The differences; none before they were found.
    pub differences: Option<Result<Compared, ErrorText>>,
    /// The text that the listed differences contain.
    pub filter: Filter,
    /// The differences that are listed.
    pub shown: Vec<Arc<ComparedField>>,
    /// True if the differences are to be asked for.
    is_wanted: bool,
    /// The question that is not answered yet.
    asked: Option<RequestId>,
    /// True if it was asked for at another point, which is the last place.
    is_jump: bool,
    /// The selected row.
    pub selected: usize,
    /// The first row on screen.
    pub top: usize,
}

impl Comparison {
    fn new(space_id: SpaceId, projection: &str, sides: Sides) -> Self {
        Self {
            space_id,
            projection: projection.to_owned(),
            sides,
            differences: None,
            filter: Filter::default(),
            shown: Vec::new(),
            is_wanted: true,
            asked: None,
            is_jump: false,
            selected: 0,
            top: 0,
        }
    }

    /// Drops the differences, which are then asked for again.
    fn forget(&mut self) {
        (self.differences, self.is_wanted, self.asked) = (None, true, None);
        self.shown.clear();
    }

    fn count(&self) -> usize {
        self.shown.len()
    }

    /// Returns the selected difference.
    fn selected_field(&self) -> Option<&Arc<ComparedField>> {
        self.shown.get(self.selected)
    }

    /// Lists the differences that contain the text of the filter. The selection stays, or moves to the next one.
    fn list(&mut self) {
        let fields = match &self.differences {
            Some(Ok(compared)) => compared.fields.as_slice(),
            _ => &[],
        };
        let place = |field: &ComparedField| (field.key.clone(), field.path.clone());
        let selected = self.shown.get(self.selected).map(|field| place(field));
        self.shown = fields.iter().filter(|field| field.contains(self.filter.as_str())).cloned().collect();
        if let Some(selected) = selected {
            self.selected = self.shown.partition_point(|field| place(field) < selected);
        }
    }

    /// Selects a row and scrolls to it, unless the differences are still to be read.
    fn select_row(&mut self, row: usize, height: usize) {
        if !matches!(self.differences, Some(Ok(_))) {
            return;
        }
        self.selected = row.min(self.count().saturating_sub(1));
        self.top = scrolled(self.top, self.selected, self.count(), height);
    }
}

/// Shows the differences of the listed projection between two points of the past.
pub(crate) fn show(state: &mut ConsoleState, (one, other): (SpaceSequence, SpaceSequence)) {
    let Some(travel) = &state.travel else { return };
    let sides = Sides::Past { from: one.min(other), to: one.max(other) };
    let comparison = Comparison::new(travel.space_id, state.listed_projection(), sides);
    state.layers.push(comparison);
}

/// As [`show`], for points that were typed elsewhere: going back leads there.
pub(crate) fn jump(state: &mut ConsoleState, points: (SpaceSequence, SpaceSequence)) {
    show(state, points);
    if let Some(comparison) = state.layers.top_as_mut::<Comparison>() {
        comparison.is_jump = true;
    }
}

/// Shows the differences of a projection between the origin of a fork and the fork.
pub(crate) fn show_fork(state: &mut ConsoleState, space_id: SpaceId) {
    let Some(space) = state.spaces.get(space_id) else { return };
    let Some(origin) = space.space.origin() else { return };
    let comparison = Comparison::new(space_id, state.listed_projection(), Sides::Fork(origin));
    state.layers.push(comparison);
}

/// Returns the reason if the selected space cannot be compared with its origin.
fn can_compare_fork(state: &ConsoleState) -> Availability {
    let space = spaces::space(state)?;
    let Some(origin) = space.space.origin() else {
        let (name, forks) = (&space.space.space_name, key_of(state, Action::Fork));
        return unavailable(match state.database.is_original {
            true => format!("{name} is not a fork: the Elixir original has none"),
            false => format!("{name} is not a fork; `{forks}` creates one"),
        });
    };
    let is_gone = state.spaces.complete && state.spaces.get(origin.space_id).is_none();
    if is_gone {
        return unavailable(format!("its origin, {}, is not in this database", origin.space_name));
    }
    past::can_fold(state, space.space.space_id)
}

/// Compares the selected fork with its origin.
fn compare_fork(state: &mut ConsoleState) {
    if let Some(space_id) = state.spaces.selected {
        show_fork(state, space_id);
    }
}

/// Returns the space and the sequence of the selected event, and the projection in question.
fn without(state: &ConsoleState) -> Option<(SpaceId, SpaceSequence, String)> {
    let blame = state.layers.shown::<Blame>();
    let subject = match blame {
        Some(blame) => blame.selection(),
        None => detail::subject(state),
    };
    match subject? {
        Subject::Event(event) => {
            let projection = blame.map_or_else(|| state.listed_projection(), |blame| &blame.place.projection);
            Some((event.space_id, event.space_sequence, projection.to_owned()))
        }
        // The blame column names an event beside a line of the value.
        Subject::Entry { space_id, projection, .. } => {
            Some((space_id, detail::event_of_line(state)?, projection))
        }
        _ => None,
    }
}

/// Shows what would differ without the selected event.
fn compare_without(state: &mut ConsoleState) {
    if let Some((space_id, event, projection)) = without(state) {
        state.layers.push(Comparison::new(space_id, &projection, Sides::Without(event)));
    }
}

/// Asks for the differences that are not loaded yet.
pub(crate) fn load(state: &mut ConsoleState, effects: &mut Effects) {
    let request = RequestId(state.last_request.0 + 1);
    let is_due = |comparison: &&mut Comparison| comparison.is_wanted && comparison.asked.is_none();
    let Some(comparison) = state.layers.each_mut::<Comparison>().find(is_due) else { return };
    (comparison.is_wanted, comparison.asked) = (false, Some(request));
    let Comparison { space_id, projection, sides, .. } = comparison;
    let projection = projection.clone();
    let ask = match sides {
        Sides::Past { from, to } => Ask::Compare { projection, from: *from, to: *to },
        Sides::Fork(origin) => Ask::CompareFork { projection, origin: origin.clone() },
        Sides::Without(event) => Ask::CompareWithout { projection, event: *event },
    };
    effects.push(PastQuery { request, replaces: None, space_id: *space_id, ask });
    state.last_request = request;
}

/// Compares again what is compared as it is now, after the store has changed. Two points of the past stay as they are.
pub(crate) fn recheck(state: &mut ConsoleState) {
    let is_of_now = |comparison: &&mut Comparison| !matches!(comparison.sides, Sides::Past { .. });
    state.layers.each_mut::<Comparison>().filter(is_of_now).for_each(|one| one.is_wanted = true);
}

/// Applies the differences.
pub(crate) fn compared(state: &mut ConsoleState, answer: Answer<Compared, ErrorText>) -> Changed {
    let mut open = state.layers.each_mut::<Comparison>();
    let Some(comparison) = open.find(|comparison| comparison.asked == Some(answer.request)) else {
        return Changed::No;
    };
    comparison.asked = None;
    comparison.differences = Some(answer.result);
    comparison.list();
    let (row, height) = (comparison.selected, state.viewports.layer.into());
    comparison.select_row(row, height);
    Changed::Yes
}

/// Has the differences read again. New events do not change them, but values may have been erased.
pub(crate) fn refresh(state: &mut ConsoleState) {
    state.layers.each_mut::<Comparison>().for_each(Comparison::forget);
}

/// Returns the reason if no difference is selected.
pub(crate) fn has_difference(state: &ConsoleState) -> Availability {
    let is_empty = state.layers.find::<Comparison>().is_none_or(|comparison| comparison.count() == 0);
    available_if(!is_empty, "there is no difference")
}

/// Goes to the selected key: as of the later point, or in the space that has it.
fn open_key(state: &mut ConsoleState) {
    let Some(comparison) = state.layers.top_as::<Comparison>() else { return };
    let Some(field) = comparison.selected_field() else { return };
    let (projection, key) = (comparison.projection.clone(), field.key.clone());
    let (to, space_id) = match &comparison.sides {
        Sides::Past { to, .. } => (Some(*to), comparison.space_id),
        Sides::Fork(origin) if field.after.is_none() => (None, origin.space_id),
        Sides::Fork(_) | Sides::Without(_) => (None, comparison.space_id),
    };
    trail::keep_to_return(state);
    state.layers.clear();
    match to {
        Some(to) => travel::seek(state, to),
        None => spaces::select_space(state, space_id),
    }
    projections::show_key(state, space_id, &projection, &key);
}

impl Layer for Comparison {
    fn context(&self) -> KeyContext {
        KeyContext::Compare
    }

    fn place(&self) -> Place {
        Place::List
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, area: Rect, focused: bool) -> Option<Position> {
        view::draw(pen, state, self, area, focused);
        None
    }

    fn trail(&self) -> Option<String> {
        Some(match &self.sides {
            Sides::Past { from, to } => format!("compare {from} and {to}"),
            Sides::Fork(origin) => format!("compare with {}", origin.space_name),
            Sides::Without(event) => format!("without event {event}"),
        })
    }

    fn space_id(&self) -> Option<SpaceId> {
        Some(self.space_id)
    }

    fn commands(&self, state: &ConsoleState) -> Commands {
        let line = self.sides.command(state, self.space_id).option("--projection", &self.projection);
        line.option_if("--contains", (!self.filter.is_empty()).then(|| self.filter.as_str())).into()
    }

    fn filter(&self) -> Option<&Filter> {
        Some(&self.filter)
    }

    fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
        self.list();
        self.selected = self.selected.min(self.count().saturating_sub(1));
        self.top = self.top.min(self.selected);
    }

    fn kept(&self) -> Option<Box<dyn Layer>> {
        let mut kept = self.clone();
        kept.forget();
        Some(Box::new(kept))
    }

    fn selection(&self) -> Option<Subject> {
        let field = Arc::clone(self.selected_field()?);
        let (projection, sides) = (self.projection.clone(), self.sides.clone());
        Some(Subject::Difference { space_id: self.space_id, projection, sides, field })
    }

    fn asked(&self) -> Vec<RequestId> {
        self.asked.into_iter().collect()
    }

    fn back(&self) -> Run {
        match self.is_jump {
            true => trail::leave_for_last_place,
            false => |state, _| {
                state.layers.pop();
            },
        }
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        let count = self.count();
        self.selected = motion.go(self.selected, &mut self.top, count, extent.height);
    }

    fn select(&mut self, row: usize, extent: Extent) {
        self.select_row(self.top + row, extent.height);
    }

    fn loses_nothing(&self) -> bool {
        true
    }

    fn reveal(&mut self, extent: Extent) {
        self.select_row(self.selected, extent.height);
    }

    fn length(&self, _state: &ConsoleState) -> usize {
        self.count()
    }

    fn size(&self, state: &ConsoleState, layout: &Layout) -> LayerSize {
        LayerSize::of_rows(view::rows(state, self, layout.list))
    }
}

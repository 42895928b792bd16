//! Comparing a projection at two points of the past: only the differences, by key and path.

mod view;

use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Section::View;
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::availability::{Availability, available_if};
use crate::console::app::command_line::Commands;
use crate::console::app::context::KeyContext;
use crate::console::app::effect::Effects;
use crate::console::app::message::Answer;
use crate::console::app::motion::{Motion, scrolled};
use crate::console::app::past::{Ask, Compared, ComparedField, PastQuery};
use crate::console::app::state::{ConsoleState, ErrorText, Loadable, RequestId};
use crate::console::app::update::Changed;
use crate::console::layers::{Extent, Layer, Place, Run};
use crate::console::panes::detail::Subject;
use crate::console::panes::{projections, travel};
use crate::console::widgets::pen::Pen;
use crate::event::SpaceSequence;
use crate::shell::CommandLine;
use crate::space::SpaceId;

/// The actions of a comparison.
pub(crate) const ACTIONS: &[Spec] = &[Spec {
    action: Action::Open,
    section: View,
    title: "open",
    description: "Go to the key, as of the later point",
    keys: &["enter"],
    contexts: |here| here == KeyContext::Compare,
    hint: Some(Rank::Main),
    enabled: has_difference,
    run: |state, _| open_key(state),
    ..Spec::ALWAYS
}];

/// The differences between two points of a space's past.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The space.
    pub space_id: SpaceId,
    /// The name of the projection.
    pub projection: String,
    /// The earlier point.
    pub from: SpaceSequence,
    /// The later point.
    pub to: SpaceSequence,
    /// The differences; none before they were asked for.
    pub differences: Option<Loadable<Compared>>,
    /// The selected row.
    pub selected: usize,
    /// The first row on screen.
    pub top: usize,
}

impl Comparison {
    fn count(&self) -> usize {
        match &self.differences {
            Some(Loadable::Ready(compared)) => compared.fields.len(),
            _ => 0,
        }
    }

    fn is_asked(&self, request: RequestId) -> bool {
        matches!(&self.differences, Some(Loadable::Pending(asked)) if *asked == request)
    }

    /// Returns the selected difference.
    fn selected_field(&self) -> Option<&Arc<ComparedField>> {
        match &self.differences {
            Some(Loadable::Ready(compared)) => compared.fields.get(self.selected),
            _ => None,
        }
    }

    /// Selects a row and scrolls to it, unless the differences are still to be read.
    fn select_row(&mut self, row: usize, height: usize) {
        if !matches!(self.differences, Some(Loadable::Ready(_))) {
            return;
        }
        self.selected = row.min(self.count().saturating_sub(1));
        self.top = scrolled(self.top, self.selected, self.count(), height);
    }
}

/// Shows the differences of the listed projection between two points of the past.
pub(crate) fn show(state: &mut ConsoleState, (one, other): (SpaceSequence, SpaceSequence)) {
    let Some(travel) = &state.travel else { return };
    let comparison = Comparison {
        space_id: travel.space_id,
        projection: state.listed_projection().to_owned(),
        from: one.min(other),
        to: one.max(other),
        differences: None,
        selected: 0,
        top: 0,
    };
    state.layers.push(comparison);
}

/// Asks for the differences that are not loaded yet.
pub(crate) fn load(state: &mut ConsoleState, effects: &mut Effects) {
    let request = RequestId(state.last_request.0 + 1);
    let is_new = |comparison: &&mut Comparison| comparison.differences.is_none();
    let Some(comparison) = state.layers.each_mut::<Comparison>().find(is_new) else { return };
    comparison.differences = Some(Loadable::Pending(request));
    let Comparison { space_id, projection, from, to, .. } = comparison;
    let ask = Ask::Compare { projection: projection.clone(), from: *from, to: *to };
    effects.push(PastQuery { request, space_id: *space_id, ask });
    state.last_request = request;
}

/// Applies the differences.
pub(crate) fn compared(state: &mut ConsoleState, answer: Answer<Compared, ErrorText>) -> Changed {
    let mut open = state.layers.each_mut::<Comparison>();
    let Some(comparison) = open.find(|comparison| comparison.is_asked(answer.request)) else {
        return Changed::No;
    };
    comparison.differences = Some(match answer.result {
        Ok(compared) => Loadable::Ready(compared),
        Err(failure) => Loadable::Failed(failure),
    });
    let (row, height) = (comparison.selected, state.viewports.layer.into());
    comparison.select_row(row, height);
    Changed::Yes
}

/// Has the differences read again. New events do not change them, but values may have been erased.
pub(crate) fn refresh(state: &mut ConsoleState) {
    state.layers.each_mut::<Comparison>().for_each(|comparison| comparison.differences = None);
}

/// Returns the reason if no difference is selected.
pub(crate) fn has_difference(state: &ConsoleState) -> Availability {
    let is_empty = state.layers.find::<Comparison>().is_none_or(|comparison| comparison.count() == 0);
    available_if(!is_empty, "there is no difference")
}

/// Goes to the selected key, as of the later point.
fn open_key(state: &mut ConsoleState) {
    let Some(comparison) = state.layers.top_as::<Comparison>() else { return };
    let Some(field) = comparison.selected_field() else { return };
    let (space_id, projection, to) = (comparison.space_id, comparison.projection.clone(), comparison.to);
    let key = field.key.clone();
    state.layers.clear();
    travel::seek(state, to);
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
        Some(format!("compare {} and {}", self.from, self.to))
    }

    fn space_id(&self) -> Option<SpaceId> {
        Some(self.space_id)
    }

    fn commands(&self, state: &ConsoleState) -> Commands {
        let line = CommandLine::of("projections diff").name(&state.space_name(self.space_id));
        let line = line.option("--from", &self.from.to_string()).option("--to", &self.to.to_string());
        line.option("--projection", &self.projection).into()
    }

    fn kept(&self) -> Option<Box<dyn Layer>> {
        Some(Box::new(Self { differences: None, ..self.clone() }))
    }

    fn selection(&self) -> Option<Subject> {
        let (space_id, projection) = (self.space_id, self.projection.clone());
        let field = Arc::clone(self.selected_field()?);
        Some(Subject::Difference { space_id, projection, points: (self.from, self.to), field })
    }

    fn asked(&self) -> Option<RequestId> {
        match self.differences {
            Some(Loadable::Pending(request)) => Some(request),
            _ => None,
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
}

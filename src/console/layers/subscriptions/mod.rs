//! The subscriptions: durable consumers with their positions, their failures and their parked events.

mod actions;
mod confirmation;
mod detail;
mod plan;
mod view;

use ratatui::layout::{Position, Rect};

use crate::console::app::availability::{Availability, unavailable};
use crate::console::app::command_line::Commands;
use crate::console::app::context::KeyContext;
use crate::console::app::layout::Layout;
use crate::console::app::message::Answer;
use crate::console::app::motion::Motion;
use crate::console::app::state::{ConsoleState, ErrorText, Level, RequestId};
use crate::console::app::update::Changed;
use crate::console::layers::{Extent, Layer, LayerSize};
use crate::console::widgets::pen::Pen;
use crate::delivery::SubscriptionStatus;
use crate::error::Error;
use crate::shell::CommandLine;
use crate::space::SpaceId;
use crate::subscriptions::{Parked, SpacePosition};

pub use confirmation::Confirmation;
pub use detail::SubscriptionDetail;

pub(crate) use actions::ACTIONS;
pub(crate) use confirmation::ACTIONS as CONFIRMATION_ACTIONS;

/// A subscription, with its first positions and parked events.
#[derive(Debug, Clone, PartialEq)]
pub struct SubscriptionRow {
    /// Its state.
    pub status: SubscriptionStatus,
    /// Its positions in spaces.
    pub positions: Vec<SpacePosition>,
    /// The parked events.
    pub parked: Vec<Parked>,
}

impl SubscriptionRow {
    /// Returns the position in a space, if it is loaded.
    fn position_in(&self, space_id: SpaceId) -> Option<&SpacePosition> {
        self.positions.iter().find(|at| at.space_id == space_id)
    }

    /// Returns the number of parked events of a space; `None` if not all of them are loaded.
    fn parked_in(&self, space_id: SpaceId) -> Option<u64> {
        let is_complete = self.parked.len() as u64 >= self.status.lag.parked;
        is_complete.then(|| self.parked.iter().filter(|event| event.space_id == space_id).count() as u64)
    }
}

/// The subscriptions on screen.
#[derive(Debug, Clone, Default)]
pub struct SubscriptionsView {
    /// The subscriptions by name. `None` before they are loaded.
    pub rows: Option<Vec<SubscriptionRow>>,
    /// The name of the selected one.
    pub selected: Option<String>,
    /// The request in flight.
    asked: Option<RequestId>,
    /// True if they are loaded and nothing has changed since.
    fresh: bool,
    /// The reason why they cannot be read.
    pub failure: Option<ErrorText>,
}

impl SubscriptionsView {
    fn rows(&self) -> &[SubscriptionRow] {
        self.rows.as_deref().unwrap_or_default()
    }

    /// Returns the index of the selected subscription.
    fn place(&self) -> usize {
        let is_selected = |row: &SubscriptionRow| Some(&row.status.subscription) == self.selected.as_ref();
        self.rows().iter().position(is_selected).unwrap_or(0)
    }

    /// Returns the selected subscription.
    pub fn selected_row(&self) -> Option<&SubscriptionRow> {
        self.rows().get(self.place())
    }

    /// Returns true if they are to be requested, and records the request.
    pub(crate) fn ask(&mut self, request: RequestId) -> bool {
        let is_due = !self.fresh && self.asked.is_none();
        if is_due {
            (self.asked, self.fresh) = (Some(request), true);
        }
        is_due
    }
}

impl Layer for SubscriptionsView {
    fn context(&self) -> KeyContext {
        KeyContext::Subscriptions
    }

    fn asked(&self) -> Vec<RequestId> {
        self.asked.into_iter().collect()
    }

    fn commands(&self, _: &ConsoleState) -> Commands {
        CommandLine::of("subscriptions list").into()
    }

    fn check_export(&self) -> Availability {
        unavailable(
            "subscriptions are not exported; `{key:copy-command}` copies the command that prints them",
        )
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        view::draw(pen, state, self, body);
        None
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        let to = motion.by_rows().from(self.place(), self.rows().len(), extent.height);
        self.selected = self.rows().get(to).map(|row| row.status.subscription.clone());
    }

    fn select(&mut self, row: usize, _: Extent) {
        let found = self.rows().get(row).map(|row| row.status.subscription.clone());
        self.selected = found.or(self.selected.take());
    }

    fn loses_nothing(&self) -> bool {
        true
    }

    fn size(&self, _: &ConsoleState, layout: &Layout) -> LayerSize {
        LayerSize::of_rows(layout.body.height)
    }
}

/// Notices that the store has changed.
pub(crate) fn recheck(state: &mut ConsoleState) {
    state.layers.each_mut::<SubscriptionsView>().for_each(|shown| shown.fresh = false);
}

/// Shows the loaded subscriptions.
pub(crate) fn loaded(state: &mut ConsoleState, answer: Answer<Vec<SubscriptionRow>, ErrorText>) -> Changed {
    let is_asked = |shown: &SubscriptionsView| shown.asked == Some(answer.request);
    if !state.layers.each_mut().any(|shown| is_asked(shown)) {
        return Changed::No;
    }
    if let Ok(rows) = &answer.result {
        state.layers.each_mut::<SubscriptionDetail>().for_each(|opened| opened.update(rows));
    }
    let shown = state.layers.each_mut().find(|shown| is_asked(shown));
    match (shown, answer.result) {
        (Some(shown), Ok(rows)) => (shown.rows, shown.failure, shown.asked) = (Some(rows), None, None),
        (Some(shown), Err(failure)) => (shown.failure, shown.asked) = (Some(failure), None),
        (None, _) => {}
    }
    Changed::Yes
}

/// Says what a change came to.
pub(crate) fn changed(state: &mut ConsoleState, answer: Answer<String, Error>) -> Changed {
    match answer.result {
        Ok(text) => state.say(Level::Info, text),
        Err(error) => state.say(Level::Error, error.to_string()),
    }
    recheck(state);
    Changed::Yes
}

//! The subscriptions: durable consumers with their positions, their failures and their parked events.

mod confirmation;
mod detail;
mod view;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Section::{Actions, Move, View};
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::availability::{Availability, Reason, available_if};
use crate::console::app::command_line::Commands;
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::layout::Layout;
use crate::console::app::message::Answer;
use crate::console::app::motion::Motion;
use crate::console::app::state::{ConsoleState, ErrorText, Level, RequestId};
use crate::console::app::update::Changed;
use crate::console::layers::{Extent, Layer, close, confirm};
use crate::console::panes::spaces::writable;
use crate::console::widgets::pen::Pen;
use crate::delivery::{SubscriptionState, SubscriptionStatus};
use crate::error::Error;
use crate::operations::ChangeSubscription;
use crate::shell::CommandLine;
use crate::subscriptions::{Parked, SpacePosition, Start, SubscriptionChange};

/// The actions of the list, and the one that opens it.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Subscriptions,
        section: View,
        title: "subscriptions",
        description: "Show the subscriptions: position, lag, rate, failures and parked events",
        keys: &["U"],
        contexts: KeyContext::is_pane,
        run: |state, _| state.layers.push(SubscriptionsView::default()),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::RetryParked,
        section: Actions,
        title: "retry",
        description: "Try the parked events of the subscription once more",
        keys: &["r"],
        contexts: LIST,
        hint: Some(Rank::Second),
        enabled: has_parked,
        run: |state, _| ask(state, SubscriptionChange::Retry { space_id: None }),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::SkipParked,
        section: Actions,
        title: "skip",
        description: "Give up the parked events for good; a space that has stopped continues after them",
        keys: &["s"],
        contexts: LIST,
        hint: Some(Rank::Third),
        enabled: has_parked,
        run: |state, _| ask(state, SubscriptionChange::Skip { space_id: None }),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ResetSubscription,
        section: Actions,
        title: "reset",
        description: "Move the positions to the beginning, so that all events are delivered again",
        keys: &["R"],
        contexts: LIST,
        hint: Some(Rank::Fourth),
        enabled: can_change,
        run: |state, _| ask(state, SubscriptionChange::Reset { space_id: None, to: Start::Beginning }),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ResetToNow,
        section: Actions,
        title: "reset to the end",
        description: "Move the positions to the end, so that only later events are delivered",
        keys: &["N"],
        contexts: LIST,
        hint: Some(Rank::AfterBack),
        enabled: can_change,
        run: |state, _| ask(state, SubscriptionChange::Reset { space_id: None, to: Start::Now }),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ResumeSubscription,
        section: Actions,
        title: "resume",
        description: "Continue a subscription at its positions in a restored backup, where it is suspended",
        keys: &["c"],
        contexts: LIST,
        hint: Some(Rank::Main),
        enabled: is_suspended,
        run: |state, _| ask(state, SubscriptionChange::Resume),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::RemoveSubscription,
        section: Actions,
        title: "remove",
        description: "Remove the subscription with its positions, after its name is typed",
        keys: &["D"],
        contexts: LIST,
        hint: Some(Rank::Last),
        enabled: can_change,
        run: |state, _| ask(state, SubscriptionChange::Remove),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Open,
        section: View,
        title: "open",
        description: "Show the position in each space, and all parked events with their errors",
        keys: &["enter"],
        contexts: LIST,
        hint: Some(Rank::Main),
        applies: |state| state.layers.shown::<SubscriptionsView>().is_some(),
        enabled: |state| selected(state).map(|_| ()),
        run: |state, _| open(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Back,
        section: Move,
        title: "close",
        description: "Close the subscriptions, or the one that is open",
        keys: &["esc"],
        also: &[Action::Quit],
        contexts: LIST,
        hint: Some(Rank::Back),
        run: close,
        ..Spec::ALWAYS
    },
];

const LIST: Contexts = |here| here == KeyContext::Subscriptions;

pub use confirmation::Confirmation;
pub use detail::SubscriptionDetail;

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

    fn commands(&self, _: &ConsoleState) -> Commands {
        CommandLine::of("subscriptions list").into()
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

    fn rows(&self, _: &ConsoleState, layout: &Layout) -> u16 {
        layout.body.height
    }
}

/// Returns the selected subscription.
fn selected(state: &ConsoleState) -> Result<&SubscriptionRow, Reason> {
    let shown = state.layers.find::<SubscriptionsView>();
    shown.and_then(SubscriptionsView::selected_row).ok_or_else(|| Reason::new("no subscription is selected"))
}

fn can_change(state: &ConsoleState) -> Availability {
    writable(state)?;
    selected(state).map(|_| ())
}

fn has_parked(state: &ConsoleState) -> Availability {
    writable(state)?;
    available_if(selected(state)?.status.lag.parked > 0, "the subscription has no parked events")
}

fn is_suspended(state: &ConsoleState) -> Availability {
    writable(state)?;
    let is_suspended = selected(state)?.status.status == SubscriptionState::Suspended;
    available_if(is_suspended, "the subscription is not suspended")
}

/// Asks before the selected subscription is changed.
fn ask(state: &mut ConsoleState, change: SubscriptionChange) {
    let Ok(SubscriptionRow { status, .. }) = selected(state) else { return };
    let (name, lag) = (status.subscription.clone(), status.lag);
    match change {
        // These can be undone, or repeat only what failed.
        SubscriptionChange::Retry { .. } | SubscriptionChange::Resume => {
            confirm::ask_subscription(state, name, change, lag);
        }
        _ => state.layers.push(Confirmation::new(ChangeSubscription { subscription: name, change }, lag)),
    }
}

/// Opens the selected subscription.
fn open(state: &mut ConsoleState) {
    let Ok(row) = selected(state) else { return };
    let name = row.status.subscription.clone();
    state.layers.push(SubscriptionDetail { name, top: 0 });
    // Of one that is open, more positions are loaded.
    recheck(state);
}

/// Notices that the store has changed.
pub(crate) fn recheck(state: &mut ConsoleState) {
    state.layers.each_mut::<SubscriptionsView>().for_each(|shown| shown.fresh = false);
}

/// Shows the loaded subscriptions.
pub(crate) fn loaded(state: &mut ConsoleState, answer: Answer<Vec<SubscriptionRow>, ErrorText>) -> Changed {
    let mut all = state.layers.each_mut::<SubscriptionsView>();
    let Some(shown) = all.find(|shown| shown.asked == Some(answer.request)) else { return Changed::No };
    shown.asked = None;
    match answer.result {
        Ok(rows) => (shown.rows, shown.failure) = (Some(rows), None),
        Err(failure) => shown.failure = Some(failure),
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

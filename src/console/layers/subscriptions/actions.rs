//! The actions of the subscriptions: of one in the list, and of one of its spaces where it is open.

use crate::console::app::action::Section::{Actions, Move, View};
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::availability::{Availability, Reason, available_if};
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::state::ConsoleState;
use crate::console::layers::{close, confirm};
use crate::console::panes::spaces::writable;
use crate::delivery::SubscriptionState;
use crate::operations::ChangeSubscription;
use crate::space::SpaceId;
use crate::subscriptions::{Start, SubscriptionChange};

use super::{Confirmation, SubscriptionDetail, SubscriptionRow, SubscriptionsView, plan, recheck};

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
        applies: in_list,
        enabled: has_parked,
        run: |state, _| ask(state, SubscriptionChange::Retry { space_id: None }),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::RetryParked,
        section: Actions,
        title: "retry here",
        description: "Try the parked events of the selected space once more",
        keys: &["r"],
        contexts: LIST,
        hint: Some(Rank::Second),
        applies: in_subscription,
        enabled: has_parked_here,
        run: |state, _| ask_here(state, |space_id| SubscriptionChange::Retry { space_id }),
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
        applies: in_list,
        enabled: has_parked,
        run: |state, _| ask(state, SubscriptionChange::Skip { space_id: None }),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::SkipParked,
        section: Actions,
        title: "skip here",
        description: "Give up the parked events of the selected space for good; it continues after them",
        keys: &["s"],
        contexts: LIST,
        hint: Some(Rank::Third),
        applies: in_subscription,
        enabled: has_parked_here,
        run: |state, _| ask_here(state, |space_id| SubscriptionChange::Skip { space_id }),
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
        applies: in_list,
        enabled: can_change,
        run: |state, _| ask(state, SubscriptionChange::Reset { space_id: None, to: Start::Beginning }),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ResetSubscription,
        section: Actions,
        title: "reset here",
        description: "Move the position in the selected space to the beginning, so that its events are delivered again",
        keys: &["R"],
        contexts: LIST,
        hint: Some(Rank::Fourth),
        applies: in_subscription,
        enabled: can_change_here,
        run: |state, _| {
            ask_here(state, |space_id| SubscriptionChange::Reset { space_id, to: Start::Beginning });
        },
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
        applies: in_list,
        enabled: can_change,
        run: |state, _| ask(state, SubscriptionChange::Reset { space_id: None, to: Start::Now }),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ResetToNow,
        section: Actions,
        title: "reset here to the end",
        description: "Move the position in the selected space to the end, so that only later events are delivered",
        keys: &["N"],
        contexts: LIST,
        hint: Some(Rank::AfterBack),
        applies: in_subscription,
        enabled: can_change_here,
        run: |state, _| ask_here(state, |space_id| SubscriptionChange::Reset { space_id, to: Start::Now }),
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
        applies: in_list,
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

fn in_list(state: &ConsoleState) -> bool {
    state.layers.shown::<SubscriptionsView>().is_some()
}

fn in_subscription(state: &ConsoleState) -> bool {
    state.layers.shown::<SubscriptionDetail>().is_some()
}

/// Returns the open subscription, or the one selected in the list.
fn selected(state: &ConsoleState) -> Result<&SubscriptionRow, Reason> {
    let list = state.layers.find::<SubscriptionsView>();
    let list = list.ok_or_else(|| Reason::new("no subscription is selected"))?;
    match state.layers.find::<SubscriptionDetail>() {
        Some(opened) => opened.of(list.rows()).ok_or_else(|| Reason::new("this subscription was removed")),
        None => list.selected_row().ok_or_else(|| Reason::new("no subscription is selected")),
    }
}

/// Returns the open subscription with the selected space.
fn selected_space(state: &ConsoleState) -> Result<(&SubscriptionRow, SpaceId), Reason> {
    let row = selected(state)?;
    let space_id = state.layers.find::<SubscriptionDetail>().and_then(SubscriptionDetail::space_id);
    Ok((row, space_id.ok_or_else(|| Reason::new("the subscription has no spaces"))?))
}

fn can_change(state: &ConsoleState) -> Availability {
    writable(state)?;
    selected(state).map(|_| ())
}

fn can_change_here(state: &ConsoleState) -> Availability {
    writable(state)?;
    selected_space(state).map(|_| ())
}

fn has_parked(state: &ConsoleState) -> Availability {
    writable(state)?;
    available_if(selected(state)?.status.lag.parked > 0, "the subscription has no parked events")
}

fn has_parked_here(state: &ConsoleState) -> Availability {
    writable(state)?;
    let (row, space_id) = selected_space(state)?;
    available_if(row.parked_in(space_id) != Some(0), "the selected space has no parked events")
}

fn is_suspended(state: &ConsoleState) -> Availability {
    writable(state)?;
    let is_suspended = selected(state)?.status.status == SubscriptionState::Suspended;
    available_if(is_suspended, "the subscription is not suspended")
}

/// Asks before the subscription is changed.
fn ask(state: &mut ConsoleState, change: SubscriptionChange) {
    let Ok(row) = selected(state) else { return };
    let plan = match change.space_id() {
        Some(space_id) => plan::in_space(row, space_id, &state.space_name(space_id), &change),
        None => plan::everywhere(row, &change),
    };
    let change = ChangeSubscription { subscription: row.status.subscription.clone(), change };
    match change.change {
        // These can be undone, or repeat only what failed.
        SubscriptionChange::Retry { .. } | SubscriptionChange::Resume => {
            confirm::ask_subscription(state, change, plan);
        }
        _ => state.layers.push(Confirmation::new(change, plan)),
    }
}

/// Asks before the subscription is changed in the selected space.
fn ask_here(state: &mut ConsoleState, change: impl Fn(Option<SpaceId>) -> SubscriptionChange) {
    let Ok((_, space_id)) = selected_space(state) else { return };
    ask(state, change(Some(space_id)));
}

/// Opens the selected subscription.
fn open(state: &mut ConsoleState) {
    let Ok(row) = selected(state) else { return };
    let opened = SubscriptionDetail::new(row);
    state.layers.push(opened);
    // Of one that is open, more positions are loaded.
    recheck(state);
}

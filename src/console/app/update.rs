//! The update function: a message in, effects out. No I/O, no clock, no channels.
//!
//! The table of actions maps a key to an [`Action`](super::action::Action). An action changes the [`ConsoleState`] and may
//! request [`Effect`]s, whose answers arrive as [`Message`]s. After each message, `load_missing` requests the data that the
//! screen still lacks.

use crate::console::app::effect::{Effect, Effects};
use crate::console::app::message::{Answer, Message};
use crate::console::app::state::{ConsoleState, ErrorText, Gone, Level, Size, Viewports};
use crate::console::app::trail;
use crate::console::app::window::{Row, Slice, Window};
use crate::console::app::{input, link, loading, memory, motion, opening, past, pointer};
use crate::console::layers::audit::AuditLogView;
use crate::console::layers::flips::FlipList;
use crate::console::layers::history::History;
use crate::console::layers::key_history::KeyHistory;
use crate::console::layers::timeline::Timeline;
use crate::console::layers::trace::TraceView;
use crate::console::layers::{
    audit, blame, compare, delete, flips, form, guide, history, key_history, palette, prompt, statistics,
    subscriptions, timeline, trace,
};
use crate::console::panes::Pane;
use crate::console::panes::detail::Document;
use crate::console::panes::{activity, detail, events, jobs, projections, spaces, travel};
use crate::console::theme::Background;
use crate::console::widgets::moment::Moments;
use crate::space::SpaceId;
use crate::timestamp::Timestamp;

/// The effect of a message: the screen has to be redrawn, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changed {
    Yes,
    No,
}

/// Applies a message to the state and returns the effects to run.
pub fn update(state: &mut ConsoleState, message: Message) -> Vec<Effect> {
    let mut effects = Effects::default();
    let awaited = state.layers.asked();
    let changed = apply(state, message, &mut effects);
    let arrived = guide::arrive(state);
    let followed = events::follow_event(state);
    travel::check(state);
    trail::note_layers(state);
    loading::give_up_unawaited(state, &awaited, &mut effects);
    let asked = effects.0.len();
    loading::load_missing(state, &mut effects);
    state.keep_document();
    if [changed, arrived, followed].contains(&Changed::Yes) || effects.0.len() > asked {
        state.revision += 1;
    }
    effects.0
}

fn apply(state: &mut ConsoleState, message: Message, effects: &mut Effects) -> Changed {
    match message {
        Message::Key(key) => input::press(state, key, effects),
        Message::Paste(text) => input::paste(state, &text, effects),
        Message::Mouse(mouse) if state.settings.mouse => pointer::react(state, mouse, effects),
        Message::Mouse(_) => Changed::No,
        Message::Focus(is_focused) => {
            state.terminal_focused = is_focused;
            Changed::No
        }
        Message::Background(background) => adapt(state, background),
        Message::Drawn(regions) => {
            state.pointer.regions = regions;
            Changed::No
        }
        Message::Resize(size) => resize(state, size),
        Message::Viewports(viewports) => lay_out(state, viewports),
        Message::Changed => {
            jobs::recheck(state, effects);
            changed(state);
            follows_again(state)
        }
        Message::WorkersDue => {
            jobs::recheck(state, effects);
            changed(state)
        }
        Message::Quiet => quiet(state),
        Message::Now(now) => set_now(state, now),
        Message::File(gone) => file(state, gone),
        Message::FollowFailed(failure) => lost(state, failure),
        Message::Spaces(answer) => spaces::loaded(state, answer),
        Message::Blocking(answer) => spaces::found_blocking(state, answer),
        Message::Activity(answer) => {
            travel::bar::loaded(state, answer).unwrap_or_else(|answer| activity::loaded(state, answer))
        }
        Message::Stats(answer) => statistics::loaded(state, answer),
        Message::Sparklines(answer) => spaces::sparklines_loaded(state, answer),
        Message::FirstTimes(answer) => spaces::first_times_loaded(state, answer),
        Message::Events(answer) => events::loaded(state, answer),
        Message::Projections(answer) => projections::loaded(state, answer),
        Message::FoundTime(answer) => events::found_time(state, answer),
        Message::PlayTick => travel::tick(state),
        Message::Past(answer) => past::answered(state, answer),
        Message::PastProgress(progress) => past::progressed(state, progress),
        Message::History(answer) => history::read(state, answer),
        Message::Timeline(answer) => timeline::loaded(state, answer),
        Message::Resolved(answer) => trace::resolved(state, answer),
        Message::Traced(answer) => trace::found(state, answer),
        Message::Linked(answer) => link::found(state, answer),
        Message::Referred(answer) => detail::found_references(state, answer),
        Message::Subscriptions(answer) => subscriptions::loaded(state, answer),
        Message::SubscriptionChanged(answer) => subscriptions::changed(state, answer),
        Message::AuditEntries(answer) => audit::loaded(state, answer),
        Message::Things(answer) => palette::found(state, answer, effects),
        Message::RedactionPlanned(answer) => form::redaction_planned(state, answer, effects),
        Message::ForkPlanned(answer) => form::fork_planned(state, answer, effects),
        Message::TriedBugReport(answer) => form::tried_bug_report(state, answer, effects),
        Message::Inventory(answer) => delete::show_inventory(state, answer),
        Message::Previewed(answer) => form::previewed(state, answer, effects),
        Message::Submitted(answer) => form::submitted(state, answer, effects),
        Message::Completed(answer) => form::completed(state, answer),
        Message::QueryCompleted(answer) => prompt::completed(state, answer),
        Message::Created(answer) => form::created(state, answer),
        Message::SpaceChanged(answer) => form::changed(state, answer),
        Message::Tried(answer) => tried(state, answer, effects),
        Message::LookedInto(answer) => form::import_inspected(state, answer, effects),
        Message::Databases(answer) => palette::found_databases(state, answer),
        Message::Opened(answer) => opening::opened(state, answer),
        Message::OpeningIsSlow(request) => opening::is_slow(state, request),
        Message::StepFinished(answer) => guide::show_output(state, answer),
        Message::Memory(news) => memory::heard(state, news),
        Message::Job(id, at, news) => jobs::news(state, id, at, news, effects),
        Message::NoticeRead(number) => forget_notice(state, number),
        Message::Silence(seconds) => jobs::silence(state, seconds),
        Message::Resumed => {
            // The user who resumed the console has its window in front.
            state.terminal_focused = true;
            state.pointer.let_go();
            Changed::Yes
        }
    }
}

/// Changes to the theme that suits the background of the terminal, unless the user has chosen one.
fn adapt(state: &mut ConsoleState, background: Background) -> Changed {
    let suitable = background.theme();
    if !state.theme_adapts || state.theme_name == suitable {
        return Changed::No;
    }
    state.theme_name = suitable;
    Changed::Yes
}

/// Passes the answer to the form or dialog that named the files.
fn tried(state: &mut ConsoleState, answer: Answer<(), String>, effects: &mut Effects) -> Changed {
    match form::shown(state) {
        Some(_) => form::tried(state, answer, effects),
        None => delete::tried(state, answer, effects),
    }
}

/// Clears the notice, unless a newer one has replaced it.
fn forget_notice(state: &mut ConsoleState, number: u64) -> Changed {
    if state.notices == number && state.notice.take().is_some() { Changed::Yes } else { Changed::No }
}

/// Shows moments relative to the current time. Only another quarter of an hour, or another time zone, changes anything.
fn set_now(state: &mut ConsoleState, now: Timestamp) -> Changed {
    let moments = Moments::new(state.settings.time_zone.clone(), now);
    let before = std::mem::replace(&mut state.moments, moments);
    if before == state.moments {
        return Changed::No;
    }
    if !before.has_days_of(&state.moments) {
        state.events.window.set_days(&state.moments);
        state.layers.each_mut::<History>().for_each(|history| history.window.set_days(&state.moments));
        state.layers.each_mut::<KeyHistory>().for_each(|history| history.window.set_days(&state.moments));
        state.layers.each_mut::<FlipList>().for_each(|flips| flips.window.set_days(&state.moments));
        state.layers.each_mut::<Timeline>().for_each(|timeline| timeline.window.set_days(&state.moments));
        state.layers.each_mut::<TraceView>().for_each(|trace| trace.set_days(&state.moments));
        state.layers.each_mut::<AuditLogView>().for_each(|log| log.window.set_days(&state.moments));
    }
    Changed::Yes
}

fn resize(state: &mut ConsoleState, size: Size) -> Changed {
    if state.size == size {
        return Changed::No;
    }
    state.size = size;
    state.pointer.let_go();
    Changed::Yes
}

fn lay_out(state: &mut ConsoleState, viewports: Viewports) -> Changed {
    let is_same = std::mem::replace(&mut state.viewports, viewports) == viewports;
    // Another layer of the same height may have the focus now.
    motion::reveal_all(state);
    if is_same { Changed::No } else { Changed::Yes }
}

/// Marks everything on screen as out of date after a commit by any process.
pub(crate) fn changed(state: &mut ConsoleState) -> Changed {
    Pane::ALL.iter().for_each(|pane| pane.list().recheck(state));
    history::recheck(state);
    key_history::recheck(state);
    compare::recheck(state);
    flips::recheck(state);
    blame::recheck(state);
    timeline::recheck(state);
    trace::recheck(state);
    detail::recheck_references(state);
    audit::recheck(state);
    subscriptions::recheck(state);
    detail::retry(state);
    Changed::No
}

/// Records that changes are followed again. Only what follows them knows that.
fn follows_again(state: &mut ConsoleState) -> Changed {
    if state.database.lost.take().is_none() {
        return Changed::No;
    }
    state.say(Level::Info, "following changes again");
    Changed::Yes
}

/// Has everything read again after values were erased, and drops what still holds them.
pub(crate) fn erase(state: &mut ConsoleState) {
    loading::refresh(state);
    state.layers.retain(|layer| !detail::is_of_difference(layer));
    state.trail.erase();
    state.messages.erase();
    travel::erase(state);
    (state.peeked, state.document) = (None, Document::default());
    state.is_past_stale = true;
}

/// Starts to read the spaces that are not on screen, after a while without commits.
pub(crate) fn quiet(state: &mut ConsoleState) -> Changed {
    state.spaces.reading.read_rest();
    subscriptions::recheck(state);
    Changed::No
}

/// Records that commits by other processes are no longer noticed, and says why.
pub(crate) fn lost(state: &mut ConsoleState, failure: ErrorText) -> Changed {
    if state.database.lost.as_ref() == Some(&failure) {
        return Changed::No;
    }
    let reason = with_server_named_above(state, &failure).message;
    state.say(Level::Warning, format!("not following changes: {reason}"));
    state.database.lost = Some(failure);
    Changed::Yes
}

/// Returns a failure without the address of the server, which is in the line at the top, and would leave no room for the reason.
pub(crate) fn with_server_named_above(state: &ConsoleState, failure: &ErrorText) -> ErrorText {
    let is_named = state.database.is_on_server;
    let message = match failure.message.strip_prefix(&state.database.name).filter(|_| is_named) {
        Some(reason) => format!("the server{reason}"),
        None => failure.message.clone(),
    };
    ErrorText { message, ..failure.clone() }
}

/// Records that the database file is gone, or is back.
pub(crate) fn file(state: &mut ConsoleState, gone: Option<Gone>) -> Changed {
    if state.database.gone == gone {
        return Changed::No;
    }
    state.database.gone = gone;
    Changed::Yes
}

/// Applies an answer, unless it is stale.
pub(crate) fn apply_page<R: Row>(
    window: &mut Window<R>,
    failure: &mut Option<ErrorText>,
    answer: Answer<Slice<R>, ErrorText>,
    (height, moments): (usize, &Moments),
) -> Changed {
    let taken = match answer.result {
        Ok(slice) => {
            let taken = window.accept(answer.request, slice.dated(moments), height);
            if taken {
                *failure = None;
            }
            taken
        }
        Err(reason) => {
            let taken = window.fail(answer.request);
            if taken {
                *failure = Some(reason);
            }
            taken
        }
    };
    if taken { Changed::Yes } else { Changed::No }
}

/// Removes all rows and layers of deleted spaces, and reads the rest again.
pub(crate) fn forget_spaces(state: &mut ConsoleState, gone: &[SpaceId]) {
    Pane::ALL.iter().for_each(|pane| pane.list().forget(state, gone));
    state.layers.retain(|layer| !layer.space_id().is_some_and(|space_id| gone.contains(&space_id)));
    state.trail.forget(gone);
    trace::recheck(state);
    timeline::forget(state, gone);
}

//! Links: from what is shown to an event, a business process, an entity, a key or a space.

use std::sync::Arc;

use crate::console::app::effect::{Effects, StoreQuery};
use crate::console::app::message::Answer;
use crate::console::app::past::{Ask, PastQuery};
use crate::console::app::state::{ConsoleState, ErrorText, Level, RequestId};
use crate::console::app::trail;
use crate::console::app::update::Changed;
use crate::console::layers::{history, timeline};
use crate::console::panes::detail::{Detail, Subject};
use crate::console::panes::{Pane, events, projections, spaces};
use crate::event::EventId;
use crate::id::CorrelationId;
use crate::pstate::Entry;
use crate::space::SpaceId;
use crate::text::{grouped, visible};

/// The target of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkTarget {
    /// An event.
    Event(EventId),
    /// All events of a business process.
    Correlation(CorrelationId),
    /// The events of an entity.
    Entity {
        /// The space.
        space_id: SpaceId,
        /// The entity.
        entity_id: String,
        /// The key that is named after the entity, if the link is one.
        key: Option<String>,
    },
    /// A key of a projection.
    Key {
        /// The space.
        space_id: SpaceId,
        /// The name of the projection.
        projection: String,
        /// The key.
        key: String,
    },
    /// A space.
    Space(SpaceId),
}

/// A link whose target is being looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowedLink {
    /// The request.
    request: RequestId,
    /// True if the details of the target are opened.
    opens: bool,
}

/// The target of a link, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundLink {
    /// The link.
    pub link: LinkTarget,
    /// Its target: an event or a key; none if it does not exist.
    pub subject: Option<Subject>,
}

/// Follows a link. An event or a key is looked for first, so that a link that leads nowhere leaves the screen as it is.
pub(crate) fn follow(state: &mut ConsoleState, link: LinkTarget, effects: &mut Effects) {
    match link {
        LinkTarget::Key { space_id, projection, key } if is_of_past(state, space_id) => {
            follow_in_past(state, (space_id, projection, key), effects);
        }
        LinkTarget::Event(_) | LinkTarget::Key { .. } => {
            let request = find(state, link, effects);
            state.following_link = Some(FollowedLink { request, opens: true });
        }
        LinkTarget::Correlation(correlation_id) => {
            trail::leave(state);
            state.layers.clear();
            timeline::show(state, correlation_id, None);
        }
        LinkTarget::Entity { space_id, entity_id, key } => {
            trail::leave(state);
            state.layers.clear();
            history::show(state, space_id, entity_id, key);
        }
        LinkTarget::Space(space_id) => {
            trail::leave(state);
            state.layers.clear();
            spaces::select_space(state, space_id);
            state.focus(Pane::Spaces);
        }
    }
}

/// Returns true if the panes show the past of a space.
fn is_of_past(state: &ConsoleState, space_id: SpaceId) -> bool {
    state.travel.as_ref().is_some_and(|travel| travel.space_id == space_id)
}

/// Follows a link to a key as of the sequence that is shown.
fn follow_in_past(
    state: &mut ConsoleState,
    (space_id, projection, key): (SpaceId, String, String),
    effects: &mut Effects,
) {
    let request = state.request();
    let Some(travel) = &mut state.travel else { return };
    let ask = Ask::Key { at: travel.at, projection: projection.clone(), key: key.clone() };
    travel.following = Some((request, projection, key));
    effects.push(PastQuery { request, replaces: None, space_id, ask });
}

/// Goes to a key of the past that was found, with its details.
pub(crate) fn found_key(state: &mut ConsoleState, answer: Answer<Option<Entry>, ErrorText>) -> Changed {
    let Answer { request, result } = answer;
    let Some(travel) = &mut state.travel else { return Changed::No };
    let (space_id, at) = (travel.space_id, travel.at);
    let followed = travel.following.take_if(|(asked, ..)| *asked == request);
    let Some((_, projection, key)) = followed else { return Changed::No };
    match result {
        Ok(Some(entry)) => {
            trail::keep(state);
            state.layers.clear();
            projections::show_key(state, space_id, &projection, &key);
            let entry = Arc::new(entry);
            state.layers.push(Detail::of(Subject::Entry { space_id, projection, entry }));
        }
        Ok(None) => {
            let (projection, key) = (visible(&projection), visible(&key));
            let text = format!("{projection} has no key {key} at sequence {}", grouped(at.0));
            state.say(Level::Warning, text);
        }
        Err(failure) => state.say(Level::Error, failure.message),
    }
    Changed::Yes
}

/// Goes to an event without opening its details.
pub(crate) fn go_to_event(state: &mut ConsoleState, event_id: EventId, effects: &mut Effects) {
    let request = find(state, LinkTarget::Event(event_id), effects);
    state.following_link = Some(FollowedLink { request, opens: false });
}

fn find(state: &mut ConsoleState, link: LinkTarget, effects: &mut Effects) -> RequestId {
    let request = state.request();
    effects.push(StoreQuery::FindLinked { request, link });
    request
}

/// Has the item of a detail read again that was kept for a while, as it may have changed.
pub(crate) fn reread(state: &mut ConsoleState, subject: Option<&Subject>, effects: &mut Effects) {
    let link = match subject {
        Some(Subject::Event(event)) => LinkTarget::Event(event.event_id),
        Some(Subject::Entry { space_id, projection, entry }) => {
            LinkTarget::Key { space_id: *space_id, projection: projection.clone(), key: entry.key.clone() }
        }
        _ => return,
    };
    find(state, link, effects);
}

/// Goes to the target of a link that was found, or updates the details that show it.
pub(crate) fn found(state: &mut ConsoleState, answer: Answer<FoundLink, ErrorText>) -> Changed {
    let followed = state.following_link.take_if(|followed| followed.request == answer.request);
    let is_followed = followed.is_some();
    match answer.result {
        Err(failure) if is_followed => state.say(Level::Error, failure.message),
        Err(_) => return Changed::No,
        Ok(FoundLink { link, subject: Some(subject) }) if is_followed => {
            arrive(state, &link, subject);
            if followed.is_some_and(|followed| !followed.opens) {
                state.layers.clear();
            }
        }
        Ok(FoundLink { link, subject: None }) if is_followed => {
            let text = nothing(state, &link);
            state.say(Level::Warning, text);
        }
        Ok(FoundLink { subject: Some(subject), .. }) => update(state, &subject),
        Ok(FoundLink { .. }) => return Changed::No,
    }
    Changed::Yes
}

/// Returns true if an event is among those of the past that is shown.
fn is_in_past(state: &ConsoleState, subject: &Subject) -> bool {
    let Subject::Event(event) = subject else { return false };
    let travel = state.travel.as_ref().filter(|travel| travel.space_id == event.space_id);
    travel.is_some_and(|travel| event.space_sequence <= travel.at)
}

/// Shows an event or a key with its details. An event of the past that is shown does not lead out of it.
fn arrive(state: &mut ConsoleState, link: &LinkTarget, subject: Subject) {
    if is_in_past(state, &subject) {
        trail::keep(state);
    } else {
        trail::leave(state);
    }
    state.layers.clear();
    match link {
        LinkTarget::Event(event_id) => events::show_event(state, *event_id),
        LinkTarget::Key { space_id, projection, key } => {
            spaces::select_space(state, *space_id);
            projections::show_key(state, *space_id, projection, key);
        }
        LinkTarget::Correlation(_) | LinkTarget::Entity { .. } | LinkTarget::Space(_) => {}
    }
    state.layers.push(Detail::of(subject));
}

/// Updates the open details of an event or a key.
fn update(state: &mut ConsoleState, found: &Subject) {
    for detail in state.layers.each_mut::<Detail>() {
        match (&mut detail.subject, found) {
            (Subject::Event(shown), Subject::Event(event)) if shown.event_id == event.event_id => {
                *shown = Arc::clone(event);
            }
            (
                Subject::Entry { space_id, projection, entry: shown },
                Subject::Entry { space_id: of, projection: name, entry },
            ) if space_id == of && projection == name && shown.key == entry.key => {
                *shown = Arc::clone(entry);
            }
            _ => {}
        }
    }
}

/// Says why a link leads nowhere.
fn nothing(state: &ConsoleState, link: &LinkTarget) -> String {
    match link {
        LinkTarget::Event(event_id) => {
            let (id, last) = (grouped(event_id.0), state.database.last_event_id);
            let why =
                if *event_id > last { "there is none with this id yet" } else { "its space was deleted" };
            format!("event {id} does not exist: {why}")
        }
        LinkTarget::Key { space_id, projection, key } => {
            let space = state.space_name(*space_id);
            format!("{} of {} has no key {}", visible(projection), visible(&space), visible(key))
        }
        LinkTarget::Correlation(_) | LinkTarget::Entity { .. } | LinkTarget::Space(_) => {
            "the link leads nowhere".to_owned()
        }
    }
}

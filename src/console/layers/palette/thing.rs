//! The things of a store that the palette finds by name: spaces, event types, entities and keys. They are searched for by
//! the thread that reads the store, in steps of bounded length.

use crate::console::app::effect::{Effects, StoreQuery};
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::update::Changed;
use crate::console::layers::palette::{Palette, update};
use crate::space::SpaceId;

/// The maximum number of things of each kind.
pub(in crate::console) const MOST: usize = 50;

/// A thing of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thing {
    /// A space.
    Space {
        /// Its id.
        space_id: SpaceId,
        /// Its name.
        name: String,
    },
    /// A type of events of the selected space.
    EventType(String),
    /// An entity of a space.
    Entity {
        /// The space.
        space_id: SpaceId,
        /// The entity.
        entity_id: String,
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
}

/// A kind of things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after the things")]
pub enum ThingKind {
    Space,
    EventType,
    Entity,
    Key,
}

impl ThingKind {
    /// Returns the name to display.
    pub fn title(self) -> &'static str {
        match self {
            Self::Space => "space",
            Self::EventType => "event type",
            Self::Entity => "entity",
            Self::Key => "key",
        }
    }
}

impl Thing {
    /// Returns its kind.
    pub fn kind(&self) -> ThingKind {
        match self {
            Self::Space { .. } => ThingKind::Space,
            Self::EventType(_) => ThingKind::EventType,
            Self::Entity { .. } => ThingKind::Entity,
            Self::Key { .. } => ThingKind::Key,
        }
    }

    /// Returns the space that it is in, if that need not be the selected one.
    pub fn space_id(&self) -> Option<SpaceId> {
        match self {
            Self::Entity { space_id, .. } | Self::Key { space_id, .. } => Some(*space_id),
            Self::Space { .. } | Self::EventType(_) => None,
        }
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Space { name, .. } => name,
            Self::EventType(name) => name,
            Self::Entity { entity_id, .. } => entity_id,
            Self::Key { key, .. } => key,
        }
    }
}

/// A step of a search for things by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThingSearch {
    /// The text to find.
    pub text: String,
    /// The kind to look for; every kind if absent.
    pub kind: Option<ThingKind>,
    /// The selected space, whose event types, entities and keys are searched, and its projections in the order of the search.
    pub within: Option<(SpaceId, Vec<String>)>,
    /// The step.
    pub step: SearchStep,
    /// The number of things that earlier steps of the same kind have found.
    pub found: usize,
}

/// The part of a store that a step of a search examines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchStep {
    /// Names that an index finds because they are the text or begin with it, and all event types.
    Indexed,
    /// The names of the spaces after this one.
    Spaces(Option<SpaceId>),
    /// The keys of the projection with this number, after this one.
    Keys(usize, Option<String>),
    /// The entities and keys of exactly this name in the spaces after this one, except the selected space.
    OtherSpaces(Option<SpaceId>),
}

impl ThingSearch {
    /// Returns the projections whose keys are searched.
    pub fn projections(&self) -> &[String] {
        self.within.as_ref().map_or(&[], |(_, projections)| projections)
    }

    /// Returns true for a thing of another space than the selected one.
    fn is_elsewhere(&self, thing: &Thing) -> bool {
        let selected = self.within.as_ref().map(|(space_id, _)| *space_id);
        thing.space_id().is_some_and(|space_id| Some(space_id) != selected)
    }

    /// Returns true if things of this kind are looked for.
    pub fn wants(&self, kind: ThingKind) -> bool {
        self.kind.is_none_or(|wanted| wanted == kind)
    }
}

/// The result of a step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FoundThings {
    /// The things found.
    pub things: Vec<Thing>,
    /// The next step, unless the search is finished.
    pub next: Option<SearchStep>,
    /// True if more things match than were looked for.
    pub more: bool,
}

/// The search for the text of the palette.
#[derive(Debug, Clone, Default)]
pub(super) struct Finding {
    /// The step under way.
    pending: Option<(RequestId, ThingSearch)>,
    /// The things found so far. Until a new search has its first answer, those of the one before.
    pub things: Vec<Thing>,
    /// True if more match.
    pub more: bool,
    /// The reason why the search failed.
    pub failure: Option<String>,
}

impl Finding {
    /// Returns true if a search is under way.
    pub fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// Returns the request of the step under way.
    pub fn asked(&self) -> Option<RequestId> {
        self.pending.as_ref().map(|(request, _)| *request)
    }

    fn count(&self, is_counted: impl Fn(&Thing) -> bool) -> usize {
        self.things.iter().filter(|thing| is_counted(thing)).count()
    }
}

/// Begins the search for a text, which replaces any search under way.
pub(super) fn search(state: &mut ConsoleState, text: &str, kind: Option<ThingKind>, effects: &mut Effects) {
    let within = state.spaces.selected.map(|space_id| (space_id, projections(state)));
    let search = ThingSearch { text: text.to_owned(), kind, within, step: SearchStep::Indexed, found: 0 };
    ask(state, search, effects);
}

/// Returns the projections of the selected space, the listed one first.
fn projections(state: &ConsoleState) -> Vec<String> {
    let listed = state.listed_projection();
    let all = state.space().into_iter().flat_map(|space| &space.projections);
    let others = all.map(|projection| &*projection.name).filter(|name| *name != listed);
    std::iter::once(listed).chain(others).map(str::to_owned).collect()
}

/// Ends the search for an empty text.
pub(super) fn forget(state: &mut ConsoleState) {
    if let Some(palette) = state.layers.top_as_mut::<Palette>() {
        palette.finding = Finding::default();
    }
}

fn ask(state: &mut ConsoleState, search: ThingSearch, effects: &mut Effects) {
    let request = state.request();
    let Some(palette) = state.layers.top_as_mut::<Palette>() else { return };
    palette.finding.pending = Some((request, search.clone()));
    effects.push(StoreQuery::FindThings { request, search });
}

/// Adds the things that a step has found, and asks for the next step.
pub(crate) fn found(
    state: &mut ConsoleState,
    answer: Answer<FoundThings, ErrorText>,
    effects: &mut Effects,
) -> Changed {
    let Some(Palette { finding, .. }) = state.layers.each_mut::<Palette>().next_back() else {
        return Changed::No;
    };
    let is_asked = |(request, _): &mut (RequestId, ThingSearch)| *request == answer.request;
    let Some((_, search)) = finding.pending.take_if(is_asked) else { return Changed::No };
    if search.step == SearchStep::Indexed {
        *finding = Finding::default();
    }
    match answer.result {
        Err(failure) => finding.failure = Some(failure.message),
        Ok(FoundThings { things, next, more }) => {
            finding.more |= more;
            for thing in things {
                if !finding.things.contains(&thing) {
                    finding.things.push(thing);
                }
            }
            if let Some(step) = next {
                let found = match step {
                    SearchStep::Indexed => 0,
                    SearchStep::Spaces(_) => finding.count(|thing| thing.kind() == ThingKind::Space),
                    SearchStep::Keys(..) => finding.count(|thing| thing.kind() == ThingKind::Key),
                    SearchStep::OtherSpaces(_) => finding.count(|thing| search.is_elsewhere(thing)),
                };
                ask(state, ThingSearch { step, found, ..search }, effects);
            }
        }
    }
    update::list(state);
    Changed::Yes
}

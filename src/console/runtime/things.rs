//! Looks for things by name, for the palette. Each step examines a bounded number of names, so that a newer search does not
//! wait for an older one.

use crate::console::layers::palette::{FoundThings, MOST, Needle, SearchStep, Thing, ThingKind, ThingSearch};
use crate::content_store::{Apps, Store};
use crate::error::Result;
use crate::event_store::Page;
use crate::operations::{self, SpaceOverview};
use crate::pstate::{Projection, ProjectionId};
use crate::space::SpaceId;

/// The number of spaces that a step examines.
const SPACES: usize = 2000;
/// The number of keys that a step examines.
const KEYS: usize = 5000;
/// The number of other spaces that a step examines.
const OTHER_SPACES: usize = 20;
/// The most things of other spaces.
const MOST_ELSEWHERE: usize = 20;
/// The most kinds of keys among which those named after an entity are looked for.
const KINDS: usize = 32;

/// Takes a step of a search.
pub(super) fn find(store: &Store, apps: &Apps, search: &ThingSearch) -> Result<FoundThings> {
    match &search.step {
        SearchStep::Indexed => indexed(store, apps, search),
        SearchStep::Spaces(after) => {
            let page = store.events().spaces(Page::forward(*after, SPACES))?;
            let last = page.last().filter(|_| page.len() == SPACES).map(|record| record.space.space_id);
            let spaces = page.into_iter().map(|record| record.space);
            let things =
                spaces.map(|space| Thing::Space { space_id: space.space_id, name: space.space_name });
            let same_kind = last.map(|last| SearchStep::Spaces(Some(last)));
            Ok(matching(search, things, same_kind, keys(search).or_else(|| elsewhere(search))))
        }
        SearchStep::Keys(number, after) => {
            let Some(projection) = projection(store, apps, search, *number)? else {
                return Ok(FoundThings { next: elsewhere(search), ..FoundThings::default() });
            };
            let (entries, is_last) = projection.scan_page("", Page::forward(after.clone(), KEYS))?;
            let rest = entries.last().filter(|_| !is_last).map(|entry| Some(entry.key.clone()));
            let of_this = rest.map(|after| SearchStep::Keys(*number, after));
            let is_there = search.projections().get(number + 1).is_some();
            let same_kind = of_this.or(is_there.then_some(SearchStep::Keys(number + 1, None)));
            let things: Vec<Thing> = entries.into_iter().map(|entry| key(&projection, entry.key)).collect();
            Ok(matching(search, things.into_iter(), same_kind, elsewhere(search)))
        }
        SearchStep::OtherSpaces(after) => others(store, apps, search, *after),
    }
}

/// Returns the first step through the other spaces, if anything of theirs is looked for.
fn elsewhere(search: &ThingSearch) -> Option<SearchStep> {
    let is_wanted = search.wants(ThingKind::Key) || search.wants(ThingKind::Entity);
    is_wanted.then_some(SearchStep::OtherSpaces(None))
}

/// Returns the entities and keys of exactly the name that is looked for, in the next spaces except the selected one.
fn others(store: &Store, apps: &Apps, search: &ThingSearch, after: Option<SpaceId>) -> Result<FoundThings> {
    let page = store.events().spaces(Page::forward(after, OTHER_SPACES))?;
    let last = page.last().filter(|_| page.len() == OTHER_SPACES).map(|record| record.space.space_id);
    let selected = search.within.as_ref().map(|(space_id, _)| *space_id);
    let ids = page.iter().map(|record| record.space.space_id).filter(|space_id| Some(*space_id) != selected);
    let ids: Vec<SpaceId> = ids.collect();
    let spaces = operations::overviews_of(store, apps, &ids)?;
    // A space that cannot be read does not hide those of others.
    let found = spaces.iter().filter_map(|space| named_in(store, apps, search, space).ok());
    let mut things: Vec<Thing> = found.flatten().collect();
    let left = MOST_ELSEWHERE.saturating_sub(search.found);
    let more = things.len() > left;
    things.truncate(left);
    let next = last.filter(|_| !more).map(|last| SearchStep::OtherSpaces(Some(last)));
    Ok(FoundThings { things, next, more })
}

/// Returns the entities and keys of a space that have exactly the name that is looked for.
fn named_in(store: &Store, apps: &Apps, search: &ThingSearch, space: &SpaceOverview) -> Result<Vec<Thing>> {
    let (space_id, text) = (space.space.space_id, search.text.as_str());
    let mut things = Vec::new();
    let projections = space.projections.iter().filter(|_| search.wants(ThingKind::Key));
    for name in projections.map(|projection| &*projection.name) {
        let projection = operations::projection_named(store, apps, ProjectionId::new(space_id, name))?;
        let whole = projection.entry(text)?.map(|entry| entry.key);
        let keys = named_after(&projection, text)?.into_iter().chain(whole);
        things.extend(keys.map(|name| key(&projection, name)));
    }
    if search.wants(ThingKind::Entity) && has_entity(store, space_id, text)? {
        things.push(Thing::Entity { space_id, entity_id: text.to_owned() });
    }
    Ok(things)
}

fn has_entity(store: &Store, space_id: SpaceId, entity: &str) -> Result<bool> {
    Ok(!store.events().read_entity(space_id, entity, Page::forward(None, 1))?.is_empty())
}

/// Returns the things that match, and the next step: of the same kind until there are enough, then of another kind.
fn matching(
    search: &ThingSearch,
    things: impl Iterator<Item = Thing>,
    same_kind: Option<SearchStep>,
    other_kind: Option<SearchStep>,
) -> FoundThings {
    let mut needle = Needle::words(&search.text);
    let left = MOST.saturating_sub(search.found);
    let mut things: Vec<Thing> =
        things.filter(|thing| needle.is_in(thing.name())).take(left.saturating_add(1)).collect();
    let more = things.len() > left;
    things.truncate(left);
    let next = if more { other_kind } else { same_kind.or(other_kind) };
    FoundThings { things, next, more }
}

/// Returns the first step through the keys, if they are looked for.
fn keys(search: &ThingSearch) -> Option<SearchStep> {
    (search.wants(ThingKind::Key) && search.within.is_some()).then_some(SearchStep::Keys(0, None))
}

fn indexed(store: &Store, apps: &Apps, search: &ThingSearch) -> Result<FoundThings> {
    let mut found = FoundThings::default();
    let text = search.text.as_str();
    if search.wants(ThingKind::Space) {
        found.next = Some(SearchStep::Spaces(None));
        if let Some(record) = store.events().find_space(text)? {
            let (space_id, name) = (record.space.space_id, record.space.space_name);
            found.things.push(Thing::Space { space_id, name });
        }
    } else {
        found.next = keys(search).or_else(|| elsewhere(search));
    }
    let Some((space_id, _)) = &search.within else { return Ok(found) };
    let space_id = *space_id;
    if search.wants(ThingKind::EventType) {
        let mut needle = Needle::fuzzy(text);
        let types = store.events().event_types(space_id)?.into_iter();
        let matching = types.filter(|event_type| needle.is_in(event_type)).take(MOST);
        found.things.extend(matching.map(Thing::EventType));
    }
    if search.wants(ThingKind::Entity) && has_entity(store, space_id, text)? {
        found.things.push(Thing::Entity { space_id, entity_id: text.to_owned() });
    }
    for number in 0..search.projections().len() {
        if !search.wants(ThingKind::Key) {
            break;
        }
        let Some(projection) = projection(store, apps, search, number)? else { break };
        let (entries, _) = projection.scan_page(text, Page::forward(None, MOST + 1))?;
        found.more |= entries.len() > MOST;
        let begin = entries.into_iter().take(MOST).map(|entry| entry.key);
        let keys = named_after(&projection, text)?.into_iter().chain(begin);
        found.things.extend(keys.map(|name| key(&projection, name)));
    }
    Ok(found)
}

/// Returns the keys that are named after an entity, such as `contact:c1` for `c1`: at most one of each kind.
fn named_after(projection: &Projection<'_>, entity: &str) -> Result<Vec<String>> {
    let (mut found, mut after) = (Vec::new(), None);
    for _ in 0..KINDS {
        let (mut first, _) = projection.scan_page("", Page::forward(after, 1))?;
        let Some(first) = first.pop() else { break };
        let Some((kind, _)) = first.key.split_once(':') else {
            after = Some(first.key);
            continue;
        };
        let name = format!("{kind}:{entity}");
        if projection.entry(&name)?.is_some() {
            found.push(name);
        }
        // After all keys of the kind.
        after = Some(format!("{kind}:{}", char::MAX));
    }
    Ok(found)
}

/// Returns one of the projections whose keys are searched, if the space still exists.
fn projection<'a>(
    store: &'a Store,
    apps: &Apps,
    search: &'a ThingSearch,
    number: usize,
) -> Result<Option<Projection<'a>>> {
    let Some((space_id, names)) = &search.within else { return Ok(None) };
    let Some(name) = names.get(number) else { return Ok(None) };
    if store.events().space(*space_id)?.is_none() {
        return Ok(None);
    }
    operations::projection_named(store, apps, ProjectionId::new(*space_id, name)).map(Some)
}

fn key(projection: &Projection<'_>, key: String) -> Thing {
    Thing::Key { space_id: projection.space_id(), projection: projection.name().to_owned(), key }
}

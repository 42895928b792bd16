//! The measured pages.

use ramax::operations::overviews;
use ramax::{Apps, Direction, EventId, Page, Result, SpaceId, SpaceSequence, Store};

use super::files::Load;

pub const ROWS: usize = 50;

type Read = Box<dyn Fn(&Store) -> Result<usize>>;

/// A page of a list.
pub struct Wanted {
    pub name: String,
    /// Reads the page and returns its number of rows.
    pub read: Read,
}

/// Returns pages at the start, in the middle and at the end of each list, in both directions.
pub fn wanted(load: Load, store: &Store) -> Result<Vec<Wanted>> {
    let spaces = u32::try_from(load.spaces).unwrap_or(u32::MAX);
    let space_id = SpaceId(spaces / 2);
    let length = store.events().space(space_id)?.map_or(0, |found| found.head.last_sequence.0);
    let keys = store.pstate().scan(space_id.into(), "contact:", Page::forward(None, usize::MAX))?;
    let mut wanted = Vec::new();
    for (place, share) in [("start", 0), ("middle", 50), ("end", 100)] {
        for direction in [Direction::Forward, Direction::Backward] {
            let at = |count: u64| {
                let before = count.saturating_sub(ROWS as u64 + 1) * share / 100;
                // Backwards, the same rows from after the last one.
                if direction == Direction::Forward { before } else { before + ROWS as u64 + 1 }
            };
            let way = if direction == Direction::Forward { "forwards" } else { "backwards" };
            let mut add = |list: &str, read: Read| {
                wanted.push(Wanted { name: format!("{list}, {place}, {way}"), read });
            };
            let of_space = page(direction, SpaceSequence(at(length)));
            add(
                "events of a space",
                Box::new(move |store| Ok(store.events().read_space(space_id, of_space)?.len())),
            );
            let of_all = page(direction, EventId(at(load.events)));
            add("events of all spaces", Box::new(move |store| Ok(store.events().read_all(of_all)?.len())));
            let index = usize::try_from(at(keys.len() as u64)).unwrap_or(0).min(keys.len() - 1);
            let of_keys = page(direction, keys[index].key.clone());
            add(
                "projections",
                Box::new(move |store| {
                    Ok(store.pstate().scan(space_id.into(), "contact:", of_keys.clone())?.len())
                }),
            );
            let of_spaces = page(direction, SpaceId(u32::try_from(at(load.spaces)).unwrap_or(0)));
            let apps = Apps::standard();
            add("spaces with counters", Box::new(move |store| Ok(overviews(store, &apps, of_spaces)?.len())));
        }
    }
    Ok(wanted)
}

fn page<T>(direction: Direction, after: T) -> Page<T> {
    Page { after: Some(after), limit: ROWS, direction }
}

//! Finding a place in the log by time.

use crate::clock::Timestamp;
use crate::console::state::{EventRow, Position, Scope};
use crate::content_store::Store;
use crate::error::Result;
use crate::event_store::Page;

use super::pages::read_events;

/// The first event at or after a time, by halving: some thirty rows are read of millions. Within a space the
/// times never fall; among all spaces they may by a little, and the place is then a little off.
pub(super) fn first_at(store: &Store, scope: Scope, time: Timestamp) -> Result<Option<Position>> {
    let one = |page| read_events(store, scope, page).map(|rows| rows.into_iter().next());
    let at_or_after = |place: u64| one(Page::forward(place.checked_sub(1).map(Position), 1));
    let Some(last) = one(Page::backward(None, 1))? else { return Ok(None) };
    // All up to `before` lies before the time; what is first from `behind` on does not.
    let (mut before, mut behind) = (0, last.position.0 + 1);
    while behind - before > 1 {
        let middle = before + (behind - before) / 2;
        match at_or_after(middle)? {
            Some(EventRow { position, event }) if position.0 < behind && event.timestamp < time => {
                before = position.0;
            }
            _ => behind = middle,
        }
    }
    Ok(at_or_after(behind)?.map(|row| row.position))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::NewEvent;
    use crate::event_store::{Append, Expected};
    use crate::json::Json;
    use crate::space::SpaceId;

    /// Two spaces that take turns, an event every 10 ms, so that neither has every event id.
    fn store() -> (Store, SpaceId) {
        let store = Store::memory();
        let spaces = ["a", "b"]
            .map(|name| store.events().get_or_create_space(name, None, Timestamp(0)).unwrap().space_id);
        for at in 1..=100 {
            let events = [NewEvent::new("e", "t", Json::of(&at.into()))];
            let append = Append { expected: Expected::Any, now: Timestamp(at * 10), events: &events };
            store.events().append(spaces[usize::try_from(at % 2).unwrap()], append).unwrap();
        }
        (store, spaces[0])
    }

    #[test]
    fn the_first_event_at_or_after_a_time_is_found_in_a_space_and_among_all() {
        let (store, space) = store();
        for time in 0..1010 {
            let first = |step: i64| u64::try_from((time + step - 1).max(step) / step).ok();
            let found = |scope| first_at(&store, scope, Timestamp(time)).unwrap().map(|place| place.0);
            assert_eq!(found(Scope::All), first(10).filter(|place| *place <= 100), "all at {time}");
            assert_eq!(found(Scope::Space(space)), first(20).filter(|place| *place <= 50), "one at {time}");
        }
    }

    #[test]
    fn nothing_is_found_where_there_is_nothing() {
        assert_eq!(first_at(&Store::memory(), Scope::All, Timestamp(1)).unwrap(), None);
    }
}

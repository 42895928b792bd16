//! Finds a position in the log by time.

use crate::clock::Timestamp;
use crate::content_store::Store;
use crate::error::Result;
use crate::operations::{Position, Scope, first_of_all};

/// Returns the first event at or after a time. Times never decrease within a space, but they can decrease
/// across spaces, because an import keeps the original times. The spaces are therefore searched one by one;
/// if there are too many, the search assumes that times never decrease.
pub(super) fn first_at(store: &Store, scope: Scope, time: Timestamp) -> Result<Option<Position>> {
    let events = store.events();
    if scope == Scope::All {
        let last = events.last_event_id()?;
        if let Some(first) = first_of_all(events, time)? {
            return Ok((first <= last).then_some(Position(first.0)));
        }
    }
    let first = scope.first_where(events, |event| event.timestamp >= time)?;
    Ok(first.map(|event| scope.position(&event)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::NewEvent;
    use crate::event_store::{Append, Expected};
    use crate::json::Json;
    use crate::space::SpaceId;

    /// Two spaces that alternate, one event every 10 ms, so that neither has all event ids.
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
    fn the_first_event_at_or_after_a_time_is_found_in_one_space_and_in_all() {
        let (store, space) = store();
        for time in 0..1010 {
            let first = |step: i64| u64::try_from((time + step - 1).max(step) / step).ok();
            let found = |scope| first_at(&store, scope, Timestamp(time)).unwrap().map(|place| place.0);
            assert_eq!(found(Scope::All), first(10).filter(|place| *place <= 100), "all at {time}");
            assert_eq!(found(Scope::Space(space)), first(20).filter(|place| *place <= 50), "one at {time}");
        }
    }

    #[test]
    fn imported_older_times_do_not_mislead_the_search() {
        let (store, _) = store();
        let imported = store.events().get_or_create_space("c", None, Timestamp(0)).unwrap().space_id;
        for at in 1..=300 {
            let events = [NewEvent::new("e", "t", Json::of(&at.into()))];
            let append = Append { expected: Expected::Any, now: Timestamp(at * 2), events: &events };
            store.events().append(imported, append).unwrap();
        }
        let found = |time| first_at(&store, Scope::All, Timestamp(time)).unwrap().map(|place| place.0);
        for time in 1..=1000 {
            assert_eq!(found(time), u64::try_from((time + 9) / 10).ok(), "at {time}");
        }
        assert_eq!(found(1001), None);
        assert_eq!(first_at(&store, Scope::Space(imported), Timestamp(101)).unwrap(), Some(Position(51)));
    }

    #[test]
    fn an_empty_store_has_no_first_event() {
        assert_eq!(first_at(&Store::memory(), Scope::All, Timestamp(1)).unwrap(), None);
    }
}

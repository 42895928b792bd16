//! What must hold of every space, whatever happened.

use std::ops::ControlFlow;

use ramax::apps::Apps;
use ramax::operations::verify;
use ramax::{ContentStore, Event, EventId, Page, Store};

use super::desk::{Desk, Files};
use super::dump;

/// That the files are whole, and every space in them. Meant for a copy of a crashed file: it catches the
/// projections up.
#[track_caller]
pub fn assert_whole(desk: &Desk) {
    for connection in desk.connections() {
        assert_eq!(dump::rows(&connection, "PRAGMA integrity_check"), ["ok|"]);
    }
    let store = desk.store();
    for record in store.events().spaces(Page::forward(None, 1000)).unwrap() {
        if record.space.state == ramax::space::SpaceState::Open {
            let app = Apps::standard().of(&store, &record.space).unwrap().unwrap();
            let content = ContentStore::of(&store, record.space, app);
            assert_log_is_whole(&content);
            assert_projection_is_whole(&content, desk.files);
        }
    }
    assert_ids_rise(&store);
}

/// A space's events, in order.
pub fn events(content: &ContentStore) -> Vec<Event> {
    content.events(ramax::SpaceSequence(0)).map(Result::unwrap).collect()
}

#[track_caller]
fn assert_log_is_whole(content: &ContentStore) {
    let name = &content.space().space_name;
    let events = events(content);
    let head = content.store().events().space(content.space_id()).unwrap().unwrap().head;
    for (event, sequence) in events.iter().zip(1..) {
        assert_eq!(event.space_sequence.0, sequence, "{name} has a gap");
        assert!(event.intact, "{name}: event {} is not what was stored", event.event_id);
    }
    assert!(events.is_sorted_by(|one, next| one.event_id < next.event_id), "{name}: ids do not rise");
    assert!(events.is_sorted_by_key(|event| event.timestamp), "{name}: time runs back");
    let bytes: usize = events.iter().map(|event| event.payload.as_str().len()).sum();
    assert_eq!(head.last_sequence.0, events.len() as u64, "{name}");
    assert_eq!(head.last_event_id, events.last().map(|event| event.event_id).unwrap_or_default(), "{name}");
    assert_eq!(head.payload_bytes, bytes as u64, "{name}");
    let types = content.store().events().event_types(content.space_id()).unwrap();
    assert!(events.iter().all(|event| types.contains(&event.event_type.to_string())), "{name}");
}

#[track_caller]
fn assert_projection_is_whole(content: &ContentStore, files: Files) {
    let name = &content.space().space_name;
    let last = content.event_count().unwrap();
    let checkpoint = || content.store().pstate().checkpoint(content.space_id()).unwrap().sequence.0;
    match files {
        Files::One => assert_eq!(checkpoint(), last, "{name}: events without their effect"),
        Files::Two => assert!(checkpoint() <= last, "{name}: the projection is ahead of the log"),
    }
    assert_no_difference(content);
    content.catch_up(&mut |_, _| ControlFlow::Continue(())).unwrap();
    assert_eq!(checkpoint(), last, "{name}: not caught up");
    assert_no_difference(content);
}

/// That a space's projection is what its events amount to.
#[track_caller]
pub fn assert_no_difference(content: &ContentStore) {
    let verified = verify(content, &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(verified.differences.is_empty(), "{}: {verified:#?}", content.space().space_name);
}

#[track_caller]
fn assert_ids_rise(store: &Store) {
    let mut after = EventId(0);
    loop {
        let page = store.events().read_all(Page::forward(Some(after), 1000)).unwrap();
        for event in &page {
            assert!(event.event_id > after);
            after = event.event_id;
        }
        if page.is_empty() {
            break;
        }
    }
    assert!(store.events().last_event_id().unwrap() >= after);
}

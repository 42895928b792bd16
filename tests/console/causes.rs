//! The trace of an event, and the timeline of a business process.

use ramax::console::Headless;
use ramax::console::layers::timeline::Timeline;
use ramax::console::layers::trace::{TraceView, Tracing};
use ramax::console::panes::detail::{Detail, Subject};
use ramax::{Append, Apps, EventId, Expected, Json, NewEvent, SpaceId, Store};
use serde_json::json;

use crate::snapshots::look_at;
use crate::support::{Fixture, START, mark_owner, tenants};
use crate::{console, notice, screen};

const CORRELATION: &str = "00000000-0000-4000-8000-00000000abcd";

/// Appends an event of a business process to a space.
fn append(store: &Store, space: &str, entity: &str, cause: u64) -> SpaceId {
    let space_id = store.events().get_or_create_space(space, None, START).unwrap().space_id;
    let new = NewEvent {
        causation_id: (cause > 0).then_some(EventId(cause)),
        correlation_id: Some(CORRELATION.parse().unwrap()),
        ..NewEvent::new(entity, "order.changed", Json::of(&json!({"entity": entity})))
    };
    let append = Append { expected: Expected::Any, now: START, events: &[new] };
    store.events().append(space_id, append).unwrap();
    space_id
}

/// Nine events in three spaces. Event 1 causes 2, 4 and 8; 2 causes 3 and 7; 4 causes 5; 8 causes 9. Event 6 is alone.
fn process() -> Fixture {
    let fixture = Fixture::memory();
    let spaces = ["orders", "stock", "stock", "mail", "mail", "orders", "orders", "stock", "mail"];
    for (at, (space, cause)) in spaces.iter().zip([0, 1, 2, 1, 4, 0, 2, 1, 8]).enumerate() {
        append(&fixture.store, space, &format!("e{}", at + 1), cause);
    }
    fixture
}

fn delete(store: &Store, space_id: SpaceId) {
    let events = store.events();
    events.begin_delete(space_id, &mark_owner(1), None).unwrap();
    while events.delete_some(space_id, mark_owner(1).token, 100).unwrap().is_some() {}
    events.end_delete(space_id, mark_owner(1).token, false).unwrap();
}

fn trace(console: &Headless) -> &TraceView {
    console.state().layers.find::<TraceView>().expect("no trace")
}

/// The events on screen with their depths.
fn shape(console: &Headless) -> Vec<(usize, u64)> {
    trace(console).rows.iter().map(|row| (row.depth, row.event_id.0)).collect()
}

fn at(console: &Headless) -> u64 {
    trace(console).selected.0
}

#[test]
fn what_caused_an_event_and_what_it_caused_is_five_keys_away() {
    let store = tenants::empty();
    ramax::demo::seed(&store).unwrap();
    for keys in [":92<down><enter>", ":trace 92<enter>", "J92<enter>T"] {
        let mut console = console(&store);
        console.press(keys).unwrap();
        let shown = trace(&console);
        assert!(shown.rows.iter().any(|row| row.event_id == shown.asked), "{keys}: {}", screen(&console));
        assert_eq!(shown.tracing, Tracing::Done);
        if keys.starts_with(':') {
            assert_eq!((at(&console), shown.rows.len()), (92, 2), "{}", screen(&console));
        }
    }
}

#[test]
fn a_trace_is_walked_folded_and_opened() {
    let fixture = process();
    let mut console = console(&fixture.store);
    console.press(":trace 2<enter>").unwrap();
    let all = [(0, 1), (1, 2), (2, 3), (2, 7), (1, 4), (2, 5), (1, 8), (2, 9)];
    assert_eq!((shape(&console), at(&console)), (all.to_vec(), 2));
    for (keys, selected, rows) in [
        ("o", 2, 6),
        ("l", 2, 8),
        ("l", 3, 8),
        ("h", 2, 8),
        ("h", 2, 6),
        ("h", 1, 6),
        ("O", 1, 8),
        ("O", 1, 1),
        ("OG", 9, 8),
    ] {
        console.press(keys).unwrap();
        assert_eq!((at(&console), shape(&console).len()), (selected, rows), "{keys}");
    }
    console.press("<enter>").unwrap();
    let Some(detail) = console.state().layers.top_as::<Detail>() else { panic!("no details") };
    assert!(matches!(&detail.subject, Subject::Event(event) if event.event_id == EventId(9)));
    console.press("<esc>T").unwrap();
    assert_eq!((trace(&console).asked, console.state().layers.len()), (EventId(9), 1), "one trace at a time");
    console.press("<backspace>").unwrap();
    assert_eq!((trace(&console).asked, at(&console)), (EventId(2), 9), "with its selection");
}

#[test]
fn the_command_and_the_export_of_a_trace_name_its_event() {
    let directory = tempfile::tempdir().unwrap();
    let fixture = Fixture::one_file();
    for cause in [0, 1, 2] {
        append(&fixture.store, "orders", "e1", cause);
    }
    let mut console = console(&fixture.store).within(directory.path());
    console.press("J2<enter>TY").unwrap();
    assert!(console.copied[0].ends_with(" events trace 2"), "{}", console.copied[0]);
    console.press(":export list<enter><ctrl-s>").unwrap();
    let text = std::fs::read_to_string(directory.path().join("trace-2.jsonl")).unwrap();
    let depths: Vec<u64> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["depth"].as_u64().unwrap())
        .collect();
    assert_eq!(depths, [0, 1, 2], "{text}");
    console.press("<esc><esc><esc>J2<enter><ctrl-t>Y").unwrap();
    let command = format!(" events list --all-spaces --where correlation:{CORRELATION}");
    assert!(console.copied[1].ends_with(&command), "{}", console.copied[1]);
}

#[test]
fn what_is_wrong_with_causes_is_shown() {
    // An event that causes itself, a cycle of two, a cause that does not exist, and one that comes later.
    for (causes, asked, said, expected) in [
        (&[1][..], 1, "a cycle: event 1 names event 1", &[(0, 1)][..]),
        (&[2, 1], 2, "a cycle: event 1 names event 2", &[(0, 1), (1, 2)]),
        (&[99], 1, "event 99 caused event 1; it no longer exists", &[(0, 1)]),
        (&[2, 0], 1, "event 1 names event 2 as its cause, which does not precede it", &[(0, 1)]),
        (&[0], 7, "Event 7 does not exist", &[]),
    ] {
        let fixture = Fixture::memory();
        for cause in causes {
            append(&fixture.store, "orders", "e1", *cause);
        }
        let mut console = console(&fixture.store);
        console.press(&format!(":trace {asked}<enter>")).unwrap();
        assert!(screen(&console).contains(said), "{said}: {}", screen(&console));
        assert_eq!(shape(&console), expected, "{said}");
        console.press("jkohlGg").unwrap();
    }
    let mut console = console(&process().store);
    console.press(":trace ninety<enter>").unwrap();
    assert!(screen(&console).contains("not the id of an event"), "{}", screen(&console));
    console.press("<esc>3T").unwrap();
    assert_eq!(notice(&console), "trace: no key is selected");
}

#[test]
fn altered_and_redacted_events_are_marked_in_a_trace() {
    let fixture = Fixture::one_file();
    for cause in [0, 1] {
        append(&fixture.store, "orders", "e1", cause);
    }
    let file = rusqlite::Connection::open(fixture.file()).unwrap();
    file.execute("UPDATE event_log SET payload = '{\"entity\":\"e9\"}' WHERE event_id = 1", []).unwrap();
    let mut console = console(&fixture.store);
    console.press(":trace 2<enter>").unwrap();
    assert!(screen(&console).contains("✗ 1"), "{}", screen(&console));
}

#[test]
fn a_wide_and_a_deep_trace_are_bounded_and_say_what_is_left_out() {
    let fixture = Fixture::memory();
    let space_id = append(&fixture.store, "orders", "e1", 0);
    let effect = |cause: u64| NewEvent {
        causation_id: Some(EventId(cause)),
        ..NewEvent::new("e", "t", Json::of(&json!(1)))
    };
    let fan: Vec<NewEvent> = (0..10_050).map(|_| effect(1)).collect();
    let events = fixture.store.events();
    events.append(space_id, Append { expected: Expected::Any, now: START, events: &fan }).unwrap();
    let chain: Vec<NewEvent> = (10_051..10_300).map(effect).collect();
    events.append(space_id, Append { expected: Expected::Any, now: START, events: &chain }).unwrap();
    let mut console = console(&fixture.store);
    console.press(":trace 1<enter>").unwrap();
    assert_eq!(shape(&console).len(), 10_001);
    let said = "10,000 events read for effects; others are not shown: m reads more";
    assert!(screen(&console).contains(said), "{}", screen(&console));
    console.press("m").unwrap();
    assert_eq!((shape(&console).len(), at(&console)), (10_300, 1));
    assert!(!screen(&console).contains("not shown"));
    console.press("m").unwrap();
    assert_eq!(notice(&console), "more: all effects are shown");
    console.press("G").unwrap();
    assert_eq!(shape(&console).last(), Some(&(250, 10_300)));
    assert!(screen(&console).contains("(250) "), "the depth is named: {}", screen(&console));
}

#[test]
fn a_trace_follows_new_effects_and_deleted_spaces() {
    let fixture = Fixture::memory();
    append(&fixture.store, "orders", "e1", 0);
    let stock = append(&fixture.store, "stock", "e2", 1);
    append(&fixture.store, "mail", "e3", 2);
    let mut console = console(&fixture.store);
    console.press(":trace 3<enter>").unwrap();
    append(&fixture.store, "orders", "e4", 3);
    console.follow();
    assert_eq!((shape(&console), at(&console)), (vec![(0, 1), (1, 2), (2, 3), (3, 4)], 3));
    delete(&fixture.store, stock);
    console.follow();
    assert_eq!(shape(&console), [(0, 3), (1, 4)]);
    assert!(screen(&console).contains("event 2 caused event 3; it no longer exists"), "{}", screen(&console));
}

#[test]
fn a_timeline_has_a_lane_for_each_space() {
    let fixture = process();
    let mut console = console(&fixture.store);
    console.press("J2<enter><ctrl-t>").unwrap();
    let Some(timeline) = console.state().layers.top_as::<Timeline>() else { panic!("no timeline") };
    let ids: Vec<u64> = timeline.window.rows.iter().map(|row| row.event.event_id.0).collect();
    assert_eq!((ids, timeline.lanes.len()), ((1..=9).collect(), 3));
    let shown = screen(&console);
    let place = |text: &str| shown.lines().find_map(|line| Some(line[..line.find(text)?].chars().count()));
    for (space, entity) in [("orders", "e1"), ("stock", "e2"), ("mail", "e4")] {
        assert_eq!(place(space), place(&format!("● order.changed {entity}")), "{space}: {shown}");
    }
    console.press("g<enter>").unwrap();
    assert!(console.state().layers.top_as::<Detail>().is_some());
    console.press("<esc>T").unwrap();
    assert_eq!(shape(&console)[0], (0, 1));
    let mut narrow = Headless::new(fixture.store.clone(), Apps::standard(), 40, 12);
    narrow.press("J2<enter><ctrl-t>").unwrap();
    assert!(screen(&narrow).contains("space "), "{}", screen(&narrow));
}

#[test]
fn an_event_without_a_correlation_has_no_timeline() {
    let fixture = Fixture::memory();
    let space_id = fixture.space("orders").space_id;
    let events = [NewEvent::new("e1", "t", Json::of(&json!(1)))];
    fixture
        .store
        .events()
        .append(space_id, Append { expected: Expected::Any, now: START, events: &events })
        .unwrap();
    let mut console = console(&fixture.store);
    console.press("2<ctrl-t>").unwrap();
    let expected = fixture.store.events().event(EventId(1)).unwrap().unwrap().correlation_id;
    assert_eq!((notice(&console), expected), ("timeline: this event has no correlation", None));
}

/// A console over the process, at a size.
fn sized(width: u16, height: u16) -> Headless {
    Headless::new(process().store, Apps::standard(), width, height)
}

#[test]
fn a_trace_is_legible_at_every_size() {
    look_at("trace", |width, height| {
        let mut console = sized(width, height);
        console.press(":trace 2<enter>").unwrap();
        console
    });
}

#[test]
fn a_timeline_is_legible_at_every_size() {
    look_at("timeline", |width, height| {
        let mut console = sized(width, height);
        console.press(":trace 2<enter><ctrl-t>").unwrap();
        console
    });
}

#[test]
fn a_trace_is_filtered_to_the_matches_and_the_causes_that_lead_to_them() {
    let fixture = process();
    let mut console = console(&fixture.store);
    console.press(":trace 2<enter>/entity:e7,e9").unwrap();
    assert_eq!(shape(&console), [(0, 1), (1, 2), (2, 7), (1, 8), (2, 9)]);
    assert!(screen(&console).contains("2 of 8 events"), "{}", screen(&console));
    console.press("<ctrl-u>before:1h<enter>").unwrap();
    assert!(screen(&console).contains("No event of the trace matches"), "{}", screen(&console));
    console.press("<esc>").unwrap();
    assert_eq!(
        (shape(&console).len(), at(&console)),
        (8, 2),
        "Esc clears the filter, and the selection is back"
    );
    console.press("<ctrl-t>/entity:e7<enter>").unwrap();
    let timeline: &Timeline = console.state().layers.find().expect("no timeline");
    let events: Vec<u64> = timeline.window.rows.iter().map(|row| row.event.event_id.0).collect();
    assert_eq!(events, [7]);
}

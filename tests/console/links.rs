//! Links: from an event or a key to what it names, and the trail back.

use ramax::console::Headless;
use ramax::console::layers::history::History;
use ramax::console::layers::timeline::Timeline;
use ramax::console::panes::Pane;
use ramax::console::panes::detail::{Detail, ReferenceState, Subject};
use ramax::{Append, EventId, Expected, Json, NewEvent, SpaceId, Store};
use serde_json::{Value, json};

use crate::snapshots::look_at;
use crate::support::{Fixture, START, mark_owner};
use crate::{console, notice, screen};

/// Two events, the second caused by the first, and keys that refer to each other.
fn linked() -> (Fixture, SpaceId) {
    let fixture = Fixture::memory();
    let space_id = fixture.crm("crm_acme").space_id();
    for (entity, cause) in [("c1", None), ("c2", Some(EventId(1))), ("c3", Some(EventId(99)))] {
        let correlation_id = Some("00000000-0000-4000-8000-00000000abcd".parse().unwrap());
        let payload = Json::of(&json!({"contact_id": entity}));
        let new = NewEvent {
            causation_id: cause,
            correlation_id,
            ..NewEvent::new(entity, "contact.seen", payload)
        };
        let append = Append { expected: Expected::Any, now: START, events: &[new] };
        fixture.store.events().append(space_id, append).unwrap();
    }
    put(&fixture.store, space_id, "contact:c1", json!({"friend": {"$ref": "contact:c2"}, "n": 1}));
    put(
        &fixture.store,
        space_id,
        "contact:c2",
        json!({"friends": [{"$ref": "contact:c1"}, {"$ref": "contact:gone"}]}),
    );
    (fixture, space_id)
}

fn put(store: &Store, space_id: SpaceId, key: &str, value: Value) {
    store.pstate().put(space_id.into(), key, Json::of(&value), START).unwrap();
}

/// Moves the cursor of the detail to the line with a text.
fn go_to(console: &mut Headless, text: &str) {
    for _ in 0..40 {
        // The detail is below the list.
        if screen(console).lines().skip(20).any(|line| line.contains('>') && line.contains(text)) {
            return;
        }
        console.press("j").unwrap();
    }
    panic!("{text:?} is not in\n{}", screen(console));
}

/// The id of the event in the open detail, or the key.
fn opened(console: &Headless) -> String {
    match console.state().layers.top_as::<Detail>().map(|detail| &detail.subject) {
        Some(Subject::Event(event)) => event.event_id.to_string(),
        Some(Subject::Entry { entry, .. }) => entry.key.clone(),
        _ => String::new(),
    }
}

#[test]
fn enter_follows_the_link_under_the_cursor_and_one_key_goes_back() {
    let (fixture, _) = linked();
    let mut console = console(&fixture.store);
    console.press("J2<enter><enter>").unwrap();
    assert_eq!(opened(&console), "2");
    go_to(&mut console, "caused by");
    let cursor = console.state().layers.top_as::<Detail>().unwrap().cursor;
    console.press("<enter>").unwrap();
    assert_eq!((opened(&console).as_str(), console.state().trail.len()), ("1", 2), "a jump, and a link");
    for (back, forward) in [("<backspace>", "<alt-right>"), ("<alt-left>", "<alt-right>")] {
        console.press(back).unwrap();
        let detail = console.state().layers.top_as::<Detail>().unwrap();
        assert_eq!((opened(&console).as_str(), detail.cursor), ("2", cursor), "{back}: with its cursor");
        console.press(forward).unwrap();
        assert_eq!(opened(&console), "1", "{forward}");
    }
    console.press("<alt-right>").unwrap();
    assert_eq!(notice(&console), "next place: there is no place to go forward to");
    console.press("<backspace><backspace><backspace>").unwrap();
    assert_eq!(
        notice(&console),
        "last place: there is no earlier place: links, jumps and the palette leave one"
    );
}

#[test]
fn terminals_send_the_keys_of_the_trail_in_every_form() {
    let (fixture, _) = linked();
    let mut console = console(&fixture.store);
    for (back, forward) in
        [(&b"\x1b[1;3D"[..], &b"\x1b[1;3C"[..]), (b"\x1b\x1b[D", b"\x1b\x1b[C"), (b"\x7f", b"\x1b[1;3C")]
    {
        console.press("J2<enter>").unwrap();
        let length = console.state().trail.len();
        console.receive(back);
        assert_eq!(console.state().trail.len(), length - 1, "{back:?}");
        console.receive(forward);
        assert_eq!(console.state().trail.len(), length, "{forward:?}");
    }
}

#[test]
fn a_correlation_an_entity_and_a_space_are_links() {
    let (fixture, space_id) = linked();
    let mut console = console(&fixture.store);
    console.press("J2<enter><enter>").unwrap();
    go_to(&mut console, "correlation");
    console.press("<enter>").unwrap();
    let timeline = console.state().layers.top_as::<Timeline>().expect("no timeline");
    assert_eq!(timeline.window.rows.len(), 3);
    console.press("<backspace>").unwrap();
    assert_eq!(opened(&console), "2");
    // The brief lines name the entity and the space, which the pointer reaches.
    let click = |console: &mut Headless, text: &str| {
        let shown = screen(console);
        let detail = shown.lines().enumerate().skip(15);
        let mut found = detail.filter_map(|(y, line)| Some((line[..line.find(text)?].chars().count(), y)));
        let (x, y) = found.next().unwrap_or_else(|| panic!("{text} is not in {shown}"));
        console.click(x as u16 + 1, y as u16);
    };
    click(&mut console, "c2 · sequence 2");
    let history = console.state().layers.top_as::<History>().expect("no history");
    assert_eq!(history.entity_id, "c2");
    console.press("<backspace>").unwrap();
    click(&mut console, "crm_acme");
    assert_eq!((console.state().focus, console.state().spaces.selected), (Pane::Spaces, Some(space_id)));
    console.press("<backspace>").unwrap();
    assert_eq!((console.state().focus, opened(&console).as_str()), (Pane::Events, "2"));
}

#[test]
fn a_link_that_leads_nowhere_says_so_and_moves_nothing() {
    let (fixture, _) = linked();
    let mut console = console(&fixture.store);
    console.press("J3<enter><enter>").unwrap();
    go_to(&mut console, "caused by");
    console.press("<enter>").unwrap();
    assert_eq!(notice(&console), "event 99 does not exist: there is none with this id yet");
    console.press("c").unwrap();
    assert_eq!((opened(&console).as_str(), console.state().trail.len()), ("3", 1));
    console.press("<esc>3j<enter>").unwrap();
    go_to(&mut console, "contact:gone");
    console.press("<enter>").unwrap();
    assert_eq!(notice(&console), "state of crm_acme has no key contact:gone");
    assert_eq!(opened(&console), "contact:c2");
}

#[test]
fn a_reference_leads_to_its_key_and_back_with_the_filter() {
    let (fixture, _) = linked();
    let mut console = console(&fixture.store);
    console.press("3/c1<enter><enter>").unwrap();
    go_to(&mut console, "contact:c2");
    console.press("<enter>").unwrap();
    assert_eq!((opened(&console).as_str(), console.state().projections.filter.as_str()), ("contact:c2", ""));
    console.press("<backspace>").unwrap();
    assert_eq!(
        (opened(&console).as_str(), console.state().projections.filter.as_str()),
        ("contact:c1", "c1")
    );
}

#[test]
fn a_trail_keeps_the_last_hundred_places_and_forgets_deleted_spaces() {
    let (fixture, space_id) = linked();
    let mut console = console(&fixture.store);
    for at in 0..120 {
        console.press(if at % 2 == 0 { "J1<enter>" } else { "J2<enter>" }).unwrap();
    }
    assert_eq!(console.state().trail.len(), 100);
    for _ in 0..100 {
        console.press("<backspace>").unwrap();
    }
    assert!(console.state().trail.is_empty());
    let events = fixture.store.events();
    events.begin_delete(space_id, &mark_owner(1), None).unwrap();
    while events.delete_some(space_id, mark_owner(1).token, 100).unwrap().is_some() {}
    events.end_delete(space_id, mark_owner(1).token, false).unwrap();
    console.follow();
    console.press("<alt-right>").unwrap();
    assert_eq!(notice(&console), "next place: there is no place to go forward to");
}

fn document(console: &Headless) -> String {
    let detail = console.state().layers.top_as::<Detail>().expect("no details");
    detail.json().unwrap().as_str().to_owned()
}

#[test]
fn references_are_expanded_in_place_over_chosen_levels() {
    let (fixture, space_id) = linked();
    let mut console = console(&fixture.store);
    console.press("3<enter>").unwrap();
    let none = document(&console);
    go_to(&mut console, "contact:c2");
    console.press("e").unwrap();
    let one = r#"{"friend":{"friends":[{"$ref":"contact:c1"},{"$ref":"contact:gone"}]},"n":1}"#;
    assert_eq!(document(&console), one);
    for said in ["→ contact:c2", "a cycle: this is within contact:c1"] {
        assert!(screen(&console).contains(said), "{said}: {}", screen(&console));
    }
    console.press("e").unwrap();
    assert_eq!(document(&console), none, "the same key hides it again");
    console.press("E").unwrap();
    assert_eq!(
        (document(&console).as_str(), notice(&console)),
        (one, "references are expanded over 1 level; `E` continues")
    );
    console.press("E").unwrap();
    assert!(screen(&console).contains("there is no contact:gone"), "{}", screen(&console));
    assert_eq!(notice(&console), "all references are expanded, over 2 levels; `E` hides them again");
    let Some(detail) = console.state().layers.top_as::<Detail>() else { panic!("no details") };
    let states = detail.references.expansion().unwrap().references.iter().map(|found| found.state);
    use ReferenceState::{Cycle, Expanded, Missing};
    assert_eq!(states.collect::<Vec<_>>(), [Expanded, Cycle, Missing]);
    // The values are read again when they change.
    put(&fixture.store, space_id, "contact:c2", json!({"name": "Grace"}));
    console.follow();
    assert_eq!(document(&console), r#"{"friend":{"name":"Grace"},"n":1}"#);
    console.press("E").unwrap();
    assert_eq!(document(&console), none);
}

#[test]
fn the_command_of_expanded_references_names_their_depth_or_path() {
    let fixture = Fixture::one_file();
    let space_id = fixture.crm("crm_acme").space_id();
    put(
        &fixture.store,
        space_id,
        "contact:c1",
        json!({"cards": [{"$ref": "contact:c1"}, {"$ref": "contact:c2"}]}),
    );
    put(&fixture.store, space_id, "contact:c2", json!(2));
    let mut console = console(&fixture.store);
    let command = |console: &mut Headless, keys: &str| {
        console.press(&format!("{keys}Y")).unwrap();
        console.copied.last().unwrap().split_once(" projections get ").unwrap().1.to_owned()
    };
    assert_eq!(command(&mut console, "3<enter>"), "crm_acme contact:c1 --projection state");
    go_to(&mut console, "contact:c2");
    let path = "crm_acme contact:c1 --projection state --path 'cards[1]' --depth 1";
    assert_eq!(command(&mut console, "e"), path);
    assert_eq!(command(&mut console, "E"), "crm_acme contact:c1 --projection state --depth 1");
    console.press("ge").unwrap();
    assert_eq!(notice(&console), "expand: there is no reference under the cursor");
}

#[test]
fn expanded_references_are_legible_at_every_size() {
    look_at("expanded-references", |width, height| {
        let (fixture, _) = linked();
        let mut console = Headless::new(fixture.store, ramax::Apps::standard(), width, height);
        console.press("3<enter>EEj").unwrap();
        console
    });
}

/// The sequence of the past that is shown.
fn past(console: &Headless) -> Option<u64> {
    console.state().travel.as_ref().map(|travel| travel.at.0)
}

#[test]
fn esc_from_a_view_that_was_opened_in_the_past_returns_there() {
    let (fixture, _) = linked();
    for view in ["T", "<ctrl-t>", "TkT"] {
        let mut console = console(&fixture.store);
        console.press("tJ2<enter>2<enter>").unwrap();
        let before = (opened(&console), past(&console));
        assert_eq!(before.1, Some(2), "{}", screen(&console));
        console.press(view).unwrap();
        assert_eq!(past(&console), None, "{view}: {}", screen(&console));
        for _ in 0..view.matches('T').count().max(1) {
            console.press("<esc>").unwrap();
        }
        assert_eq!((opened(&console), past(&console)), before, "{view}: {}", screen(&console));
    }
}

#[test]
fn the_entity_and_the_space_of_the_header_are_reached_with_the_cursor() {
    let (fixture, space_id) = linked();
    let mut console = console(&fixture.store);
    console.press("J2<enter><enter>").unwrap();
    go_to(&mut console, "entity");
    console.press("<enter>").unwrap();
    let history = console.state().layers.top_as::<History>().expect("no history");
    assert_eq!((history.space_id, history.entity_id.as_str()), (space_id, "c2"));
    console.press("<backspace>").unwrap();
    go_to(&mut console, "space");
    console.press("<enter>").unwrap();
    assert_eq!((console.state().focus, console.state().layers.len()), (Pane::Spaces, 0));
}

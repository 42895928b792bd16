//! Moving in lists: windows on long ones, selection by identity, filters, following, details.

use std::sync::Arc;

use ramax::apps::Crm;
use ramax::console::Headless;
use ramax::console::app::effect::{Effect, StoreQuery};
use ramax::console::app::message::{Answer, Message};
use ramax::console::app::update::update;
use ramax::console::app::window::Load;
use ramax::console::layers::compare::Comparison;
use ramax::console::panes::Pane;
use ramax::console::panes::detail::{Detail, Subject};
use ramax::operations::{Position, Scope};
use ramax::{Append, ContentStore, Expected, NewEvent};
use serde_json::json;

use crate::support::{Fixture, START, add_contact, event, publish, rename_contact};
use crate::{console, notice, screen, two_tenants};

fn selected_event(console: &Headless) -> u64 {
    console.state().events.window.selected.map_or(0, |position| position.0)
}

/// A space with `count` events, every hundredth of another kind.
fn long_space(count: u64) -> Fixture {
    let fixture = Fixture::memory();
    let space_id = fixture.space("crm_long").space_id;
    let events: Vec<NewEvent> = (1..=count)
        .map(|at| {
            let kind = if at % 100 == 0 { "contact.starred" } else { "contact.seen" };
            event(&format!("c{}", at % 7), kind, json!({"at": at}))
        })
        .collect();
    let append = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(space_id, append).unwrap();
    fixture
}

#[test]
fn a_long_stream_opens_at_its_end_and_loads_page_by_page() {
    let fixture = long_space(20_000);
    let mut console = console(&fixture.store);
    console.press("2").unwrap();
    assert_eq!(selected_event(&console), 20_000);
    console.press("g").unwrap();
    assert_eq!(selected_event(&console), 1);
    for _ in 0..300 {
        console.press("<pgdn>").unwrap();
    }
    let page = u64::from(console.state().viewports.of(Pane::Events)) - 1;
    assert_eq!(selected_event(&console), 1 + 300 * page, "every page is a full one");
    assert!(console.state().events.window.rows.len() <= 4000, "rows far behind are dropped");
    console.press("J12,345<enter>").unwrap();
    assert_eq!(selected_event(&console), 12_345);
    console.press("kk").unwrap();
    assert_eq!(selected_event(&console), 12_343);
    console.press("G").unwrap();
    assert_eq!(selected_event(&console), 20_000);
}

#[test]
fn the_selected_row_is_always_visible() {
    let fixture = long_space(500);
    let mut console = console(&fixture.store);
    console.press("2").unwrap();
    for (keys, size) in
        [("<ctrl-u><ctrl-u>", (80, 24)), ("kkkk", (200, 50)), ("gjj", (40, 12)), ("G", (120, 40))]
    {
        console.press(keys).unwrap();
        console.resize(size.0, size.1);
        let (state, selected) = (console.state(), selected_event(&console));
        let mut visible = state.events.window.visible(state.viewports.of(Pane::Events).into());
        assert!(visible.any(|row| row.position.0 == selected), "{keys} at {size:?}");
    }
}

#[test]
fn following_shows_events_of_another_writer_and_a_pause_keeps_the_selection() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    for id in ["c1", "c2", "c3"] {
        crm.execute(add_contact(id)).unwrap();
    }
    let other = ContentStore::open(&fixture.other_process(), "crm_acme", Arc::new(Crm)).unwrap();
    let mut console = console(&fixture.store);
    console.press("2").unwrap();
    other.execute(add_contact("c4")).unwrap();
    console.follow();
    assert_eq!(selected_event(&console), 4);
    console.press("kk").unwrap();
    assert_eq!((selected_event(&console), console.state().events.following), (2, false));
    let top = console.state().events.window.top;
    other.execute(add_contact("c5")).unwrap();
    console.follow();
    let window = &console.state().events.window;
    assert_eq!((selected_event(&console), window.top), (2, top), "the selection stays");
    assert_eq!(window.rows.len(), 5, "and the new events are loaded");
    console.press("f").unwrap();
    assert_eq!((selected_event(&console), console.state().events.following), (5, true));
}

#[test]
fn following_catches_up_with_more_than_a_page_at_once() {
    let fixture = long_space(10);
    let mut console = console(&fixture.store);
    let events: Vec<NewEvent> = (0..5000).map(|at| event("c1", "contact.seen", json!({"at": at}))).collect();
    let append = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(fixture.space("crm_long").space_id, append).unwrap();
    console.follow();
    assert_eq!(selected_event(&console), 5010);
}

#[test]
fn the_selection_stays_while_projections_change() {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    for id in ["c2", "c4"] {
        crm.execute(add_contact(id)).unwrap();
    }
    let mut console = console(&fixture.store);
    console.press("3j<enter>").unwrap();
    assert_eq!(console.state().projections.window.selected.as_deref(), Some("contact:c4"));
    crm.execute(add_contact("c3")).unwrap();
    crm.execute(rename_contact("c4", "Another")).unwrap();
    console.follow();
    assert_eq!(console.state().projections.window.selected.as_deref(), Some("contact:c4"));
    assert_eq!(console.state().projections.window.rows.len(), 4);
    let Some(detail) = console.state().layers.top_as::<Detail>() else { panic!("no details") };
    let Subject::Entry { entry, .. } = &detail.subject else { panic!("no key") };
    assert_eq!(entry.value.to_value()["name"], "Another", "an open detail is updated");
}

#[test]
fn spaces_are_filtered_and_sorted_around_the_selected_one() {
    let fixture = Fixture::memory();
    for (name, contacts) in [("crm_acme", 1), ("crm_beta", 3), ("crm_widgets", 2)] {
        let crm = fixture.crm(name);
        for at in 0..contacts {
            crm.execute(add_contact(&format!("c{at}"))).unwrap();
        }
    }
    let mut console = console(&fixture.store);
    let name = |console: &Headless| console.state().space().unwrap().space.space_name.clone();
    let shown = |console: &Headless| -> Vec<String> {
        console.state().spaces.shown.iter().map(|id| console.state().space_name(*id)).collect()
    };
    console.press("jss").unwrap();
    assert_eq!(shown(&console), ["crm_beta", "crm_widgets", "crm_acme"]);
    assert_eq!(name(&console), "crm_beta", "the same space, at another position");
    console.press("/WID").unwrap();
    assert_eq!((shown(&console), name(&console)), (vec!["crm_widgets".to_owned()], "crm_widgets".to_owned()));
    console.press("<enter>").unwrap();
    assert_eq!(console.state().events.window.rows.len(), 2, "its events are shown");
    console.press("<esc>").unwrap();
    assert_eq!((shown(&console).len(), name(&console)), (3, "crm_widgets".to_owned()));
    console.press("/zzz").unwrap();
    assert!(shown(&console).is_empty() && console.state().space().is_none());
    console.press("<esc>").unwrap();
    let back = (shown(&console).len(), name(&console));
    assert_eq!(back, (3, "crm_widgets".to_owned()), "Esc restores the previous selection");
}

#[test]
fn events_are_searched_beyond_the_loaded_rows() {
    let fixture = long_space(20_000);
    let mut console = console(&fixture.store);
    let found = |console: &Headless| -> Vec<u64> {
        console.state().events.window.rows.iter().map(|row| row.position.0).collect()
    };
    console.press("2/STARRED").unwrap();
    assert_eq!(selected_event(&console), 20_000);
    assert!(found(&console).iter().all(|at| at % 100 == 0), "only matches are shown");
    console.press("<enter>g").unwrap();
    assert_eq!(selected_event(&console), 100);
    console.press("<esc>").unwrap();
    assert!(console.state().events.filter.is_empty());
    assert_eq!(selected_event(&console), 100, "without the filter the selection stays");
    console.press("/payload.at=777<enter>").unwrap();
    assert_eq!(found(&console), [777]);
    console.press("<esc>/no such thing<enter>").unwrap();
    assert!(found(&console).is_empty());
    let window = &console.state().events.window;
    assert!(window.at_start && window.at_end && window.pending.is_none(), "the search is complete");
}

#[test]
fn a_search_without_a_match_returns_to_its_start() {
    let fixture = long_space(5000);
    let mut console = console(&fixture.store);
    console.press("2J1,234<enter>/no such thing").unwrap();
    assert!(console.state().events.selected().is_none());
    console.press("<esc>").unwrap();
    assert_eq!(selected_event(&console), 1234);
    console.press("/no such thing<enter><esc>").unwrap();
    assert_eq!(selected_event(&console), 1234);
    console.press("3/zzz<esc>").unwrap();
    assert!(console.state().projections.filter.is_empty());
}

#[test]
fn the_next_row_opens_without_returning_to_the_list() {
    let fixture = long_space(3);
    let mut console = console(&fixture.store);
    let looked_at = |console: &Headless| match console.state().layers.top_as::<Detail>() {
        Some(Detail { subject: Subject::Event(event), .. }) => event.space_sequence.0,
        other => panic!("{other:?}"),
    };
    console.press("2g<enter>]").unwrap();
    assert_eq!(looked_at(&console), 2);
    console.press("]]]").unwrap();
    assert_eq!(looked_at(&console), 3, "the last stays the last");
    console.press("[").unwrap();
    assert_eq!((looked_at(&console), selected_event(&console)), (2, 2));
}

#[test]
fn keys_are_filtered_by_text_in_the_key_or_value() {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    for id in ["c1", "c%", "C1"] {
        crm.execute(add_contact(id)).unwrap();
    }
    let mut console = console(&fixture.store);
    let keys = |console: &Headless| -> Vec<String> {
        console.state().projections.window.rows.iter().map(|entry| entry.key.clone()).collect()
    };
    crm.execute(rename_contact("c1", "Ada \"the\" King")).unwrap();
    console.follow();
    console.press("3/contact:c").unwrap();
    assert_eq!(keys(&console), ["contact:C1", "contact:c%", "contact:c1"]);
    console.press("%").unwrap();
    assert_eq!(keys(&console), ["contact:c%"]);
    console.press("<esc>/\"THE\" k").unwrap();
    assert_eq!(keys(&console), ["contact:c1"]);
    console.press("<esc>/\":").unwrap();
    assert_eq!(keys(&console), [""; 0], "text is not found across keys and values");
}

#[test]
fn the_events_of_all_spaces_are_one_stream_and_the_selected_event_stays() {
    let fixture = Fixture::memory();
    let (crm, cms) = (fixture.crm("crm_acme"), fixture.cms("cms_site"));
    crm.execute(add_contact("c1")).unwrap();
    cms.execute(publish("a1", "One")).unwrap();
    crm.execute(add_contact("c2")).unwrap();
    let mut console = console(&fixture.store);
    console.press("2k").unwrap();
    let event = |console: &Headless| console.state().events.selected().unwrap().event_id.0;
    assert_eq!((event(&console), console.state().events.window.rows.len()), (1, 2));
    console.press("a").unwrap();
    assert_eq!(console.state().events.scope, Some(Scope::All));
    assert_eq!((event(&console), console.state().events.window.rows.len()), (1, 3));
    console.press("a").unwrap();
    assert_eq!((event(&console), console.state().events.window.rows.len()), (1, 2));
}

#[test]
fn a_document_folds_and_the_part_under_the_cursor_is_copied() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let mut console = console(&fixture.store);
    console.press("2<enter>jjyy").unwrap();
    assert_eq!(console.copied.last().map(String::as_str), Some("Name of c1"));
    assert_eq!(notice(&console), "sent to the clipboard: /name, 10 bytes");
    console.press("h").unwrap();
    let Some(detail) = console.state().layers.top_as::<Detail>() else { panic!("no details") };
    assert_eq!((detail.cursor, detail.folded.len()), (0, 1));
    console.press("<esc>yy").unwrap();
    let copied: serde_json::Value = serde_json::from_str(console.copied.last().unwrap()).unwrap();
    assert_eq!(copied["entity_id"], "c1");
}

#[test]
fn an_answer_to_an_outdated_request_changes_nothing() {
    let fixture = long_space(300);
    let mut state = ramax::console::app::state::ConsoleState::new("memory", false, ramax::Apps::standard());
    let loaded = console(&fixture.store);
    state.spaces = loaded.state().spaces.clone();
    state.viewports = loaded.state().viewports;
    let ask = |effects: Vec<Effect>| {
        effects.into_iter().find_map(|effect| match effect {
            Effect::Query(StoreQuery::LoadEvents { request, load, .. }) => Some((request, load)),
            _ => None,
        })
    };
    let (first, load) = ask(update(&mut state, Message::Resumed)).unwrap();
    assert_eq!(load, Load::End);
    let jump = ramax::console::app::key::Key::sequence("2J7<enter>").unwrap();
    let asked = jump.into_iter().flat_map(|key| update(&mut state, Message::Key(key))).collect();
    let (second, load) = ask(asked).unwrap();
    assert_eq!(load, Load::Around(Position(7)));
    let rows = loaded.state().events.window.rows.clone();
    let slice = ramax::console::app::window::Slice {
        rows: rows.into(),
        from: None,
        to: None,
        at_start: true,
        at_end: true,
        searched: 0,
    };
    let before = state.revision;
    update(&mut state, Message::Events(Answer { request: first, result: Ok(slice.clone()) }));
    assert!(state.events.window.rows.is_empty() && state.revision == before);
    update(&mut state, Message::Events(Answer { request: second, result: Ok(slice) }));
    assert!(!state.events.window.rows.is_empty() && state.revision > before);
    assert_eq!(state.focus, Pane::Events);
}

#[test]
fn text_after_the_key_of_a_filter_never_acts_as_keys() {
    let fixture = two_tenants();
    for keys in ["2<enter>", "5", "1#", "1U"] {
        let mut console = console(&fixture.store);
        console.press(keys).unwrap();
        let open = console.state().layers.len();
        console.press("/").unwrap();
        assert!(notice(&console).contains("filter"), "{keys}: {}", notice(&console));
        console.press("Dqn1R").unwrap();
        assert!(screen(&console).contains("no filter here Dqn1R"), "{keys}: {}", screen(&console));
        console.press("<enter>").unwrap();
        assert_eq!(console.state().layers.len(), open, "{keys}");
        assert!(!console.state().quit);
    }
}

#[test]
fn a_comparison_is_filtered_by_a_text_in_a_key_a_path_or_a_value() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("3tJ0..3<enter>").unwrap();
    let shown = |console: &Headless| {
        let comparison: &Comparison = console.state().layers.find().expect("no comparison");
        comparison.shown.iter().map(|field| field.key.clone()).collect::<Vec<_>>()
    };
    let all = shown(&console);
    console.press("/CONTACT:c2<enter>").unwrap();
    let found = shown(&console);
    assert!(!found.is_empty() && found.len() < all.len(), "{found:?} of {all:?}");
    assert!(found.iter().all(|key| key == "contact:c2"), "{found:?}");
    console.press("/<ctrl-u>nothing").unwrap();
    assert!(screen(&console).contains("No difference contains “nothing”"), "{}", screen(&console));
    console.press("<esc>").unwrap();
    assert_eq!(shown(&console), found, "Esc restores the filter from before");
    console.press("<esc>").unwrap();
    assert_eq!(shown(&console), all, "and then clears it");
}

#[test]
fn the_payload_has_room_beside_the_names_of_all_spaces() {
    let fixture = two_tenants();
    for (width, least) in [(60, 11), (80, 13), (100, 12), (120, 14)] {
        let mut console = Headless::new(fixture.store.clone(), ramax::Apps::standard(), width, 30);
        console.press("2a").unwrap();
        let shown = screen(&console);
        let heading = shown.lines().find(|line| line.contains("payload") && line.contains("entity"));
        let heading: Vec<char> = heading.unwrap_or_else(|| panic!("{shown}")).chars().collect();
        let from = heading.windows(7).position(|part| part == ['p', 'a', 'y', 'l', 'o', 'a', 'd']).unwrap();
        let room = heading.iter().rposition(|c| "│┃".contains(*c)).unwrap_or(0) - from - 1;
        assert!(room >= least, "{room} at {width}: {shown}");
    }
}

#[test]
fn the_time_of_a_first_event_is_read_once_its_space_is_on_screen() {
    let fixture = Fixture::memory();
    for number in 0..90 {
        let space_id = fixture.space(&format!("crm_{number:02}")).space_id;
        let events = [event("c1", "contact.seen", json!({}))];
        let append = Append { expected: Expected::Any, now: START, events: &events };
        fixture.store.events().append(space_id, append).unwrap();
    }
    let mut console = console(&fixture.store);
    let is_read = |console: &Headless, name: &str| {
        let spaces = &console.state().spaces;
        let space = spaces.named(name).and_then(|space_id| spaces.get(space_id)).unwrap();
        space.first_event_at.is_some()
    };
    console.press("1g").unwrap();
    assert!(is_read(&console, "crm_00"), "{}", screen(&console));
    assert!(!is_read(&console, "crm_89"));
    console.press("G").unwrap();
    assert!(is_read(&console, "crm_89"), "{}", screen(&console));
    assert!(!is_read(&console, "crm_45"));
}

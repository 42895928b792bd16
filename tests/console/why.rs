//! Why a value is what it is: the changes of an event, the history of a key, blame, and since when a condition holds.

use ramax::console::Headless;
use ramax::console::app::effect::Effect;
use ramax::console::app::key::Key;
use ramax::console::app::message::Message;
use ramax::console::app::past::PastCommand;
use ramax::console::app::update::update;
use ramax::console::layers::blame::Blame;
use ramax::console::layers::flips::FlipList;
use ramax::console::layers::key_history::KeyHistory;
use ramax::console::panes::detail::{Detail, Subject};
use ramax::operations::{DeleteOptions, Rebuild, delete, keep_going, rebuild};
use ramax::{Append, Apps, Command, Expected, Json, NewEvent};
use serde_json::json;

use crate::support::{Fixture, START, add_contact, event, rename_contact};
use crate::{console, notice, screen};

/// A contact that is added, gets a name twice, and another contact in between.
fn renamed() -> Fixture {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    crm.execute(rename_contact("c1", "Ada")).unwrap();
    crm.execute(add_contact("c2")).unwrap();
    crm.execute(rename_contact("c1", "Ada King")).unwrap();
    fixture
}

/// Returns the sequences of the changes on screen, from the top.
fn changes(console: &Headless) -> Vec<u64> {
    let Some(history) = console.state().layers.find::<KeyHistory>() else { panic!("{}", screen(console)) };
    history.window.rows.iter().map(|row| row.event.space_sequence.0).collect()
}

/// Returns the flips on screen: the sequence, and true if the condition holds from there.
fn flips(console: &Headless) -> Vec<(u64, bool)> {
    let Some(flips) = console.state().layers.find::<FlipList>() else { panic!("{}", screen(console)) };
    flips.window.rows.iter().map(|row| (row.event.space_sequence.0, row.holds)).collect()
}

/// Returns the event whose detail is open.
fn opened(console: &Headless) -> Option<u64> {
    match &console.state().layers.top_as::<Detail>()?.subject {
        Subject::Event(event) => Some(event.space_sequence.0),
        _ => None,
    }
}

/// Moves down to the line with a text.
fn go_to(console: &mut Headless, text: &str) {
    for _ in 0..40 {
        if screen(console).lines().any(|line| line.contains('>') && line.contains(text)) {
            return;
        }
        console.press("j").unwrap();
    }
    panic!("{text} is not reached: {}", screen(console));
}

#[test]
fn the_detail_of_an_event_shows_what_it_changed() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("2").unwrap();
    assert!(!screen(&console).contains("changes"), "only an open detail asks: {}", screen(&console));
    console.press("<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("changes  2 keys"), "{shown}");
    assert!(shown.contains("\"Ada\" → \"Ada King\""), "{shown}");
    console.press("[").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("+ contact:c2") && shown.contains("contacts:count  1 → 2"), "{shown}");
}

#[test]
fn an_event_that_changed_nothing_says_why_in_its_place() {
    let fixture = renamed();
    let events =
        [event("c3", "contact.added", json!({"contact_id": "c3"})), event("c1", "contact.waved", json!({}))];
    let append = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(fixture.space("crm_acme").space_id, append).unwrap();
    let mut console = console(&fixture.store);
    console.press("2<enter>").unwrap();
    assert!(screen(&console).contains("No projection handles events of this type"), "{}", screen(&console));
    console.press("[").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("✗ skipped by state: ") && shown.contains("missing field `name`"), "{shown}");
    console.press("[").unwrap();
    assert!(screen(&console).contains("\"Ada\" → \"Ada King\""), "{}", screen(&console));
}

#[test]
fn the_history_of_a_key_lists_every_change_in_both_orders() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("3H").unwrap();
    assert_eq!(changes(&console), [4, 2, 1]);
    assert!(screen(&console).contains("name \"Ada\" → \"Ada King\""), "{}", screen(&console));
    console.press("js").unwrap();
    assert_eq!(changes(&console), [1, 2, 4]);
    console.press("<enter>").unwrap();
    assert_eq!(opened(&console), Some(2), "the selected change stays selected");
    console.press("<esc>/king<enter>").unwrap();
    assert_eq!(changes(&console), [4]);
    console.press("/nowhere").unwrap();
    assert_eq!(changes(&console), [0; 0]);
    console.press("<esc>").unwrap();
    assert_eq!(changes(&console), [4], "Esc returns to the filter before");
}

#[test]
fn a_change_follows_to_the_history_of_its_key() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("2kk<enter>").unwrap();
    assert_eq!(opened(&console), Some(2));
    go_to(&mut console, "contact:c1");
    console.press("H").unwrap();
    assert_eq!(changes(&console), [4, 2, 1]);
    console.press("<enter>").unwrap();
    assert_eq!(opened(&console), Some(2), "the event is selected from which it was opened");
}

#[test]
fn a_history_includes_new_changes_and_ends_with_its_space() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("3H").unwrap();
    fixture.crm("crm_acme").execute(rename_contact("c1", "Countess")).unwrap();
    console.follow();
    assert_eq!(changes(&console), [5, 4, 2, 1]);
    delete(&fixture.store, "crm_acme", DeleteOptions::default(), &mut keep_going).unwrap();
    console.follow();
    assert!(console.state().layers.is_empty(), "{}", screen(&console));
}

#[test]
fn blame_names_the_event_that_set_a_value_and_those_before() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("3<enter>").unwrap();
    go_to(&mut console, "\"name\"");
    console.press("b").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("Who set contact:c1  name"), "{shown}");
    assert!(shown.contains("\"Ada\" → \"Ada King\"") && shown.contains("sequence 4"), "{shown}");
    assert!(shown.contains("caused by  none"), "{shown}");
    console.press("bb").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("sequence 1") && shown.contains("2 changes earlier"), "{shown}");
    console.press("b").unwrap();
    assert!(screen(&console).contains("this was its first value"), "{}", screen(&console));
    console.press("b").unwrap();
    assert_eq!(notice(&console), "before that: no earlier event set it");
    console.press("<enter>").unwrap();
    assert_eq!(opened(&console), Some(1));
    console.press("<esc>H").unwrap();
    assert_eq!(changes(&console), [4, 2, 1]);
}

#[test]
fn the_event_is_named_before_a_long_value_that_it_set() {
    let fixture = renamed();
    let name = "long ".repeat(200_000);
    fixture.crm("crm_acme").execute(rename_contact("c1", &name)).unwrap();
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        let mut console = Headless::new(fixture.store.clone(), Apps::standard(), width, height);
        console.press("3<enter>b").unwrap();
        let shown = screen(&console);
        assert!(shown.contains("set by") && shown.contains("contact.updated"), "{width}: {shown}");
    }
}

#[test]
fn a_long_value_has_its_whole_size_and_its_references_are_not_denied() {
    let fixture = renamed();
    fixture.crm("crm_acme").execute(rename_contact("c1", &"long ".repeat(300_000))).unwrap();
    let mut console = console(&fixture.store);
    console.press("3<enter>").unwrap();
    assert!(screen(&console).contains("1.4 MiB"), "{}", screen(&console));
    console.press("E").unwrap();
    assert!(notice(&console).contains("only its beginning is shown"), "{}", notice(&console));
}

#[test]
fn an_event_opened_from_blame_is_not_covered_by_it() {
    let fixture = renamed();
    for (width, height) in [(120, 40), (80, 24)] {
        let mut console = Headless::new(fixture.store.clone(), Apps::standard(), width, height);
        console.press("3<enter>jjb<enter>").unwrap();
        let shown = screen(&console);
        assert!(shown.contains("Event 4") && !shown.contains("Who set"), "{width}: {shown}");
        console.press("<esc>").unwrap();
        assert!(screen(&console).contains("Who set contact:c1"), "{}", screen(&console));
    }
}

#[test]
fn a_column_names_the_event_of_each_part_of_a_value() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("3b").unwrap();
    let line = |console: &Headless, text: &str| {
        let shown = screen(console);
        let found = shown.lines().rfind(|line| line.contains(text));
        found.unwrap_or_else(|| panic!("{text} in {shown}")).to_owned()
    };
    assert!(line(&console, "\"name\": ").contains("4  contact.updated"), "{}", screen(&console));
    assert!(line(&console, "\"email\": ").contains("1  contact.added"), "{}", screen(&console));
    fixture.crm("crm_acme").execute(rename_contact("c1", "Countess")).unwrap();
    console.follow();
    assert!(line(&console, "\"name\": ").contains("5  contact.updated"), "{}", screen(&console));
    console.press("B").unwrap();
    assert!(!line(&console, "\"name\": ").contains("contact.updated"), "{}", screen(&console));
}

#[test]
fn references_lists_and_removed_values_are_attributed() {
    let fixture = Fixture::one_file();
    let cards =
        ramax::ContentStore::open(&fixture.store, "cards", std::sync::Arc::new(ramax::apps::Flashcards))
            .unwrap();
    let run = |command: Command| cards.execute(command).map(drop).unwrap();
    run(Command::new("create-deck").with("deck_id", "d1").with("name", "Spanish"));
    run(Command::new("create-card")
        .with("card_id", "c1")
        .with("deck_id", "d1")
        .with("front", "uno")
        .with("back", "one"));
    let mut console = console(&fixture.store);
    console.press("3<enter>").unwrap();
    go_to(&mut console, "\"$ref\"");
    console.press("b").unwrap();
    let shown = screen(&console);
    assert!(
        shown.contains("deck.$ref") && shown.contains("\"deck:d1\"") && shown.contains("sequence 2"),
        "{shown}"
    );
}

#[test]
fn a_condition_finds_its_first_match_and_every_later_flip() {
    let fixture = renamed();
    fixture.crm("crm_acme").execute(rename_contact("c1", "Ada")).unwrap();
    let mut console = console(&fixture.store);
    console.press("3HSname=Ada<enter>").unwrap();
    assert_eq!(flips(&console), [(2, true), (4, false), (5, true)]);
    console.press("j<enter>").unwrap();
    assert_eq!(opened(&console), Some(4));
    console.press("<esc>S<ctrl-u>name=Nobody<enter>").unwrap();
    assert!(
        screen(&console).contains("The condition holds after no event of contact:c1"),
        "{}",
        screen(&console)
    );
    console.press("S<ctrl-u>email<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("the field needs = or ~ and a value"), "{shown}");
    console.press("<esc><esc>").unwrap();
    assert_eq!(changes(&console), [5, 4, 2, 1]);
}

#[test]
fn a_question_is_given_up_when_its_view_is_closed() {
    let fixture = renamed();
    for (place, keys) in
        [("2", "<enter>"), ("3", "H"), ("3", "b"), ("3<enter>j", "b"), ("3HSname=Ada", "<enter>")]
    {
        let mut console = console(&fixture.store);
        console.press(place).unwrap();
        console.change(|state| {
            let mut press = |keys: &str| {
                let keys = Key::sequence(keys).unwrap().into_iter();
                keys.flat_map(|key| update(state, Message::Key(key))).collect::<Vec<Effect>>()
            };
            let asked = press(keys).into_iter().find_map(|effect| match effect {
                Effect::Past(PastCommand::Answer(query)) => Some(query.request),
                _ => None,
            });
            let request = asked.unwrap_or_else(|| panic!("{place}{keys} asks nothing"));
            assert!(press("<esc>").contains(&PastCommand::GiveUp(request).into()), "{place}{keys}");
        });
    }
}

#[test]
fn each_answer_copies_the_command_that_gives_the_same() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    for (keys, expected) in [
        ("2<enter>", "events show 4 --changes"),
        ("<esc>3H", "projections history crm_acme contact:c1 --projection state --reverse"),
        ("s", "projections history crm_acme contact:c1 --projection state"),
        ("Sname=Ada<enter>", "bisect crm_acme 'contact:c1 name=Ada' --projection state"),
        ("<esc><esc><enter>B", "projections blame crm_acme contact:c1 --projection state"),
        ("jb", "projections blame crm_acme contact:c1 id --projection state"),
    ] {
        console.press(keys).unwrap();
        console.press("Y").unwrap();
        let copied = console.copied.last().map(String::as_str).unwrap_or_default();
        assert!(copied.contains(expected), "{keys}: {copied}");
    }
}

#[test]
fn a_space_without_a_known_app_says_why_it_has_no_past() {
    let fixture = Fixture::memory();
    let space_id = fixture.space("wiki").space_id;
    let events = [NewEvent::new("p1", "page.created", Json::of(&json!({"id": "p1"})))];
    let append = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(space_id, append).unwrap();
    fixture.store.pstate().put(space_id.into(), "page:p1", Json::of(&json!({"a": 1})), START).unwrap();
    let mut console = console(&fixture.store);
    for keys in ["3H", "b", "<enter>b", "B"] {
        console.press(keys).unwrap();
        assert!(notice(&console).contains("app"), "{keys}: {}", notice(&console));
        assert!(console.state().layers.find::<Blame>().is_none(), "{keys}");
    }
    console.press("<esc>2<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("changes") && shown.contains("app"), "{shown}");
}

#[test]
fn a_key_that_no_event_wrote_says_so() {
    let fixture = renamed();
    let space_id = fixture.space("crm_acme").space_id;
    fixture
        .store
        .pstate()
        .put(space_id.into(), "aaa", Json::of(&json!({"x": [1, {"y": 2}]})), START)
        .unwrap();
    let mut console = console(&fixture.store);
    console.press("3gH").unwrap();
    assert!(screen(&console).contains("No event has ever written aaa"), "{}", screen(&console));
    console.press("<esc><enter>jjb").unwrap();
    assert!(screen(&console).contains("No event has set this value"), "{}", screen(&console));
    console.press("<esc>B").unwrap();
    assert!(screen(&console).contains("no event has set this value"), "{}", screen(&console));
}

#[test]
fn going_back_from_an_event_opened_by_blame_returns_to_blame() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("1:c1<enter><enter>").unwrap();
    go_to(&mut console, "\"name\":");
    for view in ["b", "H"] {
        console.press(view).unwrap();
        let shown = screen(&console);
        console.press("<enter>").unwrap();
        assert!(opened(&console).is_some(), "{}", screen(&console));
        console.press("<backspace>").unwrap();
        assert_eq!(screen(&console), shown, "{view}");
        console.press("<esc>").unwrap();
    }
    console.press("<backspace>").unwrap();
    assert_eq!(console.state().layers.len(), 0, "the place before the jump");
}

#[test]
fn blame_says_that_the_stored_value_is_not_what_the_events_say() {
    let fixture = renamed();
    let file = rusqlite::Connection::open(fixture.file()).unwrap();
    let edit =
        "UPDATE projection_entities SET value = replace(value, 'Ada King', 'Eve') WHERE key = 'contact:c1'";
    assert_eq!(file.execute(edit, []).unwrap(), 1);
    let mut console = console(&fixture.store);
    console.press("3/c1<enter><enter>").unwrap();
    go_to(&mut console, "\"name\":");
    console.press("b").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("\"Eve\" is stored, but the events set \"Ada King\""), "{shown}");
    assert!(shown.contains("rebuilds the projection from its events"), "{shown}");
    console.press("<esc>B").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("1 part is stored, not as the events say"), "{shown}");
    // The same key in the past is what the events say.
    console.press("<esc>t<enter>").unwrap();
    go_to(&mut console, "\"name\":");
    console.press("b").unwrap();
    assert!(!screen(&console).contains("is stored"), "{}", screen(&console));
}

#[test]
fn blame_of_a_projection_that_is_behind_names_the_event_that_stops_it() {
    let fixture = renamed();
    let crm = fixture.crm("crm_acme");
    let bad = [event("c1", "contact.updated", json!({"name": 1})), event("c1", "contact.praised", json!({}))];
    let append = Append { expected: Expected::Any, now: START, events: &bad };
    fixture.store.events().append(crm.space_id(), append).unwrap();
    let mut console = console(&fixture.store);
    console.press("3/c1<enter><enter>B").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("set by event up to 4; 2 later ones are not contained"), "{shown}");
    assert!(shown.contains("first at sequence 5") || shown.contains("at sequence 5:"), "{shown}");
    go_to(&mut console, "\"name\":");
    console.press("b").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("sequence 4") && shown.contains("1 event was skipped"), "{shown}");
    assert!(shown.contains("contains the events up to sequence 4, not 2 later events"), "{shown}");
}

#[test]
fn every_view_of_the_past_names_the_skipped_events() {
    let fixture = renamed();
    let file = rusqlite::Connection::open(fixture.file()).unwrap();
    let damage = "UPDATE event_log SET payload = replace(payload, 'Ada', 'Bob') WHERE event_id = 2";
    assert_eq!(file.execute(damage, []).unwrap(), 1);
    for (keys, said) in [
        ("3/c1<enter>H", "1 event skipped, which cannot be applied: first at sequence 2"),
        ("3/c1<enter>HSname=Ada<enter>", "1 event skipped, which cannot be applied: first at sequence 2"),
        ("3/c1<enter><enter>jjb", "1 event was skipped, because it cannot be applied: event 2"),
        ("3tJ1..4<enter>", "1 event skipped, which cannot be applied: first at sequence 2"),
        ("3tJ3<enter>", "3 events with today's code, 1 skipped"),
    ] {
        let mut console = console(&fixture.store);
        console.press(keys).unwrap();
        assert!(screen(&console).contains(said), "{keys}: {}", screen(&console));
    }
    let mut console = console(&fixture.store);
    console.press("3tJ1<enter>").unwrap();
    assert!(!screen(&console).contains("1 skipped"), "{}", screen(&console));
}

#[test]
fn a_space_without_its_app_says_what_can_be_seen() {
    let fixture = renamed();
    let shop = ramax::space::SpaceMetadata::default().with_app("shop");
    fixture.store.events().create_space("erp", Some(&shop), START).unwrap();
    let mut console = console(&fixture.store);
    console.press("1Gt").unwrap();
    let said = notice(&console);
    assert!(
        said.contains("its events, the history of each entity and its stored projections can be seen"),
        "{said}"
    );
}

/// Returns true if the top layer is of this type.
fn is_top<T: 'static>(console: &Headless) -> bool {
    console.state().layers.top_as::<T>().is_some()
}

#[test]
fn one_key_goes_back_from_an_event_to_the_view_that_named_it() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("3/c1<enter>H<enter>").unwrap();
    assert_eq!(opened(&console), Some(4));
    console.press("<backspace>").unwrap();
    assert!(is_top::<KeyHistory>(&console), "{}", notice(&console));
    console.press("<esc><enter>").unwrap();
    go_to(&mut console, "\"name\":");
    console.press("b<enter>").unwrap();
    assert_eq!(opened(&console), Some(4));
    console.press("<backspace>").unwrap();
    assert!(is_top::<Blame>(&console), "{}", notice(&console));
}

#[test]
fn events_that_another_projection_skips_do_not_count() {
    let fixture = renamed();
    let bad = [event("c9", "contact.added", json!({"contact_id": "c9", "email": "c9@acme.example"}))];
    let append = Append { expected: Expected::Any, now: START, events: &bad };
    fixture.store.events().append(fixture.space("crm_acme").space_id, append).unwrap();
    let skipping = Rebuild { skip_errors: true, ..Rebuild::default() };
    rebuild(&fixture.crm("crm_acme"), skipping, &mut keep_going).unwrap();
    for (keys, said) in [
        ("3/contact:c1<enter><enter>B", "1 event skipped"),
        ("3Pj<enter>/domain_of:c1<enter><enter>B", ""),
        ("3Pj<enter>/domain_of:c1<enter>H", ""),
    ] {
        let mut console = console(&fixture.store);
        console.press(keys).unwrap();
        let shown = screen(&console);
        let is_answered = shown.contains("set by event") || shown.contains("Changes of");
        assert!(is_answered && shown.contains("skipped") != said.is_empty(), "{keys}: {shown}");
        assert!(shown.contains(said), "{keys}: {shown}");
    }
}

#[test]
fn a_stored_value_that_is_no_json_is_told_beside_its_events() {
    let fixture = renamed();
    let file = rusqlite::Connection::open(fixture.file()).unwrap();
    let edit = "UPDATE projection_entities SET value = '{broken' WHERE key = 'contact:c1'";
    assert_eq!(file.execute(edit, []).unwrap(), 1);
    let mut console = console(&fixture.store);
    console.press("3/c1<enter><enter>B").unwrap();
    let shown = screen(&console);
    assert!(!shown.contains("no event has set"), "{shown}");
    assert!(shown.contains("not as the events say"), "{shown}");
}

#[test]
fn the_trail_leads_back_and_forward_through_blame_and_details() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("3<enter>").unwrap();
    go_to(&mut console, "\"name\"");
    console.press("b<enter>T").unwrap();
    let is_blame = |console: &Headless| console.state().layers.top_as::<Blame>().is_some();
    console.press("<backspace>").unwrap();
    assert_eq!(opened(&console), Some(4), "{}", screen(&console));
    console.press("<backspace>").unwrap();
    assert!(is_blame(&console), "{}", screen(&console));
    console.press("<backspace>").unwrap();
    assert!(console.state().layers.len() == 1 && opened(&console).is_none(), "{}", screen(&console));
    console.press("<alt-right>").unwrap();
    assert!(is_blame(&console) && screen(&console).contains("sequence 4"), "{}", screen(&console));
    console.press("<alt-right>").unwrap();
    assert_eq!(opened(&console), Some(4), "{}", screen(&console));
}

#[test]
fn forward_opens_again_what_back_has_closed() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("3Hj<enter>").unwrap();
    for _ in 0..2 {
        assert_eq!(opened(&console), Some(2), "{}", screen(&console));
        console.press("<backspace>").unwrap();
        assert_eq!((opened(&console), changes(&console)), (None, vec![4, 2, 1]));
        console.press("<alt-right>").unwrap();
    }
    console.press("<esc><esc>#").unwrap();
    assert!(screen(&console).contains("Statistics"), "{}", screen(&console));
    console.press("<backspace>").unwrap();
    assert!(console.state().layers.is_empty(), "{}", screen(&console));
}

#[test]
fn a_changed_key_is_a_link_to_the_key() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("2kk<enter>").unwrap();
    go_to(&mut console, "contact:c1");
    console.press("<enter>").unwrap();
    let detail = console.state().layers.top_as::<Detail>().expect("no detail");
    assert!(matches!(&detail.subject, Subject::Entry { entry, .. } if entry.key == "contact:c1"));
    console.press("<backspace>").unwrap();
    assert_eq!(opened(&console), Some(2));
}

#[test]
fn one_key_shows_what_would_differ_without_an_event() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("2<enter>u").unwrap();
    let shown = screen(&console);
    for part in ["now → without event 4", "1 key differs", "\"Ada King\"", "\"Ada\""] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    console.press("Y").unwrap();
    assert!(notice(&console).contains("projections diff crm_acme --without 4"), "{}", notice(&console));
    console.press("<esc>").unwrap();
    assert_eq!(opened(&console), Some(4), "{}", screen(&console));
    console.press("3<enter>").unwrap();
    go_to(&mut console, "\"name\"");
    console.press("bu").unwrap();
    assert!(screen(&console).contains("now → without event 4"), "{}", screen(&console));
    // The name cannot be set without the contact.
    console.press("2gg<enter>u").unwrap();
    assert!(screen(&console).contains("without event 1"), "{}", screen(&console));
}

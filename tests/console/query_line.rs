//! The query line: completion, history, saved queries, the help of the language, and errors at their position.

use ramax::console::Headless;
use ramax::console::app::effect::{Effect, StoreQuery};
use ramax::console::app::key::Key;
use ramax::console::app::message::{Answer, Message};
use ramax::console::app::update::update;
use ramax::console::layers::prompt::language::QueryHelp;
use ramax::console::layers::prompt::{Prompt, PromptPurpose};
use ramax::console::settings::Settings;
use ramax::console::theme::Theme;
use ramax::query::Candidate;
use ramax::{Append, Apps, Expected, NewEvent, OpenOptions, Store};
use serde_json::json;

use crate::support::{Fixture, START, event};
use crate::{console, notice, screen};

/// A space with contacts and cards.
fn tenants() -> Fixture {
    tenants_in(Fixture::memory())
}

fn tenants_in(fixture: Fixture) -> Fixture {
    let space_id = fixture.space("crm_acme").space_id;
    let contact = |at: u64| {
        let kind = if at == 3 { "contact.updated" } else { "contact.added" };
        event(
            &format!("c{at}"),
            kind,
            json!({"name": format!("Ada {at}"), "first name": "山田", "vip": at == 2}),
        )
    };
    let mut events: Vec<NewEvent> = (1..=3).map(contact).collect();
    events.push(event("k1", "card.moved", json!({"column": "done"})));
    let append = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(space_id, append).unwrap();
    fixture
}

fn prompt(console: &Headless) -> &Prompt {
    console.state().layers.top_as().unwrap()
}

fn text(console: &Headless) -> &str {
    prompt(console).input.text()
}

fn candidates(console: &Headless) -> Vec<&str> {
    prompt(console).completion.shown().iter().map(|candidate| candidate.text.as_str()).collect()
}

fn found(console: &Headless) -> Vec<u64> {
    console.state().events.window.rows.iter().map(|row| row.position.0).collect()
}

#[test]
fn fields_types_entities_paths_and_values_are_completed_with_one_key_each() {
    let fixture = tenants();
    let mut console = console(&fixture.store);
    console.press("2/t").unwrap();
    assert_eq!(candidates(&console), ["type:"]);
    console.press("<tab>con").unwrap();
    assert_eq!(candidates(&console), ["contact.added", "contact.updated"]);
    assert!(screen(&console).contains("contact.added    2 of the latest 4"), "{}", screen(&console));
    console.press("<tab> entity:c").unwrap();
    assert_eq!(text(&console), "type:contact.added entity:c");
    assert_eq!(candidates(&console), ["c1", "c2", "c3"]);
    // The arrows select, and the accept key then inserts instead of closing the prompt.
    console.press("<down><down><enter>").unwrap();
    assert_eq!(text(&console), "type:contact.added entity:c2");
    assert_eq!(found(&console), [2], "the list is filtered while candidates are accepted");
    console.press("<enter>").unwrap();
    assert!(console.state().layers.is_empty());
    console.press("/<ctrl-u>payload.").unwrap();
    assert_eq!(
        candidates(&console),
        ["payload.\"first name\"", "payload.name", "payload.vip", "payload.column"]
    );
    console.press("<tab><tab><tab>").unwrap();
    assert_eq!(text(&console), "payload.\"first name\"=山田");
    assert_eq!(found(&console), [1, 2, 3]);
}

#[test]
fn all_fields_are_listed_on_request_only() {
    let fixture = tenants();
    let mut console = console(&fixture.store);
    console.press("2/").unwrap();
    assert_eq!(candidates(&console), [""; 0]);
    console.press("<tab>").unwrap();
    assert_eq!(candidates(&console).len(), 11);
    console.press("<down><down><esc>").unwrap();
    assert!(prompt(&console).completion.selected.is_none(), "Esc first gives up the selection");
    console.press("<tab>").unwrap();
    assert_eq!(text(&console), "type:");
    console.press("<esc>").unwrap();
    assert!(console.state().layers.is_empty());
}

#[test]
fn a_word_that_nothing_continues_says_so() {
    let fixture = tenants();
    let mut console = console(&fixture.store);
    console.press("2/zzz<tab>").unwrap();
    assert!(notice(&console).contains("nothing in this database continues the word"), "{}", notice(&console));
    assert_eq!(text(&console), "zzz");
}

#[test]
fn candidates_fill_the_word_before_the_cursor_and_keep_the_rest() {
    let fixture = tenants();
    let mut console = console(&fixture.store);
    console.press("2/type: Ada<left><left><left><left>").unwrap();
    // Those of the events that match the rest of the query come first.
    assert_eq!(candidates(&console), ["contact.added", "contact.updated", "card.moved"]);
    console.press("<tab>").unwrap();
    assert_eq!(text(&console), "type:contact.added Ada");
}

#[test]
fn a_file_that_cannot_be_changed_or_has_no_events_is_completed_too() {
    let fixture = Fixture::one_file();
    fixture.space("empty");
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let store = Store::open(fixture.store.location().unwrap(), options).unwrap();
    let mut console = console(&store);
    console.press("2/type:").unwrap();
    assert_eq!(candidates(&console), [""; 0]);
    console.press("<ctrl-u>co<tab>").unwrap();
    assert_eq!(text(&console), "correlation:");
}

#[test]
fn an_unfinished_word_is_no_error_until_it_is_left_or_accepted() {
    let fixture = tenants();
    let mut console = console(&fixture.store);
    for unfinished in ["type:", "after:2026-01", "payload.na", "payload.name=\"Ada", "-", "seq:5..1"] {
        console.press("2/<ctrl-u>").unwrap();
        console.press(unfinished).unwrap();
        assert!(prompt(&console).error.is_some() && prompt(&console).shown_error().is_none(), "{unfinished}");
        console.press("<enter>").unwrap();
        assert!(prompt(&console).shown_error().is_some(), "{unfinished} is not accepted");
        console.press("<esc>").unwrap();
    }
    console.press("2/type: ").unwrap();
    assert!(prompt(&console).shown_error().is_some(), "the word was left");
    console.press("<left>").unwrap();
    assert!(prompt(&console).shown_error().is_none(), "the cursor is in it again");
    console.press("<esc>2/typ:").unwrap();
    assert!(prompt(&console).shown_error().is_some(), "no text makes this word valid");
}

#[test]
fn an_error_is_marked_below_wide_and_combined_characters() {
    let fixture = tenants();
    let mut console = console(&fixture.store);
    console.press("2/山田 e\u{301}x 👩‍🚀 typ:x").unwrap();
    let theme = Theme::dark();
    let buffer = console.draw(&theme);
    let danger = theme.style(ramax::console::theme::Role::Danger);
    let y = buffer.area.height - 2;
    let marked = (0..buffer.area.width).filter(|x| {
        let cell = &buffer[(*x, y)];
        Some(cell.fg) == danger.fg && cell.style().add_modifier.contains(danger.add_modifier)
    });
    let text: String = marked.take(3).map(|x| buffer[(x, y)].symbol()).collect();
    assert_eq!(text, "typ");
}

#[test]
fn earlier_queries_return_with_the_arrows_and_are_searched() {
    let fixture = tenants();
    let mut console = console(&fixture.store);
    console.press("2/<up>").unwrap();
    assert_eq!(notice(&console), "no earlier query");
    console.press("<esc>").unwrap();
    for query in ["entity:c1", "type:card.*", "entity:c1", "type:", "", "  "] {
        console.press("/<ctrl-u>").unwrap();
        console.press(query).unwrap();
        console.press("<enter><esc><esc>").unwrap();
    }
    // The latest use counts, and neither empty nor invalid queries are kept.
    console.press("2/zzz<up>").unwrap();
    assert_eq!((text(&console), found(&console)), ("entity:c1", vec![1]));
    console.press("<up>").unwrap();
    assert_eq!((text(&console), found(&console)), ("type:card.*", vec![4]));
    console.press("<up><down><down>").unwrap();
    assert_eq!(text(&console), "zzz", "the typed text is kept");
    console.press("<ctrl-r>card").unwrap();
    assert!(screen(&console).contains("search history card") && screen(&console).contains("type:card.*"));
    console.press("<enter>").unwrap();
    assert_eq!((text(&console), found(&console)), ("type:card.*", vec![4]));
    console.press("<ctrl-r><ctrl-r><ctrl-r><esc>").unwrap();
    assert_eq!(text(&console), "type:card.*", "a search that is given up changes nothing");
}

#[test]
fn queries_are_saved_chosen_renamed_replaced_and_deleted() {
    let fixture = tenants();
    let mut console = console(&fixture.store);
    let names = |console: &Headless| -> Vec<(String, String)> {
        let saved = &console.state().memory.saved_queries;
        saved.iter().map(|saved| (saved.name.clone(), saved.query.clone())).collect()
    };
    let pair = |name: &str, query: &str| (name.to_owned(), query.to_owned());
    console.press("2/<ctrl-o>").unwrap();
    assert!(notice(&console).contains("`ctrl-s` saves the one being typed"), "{}", notice(&console));
    console.press("<ctrl-s>").unwrap();
    assert!(notice(&console).contains("there is no query to save"), "{}", notice(&console));
    console.press("typ:x<ctrl-s>").unwrap();
    assert!(notice(&console).contains("the query is not valid"), "{}", notice(&console));
    console.press("<ctrl-u>type:card.*<ctrl-s><enter>").unwrap();
    assert_eq!(notice(&console), "type a name");
    console.press("cards<enter><ctrl-u>entity:c1<ctrl-s>first<enter><ctrl-u>").unwrap();
    assert_eq!(names(&console), [pair("cards", "type:card.*"), pair("first", "entity:c1")]);
    console.press("<ctrl-o>").unwrap();
    assert!(screen(&console).contains("cards  type:card.*"), "{}", screen(&console));
    console.press("<down><enter>").unwrap();
    assert_eq!((text(&console), found(&console)), ("entity:c1", vec![1]));
    // Renames one, and replaces another.
    console.press("<ctrl-o><ctrl-s><ctrl-u>moved<enter><esc>").unwrap();
    assert_eq!(names(&console), [pair("first", "entity:c1"), pair("moved", "type:card.*")]);
    console.press("<ctrl-u>entity:c2<ctrl-s>first").unwrap();
    assert!(screen(&console).contains("replaces the query of this name"), "{}", screen(&console));
    console.press("<enter><ctrl-o>fir<ctrl-x>").unwrap();
    assert_eq!(names(&console), [pair("moved", "type:card.*")]);
    console.press("<esc><esc>").unwrap();
    assert!(console.state().layers.is_empty());
}

#[test]
fn one_key_explains_the_language_and_returns_to_the_query() {
    let fixture = tenants();
    let mut console = console(&fixture.store);
    console.press("2/type:<F1>").unwrap();
    assert!(console.state().layers.top_as::<QueryHelp>().is_some());
    let shown = screen(&console);
    for word in ramax::query::WORDS {
        assert!(
            shown.contains(word.examples[0]) && shown.contains(word.matches),
            "{}: {shown}",
            word.matches
        );
    }
    console.press("jjG<esc>").unwrap();
    assert_eq!(text(&console), "type:");
}

#[test]
fn a_time_without_a_zone_is_in_the_zone_shown_which_is_written_out() {
    let fixture = tenants_in(Fixture::one_file());
    let time_zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let settings = Settings { time_zone, ..Settings::default() };
    let mut console = console(&fixture.store).with_settings(settings);
    // The events were appended at 10:00 in UTC.
    console.press("2/before:2026-01-31T10:30").unwrap();
    assert!(screen(&console).contains("times are in Europe/Berlin"), "{}", screen(&console));
    assert_eq!(found(&console), [0; 0], "in Berlin it was 11:00 already");
    console.press("<enter>").unwrap();
    let written = "before:2026-01-31T10:30[Europe/Berlin]";
    assert_eq!(console.state().events.filter.as_str(), written);
    assert_eq!(console.state().memory.past_queries[0].query, written);
    console.press("Y").unwrap();
    let command = console.copied.last().unwrap();
    assert!(command.contains(&format!("--where '{written}'")), "{command}");
    console.press("/<ctrl-u>before:2026-01-31T11:30<ctrl-s>early<enter>").unwrap();
    assert_eq!(found(&console), [1, 2, 3, 4]);
    assert_eq!(console.state().memory.saved_queries[0].query, "before:2026-01-31T11:30[Europe/Berlin]");
    console.press("<ctrl-u>before:2026-01-31T10:30Z<enter>").unwrap();
    assert_eq!(
        console.state().events.filter.as_str(),
        "before:2026-01-31T10:30Z",
        "an explicit zone is kept"
    );
    console.press("/<F1>").unwrap();
    assert!(screen(&console).contains("without a time zone is in Europe/Berlin"), "{}", screen(&console));
}

#[test]
fn a_megabyte_of_anything_is_cut_and_every_size_is_drawn() {
    let fixture = tenants();
    for pasted in
        ["\u{1b}[31m", "山", "e\u{301}\u{302}", "\u{202e}abc ", "type:\"", "-", "payload[", "a, ", "\u{0}\n"]
    {
        let mut console = console(&fixture.store);
        console.press("2/").unwrap();
        console.paste(&pasted.repeat(1_000_000 / pasted.len()));
        assert!(text(&console).len() <= 10_000, "{pasted:?}");
        assert!(notice(&console).contains("the rest was dropped"), "{pasted:?}");
        for (width, height) in [(40, 12), (80, 24), (0, 0), (255, 255), (40, 10)] {
            console.resize(width, height);
            console.draw(&Theme::dark());
        }
    }
}

#[test]
fn the_list_is_drawn_at_every_size() {
    let fixture = tenants();
    for (width, height) in
        [(40, 10), (40, 12), (41, 11), (80, 24), (120, 40), (200, 50), (255, 255), (39, 9), (1, 1)]
    {
        let mut console = Headless::new(fixture.store.clone(), Apps::standard(), width, height);
        for keys in [
            "2/<tab>",
            "<down><down>type:",
            "<down>",
            "<esc>contact.added entity:c1<enter>/<ctrl-r>",
            "<esc><F1>",
            "<esc><ctrl-s>name",
        ] {
            console.press(keys).unwrap();
            console.draw(&Theme::mono());
        }
        assert!(matches!(prompt(&console).purpose, PromptPurpose::Save { .. }), "{width}×{height}");
    }
}

#[test]
fn a_double_click_inserts_a_candidate() {
    let fixture = tenants();
    let mut console = console(&fixture.store);
    console.press("2/type:con").unwrap();
    let shown = screen(&console);
    let (y, line) =
        shown.lines().enumerate().find(|(_, line)| line.contains("contact.updated  1 of")).unwrap();
    let x = line.split("contact.updated").next().unwrap().chars().count();
    let (x, y) = (u16::try_from(x).unwrap(), u16::try_from(y).unwrap());
    console.click(x, y);
    assert_eq!((text(&console), prompt(&console).completion.selected), ("type:con", Some(1)));
    console.double_click(x, y);
    assert_eq!(text(&console), "type:contact.updated");
}

#[test]
fn a_completion_asked_for_early_is_inserted_when_its_candidates_are_read() {
    let fixture = tenants();
    let mut console = console(&fixture.store);
    console.press("2/type").unwrap();
    let mut asked = Vec::new();
    console.change(|state| {
        for key in Key::sequence(":<tab>").unwrap() {
            asked.extend(update(state, Message::Key(key)));
        }
    });
    assert_eq!(text(&console), "type:");
    let request = asked.iter().find_map(|effect| match effect {
        Effect::Query(StoreQuery::CompleteQuery { request, .. }) => Some(*request),
        _ => None,
    });
    let candidates = |text: &str| vec![Candidate { text: text.to_owned(), note: String::new() }];
    let answer = |request, text| Message::QueryCompleted(Answer { request, result: Ok(candidates(text)) });
    console.send(answer(request.unwrap(), "contact.added"));
    assert_eq!(text(&console), "type:contact.added");
    console.send(answer(request.unwrap(), "card.moved"));
    assert_eq!(text(&console), "type:contact.added", "a stale answer is dropped");
}

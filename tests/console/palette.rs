//! The palette: any action and any thing by name, and typed commands.

use proptest::prelude::*;
use ramax::console::Headless;
use ramax::console::app::action::Action;
use ramax::console::app::context::{KeyContext, context};
use ramax::console::app::message::Message;
use ramax::console::app::state::ConsoleState;
use ramax::console::app::table::table;
use ramax::console::app::update::update;
use ramax::console::layers::confirm::{Dialog, Question};
use ramax::console::layers::delete::Delete;
use ramax::console::layers::form::state::Form;
use ramax::console::layers::help::Help;
use ramax::console::layers::history::History;
use ramax::console::layers::palette::{Palette, PaletteRow, PaletteTarget, Thing};
use ramax::console::panes::Pane;
use ramax::console::panes::detail::{Detail, Subject};
use ramax::console::theme::{Theme, ThemeName};
use ramax::operations::AnyOperation;
use ramax::{Append, Apps, Expected, Json, NewEvent, OpenOptions, Store, Timestamp};

use crate::support::Fixture;
use crate::{console, notice, screen, two_tenants};

fn palette(console: &Headless) -> &Palette {
    console.state().layers.top_as().expect("the palette is open")
}

fn first(console: &Headless) -> &PaletteRow {
    &palette(console).entries[0]
}

/// Opens a console over two tenants and presses keys.
fn after(keys: &str) -> Headless {
    let mut console = console(&two_tenants().store);
    console.press(keys).unwrap();
    console
}

fn space(console: &Headless) -> &str {
    console.state().space().map_or("", |found| &found.space.space_name)
}

#[test]
fn an_action_is_found_by_a_few_letters_and_runs_in_place() {
    let mut console = after(":rebu");
    assert_eq!((first(&console).title.as_str(), first(&console).label.as_str()), ("rebuild", "R"));
    assert_eq!(first(&console).matched, [0, 1, 2, 3]);
    console.press("<enter>").unwrap();
    assert!(matches!(
        console.state().layers.top_as(),
        Some(Dialog { question: Question::Operation { operation: AnyOperation::Rebuild(_), .. }, .. })
    ));
    assert_eq!(console.state().layers.len(), 1, "the palette is closed");
}

/// Counts the keys of the shortest way to each action: the key that opens the palette, some letters, and Enter.
#[test]
fn any_action_takes_two_keys_and_a_few_letters() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press(":").unwrap();
    let offered: Vec<(Action, String)> = palette(&console)
        .entries
        .iter()
        .filter_map(|entry| match entry.target {
            PaletteTarget::Action { action, .. } => Some((action, entry.title.clone())),
            _ => None,
        })
        .collect();
    assert!(offered.len() > 50, "only {} actions", offered.len());
    let mut letters = Vec::new();
    for (action, title) in offered {
        let needed = (1..=title.len()).find(|count| {
            let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 120, 40);
            console.press(&format!(":{}", &title[..*count])).unwrap();
            matches!(first(&console).target, PaletteTarget::Action { action: found, .. } if found == action)
        });
        letters.push((needed.unwrap_or(usize::MAX), title));
    }
    letters.sort();
    let (most, title) = letters.last().unwrap();
    assert!(*most <= 13, "{title} needs {most} letters");
    let median = letters[letters.len() / 2].0;
    assert!(median <= 4, "half of the actions need {median} letters: {letters:?}");
}

#[test]
fn an_action_of_another_pane_goes_there_first() {
    let mut console = after(":jump<enter>");
    assert_eq!((console.state().focus, context(console.state())), (Pane::Events, KeyContext::Prompt));
    console.press("<esc>5:sort<enter>").unwrap();
    assert_eq!((console.state().focus, notice(&console)), (Pane::Spaces, "sorted by name"));
}

#[test]
fn an_unavailable_action_gives_its_reason_and_does_nothing() {
    let fixture = two_tenants();
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let store = Store::open(fixture.store.location().unwrap(), options).unwrap();
    let mut console = console(&store);
    console.press(":rebuild").unwrap();
    let reason = first(&console).reason.clone();
    assert_eq!(reason.as_deref(), Some("the database is open read-only"));
    assert!(screen(&console).contains("the database is open read-only"));
    console.press("<enter>").unwrap();
    assert_eq!(notice(&console), "rebuild: the database is open read-only");
    assert_eq!(palette(&console).text(), "rebuild", "the palette stays open");
    console.press("<ctrl-u>rebuild crm_widgets<enter>").unwrap();
    assert_eq!(notice(&console), "rebuild crm_widgets: the database is open read-only");
    assert_eq!(space(&console), "crm_acme");
}

#[test]
fn recently_used_actions_come_first_on_an_empty_text() {
    let mut console = after(":help<enter>q:zoom<enter>:");
    let titles: Vec<&str> = palette(&console).entries.iter().take(2).map(|entry| &*entry.title).collect();
    assert_eq!(titles, ["zoom", "help"]);
    console.press("<enter>").unwrap();
    assert!(!console.state().zoomed, "the first one runs at once");
}

#[test]
fn an_exact_name_comes_before_a_prefix_and_that_before_scattered_letters() {
    let console = after(":verify");
    assert!(first(&console).is_action());
    let titles: Vec<&str> = palette(&console).entries.iter().map(|entry| &*entry.title).collect();
    assert!(titles.contains(&"verify SPACE"), "{titles:?}");
    let console = after(":space");
    assert_eq!(first(&console).title, "space", "the word in the help");
    assert_eq!(palette(&console).entries[1].title, "spaces");
}

#[test]
fn a_description_is_searched_after_the_names() {
    let console = after(":maximise");
    assert_eq!(first(&console).title, "zoom");
}

#[test]
fn spaces_event_types_entities_and_keys_are_found_and_shown() {
    let mut console = after(":crm_wid<enter>");
    assert_eq!((space(&console), console.state().layers.len()), ("crm_widgets", 0));
    console.press(":contact.added<enter>").unwrap();
    assert_eq!(console.state().focus, Pane::Events);
    assert_eq!(console.state().events.filter.as_str(), "type:contact.added");
    assert_eq!(console.state().events.window.rows.len(), 3);
    console.press(":contact:c2<enter>").unwrap();
    assert_eq!(console.state().focus, Pane::Projections);
    assert_eq!(console.state().projections.window.selected.as_deref(), Some("contact:c2"));
    console.press(":entity c3<enter>").unwrap();
    let Some(history) = console.state().layers.top_as::<History>() else { panic!("no history") };
    assert_eq!(history.entity_id, "c3");
}

#[test]
fn a_key_is_found_by_the_entity_that_it_is_named_after_before_the_entity() {
    let mut console = after(":c2");
    let titles: Vec<&str> = palette(&console).entries.iter().take(2).map(|row| row.title.as_str()).collect();
    assert_eq!(titles, ["contact:c2", "c2"]);
    console.press("<enter>").unwrap();
    let state = console.state();
    let selected = state.projections.window.selected.as_deref();
    assert_eq!((state.focus, selected), (Pane::Projections, Some("contact:c2")));
}

#[test]
fn a_saved_query_is_found_by_its_name() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.change(|state| {
        state.memory.save("one person", "entity:c2", None);
    });
    console.press(":one p<enter>").unwrap();
    let state = console.state();
    assert_eq!((state.focus, state.events.filter.as_str()), (Pane::Events, "entity:c2"));
    assert_eq!(state.events.window.rows.len(), 1);
}

#[test]
fn a_typed_command_applies_to_the_named_space_alone() {
    let mut console = after("M:rebuild crm_widgets<enter>");
    let dialog = console.state().layers.top_as().map(|dialog: &Dialog| &dialog.question);
    let Some(Question::Operation { operation: AnyOperation::Rebuild(_), spaces, .. }) = dialog else {
        panic!("it asks first")
    };
    let names: Vec<&str> = spaces.iter().map(|found| found.space.space_name.as_str()).collect();
    assert_eq!(names, ["crm_widgets"], "whatever is marked");
    assert_eq!((space(&console), console.state().focus), ("crm_widgets", Pane::Spaces));
    console.press("<esc>:verify crm_acme<enter><enter>").unwrap();
    assert_eq!(console.state().jobs.jobs.len(), 1);
}

#[test]
fn a_typed_delete_asks_for_the_name_and_never_runs_without_it() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press(":delete crm_widgets<enter>").unwrap();
    assert!(console.state().layers.top_as::<Delete>().is_some());
    console.press("<enter><enter>").unwrap();
    assert_eq!(fixture.store.events().totals().unwrap().spaces, 2);
    console.press("crm_widgets<enter>").unwrap();
    assert_eq!(fixture.store.events().totals().unwrap().spaces, 1);
}

#[test]
fn a_number_goes_to_the_event_from_any_pane() {
    for keys in [":2<enter>", "3:event 2<enter>", "5:2<enter>", "2H:2<enter>"] {
        let console = after(keys);
        let state = console.state();
        assert_eq!(
            (state.focus, state.events.window.selected.map(|at| at.0)),
            (Pane::Events, Some(2)),
            "{keys}"
        );
        assert!(!state.events.following);
        let is_open = state.layers.top_as::<Detail>().is_some_and(|detail| match &detail.subject {
            Subject::Event(event) => event.event_id.0 == 2,
            _ => false,
        });
        assert!(is_open && screen(&console).contains("changes"), "{keys}: {}", screen(&console));
    }
    let console = after(":sequence 3<enter>");
    assert_eq!(console.state().events.window.selected.map(|at| at.0), Some(3));
    assert!(console.state().layers.is_empty());
    let console = after(":event 10:00<enter>");
    assert_eq!(console.state().focus, Pane::Events);
}

#[test]
fn other_typed_commands_filter_change_the_theme_explain_and_quit() {
    let mut console = after("2:filter entity:c2<enter>");
    assert_eq!(console.state().events.window.rows.len(), 1);
    console.change(|state| state.theme_adapts = true);
    console.press(":theme light<enter>").unwrap();
    assert_eq!(console.state().theme_name, ThemeName::Light);
    assert_eq!(console.state().theme(), Theme::light());
    console.receive(b"\x1b[?997;1n");
    assert_eq!(console.state().theme_name, ThemeName::Light, "the terminal no longer decides");
    console.press(":help rebuild<enter>").unwrap();
    let Some(help) = console.state().layers.top_as::<Help>() else { panic!("no help") };
    assert_eq!(help.search.text(), "rebuild");
    assert!(screen(&console).contains("Computes a projection again"));
    console.press("<esc><esc>:run crm_acme<enter>").unwrap();
    assert!(!console.state().layers.is_empty(), "the commands of the app");
    for quit in [":q<enter>", ":quit<enter>"] {
        assert!(after(quit).state().quit, "{quit}");
    }
}

#[test]
fn a_double_click_runs_the_row_under_the_pointer() {
    use ramax::console::app::pointer::mouse::MouseKind;
    let mut console = after(":crm_wid");
    let shown = screen(&console);
    let (y, line) = (0..)
        .zip(shown.lines())
        .find(|(_, line)| line.contains("crm_widgets") && line.contains("space "))
        .unwrap();
    let x = u16::try_from(line.chars().take_while(|c| *c != 'w').count()).unwrap();
    for clicks in [1, 2] {
        console.mouse(MouseKind::Press { clicks }, x, y);
    }
    assert_eq!((space(&console), console.state().layers.len()), ("crm_widgets", 0));
}

#[test]
fn tab_completes_a_word_and_its_argument() {
    let mut console = after(":theme<tab>");
    assert_eq!(palette(&console).text(), "theme ");
    console.press("li<tab>").unwrap();
    assert_eq!(palette(&console).text(), "theme light");
    console.press("<ctrl-u>verify crm_w<tab>").unwrap();
    assert_eq!(palette(&console).text(), "verify crm_widgets");
    console.press("<ctrl-u>theme<enter>").unwrap();
    assert_eq!(palette(&console).text(), "theme ", "a word without its argument is completed, not run");
}

#[test]
fn a_wrong_word_or_argument_gives_a_message() {
    for (text, message) in [
        ("zzzzzz", "nothing matches; event types, entities and keys were searched in crm_acme"),
        ("rebild crm_acme", "nothing matches; did you mean rebuild?"),
        ("rebuild nobody", "no space matches nobody"),
        ("theme neon", "there is no theme neon; dark, light, sixteen, mono"),
        ("event soon", "not a number or a time such as 2026-01-31T10:00, 10:00 or 2h"),
        ("key nothing", "no key of crm_acme matches nothing"),
    ] {
        let mut console = after(&format!(":{text}"));
        assert_eq!(palette(&console).message.as_deref(), Some(message), "{text}");
        assert!(palette(&console).entries.is_empty() && screen(&console).contains(message), "{text}");
        console.press("<enter><tab>").unwrap();
        assert_eq!(palette(&console).text(), text, "nothing was done");
    }
    let refused = after("2:filter seq:9..1");
    let message = palette(&refused).message.clone().unwrap_or_default();
    assert!(message.starts_with("the range 9..1 ends before it begins"), "{message}");
    assert_eq!(
        after("5:filter x").state().layers.top_as::<Palette>().unwrap().message.as_deref(),
        Some("jobs cannot be filtered")
    );
}

#[test]
fn the_guide_and_the_words_of_the_help_are_found() {
    let fixture = Fixture::one_file();
    ramax::demo::seed(&fixture.store).unwrap();
    let mut console = console(&fixture.store).guided(ramax::cli::walkthrough());
    console.press(":metadata says<enter>").unwrap();
    assert_eq!(console.state().walk.as_ref().unwrap().at, 1);
    console.press(":checkpoint<down>").unwrap();
    assert!(palette(&console).entries.iter().any(|entry| entry.target == PaletteTarget::Topic("checkpoint")));
}

#[test]
fn the_palette_opens_over_views_and_help_but_not_over_text_or_questions() {
    for (keys, is_open) in [
        ("2<enter>", true),
        ("2H", true),
        ("L", true),
        ("?", true),
        ("U", true),
        ("R", false),
        ("D", false),
        ("n", false),
        ("2/", false),
    ] {
        let mut console = after(keys);
        console.press("<ctrl-p>").unwrap();
        assert_eq!(console.state().layers.top_as::<Palette>().is_some(), is_open, "{keys}");
        let layers = console.state().layers.len();
        console.press("<esc>").unwrap();
        assert!(console.state().layers.len() < layers.max(1), "{keys}");
    }
}

#[test]
fn an_action_from_a_view_acts_on_the_pane_beneath() {
    let console = after("2<enter>:create space<enter>");
    assert!(console.state().layers.top_as::<Form>().is_some());
    assert_eq!(console.state().layers.len(), 1, "the detail is closed");
    let console = after("2<enter>:fold all<enter>");
    assert_eq!(console.state().layers.len(), 1, "an action of the detail keeps it open");
}

#[test]
fn a_paste_is_one_bounded_line() {
    let mut console = after(":");
    console.paste(&"rebuild\u{1b}[2J\r\n\u{7}".repeat(100_000));
    let text = palette(&console).input.text();
    assert!(text.chars().count() <= 200 && !text.contains(char::is_control), "{text}");
    assert_eq!(console.state().layers.len(), 1);
    assert!(console.state().jobs.jobs.is_empty());
}

/// A space with many keys, among many spaces.
fn large() -> Store {
    let store = Store::memory();
    let names: Vec<String> = (0..5000).map(|number| format!("tenant_{number:05}")).collect();
    let spaces = store.events().create_spaces(&names, None, Timestamp(0)).unwrap();
    let space_id = spaces[0].as_ref().unwrap().space_id;
    for number in 0..300 {
        let key = format!("contact:c{number}");
        store.pstate().put(space_id.into(), &key, Json::of(&"x".into()), Timestamp(0)).unwrap();
    }
    let events = [NewEvent::new("c7", "contact.added", Json::of(&"x".into()))];
    let append = Append { expected: Expected::Any, now: Timestamp(1), events: &events };
    store.events().append(space_id, append).unwrap();
    store
}

#[test]
fn a_search_ends_with_a_bounded_number_of_things_and_says_that_more_match() {
    let mut console = Headless::new(large(), Apps::standard(), 120, 40);
    console.press(":tenant").unwrap();
    let things =
        palette(&console).entries.iter().filter(|entry| matches!(entry.target, PaletteTarget::Thing(_)));
    assert!((50..=120).contains(&things.count()));
    assert!(screen(&console).contains("more match"), "{}", screen(&console));
    console.press("<ctrl-u>t_04321").unwrap();
    let found = |entry: &PaletteRow| matches!(&entry.target, PaletteTarget::Thing(Thing::Space { name, .. }) if name == "tenant_04321");
    assert!(found(first(&console)), "{:?}", first(&console));
    assert!(!screen(&console).contains("more match"));
    console.press("<ctrl-u>key ct:c299<enter>").unwrap();
    assert_eq!(console.state().projections.window.selected.as_deref(), Some("contact:c299"));
}

#[test]
fn an_answer_to_an_older_text_is_ignored() {
    use ramax::console::app::effect::{Effect, StoreQuery};
    use ramax::console::app::key::Key;
    use ramax::console::app::message::Answer;
    use ramax::console::layers::palette::FoundThings;
    let mut state = ConsoleState::new("memory", false, Apps::standard());
    let press = |state: &mut ConsoleState, keys: &str| {
        let keys = Key::sequence(keys).unwrap();
        let effects = keys.into_iter().flat_map(|key| update(state, Message::Key(key)));
        effects
            .filter_map(|effect| match effect {
                Effect::Query(StoreQuery::FindThings { request, .. }) => Some(request),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    let requests = press(&mut state, ":xy");
    assert_eq!(requests.len(), 2, "one for each letter");
    let answer = |request, name: &str| {
        let things = vec![Thing::EventType(name.to_owned())];
        Message::Things(Answer { request, result: Ok(FoundThings { things, next: None, more: false }) })
    };
    let shown = |state: &ConsoleState| state.layers.top_as::<Palette>().unwrap().entries.len();
    update(&mut state, answer(requests[0], "xy.old"));
    assert_eq!(shown(&state), 0);
    update(&mut state, answer(requests[1], "xy.new"));
    assert_eq!(shown(&state), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_text_in_the_palette_panics(
        texts in proptest::collection::vec(
            prop_oneof![
                any::<String>(),
                "[a-z]{1,10} .{0,12}",
                proptest::sample::select(vec![
                    "event 99999999999999999999", "filter \"", "theme ", "rebuild crm_acme", "日本 👩🏽‍🚀", "e\u{301}",
                    "key \u{202e}", "delete ", "help \u{0}", "5,000", "space \u{1b}[2J",
                ]).prop_map(str::to_owned),
            ],
            1..4,
        ),
        then in proptest::sample::select(vec!["<enter>", "<tab>", "<down><enter>", "<pgdn><tab><enter>", "<esc>"]),
        (width, height) in (0..130_u16, 0..50_u16),
    ) {
        let mut console = Headless::new(two_tenants().store, Apps::standard(), width, height);
        for text in texts {
            console.press(":").unwrap();
            console.paste(&text);
            console.draw(&Theme::mono());
            console.press(then).unwrap();
            console.draw(&Theme::dark());
            console.press("<esc><esc><esc>").unwrap();
        }
    }
}

#[test]
fn every_action_of_the_panes_is_in_the_palette() {
    let console = after(":");
    let listed: Vec<Action> = palette(&console)
        .entries
        .iter()
        .filter_map(|entry| match entry.target {
            PaletteTarget::Action { action, .. } => Some(action),
            _ => None,
        })
        .collect();
    let bare = after("");
    let state = bare.state();
    let in_panes = |here: KeyContext| {
        matches!(here, KeyContext::Spaces | KeyContext::Events | KeyContext::Projections | KeyContext::Jobs)
    };
    for spec in table() {
        let is_offered = KeyContext::ALL.iter().any(|here| in_panes(*here) && (spec.contexts)(*here));
        if is_offered && (spec.applies)(state) && spec.action != Action::Palette {
            assert!(listed.contains(&spec.action), "{} is not listed", spec.title);
        }
    }
}

fn form(console: &Headless) -> (&str, &str) {
    let form: Option<&Form> = console.state().layers.top_as();
    let form = form.unwrap_or_else(|| panic!("no form is open\n{}", screen(console)));
    (&form.title, space(console))
}

#[test]
fn the_form_of_a_command_opens_in_the_selected_or_in_a_named_space() {
    assert_eq!(form(&after(":add-contact<enter>")), ("Add contact", "crm_acme"));
    assert_eq!(form(&after(":add-contact crm_wid<enter>")), ("Add contact", "crm_widgets"));
    assert_eq!(form(&after(":run crm_widgets add-c<enter>")), ("Add contact", "crm_widgets"));
    assert_eq!(form(&after("2i:add contact<enter>")), ("Add contact", "crm_acme"));
    let console = after(":add-contact nowhere");
    assert_eq!(
        palette(&console).message.as_deref(),
        Some("no space with the command add-contact matches nowhere")
    );
    let console = after(":run crm_widgets sing");
    assert_eq!(palette(&console).message.as_deref(), Some("crm_widgets has no command sing"));
}

#[test]
fn a_part_of_the_selected_row_is_copied_by_name() {
    let console = after("2:copy payload<enter>");
    assert!(
        notice(&console).starts_with("sent to the clipboard: the payload of event 3"),
        "{}",
        notice(&console)
    );
    assert!(console.copied[0].starts_with("{\"contact_id\""));
    assert_eq!((console.state().layers.len(), console.state().focus), (0, Pane::Events));
}

#[test]
fn actions_are_found_by_the_names_that_other_programs_use() {
    let names = [
        ("describe", "open"),
        ("exit", "quit"),
        ("wq", "quit"),
        ("logs", "audit log"),
        ("ns", "spaces"),
        ("contexts", "spaces"),
        ("reload", "refresh"),
        ("tail", "follow"),
        ("fullscreen", "zoom"),
        ("keys", "help"),
    ];
    for (typed, title) in names {
        assert_eq!(first(&after(&format!(":{typed}"))).title, title, "for {typed}");
    }
}

#[test]
fn the_panes_of_a_named_space_are_shown() {
    let console = after(":events crm_widgets<enter>");
    assert_eq!((space(&console), console.state().focus), ("crm_widgets", Pane::Events));
    let console = after("2a:projections crm_wid<enter>");
    assert_eq!((space(&console), console.state().focus), ("crm_widgets", Pane::Projections));
}

#[test]
fn a_guide_is_read_in_the_console() {
    let mut console = after(":guide quer<enter>");
    assert!(screen(&console).contains("A query selects events: with --where"), "{}", screen(&console));
    console.press("G").unwrap();
    assert!(!screen(&console).contains("A query selects events: with --where"));
    console.press("q").unwrap();
    assert!(console.state().layers.is_empty());
}

#[test]
fn a_search_says_which_space_it_searched() {
    let console = after(":zzzz");
    assert!(screen(&console).contains("entities and keys were searched in crm_acme"));
    let console = after(":entity zzzz");
    assert_eq!(palette(&console).message.as_deref(), Some("no entity of crm_acme matches zzzz"));
    let console = after(":contact:c2");
    let key = palette(&console)
        .entries
        .iter()
        .find(|entry| matches!(entry.target, PaletteTarget::Thing(Thing::Key { .. })));
    assert_eq!(key.map(|entry| entry.note.as_str()), Some("in state of crm_acme"));
}

//! The palette: any action and any thing by name, and typed commands.

mod ranking;
mod things;
mod typed;

use proptest::prelude::*;
use ramax::console::Headless;
use ramax::console::app::action::Action;
use ramax::console::app::context::{KeyContext, context};
use ramax::console::app::table::table;
use ramax::console::layers::confirm::{Dialog, Question};
use ramax::console::layers::form::state::Form;
use ramax::console::layers::palette::{Palette, PaletteRow, PaletteTarget};
use ramax::console::panes::Pane;
use ramax::console::theme::Theme;
use ramax::operations::AnyOperation;
use ramax::{Apps, OpenOptions, Store};

use crate::support::mutation::cases;
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
    assert_eq!((console.state().focus, context(console.state())), (Pane::Spaces, KeyContext::Prompt));
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
fn commands_that_no_space_permits_give_the_reason_before_a_space_is_named() {
    let fixture = two_tenants();
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let store = Store::open(fixture.store.location().unwrap(), options).unwrap();
    let mut read_only = console(&store);
    let mut writable = console(&fixture.store);
    for (text, title, is_refused) in [
        (":rebuild", "rebuild SPACE", true),
        (":delete", "delete SPACE", true),
        (":run", "run SPACE [COMMAND]", true),
        (":export", "export SPACE", false),
        (":verify", "verify SPACE", false),
        (":events", "events SPACE", false),
    ] {
        for (console, is_refused) in [(&mut read_only, is_refused), (&mut writable, false)] {
            console.press(text).unwrap();
            let row = palette(console).entries.iter().find(|row| row.title == title).cloned();
            let reason = row.unwrap_or_else(|| panic!("{title}: {}", screen(console))).reason;
            let expected = is_refused.then_some("the database is open read-only");
            assert_eq!(reason.as_deref(), expected, "{title}");
            console.press("<esc>").unwrap();
        }
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
    let console = after("2<enter>:previous row<enter>");
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

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(48), ..ProptestConfig::default() })]

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

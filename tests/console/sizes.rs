//! With any data, keys and size, nothing panics and no character is cut in half.

use std::sync::Arc;

use proptest::prelude::*;
use ramax::Apps;
use ramax::apps::{Cms, Crm};
use ramax::clock::{CountingIds, SteppingClock};
use ramax::console::Headless;
use ramax::console::theme::{Theme, ThemeName};
use ramax::{Append, Command, ContentStore, Expected, Json, NewEvent, Store, Timestamp};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::{Buffer, CellWidth};

use crate::ascii::SCREENS;
use crate::screen;
use crate::support::mutation::cases;
use crate::support::tenants::tenants;

/// Keys that reach everything: panes, layers, movement, and text for fields.
fn keys() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        8 => proptest::sample::select(vec![
            "1", "2", "3", "4", "5", "j", "k", "g", "G", "h", "l", "<tab>", "<enter>", "<esc>", "n", "c", "R", "C",
            "v", "D", "L", "K", "/", "J", "z", "p", "a", "f", "s", "H", "B", "S", "i", "y", "?", "o", "O", "x", "X", "P", "m", "M", "<ctrl-d>", "<ctrl-u>",
            "<pgdn>", "<pgup>", "<space>", "w", "b", "r", "W", "<ctrl-s>", "<ctrl-l>", "<backspace>",
        ]).prop_map(str::to_owned),
        1 => proptest::sample::select(vec!["日本", "👩🏽‍🚀", "e\u{301}", "ab c"]).prop_map(str::to_owned),
    ];
    proptest::collection::vec(key, 0..14).prop_map(|keys| keys.concat())
}

/// Text that a file may contain.
fn wild() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        proptest::sample::select(vec![
            "日本語のとても長い名前",
            "👨‍👩‍👧‍👦👩🏽‍🚀🏴‍☠️",
            "\u{1b}[2J\u{7}",
            "\u{202e}abc",
            "e\u{301}\u{301}\u{301}",
            "\u{301}",
            "ﾊﾝｶｸ",
            "{\"a\":[1,{\"b\":null}],\"日\":\"本\"}",
            "{\"open\":",
            "",
            "\n\n\n",
            "a\u{200d}b",
            "🇩🇪🇫🇷",
            "ｆｕｌｌ",
        ])
        .prop_map(str::to_owned),
    ]
    .prop_map(|text| text.chars().take(200).collect())
}

fn store(names: &[String], texts: &[String]) -> Store {
    let store = Store::memory().with_origin(
        Arc::new(SteppingClock::new(Timestamp(0), 86_400_123)),
        Arc::new(CountingIds::default()),
    );
    let acme = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    for (index, text) in texts.iter().enumerate() {
        let add = Command::new("add-contact")
            .with("contact_id", format!("{index}{}", text.replace('\n', "")))
            .with("name", format!("n{}", text.replace('\n', "")))
            .with("email", "a@b.c");
        acme.execute(add).unwrap();
    }
    ContentStore::open(&store, "cms_staging", Arc::new(Cms)).unwrap();
    for name in names {
        // Skips names that no space can have.
        let Ok(space) = store.events().get_or_create_space(name, None, Timestamp(0)) else { continue };
        let events: Vec<NewEvent> = texts
            .iter()
            .filter(|text| !text.is_empty())
            .map(|text| NewEvent::new(text.as_str(), text.as_str(), Json::of(&text.as_str().into())))
            .collect();
        let append = Append { expected: Expected::Any, now: Timestamp(1), events: &events };
        store.events().append(space.space_id, append).unwrap();
    }
    store
}

/// Checks that every wide character has all its cells on its row, with nothing else in them.
fn check(buffer: &Buffer) -> Result<(), TestCaseError> {
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            prop_assert!(!symbol.chars().any(char::is_control), "{symbol:?} at {x}, {y}");
            let cells = symbol.cell_width().max(1);
            prop_assert!(x + cells <= buffer.area.width, "{symbol} is cut at {x}, {y}");
            for behind in x + 1..x + cells {
                prop_assert_eq!(buffer[(behind, y)].symbol(), " ", "behind {} at {}, {}", symbol, x, y);
            }
            x += cells;
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(96), ..ProptestConfig::default() })]

    #[test]
    fn no_data_key_or_size_breaks_a_screen(
        names in proptest::collection::vec(wild(), 0..4),
        texts in proptest::collection::vec(wild(), 0..6),
        presses in proptest::collection::vec((keys(), 0..=255_u16, 0..=255_u16), 1..5),
        small in proptest::collection::vec((0..70_u16, 0..30_u16), 1..4),
        guided: bool,
    ) {
        let themes = ThemeName::ALL.map(Theme::named).into_iter().chain([Theme::dark().ascii()]).collect::<Vec<_>>();
        let mut console = Headless::new(store(&names, &texts), Apps::standard(), 120, 40);
        if guided {
            console = console.guided(ramax::cli::walkthrough());
        }
        for ((keys, width, height), theme) in presses.iter().zip(themes.iter().cycle()) {
            console.press(keys).unwrap();
            console.resize(*width, *height);
            check(&console.draw(theme))?;
            for (width, height) in &small {
                console.resize(*width, *height);
                check(&console.draw(theme))?;
            }
        }
    }
}

#[test]
fn a_screen_that_is_too_small_states_the_required_size() {
    let mut console = Headless::new(store(&[], &[]), Apps::standard(), 39, 24);
    let first_line = |console: &Headless| -> String {
        let buffer = console.draw(&Theme::mono());
        (0..buffer.area.width)
            .map(|x| buffer[(x, 0)].symbol().to_owned())
            .collect::<String>()
            .trim()
            .to_owned()
    };
    assert_eq!(first_line(&console), "ramax needs 40×10, not 39×24");
    console.resize(12, 3);
    assert_eq!(first_line(&console), "needs 40×10");
}

#[test]
fn a_monochrome_frame_sends_no_colour_and_reverses_the_selected_row() {
    let console = Headless::new(store(&[], &["a".to_owned()]), Apps::standard(), 120, 40);
    let frame = console.draw(&Theme::mono());
    let mut sent = Vec::new();
    let cells = Buffer::empty(frame.area);
    CrosstermBackend::new(&mut sent).draw(cells.diff(&frame).into_iter()).unwrap();
    let sent = String::from_utf8(sent).unwrap();
    let style = |text: &'_ str| -> Option<String> {
        let end = text.find(|end: char| end.is_ascii_alphabetic())?;
        text[end..].starts_with('m').then(|| text[1..end].to_owned())
    };
    let styles: Vec<String> = sent.split('\u{1b}').filter_map(style).collect();
    // The last ones reset the terminal's colours.
    let plain = ["0", "1", "22", "4", "24", "7", "27", "39", "49", "59"];
    assert!(styles.iter().all(|style| plain.contains(&style.as_str())), "{styles:?}");
    assert!(styles.iter().any(|style| style == "7"), "{styles:?}");
}

/// Returns a screen without the rows of the list that has the focus, which may scroll, but with the selected one.
fn without_rows(console: &Headless) -> String {
    let shown = screen(console);
    let lines = shown.lines().filter(|line| !line.starts_with("┃ "));
    // The scroll bar is beside the rows.
    lines.map(|line| line.trim_end_matches(['┃', ' '])).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_terminal_that_is_resized_and_back_shows_the_same_with_the_same_row_selected() {
    let store = tenants();
    // All screens with RAMAX_FUZZ, otherwise some of each kind.
    let step = if cases(0) > 0 { 1 } else { 4 };
    for place in SCREENS.iter().step_by(step) {
        let mut console = Headless::new(store.clone(), Apps::standard(), 80, 24);
        console.press(place).unwrap();
        let before = without_rows(&console);
        for (width, height) in [(200, 50), (40, 12), (20, 5), (0, 0), (80, 24)] {
            console.resize(width, height);
        }
        assert_eq!(without_rows(&console), before, "{place}");
    }
}

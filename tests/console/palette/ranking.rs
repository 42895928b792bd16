//! The order of the rows that match a text.

use ramax::console::Headless;
use ramax::console::layers::palette::{PaletteRow, PaletteTarget};
use ramax::{Apps, OpenOptions, Store};

use crate::support::Fixture;
use crate::{console, notice};

use super::{after, first, palette};

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
fn recently_used_actions_come_first_on_an_empty_text() {
    let mut console = after(":help<enter>q:zoom<enter>:");
    let titles: Vec<&str> = palette(&console).entries.iter().take(2).map(|entry| &*entry.title).collect();
    assert_eq!(titles, ["zoom", "help"]);
    console.press("<enter>").unwrap();
    assert!(!console.state().zoomed, "the first one runs at once");
}

#[test]
fn why_finds_the_actions_that_explain_a_value_and_the_guide() {
    let console = after(":why");
    let titles: Vec<&str> = palette(&console).entries.iter().map(|entry| entry.title.as_str()).collect();
    for title in ["blame", "key history", "since when", "cause", "trace", "next problem", "guide why"] {
        assert!(titles.contains(&title), "{title} is not among {titles:?}");
    }
}

#[test]
fn an_action_that_is_refused_comes_before_the_word_of_the_help() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme");
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let store = Store::open(fixture.store.location().unwrap(), options).unwrap();
    for (width, height) in [(40, 12), (80, 24)] {
        let mut console = Headless::new(store.clone(), Apps::standard(), width, height);
        console.press(":reb").unwrap();
        let shown: Vec<bool> = palette(&console).entries.iter().map(PaletteRow::is_action).collect();
        assert_eq!(shown[..2], [true, false], "{:?}", palette(&console).entries);
        console.press("<enter>").unwrap();
        assert!(notice(&console).starts_with("rebuild: "), "{}", notice(&console));
    }
}

#[test]
fn what_can_be_done_comes_before_what_cannot() {
    for text in ["la", "re", "e", "st"] {
        let console = after(&format!(":{text}"));
        let entries = &palette(&console).entries;
        let is_prefix = |entry: &&PaletteRow| entry.title.starts_with(text) && entry.title != text;
        let refused: Vec<bool> =
            entries.iter().filter(is_prefix).map(|entry| entry.reason.is_some()).collect();
        assert!(
            refused.is_sorted(),
            "{text}: {:?}",
            entries.iter().map(|entry| &entry.title).collect::<Vec<_>>()
        );
        assert!(first(&console).reason.is_none(), "{text} begins with {}", first(&console).title);
    }
}

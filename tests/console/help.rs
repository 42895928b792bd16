//! The help: the most needed keys first, the word for the item under the cursor, and a search.

use ramax::console::app::hints::hints;
use ramax::console::layers::help::{GLOSSARY, Help};
use ramax::console::theme::Theme;

use crate::{console, screen, two_tenants};

fn help(keys: &str) -> String {
    let mut console = console(&two_tenants().store);
    console.press(keys).unwrap();
    screen(&console)
}

#[test]
fn the_word_for_the_item_under_the_cursor_comes_first() {
    for (keys, word) in
        [("?", "space"), ("2?", "event"), ("3?", "projection"), ("4?", "checkpoint"), ("2<enter>?", "event")]
    {
        let shown = help(keys);
        let mut lines = shown.lines().skip_while(|line| !line.contains("Under the cursor"));
        lines.next();
        let line = lines.next().unwrap();
        assert!(line.contains(&format!("   {word} ")), "{keys}: {line}");
    }
    assert!(!help("5?").contains("Under the cursor"), "no job is selected");
}

#[test]
fn the_five_likeliest_actions_are_listed_before_all_others() {
    let fixture = two_tenants();
    for pane in ["1", "2", "3", "4"] {
        let mut console = console(&fixture.store);
        console.press(pane).unwrap();
        let needed: Vec<&str> = hints(console.state()).iter().take(5).map(|hint| hint.label).collect();
        console.press("?").unwrap();
        let shown = screen(&console);
        let part: String =
            shown.split("Most needed here").nth(1).unwrap().split("Actions").next().unwrap().to_owned();
        for title in needed {
            assert!(part.contains(title), "{title} in pane {pane}: {part}");
        }
    }
}

#[test]
fn a_search_shows_only_the_keys_and_words_that_contain_it() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("?/bad eve").unwrap();
    assert!(screen(&console).contains("nothing in the help matches bad eve"), "{}", screen(&console));
    console.press("<ctrl-u>shadow<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("Reads use the old one") && !shown.contains("create space"), "{shown}");
    console.press("<esc>").unwrap();
    assert!(screen(&console).contains("create space"), "everything again");
    console.press("<esc>").unwrap();
    assert!(console.state().layers.is_empty());
}

#[test]
fn a_search_is_text_and_scrolls_with_the_arrow_keys() {
    let fixture = two_tenants();
    let mut console = ramax::console::Headless::new(fixture.store, ramax::Apps::standard(), 40, 12);
    console.press("?/e<down><down>").unwrap();
    let Some(help) = console.state().layers.top_as::<Help>() else { panic!("no help") };
    assert_eq!((help.search.text(), help.top), ("e", 2));
    console.press("q?").unwrap();
    let Some(help) = console.state().layers.top_as::<Help>() else { panic!("no help") };
    assert_eq!(help.search.text(), "eq?", "letters are text");
    console.draw(&Theme::mono());
}

#[test]
fn the_glossary_explains_the_words_of_the_console() {
    let words = [
        "space",
        "event",
        "stream",
        "sequence",
        "projection",
        "checkpoint",
        "lag",
        "correlation",
        "causation",
        "link",
        "reference",
        "blame",
        "as of",
        "time travel",
        "playhead",
        "compare",
        "flip",
        "rebuild",
        "fork",
        "verify",
        "release check",
        "review",
        "shadow",
    ];
    assert!(GLOSSARY.iter().map(|topic| topic.word).eq(words));
    for word in words {
        assert!(help(&format!(":help {word}<enter>")).contains(word), "{word}");
    }
}

//! Reading the guides in the console.

use ramax::console::Headless;
use ramax::console::layers::reader::Reader;
use ramax::{Apps, Store};

use crate::screen;

fn reading(guide: &str, width: u16) -> Headless {
    let mut console = Headless::new(Store::memory(), Apps::standard(), width, 24);
    console.press(&format!(":guide {guide}<enter>")).unwrap();
    console
}

fn top(console: &Headless) -> usize {
    console.state().layers.top_as::<Reader>().unwrap().top
}

#[test]
fn a_guide_is_read_by_sections() {
    let mut console = reading("queries", 80);
    let first_line = |console: &Headless| {
        let shown = screen(console);
        shown.lines().nth(2).unwrap().trim_matches(['┃', ' ']).to_owned()
    };
    console.press("]").unwrap();
    let (second, heading) = (top(&console), first_line(&console));
    assert!(second > 0 && !heading.is_empty());
    console.press("n").unwrap();
    assert!(top(&console) > second);
    console.press("[").unwrap();
    assert_eq!((top(&console), first_line(&console)), (second, heading));
    console.press("NN").unwrap();
    assert_eq!(top(&console), 0);
}

#[test]
fn a_narrow_screen_shows_every_column_of_a_table() {
    let mut console = reading("queries", 40);
    let mut shown = String::new();
    for _ in 0..60 {
        shown += &screen(&console);
        console.press("<pgdn>").unwrap();
    }
    let guide = include_str!("../../guides/queries.md");
    let rows = guide.lines().filter(|line| line.starts_with("| ")).skip(1);
    for word in rows.flat_map(|row| row.split('|').filter_map(|cell| cell.split_whitespace().last())) {
        let word = word.replace(['`', '*'], "");
        let begins: String = word.chars().take(12).collect();
        assert!(begins.contains('[') || shown.contains(&begins), "{word} is not shown");
    }
}

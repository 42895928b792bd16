//! What a console draws and the program prints of a store that holds anything.

use ramax::Store;
use ramax::apps::Apps;
use ramax::console::Headless;
use ramax::console::view::Theme;
use ramax::text::visible;

/// Goes through a console's panes, of the space that is on top, and looks at what is drawn.
pub fn look_around(store: &Store) {
    let mut console = Headless::new(store.clone(), Apps::standard(), 100, 30);
    for keys in [
        "<enter>", "2", "G", "i", "O", "G", "<esc>", "3", "G", "i", "O", "<esc>", "H", "<esc>", "g", "jj",
        "z", "z", "4", "1",
    ] {
        console.press(keys).unwrap();
        assert_safe(&console);
    }
}

#[track_caller]
fn assert_safe(console: &Headless) {
    for cell in console.draw(&Theme::mono()).content() {
        assert_eq!(visible(cell.symbol()), cell.symbol());
    }
}

/// That an output is made of lines that a terminal just shows.
#[track_caller]
pub fn assert_plain(output: &str, what: &str) {
    for line in output.lines() {
        assert_eq!(visible(line), line, "{what}");
    }
}

//! Time travel in the console: a key with the questions that it causes, which the console answers on another thread, and the
//! frame that follows.

use std::hint::black_box;

use ramax::console::Headless;
use ramax::console::theme::Theme;
use ramax::{Apps, Store};

use super::figures::Started;
use super::{Outcome, Row};

const FRAMES: usize = 400;

/// Steps and jumps through the past of the first space, on a large screen.
pub fn travel(store: &Store) -> Outcome<Vec<Row>> {
    let mut console = Headless::new(store.clone(), Apps::standard(), 200, 60);
    // The first fold.
    console.press("3t")?;
    let mut rows = Vec::new();
    for (name, keys, frame) in [
        ("a step in the console", ["<left>", "<right>"], "its frame"),
        ("a hundred events in the console", ["{", "{"], "its frame"),
        ("a jump in the console", ["<home>", "<end>"], "its frame"),
    ] {
        let theme = Theme::dark();
        let [mut answered, mut drawn] = [(); 2].map(|()| Vec::with_capacity(FRAMES));
        for number in 0..FRAMES {
            let started = Started::now();
            console.press(keys[number % 2])?;
            answered.push(started.spent());
            let started = Started::now();
            black_box(console.draw(&theme));
            drawn.push(started.spent());
        }
        rows.push(Row { name, taken: answered, target: None });
        rows.push(Row { name: frame, taken: drawn, target: Some(16) });
    }
    Ok(rows)
}

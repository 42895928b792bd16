//! Time travel in the console: a key with the questions that it causes, which the console answers on another thread, and the
//! frame that follows.

use std::hint::black_box;
use std::time::Instant;

use ramax::console::Headless;
use ramax::console::theme::Theme;
use ramax::{Apps, Store};

use super::{Outcome, Row, shares};

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
            let begun = Instant::now();
            console.press(keys[number % 2])?;
            answered.push(begun.elapsed());
            let begun = Instant::now();
            black_box(console.draw(&theme));
            drawn.push(begun.elapsed());
        }
        rows.push(Row { name, shares: shares(answered), target: None });
        rows.push(Row { name: frame, shares: shares(drawn), target: Some(16) });
    }
    Ok(rows)
}

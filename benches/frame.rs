//! Times a key and the following frame: update and render of a full screen, without a terminal.
//!
//! `cargo bench --bench frame` prints the median, the 99th percentile and the slowest of each, and the median of the frame
//! alone. A key includes the queries that it causes, which the console runs on other threads.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ramax::apps::Crm;
use ramax::console::Headless;
use ramax::console::theme::Theme;
use ramax::operations::{GenerateOptions, generate, keep_going};
use ramax::{Apps, Store};

const FRAMES: usize = 2000;
const SIZES: [(u16, u16); 3] = [(200, 60), (120, 40), (80, 24)];

fn main() -> Result<(), Box<dyn Error>> {
    println!("{:<48} {:>10} {:>10} {:>10} {:>10}", "screen", "median", "99 %", "slowest", "frame");
    let [few, some, many] = [100, 1000, 10_000].map(store_of);
    let (few, some, many) = (few?, some?, many?);
    for (width, height) in SIZES {
        time_screens(&few, width, height)?;
        time_layers(&some, width, height)?;
    }
    time_searches(&many)?;
    for (name, store) in [("100", few), ("10000", many)] {
        let mut console = Headless::new(store, Apps::standard(), 200, 60);
        time(&format!("200×60 {name} spaces"), &mut console, ["j", "k"])?;
        console.press("4")?;
        time(&format!("200×60 {name} checkpoints"), &mut console, ["j", "k"])?;
    }
    Ok(())
}

fn store_of(spaces: u32) -> ramax::Result<Store> {
    let store = Store::memory();
    let options = GenerateOptions { spaces, events: 20_000, app: Arc::new(Crm), seed: 7 };
    generate(&store, &options, &mut keep_going)?;
    Ok(store)
}

fn time_screens(store: &Store, width: u16, height: u16) -> Result<(), Box<dyn Error>> {
    // Four jobs, and the focus on a pane that changes.
    let mut console = Headless::new(store.clone(), Apps::standard(), width, height);
    console.press("R<enter>v<enter>jR<enter>v<enter>2")?;
    time(&format!("{width}×{height} events"), &mut console, ["k", "j"])?;
    console.press("3<enter>")?;
    time(&format!("{width}×{height} a projection"), &mut console, ["j", "k"])?;
    console.press("<esc>?")?;
    time(&format!("{width}×{height} help"), &mut console, ["j", "k"])
}

/// Times the layers over a full screen with the activity of a space.
fn time_layers(store: &Store, width: u16, height: u16) -> Result<(), Box<dyn Error>> {
    let layers = [
        ("spaces with activity", "1", ["j", "k"]),
        ("a palette, moving", ":", ["<down>", "<up>"]),
        ("a palette, typing", ":", ["c", "<backspace>"]),
        ("candidates of a query, moving", "2/<tab>", ["<down>", "<up>"]),
        ("candidates of a query, typing", "2/type:", ["c", "<backspace>"]),
        ("a form, typing", "n<enter>", ["x", "<backspace>"]),
        ("a menu to copy", "2y", ["", ""]),
    ];
    for (name, keys, moves) in layers {
        let mut console = Headless::new(store.clone(), Apps::standard(), width, height);
        console.press(keys)?;
        time(&format!("{width}×{height} {name}"), &mut console, moves)?;
    }
    Ok(())
}

/// Times a key in the palette of a store with many spaces, each with a contact or more.
fn time_searches(store: &Store) -> Result<(), Box<dyn Error>> {
    let mut console = Headless::new(store.clone(), Apps::standard(), 200, 60);
    for (name, typed, keys) in [
        ("one letter", ":", ["l", "<backspace>"]),
        ("one of all spaces", ":load_0420", ["1", "<backspace>"]),
        ("no match", ":zzzz", ["z", "<backspace>"]),
    ] {
        console.press(typed)?;
        time(&format!("200×60 palette, 10000 spaces, {name}"), &mut console, keys)?;
        console.press("<esc>")?;
    }
    Ok(())
}

fn time(name: &str, console: &mut Headless, keys: [&str; 2]) -> Result<(), Box<dyn Error>> {
    let theme = Theme::dark();
    let [mut times, mut frames] = [(); 2].map(|()| Vec::with_capacity(FRAMES));
    for frame in 0..FRAMES {
        let begun = Instant::now();
        console.press(keys[frame % 2])?;
        let updated = begun.elapsed();
        std::hint::black_box(console.draw(&theme));
        times.push(begun.elapsed());
        frames.push(begun.elapsed() - updated);
    }
    let at = |times: &[Duration], share: usize| {
        format!("{:.0} µs", times[(FRAMES - 1) * share / 100].as_secs_f64() * 1e6)
    };
    times.sort();
    frames.sort();
    println!(
        "{name:<48} {:>10} {:>10} {:>10} {:>10}",
        at(&times, 50),
        at(&times, 99),
        at(&times, 100),
        at(&frames, 50)
    );
    Ok(())
}

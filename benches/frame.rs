//! Times a key and the following frame: update and render of a full screen, without a terminal.
//!
//! `cargo bench --bench frame` prints the median, the 99th percentile and the slowest of each.

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
    println!("{:<28} {:>10} {:>10} {:>10}", "screen", "median", "99 %", "slowest");
    let [few, many] = [100, 10_000].map(store_of);
    let (few, many) = (few?, many?);
    for (width, height) in SIZES {
        time_screens(&few, width, height)?;
    }
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

fn time(name: &str, console: &mut Headless, keys: [&str; 2]) -> Result<(), Box<dyn Error>> {
    let theme = Theme::dark();
    let mut times: Vec<Duration> = Vec::with_capacity(FRAMES);
    for frame in 0..FRAMES {
        let begun = Instant::now();
        console.press(keys[frame % 2])?;
        std::hint::black_box(console.draw(&theme));
        times.push(begun.elapsed());
    }
    times.sort();
    let at = |share: usize| format!("{:.0} µs", times[(FRAMES - 1) * share / 100].as_secs_f64() * 1e6);
    println!("{name:<28} {:>10} {:>10} {:>10}", at(50), at(99), at(100));
    Ok(())
}

//! Draws the README's picture: `cargo run --example picture > snapshots/console.svg`. A size, a theme and keys select
//! another picture: `cargo run --example picture -- 80x24 light 'jjR'`. The word `guide` after them adds the guide
//! through the demonstration.

mod svg;

use std::sync::Arc;

use anyhow::{Context, Result};
use ramax::clock::{CountingIds, SteppingClock};
use ramax::console::Headless;
use ramax::console::theme::{Theme, ThemeName};
use ramax::{Apps, Location, OpenOptions, Store, Timestamp, demo};

/// The keys to rebuild the first space, verify the second, and select an event.
const STORY: &str = "R<enter>jv<enter>k2kk";

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let size = arguments.next().unwrap_or_else(|| "140x40".to_owned());
    let (width, height) = size.split_once('x').context("a size is written as 140x40")?;
    let theme = arguments.next().unwrap_or_else(|| "dark".to_owned());
    let theme = ThemeName::named(&theme).context("a theme is dark, light, sixteen or mono")?;
    let keys = arguments.next().unwrap_or_else(|| STORY.to_owned());

    let directory = tempfile::tempdir()?;
    let file = Location::file(directory.path().join("demo.db"));
    // 2026-11-23, noon.
    let clock = SteppingClock::new(Timestamp(1_795_435_200_000), 3);
    let store = Store::open_or_create(&file, OpenOptions::default())?
        .with_origin(Arc::new(clock), Arc::new(CountingIds::default()));
    demo::seed(&store)?;

    let mut console = Headless::new(store, Apps::standard(), width.parse()?, height.parse()?);
    if arguments.next().is_some_and(|word| word == "guide") {
        console = console.guided(ramax::cli::walkthrough());
    }
    console.press(&keys)?;
    print!("{}", svg::svg(&console.draw(&Theme::named(theme))));
    Ok(())
}

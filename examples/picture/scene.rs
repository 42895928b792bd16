//! The scene of the README's picture: the demonstration at a fixed time, and keys.

use std::sync::Arc;

use anyhow::Result;
use ramax::clock::{CountingIds, SteppingClock};
use ramax::console::Headless;
use ramax::console::theme::Theme;
use ramax::{Apps, Location, OpenOptions, Store, Timestamp, demo};

use crate::svg::svg;

/// The keys to rebuild the first space, verify the second, and select an event.
pub(crate) const STORY: &str = "R<enter>jv<enter>k2kk";

/// The size of the picture, in columns and rows.
pub(crate) const SIZE: (u16, u16) = (140, 40);

/// Draws the demonstration's console after some keys, with or without its guide.
pub(crate) fn draw((width, height): (u16, u16), theme: &Theme, keys: &str, guided: bool) -> Result<String> {
    let directory = tempfile::tempdir()?;
    let file = Location::file(directory.path().join("demo.db"));
    // 2026-11-23, noon.
    let clock = SteppingClock::new(Timestamp(1_795_435_200_000), 3);
    let store = Store::open_or_create(&file, OpenOptions::default())?
        .with_origin(Arc::new(clock), Arc::new(CountingIds::default()));
    demo::seed(&store)?;
    let mut console = Headless::new(store, Apps::standard(), width, height);
    if guided {
        console = console.guided(ramax::cli::walkthrough());
    }
    console.press(keys)?;
    Ok(svg(&console.draw(theme)))
}

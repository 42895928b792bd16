//! Draws the README's picture: `cargo run --example picture > snapshots/console.svg`. A size, a theme and keys select
//! another picture: `cargo run --example picture -- 80x24 light 'jjR'`. The word `guide` after them adds the guide
//! through the demonstration.

mod scene;
mod svg;

use anyhow::{Context, Result};
use ramax::console::theme::{Theme, ThemeName};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let size = match arguments.next() {
        Some(size) => size_of(&size).context("a size is written as 140x40")?,
        None => scene::SIZE,
    };
    let theme = arguments.next().unwrap_or_else(|| "dark".to_owned());
    let theme = ThemeName::named(&theme).context("a theme is dark, light, sixteen or mono")?;
    let keys = arguments.next().unwrap_or_else(|| scene::STORY.to_owned());
    let guided = arguments.next().is_some_and(|word| word == "guide");
    print!("{}", scene::draw(size, &Theme::named(theme), &keys, guided)?);
    Ok(())
}

fn size_of(text: &str) -> Option<(u16, u16)> {
    let (width, height) = text.split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

//! The picture in the README.

use ramax::console::theme::{Theme, ThemeName};

use crate::scene::{SIZE, STORY, draw};

#[test]
fn the_picture_in_the_readme_is_current() {
    let drawn = draw(SIZE, &Theme::named(ThemeName::Dark), STORY, false).unwrap();
    assert!(
        drawn == include_str!("../../snapshots/console.svg"),
        "draw it again: cargo run --example picture > snapshots/console.svg"
    );
}

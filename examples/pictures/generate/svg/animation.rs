//! Scenes that follow each other, each with its keys and a caption. A reader who prefers reduced motion sees the first.

use std::fmt::Write;

use ratatui::buffer::Buffer;

use super::text::{Styles, escaped};
use super::{MARGIN, backdrop, ground, head, screen, size};

/// A screen, and how it came about.
pub(crate) struct Scene {
    /// The keys that lead to it from the scene before, as shown.
    pub keys: Vec<String>,
    /// A sentence about it.
    pub caption: String,
    /// The screen.
    pub buffer: Buffer,
}

/// The duration of a scene, in seconds.
const SECONDS: usize = 6;
/// The height of the strip with the keys and the caption, in pixels.
const STRIP: u16 = 64;
/// The width of a character of a key, in pixels.
const CHARACTER: u16 = 9;

const STYLE: &str = ".c{fill:#f0f3f7;font:17px system-ui,'Segoe UI',Helvetica,Arial,sans-serif}.k{fill:#7ab0f5}\
     .b{fill:#252b36;stroke:#5c6675}.d{fill:#3a4250}.n{fill:#7ab0f5}";

/// Returns scenes of one size as an animated SVG.
pub(crate) fn animation(title: &str, scenes: &[Scene]) -> String {
    let Some(first) = scenes.first() else { return String::new() };
    let (width, height) = size(&first.buffer);
    let ground = ground(&first.buffer);
    let mut styles = Styles::default();
    let mut drawn = String::new();
    for (index, scene) in scenes.iter().enumerate() {
        let _ = writeln!(
            drawn,
            "<g class=\"s s{index}\">\n<g transform=\"translate({MARGIN} {MARGIN})\">\n{}</g>\n{}</g>",
            screen::draw(&scene.buffer, ground, &mut styles),
            strip(scene, index, scenes.len(), (width, height))
        );
    }
    let mut svg = head(title, width, height + STRIP);
    let captions: Vec<&str> = scenes.iter().map(|scene| scene.caption.as_str()).collect();
    let _ = writeln!(svg, "<desc>{}</desc>", escaped(&captions.join(" ")));
    let _ = writeln!(svg, "<style>{}{STYLE}{}</style>", styles.css(), motion(scenes.len()));
    svg + &backdrop(width, height + STRIP, ground) + &drawn + "</svg>\n"
}

/// Returns the style that shows one scene after the other, for ever.
fn motion(scenes: usize) -> String {
    let total = scenes * SECONDS;
    let share = 100.0 / f64::from(u32::try_from(scenes).unwrap_or(u32::MAX));
    let mut css = format!(
        ".s{{visibility:hidden}}.s0{{visibility:visible}}@media(prefers-reduced-motion:no-preference){{\
         .s{{animation:show {total}s step-end infinite}}"
    );
    for index in 0..scenes {
        // A negative delay: every scene is in its phase from the beginning.
        let _ = write!(css, ".s{index}{{animation-delay:-{}s}}", (scenes - index) % scenes * SECONDS);
    }
    let _ = write!(
        css,
        "}}@keyframes show{{0%{{visibility:visible}}{share:.3}%{{visibility:hidden}}100%{{visibility:hidden}}}}"
    );
    css
}

/// Draws the caption and the number of the scene, with the keys below.
fn strip(scene: &Scene, index: usize, scenes: usize, (width, height): (u16, u16)) -> String {
    let mut svg = String::new();
    let left = MARGIN + 4;
    let _ = writeln!(
        svg,
        "<text class=\"c\" x=\"{left}\" y=\"{}\">{}</text>",
        height + 12,
        escaped(&scene.caption)
    );
    let dots = u16::try_from(scenes).unwrap_or(u16::MAX);
    for dot in 0..dots {
        let class = if usize::from(dot) == index { "n" } else { "d" };
        let x = width - MARGIN - 6 - (dots - 1 - dot) * 14;
        let _ = writeln!(svg, "<circle class=\"{class}\" cx=\"{x}\" cy=\"{}\" r=\"4\"/>", height + 7);
    }
    let mut x = left;
    for key in &scene.keys {
        let cells = u16::try_from(key.chars().count()).unwrap_or(u16::MAX);
        let _ = writeln!(svg, "{}", cap(key, x, height + 24, cells * CHARACTER));
        x += cells * CHARACTER + 21;
    }
    svg
}

/// Draws a key.
fn cap(key: &str, x: u16, y: u16, inside: u16) -> String {
    format!(
        "<rect class=\"b\" x=\"{x}.5\" y=\"{y}.5\" width=\"{}\" height=\"24\" rx=\"5\"/>\
         <text class=\"k\" x=\"{}\" y=\"{}\" textLength=\"{inside}\">{}</text>",
        inside + 14,
        x + 7,
        y + 18,
        escaped(key)
    )
}

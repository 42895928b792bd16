//! Text: runs of cells with one style, and the style sheet.

use std::fmt::Write;

use ratatui::style::Modifier;

use super::screen::{HEIGHT, WIDTH};

/// The distance of the base line from the top of a row, in pixels.
const BASE: u16 = 14;

/// The look of a text, without its background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub ink: u32,
    pub modifier: Modifier,
}

/// The looks of all texts of a picture, each with a class of the style sheet.
#[derive(Default)]
pub(super) struct Styles(Vec<Look>);

impl Styles {
    fn class(&mut self, look: Look) -> String {
        let known = self.0.iter().position(|other| *other == look);
        let index = known.unwrap_or_else(|| {
            self.0.push(look);
            self.0.len() - 1
        });
        format!("t{index}")
    }

    /// Returns the style sheet.
    pub fn css(&self) -> String {
        let mut css =
            "text{font:15px ui-monospace,'SF Mono',Menlo,'DejaVu Sans Mono',Consolas,monospace}".to_owned();
        for (index, look) in self.0.iter().enumerate() {
            let _ = write!(css, ".t{index}{{fill:#{:06x}{}}}", look.ink, declarations(look.modifier));
        }
        css
    }
}

fn declarations(modifier: Modifier) -> String {
    let all = [
        (Modifier::BOLD, ";font-weight:bold"),
        (Modifier::ITALIC, ";font-style:italic"),
        (Modifier::UNDERLINED, ";text-decoration:underline"),
        (Modifier::DIM, ";opacity:.6"),
    ];
    all.into_iter().filter(|(wanted, _)| modifier.contains(*wanted)).map(|(_, text)| text).collect()
}

/// Adjacent cells of one look.
pub(super) struct Run {
    pub x: u16,
    pub cells: u16,
    pub text: String,
    pub look: Look,
    /// False for characters that may come from another font: those have an element of their own, which keeps the
    /// columns after it in place.
    pub joins: bool,
}

impl Run {
    /// Writes the run. Its length is given, so that columns keep their places in any font.
    pub fn write(&self, y: u16, styles: &mut Styles, svg: &mut String) {
        let class = styles.class(self.look);
        let (x, base, length) = (self.x * WIDTH, y * HEIGHT + BASE, self.cells * WIDTH);
        let text = escaped(&self.text);
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{base}\" textLength=\"{length}\" class=\"{class}\">{text}</text>"
        );
    }
}

/// Returns a text as the content of an element. Characters that XML does not allow are replaced.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

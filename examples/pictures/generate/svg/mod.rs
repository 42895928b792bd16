//! Renders screens as SVG, as a terminal would show them. Nothing is loaded from elsewhere, and no script is needed.

mod animation;
mod colours;
mod screen;
mod shape;
mod text;

use std::fmt::Write;

use ratatui::buffer::Buffer;

pub(crate) use animation::{Scene, animation};

use colours::colours;
use screen::{HEIGHT, WIDTH};
use text::{Styles, escaped};

/// The distance of the screen from the edges of the picture, in pixels.
const MARGIN: u16 = 12;
/// The border, visible on light and dark pages.
const BORDER: u32 = 0x5c_66_75;

/// Returns a screen as SVG. The title describes it for readers who cannot see it.
pub(crate) fn picture(title: &str, buffer: &Buffer) -> String {
    let mut styles = Styles::default();
    let ground = ground(buffer);
    let drawn = screen::draw(buffer, ground, &mut styles);
    let (width, height) = size(buffer);
    let mut svg = head(title, width, height);
    let _ = writeln!(svg, "<style>{}</style>", styles.css());
    svg += &backdrop(width, height, ground);
    let _ = writeln!(svg, "<g transform=\"translate({MARGIN} {MARGIN})\">\n{drawn}</g>\n</svg>");
    svg
}

/// Returns the size of a screen with its margins, in pixels.
fn size(buffer: &Buffer) -> (u16, u16) {
    let area = buffer.area();
    (area.width * WIDTH + 2 * MARGIN, area.height * HEIGHT + 2 * MARGIN)
}

/// Returns the colour of most of a screen.
fn ground(buffer: &Buffer) -> u32 {
    let area = buffer.area();
    buffer.cell((area.x, area.y)).map_or(colours::GROUND, |cell| colours(cell).1)
}

fn head(title: &str, width: u16, height: u16) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"title\">\n<title id=\"title\">{}</title>\n",
        escaped(title)
    )
}

fn backdrop(width: u16, height: u16, ground: u32) -> String {
    format!(
        "<rect x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"8\" fill=\"#{ground:06x}\" stroke=\"#{BORDER:06x}\"/>\n",
        width - 1,
        height - 1
    )
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::{Modifier, Style};
    use roxmltree::Document;

    use super::*;

    fn screen(lines: &[&str], style: Style) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 3));
        for (y, line) in (0..).zip(lines) {
            buffer.set_string(0, y, line, style);
        }
        buffer
    }

    /// Returns the text elements: column in pixels, length in pixels, text.
    fn texts(svg: &str) -> Vec<(String, String, String)> {
        let document = Document::parse(svg).unwrap();
        let texts = document.descendants().filter(|node| node.has_tag_name("text"));
        let value =
            |node: &roxmltree::Node<'_, '_>, name| node.attribute(name).unwrap_or_default().to_owned();
        texts
            .map(|node| {
                (value(&node, "x"), value(&node, "textLength"), node.text().unwrap_or_default().to_owned())
            })
            .collect()
    }

    fn text(x: u16, cells: u16, text: &str) -> (String, String, String) {
        ((x * WIDTH).to_string(), (cells * WIDTH).to_string(), text.to_owned())
    }

    #[test]
    fn text_keeps_its_columns_in_any_font() {
        let svg = picture("a", &screen(&["é <b>  日x", "  wide"], Style::new()));
        assert_eq!(texts(&svg), [text(0, 5, "é <b>"), text(7, 2, "日"), text(9, 1, "x"), text(2, 4, "wide")]);
    }

    #[test]
    fn borders_are_joined_lines_and_reversed_cells_change_their_colours() {
        let svg = picture("a", &screen(&["╭──", "│", "│"], Style::new()));
        assert!(svg.contains("d=\"M4.5 19Q4.5 9.5 9 9.5M9 9.5h18M4.5 19v38\""), "{svg}");
        assert!(texts(&svg).is_empty(), "{svg}");
        let reversed = picture("a", &screen(&["", "x"], Style::new().add_modifier(Modifier::REVERSED)));
        assert!(reversed.contains(".t0{fill:#14171d}"), "{reversed}");
        assert!(reversed.contains("fill=\"#d0d6df\" d=\"M0 19h9v19h-9z\""), "{reversed}");
    }

    #[test]
    fn hostile_text_is_shown_and_the_picture_is_well_formed() {
        let mut buffer = screen(&["]]>&amp;<script>"], Style::new());
        for (x, symbol) in (0..).zip(["\u{1b}", "\u{0}", "\u{ffff}", "\u{9b}", "\u{202e}"]) {
            buffer[(x, 1)].set_symbol(symbol);
        }
        let svg = picture("\"</title>\u{7}", &buffer);
        let shown: String = texts(&svg).into_iter().map(|(.., text)| text).collect();
        assert!(shown.starts_with("]]>&amp;<script>"), "{shown}");
        assert!(svg.contains("<title id=\"title\">&quot;&lt;/title&gt;\u{fffd}</title>"), "{svg}");
        let scene = Scene { keys: vec!["<&>".to_owned()], caption: "a & b".to_owned(), buffer };
        Document::parse(&animation("<", &[scene])).unwrap();
    }

    #[test]
    fn scenes_follow_each_other_and_the_first_is_shown_without_motion() {
        let scene = |text: &str| Scene {
            keys: vec!["R".to_owned()],
            caption: text.to_owned(),
            buffer: screen(&[text], Style::new()),
        };
        let svg = animation("a", &[scene("one"), scene("two"), scene("three")]);
        let style = svg.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        let (still, moving) = style.split_once("@media(prefers-reduced-motion:no-preference)").unwrap();
        assert!(
            still.contains(".s{visibility:hidden}.s0{visibility:visible}") && !still.contains("animation"),
            "{still}"
        );
        assert!(moving.contains("animation:show 18s step-end infinite"), "{moving}");
        assert!(
            moving.contains(".s0{animation-delay:-0s}.s1{animation-delay:-12s}.s2{animation-delay:-6s}"),
            "{moving}"
        );
        assert!(moving.contains("33.333%{visibility:hidden}"), "{moving}");
    }
}

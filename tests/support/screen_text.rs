//! A screen as text with its styles in every theme, for snapshots.

use std::fmt::{self, Write};

use ramax::console::theme::{LineGlyphs, Theme, ThemeName};
use ratatui::buffer::{Buffer, CellWidth};
use ratatui::style::{Color, Modifier};

/// Returns the text of a screen, with a bar at the end of each row to show trailing spaces.
fn text(buffer: &Buffer) -> String {
    (0..buffer.area.height).map(|y| row(buffer, y, |_, symbol| symbol) + "|\n").collect()
}

/// Returns the text of a row, with each symbol replaced.
fn row<'a>(buffer: &'a Buffer, y: u16, replaced: impl Fn(u16, &'a str) -> &'a str) -> String {
    let mut text = String::new();
    let mut x = 0;
    while x < buffer.area.width {
        let symbol = buffer[(x, y)].symbol();
        text.push_str(replaced(x, symbol));
        x += symbol.cell_width().max(1);
    }
    text
}

/// Returns a screen in every theme: its text, the rows that differ without colour, and the styles.
pub fn in_every_theme(draw: impl Fn(&Theme) -> Buffer) -> String {
    let screens = ThemeName::ALL.map(|name| draw(&Theme::named(name)));
    let [dark, light, sixteen, mono] = &screens;
    let shown = text(dark);
    assert_eq!(shown, text(light), "the light theme changes the text");
    assert_eq!(shown, text(sixteen), "the theme of sixteen colours changes the text");
    let borders = Borders::new();
    format!("{shown}{}\n{}", rows_without_colour(dark, mono, &borders), styles(&screens, &borders))
}

/// Returns the rows whose text is another one without colour, with their numbers. A heavy border is a style.
fn rows_without_colour(dark: &Buffer, mono: &Buffer, borders: &Borders) -> String {
    let mut rows = String::new();
    for y in 0..mono.area.height {
        let in_light_lines =
            row(
                mono,
                y,
                |x, symbol| if borders.is_heavy(dark, mono, (x, y)) { dark[(x, y)].symbol() } else { symbol },
            );
        if in_light_lines != row(dark, y, |_, symbol| symbol) {
            let _ = writeln!(rows, "{:>2} {}|", y + 1, row(mono, y, |_, symbol| symbol));
        }
    }
    if rows.is_empty() { rows } else { format!("\nmono\n{rows}") }
}

/// The pieces of a light border, each with the heavy one in its place.
struct Borders(Vec<(&'static str, &'static str)>);

impl Borders {
    fn new() -> Self {
        let [light, heavy] = [Theme::dark(), Theme::mono()].map(|theme| {
            let LineGlyphs { horizontal, vertical, corners } = theme.glyphs().focus;
            [&[horizontal, vertical], corners.as_slice()].concat()
        });
        Self(light.into_iter().zip(heavy).collect())
    }

    /// Returns true if a cell has a heavy border without colour, in place of a light one.
    fn is_heavy(&self, dark: &Buffer, mono: &Buffer, at: (u16, u16)) -> bool {
        let symbols = (dark[at].symbol(), mono[at].symbol());
        symbols.0 != symbols.1 && self.0.contains(&symbols)
    }
}

/// The style of a cell in every theme.
#[derive(Clone, Copy, PartialEq)]
struct Style {
    themes: [(Color, Color, Modifier); 4],
    is_heavy: bool,
}

impl Style {
    fn of(screens: &[Buffer; 4], borders: &Borders, at: (u16, u16)) -> Self {
        let shown = Modifier::BOLD | Modifier::UNDERLINED | Modifier::REVERSED;
        let themes = screens.each_ref().map(|screen| {
            let cell = &screen[at];
            (cell.fg, cell.bg, cell.modifier & shown)
        });
        let [dark, .., mono] = screens;
        Self { themes, is_heavy: borders.is_heavy(dark, mono, at) }
    }
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let themes = self.themes.map(|(foreground, background, modifier)| {
            let names = [
                (Modifier::BOLD, " bold"),
                (Modifier::UNDERLINED, " underlined"),
                (Modifier::REVERSED, " reversed"),
            ];
            let names: String =
                names.into_iter().filter(|(it, _)| modifier.contains(*it)).map(|(_, name)| name).collect();
            format!("{} {}{names}", colour(foreground), colour(background))
        });
        write!(f, "{}{}", themes.join(" · "), if self.is_heavy { " heavy" } else { "" })
    }
}

fn colour(colour: Color) -> String {
    match colour {
        Color::Rgb(red, green, blue) => format!("{red:02x}{green:02x}{blue:02x}"),
        Color::Reset => "-".to_owned(),
        named => format!("{named:?}"),
    }
}

/// Returns the styles of a screen: a letter for each combination of the styles in all themes, then the runs of cells row by
/// row. Equal rows in succession are counted.
fn styles(screens: &[Buffer; 4], borders: &Borders) -> String {
    let area = screens[0].area;
    let mut known: Vec<Style> = Vec::new();
    let mut rows: Vec<(String, usize)> = Vec::new();
    for y in 0..area.height {
        let mut runs: Vec<(usize, u16)> = Vec::new();
        for x in 0..area.width {
            let style = Style::of(screens, borders, (x, y));
            let index = known.iter().position(|other| *other == style).unwrap_or_else(|| {
                known.push(style);
                known.len() - 1
            });
            match runs.last_mut().filter(|(last, _)| *last == index) {
                Some((_, cells)) => *cells += 1,
                None => runs.push((index, 1)),
            }
        }
        let runs: Vec<String> =
            runs.into_iter().map(|(index, cells)| format!("{cells}{}", letters(index))).collect();
        let runs = runs.join(" ");
        match rows.last_mut().filter(|(last, _)| *last == runs) {
            Some((_, count)) => *count += 1,
            None => rows.push((runs, 1)),
        }
    }
    let mut text = format!("{}\n", ThemeName::ALL.map(ThemeName::as_str).join(" · "));
    for (index, style) in known.iter().enumerate() {
        let _ = writeln!(text, "  {} {style}", letters(index));
    }
    for (runs, count) in rows {
        let _ = if count == 1 { writeln!(text, "{runs}") } else { writeln!(text, "{count}× {runs}") };
    }
    text
}

fn letters(index: usize) -> String {
    let letter = char::from(b'a' + u8::try_from(index % 26).unwrap());
    if index < 26 { letter.to_string() } else { format!("{letter}{}", index / 26) }
}

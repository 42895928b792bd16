//! A screen as text with its styles, for snapshots.

use std::fmt::Write;

use ramax::console::theme::Theme;
use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::style::{Color, Modifier};

/// Returns the text of a screen, with a bar at the end of each row to show trailing spaces.
pub fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            text.push_str(symbol);
            x += symbol.cell_width().max(1);
        }
        text.push_str("|\n");
    }
    text
}

/// Returns the styles of a screen: a letter for each style, then the runs of cells row by row.
pub fn styles(name: &str, buffer: &Buffer) -> String {
    let mut known: Vec<String> = Vec::new();
    let mut rows = String::new();
    for y in 0..buffer.area.height {
        let mut runs: Vec<(usize, u16)> = Vec::new();
        for x in 0..buffer.area.width {
            let style = style(&buffer[(x, y)]);
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
        let _ = writeln!(rows, "{}", runs.join(" "));
    }
    let mut text = format!("{name}\n");
    for (index, style) in known.iter().enumerate() {
        let _ = writeln!(text, "  {} {style}", letters(index));
    }
    text + &rows
}

/// Returns the text and styles of a screen in the dark, the monochrome and the light theme.
pub fn whole_and_light(draw: impl Fn(&Theme) -> Buffer) -> String {
    format!("{}\n{}", whole(&draw), styles("light", &draw(&Theme::light())))
}

/// Returns the text and styles of a screen in the dark and the monochrome theme.
pub fn whole(draw: impl Fn(&Theme) -> Buffer) -> String {
    let (dark, mono) = (draw(&Theme::dark()), draw(&Theme::mono()));
    let texts = if text(&dark) == text(&mono) {
        text(&dark)
    } else {
        format!("{}\nmono\n{}", text(&dark), text(&mono))
    };
    format!("{texts}\n{}\n{}", styles("dark", &dark), styles("mono", &mono))
}

fn letters(index: usize) -> String {
    let letter = char::from(b'a' + u8::try_from(index % 26).unwrap());
    if index < 26 { letter.to_string() } else { format!("{letter}{}", index / 26) }
}

fn style(cell: &Cell) -> String {
    let colour = |colour: Color| match colour {
        Color::Rgb(red, green, blue) => format!("{red:02x}{green:02x}{blue:02x}"),
        Color::Reset => "-".to_owned(),
        named => format!("{named:?}"),
    };
    let mut text = format!("{} {}", colour(cell.fg), colour(cell.bg));
    for (modifier, name) in
        [(Modifier::BOLD, "bold"), (Modifier::UNDERLINED, "underlined"), (Modifier::REVERSED, "reversed")]
    {
        if cell.modifier.contains(modifier) {
            text.push(' ');
            text.push_str(name);
        }
    }
    text
}

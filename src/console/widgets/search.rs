//! Highlights matches of a filter on screen.

use ratatui::layout::Rect;

use crate::console::theme::Role;
use crate::console::widgets::pen::Pen;

/// Highlights every occurrence of `words` in a drawn line, ignoring case.
pub fn light(pen: &mut Pen<'_>, line: Rect, words: &[String]) {
    let wanted = words.iter().filter(|word| !word.is_empty());
    let mut drawn: Option<Vec<(u16, String)>> = None;
    for word in wanted {
        let cells = drawn.get_or_insert_with(|| pen.symbols(line));
        for (start, end) in occurrences(cells, &word.to_lowercase()) {
            pen.wash(Rect { x: start, width: end.saturating_sub(start), ..line }, Role::Match);
        }
    }
}

/// The occurrences of a word: the column of the first grapheme and the column after the last.
fn occurrences(cells: &[(u16, String)], word: &str) -> Vec<(u16, u16)> {
    let text: String = cells.iter().map(|(_, symbol)| symbol.as_str()).collect();
    let mut columns = Vec::with_capacity(text.len() + 1);
    for (x, symbol) in cells {
        columns.extend(std::iter::repeat_n(*x, symbol.len()));
    }
    let column = |byte: usize| columns.get(byte).copied();
    let end = |byte: usize| column(byte).or_else(|| cells.last().map(|(x, _)| x + 1));
    text.match_indices(word).filter_map(|(at, found)| Some((column(at)?, end(at + found.len())?))).collect()
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::style::Modifier;

    use super::*;
    use crate::console::theme::Theme;

    fn lit(text: &str, words: &[&str]) -> String {
        let area = Rect::new(0, 0, 14, 1);
        let (mut buffer, theme) = (Buffer::empty(area), Theme::mono());
        let mut pen = Pen::new(&mut buffer, &theme);
        pen.text(area, text, Role::Text);
        light(&mut pen, area, &words.iter().map(ToString::to_string).collect::<Vec<_>>());
        (0..14)
            .map(|x| if buffer[(x, 0)].modifier.contains(Modifier::UNDERLINED) { '^' } else { ' ' })
            .collect()
    }

    #[test]
    fn every_occurrence_is_highlighted_ignoring_case() {
        assert_eq!(lit("Ada and adA", &["ada"]), "^^^     ^^^   ");
        assert_eq!(lit("Ada and adA", &["AND", ""]), "    ^^^       ");
    }

    #[test]
    fn wide_characters_are_highlighted_whole() {
        assert_eq!(lit("日本日", &["本"]), "  ^^          ");
        assert_eq!(lit("x日本", &["日本"]), " ^^^^         ");
    }
}

//! Text that has to fit or to stand out: wrapped, cut in the middle, with keys or matches highlighted.

use std::cmp::Reverse;

use ratatui::layout::Rect;

use crate::console::theme::Role;
use crate::console::widgets::graphemes::graphemes;
use crate::console::widgets::pen::{Pen, Piece, piece, pieces_width, width};
use crate::text::visible;

/// Returns the text in lines of at most `cells`, broken between words if possible. Control characters are made
/// visible.
///
/// ```
/// use ramax::console::widgets::text::wrap;
/// assert_eq!(wrap("the database is busy", 12), ["the database", "is busy"]);
/// ```
pub fn wrap(text: &str, cells: u16) -> Vec<String> {
    let (text, cells) = (visible(text), cells.max(1));
    let mut lines = Vec::new();
    let (mut line, mut taken) = (String::new(), 0_u16);
    for word in text.split_whitespace() {
        let wide = width(word);
        if !line.is_empty() && wide.saturating_add(taken).saturating_add(1) > cells {
            lines.push(std::mem::take(&mut line));
            taken = 0;
        }
        if !line.is_empty() {
            line.push(' ');
            taken = taken.saturating_add(1);
        }
        if wide <= cells {
            line.push_str(word);
            taken = taken.saturating_add(wide);
        } else {
            let rest = broken(word, cells, &mut lines);
            taken = taken.saturating_add(width(&rest));
            line.push_str(&rest);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Returns one line with its spaces preserved; text that does not fit continues below, indented.
///
/// ```
/// use ramax::console::widgets::text::wrap_preformatted;
/// assert_eq!(wrap_preformatted("c1   Ada Okafor  ada@acme", 17), ["c1   Ada Okafor", "  ada@acme"]);
/// ```
pub fn wrap_preformatted(text: &str, cells: u16) -> Vec<String> {
    let text = visible(text);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_inclusive(' ') {
        let fits = width(&line) + width(word.trim_end()) <= cells;
        if !fits && !line.trim().is_empty() {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            line.push_str("  ");
        }
        let before = std::mem::take(&mut line);
        line = broken(&(before + word), cells.max(1), &mut lines);
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// Returns the text in lines of at most `cells`, broken anywhere, with nothing added or omitted. Control characters are
/// made visible.
///
/// ```
/// use ramax::console::widgets::text::wrap_exact;
/// assert_eq!(wrap_exact("a  b c", 3), ["a  ", "b c"]);
/// ```
pub fn wrap_exact(text: &str, cells: u16) -> Vec<String> {
    let mut lines = Vec::new();
    let rest = broken(&visible(text), cells.max(1), &mut lines);
    lines.push(rest);
    lines
}

/// Adds the full lines of a long word to `lines`; returns the rest.
fn broken(word: &str, cells: u16, lines: &mut Vec<String>) -> String {
    let (mut line, mut taken) = (String::new(), 0_u16);
    for (grapheme, wide) in graphemes(word) {
        if !line.is_empty() && taken.saturating_add(wide) > cells {
            lines.push(std::mem::take(&mut line));
            taken = 0;
        }
        line.push_str(grapheme);
        taken = taken.saturating_add(wide);
    }
    line
}

/// Cuts the widest piece in the middle so that all pieces fit into `cells`. If that is not enough, returns them
/// unchanged.
pub fn fit<'a>(mut pieces: Vec<Piece<'a>>, cells: u16, ellipsis: &str) -> Vec<Piece<'a>> {
    let over = pieces_width(&pieces).saturating_sub(cells);
    let widest = pieces.iter_mut().min_by_key(|piece| Reverse(width(piece.text())));
    if let Some(widest) = widest.filter(|_| over > 0)
        && let Some(room) = width(widest.text()).checked_sub(over).filter(|room| *room > width(ellipsis) + 1)
    {
        *widest = widest.with_text(cut(widest.text(), room, ellipsis));
    }
    pieces
}

/// Returns the text, cut in the middle if it is too wide.
pub fn cut(text: &str, cells: u16, ellipsis: &str) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let room = cells.saturating_sub(width(ellipsis));
    let all: Vec<(&str, u16)> = graphemes(text).collect();
    let end = up_to(room / 2, all.iter().rev());
    let start = up_to(room - room / 2, all.iter());
    start.into_iter().chain([ellipsis]).chain(end.into_iter().rev()).collect()
}

/// The first graphemes that fit.
fn up_to<'a, 't: 'a>(cells: u16, graphemes: impl Iterator<Item = &'a (&'t str, u16)>) -> Vec<&'t str> {
    let mut used = 0_u16;
    let mut fits = |wide: u16| {
        used = used.saturating_add(wide);
        used <= cells
    };
    graphemes.take_while(|(_, wide)| fits(*wide)).map(|(grapheme, _)| *grapheme).collect()
}

/// The maximum length of a key name.
const LONGEST: usize = 8;

/// Returns the text with key names between backticks styled as keys. Other backticks are kept as text.
pub fn keyed<'a>(text: &str, role: Role) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, key, behind)) = next_key(rest) {
        pieces.extend([piece(before.to_owned(), role), piece(key.to_owned(), Role::HintKey)]);
        rest = behind;
    }
    pieces.push(piece(rest.to_owned(), role));
    pieces
}

/// Returns the lines of a text that is wrapped, with key names as in [`keyed`].
pub fn wrap_keyed(text: &str, role: Role, cells: u16) -> Vec<Vec<Piece<'static>>> {
    wrap(text, cells).iter().map(|line| keyed(line, role)).collect()
}

fn next_key(text: &str) -> Option<(&str, &str, &str)> {
    let (before, behind) = text.split_once('`')?;
    // The key may be the quote itself.
    let (key, rest) = behind.strip_prefix("``").map(|rest| ("`", rest)).or_else(|| behind.split_once('`'))?;
    let is_key = !key.is_empty() && key.len() <= LONGEST && !key.contains(' ');
    is_key.then_some((before, key, rest))
}

/// Highlights every occurrence of `words` in a drawn line, ignoring case.
pub fn highlight(pen: &mut Pen<'_>, line: Rect, words: &[String]) {
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
    use crate::console::theme::{Role, Theme};
    use crate::console::widgets::pen::piece;

    #[test]
    fn lines_break_between_words_and_long_words_between_graphemes() {
        assert_eq!(wrap("a bb ccc", 4), ["a bb", "ccc"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("日本語", 4), ["日本", "語"]);
        assert_eq!(wrap("leave --skip-errors out", 14), ["leave", "--skip-errors", "out"]);
        assert_eq!(wrap("", 4), Vec::<String>::new());
        assert_eq!(wrap("\u{301} abc", 4), ["\u{301} abc"], "a word of no width is a word");
        assert_eq!(wrap("\u{fe0f} -", 1), ["\u{fe0f}", "-"]);
    }

    #[test]
    fn names_that_differ_at_the_end_stay_distinguishable() {
        assert_eq!(cut("crm_load_0042", 13, "…"), "crm_load_0042");
        assert_eq!(cut("crm_load_0042", 11, "…"), "crm_l…_0042");
        assert_eq!(cut("crm_load_0042", 8, "…"), "crm_…042");
        assert_eq!(cut("crm_load_0042", 1, "…"), "…");
        assert_eq!(cut("crm_load_0042", 8, "..."), "crm...42");
    }

    #[test]
    fn wide_characters_are_kept_whole() {
        assert_eq!(cut("日本語のテナント", 8, "…"), "日本…ト");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}e\u{301}", 3, "…"), "e\u{301}…e\u{301}");
    }

    #[test]
    fn only_the_widest_piece_is_cut() {
        let pieces = || vec![piece("> ", Role::Text), piece("crm_load_0042", Role::Strong)];
        let texts = |cells| -> Vec<String> {
            fit(pieces(), cells, "…").iter().map(|piece| piece.text().to_owned()).collect()
        };
        assert_eq!(texts(15), ["> ", "crm_load_0042"]);
        assert_eq!(texts(13), ["> ", "crm_l…_0042"]);
        assert_eq!(texts(3), ["> ", "crm_load_0042"]);
    }

    #[test]
    fn key_names_are_recognised_and_other_backticks_kept() {
        let texts = |text| -> Vec<String> {
            keyed(text, Role::Text).iter().map(|piece| piece.text().to_owned()).collect()
        };
        assert_eq!(texts("`D` deletes it, `esc` does not"), ["", "D", " deletes it, ", "esc", " does not"]);
        assert_eq!(texts("a ` b"), ["a ` b"]);
        assert_eq!(texts("``` does nothing; `g` does"), ["", "`", " does nothing; ", "g", " does"]);
        assert_eq!(texts("`ramax spaces list`"), ["`ramax spaces list`"]);
    }

    fn lit(text: &str, words: &[&str]) -> String {
        let area = Rect::new(0, 0, 14, 1);
        let (mut buffer, theme) = (Buffer::empty(area), Theme::mono());
        let mut pen = Pen::new(&mut buffer, &theme);
        pen.text(area, text, Role::Text);
        highlight(&mut pen, area, &words.iter().map(ToString::to_string).collect::<Vec<_>>());
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

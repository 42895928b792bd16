//! Line wrapping.

use unicode_segmentation::UnicodeSegmentation;

use crate::console::widgets::pen::width;
use crate::text::visible;

/// Returns the text in lines of at most `cells`, broken between words if possible. Control characters are made
/// visible.
///
/// ```
/// use crate::console::widgets::wrap::wrap;
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
/// use crate::console::widgets::wrap::go_on;
/// assert_eq!(go_on("c1   Ada Okafor  ada@acme", 17), ["c1   Ada Okafor", "  ada@acme"]);
/// ```
pub fn go_on(text: &str, cells: u16) -> Vec<String> {
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

/// Adds the full lines of a long word to `lines`; returns the rest.
fn broken(word: &str, cells: u16, lines: &mut Vec<String>) -> String {
    let mut line = String::new();
    for grapheme in word.graphemes(true) {
        if !line.is_empty() && width(&line) + width(grapheme) > cells {
            lines.push(std::mem::take(&mut line));
        }
        line.push_str(grapheme);
    }
    line
}

#[cfg(test)]
mod tests {
    use crate::console::widgets::wrap::wrap;

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
}

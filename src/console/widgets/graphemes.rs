//! The graphemes of a text with their widths. Finding their boundaries by the rules of Unicode takes longer than drawing
//! them, and most characters need none of these rules.

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// Returns the graphemes of a text, each with its width in cells. It has no control characters.
pub(crate) fn graphemes(text: &str) -> impl Iterator<Item = (&str, u16)> {
    measured(text).map(|(grapheme, cells)| (grapheme, cells.unwrap_or_else(|| grapheme.cell_width())))
}

/// Returns the graphemes of any text.
pub(crate) fn split(text: &str) -> impl Iterator<Item = &str> {
    measured(text).map(|(grapheme, _)| grapheme)
}

/// Returns the graphemes, with the width of those that are plain characters.
fn measured(text: &str) -> impl Iterator<Item = (&str, Option<u16>)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (first, cells) = first(rest)?;
        rest = &rest[first.len()..];
        Some((first, cells))
    })
}

fn first(text: &str) -> Option<(&str, Option<u16>)> {
    let mut characters = text.chars();
    let character = characters.next()?;
    let stands_alone = characters.next().is_none_or(|next| plain_width(next).is_some());
    if let Some(cells) = plain_width(character).filter(|_| stands_alone) {
        return Some((&text[..character.len_utf8()], Some(cells)));
    }
    let grapheme = text.graphemes(true).next()?;
    Some((grapheme, None))
}

/// Returns the width of a character that never joins a neighbour of this kind, if it is known to be one.
fn plain_width(character: char) -> Option<u16> {
    match character {
        // ASCII, Latin, Greek and Cyrillic letters without combining marks.
        ' '..='~'
        | '\u{a1}'..='\u{ac}'
        | '\u{ae}'..='\u{2ff}'
        | '\u{391}'..='\u{482}'
        | '\u{48a}'..='\u{52f}' => Some(1),
        // The ellipsis, arrows, lines and blocks of our own screens.
        '…' | '←'..='↓' | '\u{2500}'..='\u{259f}' => Some(1),
        // Chinese characters and the Japanese syllabaries without voicing marks.
        '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}' => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_the_rules(text: &str) -> Vec<(&str, u16)> {
        text.graphemes(true).map(|grapheme| (grapheme, grapheme.cell_width())).collect()
    }

    #[test]
    fn every_plain_character_stands_alone() {
        for character in ('\0'..=char::MAX).filter(|character| plain_width(*character).is_some()) {
            for text in
                [format!("{character}"), format!("a{character}中"), format!("{character}{character}…")]
            {
                assert_eq!(
                    Vec::from_iter(graphemes(&text)),
                    by_the_rules(&text),
                    "U+{:04X}",
                    character as u32
                );
            }
        }
    }

    proptest! {
        #[test]
        fn graphemes_are_those_of_the_rules(text in "([ -~]|[À-ÿ]|[α-ω]|中|\u{301}|\u{200d}|👩|🇩🇪|\r\n|\u{fe0f}|한|\u{1100}|\\PC){0,12}") {
            prop_assert_eq!(Vec::from_iter(graphemes(&text)), by_the_rules(&text));
        }
    }
}

//! Text from files, made safe to show: nothing in it can move a cursor or hide.

use std::borrow::Cow;
use std::fmt::Write;

/// Returns the text on one line, showing every character that a terminal would obey or hide. Control
/// characters become their pictures (`␛`, `␊`); bidi overrides, invisible marks and other format characters
/// become code points (`<U+202E>`).
///
/// ```
/// use ramax::text::visible;
/// assert_eq!(visible("plain"), "plain");
/// assert_eq!(visible("a\x1b[31mb\n"), "a␛[31mb␊");
/// assert_eq!(visible("a\u{202e}b"), "a<U+202E>b");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    // Whole payloads pass through here, so most text is recognised by its bytes.
    if !text.bytes().any(may_be_hidden) || !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\u{7f}' => shown.push('␡'),
            '\0'..='\u{1f}' => shown.push(char::from_u32(0x2400 + character as u32).unwrap_or('?')),
            _ if is_hidden(character) => {
                let _ = write!(shown, "<U+{:04X}>", character as u32);
            }
            _ => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

/// Formats a number with thousands separators.
///
/// ```
/// assert_eq!([0, 999, 1_000, 12_345_678].map(ramax::text::grouped), ["0", "999", "1,000", "12,345,678"]);
/// ```
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// Formats a count with its noun: `1 event`, `2 events`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// Returns the known word nearest to a mistyped one. At most one letter in three may differ.
///
/// ```
/// use ramax::text::nearest;
/// assert_eq!(nearest("add-contcat", ["add-contact", "update-contact"]), Some("add-contact"));
/// assert_eq!(nearest("nix", ["crm_acme"]), None);
/// ```
pub fn nearest<'a>(mistyped: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let may_be_wrong = (mistyped.chars().count() / 3).max(1);
    let lower = mistyped.to_lowercase();
    let distance = |word: &str| strsim::osa_distance(&lower, &word.to_lowercase());
    let near = known.into_iter().map(|word| (distance(word), word));
    let near = near.filter(|(distance, _)| *distance <= may_be_wrong);
    near.min_by_key(|(distance, _)| *distance).map(|(_, word)| word)
}

/// Returns the byte position of `wanted` in `text` at or after `from`, ignoring ASCII case. A match has the
/// byte length of `wanted`, so it starts and ends at character boundaries.
pub fn find(text: &str, wanted: &str, from: usize) -> Option<usize> {
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    let Some(&first) = wanted.first() else { return (from <= text.len()).then_some(from) };
    let last = text.len().checked_sub(wanted.len())?;
    let begins = |byte: u8| byte.eq_ignore_ascii_case(&first);
    (from..=last)
        .find(|&start| begins(text[start]) && text[start..start + wanted.len()].eq_ignore_ascii_case(wanted))
}

/// Returns true if a character that [`is_hidden`] may start with this byte.
fn may_be_hidden(first: u8) -> bool {
    matches!(first, 0..=0x1f | 0x7f | 0xc2 | 0xd8 | 0xe1 | 0xe2 | 0xef | 0xf3)
}

/// Returns true if a terminal would obey or hide this character instead of drawing it.
fn is_hidden(character: char) -> bool {
    matches!(character,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hidden_character_starts_with_a_byte_that_may_hide_one() {
        for character in ('\0'..=char::MAX).filter(|character| is_hidden(*character)) {
            let first = character.encode_utf8(&mut [0; 4]).as_bytes()[0];
            assert!(may_be_hidden(first), "{:x}", u32::from(character));
            assert_ne!(visible(character.encode_utf8(&mut [0; 4])), character.to_string());
        }
    }
}

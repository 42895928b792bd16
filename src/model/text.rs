//! Text from files, made safe to show: nothing in it can move a cursor or hide.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt::Write;

/// Bytes that are tested at once.
const BLOCK: usize = 64;

/// The length of a piece of a text in bytes. Shorter texts are handled at once.
pub(crate) const PIECE: usize = 1 << 18;

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
    if !is_hiding(text) {
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

/// Splits a text into pieces of at most [`PIECE`] bytes, and calls `pause` between them, so that long work on the text can be
/// stopped there. The error of `pause` takes the place of the next piece.
pub(crate) fn pieces<'a, E>(
    text: &'a str,
    pause: &mut dyn FnMut() -> Result<(), E>,
) -> impl Iterator<Item = Result<&'a str, E>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE));
        let is_first = rest.len() == text.len();
        rest = after;
        match piece {
            "" => None,
            piece if is_first => Some(Ok(piece)),
            piece => Some(pause().map(|()| piece)),
        }
    })
}

/// Counts the pieces of a text that is read from its start to its end.
#[derive(Debug, Clone, Default)]
pub(crate) struct PieceCount(usize);

impl PieceCount {
    /// Returns true if another piece was read since it was last called, up to a byte offset.
    pub(crate) fn is_next(&mut self, offset: usize) -> bool {
        let piece = offset / PIECE;
        let is_next = piece > self.0;
        self.0 = self.0.max(piece);
        is_next
    }
}

/// Does work on a text that is never stopped.
pub(crate) fn without_pause<T>(
    work: impl FnOnce(&mut dyn FnMut() -> Result<(), Infallible>) -> Result<T, Infallible>,
) -> T {
    match work(&mut || Ok(())) {
        Ok(done) => done,
        Err(never) => match never {},
    }
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

/// Returns a count in at most five characters: `999`, `12.3k`, `4.5M`.
pub fn short(number: u64) -> String {
    scaled(number, 1000, &["", "k", "M", "G", "T", "P", "E"])
}

/// Returns a number of bytes: `312 B`, `1.2 MiB`.
pub fn bytes(number: u64) -> String {
    scaled(number, 1024, &[" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"])
}

/// Returns a duration in its two largest units: `840 ms`, `12 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`.
pub fn span(millis: u64) -> String {
    let seconds = millis / 1000;
    match seconds {
        0 if millis == 0 => "0 s".to_owned(),
        0 => format!("{millis} ms"),
        1..60 => format!("{seconds} s"),
        60..3600 => two(seconds, 60, "min", 1, "s"),
        3600..86_400 => two(seconds, 3600, "h", 60, "min"),
        _ => two(seconds, 86_400, "d", 3600, "h"),
    }
}

/// Returns a share in percent, rounded down, so that only a complete one is 100. A total of 0 is complete.
pub fn percent(done: u64, total: u64) -> u64 {
    if done >= total { 100 } else { u64::try_from(u128::from(done) * 100 / u128::from(total)).unwrap_or(100) }
}

/// Returns a part of a total in percent, rounded to the nearest.
pub fn rounded_percent(part: u64, total: u64) -> u64 {
    let (part, total) = (u128::from(part), u128::from(total.max(1)));
    u64::try_from((part * 200 + total) / (total * 2)).unwrap_or(100)
}

fn two(seconds: u64, large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    let (whole, rest) = (seconds / large, seconds % large / small);
    if rest == 0 {
        format!("{whole} {large_unit}")
    } else {
        format!("{whole} {large_unit} {rest} {small_unit}")
    }
}

/// At most three significant digits, with the matching unit.
fn scaled(number: u64, base: u64, units: &[&str]) -> String {
    let mut divisor = 1;
    let mut rest = units;
    while let [_, larger @ ..] = rest
        && !larger.is_empty()
        && number / divisor >= base
    {
        divisor *= base;
        rest = larger;
    }
    let unit = rest.first().copied().unwrap_or_default();
    let (whole, tenth) = (number / divisor, number % divisor * 10 / divisor);
    if divisor == 1 || whole >= 100 { format!("{whole}{unit}") } else { format!("{whole}.{tenth}{unit}") }
}

/// Returns the first `most` characters of a text. A cut shows as `…`.
pub fn excerpt(text: &str, most: usize) -> String {
    let kept = text.char_indices().nth(most).map_or(text, |(at, _)| &text[..at]);
    if kept.len() < text.len() { format!("{kept}…") } else { kept.to_owned() }
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

/// Removes the numbers that the operating system gives its errors: `Not a directory (os error 20)`.
pub(crate) fn without_error_numbers(text: &str) -> Cow<'_, str> {
    const START: &str = " (os error ";
    let Some((before, after)) = text.split_once(START) else { return Cow::Borrowed(text) };
    match after.split_once(')') {
        Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
            Cow::Owned(format!("{before}{}", without_error_numbers(rest)))
        }
        _ => Cow::Owned(format!("{before}{START}{}", without_error_numbers(after))),
    }
}

/// Replaces a text and keeps its allocation. Without one, it gets one of just the right size.
pub(crate) fn refill(text: &mut String, with: &str) {
    if text.capacity() == 0 {
        *text = with.to_owned();
    } else {
        text.clear();
        text.push_str(with);
    }
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

/// As [`find`], but calls `pause` between the pieces of a large text.
///
/// # Errors
/// The error of `pause`.
pub(crate) fn find_between<E>(
    text: &str,
    wanted: &str,
    pause: &mut dyn FnMut() -> Result<(), E>,
) -> Result<Option<usize>, E> {
    let mut from = 0;
    loop {
        let next = from + PIECE;
        // A match that starts in this piece may end in the next one.
        let end = text.ceil_char_boundary(next.saturating_add(wanted.len()).min(text.len()));
        let found = find(&text[..end], wanted, from);
        if found.is_some() || end == text.len() {
            return Ok(found);
        }
        pause()?;
        from = next;
    }
}

/// Returns true if the text has a character that [`is_hidden`]. Whole payloads pass through here, so most text is recognised
/// by its bytes.
pub(crate) fn is_hiding(text: &str) -> bool {
    may_hide(text) && text.chars().any(is_hidden)
}

/// Returns true if a byte of the text may start a character that [`is_hidden`]. Tests whole blocks, because the compiler
/// vectorises only a loop that does not end early.
fn may_hide(text: &str) -> bool {
    let mut blocks = text.as_bytes().chunks(BLOCK);
    blocks.any(|block| block.iter().fold(false, |any, byte| any | may_be_hidden(*byte)))
}

/// Returns true if a character that [`is_hidden`] may start with this byte.
fn may_be_hidden(first: u8) -> bool {
    matches!(first, 0..=0x1f | 0x7f | 0xc2 | 0xd8 | 0xe1 | 0xe2 | 0xef | 0xf3)
}

/// Returns true if a terminal would obey or hide this character instead of drawing it.
pub(crate) fn is_hidden(character: char) -> bool {
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

    #[test]
    fn a_hidden_character_is_shown_at_any_position() {
        for before in 0..2 * BLOCK + 2 {
            let text = "x".repeat(before);
            let shown = visible(&format!("{text}\u{202e}{text}")).into_owned();
            assert_eq!(shown, format!("{text}<U+202E>{text}"));
        }
    }

    #[test]
    fn pieces_are_the_whole_text_and_cut_no_character() {
        for before in 0..4 {
            let text = "x".repeat(PIECE - before) + &"\u{1f600}".repeat(PIECE / 2);
            let mut pauses = 0;
            let mut pause = || {
                pauses += 1;
                Ok::<(), ()>(())
            };
            let found: Vec<&str> = pieces(&text, &mut pause).map(Result::unwrap).collect();
            assert!(found.concat() == text && found.iter().all(|piece| piece.len() <= PIECE));
            assert_eq!(pauses, found.len() - 1);
        }
        assert_eq!(pieces("", &mut || Err(())).count(), 0);
    }

    #[test]
    fn a_text_is_found_across_pieces_and_the_search_is_stopped_between_them() {
        let text = "é".repeat(PIECE);
        let wanted = "ÄB".repeat(4);
        for at in [0, PIECE - 10, PIECE - 2, PIECE + 4, 2 * PIECE - 2] {
            let text = format!("{}{}{}", &text[..at], wanted.to_ascii_lowercase(), &text[at..]);
            let mut pauses = 0;
            let mut pause = || {
                pauses += 1;
                Ok::<(), ()>(())
            };
            assert_eq!(find_between(&text, &wanted, &mut pause), Ok(Some(at)));
            assert_eq!(pauses, at / PIECE);
        }
        assert_eq!(find_between(&text, &wanted, &mut || Err("stopped")), Err("stopped"));
        assert_eq!(find_between("", "", &mut || Err("stopped")), Ok(Some(0)));
        assert_eq!(find_between("a", &wanted, &mut || Err("stopped")), Ok(None));
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!(
            [0, 7, 999, 1000, 12_345, 999_999, 1_000_000].map(grouped),
            ["0", "7", "999", "1,000", "12,345", "999,999", "1,000,000"]
        );
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(
            [counted(1, "event", "events"), counted(0, "event", "events"), counted(1200, "event", "events")],
            ["1 event", "0 events", "1,200 events"]
        );
    }

    #[test]
    fn large_numbers_are_rounded_down() {
        assert_eq!(
            [999, 1000, 12_399, 999_999, 4_560_000].map(short),
            ["999", "1.0k", "12.3k", "999k", "4.5M"]
        );
        assert_eq!(
            [0, 1023, 1024, 319_488, 5_368_709_120].map(bytes),
            ["0 B", "1023 B", "1.0 KiB", "312 KiB", "5.0 GiB"]
        );
        assert_eq!([short(u64::MAX), bytes(u64::MAX)], ["18.4E", "15.9 EiB"]);
    }

    #[test]
    fn durations_have_at_most_two_units() {
        let spans = [0, 840, 12_999, 60_000, 200_000, 7_500_000, 360_000_000];
        assert_eq!(spans.map(span), ["0 s", "840 ms", "12 s", "1 min", "3 min 20 s", "2 h 5 min", "4 d 4 h"]);
    }

    #[test]
    fn a_share_is_rounded_to_the_nearest_percent() {
        assert_eq!(
            [
                rounded_percent(37, 46),
                rounded_percent(9, 46),
                rounded_percent(0, 0),
                rounded_percent(1, 2),
                rounded_percent(u64::MAX, u64::MAX)
            ],
            [80, 20, 0, 50, 100]
        );
    }

    #[test]
    fn only_a_complete_share_is_a_hundred_percent() {
        assert_eq!(
            [percent(0, 0), percent(999, 1000), percent(5, 5), percent(u64::MAX - 1, u64::MAX)],
            [100, 99, 100, 99]
        );
    }
}

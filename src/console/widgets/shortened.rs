//! Documents that are too long to be kept in full: their beginning, and a note with their size.

use crate::json::Json;
use crate::text::grouped;

/// The longest document, in bytes, that is kept in full.
const WHOLE: usize = 1 << 20;

/// The bytes kept of a longer one.
const BEGINNING: usize = 64 << 10;

/// The text between the beginning and the size. No JSON document contains it outside of a string.
const MARK: &str = "…\n(the first ";

/// Replaces a document that is too long with its beginning and its size.
pub(crate) fn shorten(json: &mut Json) {
    let text = json.as_str();
    if text.len() <= WHOLE {
        return;
    }
    let beginning = &text[..text.floor_char_boundary(BEGINNING)];
    let (shown, all) = (grouped(beginning.len() as u64), grouped(text.len() as u64));
    *json = Json::from_stored(format!("{beginning}{MARK}{shown} of {all} bytes)"));
}

/// Returns true if a document was shortened.
pub(crate) fn is_shortened(json: &Json) -> bool {
    // A line break is escaped within a string, so the mark never occurs in a document.
    json.as_str().ends_with(" bytes)") && json.as_str().contains(MARK)
}

/// Returns the size of a document in bytes, before it was shortened.
pub(crate) fn size(json: &Json) -> u64 {
    let text = json.as_str();
    let note = text.rsplit_once(MARK).filter(|_| is_shortened(json)).map(|(_, note)| note);
    let whole = note.and_then(|note| note.split_once(" of ")).map(|(_, whole)| whole);
    let digits = whole.map(|whole| whole.chars().filter(char::is_ascii_digit).collect::<String>());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(text.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_documents_are_shortened() {
        let mut short = Json::from_stored(r#"{"note":"… (the first 1 of 2 bytes)"}"#.to_owned());
        let before = short.clone();
        shorten(&mut short);
        assert!(short == before && !is_shortened(&short));
        assert_eq!(size(&short), short.as_str().len() as u64);
        let mut long = Json::from_stored(format!("\"{}\"", "ü".repeat(WHOLE)));
        shorten(&mut long);
        assert!(is_shortened(&long) && long.as_str().ends_with("of 2,097,154 bytes)"));
        assert_eq!(size(&long), 2_097_154);
    }
}

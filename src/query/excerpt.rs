//! Truncating texts in errors.

/// Truncates a text for an error.
pub(super) fn excerpt(text: &str) -> String {
    const MOST: usize = 40;
    let kept = text.char_indices().nth(MOST).map_or(text, |(at, _)| &text[..at]);
    if kept.len() < text.len() { format!("{kept}…") } else { kept.to_owned() }
}

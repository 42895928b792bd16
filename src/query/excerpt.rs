//! Texts cut short, for errors.

/// As much of a text as an error tells.
pub(super) fn excerpt(text: &str) -> String {
    const MOST: usize = 40;
    let kept = text.char_indices().nth(MOST).map_or(text, |(at, _)| &text[..at]);
    if kept.len() < text.len() { format!("{kept}…") } else { kept.to_owned() }
}

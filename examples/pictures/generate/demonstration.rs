//! The text of the demonstration, compared without its times.

/// Returns the text as it is kept: the old one, unless they differ in more than the time of the run.
pub(crate) fn kept(old: &str, new: &str) -> String {
    if timeless(old) == timeless(new) { old.to_owned() } else { new.to_owned() }
}

/// Returns a text without the parts that vary between runs: times, durations, rates, random ids and the operator. Columns
/// may have other widths.
fn timeless(text: &str) -> String {
    let line = |line: &str| {
        let indent = line.len() - line.trim_start().len();
        let words: Vec<&str> = line.split_whitespace().map(timeless_word).collect();
        format!("{}{}\n", " ".repeat(indent), words.join(" "))
    };
    text.lines().map(line).collect()
}

fn timeless_word(word: &str) -> &str {
    let is_number = |digits: &str| digits.chars().all(|character| character.is_ascii_digit());
    let has_shape = |shape: &[usize], separator: char| {
        let parts: Vec<usize> = word.split(separator).map(str::len).collect();
        parts == shape
    };
    let bare = word.trim_end_matches([',', ';', '.']);
    if word.ends_with('Z') && has_shape(&[4, 2, 2 + "T00:00:00.000Z".len()], '-') {
        "TIME"
    } else if has_shape(&[8, 4, 4, 4, 12], '-') {
        "ID"
    } else if word.ends_with("/s)") {
        "RATE"
    } else if bare
        .split_once('.')
        .is_some_and(|(whole, part)| part.len() == 3 && is_number(whole) && is_number(part))
    {
        "SECONDS"
    } else if bare.len() == 10 && is_number(bare) {
        "EPOCH"
    } else if word.contains('@') && !word.contains('.') && !word.contains('"') {
        "OPERATOR"
    } else {
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_unless_it_differs_in_more_than_its_times() {
        let old = "  ID  2026-11-29T14:59:06.202Z  root@vm cli  rebuild  0.005  in 0.043 s (34,656/s)\n  at 1795964346,\n";
        let new = "  ID  2027-01-01T00:00:00.000Z  ada@desk cli  rebuild  0.1234  in 1.000 s (9/s)\n  at 1895964346,\n";
        assert_eq!(kept(old, new), new, "a number with another precision is no duration");
        let new = new.replace("0.1234", "0.123");
        assert_eq!(kept(old, &new), old);
        assert_eq!(kept(old, &new.replace("rebuild", "verify")), new.replace("rebuild", "verify"));
    }
}

//! Texts as columns. PostgreSQL stores no NUL character, and compares keys by their bytes (`COLLATE "C"`). Values of
//! projections are encoded as well: JSON has no such character, but a store keeps what it is given.

use std::borrow::Cow;

/// Encodes a text for a column: NUL becomes `\u{1}\u{1}` and `\u{1}` becomes `\u{1}\u{2}`, so that the order of texts and
/// the texts that start with a prefix stay the same. Nearly all texts are unchanged.
pub(in crate::engines::postgres) fn encoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', '\u{1}']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('\u{1}', "\u{1}\u{2}").replace('\0', "\u{1}\u{1}"))
}

/// Decodes a text of a column.
pub(in crate::engines::postgres) fn decoded(column: String) -> String {
    if !column.contains('\u{1}') {
        return column;
    }
    column.replace("\u{1}\u{1}", "\0").replace("\u{1}\u{2}", "\u{1}")
}

/// Returns the most rows of a page as a parameter.
pub(in crate::engines::postgres) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_texts_keep_their_order_and_prefixes_and_are_decoded_unchanged() {
        let texts = [
            "",
            "\0",
            "\0\u{1}",
            "\u{1}",
            "\u{1}\0",
            "\u{1}\u{1}",
            "\u{1}\u{2}",
            "\u{2}",
            "a",
            "a\0b",
            "aa",
            "é",
        ];
        for a in texts {
            assert_eq!(decoded(encoded(a).into_owned()), a, "{a:?}");
            assert!(!encoded(a).contains('\0'));
            for b in texts {
                assert_eq!(a.cmp(b), encoded(a).cmp(&encoded(b)), "{a:?} {b:?}");
                assert_eq!(a.starts_with(b), encoded(a).starts_with(&*encoded(b)), "{a:?} {b:?}");
            }
        }
    }
}

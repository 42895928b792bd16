//! Searching a JSON document for text, in its decoded strings rather than in their escapes.

use super::pieces::fault_of;
use super::tokens::{Token, Tokens};
use crate::text::{PieceCount, find_between, without_pause};

/// Returns true if a key, string, number or word of a JSON text contains the wanted text, ignoring ASCII case. Text that
/// is not JSON is searched as plain text.
pub(crate) fn contains(json: &str, wanted: &str) -> bool {
    without_pause(|pause| contains_between(json, wanted, pause))
}

/// As [`contains`], but calls `pause` between the pieces of a large text.
///
/// # Errors
/// The error of `pause`.
pub(crate) fn contains_between<E>(
    json: &str,
    wanted: &str,
    pause: &mut dyn FnMut() -> Result<(), E>,
) -> Result<bool, E> {
    if !json.contains('\\') {
        // No string has escapes.
        if find_between(json, wanted, pause)?.is_none() {
            return Ok(false);
        }
        if !wanted.contains(may_lie_between) {
            return Ok(true);
        }
    }
    if is_in_token(json, wanted, pause)? {
        return Ok(true);
    }
    Ok(find_between(json, wanted, pause)?.is_some() && fault_of(json, pause)?.is_some())
}

/// Returns true if a key, string, number or word contains the wanted text.
fn is_in_token<E>(json: &str, wanted: &str, pause: &mut dyn FnMut() -> Result<(), E>) -> Result<bool, E> {
    let (mut tokens, mut read) = (Tokens::new(json), PieceCount::default());
    while let Some(token) = tokens.next() {
        if read.is_next(tokens.end()) {
            pause()?;
        }
        let found = match token {
            Token::Key(quoted) | Token::String(quoted) => {
                find_between(&quoted.decoded_between(pause)?, wanted, pause)?
            }
            Token::Number(text) | Token::Word(text) => find_between(text, wanted, pause)?,
            Token::Open(_) | Token::Close(_) => None,
        };
        if found.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns true if a character can occur between strings, numbers and words, so that a match with it may span values.
fn may_lie_between(character: char) -> bool {
    matches!(character, '{' | '}' | '[' | ']' | '"' | ',' | ':' | ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::{contains, contains_between};
    use crate::text::PIECE;

    #[test]
    fn text_is_found_in_decoded_strings_and_not_across_values() {
        let json = r#"{"na\"me":"C:\\temp \"x\"","list":[1,2.50,null],"plain":"a, b: c"}"#;
        for wanted in ["C:\\TEMP", "\"x\"", "na\"me", "2.50", "ull", "a, b: c", "list", ""] {
            assert!(contains(json, wanted), "{wanted}");
        }
        for wanted in ["1,2", "\\\\", "\"list\"", "e\":", "temp \\", "[", "n\\"] {
            assert!(!contains(json, wanted), "{wanted}");
        }
        assert!(!contains("[1,2]", "1,2") && contains(r#"["1,2"]"#, "1,2"));
    }

    #[test]
    fn text_that_is_not_json_is_searched_as_plain_text() {
        assert!(contains(r#"{"a\n"#, r"\n") && contains("{oops: 1", "oops: 1") && !contains("{oops", "x"));
    }

    #[test]
    fn a_search_in_a_large_text_is_stopped_between_its_pieces() {
        let string = |part: &str| format!("[\"{}\"]", part.repeat(4 * PIECE));
        let values = format!("[{}1]", "1,".repeat(4 * PIECE));
        for (json, wanted) in [
            (string("x"), "absent"),
            (string("\\n"), "absent"),
            (values.clone(), "absent"),
            (values, "1,1"),
            (string("x").replace('[', ""), "x]"),
        ] {
            let search = |most: usize| {
                let mut pauses = 0;
                let found = contains_between(&json, wanted, &mut || {
                    pauses += 1;
                    if pauses < most { Ok(()) } else { Err("stopped") }
                });
                (found, pauses)
            };
            assert_eq!(search(usize::MAX).0, Ok(contains(&json, wanted)), "{wanted}");
            for most in 1..4 {
                assert_eq!(search(most), (Err("stopped"), most), "{wanted}");
            }
        }
    }
}

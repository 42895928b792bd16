//! Searching a JSON document for text, in its decoded strings rather than in their escapes.

use serde::de::IgnoredAny;

use super::tokens::{Token, Tokens};
use crate::text::find;

/// Returns true if a key, string, number or word of a JSON text contains the wanted text, ignoring ASCII case. Text that
/// is not JSON is searched as plain text.
pub(crate) fn contains(json: &str, wanted: &str) -> bool {
    if !json.contains('\\') {
        // No string has escapes.
        if find(json, wanted, 0).is_none() {
            return false;
        }
        if !wanted.contains(may_lie_between) {
            return true;
        }
    }
    let holds = |token: Token<'_>| match token {
        Token::Key(quoted) | Token::String(quoted) => find(&quoted.decoded(), wanted, 0).is_some(),
        Token::Number(text) | Token::Word(text) => find(text, wanted, 0).is_some(),
        Token::Open(_) | Token::Close(_) => false,
    };
    let is_found = Tokens::new(json).any(holds);
    is_found || (find(json, wanted, 0).is_some() && serde_json::from_str::<IgnoredAny>(json).is_err())
}

/// Returns true if a character can occur between strings, numbers and words, so that a match with it may span values.
fn may_lie_between(character: char) -> bool {
    matches!(character, '{' | '}' | '[' | ']' | '"' | ',' | ':' | ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::contains;

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
}

//! Finding text in a JSON document: in what its strings stand for, not in how they are written.

use serde::de::IgnoredAny;

use super::tokens::{Token, Tokens};
use crate::text::find;

/// Whether a key, a string, a number or a word of a JSON text contains this, whatever the case of ASCII
/// letters. Text that is not JSON is searched as it is.
pub(crate) fn contains(json: &str, wanted: &str) -> bool {
    if !json.contains('\\') {
        // Every string stands there as it is.
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

/// Whether a character may stand outside of strings, numbers and words, so that a match with it may be none.
fn may_lie_between(character: char) -> bool {
    matches!(character, '{' | '}' | '[' | ']' | '"' | ',' | ':' | ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::contains;

    #[test]
    fn text_is_found_as_it_was_meant_and_not_across_values() {
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
    fn text_that_is_not_json_is_searched_as_it_is() {
        assert!(contains(r#"{"a\n"#, r"\n") && contains("{oops: 1", "oops: 1") && !contains("{oops", "x"));
    }
}

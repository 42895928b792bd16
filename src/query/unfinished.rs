//! Recognising a query that is still being typed.

use crate::error::{QueryError, QueryProblem};

use super::parse;

/// The longest word that is tried with continuations, in bytes. Longer words are not typed.
const LONGEST: usize = 200;

/// Ends with which a word may become valid. Of a time, any part may be missing.
const ENDS: [&str; 9] = ["x", "x=x", "=x", "]=x", "0]=x", "1", ".1", "99999", "h"];

/// Times whose ends may be missing.
const TIMES: [&str; 4] =
    ["2026-10-10T10:00:00.000Z", "2026-10-10T10:00:00+00:00", "10:00:00+00:00", "10:00:00[Europe/Berlin]"];

/// Returns true if the error is in the last word, and more text at its end could make the query valid. While a query is
/// typed, this is no mistake.
pub fn is_unfinished(error: &QueryError) -> bool {
    let Some(word) = error.query.get(error.word..) else { return false };
    match error.problem {
        QueryProblem::OpenQuote => return true,
        QueryProblem::UnknownField { .. } | QueryProblem::UnknownEscape | QueryProblem::TextAfterQuote => {
            return false;
        }
        _ => {}
    }
    let is_last = error.place.end == error.query.len();
    is_last && word.len() <= LONGEST && (can_end(word) || is_open_zone(word))
}

/// Returns true if the word is valid with one of the ends.
fn can_end(word: &str) -> bool {
    let parses = |end: &str| parse::terms(&format!("{word}{end}")).is_ok();
    let ends_of_times =
        || TIMES.iter().flat_map(|time| time.char_indices().filter_map(|(at, _)| time.get(at..)));
    ENDS.into_iter().any(parses) || ends_of_times().any(parses)
}

/// Returns true if a time zone is being typed after a valid time.
fn is_open_zone(word: &str) -> bool {
    let Some((time, zone)) = word.split_once('[') else { return false };
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+');
    zone.chars().all(is_part) && parse::terms(time).is_ok_and(|terms| !terms.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Query;

    fn is_unfinished_query(text: &str) -> bool {
        text.parse::<Query>().is_err_and(|error| is_unfinished(&error))
    }

    #[test]
    fn a_word_that_can_still_become_valid_is_unfinished() {
        for text in [
            "type:",
            "type:a,",
            "type:x -",
            "-type:",
            "~",
            "~\"Ada",
            "\"Ada Lo",
            "payload.",
            "payload.email",
            "payload.tags[",
            "payload.tags[0",
            "payload.tags[0]",
            "payload.email=",
            "payload.\"first",
            "meta~",
            "after:",
            "after:2",
            "after:2026-",
            "after:2026-01-31T1",
            "after:10:",
            "after:10:00+",
            "after:10:00[",
            "after:10:00[Amer",
            "seq:",
            "seq:..",
            "seq:200..1",
            "correlation:",
            "causation:",
        ] {
            assert!(is_unfinished_query(text), "{text}: {:?}", text.parse::<Query>());
        }
    }

    #[test]
    fn a_word_that_no_end_makes_valid_is_a_mistake() {
        for text in [
            "typ:",
            "type: x",
            "after: 2h",
            "after:yesterday",
            "after:2026-13",
            "after:soon[",
            "seq:x",
            "seq:5..x",
            "correlation:x",
            "payload:x",
            "payload.x:",
            "payload.tags[a",
            "\"a\"b",
            "\"a\\n",
            "- x",
            "payload.x y",
            "after:10:00[Nowhere/Land]",
        ] {
            assert!(!is_unfinished_query(text), "{text}: {:?}", text.parse::<Query>());
        }
    }
}

//! Writing the time zone after times that name none.

use jiff::tz::TimeZone;

use super::condition::Condition;
use super::moment::Moment;
use super::parse::{Word, words};

/// Returns a query with a time zone written after each time that names none, so that it means the same everywhere. Without
/// a zone of its own, a time in a query is in UTC.
///
/// ```
/// use jiff::tz::TimeZone;
/// use ramax::query::with_zone;
/// let berlin = TimeZone::get("Europe/Berlin").unwrap();
/// assert_eq!(with_zone("ada after:10:00 before:2h", &berlin), "ada after:10:00[Europe/Berlin] before:2h");
/// assert_eq!(with_zone("after:10:00", &TimeZone::UTC), "after:10:00");
/// ```
pub fn with_zone(query: &str, zone: &TimeZone) -> String {
    let mut written = query.to_owned();
    // From the end, so that the places before stay valid.
    let mut times: Vec<_> = words(query).filter_map(|word| time(query, &word)).collect();
    while let Some((end, text)) = times.pop() {
        if let Some(suffix) = Moment::zone_after(text, zone) {
            written.insert_str(end, &suffix);
        }
    }
    written
}

/// Returns the time in a word and the place where it ends, if the word has one.
fn time<'a>(query: &'a str, word: &Word) -> Option<(usize, &'a str)> {
    let term = word.term.as_ref().ok()?;
    let (Condition::After(_) | Condition::Before(_)) = term.condition else { return None };
    let written = query.get(word.place.clone())?;
    let (_, value) = written.split_once(':')?;
    match value.strip_prefix('"') {
        Some(quoted) => Some((word.place.end - 1, quoted.strip_suffix('"')?)),
        None => Some((word.place.end, value)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::query::Query;

    fn berlin(query: &str) -> String {
        with_zone(query, &TimeZone::get("Europe/Berlin").unwrap())
    }

    #[test]
    fn only_times_without_a_zone_get_one() {
        for (typed, written) in [
            ("after:2026-01-31", "after:2026-01-31[Europe/Berlin]"),
            ("-before:\"2026-01-31 10:00\" x", "-before:\"2026-01-31 10:00[Europe/Berlin]\" x"),
            ("after:10:00 before:11:00", "after:10:00[Europe/Berlin] before:11:00[Europe/Berlin]"),
            ("after:2h", "after:2h"),
            ("after:10:00Z before:10:00+02:00", "after:10:00Z before:10:00+02:00"),
            ("after:2026-01-31T10:00:00Z", "after:2026-01-31T10:00:00Z"),
            ("after:10:00[Asia/Kolkata]", "after:10:00[Asia/Kolkata]"),
            ("~after:10:00 payload.at=10:00", "~after:10:00 payload.at=10:00"),
            ("after:nothing typ:x", "after:nothing typ:x"),
        ] {
            assert_eq!(berlin(typed), written);
            assert_eq!(berlin(written), written, "writing it twice changes nothing");
        }
        let fixed = TimeZone::fixed(jiff::tz::offset(-3));
        assert_eq!(with_zone("after:10:00", &fixed), "after:10:00[-03:00]");
    }

    #[test]
    fn a_written_zone_is_read_as_that_zone() {
        let now = "2026-07-31T12:00:00Z".parse().unwrap();
        for (typed, expected) in [
            ("after:10:00", "2026-07-31T08:00:00.000Z"),
            ("after:2026-01-31T10:00", "2026-01-31T09:00:00.000Z"),
        ] {
            let query: Query = berlin(typed).parse().unwrap();
            assert_eq!(query.resolve(now).after().unwrap().to_string(), expected, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn every_valid_query_stays_valid(words in prop::collection::vec(prop::sample::select(vec![
            "after:10:00", "-after:\"2026-01-31 10:00\"", "before:2026-01-31", "before:\"10:00\"", "é", "~\"a b\"", "type:x",
            "after:2h", "after:2026-01-31T10:00:00.5", "payload.at=2026-01-31",
        ]), 0..8)) {
            prop_assert!(berlin(&words.join(" ")).parse::<Query>().is_ok(), "{}", berlin(&words.join(" ")));
        }
    }
}

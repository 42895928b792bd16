//! Numbers and ids on the command line, with errors that say what is expected.

use crate::event::CorrelationId;
use crate::text::grouped;

/// Parses an event id.
pub(super) fn event_id(text: &str) -> Result<u64, String> {
    positive(text, "an event id is a number such as 12; `ramax events list --all-spaces` lists them")
}

/// Parses a sequence in a space; 0 is before the first event.
pub(super) fn sequence(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "a sequence is a number such as 12; 0 is before the first event".to_owned())
}

/// Parses the sequence of an event.
pub(super) fn event_sequence(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "the sequence of an event is a number from 1, such as 12".to_owned())
}

/// Parses an operation id.
pub(super) fn operation_id(text: &str) -> Result<u64, String> {
    positive(text, "the id of an entry is a number such as 12; `ramax log` lists them")
}

/// Parses a number of spaces.
pub(super) fn space_count(text: &str) -> Result<u32, String> {
    let expected = || format!("a number of spaces is from 1 to {}, such as 10", grouped(u32::MAX.into()));
    text.parse().ok().filter(|number| *number > 0).ok_or_else(expected)
}

/// Parses a number of levels of references.
pub(super) fn depth(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "a depth is a number of levels, such as 1".to_owned())
}

/// Parses a number of events.
pub(super) fn event_count(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "a number of events is written in digits, such as 10000".to_owned())
}

/// Parses the seed of random values.
pub(super) fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "a seed is a number such as 1".to_owned())
}

/// Parses a time in milliseconds.
pub(super) fn milliseconds(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "a time in milliseconds is a number such as 5000".to_owned())
}

/// Parses a correlation id.
pub(super) fn correlation_id(text: &str) -> Result<CorrelationId, String> {
    let expected = "a correlation id is a UUID such as 7564eaf3-9e80-4920-bcc8-59a228c08ca0";
    text.parse().map_err(|_| expected.to_owned())
}

/// Parses the maximum number of results.
pub(super) fn limit(text: &str) -> Result<usize, String> {
    let limit = positive(text, "a limit is a number of at least 1; without it, everything is listed")?;
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}

/// Parses a number of periods.
pub(super) fn period_count(text: &str) -> Result<usize, String> {
    let expected = "a number of periods is between 1 and 1,000, such as 24";
    let periods = positive(text, expected)?;
    usize::try_from(periods).ok().filter(|periods| *periods <= 1000).ok_or_else(|| expected.to_owned())
}

fn positive(text: &str, expected: &str) -> Result<u64, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| expected.to_owned())
}

//! Numbers on the command line, with errors that say what is expected.

/// The id of an event.
pub(super) fn event_id(text: &str) -> Result<u64, String> {
    positive(text, "an event id is a number such as 12; `ramax events list --all-spaces` lists them")
}

/// The sequence of an event in its space; 0 is before the first one.
pub(super) fn sequence(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| {
        "a sequence is a number such as 12, or 0 for the place before the first event".to_owned()
    })
}

/// How many to show.
pub(super) fn limit(text: &str) -> Result<usize, String> {
    let limit = positive(text, "a limit is a number from 1 on; without it, everything is listed")?;
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}

fn positive(text: &str, expected: &str) -> Result<u64, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| expected.to_owned())
}

//! `ramax projections blame`: the event that set each part of a value.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;

use clap::Args;
use serde::Serialize;

use super::PAST_HELP;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{OutputColumn, left, right};
use crate::cli::past::{Past, origin_cells, value_text, with_review};
use crate::cli::session::Session;
use crate::cli::{remedy, shell};
use crate::content_store::FieldChange;
use crate::event::EventId;
use crate::json::Json;
use crate::operations::{Blamed, Pause, PointInTime, StoredDifferences};
use crate::text::excerpt;

const PATH: OutputColumn = left("PATH");
const VALUE: OutputColumn = left("VALUE");

const COLUMNS: &[OutputColumn] =
    &[PATH, VALUE, right("SEQ"), right("EVENT"), left("TIME"), left("TYPE"), left("CAUSE"), left("BEFORE")];

/// The columns if a stored value differs.
const WITH_STORED: &[OutputColumn] = &[
    PATH,
    VALUE,
    left("STORED"),
    right("SEQ"),
    right("EVENT"),
    left("TIME"),
    left("TYPE"),
    left("CAUSE"),
    left("BEFORE"),
];

/// The most characters of a value in a message. The table has the whole value.
const MOST_SAID: usize = 200;

#[derive(Debug, Args)]
pub struct BlameArguments {
    /// The space's name, or its id written as '#2'
    space: String,
    /// The key, such as contact:c1
    key: String,
    /// Only the part at this path, such as email or address.city
    path: Option<String>,
    /// The projection; by default the one that has held the key
    #[arg(long, value_name = "NAME")]
    projection: Option<String>,
    /// The value as of this sequence or time
    #[arg(long, value_name = "SEQ|TIME", long_help = PAST_HELP)]
    at: Option<PointInTime>,
}

/// A part of a value, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    part: Blamed,
    #[serde(flatten)]
    stored: StoredPart<'a>,
}

/// The stored value of a part, if it differs, as JSON. A stored null is not a missing value.
#[derive(Serialize, Default)]
struct StoredPart<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    stored: Option<Cow<'a, Json>>,
    /// True if nothing is stored.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stored_missing: bool,
}

impl<'a> StoredPart<'a> {
    fn of(differing: Option<&'a FieldChange>) -> Self {
        let stored = differing.and_then(|field| field.after.as_ref());
        Self { stored: stored.map(Cow::Borrowed), stored_missing: differing.is_some() && stored.is_none() }
    }

    /// Prepares the value to be serialised. Calls `pause` between the pieces of a large one.
    fn prepared<E>(&self, pause: &mut Pause<'_, E>) -> Result<Self, E> {
        let stored = self.stored.as_ref().map(|stored| stored.prepared(pause)).transpose()?.map(Cow::Owned);
        Ok(Self { stored, stored_missing: self.stored_missing })
    }
}

/// A part that is stored although no event set it, as JSON.
#[derive(Serialize)]
struct StoredLine<'a> {
    path: &'a str,
    value: Option<&'a Json>,
    stored: Option<Cow<'a, Json>>,
    event_id: Option<EventId>,
}

pub(super) fn run(session: &mut Session, arguments: &BlameArguments) -> Result<Exit, Failure> {
    let BlameArguments { space, key, path, projection, at } = arguments;
    let mut past = Past::open(session, space, projection.as_deref())?;
    let until = past.sequence_or_last(at.as_ref())?;
    let name = past.projection_of(session, key, projection.as_deref())?;
    let blamed = past.run(|fold, watch| fold.blame((&name, key), path.as_deref(), until, watch))?;
    // What is stored is that of now.
    let stored = match at {
        Some(_) => StoredDifferences::default(),
        None => past.run(|fold, watch| fold.stored_differences((&name, key), until, watch))?,
    };
    let differing: Vec<&FieldChange> = stored.at(path.as_deref().unwrap_or_default()).collect();
    if blamed.is_empty() && differing.is_empty() {
        past.report_skipped(session, Some(&name), until)?;
        let part = path.as_ref().map_or_else(String::new, |path| format!(" at {path}"));
        let message = format!("{key} has no value{part} as of sequence {until}");
        let history = shell::command("projections history", &[&past.space_name, key], "");
        return Err(Failure::refused("unknown_key", message, format!("`{history}` shows its changes")));
    }
    let has_stored = !differing.is_empty();
    let differences: HashMap<&str, &FieldChange> =
        stored.fields.iter().rev().map(|field| (&*field.path, field)).collect();
    let mut rows = session.out.rows(if has_stored { WITH_STORED } else { COLUMNS });
    for part in &blamed {
        let differing = differences.get(&*part.path).copied();
        let cells = || {
            let stored_text =
                || differing.map_or_else(|| "same".to_owned(), |field| value_text(field.after.as_ref()));
            let before = value_text(part.before.as_ref());
            let place = [path_text(&part.path), value_text(Some(&part.value))].into_iter();
            let place = place.chain(has_stored.then(stored_text));
            place.chain(origin_cells(&part.event)).chain([before]).collect()
        };
        let stored = StoredPart::of(differing);
        rows.push_prepared(
            |pause| Ok(Line { part: part.prepared(pause)?, stored: stored.prepared(pause)? }),
            cells,
        )?;
    }
    for part in differing.iter().filter(|part| part.before.is_none()) {
        let cells = || {
            let (path, none) = (path_text(&part.path), || value_text(None));
            let stored = value_text(part.after.as_ref());
            [path, none(), stored].into_iter().chain(std::iter::repeat_with(none).take(6)).collect()
        };
        rows.push_prepared(
            |pause| {
                let stored = part.after.as_ref().map(|stored| stored.prepared_between(pause)).transpose()?;
                Ok(StoredLine { path: &part.path, value: None, stored, event_id: None })
            },
            cells,
        )?;
    }
    rows.finish()?;
    if has_stored {
        report_stored(session, &stored, &differing)?;
    }
    past.report_skipped(session, Some(&name), until)?;
    Ok(Exit::Done)
}

/// Says of each part which value is stored in place of the one that its event set, and what to do.
fn report_stored(
    session: &mut Session,
    stored: &StoredDifferences,
    differing: &[&FieldChange],
) -> io::Result<()> {
    for part in differing {
        let (path, kept) = (path_text(&part.path), part.after.as_ref());
        let short = |value: &Json| excerpt(value.as_str(), MOST_SAID);
        let kept =
            kept.map_or_else(|| "nothing is stored".to_owned(), |kept| format!("{} is stored", short(kept)));
        let derived = part.before.as_ref();
        let derived =
            derived.map_or_else(|| "set nothing".to_owned(), |value| format!("set {}", short(value)));
        session.say(&format!("{path}: {kept}, but the events {derived}"))?;
    }
    let advice = remedy::worded(&with_review(stored.advice.clone()), &session.program);
    session.say(&format!("{}; {advice}", stored.reason()))
}

fn path_text(path: &str) -> String {
    if path.is_empty() { "(value)".to_owned() } else { path.to_owned() }
}

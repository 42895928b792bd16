//! `--where`: selects events by a query.

use clap::Args;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::cli::exit::Failure;
use crate::cli::messages::Messages;
use crate::error::{Error, QueryError};
use crate::query::{Query, help_lines};
use crate::text::visible;

/// The number of columns of the query shown before an error, of the error, and after it.
const COLUMNS: usize = 60;

/// The columns of the explanation in the full help, which has lines of 100 columns and is indented.
const HELP_CELLS: usize = 86;

/// A query that selects events.
#[derive(Debug, Args, Default)]
pub struct QueryOption {
    /// Show only events that match, for example 'type:contact.* after:2h payload.email~acme'
    #[arg(long = "where", value_name = "QUERY", allow_hyphen_values = true, long_help = long_help())]
    query: Option<String>,
}

/// Explains the language in the full help.
fn long_help() -> String {
    let mut text =
        "Show only events that match, for example 'type:contact.* after:2h payload.email~acme'\n\n\
                    Words separated by spaces, all of which must match:\n\n"
            .to_owned();
    help_lines(HELP_CELLS).iter().for_each(|line| text.push_str(&format!("  {line}\n")));
    text.push_str("\nA time without a time zone is in UTC.\n");
    text
}

impl QueryOption {
    /// Returns true if a query was given.
    pub(super) fn is_given(&self) -> bool {
        self.query.is_some()
    }

    /// Parses the query. If it is invalid, points at the error.
    pub(super) fn query(&self, messages: Messages) -> Result<Query, Failure> {
        self.query.as_deref().unwrap_or_default().parse().map_err(|error: QueryError| {
            marked_place(&error).iter().for_each(|line| messages.say(line));
            Error::from(error).into()
        })
    }
}

/// Returns the part of the query around the error, and a line that marks the error below it.
fn marked_place(error: &QueryError) -> Vec<String> {
    let part = |range| visible(error.query.get(range).unwrap_or_default()).into_owned();
    let wrong = first_columns(part(error.place.clone()).chars());
    let before: String = first_columns(part(0..error.place.start).chars().rev()).chars().rev().collect();
    let behind = first_columns(part(error.place.end..error.query.len()).chars());
    let mark = " ".repeat(before.width()) + &"^".repeat(wrong.width().max(1));
    vec![format!("  {before}{wrong}{behind}"), format!("  {mark}")]
}

/// Returns as many characters as fit in the columns that are shown.
fn first_columns(characters: impl Iterator<Item = char>) -> String {
    let mut left = COLUMNS;
    let fits = |character: &char| {
        let rest = left.checked_sub(character.width().unwrap_or(0));
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    characters.take_while(fits).collect()
}

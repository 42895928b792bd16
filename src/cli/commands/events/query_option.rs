//! `--where`: selects events by a query.

use clap::Args;
use unicode_width::UnicodeWidthStr;

use crate::cli::exit::Failure;
use crate::cli::narration::Narration;
use crate::error::{Error, QueryError};
use crate::query::Query;
use crate::text::visible;

/// The number of columns of the query shown before an error.
const BEFORE: usize = 60;

/// A query that selects events.
#[derive(Debug, Args)]
pub struct QueryOption {
    /// Show only events that match, for example 'type:contact.* after:2h payload.email~acme'
    ///
    /// Terms separated by spaces, all of which must hold; a leading - negates a term:
    ///
    ///   type:contact.*  entity:c1              a * stands for anything
    ///   entity:c1,c2                           one of them; also of types and correlations
    ///   after:2026-01-31T10:00  before:2h      times in UTC, or how long ago
    ///   after:10:00[Europe/Berlin]             in a time zone, or with an offset: 10:00+02:00
    ///   seq:100..200  id:100..200              sequences, event ids
    ///   correlation:UUID  causation:801        the correlation, the causing event
    ///   payload.email~acme  payload.name=Ada   contains, equals; also payload.tags[0]=new
    ///   raw.email~acme                         the payload as stored, before upcasters
    ///   meta.actor=ada  meta~cli               the same for the metadata
    ///   ~text  text  "some text"               anywhere in type, entity or payload
    #[arg(long = "where", value_name = "QUERY", allow_hyphen_values = true, verbatim_doc_comment)]
    query: Option<String>,
}

impl QueryOption {
    /// Returns true if a query was given.
    pub(super) fn is_given(&self) -> bool {
        self.query.is_some()
    }

    /// Parses the query. If it is invalid, points at the error.
    pub(super) fn query(&self, narration: Narration) -> Result<Query, Failure> {
        self.query.as_deref().unwrap_or_default().parse().map_err(|error: QueryError| {
            marked_place(&error).iter().for_each(|line| narration.say(line));
            Error::from(error).into()
        })
    }
}

/// Returns the query, and a line that marks the error below it.
fn marked_place(error: &QueryError) -> Vec<String> {
    let part = |range| visible(error.query.get(range).unwrap_or_default()).into_owned();
    let (mut before, wrong) = (part(0..error.place.start), part(error.place.clone()));
    while before.width() > BEFORE {
        before.remove(0);
    }
    let behind = part(error.place.end..error.query.len());
    let mark = " ".repeat(before.width()) + &"^".repeat(wrong.width().max(1));
    vec![format!("  {before}{wrong}{behind}"), format!("  {mark}")]
}

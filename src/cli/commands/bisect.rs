//! `ramax bisect`: the first event at which a condition on a key held, and every later flip.

use clap::Args;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{OutputColumn, left, right};
use crate::cli::past::{Past, origin_cells, value_text, while_written};
use crate::cli::session::Session;
use crate::cli::shell;
use crate::error::{Error, QueryError};
use crate::operations::{Flip, PointInTime};
use crate::query::ValueQuery;

const COLUMNS: &[OutputColumn] =
    &[left("HOLDS"), right("SEQ"), right("EVENT"), left("TIME"), left("TYPE"), left("CAUSE"), left("VALUE")];

#[derive(Debug, Args)]
pub struct BisectArguments {
    /// The space's name, or its id written as '#2'
    space: String,
    /// A key and a condition on its value, such as 'contact:c1 email=ada@acme.example'
    ///
    /// A condition is written as in a query: name=Ada is exactly this text or number, email~acme contains it, tags[*]=new is
    /// any item of a list, -name=Ada is the opposite, and =3 is about the value itself. All conditions must hold. Without
    /// one, the key has to exist.
    #[arg(value_name = "KEY CONDITION")]
    condition: String,
    /// The projection; by default the one that has held the key
    #[arg(long, value_name = "NAME")]
    projection: Option<String>,
    /// Only up to this sequence or time
    #[arg(long, value_name = "SEQ|TIME")]
    at: Option<PointInTime>,
}

pub fn run(session: &mut Session, arguments: &BisectArguments) -> Result<Exit, Failure> {
    let BisectArguments { space, condition, projection, at } = arguments;
    let (key, terms) = condition.trim().split_once(char::is_whitespace).unwrap_or((condition.trim(), ""));
    if key.is_empty() {
        let hint = "name a key, and a condition if there is one: 'contact:c1 email=ada@acme.example'";
        return Err(Failure::usage("usage", "no key is named", hint));
    }
    let query: ValueQuery = terms.parse().map_err(|error| of_condition(error, condition.trim()))?;
    let mut past = Past::open(session, space, projection.as_deref())?;
    let until = past.sequence_or_last(at.as_ref())?;
    let name = past.projection_of(session, key, projection.as_deref())?;
    let mut rows = session.out.rows(COLUMNS);
    let (mut written, mut found) = (Ok(()), false);
    past.run(|fold, watch| {
        let mut visit = |flip: Flip| {
            found = true;
            written = rows.push_prepared(|pause| flip.prepared(pause), || cells(&flip));
            Ok(while_written(&written))
        };
        fold.bisect((&name, key), &query, until, &mut visit, watch)
    })?;
    written?;
    rows.finish()?;
    past.report_skipped(session, Some(&name), until)?;
    if !found {
        let history = shell::command("projections history", &[&past.space_name, key], "");
        let message = format!("the condition holds at no event up to sequence {until}");
        return Err(Failure::refused("never_holds", message, format!("`{history}` shows every value")));
    }
    Ok(Exit::Done)
}

fn cells(flip: &Flip) -> Vec<String> {
    let holds = if flip.holds { "yes" } else { "no" };
    let value = value_text(flip.value.as_ref());
    [holds.to_owned()].into_iter().chain(origin_cells(&flip.event)).chain([value]).collect()
}

/// Explains an error in the terms at the end of a condition, at its place in the whole condition.
fn of_condition(error: QueryError, condition: &str) -> Failure {
    let before = condition.len().saturating_sub(error.query.len());
    let place = error.place.start + before..error.place.end + before;
    let error = QueryError { query: condition.to_owned(), place, word: error.word + before, ..error };
    let hint =
        "name=Ada equals, email~acme contains, -name=Ada is the opposite, =3 is about the value itself";
    Failure { hint: Some(hint.into()), ..Failure::from(Error::from(error)) }
}

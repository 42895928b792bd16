//! `ramax projections diff`: the differences between two points of the past.

use clap::Args;

use super::PAST_HELP;
use crate::cli::exit::{Exit, Failure};
use crate::cli::past::{ChangeLine, Past, while_written, write_change};
use crate::cli::session::Session;
use crate::content_store::Change;
use crate::operations::PointInTime;
use crate::pstate::STATE;
use crate::text::counted;

#[derive(Debug, Args)]
pub struct DiffArguments {
    /// The space's name, or its id written as '#2'
    space: String,
    /// The earlier sequence or time
    #[arg(long, value_name = "SEQ|TIME", long_help = PAST_HELP)]
    from: PointInTime,
    /// The later sequence or time
    #[arg(long, value_name = "SEQ|TIME", long_help = PAST_HELP)]
    to: PointInTime,
    /// Compare only this key
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Compare only keys that start with this text
    #[arg(long, default_value = "", hide_default_value = true, conflicts_with = "key")]
    prefix: String,
    /// The projection; by default the one that has held the key, or else state
    #[arg(long, value_name = "NAME")]
    projection: Option<String>,
}

pub(super) fn run(session: &mut Session, arguments: &DiffArguments) -> Result<Exit, Failure> {
    let DiffArguments { space, from, to, key, prefix, projection } = arguments;
    let named = projection.as_deref().or(if key.is_none() { Some(STATE) } else { None });
    let mut past = Past::open(session, space, named)?;
    let (from, to) = (past.sequence(from)?, past.sequence(to)?);
    let projection = past.projection_of(key.as_deref().unwrap_or_default(), named)?;
    let prefix = key.as_ref().unwrap_or(prefix);
    let (out, mut written, mut found) = (&mut session.out, Ok(()), 0);
    past.run(|fold, watch| {
        let mut visit = |change: Change| {
            if key.as_ref().is_none_or(|key| *key == change.key) {
                found += 1;
                let is_json = out.is_json();
                written = if is_json {
                    out.json_line(&ChangeLine::from(&change))
                } else {
                    write_change(out, &change)
                };
            }
            Ok(while_written(&written))
        };
        fold.compare((&projection, prefix), (from, to), &mut visit, watch)
    })?;
    written?;
    let keys = counted(found, "key differs", "keys differ");
    session.say(&format!("{keys} between sequences {from} and {to}"))?;
    past.report_skipped(session)?;
    Ok(Exit::Done)
}

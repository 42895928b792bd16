//! `ramax events follow`.

use std::time::Duration;

use clap::Args;

use crate::content_store::Store;
use crate::error::StoreError;
use crate::event_store::Page;

use super::super::exit::{Exit, Failure};
use super::super::interrupt::Interrupt;
use super::super::session::Session;
use super::list::Source;
use super::{Line, Names, Stream, damaged, tell_damaged};

const PAGE: usize = 500;

/// How soon an event shows. A look costs some ten microseconds.
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    stream: Stream,
    /// Begin after this sequence; with --all-spaces, after this event id. Otherwise with what comes next
    #[arg(long, value_name = "SEQ")]
    after: Option<u64>,
    /// End after so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

pub(super) fn run(session: &mut Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let store = session.open()?;
    let space_id = arguments.stream.space_id(session, &store)?;
    let source = space_id.map_or(Source::All, Source::Space);
    let mut after = match arguments.after {
        Some(after) => after,
        None => end_of(&store, source)?,
    };
    let interrupt = Interrupt::take_over()?;
    session.narration.say(&format!("following after {after}; Ctrl-C ends it"));
    let narration = session.narration;
    let mut rows = session.out.rows(source.columns());
    let mut names = Names::default();
    let mut left = arguments.limit.unwrap_or(usize::MAX);
    while left > 0 {
        if interrupt.is_asked() {
            return Ok(Exit::Interrupted);
        }
        let page = source.read(&store, Page::forward(Some(after), left.min(PAGE)))?;
        let Some(last) = page.last() else {
            check_there(&store, source)?;
            std::thread::sleep(PAUSE);
            continue;
        };
        after = source.place(last);
        left -= page.len();
        for event in &page {
            let space_name = names.of(&store, event.space_id)?;
            rows.push(&Line::new(space_name, event), || source.cells(event, space_name))?;
        }
        rows.flush()?;
        tell_damaged(damaged(&page), narration);
    }
    Ok(Exit::Done)
}

/// The place of the last event there is.
fn end_of(store: &Store, source: Source<'_>) -> Result<u64, Failure> {
    match source {
        Source::All => Ok(store.events().last_event_id()?.0),
        Source::Space(space_id) | Source::Entity(space_id, _) => {
            Ok(store.events().space(space_id)?.map_or(0, |record| record.head.last_sequence.0))
        }
    }
}

/// A deleted space has no more to come.
fn check_there(store: &Store, source: Source<'_>) -> Result<(), Failure> {
    let Source::Space(space_id) = source else { return Ok(()) };
    match store.events().space(space_id)? {
        Some(_) => Ok(()),
        None => Err(crate::Error::from(StoreError::UnknownSpace { space: space_id.to_string() }).into()),
    }
}

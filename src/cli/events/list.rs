//! `ramax events list`.

use clap::Args;

use crate::content_store::Store;
use crate::error::Result;
use crate::event::{Event, EventId, SpaceSequence};
use crate::event_store::{Direction, Page};
use crate::space::SpaceId;

use super::super::exit::{Exit, Failure};
use super::super::output::{Column, left, right};
use super::super::session::Session;
use super::{DAMAGED, Line, Names, Stream, damaged, tell_damaged};

const PAGE: usize = 500;

pub(super) const COLUMNS: &[Column] =
    &[right("SEQ"), left("TIME"), left("TYPE"), left("ENTITY"), right("EVENT"), left("PAYLOAD")];

pub(super) const ALL_COLUMNS: &[Column] = &[
    right("EVENT"),
    left("SPACE"),
    right("SEQ"),
    left("TIME"),
    left("TYPE"),
    left("ENTITY"),
    left("PAYLOAD"),
];

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    stream: Stream,
    /// Begin after this sequence; with --all-spaces, after this event id
    #[arg(long, value_name = "SEQ")]
    after: Option<u64>,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Newest first
    #[arg(long)]
    reverse: bool,
    /// Only those of this entity
    #[arg(long, value_name = "ID", conflicts_with = "all_spaces")]
    entity: Option<String>,
}

/// Which events to read.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    All,
    Space(SpaceId),
    Entity(SpaceId, &'a str),
}

impl Source<'_> {
    /// A page behind `after`, which is an event id for all spaces and a sequence for one.
    pub(super) fn read(self, store: &Store, page: Page<u64>) -> Result<Vec<Event>> {
        let Page { after, direction, limit } = page;
        let sequence = Page { after: after.map(SpaceSequence), direction, limit };
        match self {
            Self::All => store.events().read_all(Page { after: after.map(EventId), direction, limit }),
            Self::Space(space_id) => store.events().read_space(space_id, sequence),
            Self::Entity(space_id, entity_id) => store.events().read_entity(space_id, entity_id, sequence),
        }
    }

    /// The place of an event in what is read.
    pub(super) fn place(self, event: &Event) -> u64 {
        match self {
            Self::All => event.event_id.0,
            Self::Space(_) | Self::Entity(..) => event.space_sequence.0,
        }
    }

    pub(super) fn columns(self) -> &'static [Column] {
        match self {
            Self::All => ALL_COLUMNS,
            Self::Space(_) | Self::Entity(..) => COLUMNS,
        }
    }

    pub(super) fn cells(self, event: &Event, space_name: &str) -> Vec<String> {
        let [event_id, sequence] = [event.event_id.to_string(), event.space_sequence.to_string()];
        let [time, entity] = [event.timestamp.to_string(), event.entity_id.clone()];
        let mark = if event.intact { String::new() } else { format!("{DAMAGED} ") };
        let [event_type, payload] = [mark + &event.event_type, event.payload.as_str().to_owned()];
        match self {
            Self::All => vec![event_id, space_name.to_owned(), sequence, time, event_type, entity, payload],
            Self::Space(_) | Self::Entity(..) => vec![sequence, time, event_type, entity, event_id, payload],
        }
    }
}

pub(super) fn run(session: &mut Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let store = session.open()?;
    let source = match (arguments.stream.space_id(session, &store)?, &arguments.entity) {
        (None, _) => Source::All,
        (Some(space_id), None) => Source::Space(space_id),
        (Some(space_id), Some(entity_id)) => Source::Entity(space_id, entity_id),
    };
    let direction = if arguments.reverse { Direction::Backward } else { Direction::Forward };
    let mut rows = session.out.rows(source.columns());
    let mut names = Names::default();
    let mut bad = 0;
    let mut after = arguments.after;
    let mut left = arguments.limit.unwrap_or(usize::MAX);
    let mut listed = 0;
    while left > 0 {
        let limit = left.min(PAGE);
        let page = source.read(&store, Page { after, direction, limit })?;
        for event in &page {
            let space_name = names.of(&store, event.space_id)?;
            rows.push(&Line::new(space_name, event), || source.cells(event, space_name))?;
        }
        bad += damaged(&page);
        listed += page.len();
        left -= page.len();
        after = page.last().map(|event| source.place(event));
        if page.len() < limit {
            break;
        }
    }
    rows.finish()?;
    if listed == 0 {
        session.narration.say("no events");
    }
    session.out.flush()?;
    tell_damaged(bad, session.narration);
    Ok(Exit::Done)
}

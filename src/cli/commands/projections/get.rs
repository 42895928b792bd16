//! `ramax projections get`: the value of a key, now or in the past.

use std::io;
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::{PAST_HELP, catch_up, known, projection_of};
use crate::cli::exit::{Exit, Failure};
use crate::cli::numbers;
use crate::cli::past::{Past, chosen_by_option};
use crate::cli::session::Session;
use crate::cli::shell;
use crate::clock::Timestamp;
use crate::content_store::Store;
use crate::error::{CommandError, Error, Result};
use crate::json::{Json, Quoted, Token, Tokens};
use crate::operations::{self, ListedEntry, PointInTime, ProjectionOverview, SpaceOverview};
use crate::pstate::{Depth, Entry, Path, STATE};

/// The longest wait for another process that catches a projection up.
const WAIT: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub struct GetArguments {
    /// The space's name, or its id written as '#2'
    space: String,
    /// The key, such as contact:c1
    key: String,
    /// The projection; by default the one that holds the key
    #[arg(long, value_name = "NAME")]
    projection: Option<String>,
    /// The value as of this sequence or time
    #[arg(long, value_name = "SEQ|TIME", long_help = PAST_HELP, conflicts_with = "wait")]
    at: Option<PointInTime>,
    /// Replace references by the entities to which they refer, over N levels
    #[arg(long, value_name = "N", value_parser = numbers::depth, allow_negative_numbers = true)]
    depth: Option<usize>,
    /// Show only the part at this path, such as cards[0].front; references on the way are followed
    #[arg(long, value_name = "PATH")]
    path: Option<Path>,
    /// Wait until the projection contains the last event, if another process catches it up
    #[arg(long)]
    wait: bool,
}

/// A value that was found, with its projection.
struct FoundValue {
    projection: String,
    entry: Entry,
}

pub(super) fn run(session: &mut Session, arguments: &GetArguments) -> Result<Exit, Failure> {
    match &arguments.at {
        Some(at) => past(session, arguments, at),
        None => now(session, arguments),
    }
}

fn now(session: &mut Session, arguments: &GetArguments) -> Result<Exit, Failure> {
    let GetArguments { space, key, .. } = arguments;
    let store = session.open()?;
    let space = operations::overview(&store, &session.apps, space)?;
    let Some((name, entry)) = find(session, &store, &space, arguments)? else {
        let name = &arguments.space;
        let hint = format!("`{}` lists the keys", shell::command("projections list", &[name], ""));
        return Err(Failure::refused("unknown_key", format!("{name} has no key {key}"), hint));
    };
    let projection = projection_of(session, &store, &space, &name)?;
    let pause = &|| store.check_stop();
    let resolved = |depth| projection.get_resolved_between(key, depth, pause);
    let part_at = |path: &Path, depth| projection.value_at_between(path, depth, pause);
    let found = arguments.part(entry, resolved, part_at, pause)?;
    projection.flush()?;
    write(session, &FoundValue { projection: name, entry: found }, None)
}

/// Returns the entry, with the name of its projection.
fn find(
    session: &Session,
    store: &Store,
    space: &SpaceOverview,
    arguments: &GetArguments,
) -> Result<Option<(String, Entry)>, Failure> {
    let key = arguments.key.as_str();
    let mut catch_up = |projection: &ProjectionOverview| match arguments.wait {
        true => wait_for(session, store, space, &projection.name),
        false => catch_up(session, store, space, projection),
    };
    if let Some(name) = &arguments.projection {
        catch_up(known(space, name)?)?;
        let projection = projection_of(session, store, space, name)?;
        let entry = projection.entry(key)?;
        projection.flush()?;
        return Ok(entry.map(|entry| (name.clone(), entry)));
    }
    let found = operations::find_key(store, &session.apps, space, key, &mut catch_up);
    let found = found
        .map_err(|failure| Session::over_space(store, space.space.space_id, chosen_by_option(failure)))?;
    Ok(found.map(|(projection, entry)| (projection.name.to_string(), entry)))
}

/// Waits until a projection contains the last event of its space.
fn wait_for(session: &Session, store: &Store, space: &SpaceOverview, name: &str) -> Result<(), Failure> {
    let content = operations::open_space(store, &session.apps, space.space.clone())?;
    content
        .wait_for(name, space.head.last_sequence, WAIT)
        .map_err(|error| Session::over_space(store, content.space_id(), error.into()))?;
    Ok(())
}

fn past(session: &mut Session, arguments: &GetArguments, at: &PointInTime) -> Result<Exit, Failure> {
    let GetArguments { key, projection, .. } = arguments;
    let mut past = Past::open(session, &arguments.space, projection.as_deref())?;
    let at = past.sequence(at)?;
    past.run(|fold, watch| fold.seek(at, watch))?;
    let mut found = Vec::new();
    for name in past.fold.projections() {
        found.extend(past.fold.projection(name)?.entry(key)?.map(|entry| (name, entry)));
    }
    if found.len() > 1 {
        let projections = found.iter().map(|(name, _)| (*name).to_owned()).collect();
        let error = Error::from(CommandError::AmbiguousKey { key: key.clone(), projections });
        return Err(chosen_by_option(error.into()));
    }
    let Some((name, entry)) = found.pop() else {
        if let Err(never) = past.projection_of(session, key, None)
            && never.kind == "unknown_key"
        {
            return Err(never);
        }
        past.report_skipped(session, projection.as_deref(), at)?;
        let space = &past.space_name;
        let history = shell::command("projections history", &[space, key], "");
        let message = format!("{space} had no key {key} as of sequence {at}");
        return Err(Failure::refused("unknown_key", message, format!("`{history}` shows its changes")));
    };
    let projection = past.fold.projection(name)?;
    let pause = &|| past.fold.content().store().check_stop();
    let resolved = |depth| projection.get_resolved_between(key, depth, pause);
    let part_at = |path: &Path, depth| projection.value_at_between(path, depth, pause);
    let entry = arguments.part(entry, resolved, part_at, pause)?;
    let exit = write(session, &FoundValue { projection: name.to_owned(), entry }, Some(at.0))?;
    past.report_skipped(session, Some(name), at)?;
    Ok(exit)
}

impl GetArguments {
    /// Returns the entry with the requested part of its value.
    fn part(
        &self,
        entry: Entry,
        resolved: impl FnOnce(Depth) -> Result<Option<Value>>,
        at: impl FnOnce(&Path, Depth) -> Result<Option<Value>>,
        pause: &dyn Fn() -> Result<()>,
    ) -> Result<Entry, Failure> {
        let depth = Depth::Levels(self.depth.unwrap_or(0));
        let found = match (&self.path, self.depth) {
            (None, None) => return Ok(entry),
            (None, Some(_)) => resolved(depth)?,
            (Some(path), _) => at(&path.clone().within(&self.key), depth)?,
        };
        let path = self.path.as_ref().map_or("", Path::as_str);
        let missing = || {
            let hint = format!("without --path, the value of {} is shown as a whole", self.key);
            Failure::refused("unknown_path", format!("{} has no value at {path}", self.key), hint)
        };
        let value = Json::of_between(&found.ok_or_else(missing)?, &mut || pause())?;
        Ok(Entry { value, ..entry })
    }
}

fn write(session: &mut Session, found: &FoundValue, at: Option<u64>) -> Result<Exit, Failure> {
    let FoundValue { projection, entry } = found;
    let Entry { value, updated_at, .. } = entry;
    if session.out.is_json() {
        let pause = &mut || session.out.check_ending();
        let listed = ListedEntry::of(projection, entry).prepared(pause)?;
        session.out.json_line(&listed)?;
        return Ok(Exit::Done);
    }
    session.out.document(value, "")?;
    let of = if projection == STATE { String::new() } else { format!(" in {projection}") };
    let state = match at {
        Some(sequence) => format!("as of sequence {sequence}, written at {updated_at}{of}"),
        None => format!("as of {updated_at}{of}"),
    };
    session.say(&state)?;
    say_times(session, value)?;
    Ok(Exit::Done)
}

/// Says each time in a value that is stored in seconds or milliseconds, as a date.
fn say_times(session: &Session, value: &Json) -> io::Result<()> {
    let mut name: Option<Quoted<'_>> = None;
    Tokens::new(value.as_str()).each_between(&mut || session.out.check_ending(), &mut |_, token| {
        if let (Some(name), Token::Number(number)) = (name, token) {
            let name = name.decoded();
            let time = number.parse().ok().and_then(|number| Timestamp::of_field(&name, number));
            time.into_iter().for_each(|time| session.messages.say(&format!("{name} {number} is {time}")));
        }
        name = if let Token::Key(key) = token { Some(key) } else { None };
        Ok(())
    })
}

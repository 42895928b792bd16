//! The tasks as a user of the crate would write them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ramax::apps::Crm;
use ramax::operations::{self, Rebuild, keep_going};
use ramax::pstate::STATE;
use ramax::sqlite::Sync;
use ramax::{
    Append, Command, ContentStore, Event, Expected, Json, Location, NewEvent, OpenOptions, Request, SpaceId,
    SpaceSequence, Store, Timestamp,
};

use super::{
    BATCHED, COMMITS, EVENTS, LARGE, NOW, Outcome, Payload, Round, SPACES, history, numbered, payload, timed,
};

pub fn open(path: &Path, sync: Sync) -> Outcome<Store> {
    let options = OpenOptions { sync, ..OpenOptions::default() };
    Ok(Store::open_or_create(&Location::file(path), options)?)
}

/// Serialises a payload as apps do, so that it is not checked again.
fn json(n: usize) -> Outcome<Json> {
    let contact_id = &format!("c{n}");
    let name = &format!("Ada Lovelace of No. {}, West", n % 1000);
    let email = &format!("ada.lovelace.{n}@analytical-engine.example");
    Ok(Json::from_serialize(&Payload { contact_id, name, email })?)
}

/// Appends events in one batch.
fn appended(store: &Store, space: SpaceId, events: &[NewEvent]) -> Outcome {
    let append = Append { expected: Expected::Any, now: Timestamp(NOW), events };
    store.events().append(space, append)?;
    Ok(())
}

fn fill(store: &Store, spaces: usize, events: usize) -> Outcome<Vec<SpaceId>> {
    let ids = (0..spaces)
        .map(|n| Ok(store.events().get_or_create_space(&format!("crm_{n}"), None, Timestamp(NOW))?.space_id))
        .collect::<Outcome<Vec<SpaceId>>>()?;
    for first in (0..events).step_by(1000) {
        let new: Vec<NewEvent> = (first..first + 1000)
            .map(|n| {
                let mut event = NewEvent::new(format!("c{n}"), "contact.added", json(n)?);
                event.correlation_id = Some(store.ids().new_id());
                Ok(event)
            })
            .collect::<Outcome<_>>()?;
        appended(store, ids[first / 1000 % ids.len()], &new)?;
    }
    Ok(ids)
}

pub fn append(directory: &Path) -> Outcome<Round> {
    let mut next = numbered(directory);
    Ok(Box::new(move || {
        let store = open(&next()?, Sync::Normal)?;
        timed(|| fill(&store, SPACES, EVENTS).map(|_| ()))
    }))
}

/// Creates a file with `events` events in `spaces` spaces, and closes it.
pub fn filled(directory: &Path, spaces: usize, events: usize) -> Outcome<PathBuf> {
    std::fs::create_dir_all(directory)?;
    let path = directory.join(format!("{events}-{spaces}.db"));
    fill(&open(&path, Sync::Normal)?, spaces, events)?;
    Ok(path)
}

fn add(n: usize) -> Command {
    Command::new("add-contact")
        .with("contact_id", format!("x{n}"))
        .with("name", format!("Ada Lovelace of No. {}, West", n % 1000))
        .with("email", format!("ada.lovelace.{n}@analytical-engine.example"))
}

pub fn execute_full(directory: &Path) -> Outcome<Round> {
    execute(directory, Sync::Full)
}

pub fn execute_normal(directory: &Path) -> Outcome<Round> {
    execute(directory, Sync::Normal)
}

fn execute(directory: &Path, sync: Sync) -> Outcome<Round> {
    let path = numbered(directory)()?;
    fill(&open(&path, Sync::Normal)?, SPACES, LARGE)?;
    let store = open(&path, sync)?;
    let space = ContentStore::open(&store, "crm_0", Arc::new(Crm))?;
    assert_eq!(Crm::contact_count(&space)?, (LARGE / SPACES) as u64);
    let mut commands = (0..).map(add);
    Ok(Box::new(move || {
        let mut taken = Vec::new();
        for command in commands.by_ref().take(COMMITS) {
            let started = Instant::now();
            space.execute(command)?;
            taken.push(started.elapsed());
        }
        Ok(taken)
    }))
}

pub fn batch(directory: &Path) -> Outcome<Round> {
    let mut next = numbered(directory);
    Ok(Box::new(move || {
        let store = open(&next()?, Sync::Normal)?;
        let space = ContentStore::open(&store, "crm_0", Arc::new(Crm))?;
        let mut taken = Duration::ZERO;
        for first in (0..BATCHED).step_by(1000) {
            let requests: Vec<Request> = (first..first + 1000).map(|n| add(n).into()).collect();
            let started = Instant::now();
            for outcome in space.execute_batch(&requests)? {
                outcome?;
            }
            taken += started.elapsed();
        }
        Ok(vec![taken])
    }))
}

/// Replays as operations do: reads and checks on one core, parses on another.
pub fn replay(directory: &Path) -> Outcome<Round> {
    let store = open(&filled(directory, 1, EVENTS)?, Sync::Normal)?;
    let space = ContentStore::open(&store, "crm_0", Arc::new(Crm))?;
    Ok(Box::new(move || {
        timed(|| {
            let mut bytes = 0;
            operations::replay(&space, SpaceSequence::START, SpaceSequence(u64::MAX), &mut |events| {
                bytes += events.iter().map(texts).sum::<usize>();
                Ok(())
            })?;
            assert!(bytes > EVENTS);
            Ok(())
        })
    }))
}

/// Returns the length of an event's texts, parsed from its payload.
fn texts(event: &Event) -> usize {
    let payload: Payload<'_> =
        event.payload.parse().unwrap_or(Payload { contact_id: "", name: "", email: "" });
    payload.contact_id.len() + payload.name.len() + payload.email.len()
}

pub fn replay_on_one_thread(directory: &Path) -> Outcome<Round> {
    let store = open(&filled(directory, 1, EVENTS)?, Sync::Normal)?;
    let space_id = ContentStore::open(&store, "crm_0", Arc::new(Crm))?.space_id();
    Ok(Box::new(move || {
        timed(|| {
            let mut bytes = 0;
            let mut after = SpaceSequence::START;
            while store.events().replay(space_id, after, 5000, &mut |event| {
                bytes += texts(event);
                after = event.space_sequence;
                Ok(())
            })? > 0
            {}
            assert!(bytes > EVENTS);
            Ok(())
        })
    }))
}

pub fn rebuild(directory: &Path) -> Outcome<Round> {
    let mut next = numbered(directory);
    Ok(Box::new(move || {
        let store = open(&next()?, Sync::Normal)?;
        let space = ContentStore::open(&store, "crm_0", Arc::new(Crm))?;
        history(|chunk| {
            let new: Vec<NewEvent> = chunk
                .iter()
                .map(|(kind, n)| {
                    let mut event = NewEvent::new(format!("c{n}"), *kind, Json::from_stored(payload(*n)));
                    event.correlation_id = Some(store.ids().new_id());
                    event
                })
                .collect();
            appended(&store, space.space_id(), &new)
        })?;
        timed(|| {
            operations::rebuild(
                &space,
                Rebuild { projection: Some(STATE.to_owned()), ..Rebuild::default() },
                &mut keep_going,
            )?;
            Ok(())
        })
    }))
}

//! A store on a PostgreSQL server beside hand-written statements through the same crate, beside a file, and beside a cluster
//! where the Citus extension is installed.
//!
//! `cargo bench --features postgres --bench postgres` starts a server of its own, with durable commits on the disk of the
//! temporary directory. Rounds alternate, so that a drifting machine speed affects all. Everything shares one machine: over
//! a network, each round trip counts for more.

#[path = "../figures/mod.rs"]
mod figures;
mod floor;
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/support/server.rs"]
mod server;

use std::error::Error;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use figures::{head, median, rates, timed};
use floor::Floor;
use ramax::apps::Crm;
use ramax::engines::postgres::DatabaseUrl;
use ramax::operations::{Rebuild, rebuild};
use ramax::{Command, ContentStore, Location, OpenOptions, Page, Request, Store};
use server::Server;

const ROUNDS: usize = 5;
const COMMANDS: u64 = 400;
const BATCH: u64 = 100;
const BATCHES: u64 = 20;
const SPACES: usize = 1000;
const CALLERS: usize = 32;
/// The commands of all callers together.
const CALLED: u64 = COMMANDS * 4;
const SHARDED_SPACES: usize = 64;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome {
    let server = Server::start(&["fsync=on"]);
    let url: DatabaseUrl = server.new_name().parse()?;
    let store = Store::connect_or_create(&url, OpenOptions::default())?;
    let directory = tempfile::tempdir()?;
    let file = Location::file(directory.path().join("store.db"));
    let file = Store::open_or_create(&file, OpenOptions::default())?;
    let mut floor = Floor::create(server.connect())?;
    let next = AtomicU64::new(0);
    commands(&spaces(&store, 100)?, &spaces(&file, 100)?, &mut floor, &next)?;
    batches(&spaces(&store, 1)?[0], &spaces(&file, 1)?[0], &mut floor, &next)?;
    reads(&spaces(&store, 1)?[0], &mut floor)?;
    callers(&url, &store, &next)?;
    shards(&server, &url, &next)
}

fn spaces(store: &Store, count: usize) -> Outcome<Vec<ContentStore>> {
    let open = |n: usize| Ok(ContentStore::open(store, &format!("crm_{n}"), Arc::new(Crm))?);
    (0..count).map(open).collect()
}

fn add(id: u64) -> Command {
    Command::new("add-contact")
        .with("contact_id", format!("c{id}"))
        .with("name", format!("Ada Lovelace of No. {}, West", id % 1000))
        .with("email", format!("ada.lovelace.{id}@analytical-engine.example"))
}

/// Times durable commands of one caller, each acknowledged by itself.
fn commands(ours: &[ContentStore], in_file: &[ContentStore], floor: &mut Floor, next: &AtomicU64) -> Outcome {
    let mut taken: [Vec<Duration>; 3] = Default::default();
    let execute = |spaces: &[ContentStore]| {
        timed(|| {
            (0..COMMANDS).try_for_each(|_| {
                let id = next.fetch_add(1, Ordering::Relaxed);
                spaces[id as usize % spaces.len()].execute(add(id)).map(drop)
            })
        })
    };
    for _ in 0..ROUNDS {
        taken[0].push(execute(ours)?);
        taken[1].push(execute(in_file)?);
        taken[2].push(timed(|| {
            (0..COMMANDS).try_for_each(|_| {
                let id = next.fetch_add(1, Ordering::Relaxed);
                floor.command(id as i64 % ours.len() as i64, id)
            })
        })?);
    }
    let [ours, in_file, floor] = taken.map(median);
    head("durable commands of one caller", "ours", "hand-written");
    rates("a command", COMMANDS, ours, floor);
    head("the same", "server", "file");
    rates("a command", COMMANDS, ours, in_file);
    Ok(())
}

/// Times batches of one space, each in one commit.
fn batches(ours: &ContentStore, in_file: &ContentStore, floor: &mut Floor, next: &AtomicU64) -> Outcome {
    let mut taken: [Vec<Duration>; 3] = Default::default();
    let execute = |space: &ContentStore| {
        timed(|| {
            (0..BATCHES).try_for_each(|_| {
                let first = next.fetch_add(BATCH, Ordering::Relaxed);
                let requests: Vec<Request> = (first..first + BATCH).map(|id| add(id).into()).collect();
                space.execute_batch(&requests)?.into_iter().try_for_each(|done| done.map(drop))
            })
        })
    };
    for _ in 0..ROUNDS {
        taken[0].push(execute(ours)?);
        taken[1].push(execute(in_file)?);
        taken[2].push(timed(|| {
            (0..BATCHES).try_for_each(|_| floor.batch(next.fetch_add(BATCH, Ordering::Relaxed), BATCH))
        })?);
    }
    let [ours, in_file, floor] = taken.map(median);
    head(&format!("batches of {BATCH} commands"), "ours", "hand-written");
    rates("a command of a batch", BATCH * BATCHES, ours, floor);
    head("the same", "server", "file");
    rates("a command of a batch", BATCH * BATCHES, ours, in_file);
    Ok(())
}

/// Times the events of a space, read in order, and the rebuild of its projection.
fn reads(ours: &ContentStore, floor: &mut Floor) -> Outcome {
    let events = ours.event_count()?;
    let mut taken: [Vec<Duration>; 4] = Default::default();
    for _ in 0..ROUNDS {
        taken[0].push(timed(|| {
            let mut after = None;
            loop {
                let page = ours.store().events().read_space(ours.space_id(), Page::forward(after, 1000))?;
                match page.last() {
                    Some(last) => after = Some(last.space_sequence),
                    None => return Ok::<_, ramax::Error>(()),
                }
            }
        })?);
        taken[1].push(timed(|| floor.replay())?);
        taken[2].push(timed(|| rebuild(ours, Rebuild::default(), &mut |_| ControlFlow::Continue(())))?);
        taken[3].push(timed(|| floor.rebuild())?);
    }
    let [replay, bare_replay, rebuild, bare_rebuild] = taken.map(median);
    head(&format!("a space of {events} events"), "ours", "hand-written");
    rates("replay", events, replay, bare_replay);
    rates("rebuild", events, rebuild, bare_rebuild);
    Ok(())
}

/// Times callers with connections of their own.
fn callers(url: &DatabaseUrl, store: &Store, next: &AtomicU64) -> Outcome {
    spaces(store, SPACES)?;
    let mut taken: [Vec<Duration>; 2] = Default::default();
    for _ in 0..ROUNDS {
        for (taken, callers) in taken.iter_mut().zip([1, CALLERS]) {
            taken.push(call(url, callers, SPACES, next)?);
        }
    }
    let [one, many] = taken.map(median);
    head(&format!("callers on {SPACES} spaces"), "all callers", "one caller");
    rates(&format!("{CALLERS} callers"), CALLED, many, one);
    Ok(())
}

/// Times the commands of several callers, each on some of the spaces.
fn call(url: &DatabaseUrl, callers: usize, count: usize, next: &AtomicU64) -> Outcome<Duration> {
    let opened: Vec<Vec<ContentStore>> = (0..callers)
        .map(|_| spaces(&Store::connect(url, OpenOptions::default())?, count / callers))
        .collect::<Outcome<_>>()?;
    let started = Instant::now();
    thread::scope(|scope| -> Outcome {
        let call = |spaces: Vec<ContentStore>| {
            scope.spawn(move || {
                (0..CALLED as usize / callers).try_for_each(|n| {
                    let id = next.fetch_add(1, Ordering::Relaxed);
                    spaces[n % spaces.len()].execute(add(id)).map(drop)
                })
            })
        };
        let calling: Vec<_> = opened.into_iter().map(call).collect();
        for caller in calling {
            caller.join().map_err(|_| "a caller failed")??;
        }
        Ok(())
    })?;
    Ok(started.elapsed())
}

/// Times the same on shards, where the Citus extension is installed.
fn shards(server: &Server, one: &DatabaseUrl, next: &AtomicU64) -> Outcome {
    if !server.has_citus() {
        return Ok(());
    }
    let cluster = Server::start_cluster(&["fsync=on"]);
    let sharded: DatabaseUrl = cluster.new_name().parse()?;
    let store = Store::connect_or_create(&sharded, OpenOptions::default())?;
    spaces(&store, SHARDED_SPACES)?;
    head("callers on shards", "a cluster", "one server");
    for callers in [1, 8, CALLERS] {
        let mut taken: [Vec<Duration>; 2] = Default::default();
        for _ in 0..ROUNDS {
            for (taken, url) in taken.iter_mut().zip([&sharded, one]) {
                taken.push(call(url, callers, SHARDED_SPACES, next)?);
            }
        }
        let [on_shards, on_one] = taken.map(median);
        rates(&format!("callers: {callers}"), CALLED, on_shards, on_one);
    }
    Ok(())
}

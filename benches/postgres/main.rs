//! A store on a PostgreSQL server beside hand-written statements through the same crate, beside a file, and beside a cluster
//! where the Citus extension is installed.
//!
//! `cargo bench --features postgres --bench postgres` starts a server of its own, with durable commits on the disk of the
//! temporary directory. Rounds alternate, so that a drifting machine speed affects all. Everything shares one machine: over
//! a network, each round trip counts for more.
//!
//! `cargo bench --features postgres --bench postgres -- pages` times pages of every list of a million events in a thousand
//! spaces instead, `-- pages 100000 100` of fewer.

#[path = "../figures/mod.rs"]
mod figures;
mod floor;
mod pages;
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/postgres/proxy.rs"]
mod proxy;
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/support/server.rs"]
mod server;

use std::error::Error;
use std::ops::{ControlFlow, Range};
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
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match &arguments[..] {
        [] => rates_of_work(),
        [pages] if pages == "pages" => pages::run(1_000_000, 1000),
        [pages, events, spaces] if pages == "pages" => pages::run(events.parse()?, spaces.parse()?),
        _ => {
            Err("give no arguments, or `pages`, or `pages` with a number of events and a number of spaces"
                .into())
        }
    }
}

fn rates_of_work() -> Outcome {
    let server = Server::start(&["fsync=on"]);
    let url: DatabaseUrl = server.new_name().parse()?;
    let store = Store::connect_or_create(&url, OpenOptions::default())?;
    let directory = tempfile::tempdir()?;
    let file = Location::file(directory.path().join("store.db"));
    let file = Store::open_or_create(&file, OpenOptions::default())?;
    let mut floor = Floor::create(server.connect())?;
    let next = AtomicU64::new(0);
    commands(&spaces(&store, 0..100)?, &spaces(&file, 0..100)?, &mut floor, &next)?;
    batches(&spaces(&store, 0..1)?[0], &spaces(&file, 0..1)?[0], &mut floor, &next)?;
    reads(&spaces(&store, 0..1)?[0], &mut floor)?;
    callers(&url, &store, &file, &next)?;
    shards(&server, &url, &next)
}

fn spaces(store: &Store, numbers: Range<usize>) -> Outcome<Vec<ContentStore>> {
    let open = |n: usize| Ok(ContentStore::open(store, &format!("crm_{n}"), Arc::new(Crm))?);
    numbers.map(open).collect()
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

/// Times the events of a space, read in order, and the rebuild of one of its projections.
fn reads(ours: &ContentStore, floor: &mut Floor) -> Outcome {
    let events = ours.event_count()?;
    // The hand-written statements build one projection, too.
    let one = Rebuild { projection: Some("state".to_owned()), ..Rebuild::default() };
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
        taken[2].push(timed(|| rebuild(ours, one.clone(), &mut |_| ControlFlow::Continue(())))?);
        taken[3].push(timed(|| floor.rebuild())?);
    }
    let [replay, bare_replay, rebuild, bare_rebuild] = taken.map(median);
    head(&format!("a space of {events} events"), "ours", "hand-written");
    rates("replay", events, replay, bare_replay);
    rates("rebuild", events, rebuild, bare_rebuild);
    Ok(())
}

/// Times callers with connections of their own, and callers that share a handle of a file.
fn callers(url: &DatabaseUrl, store: &Store, file: &Store, next: &AtomicU64) -> Outcome {
    spaces(store, 0..SPACES)?;
    spaces(file, 0..SPACES)?;
    let mut taken: [Vec<Duration>; 3] = Default::default();
    for _ in 0..ROUNDS {
        taken[0].push(call(&connecting(url), 1, SPACES, next)?);
        taken[1].push(call(&connecting(url), CALLERS, SPACES, next)?);
        taken[2].push(call(&|| Ok(file.clone()), CALLERS, SPACES, next)?);
    }
    let [one, many, in_file] = taken.map(median);
    head(&format!("callers on {SPACES} spaces"), "all callers", "one caller");
    rates(&format!("{CALLERS} callers"), CALLED, many, one);
    head("the same", "server", "file");
    rates(&format!("{CALLERS} callers"), CALLED, many, in_file);
    Ok(())
}

/// Returns a function that connects a caller.
fn connecting(url: &DatabaseUrl) -> impl Fn() -> Outcome<Store> {
    move || Ok(Store::connect(url, OpenOptions::default())?)
}

/// Times the commands of several callers, each on spaces of its own.
fn call(
    open: &dyn Fn() -> Outcome<Store>,
    callers: usize,
    count: usize,
    next: &AtomicU64,
) -> Outcome<Duration> {
    let share = count / callers;
    let of_caller = |caller: usize| spaces(&open()?, caller * share..(caller + 1) * share);
    let opened: Vec<Vec<ContentStore>> = (0..callers).map(of_caller).collect::<Outcome<_>>()?;
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
    spaces(&store, 0..SHARDED_SPACES)?;
    head("callers on shards", "a cluster", "one server");
    for callers in [1, 8, CALLERS] {
        let mut taken: [Vec<Duration>; 2] = Default::default();
        for _ in 0..ROUNDS {
            for (taken, url) in taken.iter_mut().zip([&sharded, one]) {
                taken.push(call(&connecting(url), callers, SHARDED_SPACES, next)?);
            }
        }
        let [on_shards, on_one] = taken.map(median);
        rates(&format!("callers: {callers}"), CALLED, on_shards, on_one);
    }
    Ok(())
}

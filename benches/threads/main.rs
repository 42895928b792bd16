//! Times threads that share one handle: durable commands, which share commits, and reads beside a writer, which do not
//! wait for it.
//!
//! `cargo bench --bench threads` compares the commands of several threads with those of one thread, and reads through the
//! shared handle with reads through a handle of their own. Rounds alternate, so that a drifting machine speed affects
//! all.

#[path = "../figures/mod.rs"]
mod figures;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use figures::{head, median, rates};
use ramax::apps::Crm;
use ramax::{Command, ContentStore, Location, OpenOptions, Store};

const THREADS: [usize; 3] = [1, 8, 64];
const ROUNDS: usize = 7;
/// The number of commands of all threads in a round.
const COMMANDS: usize = 3200;
const SPACES: usize = 100;
/// The number of contacts that are read.
const CONTACTS: u64 = 1000;
const READS: u64 = 20_000;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let file = directory.path().join("shared.db");
    let store = open(&file)?;
    let spaces: Vec<ContentStore> = (0..SPACES)
        .map(|n| ContentStore::open(&store, &format!("crm_{n}"), Arc::new(Crm)))
        .collect::<Result<_, _>>()?;
    commands("in one space", &spaces[..1])?;
    commands(&format!("in {SPACES} spaces"), &spaces)?;
    reads(&file, &spaces)
}

fn open(file: &Path) -> Outcome<Store> {
    Ok(Store::open_or_create(&Location::file(file), OpenOptions::default())?)
}

fn add(id: u64) -> Command {
    Command::new("add-contact")
        .with("contact_id", format!("c{id}"))
        .with("name", format!("Ada Lovelace of No. {}, West", id % 1000))
        .with("email", format!("ada.lovelace.{id}@analytical-engine.example"))
}

/// Times durable commands, each acknowledged by itself.
fn commands(place: &str, spaces: &[ContentStore]) -> Outcome {
    let next = AtomicU64::new((spaces.len() as u64) << 32);
    let mut taken = THREADS.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (taken, threads) in taken.iter_mut().zip(THREADS) {
            let started = Instant::now();
            thread::scope(|scope| -> Outcome {
                let work = |thread: usize| {
                    let next = &next;
                    scope.spawn(move || {
                        (0..COMMANDS / threads).try_for_each(|n| {
                            let space = &spaces[(thread + n * threads) % spaces.len()];
                            space.execute(add(next.fetch_add(1, Ordering::Relaxed))).map(drop)
                        })
                    })
                };
                let working: Vec<_> = (0..threads).map(work).collect();
                for thread in working {
                    thread.join().map_err(|_| "a thread failed")??;
                }
                Ok(())
            })?;
            taken.push(started.elapsed());
        }
    }
    let taken = taken.map(median);
    head(&format!("durable commands of threads, {place}"), "all threads", "one thread");
    for (threads, all) in THREADS.iter().zip(taken) {
        rates(&format!("{threads} threads"), COMMANDS as u64, all, taken[0]);
    }
    Ok(())
}

/// Times reads of one thread, while another one executes durable commands through the shared handle.
fn reads(file: &Path, spaces: &[ContentStore]) -> Outcome {
    for id in 0..CONTACTS {
        spaces[0].execute(add(id))?;
    }
    let own = ContentStore::open(&open(file)?, "crm_0", Arc::new(Crm))?;
    let next = AtomicU64::new(1 << 40);
    let mut taken = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (taken, reader) in taken.iter_mut().zip([&spaces[0], &own]) {
            let is_over = AtomicBool::new(false);
            thread::scope(|scope| -> Outcome {
                let writer = scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        spaces[1].execute(add(next.fetch_add(1, Ordering::Relaxed)))?;
                    }
                    Ok::<_, ramax::Error>(())
                });
                let started = Instant::now();
                let read = (0..READS).try_for_each(|n| {
                    let key = format!("contact:c{}", n % CONTACTS);
                    reader
                        .store()
                        .pstate()
                        .get(reader.space_id().into(), &key)
                        .map(|entry| assert!(entry.is_some()))
                });
                taken.push(started.elapsed());
                is_over.store(true, Ordering::Relaxed);
                writer.join().map_err(|_| "the writer failed")??;
                Ok(read?)
            })?;
        }
    }
    let [shared, own] = taken.map(median);
    head("reads beside a durable writer", "shared handle", "own handle");
    rates("values by key", READS, shared, own);
    Ok(())
}

//! Times the rebuild of one tenant among many, compared with the same tenant alone in a file.
//!
//! `cargo bench --bench tenant` uses a tenant of a million events in a thousand spaces, and
//! `cargo bench --bench tenant -- 10000000 10000` one of ten million in ten thousand.

#[path = "../figures/mod.rs"]
mod figures;
#[path = "../files/mod.rs"]
mod files;

use std::error::Error;
use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use figures::{head, median, time, timed, times};
use files::{Load, forget};
use ramax::operations::{
    ImportFile, ImportOptions, Rebuild, Rebuilt, export, find_space, import, keep_going, rebuild,
};
use ramax::pstate::STATE;
use ramax::sqlite::Sync;
use ramax::{Apps, Location, OpenOptions, Page, SpaceId, Store};

const LOAD: Load = Load { events: 1_000_000, spaces: 1000 };
const WARM: usize = 51;
const COLD: usize = 21;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Outcome {
    let load = Load::of_arguments(LOAD)?;
    let among = load.file()?;
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let alone = directory.path().join("alone.db");
    let space = move_out(&among, &alone, load.spaces / 2)?;
    let files = [among.as_path(), alone.as_path()];
    println!("a tenant of {} events among {}", load.events / load.spaces, load.name());
    head("rebuild of one tenant", "among others", "alone");
    for (name, sync) in [("warm, --sync full", Sync::Full), ("warm, --sync normal", Sync::Normal)] {
        let [among, alone] = warm(files, &space, sync)?;
        times(name, among, alone);
    }
    let [among, alone] = cold(files, &space)?;
    times("cold, including opening the file", among, alone);
    Ok(())
}

/// Copies a tenant into its own file. Returns its name.
fn move_out(from: &Path, to: &Path, number: u64) -> Outcome<String> {
    let store = open(from, Sync::Full)?;
    let page = Page::forward(Some(SpaceId(u32::try_from(number)?)), 1);
    let space = store.events().spaces(page)?.pop().ok_or("no such space")?.space.space_name;
    let mut exported = Vec::new();
    export(&store, &space, &mut exported, &mut keep_going)?;
    let alone = Store::open_or_create(&Location::file(to), OpenOptions::default())?;
    let mut file = ImportFile::new(Cursor::new(exported));
    import(&alone, &mut file, &ImportOptions::default(), &mut keep_going)?;
    Ok(space)
}

fn open(file: &Path, sync: Sync) -> ramax::Result<Store> {
    Store::open(&Location::file(file), OpenOptions { sync, ..OpenOptions::default() })
}

fn rebuilt(store: &Store, space: &str) -> ramax::Result<Rebuilt> {
    let space = find_space(store, &Apps::standard(), space)?;
    rebuild(&space, Rebuild { projection: Some(STATE.to_owned()), ..Rebuild::default() }, &mut keep_going)
}

/// Times both in turn, through warmed-up connections.
fn warm(files: [&Path; 2], space: &str, sync: Sync) -> Outcome<[Duration; 2]> {
    let [among, alone] = files.map(|file| open(file, sync));
    let stores = [among?, alone?];
    let mut taken = [Vec::new(), Vec::new()];
    for round in 0..=WARM {
        for (taken, store) in taken.iter_mut().zip(&stores) {
            let time = timed(|| rebuilt(store, space))?;
            if round > 0 {
                taken.push(time);
            }
        }
    }
    Ok(taken.map(median))
}

/// Times both in turn, through a new connection to a file that is not in the page cache.
fn cold(files: [&Path; 2], space: &str) -> Outcome<[Duration; 2]> {
    let mut taken = [Vec::new(), Vec::new()];
    for _ in 0..COLD {
        for (taken, file) in taken.iter_mut().zip(files) {
            // The last connection to close checkpoints the WAL.
            drop(open(file, Sync::Full)?);
            forget(file)?;
            taken.push(timed(|| rebuilt(&open(file, Sync::Full)?, space))?);
        }
    }
    let slowest = |taken: &[Duration]| time(taken.iter().max().copied().unwrap_or_default());
    println!("{:<48} {:>20} {:>20}", "cold, the slowest", slowest(&taken[0]), slowest(&taken[1]));
    Ok(taken.map(median))
}

//! Times the migration of a file of version 2: opening it for writing the first time, beside opening it again.
//!
//! `cargo bench --bench migration` uses a million events, each with an idempotency key. Give other numbers of events and
//! spaces as arguments, or in `RAMAX_LOAD`. The file is written once, and kept in `target/tmp`.

#[path = "../figures/mod.rs"]
mod figures;
#[path = "../files/mod.rs"]
mod files;
#[path = "../../tests/support/version_2.rs"]
mod version_2;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use figures::{head, timed, times};
use files::Load;
use ramax::{Location, OpenOptions, Store};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Outcome {
    let load = Load::of_arguments(Load { events: 1_000_000, spaces: 1000 })?;
    let file = of_version_2(load)?;
    head("opening for writing", "version 2", "again");
    for cold in [false, true] {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let copy = directory.path().join("store.db");
        std::fs::copy(&file, &copy)?;
        let open = || -> Outcome<Duration> {
            if cold {
                files::forget(&copy)?;
            }
            Ok(timed(|| Store::open(&Location::file(&copy), OpenOptions::default()))?)
        };
        let [first, again] = [open()?, open()?];
        times(&format!("{}, {}", load.name(), if cold { "cold" } else { "warm" }), first, again);
    }
    Ok(())
}

/// Returns a file of version 2 with the load, made of an empty one.
fn of_version_2(load: Load) -> Outcome<PathBuf> {
    let name = format!("version-2-{}-{}.db", load.events, load.spaces);
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if file.exists() {
        return Ok(file);
    }
    let part = file.with_extension("part");
    version_2::write(&part, load.events, load.spaces)?;
    std::fs::rename(&part, &file)?;
    Ok(file)
}

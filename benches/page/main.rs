//! Times a page of fifty, warm, at the start, in the middle and at the end of each list, in a file of many
//! events and spaces beside one of ten thousand events.
//!
//! `cargo bench --bench page` takes a million events in a thousand spaces;
//! `cargo bench --bench page -- 10000000 10000` ten million in ten thousand. The files are made once.

#[path = "../files/mod.rs"]
mod files;

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use files::Load;
use ramax::apps::Apps;
use ramax::operations::overviews;
use ramax::{EventId, Location, OpenOptions, Page, Result, SpaceId, SpaceSequence, Store};

const SMALL: Load = Load { events: 10_000, spaces: 100 };
const LARGE: Load = Load { events: 1_000_000, spaces: 1000 };
const ROWS: usize = 50;
const ROUNDS: usize = 501;

type Times = Vec<(String, Duration)>;

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let large = Load::of_arguments(LARGE)?;
    let (in_small, in_large) = (measure(SMALL, &SMALL.file()?)?, measure(large, &large.file()?)?);
    println!("{:<32} {:>26} {:>30} {:>6}", "a page of 50", SMALL.name(), large.name(), "ratio");
    for ((name, small), (_, large)) in in_small.iter().zip(&in_large) {
        let micros = |time: &Duration| format!("{:.1} µs", time.as_secs_f64() * 1e6);
        let ratio = large.as_secs_f64() / small.as_secs_f64();
        println!("{name:<32} {:>26} {:>30} {ratio:>6.2}", micros(small), micros(large));
    }
    Ok(())
}

fn measure(load: Load, file: &Path) -> Result<Times> {
    let store = Store::open(&Location::file(file), OpenOptions::default())?;
    let (events, apps) = (store.events(), Apps::standard());
    let spaces = u32::try_from(load.spaces).unwrap_or(u32::MAX);
    let space_id = SpaceId(spaces / 2);
    let length = events.space(space_id)?.map_or(0, |found| found.head.last_sequence.0);
    let keys = keys(&store, space_id)?;
    let mut times = Times::new();
    for (place, share) in [("start", 0), ("middle", 50), ("end", 100)] {
        let at = |count: u64| count.saturating_sub(ROWS as u64 + 1) * share / 100;
        let mut time = |name: &str, page: &dyn Fn() -> Result<usize>| -> Result<()> {
            times.push((format!("{name}, {place}"), median(page)?));
            Ok(())
        };
        let of_space = Page::forward(Some(SpaceSequence(at(length))), ROWS);
        time("events of a space", &|| Ok(events.read_space(space_id, of_space)?.len()))?;
        let of_all = Page::forward(Some(EventId(at(load.events))), ROWS);
        time("events of all spaces", &|| Ok(events.read_all(of_all)?.len()))?;
        let after = keys.get(usize::try_from(at(keys.len() as u64)).unwrap_or(0)).cloned();
        let of_keys = Page::forward(after, ROWS);
        time("projections", &|| Ok(store.pstate().scan(space_id, "contact:", of_keys.clone())?.len()))?;
        let of_spaces = Page::forward(Some(SpaceId(u32::try_from(at(load.spaces)).unwrap_or(0))), ROWS);
        time("spaces with their counters", &|| Ok(overviews(&store, &apps, of_spaces)?.len()))?;
    }
    Ok(times)
}

/// All keys of a space.
fn keys(store: &Store, space_id: SpaceId) -> Result<Vec<String>> {
    let entries = store.pstate().scan(space_id, "contact:", Page::forward(None, usize::MAX))?;
    Ok(entries.into_iter().map(|entry| entry.key).collect())
}

fn median(page: &dyn Fn() -> Result<usize>) -> Result<Duration> {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        black_box(page()?);
        times.push(begun.elapsed());
    }
    times.sort();
    Ok(times[ROUNDS / 2])
}

//! Times the store compared with its floor: the same rows and pragmas in bare rusqlite, without ramax.
//!
//! `cargo bench --bench store` prints, per task, the median rate of each and the median of their ratios; words after `--`
//! select the tasks whose names contain one of them. Rounds alternate between the two, so that a drifting machine speed
//! affects both. For single commands it also prints their latency: the median, 99 of 100, the slowest.

#[path = "../index/mod.rs"]
mod index;
#[path = "../rows/mod.rs"]
mod rows;

mod bare_sqlite;
mod minimal_table;
mod ours;
mod projections;
mod size;

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Runs one round of a task, and returns the time of each step.
type Round = Box<dyn FnMut() -> Outcome<Vec<Duration>>>;

const ROUNDS: usize = 15;
/// The number of rounds of tasks with many steps.
const ROUNDS_OF_STEPS: usize = 25;
const SPACES: usize = 100;
/// The number of events appended or replayed.
const EVENTS: usize = 200_000;
/// The number of events in the file on which single commands are executed.
const LARGE: usize = 1_000_000;
const COMMITS: usize = 400;
/// The number of commands executed at a thousand per commit.
const BATCHED: usize = 50_000;
const CONTACTS: usize = 70_000;
const UPDATES: usize = 30_000;
/// The time of all events, in UTC milliseconds.
const NOW: i64 = 1_769_853_600_000;

fn main() -> Outcome {
    println!("{:<44} {:>12} {:>12} {:>6}", "task", "ramax /s", "floor /s", "ratio");
    compare("append, 1000 events per commit", EVENTS, ours::append, bare_sqlite::append)?;
    compare("one command per commit, FULL", COMMITS, ours::execute_full, bare_sqlite::execute_full)?;
    compare("one command per commit, NORMAL", COMMITS, ours::execute_normal, bare_sqlite::execute_normal)?;
    compare(
        "one command, two projections, NORMAL",
        COMMITS,
        projections::execute,
        bare_sqlite::execute_two_projections,
    )?;
    compare("1000 commands per commit", BATCHED, ours::batch, bare_sqlite::batch)?;
    compare(
        "replay to typed payloads, on one thread",
        EVENTS,
        ours::replay_on_one_thread,
        bare_sqlite::replay,
    )?;
    compare("replay to typed payloads, reading ahead", EVENTS, ours::replay, bare_sqlite::replay)?;
    compare(
        "rebuild, 100k events into 70k entities",
        CONTACTS + UPDATES,
        ours::rebuild,
        bare_sqlite::rebuild,
    )?;
    println!(
        "\n{:<44} {:>12} {:>12} {:>6}",
        "beside a minimal table, by hand", "ramax /s", "by hand /s", "ratio"
    );
    compare("append, beside a minimal table", EVENTS, ours::append, minimal_table::append)?;
    compare("one command, beside it, FULL", COMMITS, ours::execute_full, minimal_table::execute_full)?;
    compare("one command, beside it, NORMAL", COMMITS, ours::execute_normal, minimal_table::execute_normal)?;
    println!("\n{:<44} {:>12} {:>12} {:>6}", "an async projection", "runner /s", "rebuild /s", "ratio");
    compare("catch up 200k events, beside a rebuild", EVENTS, projections::run, projections::rebuild)?;
    size::print()
}

/// Times both, each in its own directory and after its preparation.
fn compare(
    task: &str,
    count: usize,
    ours: impl FnOnce(&Path) -> Outcome<Round>,
    floor: impl FnOnce(&Path) -> Outcome<Round>,
) -> Outcome {
    if !is_picked(task) {
        return Ok(());
    }
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut sides = [ours(&directory.path().join("ours"))?, floor(&directory.path().join("floor"))?];
    let rounds_of = if count == COMMITS { ROUNDS_OF_STEPS } else { ROUNDS };
    let mut rounds = [Vec::new(), Vec::new()];
    let mut steps = [Vec::new(), Vec::new()];
    for _ in 0..rounds_of {
        for (side, run) in sides.iter_mut().enumerate() {
            let taken = run()?;
            rounds[side].push(taken.iter().sum::<Duration>());
            steps[side].extend(taken);
        }
    }
    // Ratios of adjacent rounds, since the machine's speed drifts.
    let ratios =
        rounds[0].iter().zip(&rounds[1]).map(|(ours, floor)| floor.as_secs_f64() / ours.as_secs_f64());
    let ratio = median(ratios.collect());
    let [ours, floor] =
        rounds.map(|rounds| count as f64 / median(rounds.iter().map(Duration::as_secs_f64).collect()));
    println!("{task:<44} {ours:>12.0} {floor:>12.0} {ratio:>6.2}");
    if steps[0].len() > rounds_of {
        let [ours, floor] = steps.map(|mut steps| {
            steps.sort();
            [steps.len() / 2, steps.len() * 99 / 100, steps.len() - 1]
                .map(|place| format!("{:.3}", steps[place].as_secs_f64() * 1000.0))
                .join(" / ")
        });
        println!("{:<44} {ours} ms, floor {floor} ms", "  median, 99 of 100, slowest");
    }
    Ok(())
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

fn is_picked(task: &str) -> bool {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with('-')).peekable();
    words.peek().is_none() || words.any(|word| task.contains(&word))
}

/// Times a round of one step.
fn timed(work: impl FnOnce() -> Outcome) -> Outcome<Vec<Duration>> {
    let started = Instant::now();
    work()?;
    Ok(vec![started.elapsed()])
}

/// Returns a new file of a directory for each round.
fn numbered(directory: &Path) -> impl FnMut() -> Outcome<std::path::PathBuf> + use<> {
    let directory = directory.to_owned();
    let mut number = 0;
    move || {
        std::fs::create_dir_all(&directory)?;
        number += 1;
        Ok(directory.join(format!("{number}.db")))
    }
}

fn payload(n: usize) -> String {
    let contact_id = &format!("c{n}");
    let name = &format!("Ada Lovelace of No. {}, West", n % 1000);
    let email = &format!("ada.lovelace.{n}@analytical-engine.example");
    serde_json::to_string(&Payload { contact_id, name, email }).unwrap_or_default()
}

/// Adds [`CONTACTS`] contacts and updates [`UPDATES`] of them, in chunks of 1000.
fn history(mut append: impl FnMut(&[(&'static str, usize)]) -> Outcome) -> Outcome {
    let all: Vec<(&'static str, usize)> = (0..CONTACTS)
        .map(|n| ("contact.added", n))
        .chain((0..UPDATES).map(|n| ("contact.updated", n * 7919 % CONTACTS)))
        .collect();
    all.chunks(1000).try_for_each(&mut append)
}

#[derive(Serialize, Deserialize)]
struct Payload<'a> {
    contact_id: &'a str,
    name: &'a str,
    email: &'a str,
}

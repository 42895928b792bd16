//! Times the past of one space, compared with a rebuild and with a plain fold of the same events: the first fold and its
//! cancellation, jumps, steps in both directions, the history and the blame of a key, time travel in the console, and the peak
//! memory.
//!
//! `cargo bench --bench why` uses a million events; a number after `--` replaces them. The targets, which are printed beside the
//! figures: the first fold reaches 0.6 of the rebuild's rate and is cancelled within 50 ms, a jump takes at most 100 ms, a step
//! at most 1 ms, a frame at most 16 ms, and memory stays below 256 MiB. Beside each time is the processor time of the whole
//! program meanwhile, which other programs hardly change.

#[path = "../figures/mod.rs"]
mod figures;
#[path = "../files/mod.rs"]
mod files;

mod cancel;
mod travel;

use std::error::Error;
use std::ops::ControlFlow;
use std::time::Duration;

use figures::{Spent, head, rates, shares, spent, time};
use files::Load;
use ramax::operations::{Fold, FoldLimits, Pause, Rebuild, find_space, keep_going, rebuild, replay};
use ramax::pstate::{NoEntries, STATE};
use ramax::sqlite::Sync;
use ramax::{Apps, ContentStore, Direction, Event, Location, OpenOptions, Page, SpaceSequence, State, Store};

const EVENTS: u64 = 1_000_000;
/// The name of the space under test.
const SPACE: &str = "crm_load_0001";
const JUMPS: u64 = 60;
const STEPS: usize = 2000;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Outcome {
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let events = named.map_or(Ok(EVENTS), |number| number.parse())?;
    let file = Load { events, spaces: 1 }.file()?;
    let options = OpenOptions { sync: Sync::Normal, ..OpenOptions::default() };
    let store = Store::open(&Location::file(file), options)?;
    let content = find_space(&store, &Apps::standard(), SPACE)?;
    let mut fold = Fold::new(&content, Some(STATE))?;
    let last = fold.last();
    let first = spent(|| fold.seek(last, &mut keep_going))?;
    let moves = [jumps(&mut fold)?, steps(&mut fold)?];
    let questions = questions(&mut fold)?;
    let peak = peak()?;
    let (rebuilt, plain) = (spent(|| rebuilt(&content))?, spent(|| plain(&content))?);
    head(&format!("a space of {events} events"), "fold", "beside");
    rates("first fold, and a rebuild (target: 0.6)", last.0, first.wall, rebuilt.wall);
    rates("  in processor time", last.0, first.cpu, rebuilt.cpu);
    rates("first fold, and a plain fold", last.0, first.wall, plain.wall);
    rates("  in processor time", last.0, first.cpu, plain.cpu);
    println!();
    println!("a jump replays at most {} events", FoldLimits::default().segment_events);
    println!("{:<32} {:>36} {:>36}", "", "time: median, 99 of 100, longest", "processor time");
    let cancelled = cancel::cancel(&content, first.wall)?;
    let travelled = travel::travel(&store)?;
    for row in moves.into_iter().flatten().chain(questions).chain([cancelled]).chain(travelled) {
        row.print();
    }
    println!(
        "peak memory with the file's caches: {peak:.0} MiB (target: 256 MiB); keyframes in a temporary file: {}",
        fold.is_spilled()
    );
    Ok(())
}

/// A row of the table.
struct Row {
    name: &'static str,
    taken: Vec<Spent>,
    /// The most milliseconds that 99 of 100 may take, if there is a target.
    target: Option<u64>,
}

impl Row {
    fn print(&self) {
        let [wall, cpu] = [|spent: &Spent| spent.wall, |spent: &Spent| spent.cpu]
            .map(|of| shares(self.taken.iter().map(of).collect()));
        let target = self.target.map_or_else(String::new, |millis| {
            let is_met = |shares: [Duration; 3]| shares[1] <= Duration::from_millis(millis);
            match (is_met(wall), is_met(cpu)) {
                (true, _) => format!("≤ {millis} ms"),
                (false, true) => format!("≤ {millis} ms of processor time"),
                (false, false) => format!("missed: {millis} ms"),
            }
        });
        let times = |shares: [Duration; 3]| shares.map(|share| format!("{:>11}", time(share))).join(" ");
        println!("{:<32} {:>36} {:>36} {target}", self.name, times(wall), times(cpu));
    }
}

/// Jumps to sequences spread over the whole space, in an order that no cache favours.
fn jumps(fold: &mut Fold) -> Outcome<Vec<Row>> {
    let last = fold.last().0;
    let mut taken = Vec::new();
    for number in 0..JUMPS {
        let to = SpaceSequence(number * 37 % JUMPS * last / JUMPS + 1);
        taken.push(spent(|| fold.seek(to, &mut keep_going))?);
    }
    Ok(vec![Row { name: "a jump to any sequence", taken, target: Some(100) }])
}

fn steps(fold: &mut Fold) -> Outcome<Vec<Row>> {
    fold.seek(SpaceSequence(fold.last().0 / 2), &mut keep_going)?;
    let (mut back, mut forward) = (Vec::new(), Vec::new());
    for _ in 0..STEPS {
        back.push(spent(|| fold.step_back(&mut keep_going))?);
    }
    for _ in 0..STEPS {
        forward.push(spent(|| fold.step(&mut keep_going))?);
    }
    let row = |name, taken| Row { name, taken, target: Some(1) };
    Ok(vec![row("a step back", back), row("a step forward", forward)])
}

/// Asks for the history and the blame of keys that were written at different times.
fn questions(fold: &mut Fold) -> Outcome<Vec<Row>> {
    fold.seek(fold.last(), &mut keep_going)?;
    let keys = fold.projection(STATE)?.scan("contact:", Page::forward(None, 20))?;
    let (mut histories, mut blames) = (Vec::new(), Vec::new());
    let last = fold.last();
    for entry in &keys {
        let key = (STATE, entry.key.as_str());
        let mut visit = |_, _: &mut Pause<'_>| Ok(ControlFlow::Continue(()));
        let direction = Direction::Forward;
        histories.push(spent(|| {
            fold.history(key, (SpaceSequence::START, last), direction, &mut visit, &mut keep_going)
        })?);
        blames.push(spent(|| fold.blame(key, None, last, &mut keep_going))?);
    }
    let row = |name, taken| Row { name, taken, target: None };
    Ok(vec![row("the history of a key", histories), row("the blame of a key", blames)])
}

fn rebuilt(content: &ContentStore) -> ramax::Result<()> {
    let options = Rebuild { projection: Some(STATE.to_owned()), ..Rebuild::default() };
    rebuild(content, options, &mut keep_going).map(drop)
}

/// Applies all events to one state in memory.
fn plain(content: &ContentStore) -> ramax::Result<()> {
    let mut state = State::new(content.app().schema(), NoEntries);
    replay(content, SpaceSequence::START, SpaceSequence(u64::MAX), &mut |events: &[Event]| {
        for event in events {
            // No generated event fails.
            let _ = content.app().apply(&mut state, event);
        }
        Ok(())
    })
}

/// Returns the peak memory of this process, in mebibytes.
fn peak() -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no such field")?;
    let kibibytes: f64 = most.split_whitespace().next().unwrap_or_default().parse()?;
    Ok(kibibytes / 1024.0)
}

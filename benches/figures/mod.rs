//! Figures, and a table of ours, the reference and their ratio.
#![allow(dead_code, reason = "each benchmark uses a part")]

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Prints the header of a table.
pub fn head(what: &str, ours: &str, beside: &str) {
    println!("{what:<48} {ours:>20} {beside:>20} {:>6}", "ratio");
}

/// Prints a row.
pub fn row(what: &str, ours: &str, beside: &str, ratio: f64) {
    println!("{what:<48} {ours:>20} {beside:>20} {ratio:>6.2}");
}

/// Prints a row of two times, and how many times as long ours takes.
pub fn times(what: &str, ours: Duration, beside: Duration) {
    row(what, &time(ours), &time(beside), ours.as_secs_f64() / beside.as_secs_f64());
}

/// Prints a row of two rates, for `count` items in these times, and the fraction of the reference that ours reaches.
pub fn rates(what: &str, count: u64, ours: Duration, floor: Duration) {
    let rate = |time: Duration| format!("{:.0}/s", count as f64 / time.as_secs_f64());
    row(what, &rate(ours), &rate(floor), floor.as_secs_f64() / ours.as_secs_f64());
}

/// Formats a time for people.
pub fn time(time: Duration) -> String {
    match time.as_secs_f64() {
        long if long >= 1.0 => format!("{long:.2} s"),
        short if short >= 1e-3 => format!("{:.2} ms", short * 1e3),
        shorter => format!("{:.1} µs", shorter * 1e6),
    }
}

/// Times a piece of work.
pub fn timed<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<Duration, E> {
    let begun = Instant::now();
    std::hint::black_box(work()?);
    Ok(begun.elapsed())
}

/// Returns the median.
pub fn median(times: Vec<Duration>) -> Duration {
    shares(times)[0]
}

/// Returns the median, the 99th percentile and the longest.
pub fn shares(mut times: Vec<Duration>) -> [Duration; 3] {
    times.sort();
    [50, 99, 100].map(|share| times[(times.len() - 1) * share / 100])
}

/// The time that a piece of work took, and the processor time of all threads meanwhile, which a busy machine hardly changes.
#[derive(Clone, Copy)]
pub struct Spent {
    pub wall: Duration,
    pub cpu: Duration,
}

/// The start of a piece of work.
pub struct Started {
    wall: Instant,
    cpu: Duration,
}

impl Started {
    pub fn now() -> Self {
        Self { wall: Instant::now(), cpu: cpu() }
    }

    pub fn spent(&self) -> Spent {
        Spent { wall: self.wall.elapsed(), cpu: cpu().saturating_sub(self.cpu) }
    }
}

/// Measures a piece of work.
pub fn spent<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<Spent, E> {
    let started = Started::now();
    std::hint::black_box(work()?);
    Ok(started.spent())
}

/// Returns the processor time of this process so far.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

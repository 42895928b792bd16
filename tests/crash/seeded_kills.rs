//! A series of kills with a seed.

use std::str::FromStr;
use std::time::Duration;

use fastrand::Rng;

/// The kills of all campaigns together, unless the environment sets another number.
const KILLS: u64 = 168;

/// The number of campaigns.
const CAMPAIGNS: u64 = 21;

/// The planned kills, and the random choices of their moments. Prints the seed on failure.
pub struct Campaign {
    pub chance: Rng,
    name: &'static str,
    seed: u64,
    wanted: u64,
    kills: u64,
    runs: u64,
    /// The current duration of a run relative to the measured one, since the load of the machine varies.
    pace: f64,
}

impl Campaign {
    pub fn new(name: &'static str) -> Self {
        let seed = variable("RAMAX_SEED").unwrap_or_else(|| fastrand::u64(..));
        let wanted = variable("RAMAX_KILLS").unwrap_or(KILLS).div_ceil(CAMPAIGNS);
        Self { chance: Rng::with_seed(seed), name, seed, wanted, kills: 0, runs: 0, pace: 1.0 }
    }

    /// Returns true while more kills are planned.
    #[track_caller]
    pub fn goes_on(&self) -> bool {
        assert!(self.runs < 50 + 10 * self.wanted, "of {} runs only {} were killed", self.runs, self.kills);
        self.kills < self.wanted
    }

    /// Counts a run, and if it was killed before it ended.
    pub fn count(&mut self, killed: bool) {
        self.runs += 1;
        self.kills += u64::from(killed);
        self.pace *= if killed { 1.05 } else { 0.8 };
    }

    /// Returns true at regular intervals.
    pub fn is_time_for_a_fresh_file(&self) -> bool {
        self.runs % 40 == 39
    }

    /// Chooses a moment within a measured span, or shortly after it.
    pub fn moment(&mut self, span: Duration) -> Duration {
        self.moment_after(Duration::ZERO, span)
    }

    /// Chooses a moment within a measured span that follows another one, or shortly after it.
    pub fn moment_after(&mut self, before: Duration, span: Duration) -> Duration {
        (before + span.mul_f64(self.chance.f64() * 1.1)).mul_f64(self.pace)
    }
}

impl Drop for Campaign {
    fn drop(&mut self) {
        let Self { name, seed, wanted, kills, runs, .. } = self;
        if std::thread::panicking() {
            let all = *wanted * CAMPAIGNS;
            eprintln!("{name}: failed after {kills} kills; repeat with RAMAX_SEED={seed} RAMAX_KILLS={all}");
        } else {
            println!("{name}: {kills} kills in {runs} runs, seed {seed}");
        }
    }
}

fn variable<T: FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} must be a number, not {text}")))
}

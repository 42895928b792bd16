//! Times the console as a user experiences it: the real program in a terminal, on a file of many events and spaces
//! compared with one of a thousand events.
//!
//! `cargo bench --bench console` uses a million events in a thousand spaces, and
//! `cargo bench --bench console -- 10000000 10000` ten million in ten thousand. The files are generated once. With
//! `--two-files` the projections have their own file.

#[path = "../files/mod.rs"]
mod files;
mod process;
mod terminal;

use std::error::Error;
use std::ffi::OsStr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use files::Load;
use ramax::Location;
use terminal::Console;

const SMALL: Load = Load { events: 1000, spaces: 10 };
const LARGE: Load = Load { events: 1_000_000, spaces: 1000 };
/// The tenant that is rebuilt while keys are pressed.
const TENANT: Load = Load { events: 1_000_000, spaces: 1 };

const ROUNDS: usize = 31;
const KEYS: usize = 400;
const IDLE: Duration = Duration::from_secs(10);

/// The measurements of one file.
struct Figures {
    spaces: Duration,
    events: Duration,
    all: Duration,
    listed: Duration,
    key: [Duration; 3],
    resident: (u64, u64),
    idle: (f64, u64, u64),
}

fn main() -> Result<(), Box<dyn Error>> {
    let large = Load::of_arguments(LARGE)?;
    let (small_file, large_file) = (files_of(SMALL)?, files_of(large)?);
    let [small, large] = [(SMALL, small_file), (large, large_file)].map(|(load, file)| {
        eprintln!("measuring {}", load.name());
        measure(load, &file).map(|figures| (load, figures))
    });
    let ((of_small, small), (of_large, large)) = (small?, large?);
    println!("{:<44} {:>20} {:>20} {:>6}", "", of_small.name(), of_large.name(), "ratio");
    let times = |name: &str, small: Duration, large: Duration| {
        let ratio = large.as_secs_f64() / small.as_secs_f64();
        println!("{name:<44} {:>20} {:>20} {ratio:>6.2}", millis(small), millis(large));
    };
    times("open to the first spaces on screen", small.spaces, large.spaces);
    times("open to the first events on screen", small.events, large.events);
    times("open to all spaces loaded", small.all, large.all);
    times("ramax spaces list", small.listed, large.listed);
    for (index, share) in ["median", "99 %", "slowest"].into_iter().enumerate() {
        times(&format!("key to frame, 200×60, {share}"), small.key[index], large.key[index]);
    }
    let row = |name: &str, small: String, large: String| println!("{name:<44} {small:>20} {large:>20}");
    let mebibytes = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
    row("resident memory", mebibytes(small.resident.0), mebibytes(large.resident.0));
    row("peak resident memory", mebibytes(small.resident.1), mebibytes(large.resident.1));
    row("idle: CPU", format!("{:.3} %", small.idle.0), format!("{:.3} %", large.idle.0));
    row("idle: wakeups per second", small.idle.1.to_string(), large.idle.1.to_string());
    row("idle: bytes written", small.idle.2.to_string(), large.idle.2.to_string());
    under_rebuild()
}

/// Returns the location of a load, in one file or two.
fn files_of(load: Load) -> Result<Location, Box<dyn Error>> {
    let is_two = std::env::args().any(|argument| argument == "--two-files");
    if is_two { load.two_files() } else { Ok(Location::file(load.file()?)) }
}

fn measure(load: Load, file: &Location) -> Result<Figures, Box<dyn Error>> {
    let mut opened = [Vec::new(), Vec::new(), Vec::new()];
    let mut listed = Vec::new();
    let total = format!("{} spaces", grouped(load.spaces));
    for _ in 0..ROUNDS {
        let console = Console::open(file, 120, 40)?;
        let since = |at: Instant| at - console.spawned;
        opened[0].push(since(console.wait("a space", |screen| screen.contains("crm_load_0001"))?));
        opened[1].push(since(console.wait("an event", |screen| screen.contains("contact."))?));
        opened[2].push(since(console.wait(&total, |screen| screen.contains(&total))?));
        drop(console);
        let begun = Instant::now();
        let list = Command::new(env!("CARGO_BIN_EXE_ramax"))
            .args(["spaces", "list", "--db"])
            .arg(&file.database)
            .args(
                file.projections
                    .iter()
                    .flat_map(|projections| [OsStr::new("--projections"), projections.as_os_str()]),
            )
            .stdout(Stdio::null())
            .status()?;
        listed.push(begun.elapsed());
        assert!(list.success());
    }
    let [spaces, events, all] = opened.map(median);
    let mut console = Console::open(file, 200, 60)?;
    console.wait(&total, |screen| screen.contains(&total))?;
    console.wait("an event's details", |screen| event(screen).is_some())?;
    console.press(b"2")?;
    let key = keys(&mut console, KEYS)?;
    let pid = console.pid()?;
    let resident = process::resident(pid)?;
    std::thread::sleep(Duration::from_secs(1));
    let (before, bytes) = (process::used(pid)?, console.bytes());
    std::thread::sleep(IDLE);
    let after = process::used(pid)?;
    let share = (after.cpu - before.cpu).as_secs_f64() / IDLE.as_secs_f64() * 100.0;
    let idle = (share, (after.wakes - before.wakes) / IDLE.as_secs(), console.bytes() - bytes);
    Ok(Figures { spaces, events, all, listed: median(listed), key, resident, idle })
}

/// Times keys while a tenant of a million events is rebuilt.
fn under_rebuild() -> Result<(), Box<dyn Error>> {
    let mut console = Console::open(&files_of(TENANT)?, 200, 60)?;
    console.wait("an event's details", |screen| event(screen).is_some())?;
    let mut times = Vec::new();
    while times.len() < KEYS {
        console.press(b"1R")?;
        console.wait("the confirmation", |screen| screen.contains("are replayed into"))?;
        console.press(b"\r")?;
        console.wait("a rebuild", is_rebuilding)?;
        console.press(b"2")?;
        while times.len() < KEYS && is_rebuilding(&console.screen()) {
            times.push(key(&mut console, times.len())?);
        }
        console.wait("the end of the rebuild", |screen| !is_rebuilding(screen))?;
    }
    let [median, most, slowest] = shares(times);
    println!(
        "key to frame, 200×60, while 1000000 events are rebuilt: median {}, 99 % {}, slowest {}",
        millis(median),
        millis(most),
        millis(slowest),
    );
    let (_, most) = process::resident(console.pid()?)?;
    println!("peak resident memory: {:.1} MiB", most as f64 / f64::from(1 << 20));
    Ok(())
}

/// Returns true if the top line names a running rebuild.
fn is_rebuilding(screen: &str) -> bool {
    screen.lines().next().is_some_and(|line| line.contains("rebuild"))
}

fn keys(console: &mut Console, count: usize) -> Result<[Duration; 3], Box<dyn Error>> {
    let times: Result<Vec<Duration>, _> = (0..count).map(|number| key(console, number)).collect();
    Ok(shares(times?))
}

/// Times a key until the frame that shows its effect: another event.
fn key(console: &mut Console, number: usize) -> Result<Duration, Box<dyn Error>> {
    let before = event(&console.screen());
    let begun = Instant::now();
    console.press(if number % 100 < 50 { b"k" } else { b"j" })?;
    let seen = console.wait("another event", |screen| event(screen) != before)?;
    // Like a person, not in step with the frames.
    std::thread::sleep(Duration::from_millis(17 + number as u64 % 13));
    Ok(seen - begun)
}

/// Returns the number of the event whose details are shown.
fn event(screen: &str) -> Option<String> {
    let (_, behind) = screen.split_once(" Event ")?;
    Some(behind.chars().take_while(|character| character.is_ascii_digit() || *character == ',').collect())
}

fn median(times: Vec<Duration>) -> Duration {
    shares(times)[0]
}

/// Returns the median, the 99th percentile and the slowest.
fn shares(mut times: Vec<Duration>) -> [Duration; 3] {
    times.sort();
    [50, 99, 100].map(|share| times[(times.len() - 1) * share / 100])
}

fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

fn grouped(number: u64) -> String {
    ramax::text::grouped(number)
}

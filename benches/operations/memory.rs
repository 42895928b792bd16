//! The peak memory of an operation, measured in its own process.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::figures::{head, row};
use super::{Fixture, Outcome, Task, ours};

const EVENTS: u64 = 100_000;
/// The variable that tells a child process its task.
const ASKED: &str = "RAMAX_BENCH_MEMORY";

/// Prints the peak memory of each task, for ten times the events and for the events.
pub fn table(directory: &Path) -> Outcome {
    let [many, few] = [EVENTS * 10, EVENTS].map(|events| Fixture::of(events, directory));
    let (many, few) = (many?, few?);
    head("peak memory", &format!("{} events", EVENTS * 10), &format!("{EVENTS} events"));
    for (number, task) in Task::ALL.into_iter().enumerate() {
        let [many, few] = [&many, &few].map(|fixture| most(number, fixture));
        let (many, few) = (many?, few?);
        let mebibytes = |kibibytes: f64| format!("{:.1} MiB", kibibytes / 1024.0);
        row(task.name(), &mebibytes(many), &mebibytes(few), many / few);
    }
    Ok(())
}

/// Returns the peak memory in KiB.
fn most(number: usize, fixture: &Fixture) -> Outcome<f64> {
    let directory = tempfile::tempdir_in(&fixture.directory)?;
    let paths = [&fixture.database, &fixture.exported, &directory.path().to_owned()];
    let asked = paths.map(|path| path.display().to_string()).join("\n");
    let told = Command::new(std::env::current_exe()?).env(ASKED, format!("{number}\n{asked}")).output()?;
    if !told.status.success() {
        return Err(String::from_utf8_lossy(&told.stderr).into());
    }
    Ok(String::from_utf8(told.stdout)?.trim().parse()?)
}

/// Returns the task of this process, if it is such a child.
pub fn asked() -> Outcome<Option<(Task, Fixture)>> {
    let Ok(asked) = std::env::var(ASKED) else { return Ok(None) };
    let lines: Vec<&str> = asked.lines().collect();
    let [number, database, exported, directory] = lines[..] else { return Err("four lines".into()) };
    let [database, exported, directory] = [database, exported, directory].map(PathBuf::from);
    Ok(Some((Task::ALL[number.parse::<usize>()?], Fixture { database, exported, directory })))
}

/// Runs the task, and prints the peak memory of this process in KiB.
pub fn answer(task: Task, fixture: &Fixture) -> Outcome {
    ours::run(task, fixture, &fixture.directory)?()?;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no such field")?;
    println!("{}", most.split_whitespace().next().unwrap_or_default());
    Ok(())
}

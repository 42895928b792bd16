//! What a process used, as the kernel counts it.

use std::error::Error;
use std::fs;
use std::time::Duration;

/// What all threads of a process used since they began.
#[derive(Clone, Copy)]
pub struct Used {
    pub cpu: Duration,
    /// How often they woke up.
    pub wakes: u64,
}

/// What all threads of a process used so far.
pub fn used(pid: u32) -> Result<Used, Box<dyn Error>> {
    let mut used = Used { cpu: Duration::ZERO, wakes: 0 };
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let task = task?.path();
        let schedule = fs::read_to_string(task.join("schedstat"))?;
        let nanoseconds = schedule.split_whitespace().next().unwrap_or("0").parse()?;
        used.cpu += Duration::from_nanos(nanoseconds);
        used.wakes += field(&fs::read_to_string(task.join("status"))?, "voluntary_ctxt_switches")?;
    }
    Ok(used)
}

/// Bytes in memory: now, and the most there ever were.
pub fn resident(pid: u32) -> Result<(u64, u64), Box<dyn Error>> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    Ok((field(&status, "VmRSS")? << 10, field(&status, "VmHWM")? << 10))
}

fn field(status: &str, name: &str) -> Result<u64, Box<dyn Error>> {
    let line = status.lines().find(|line| line.split(':').next() == Some(name));
    let value = line.and_then(|line| line.split_whitespace().nth(1)).ok_or("no such field")?;
    Ok(value.parse()?)
}

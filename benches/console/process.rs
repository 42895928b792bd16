//! The resources that a process used, as counted by the kernel.

use std::error::Error;
use std::fs;
use std::time::Duration;

/// The resources that all threads of a process have used.
#[derive(Clone, Copy)]
pub struct Used {
    pub cpu: Duration,
    /// The number of wakeups.
    pub wakes: u64,
}

/// Reads the resources that all threads of a process have used so far.
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

/// Returns the current and the peak resident memory in bytes.
pub fn resident(pid: u32) -> Result<(u64, u64), Box<dyn Error>> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    Ok((field(&status, "VmRSS")? << 10, field(&status, "VmHWM")? << 10))
}

fn field(status: &str, name: &str) -> Result<u64, Box<dyn Error>> {
    let line = status.lines().find(|line| line.split(':').next() == Some(name));
    let value = line.and_then(|line| line.split_whitespace().nth(1)).ok_or("no such field")?;
    Ok(value.parse()?)
}

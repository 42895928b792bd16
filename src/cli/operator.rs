//! Who runs this process, and whether another operator's process is still there.

use rustix::process::{Pid, getpid, getuid, test_kill_process};
use rustix::system::uname;

use crate::operator_log::Operator;

/// The user of this process, through a face: `cli`, `console`.
pub(super) fn of_this_process(face: &str) -> Operator {
    let named = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    let process = getpid().as_raw_nonzero().get().unsigned_abs();
    Operator {
        user: named.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("uid {}", getuid().as_raw())),
        host: host(),
        process,
        since: since(process),
        face: face.to_owned(),
    }
}

/// Whether an operator's process may still be at work. Of another machine's nothing is known here.
pub(super) fn is_there(operator: &Operator) -> bool {
    if operator.host != host() {
        return true;
    }
    let pid = i32::try_from(operator.process).ok().and_then(Pid::from_raw);
    let is_alive = pid.is_some_and(|pid| test_kill_process(pid) != Err(rustix::io::Errno::SRCH));
    // Another process may have got its number since.
    is_alive && since(operator.process) == operator.since
}

fn host() -> String {
    uname().nodename().to_string_lossy().into_owned()
}

/// When a process began, in the machine's own ticks, where it tells.
fn since(process: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in parentheses, may hold anything; behind it the begin is the twentieth word.
    let (_, behind_name) = stat.rsplit_once(')')?;
    behind_name.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_there_and_one_that_had_its_number_before_is_not() {
        let me = of_this_process("cli");
        assert!(is_there(&me));
        assert!(!is_there(&Operator { since: Some("before".to_owned()), ..me.clone() }));
        assert!(!is_there(&Operator { process: 0, ..me.clone() }));
        assert!(is_there(&Operator { host: "elsewhere".to_owned(), process: 0, ..me }));
    }

    #[test]
    fn a_process_that_ended_is_not_there() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let process = child.id();
        let operator = Operator { process, since: since(process), ..of_this_process("cli") };
        child.wait().unwrap();
        assert!(!is_there(&operator));
    }
}

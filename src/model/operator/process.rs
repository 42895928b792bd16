//! The processes of operators.

use rustix::process::{Pid, getpid, test_kill_process};
use rustix::system::uname;

use super::Operator;

impl Operator {
    /// Returns the same operator, working through this process.
    pub fn in_this_process(&self) -> Self {
        let process = getpid().as_raw_nonzero().get().unsigned_abs();
        Self { host: host(), process, since: begin(process), ..self.clone() }
    }

    /// Returns true if the operator works through this process.
    pub fn is_this_process(&self) -> bool {
        let here = self.in_this_process();
        (&here.host, here.process, &here.since) == (&self.host, self.process, &self.since)
    }

    /// Returns true if the operator works on this machine, so that its process can be examined.
    pub fn is_on_this_machine(&self) -> bool {
        self.host == host()
    }

    /// Returns true if the operator's process may still be running. Another machine's may always be.
    pub fn is_running(&self) -> bool {
        if !self.is_on_this_machine() {
            return true;
        }
        let pid = i32::try_from(self.process).ok().and_then(Pid::from_raw);
        let is_alive = pid.is_some_and(|pid| test_kill_process(pid) != Err(rustix::io::Errno::SRCH));
        // Another process may have the same id by now.
        is_alive && begin(self.process) == self.since
    }
}

fn host() -> String {
    uname().nodename().to_string_lossy().into_owned()
}

/// Returns the start of a process in the machine's own ticks, if known. A process that has exited and was not
/// waited for has none.
fn begin(process: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in parentheses, may contain anything; the state follows, and the start time is the
    // twentieth word.
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut words = behind_name.split_whitespace();
    let has_ended = matches!(words.next()?, "Z" | "X");
    words.nth(18).filter(|_| !has_ended).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_distinguished_from_an_earlier_one_with_its_id() {
        let me = Operator::default().in_this_process();
        assert!(me.is_running() && me.is_this_process());
        let before = Operator { since: Some("before".to_owned()), ..me.clone() };
        assert!(!before.is_running() && !before.is_this_process());
        assert!(!Operator { process: 0, ..me.clone() }.is_running());
        let elsewhere = Operator { host: "elsewhere".to_owned(), process: 0, ..me };
        assert!(elsewhere.is_running() && !elsewhere.is_on_this_machine());
    }

    #[test]
    fn a_process_that_exited_is_gone_even_before_it_is_waited_for() {
        let mut child =
            std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let process = child.id();
        let me = Operator::default().in_this_process();
        let operator = Operator { process, since: begin(process), ..me };
        assert!(operator.is_running());
        child.kill().unwrap();
        while begin(process).is_some() {
            std::thread::yield_now();
        }
        assert!(!operator.is_running());
        child.wait().unwrap();
        assert!(!operator.is_running());
    }
}

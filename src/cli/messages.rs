//! Standard error: messages and progress for people. It is silent if a program reads it for JSON errors.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use serde_json::json;

use crate::json::json_text;
use crate::masking::masked;
use crate::terminal_write::BlockingWriter;
use crate::text::{grouped, visible};

use super::global::Global;
use super::output::{clipped, terminal_width};
use super::program::{Program, in_words_of};

/// Messages and progress on standard error.
#[derive(Debug, Clone, Copy)]
pub struct Messages {
    /// The name of the program.
    name: &'static str,
    json: bool,
    silent: bool,
    terminal: bool,
    progress: bool,
}

impl Messages {
    /// Returns the messages beside text, or beside JSON lines: then only a terminal gets them. For a screen reader, progress
    /// is reported in lines of its own, because a line that is redrawn is read again and again.
    pub fn new(program: &Program, Global { json, plain, progress, .. }: &Global) -> Self {
        let is_terminal = io::stderr().is_terminal();
        Self {
            name: program.name(),
            json: *json,
            silent: *json && !is_terminal,
            terminal: is_terminal && !plain,
            progress: *progress || (is_terminal && *plain),
        }
    }

    /// Reports progress, if that was requested.
    pub fn report(self, text: &str) {
        if self.progress && !self.terminal {
            self.say(text);
        }
    }

    /// Returns messages that are not written.
    #[cfg(feature = "demo")]
    pub fn silent() -> Self {
        Self { name: "", json: false, silent: true, terminal: false, progress: false }
    }

    /// Returns true if standard error is a terminal, where a line can be redrawn.
    pub fn is_terminal(self) -> bool {
        self.terminal
    }

    /// Writes a line.
    pub fn say(self, text: &str) {
        if !self.silent {
            // A message that cannot be written must not stop the work.
            let text = in_words_of(self.name, text);
            let _ = write_stderr(&format!("{}\n", visible(&masked(&text))));
        }
    }

    /// Writes a note about something that does not concern the result: `note: …`, or a JSON line of this kind.
    pub fn note(self, kind: &str, text: &str) {
        match self.json {
            true => self.announce(kind, text),
            false => self.say(&format!("note: {text}")),
        }
    }

    /// Writes a line about the course of the work, or a JSON line of this kind.
    pub fn announce(self, kind: &str, text: &str) {
        if !self.json {
            return self.say(text);
        }
        let text = masked(&in_words_of(self.name, text)).into_owned();
        let note = json!({ "note": { "kind": kind, "message": text } });
        // Without standard error, there is nowhere to report this.
        let _ = write_stderr(&format!("{}\n", json_text(&note)));
    }

    /// Replaces the line drawn last. An empty text clears it.
    pub fn redraw(self, text: &str) {
        let text = masked(text);
        let text = visible(&text);
        let shown = clipped(&text, terminal_width().unwrap_or(80).saturating_sub(1));
        let _ = write_stderr(&format!("\r\x1b[K{shown}"));
    }
}

fn write_stderr(text: &str) -> io::Result<()> {
    BlockingWriter(io::stderr()).write_all(text.as_bytes())
}

/// Formats a duration.
pub fn time_taken(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match duration.as_secs() {
        0 if seconds < 0.001 => format!("{seconds:.4} s"),
        0 => format!("{seconds:.3} s"),
        1..60 => format!("{seconds:.1} s"),
        whole => format!("{} min {} s", whole / 60, whole % 60),
    }
}

/// Returns a duration in seconds for JSON, rounded to microseconds.
pub fn in_seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e6
}

/// Formats a rate per second.
pub fn rate(number: u64, duration: Duration) -> String {
    let a_second = number as f64 / duration.as_secs_f64().max(1e-6);
    match number {
        // Without a decimal, one command in two seconds would be none.
        1.. if a_second < 10.0 => format!("{a_second:.1}/s"),
        _ => format!("{}/s", grouped(a_second as u64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_rate_is_not_rounded_to_none() {
        let seconds = Duration::from_secs(2);
        assert_eq!(
            [0, 1, 19, 20, 3000].map(|number| rate(number, seconds)),
            ["0/s", "0.5/s", "9.5/s", "10/s", "1,500/s"]
        );
    }

    #[test]
    fn seconds_in_json_have_at_most_six_decimals() {
        assert_eq!(in_seconds(Duration::from_nanos(1_234_567_891)).to_string(), "1.234568");
    }

    #[test]
    fn a_duration_is_shown_in_a_fitting_unit() {
        assert_eq!(time_taken(Duration::from_micros(250)), "0.0003 s");
        assert_eq!(time_taken(Duration::from_millis(21)), "0.021 s");
        assert_eq!(time_taken(Duration::from_millis(2_140)), "2.1 s");
        assert_eq!(time_taken(Duration::from_secs(125)), "2 min 5 s");
    }
}

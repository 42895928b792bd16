//! A conversation with `ramax run --batch -`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout};

use serde_json::Value;

/// Lines that are sent in one piece.
pub struct Group {
    pub text: String,
    pub size: usize,
    /// Whether the answers to all that was sent are waited for before the next group.
    pub wait: bool,
}

/// Both ends of a conversation with the program.
pub struct Talk {
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    answers: Vec<Value>,
}

impl Talk {
    pub fn with(child: &mut Child) -> Self {
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { stdin: Some(stdin), stdout: BufReader::new(stdout), answers: Vec::new() }
    }

    /// Sends the groups, until so many answers were read or nobody is there any more. What is sent and
    /// not yet answered fits into the pipes.
    pub fn feed(&mut self, groups: &[Group], count: usize) {
        let mut sent = 0;
        for group in groups {
            if self.answers.len() >= count || !self.send(&group.text) {
                return;
            }
            sent += group.size;
            if group.wait && !self.read(sent.min(count)) {
                return;
            }
        }
        self.read(sent.min(count));
    }

    fn send(&mut self, text: &str) -> bool {
        self.stdin.as_mut().is_some_and(|stdin| stdin.write_all(text.as_bytes()).is_ok())
    }

    /// Reads until there are so many answers; answers whether it came to that.
    fn read(&mut self, count: usize) -> bool {
        while self.answers.len() < count {
            if !self.next() {
                return false;
            }
        }
        true
    }

    fn next(&mut self) -> bool {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        // A line that was cut off is no answer.
        let whole = line.ends_with('\n');
        if whole {
            self.answers.push(serde_json::from_str(&line).expect(&line));
        }
        whole
    }

    /// Has no more to say. Hands over all answers, with those that were printed and not yet read.
    pub fn end(mut self) -> Vec<Value> {
        drop(self.stdin.take());
        while self.next() {}
        self.answers
    }
}

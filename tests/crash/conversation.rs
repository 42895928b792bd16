//! A conversation with `ramax run --batch -`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout};

use serde_json::Value;

/// Lines that are sent in one piece.
pub struct Group {
    pub text: String,
    pub size: usize,
    /// Wait for the answers to everything sent so far before the next group.
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

    /// Sends the groups until this many answers were read or the program has ended. Everything sent but unanswered fits
    /// into the pipes.
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

    /// Reads until there are this many answers. Returns false if the program ended before.
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
        // An incomplete line is not an answer.
        let whole = line.ends_with('\n');
        if whole {
            self.answers.push(serde_json::from_str(&line).expect(&line));
        }
        whole
    }

    /// Closes the input. Returns all answers, including those that were printed but not yet read.
    pub fn end(mut self) -> Vec<Value> {
        drop(self.stdin.take());
        while self.next() {}
        self.answers
    }
}

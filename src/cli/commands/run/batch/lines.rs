//! Groups lines of input, with one commit per group.

use std::io::{self, BufRead, BufReader, Read};

use crate::cli::exit::{Exit, Failure};
use crate::cli::stdio::is_interrupted;
use crate::limits::LONGEST_LINE;

/// The maximum number of lines in a group.
const GROUP: usize = 1000;

/// The size in bytes from which a group is full.
const GROUP_BYTES: usize = 1 << 20;

/// A non-blank line.
pub struct Line {
    /// Its number, starting at 1.
    pub number: u64,
    /// Its text.
    pub text: Vec<u8>,
}

/// Reads lines in groups. A group ends when no further line is available without waiting, so that a sender
/// that waits for the answer to each line gets it.
pub struct BatchLines<R> {
    input: BufReader<R>,
    number: u64,
}

impl<R: Read> BatchLines<R> {
    pub fn new(input: R) -> Self {
        Self { input: BufReader::with_capacity(GROUP_BYTES, input), number: 0 }
    }

    /// Returns the next group, which is empty at the end.
    pub fn next_group(&mut self) -> Result<Vec<Line>, Failure> {
        let mut group = Vec::new();
        let mut bytes = 0;
        while group.is_empty() || (group.len() < GROUP && bytes < GROUP_BYTES && self.has_whole_line()) {
            let Some(text) = self.next_line()? else { break };
            if !text.trim_ascii().is_empty() {
                bytes += text.len();
                group.push(Line { number: self.number, text });
            }
        }
        Ok(group)
    }

    fn has_whole_line(&self) -> bool {
        self.input.buffer().contains(&b'\n')
    }

    fn next_line(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let mut text = Vec::new();
        let limit = LONGEST_LINE as u64 + 1;
        let read = (&mut self.input).take(limit).read_until(b'\n', &mut text).map_err(unreadable)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if text.len() > LONGEST_LINE {
            let message = format!("line {} is longer than {} MiB", self.number, LONGEST_LINE >> 20);
            return Err(Failure::usage("invalid_line", message, "send one command per line"));
        }
        Ok(Some(text))
    }
}

fn unreadable(error: io::Error) -> Failure {
    if is_interrupted(&error) {
        return Failure::interrupted();
    }
    let message = format!("the input cannot be read: {error}");
    Failure { exit: Exit::Refused, kind: "input", message, hint: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns one chunk per read, like a pipe.
    struct Pieces(Vec<&'static str>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0).as_bytes();
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    fn groups(pieces: Vec<&'static str>) -> Vec<Vec<(u64, String)>> {
        let mut lines = BatchLines::new(Pieces(pieces));
        let mut groups = Vec::new();
        loop {
            let group = lines.next_group().unwrap();
            if group.is_empty() {
                return groups;
            }
            let text = |line: Line| String::from_utf8(line.text).unwrap().trim().to_owned();
            groups.push(group.into_iter().map(|line| (line.number, text(line))).collect());
        }
    }

    #[test]
    fn a_group_holds_the_available_lines_and_waits_for_no_more() {
        let groups = groups(vec!["a\nb\n", "c\n", "d\ne"]);
        let numbers: Vec<Vec<u64>> =
            groups.iter().map(|group| group.iter().map(|(number, _)| *number).collect()).collect();
        assert_eq!(numbers, [vec![1, 2], vec![3], vec![4], vec![5]]);
    }

    #[test]
    fn blank_lines_are_counted_but_skipped() {
        assert_eq!(groups(vec!["a\n\n  \nb\n"]), [vec![(1, "a".to_owned()), (4, "b".to_owned())]]);
    }

    #[test]
    fn a_group_has_at_most_a_thousand_lines() {
        let text: &'static str = Box::leak("x\n".repeat(2500).into_boxed_str());
        let sizes: Vec<usize> = groups(vec![text]).iter().map(Vec::len).collect();
        assert_eq!(sizes, [1000, 1000, 500]);
    }
}

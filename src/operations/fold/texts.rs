//! The texts of the values at keyframes, one after the other, in memory or in an unlinked temporary file.

use std::fs::File;
use std::os::unix::fs::FileExt;

use crate::error::{Error, Result, StoreError};

/// The size of a chunk.
const CHUNK: usize = 1 << 20;

/// Texts by their position. They are never changed or removed.
#[derive(Default)]
pub(super) struct Texts {
    /// The file, which holds the first chunks. It has no name, and its mode is 0600.
    file: Option<File>,
    /// The number of chunks in the file.
    written: usize,
    /// The full chunks after those in the file.
    full: Vec<Vec<u8>>,
    /// The last chunk.
    last: Vec<u8>,
}

impl Texts {
    /// Adds a text and returns its position.
    pub fn add(&mut self, text: &str) -> Result<u64> {
        let position = self.end();
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let (part, behind) = rest.split_at(rest.len().min(CHUNK - self.last.len()));
            self.last.extend_from_slice(part);
            rest = behind;
            if self.last.len() == CHUNK {
                self.full.push(std::mem::take(&mut self.last));
            }
        }
        if self.file.is_some() {
            self.write(&mut || Ok(()))?;
        }
        Ok(position)
    }

    /// Returns the text of this length at a position.
    pub fn read(&self, position: u64, length: usize) -> Result<String> {
        let mut bytes = vec![0; length];
        let (mut at, mut rest) = (usize::try_from(position).unwrap_or(usize::MAX), bytes.as_mut_slice());
        while !rest.is_empty() {
            let (chunk, start) = (at / CHUNK, at % CHUNK);
            let (part, behind) = rest.split_at_mut((CHUNK - start).min(rest.len()));
            match (chunk.checked_sub(self.written), &self.file) {
                (Some(chunk), _) => {
                    let chunk = self.full.get(chunk).unwrap_or(&self.last);
                    let found = chunk.get(start..start + part.len());
                    part.copy_from_slice(found.ok_or_else(|| lost("it ends too early"))?);
                }
                (None, Some(file)) => file.read_exact_at(part, at as u64).map_err(lost)?,
                (None, None) => return Err(lost("it is missing")),
            }
            at += part.len();
            rest = behind;
        }
        String::from_utf8(bytes).map_err(lost)
    }

    /// Moves the full chunks to a file, and later ones as they fill up. If `proceed` fails, the rest stays in memory.
    pub fn spill(&mut self, proceed: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        if self.file.is_none() {
            self.file = Some(tempfile::tempfile().map_err(lost)?);
        }
        self.write(proceed)
    }

    /// Returns true if there is a file.
    pub fn is_spilled(&self) -> bool {
        self.file.is_some()
    }

    /// Returns the bytes in memory.
    pub fn bytes(&self) -> usize {
        self.full.len() * CHUNK + self.last.capacity()
    }

    fn end(&self) -> u64 {
        ((self.written + self.full.len()) * CHUNK + self.last.len()) as u64
    }

    fn write(&mut self, proceed: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut done = 0;
        let mut written = Ok(());
        for chunk in &self.full {
            let at = (self.written + done) * CHUNK;
            written = proceed().and_then(|()| file.write_all_at(chunk, at as u64).map_err(lost));
            if written.is_err() {
                break;
            }
            done += 1;
        }
        self.full.drain(..done);
        self.written += done;
        written
    }
}

/// Returns the error for a temporary file that cannot be used.
fn lost(reason: impl ToString) -> Error {
    let reason = reason.to_string();
    StoreError::Engine { detail: format!("the temporary file of the keyframes cannot be used: {reason}") }
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_any_length_are_read_back_in_memory_and_from_the_file() {
        let mut texts = Texts::default();
        let lengths = [0, 1, 5, CHUNK - 7, 1, CHUNK, 3 * CHUNK + 11, 2];
        let text = |number: usize| "é".repeat(lengths[number] / 2) + &"x".repeat(lengths[number] % 2);
        let mut places = Vec::new();
        for round in 0..3 {
            for number in 0..lengths.len() {
                places.push((number, texts.add(&text(number)).unwrap()));
            }
            for (number, place) in &places {
                assert_eq!(texts.read(*place, lengths[*number]).unwrap(), text(*number), "round {round}");
            }
            texts.spill(&mut || Ok(())).unwrap();
            assert!(texts.bytes() < 2 * CHUNK);
        }
        assert!(texts.read(places[6].1, 99 * CHUNK).is_err(), "beyond the end");
    }

    #[test]
    fn a_stopped_move_to_the_file_loses_nothing() {
        let mut texts = Texts::default();
        let place = texts.add(&"y".repeat(5 * CHUNK)).unwrap();
        let mut left = 2;
        let stopped = texts.spill(&mut || {
            left -= 1;
            if left < 0 { Err(crate::ReplayError::cancelled().into()) } else { Ok(()) }
        });
        assert!(stopped.unwrap_err().is_cancelled());
        assert_eq!(texts.read(place, 5 * CHUNK).unwrap().len(), 5 * CHUNK);
    }
}

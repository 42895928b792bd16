//! A set of sequences that is built in their order.

use crate::event::SpaceSequence;

/// The number of sequences in a word.
const BITS: u64 = u64::BITS as u64;

/// Sequences, added in rising order: two bits for each up to the last one, however many there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Sequences {
    /// The sequences as bits.
    words: Vec<u64>,
    /// The number of sequences before each word.
    before: Vec<u64>,
    count: u64,
}

impl Sequences {
    /// Adds a sequence after all others.
    pub fn add(&mut self, sequence: SpaceSequence) {
        let word = usize::try_from(sequence.0 / BITS).unwrap_or(usize::MAX);
        while self.words.len() <= word {
            self.words.push(0);
            self.before.push(self.count);
        }
        self.words[word] |= 1 << (sequence.0 % BITS);
        self.count += 1;
    }

    /// Returns true if a sequence is among them.
    pub fn contains(&self, sequence: SpaceSequence) -> bool {
        let word = usize::try_from(sequence.0 / BITS).unwrap_or(usize::MAX);
        self.words.get(word).is_some_and(|bits| bits >> (sequence.0 % BITS) & 1 == 1)
    }

    /// Returns the number of sequences.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns the number of sequences up to one.
    pub fn count_up_to(&self, until: SpaceSequence) -> u64 {
        let word = usize::try_from(until.0 / BITS).unwrap_or(usize::MAX);
        let (Some(bits), Some(before)) = (self.words.get(word), self.before.get(word)) else {
            return self.count;
        };
        let later = BITS - 1 - until.0 % BITS;
        before + u64::from((bits << later).count_ones())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequences_up_to_each_one_are_counted() {
        let wanted = [1, 2, 63, 64, 65, 127, 128, 1_000];
        let mut sequences = Sequences::default();
        wanted.iter().for_each(|at| sequences.add(SpaceSequence(*at)));
        for until in (0..1_100).chain([u64::MAX]) {
            let expected = wanted.iter().filter(|at| **at <= until).count() as u64;
            assert_eq!(sequences.count_up_to(SpaceSequence(until)), expected, "{until}");
            assert_eq!(sequences.contains(SpaceSequence(until)), wanted.contains(&until), "{until}");
        }
        assert_eq!(Sequences::default().count_up_to(SpaceSequence(5)), 0);
    }
}

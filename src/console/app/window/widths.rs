//! The widths of the texts of many rows.

use std::collections::BTreeMap;

/// The widths in cells of the texts of a row, in an order that the list decides.
pub type Widths = [u16; 4];

/// Wider texts count as this wide, so that memory stays bounded.
const MOST: u16 = 1000;

/// The number of texts of each width.
#[derive(Debug, Clone, Default)]
pub struct MeasuredWidths([BTreeMap<u16, u64>; 4]);

impl MeasuredWidths {
    /// Notes the widths of a row.
    pub fn note(&mut self, widths: Widths) {
        for (counts, width) in self.0.iter_mut().zip(widths) {
            *counts.entry(width.min(MOST)).or_default() += 1;
        }
    }

    /// Returns the widths of the widest texts.
    pub fn widest(&self) -> Widths {
        self.0.each_ref().map(|counts| counts.keys().next_back().copied().unwrap_or(0))
    }

    /// Returns the widths into which nineteen of twenty texts fit, or all of fewer texts.
    pub fn usual(&self) -> Widths {
        self.0.each_ref().map(|counts| {
            let enough = (counts.values().sum::<u64>() * 19).div_ceil(20);
            let mut seen = 0;
            let reaches = |(width, count): (&u16, &u64)| {
                seen += count;
                (seen >= enough).then_some(*width)
            };
            counts.iter().find_map(reaches).unwrap_or(0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_long_text_among_many_is_not_usual() {
        let mut measured = MeasuredWidths::default();
        assert_eq!((measured.usual(), measured.widest()), ([0; 4], [0; 4]));
        (0..19).for_each(|_| measured.note([13, 2, 5, 0]));
        measured.note([80, 2, u16::MAX, 0]);
        assert_eq!((measured.usual(), measured.widest()), ([13, 2, 5, 0], [80, 2, MOST, 0]));
        let mut few = MeasuredWidths::default();
        [[13; 4], [80; 4]].into_iter().for_each(|widths| few.note(widths));
        assert_eq!(few.usual(), [80; 4]);
    }
}

//! Rows of `entity_events`: the first sequence of an entity, and in `later` the distances from one to the next of those
//! that were merged with it, seven bits per byte. Rows of earlier versions have one sequence each.

/// Returns the column `later` of a row with these sequences, which rise.
pub(super) fn pack(sequences: &[u64]) -> Option<Vec<u8>> {
    let mut later = Vec::with_capacity(2 * sequences.len());
    for (before, sequence) in sequences.iter().zip(sequences.get(1..)?) {
        let mut distance = sequence - before;
        while distance >= 0x80 {
            later.push((distance & 0x7f) as u8 | 0x80);
            distance >>= 7;
        }
        later.push(distance as u8);
    }
    (!later.is_empty()).then_some(later)
}

/// Returns the sequences of a row, or `None` if it is damaged.
pub(super) fn unpack(first: i64, later: Option<&[u8]>) -> Option<Vec<u64>> {
    let mut last = u64::try_from(first).ok()?;
    let mut sequences = vec![last];
    let (mut distance, mut shift) = (0_u64, 0_u32);
    for byte in later.unwrap_or_default() {
        distance |= u64::from(byte & 0x7f).checked_shl(shift)?;
        shift += 7;
        if byte & 0x80 == 0 {
            last = last
                .checked_add(distance)
                .filter(|next| *next > last && *next <= i64::MAX.cast_unsigned())?;
            sequences.push(last);
            (distance, shift) = (0, 0);
        }
    }
    (shift == 0).then_some(sequences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_unpacked_as_they_were_packed() {
        for sequences in [&[7][..], &[1, 2], &[1, 128, 129, 256, 8000, 1 << 40]] {
            let later = pack(sequences);
            assert_eq!(later.is_none(), sequences.len() == 1);
            assert_eq!(unpack(sequences[0].cast_signed(), later.as_deref()).unwrap(), sequences);
        }
        assert_eq!(pack(&[1, 2, 3]).unwrap().len(), 2);
    }

    #[test]
    fn a_damaged_row_is_recognised() {
        for (first, later) in [(-1, &[][..]), (1, &[0]), (1, &[0x81]), (1, &[0xff; 11]), (i64::MAX, &[1])] {
            assert_eq!(unpack(first, Some(later)), None, "{first} {later:?}");
        }
    }
}

//! The contents of a block: five bytes for each event, the 30-bit hash of its entity and its offset in the block.
//! Different entities may have the same hash, so an event that is found is compared with the entity sought.

/// The bytes of an entry.
const ENTRY: usize = 5;

/// The bits of an entry for the offset.
const OFFSET_BITS: u32 = 10;

/// Collects the entries of a block.
#[derive(Default)]
pub(super) struct Builder(Vec<u64>);

impl Builder {
    /// Adds an event, at an offset from the first event of the block.
    pub(super) fn add(&mut self, offset: u64, entity_id: &str) {
        self.0.push(hash(entity_id) << OFFSET_BITS | offset);
    }

    /// Returns the contents of the block.
    pub(super) fn build(mut self) -> Vec<u8> {
        self.0.sort_unstable();
        self.0.iter().flat_map(|entry| entry.to_be_bytes().into_iter().skip(8 - ENTRY)).collect()
    }
}

/// Returns the offsets of the events in a block that may be an entity's, in order.
pub(super) fn offsets(entries: &[u8], entity_id: &str) -> impl DoubleEndedIterator<Item = u64> {
    let (entries, _) = entries.as_chunks::<ENTRY>();
    let first = hash(entity_id) << OFFSET_BITS;
    let start = entries.partition_point(|entry| number(entry) < first);
    let same = entries[start..].partition_point(|entry| number(entry) >> OFFSET_BITS == first >> OFFSET_BITS);
    entries[start..start + same].iter().map(|entry| number(entry) & ((1 << OFFSET_BITS) - 1))
}

/// Returns the number of entries that are in only one of two blocks.
pub(super) fn differences(one: &[u8], other: &[u8]) -> u64 {
    let set =
        |entries: &[u8]| entries.chunks(ENTRY).map(<[u8]>::to_vec).collect::<std::collections::HashSet<_>>();
    let count = set(one).symmetric_difference(&set(other)).count() as u64;
    // Entries out of order are a difference, too.
    count.max(u64::from(one != other))
}

fn number(entry: &[u8; ENTRY]) -> u64 {
    entry.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn hash(entity_id: &str) -> u64 {
    u64::from(crc32fast::hash(entity_id.as_bytes()) >> 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(entities: &[&str]) -> Vec<u8> {
        let mut block = Builder::default();
        for (offset, entity_id) in (0..).zip(entities) {
            block.add(offset, entity_id);
        }
        block.build()
    }

    #[test]
    fn an_entity_is_found_at_each_of_its_offsets_in_either_order() {
        let block = block(&["a", "b", "a", "c", "a"]);
        assert_eq!(block.len(), 25);
        assert_eq!(offsets(&block, "a").collect::<Vec<_>>(), [0, 2, 4]);
        assert_eq!(offsets(&block, "a").rev().collect::<Vec<_>>(), [4, 2, 0]);
        assert_eq!(offsets(&block, "c").collect::<Vec<_>>(), [3]);
        assert_eq!(offsets(&block, "d").count(), 0);
        assert_eq!(offsets(&[], "a").count(), 0);
    }

    #[test]
    fn every_entity_of_a_full_block_is_found() {
        let names: Vec<String> = (0..1000).map(|n| format!("entity-{n}")).collect();
        let block = block(&names.iter().map(String::as_str).collect::<Vec<_>>());
        for (offset, name) in (0..).zip(&names) {
            assert!(offsets(&block, name).any(|found| found == offset), "{name}");
        }
    }

    #[test]
    fn a_missing_a_foreign_and_a_misplaced_entry_are_differences() {
        let one = block(&["a", "b"]);
        assert_eq!(differences(&one, &one), 0);
        assert_eq!(differences(&one, &one[..5]), 1);
        assert_eq!(differences(&one, &block(&["a", "c"])), 2);
        let reversed = [&one[5..], &one[..5]].concat();
        assert_eq!(differences(&one, &reversed), 1);
    }
}

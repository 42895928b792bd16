//! The list of free pages, as it is stored: pages that each name the next one and a number of further free pages.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// The header's number of the first page of the list.
const FIRST_AT: u64 = 32;

/// Pages, with a bit for each page of the file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listed(Vec<u64>);

impl Listed {
    fn up_to(page_count: u32) -> Self {
        Self(vec![0; page_count as usize / 64 + 1])
    }

    pub(super) fn contains(&self, page: u32) -> bool {
        self.0.get(page as usize / 64).is_some_and(|pages| pages & (1 << (page % 64)) != 0)
    }

    /// Returns false if the page was already there, or is not in the file.
    fn insert(&mut self, page: u32) -> bool {
        let is_new = page != 0 && !self.contains(page);
        let Some(pages) = self.0.get_mut(page as usize / 64) else { return false };
        *pages |= u64::from(is_new) << (page % 64);
        is_new
    }
}

/// Reads the list up to its end or to the first page of it that cannot be right, which SQLite's check reports.
pub(super) fn read(file: &File, page_size: u32, page_count: u32) -> io::Result<Listed> {
    let mut listed = Listed::up_to(page_count);
    let mut first = [0; 4];
    file.read_exact_at(&mut first, FIRST_AT)?;
    let mut page = u32::from_be_bytes(first);
    let mut content = vec![0; page_size as usize];
    while page <= page_count && listed.insert(page) {
        file.read_exact_at(&mut content, u64::from(page - 1) * u64::from(page_size))?;
        let mut numbers = content.chunks_exact(4).map(number);
        let (next, count) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        if count as usize > numbers.len() {
            break;
        }
        for free in numbers.take(count as usize).filter(|free| *free <= page_count) {
            listed.insert(free);
        }
        page = next;
    }
    Ok(listed)
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// Returns the pages that a file with these lists has, which start on pages 1, 2, ... and lie behind its header.
    fn pages_of(first: u32, pages: &[&[u32]]) -> Vec<u32> {
        let mut file = tempfile::tempfile().unwrap();
        let mut bytes = vec![0; 512 * pages.len()];
        for (page, numbers) in pages.iter().enumerate() {
            let numbers = numbers.iter().flat_map(|number| number.to_be_bytes());
            bytes[512 * page..].iter_mut().zip(numbers).for_each(|(byte, value)| *byte = value);
        }
        bytes[32..36].copy_from_slice(&first.to_be_bytes());
        file.write_all(&bytes).unwrap();
        let listed = read(&file, 512, 100).unwrap();
        (0..200).filter(|page| listed.contains(*page)).collect()
    }

    #[test]
    fn all_pages_of_a_list_are_read() {
        assert_eq!(pages_of(0, &[&[]]), [0; 0]);
        assert_eq!(pages_of(2, &[&[], &[3, 2, 70, 100], &[0, 1, 64]]), [2, 3, 64, 70, 100]);
    }

    #[test]
    fn an_impossible_list_ends_where_it_cannot_be_right() {
        assert_eq!(pages_of(2, &[&[], &[2, 1, 7]]), [2, 7], "a circle");
        assert_eq!(pages_of(101, &[&[]]), [0; 0], "no such page");
        assert_eq!(pages_of(2, &[&[], &[u32::MAX, 3, 0, 101, 9]]), [2, 9], "pages that do not exist");
        assert_eq!(pages_of(2, &[&[], &[3, 127, 9], &[]]), [2], "more than a page can hold");
    }
}

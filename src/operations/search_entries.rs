//! Finding the entries of a projection that contain a text, examining a bounded number per call.

use crate::error::{Error, Result};
use crate::event_store::{PAGE_BYTES, Page, total_bytes};
use crate::json::contains_between;
use crate::pstate::{Entry, Projection};
use crate::text::find;

use super::Pause;

/// The most entries read at once.
const CHUNK: usize = 1000;

/// The result of one call of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEntries {
    /// The entries that contain the text, in reading order.
    pub entries: Vec<Entry>,
    /// The last key examined, from which to continue; where the page starts if there was none.
    pub reached: Option<String>,
    /// True if there is nothing more in this direction.
    pub ended: bool,
    /// The number of entries examined.
    pub searched: u64,
}

/// Returns a page of the entries whose keys start with `prefix` and that contain `text` in the key or in a key,
/// string, number or word of the value, ignoring the case of ASCII letters. Examines at most `budget` entries.
///
/// # Errors
/// Those of the store; the error of `pause`.
pub fn search_entries<E: From<Error>>(
    projection: &Projection<'_>,
    wanted: (&str, &str),
    page: Page<String>,
    budget: usize,
    pause: &mut Pause<'_, E>,
) -> Result<FoundEntries, E> {
    search_pages(&|prefix, page| projection.scan_page(prefix, page), wanted, page, budget, pause)
}

/// Reads a page of the entries with a prefix. Returns true if no more follow.
pub(super) type ReadEntries<'a> = dyn Fn(&str, Page<String>) -> Result<(Vec<Entry>, bool)> + 'a;

/// As [`search_entries`], through the entries that `read` returns.
pub(super) fn search_pages<E: From<Error>>(
    read_page: &ReadEntries<'_>,
    (prefix, text): (&str, &str),
    page: Page<String>,
    budget: usize,
    pause: &mut Pause<'_, E>,
) -> Result<FoundEntries, E> {
    let Page { after, direction, limit } = page;
    let mut found = FoundEntries { entries: Vec::new(), reached: after, ended: false, searched: 0 };
    let mut left = budget;
    let mut chunk = limit.clamp(1, CHUNK);
    while left > 0 && found.entries.len() < limit && total_bytes(&found.entries) < PAGE_BYTES && !found.ended
    {
        let size = chunk.min(left);
        let within = Page { after: found.reached.clone(), direction, limit: size };
        let (read, is_last) = read_page(prefix, within)?;
        found.ended = is_last;
        let before = found.searched;
        // The key of the last entry examined, unless that is the last one found.
        let mut other = None;
        for entry in read {
            if found.entries.len() == limit {
                found.ended = false;
                break;
            }
            found.searched += 1;
            if is_entry_match(&entry, text, pause)? {
                found.entries.push(entry);
                other = None;
            } else {
                other = Some(entry.key);
            }
        }
        if found.searched > before {
            found.reached = other.or_else(|| found.entries.last().map(|entry| entry.key.clone()));
        }
        left -= size;
        chunk = (chunk * 2).min(CHUNK);
    }
    Ok(found)
}

/// Returns true if an entry contains a text, as [`search_entries`] finds it.
///
/// # Errors
/// The error of `pause`.
pub fn is_entry_match<E>(entry: &Entry, text: &str, pause: &mut Pause<'_, E>) -> Result<bool, E> {
    let is_in_key = text.is_empty() || find(&entry.key, text, 0).is_some();
    Ok(is_in_key || contains_between(entry.value.as_str(), text, pause)?)
}

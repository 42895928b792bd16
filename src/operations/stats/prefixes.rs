//! The keys of a projection by prefix, without reading most of a large one.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::content_store::Store;
use crate::error::Result;
use crate::event_store::{Page, is_last_page};
use crate::operations::{ProjectionOverview, ProjectionStatus, SpaceOverview};
use crate::pstate::{PState, ProjectionId};

/// The keys read at once.
const PAGE: usize = 500;

/// The most prefixes told apart.
const MOST_PREFIXES: usize = 100;

/// The number of keys with one prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PrefixCount {
    /// The part of the key before its first colon; `None` for keys without one.
    pub prefix: Option<String>,
    /// The number of keys.
    pub keys: u64,
    /// False if there are at least as many.
    pub exact: bool,
}

/// A projection with its lag, and its keys by prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeysByPrefix {
    /// The name of the projection.
    pub projection: String,
    /// Its status.
    pub status: ProjectionStatus,
    /// The number of events that it does not contain yet.
    pub lag: u64,
    /// The time between its last event and the log's, in milliseconds.
    pub lag_millis: u64,
    /// Its number of keys.
    pub keys: u64,
    /// Its prefixes, the most frequent first.
    pub counts: Vec<PrefixCount>,
    /// The number of keys that are not in `counts`: those of further prefixes, and those beyond the bound.
    pub uncounted: u64,
}

/// Counts the keys of a projection by prefix, reading at most `budget` of them. One prefix costs a page; of several, all but
/// the largest are counted, which has the rest.
pub(super) fn keys_by_prefix(
    store: &Store,
    (overview, projection): (&SpaceOverview, &ProjectionOverview),
    budget: u64,
) -> Result<KeysByPrefix> {
    let pstate = store.pstate();
    let id = ProjectionId::new(overview.space.space_id, &projection.name);
    let mut counter = PrefixCounter { pstate, id, left: budget, found: BTreeMap::new() };
    let mut keys = 0;
    // One that is ahead may be another tenant's, unless the original wrote it: that applies events as it appends them.
    let is_its = projection.status != ProjectionStatus::Ahead || store.is_original();
    if is_its && overview.space.check_open().is_ok() {
        pstate.snapshot(&mut || {
            keys = pstate.checkpoint(id)?.entities;
            if budget > 0 { counter.count(keys) } else { Ok(()) }
        })?;
    }
    let is_exact = |found: &FoundPrefix| found.resume.is_none();
    let counts = counter.found.into_iter();
    let mut counts: Vec<PrefixCount> = counts
        .map(|(prefix, found)| PrefixCount { prefix, keys: found.keys, exact: is_exact(&found) })
        .collect();
    counts.sort_by(|one, next| next.keys.cmp(&one.keys).then_with(|| one.prefix.cmp(&next.prefix)));
    let counted: u64 = counts.iter().map(|count| count.keys).sum();
    Ok(KeysByPrefix {
        projection: projection.name.to_string(),
        status: projection.status,
        lag: projection.lag(&overview.head),
        lag_millis: overview.lag_millis_of(&projection.checkpoint),
        keys,
        counts,
        uncounted: keys.saturating_sub(counted),
    })
}

/// The keys of a prefix counted so far.
#[derive(Default)]
struct FoundPrefix {
    keys: u64,
    /// The last key counted, if there may be more.
    resume: Option<String>,
}

struct PrefixCounter<'a> {
    pstate: &'a dyn PState,
    id: ProjectionId<'a>,
    /// The number of keys that may still be read.
    left: u64,
    found: BTreeMap<Option<String>, FoundPrefix>,
}

impl PrefixCounter<'_> {
    fn count(&mut self, keys: u64) -> Result<()> {
        let is_complete = self.find_prefixes()?;
        if !is_complete {
            // Every number may be too small.
            self.found.values_mut().for_each(|found| {
                found.resume.get_or_insert_default();
            });
            return Ok(());
        }
        while self.unfinished().len() > 1 && self.left > 0 {
            for prefix in self.unfinished() {
                self.count_page(&prefix)?;
            }
        }
        // With more prefixes than are told apart, the rest is not only that of the last one.
        if let [last] = self.unfinished().as_slice()
            && self.found.len() < MOST_PREFIXES
        {
            let last = Some(last.clone());
            let others = self.found.iter().filter(|(prefix, _)| **prefix != last);
            let others: u64 = others.map(|(_, found)| found.keys).sum();
            self.found.insert(last, FoundPrefix { keys: keys.saturating_sub(others), resume: None });
        }
        Ok(())
    }

    /// Goes through the keys, past the rest of a prefix that fills a page. Returns false if too many keys had to be read.
    fn find_prefixes(&mut self) -> Result<bool> {
        let mut after = None;
        loop {
            let Some((page, is_last)) = self.read("", after)? else { return Ok(false) };
            for key in &page {
                self.add(key);
            }
            let (Some(first), Some(last)) = (page.first(), page.last()) else { return Ok(true) };
            if is_last {
                return Ok(true);
            }
            let mut next = last.clone();
            if let (Some(prefix), true) = (prefix_of(first), prefix_of(first) == prefix_of(last))
                && let Some(found) = self.found.get_mut(&Some(prefix.to_owned()))
            {
                found.resume.get_or_insert_with(|| last.clone());
                next = next.max(format!("{prefix}:{}", char::MAX));
            }
            after = Some(next);
        }
    }

    fn add(&mut self, key: &str) {
        let prefix = prefix_of(key).map(str::to_owned);
        if self.found.len() >= MOST_PREFIXES && !self.found.contains_key(&prefix) {
            return;
        }
        let found = self.found.entry(prefix).or_default();
        // The rest of a prefix is counted later.
        if found.resume.is_none() {
            found.keys += 1;
        }
    }

    /// Counts one more page of a prefix.
    fn count_page(&mut self, prefix: &str) -> Result<()> {
        let name = Some(prefix.to_owned());
        let Some(resume) = self.found.get(&name).and_then(|found| found.resume.clone()) else {
            return Ok(());
        };
        let Some((page, is_last)) = self.read(&format!("{prefix}:"), Some(resume))? else { return Ok(()) };
        if let Some(found) = self.found.get_mut(&name) {
            found.keys += page.len() as u64;
            found.resume = page.last().cloned().filter(|_| !is_last);
        }
        Ok(())
    }

    /// Returns the prefixes whose keys are not all counted.
    fn unfinished(&self) -> Vec<String> {
        let unfinished = self.found.iter().filter(|(_, found)| found.resume.is_some());
        unfinished.filter_map(|(prefix, _)| prefix.clone()).collect()
    }

    /// Reads a page of keys, and tells whether it is the last one. `None` if no more may be read.
    fn read(&mut self, prefix: &str, after: Option<String>) -> Result<Option<(Vec<String>, bool)>> {
        let limit = usize::try_from(self.left).unwrap_or(usize::MAX).min(PAGE);
        if limit == 0 {
            return Ok(None);
        }
        let page = self.pstate.scan(self.id, prefix, Page::forward(after, limit))?;
        self.left -= (page.len() as u64).min(self.left);
        let is_last = is_last_page(&page, limit);
        Ok(Some((page.into_iter().map(|entry| entry.key).collect(), is_last)))
    }
}

/// Returns the part of a key before its first colon.
fn prefix_of(key: &str) -> Option<&str> {
    key.split_once(':').map(|(prefix, _)| prefix)
}

//! The past of a space: as of any event, step by step, and how a value came about.

mod cli;
mod limits;
mod notes;
mod property;
mod questions;

use ramax::operations::{Fold, FoldLimits, keep_going, no_pause};
use ramax::pstate::Entry;
use ramax::{ContentStore, Page, SpaceSequence};

/// Limits under which a few events make several keyframes, and all of them are in a temporary file.
fn tiny(memory: usize) -> FoldLimits {
    FoldLimits { segment_events: 4, memory, ..FoldLimits::default() }
}

fn seek(fold: &mut Fold, sequence: u64) {
    fold.seek(SpaceSequence(sequence), &mut keep_going).unwrap();
}

/// Returns all entries of a projection at the position of a fold, read in small pages. Backward and through a search they are
/// the same.
fn entries(fold: &Fold, projection: &str) -> Vec<Entry> {
    let projection = fold.projection(projection).unwrap();
    let pages = |page: fn(Option<String>, usize) -> Page<String>| {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let read = projection.scan("", page(after, 3)).unwrap();
            let Some(last) = read.last() else { return all };
            after = Some(last.key.clone());
            all.extend(read);
        }
    };
    let all = pages(Page::forward);
    let mut backward = pages(Page::backward);
    backward.reverse();
    assert_eq!(backward, all);
    let found =
        projection.search(("", ""), Page::backward(None, usize::MAX), usize::MAX, &mut no_pause).unwrap();
    assert!(found.ended && found.entries.iter().rev().eq(&all));
    all
}

fn fold(content: &ContentStore) -> Fold {
    Fold::new(content, None).unwrap()
}

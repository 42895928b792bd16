//! Misplaced pages never make a walk endless.

use std::fs;

use ramax::error::Remedy;
use ramax::operations::{export, find_space, keep_going, verify};
use ramax::{Apps, EventId, OpenOptions, Page, Result, SpaceId, SpaceSequence, Store};

use super::findings::{BIG, Files, checked, name};

/// Overwrites later leaf pages of a table with the page `from`.
fn repeat_page(files: &Files, projections: bool, table: &str, from: usize, over: std::ops::Range<usize>) {
    let sqlite = files.sqlite(projections);
    let page_size: usize = sqlite.pragma_query_value(None, "page_size", |row| row.get(0)).unwrap();
    let sql = "SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = 'leaf' ORDER BY path";
    let mut statement = sqlite.prepare(sql).unwrap();
    let pages = statement.query_map([table], |row| row.get(0)).unwrap();
    let pages: Vec<usize> = pages.map(std::result::Result::unwrap).collect();
    let path = sqlite.path().unwrap().to_owned();
    drop(statement);
    drop(sqlite);
    let mut bytes = fs::read(&path).unwrap();
    let place = |page: usize| (pages[page] - 1) * page_size..pages[page] * page_size;
    for page in over {
        bytes.copy_within(place(from), place(page).start);
    }
    fs::write(&path, bytes).unwrap();
}

/// Walks page by page to the end, at most as many pages as an intact file has.
fn walk<K>(mut next: impl FnMut(Option<K>) -> Result<Option<K>>) -> Result<()> {
    let mut after = None;
    for _ in 0..10_000 {
        after = next(after)?;
        if after.is_none() {
            return Ok(());
        }
    }
    panic!("the walk does not end");
}

fn walks(store: &Store) -> [Result<()>; 3] {
    let (events, big) = (store.events(), SpaceId(BIG));
    let place = |page: Vec<ramax::Event>| page.last().map(|event| event.space_sequence);
    [
        walk(|after| Ok(place(events.read_space(big, Page::forward(after, 7))?))),
        walk(|after: Option<EventId>| {
            let page = events.read_all(Page::forward(after, 7))?;
            Ok(page.last().map(|event| event.event_id))
        }),
        walk(|after: Option<SpaceSequence>| {
            let mut last = None;
            let from = after.unwrap_or_default();
            events.replay(big, from, 7, &mut |event| {
                last = Some(event.space_sequence);
                Ok(())
            })?;
            Ok(last)
        }),
    ]
}

#[test]
fn a_misplaced_log_page_ends_every_walk_and_is_reported() {
    let files = Files::new(false);
    repeat_page(&files, false, "event_log", 5, 10..24);
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let store = Store::open(&files.location(), options).unwrap();
    for (number, walked) in walks(&store).into_iter().enumerate() {
        assert_eq!(walked.map_err(|error| error.kind()), Err("corrupt"), "walk {number}");
    }
    // Backwards, misplaced rows may pass for the right ones once.
    let back = |after| {
        let page = store.events().read_space(SpaceId(BIG), Page::backward(after, 7))?;
        Ok(page.last().map(|event| event.space_sequence))
    };
    let _ = walk(back);
    let big = find_space(&store, &Apps::standard(), "crm_big").unwrap();
    assert_eq!(verify(&big, &mut keep_going).unwrap_err().kind(), "corrupt");
    assert_eq!(export(&store, "crm_big", &mut Vec::new(), &mut keep_going).unwrap_err().kind(), "corrupt");
    for deep in [false, true] {
        let found = checked(&store, deep).findings;
        let unreadable = found.iter().find(|found| name(found) == "unreadable-events").unwrap();
        assert_eq!(unreadable.space.as_deref(), Some("crm_big"), "{found:#?}");
        assert!(
            found.iter().all(|found| found.remedy != Remedy::Rebuild { skip_errors: false }),
            "{found:#?}"
        );
    }
}

#[test]
fn a_misplaced_page_of_keys_ends_every_walk_and_is_reported() {
    let files = Files::new(true);
    repeat_page(&files, true, "projection_entities", 2, 4..7);
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let store = Store::open(&files.location(), options).unwrap();
    for forward in [true, false] {
        let page = |after| if forward { Page::forward(after, 7) } else { Page::backward(after, 7) };
        let walked = walk(|after| {
            let entries = store.pstate().scan(SpaceId(BIG).into(), "", page(after))?;
            Ok(entries.last().map(|entry| entry.key.clone()))
        });
        assert!(!forward || walked.is_err_and(|error| error.kind() == "corrupt"));
    }
    let found = checked(&store, true).findings;
    assert!(found.iter().any(|found| name(found) == "unreadable"), "{found:#?}");
}

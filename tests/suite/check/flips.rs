//! Single flipped bits in the pages of the event log.

use std::fs;
use std::sync::OnceLock;

use proptest::prelude::*;
use ramax::{Event, Location, OpenOptions, Page, Result, SpaceId, Store};
use tempfile::TempDir;

use super::findings::{Files, checked};

struct Original {
    bytes: Vec<u8>,
    /// The offsets of the log's pages.
    pages: Vec<usize>,
    page_size: usize,
    events: Vec<Event>,
}

fn original() -> &'static Original {
    static ORIGINAL: OnceLock<Original> = OnceLock::new();
    ORIGINAL.get_or_init(|| {
        let files = Files::small(false);
        let events = events(&files.store()).unwrap();
        let sqlite = files.sqlite(false);
        let page_size: usize = sqlite.pragma_query_value(None, "page_size", |row| row.get(0)).unwrap();
        let mut statement = sqlite.prepare("SELECT pageno FROM dbstat WHERE name = 'event_log'").unwrap();
        let pages = statement.query_map([], |row| Ok((row.get::<_, usize>(0)? - 1) * page_size)).unwrap();
        let pages = pages.map(std::result::Result::unwrap).collect();
        let bytes = fs::read(files.location().database).unwrap();
        Original { bytes, pages, page_size, events }
    })
}

/// Returns the events of the log, space by space.
fn events(store: &Store) -> Result<Vec<Event>> {
    let mut all = Vec::new();
    for space in 1..=3 {
        all.extend(store.events().read_space(SpaceId(space), Page::forward(None, 99_999))?);
    }
    Ok(all)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn a_flipped_bit_that_changes_an_event_is_found(
        page in any::<prop::sample::Index>(), byte in any::<prop::sample::Index>(), bit in 0_u8..8,
    ) {
        let original = original();
        let mut bytes = original.bytes.clone();
        let at = *page.get(&original.pages) + byte.index(original.page_size);
        bytes[at] ^= 1 << bit;
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("store.db");
        fs::write(&path, bytes).unwrap();
        let options = OpenOptions { read_only: true, ..OpenOptions::default() };
        let Ok(store) = Store::open(&Location::file(&path), options) else { return Ok(()) };
        let is_changed = events(&store).map_or(true, |events| events != original.events);
        let found = checked(&store, false).count();
        prop_assert!(!is_changed || found > 0, "bit {} of byte {}", bit, at);
    }
}

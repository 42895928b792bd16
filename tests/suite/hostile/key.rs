//! Tests of keys: in projections, as prefixes, as references, as paths and in schemas.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use proptest::test_runner::{Config, TestRunner};
use ramax::event_store::Direction;
use ramax::operations::{ImportFile, ImportOptions, export, import, keep_going};
use ramax::pstate::schema::{Entity, Field, entity_type};
use ramax::pstate::{Entry, Path};
use ramax::{Changes, Depth, Json, Page, Projection, Reference, Schema, SpaceId, Store, Timestamp};
use serde_json::{Value, json};

use super::corpus::{some, texts};
use super::shown::look_around;
use crate::support::Fixture;
use crate::support::mutation::cases;

/// A schema that migrates entities of the corpus.
const CARDS: Schema = Schema::new(&[Entity::new(
    "card",
    &[
        Field::string("front"),
        Field::map("notes").migrate(|notes, _| notes.cloned().unwrap_or_else(|| json!({}))),
    ],
)]);

/// Returns all entries of the projection of a space.
pub fn entries(store: &Store, space_id: SpaceId) -> Vec<Entry> {
    store.pstate().scan(space_id.into(), "", Page::forward(None, 999_999)).unwrap()
}

/// Writes keys, and reads them in every possible way.
fn check(store: &Store, name: &str, keys: &[String]) {
    let space_id = store.events().get_or_create_space(name, None, Timestamp(0)).unwrap().space_id;
    let mut model = BTreeMap::new();
    // In each ring, an entry refers to the next one, and the last one to the first.
    for ring in keys.chunks(8) {
        for (key, next) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            let value = json!({"front": model.len(), "next": Reference::new(next.as_str()).to_value()});
            model.insert(key.clone(), value.clone());
            store.pstate().put(space_id.into(), key, Json::of(&value), Timestamp(1)).unwrap();
        }
    }
    let read: BTreeMap<String, Value> =
        entries(store, space_id).into_iter().map(|entry| (entry.key, entry.value.to_value())).collect();
    assert_eq!(read, model);
    let mut prefixes = BTreeSet::new();
    for key in model.keys() {
        assert_eq!(store.pstate().get(space_id.into(), key).unwrap().unwrap().value.to_value(), model[key]);
        let half = key.char_indices().nth(key.chars().count() / 2).map_or("", |(at, _)| &key[..at]);
        prefixes.extend([key, half]);
        follow(store, space_id, key);
    }
    prefixes.into_iter().for_each(|prefix| assert_pages(store, space_id, prefix, &model));
    assert_comes_back(store, name, space_id);
    let mut changes = Changes::default();
    model.keys().for_each(|key| changes.delete(key));
    store.pstate().write(space_id.into(), &changes).unwrap();
    assert_eq!(entries(store, space_id), []);
}

/// Asserts that the pages of a prefix, in both directions, equal a scan of everything.
fn assert_pages(store: &Store, space_id: SpaceId, prefix: &str, model: &BTreeMap<String, Value>) {
    let mut expected: Vec<&String> = model.keys().filter(|key| key.starts_with(prefix)).collect();
    for direction in [Direction::Forward, Direction::Backward] {
        // Page by page if there are few entries.
        for limit in [if expected.len() < 20 { 1 } else { 7 }, 3] {
            let mut found = Vec::new();
            let mut after: Option<String> = None;
            loop {
                let page =
                    store.pstate().scan(space_id.into(), prefix, Page { after, limit, direction }).unwrap();
                found.extend(page.iter().map(|entry| entry.key.clone()));
                assert!(found.len() <= expected.len(), "pages of {prefix:.99?} do not end");
                if page.len() < limit {
                    break;
                }
                after = page.into_iter().next_back().map(|entry| entry.key);
            }
            assert!(found.iter().eq(expected.iter().copied()), "{prefix:.99?} {direction:?} {limit}");
        }
        expected.reverse();
    }
}

/// Uses a key as a reference and as a path.
fn follow(store: &Store, space_id: SpaceId, key: &str) {
    let projection = Projection::new(store.pstate(), space_id).with_shared_schema(CARDS, None);
    assert!(projection.fetch(key).unwrap().is_some());
    for depth in [Depth::Levels(2), Depth::All] {
        assert!(projection.get_resolved(key, depth).unwrap().is_some());
    }
    let _ = (entity_type(key), CARDS.misfits(key, &json!({"front": 1})), CARDS.migrates(key));
    let _ = projection.preload(key, &[key]);
    match key.parse::<Path>() {
        Ok(path) => {
            assert_eq!(path.as_str(), key);
            let _ = projection.value_at(&path);
            insert(&path);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Inserts at a path into a new store: the value is found there, or the error gives the reason.
fn insert(path: &Path) {
    let store = Store::memory();
    let projection = Projection::new(store.pstate(), SpaceId(1));
    match projection.insert_at(path, json!("new"), Timestamp(0)) {
        Ok(()) => {
            let found =
                projection.value_at(path).unwrap_or_else(|error| panic!("{:.99}: {error}", path.as_str()));
            assert!(found.is_some(), "{:.99}", path.as_str());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let mut value = json!({});
    let _ = path.insert(&mut value, json!("new"));
    let _ = (path.get(&value), path.get(&json!([[[{"a": {"b": 1}}]]])));
}

/// Asserts that an export and import restore the entries.
pub fn assert_comes_back(store: &Store, name: &str, space_id: SpaceId) {
    let mut text = Vec::new();
    export(store, name, &mut text, &mut keep_going).unwrap();
    let there = Store::memory();
    import(&there, &mut ImportFile::new(Cursor::new(text)), &ImportOptions::default(), &mut keep_going)
        .unwrap();
    let imported = there.events().find_space(name).unwrap().unwrap().space.space_id;
    assert!(entries(&there, imported) == entries(store, space_id), "not equal to the exported entries");
    let events = |store: &Store, id| store.events().read_space(id, Page::forward(None, 999_999)).unwrap();
    let without_ids = |events: Vec<ramax::Event>| {
        events
            .into_iter()
            .map(|it| (it.entity_id, it.event_type, it.payload, it.timestamp))
            .collect::<Vec<_>>()
    };
    assert!(without_ids(events(&there, imported)) == without_ids(events(store, space_id)), "other events");
}

#[test]
fn a_chain_of_ten_thousand_references_is_followed_or_refused() {
    for fixture in [Fixture::memory(), Fixture::one_file()] {
        let mut changes = Changes::default();
        for number in 0..10_000 {
            let next = json!({"next": Reference::new(format!("e:{}", number + 1)).to_value()});
            changes.put(&format!("e:{number}"), Json::of(&next), Timestamp(0));
            let bare = Reference::new(format!("r:{}", number + 1)).to_value();
            changes.put(&format!("r:{number}"), Json::of(&bare), Timestamp(0));
        }
        let space_id = fixture.space("crm_chain").space_id;
        fixture.store.pstate().write(space_id.into(), &changes).unwrap();
        let projection = Projection::new(fixture.store.pstate(), space_id);
        for key in ["e:0", "r:0"] {
            let error = projection.get_resolved(key, Depth::All).unwrap_err();
            assert_eq!(error.kind(), "too_deep", "{error}");
            assert!(projection.get_resolved(key, Depth::Levels(3)).unwrap().is_some());
        }
        let path = |steps| format!("e:0{}", ".next".repeat(steps)).parse::<Path>();
        let error = projection.value_at(&path(99).unwrap()).unwrap_err();
        assert_eq!(error.kind(), "too_deep", "{error}");
        assert_eq!(path(9_000).unwrap_err().kind(), "malformed_path");
        look_around(&fixture.store);
    }
}

#[test]
fn the_keys_of_the_corpus_survive_storing_paging_references_and_export() {
    for fixture in [Fixture::memory(), Fixture::one_file(), Fixture::two_files()] {
        let mut keys = texts("key");
        keys.sort();
        keys.dedup();
        check(&fixture.store, "odd", &keys);
        for (number, key) in keys.into_iter().enumerate() {
            fixture
                .store
                .pstate()
                .put(SpaceId(1).into(), &key, Json::of(&json!(number)), Timestamp(0))
                .unwrap();
        }
        look_around(&fixture.store);
    }
}

#[test]
fn changed_keys_survive_storing_paging_references_and_export() {
    let stores = [Fixture::memory(), Fixture::one_file(), Fixture::two_files()];
    let mut runner =
        TestRunner::new(Config { cases: cases(150), failure_persistence: None, ..Config::default() });
    runner
        .run(&some("key", 40_000, 9), |mut keys| {
            keys.sort();
            keys.dedup();
            stores.iter().for_each(|fixture| check(&fixture.store, "odd", &keys));
            Ok(())
        })
        .unwrap();
}

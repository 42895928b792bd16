//! Tests of rows that only SQL can create: invalid text is shown with replacements, and no loop runs
//! forever.

use std::collections::BTreeSet;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::{ContentStore, Direction, Json, Page, Result, SpaceId, Store, Timestamp};
use rusqlite::Connection;

use super::corpus::no_texts;
use super::shown::{look_around, run_everything};
use crate::support::add_contact;
use crate::support::program::Sandbox;

fn put(store: &Store, key: &str) {
    store.pstate().put(SpaceId(1).into(), key, Json::from_stored("1".to_owned()), Timestamp(0)).unwrap();
}

/// Returns a sandbox with a tenant whose projection has keys that are not valid UTF-8.
fn with_keys() -> Sandbox {
    let sandbox = Sandbox::with_contacts();
    let store = sandbox.store();
    let file = Connection::open(sandbox.db()).unwrap();
    for key in no_texts("key") {
        put(&store, "planted");
        let sql = "UPDATE projection_entities SET key = CAST(?1 AS TEXT) WHERE key = 'planted'";
        assert_eq!(file.execute(sql, [key]).unwrap(), 1);
    }
    sandbox
}

/// Returns a sandbox with a tenant whose events and values are not valid UTF-8.
fn with_payloads() -> Sandbox {
    let sandbox = Sandbox::with_contacts();
    let store = sandbox.store();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    let file = Connection::open(sandbox.db()).unwrap();
    for (number, payload) in no_texts("payload").iter().enumerate() {
        crm.execute(add_contact(&format!("p{number}"))).unwrap();
        put(&store, &format!("planted{number}"));
        let sql = "UPDATE event_log SET payload = CAST(?1 AS TEXT) WHERE payload LIKE ?2";
        assert_eq!(file.execute(sql, (payload, format!("%\"p{number}\"%"))).unwrap(), 1);
        let sql = "UPDATE projection_entities SET value = CAST(?1 AS TEXT) WHERE key = ?2";
        assert_eq!(file.execute(sql, (payload, format!("planted{number}"))).unwrap(), 1);
    }
    sandbox
}

/// Reads the pages of a projection to the end, or to an error.
fn walk(store: &Store, limit: usize, direction: Direction) -> Result<usize> {
    let mut after: Option<String> = None;
    let mut seen = BTreeSet::new();
    loop {
        let page = store.pstate().scan(SpaceId(1).into(), "", Page { after, limit, direction })?;
        for entry in &page {
            assert!(seen.insert(entry.key.clone()), "{:?} was read twice", entry.key);
        }
        if page.len() < limit {
            return Ok(seen.len());
        }
        after = page.into_iter().next_back().map(|entry| entry.key);
    }
}

#[test]
fn an_invalid_utf8_key_is_reported_when_read_and_removed_by_a_rebuild() {
    let sandbox = with_keys();
    let store = sandbox.store();
    for (limit, direction) in
        [1, 2, 5, 99].into_iter().flat_map(|it| [(it, Direction::Forward), (it, Direction::Backward)])
    {
        let error = walk(&store, limit, direction).unwrap_err();
        assert!(error.kind() == "corrupt" && error.to_string().contains("rebuild"), "{error}");
    }
    assert_eq!(store.pstate().scan(SpaceId(1).into(), "contact:", Page::forward(None, 99)).unwrap().len(), 2);
    run_everything(&sandbox);
    look_around(&store);
    let checked = sandbox.run("check --json");
    assert_eq!((checked.code, checked.objects()[0]["remedy"].as_str()), (1, Some("rebuild")), "{checked:?}");
    sandbox.run("rebuild crm_acme").done();
    assert_eq!(walk(&store, 2, Direction::Forward).unwrap(), 3);
    sandbox.run("check --deep").done();
}

#[test]
fn an_invalid_utf8_payload_is_shown_with_replacements_and_found_by_a_check() {
    let sandbox = with_payloads();
    run_everything(&sandbox);
    look_around(&sandbox.store());
    let found = sandbox.run("check --json").objects();
    assert!(found.len() >= no_texts("payload").len(), "{found:?}");
    let export = sandbox.run("export crm_acme --output acme.jsonl --json");
    assert_eq!(export.json_error()["kind"], "export_damaged", "{export:?}");
    assert!(!sandbox.path("acme.jsonl").exists());
}

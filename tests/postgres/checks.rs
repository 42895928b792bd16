//! Checks of a database that another program has changed, and what an engine leaves to its server.

use std::ops::ControlFlow;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::content_store::Apps;
use ramax::engines::postgres::DatabaseUrl;
use ramax::operations::{CheckOptions, Finding, check, check_and_repair};
use ramax::testing::conformance::samples::add_contact;
use ramax::{ContentStore, OpenOptions, Store};

use crate::server::{administer, new_address};

fn crm() -> (DatabaseUrl, Store, ContentStore) {
    let url = new_address();
    let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    for id in ["c1", "c2", "c3"] {
        crm.execute(add_contact(id)).unwrap();
    }
    (url, store, crm)
}

/// Checks a store, and returns its findings and notes in words.
fn findings(store: &Store, repair: bool) -> Vec<String> {
    let (problems, notes) = checked(store, repair);
    problems.into_iter().chain(notes).collect()
}

/// Checks a store, and returns its findings in words.
pub fn problems(store: &Store, repair: bool) -> Vec<String> {
    checked(store, repair).0
}

fn checked(store: &Store, repair: bool) -> (Vec<String>, Vec<String>) {
    let (apps, options) = (Apps::standard(), CheckOptions { deep: true, is_running: &|_| false });
    let watch = &mut |_| ControlFlow::Continue(());
    let left = match repair {
        true => check_and_repair(store, &apps, options, watch).unwrap().left,
        false => check(store, &apps, options, watch).unwrap(),
    };
    assert!(left.left_to_others().is_some_and(|note| note.contains("pg_amcheck")));
    let words = |found: &[Finding]| {
        let words = found.iter().flat_map(Finding::words);
        words.map(|words| format!("{} {}", words.subject, words.text)).collect()
    };
    (words(&left.findings), words(&left.notes))
}

#[test]
fn a_check_finds_what_another_program_changed_and_repairs_what_can_be_derived() {
    let (url, store, crm) = crm();
    assert_eq!(findings(&store, false), Vec::<String>::new());
    for (change, is_repaired) in [
        ("UPDATE {}.space_sequences SET last_sequence = 9", true),
        ("SELECT setval('{}.event_ids', 1)", true),
        ("UPDATE {}.store SET last_space_id = 0", true),
        ("INSERT INTO {}.subscription_positions VALUES (1, 77, 1)", true),
        ("UPDATE {}.projection_checkpoints SET entities = 9", false),
        ("DELETE FROM {}.projection_entities WHERE key = 'contact:c2'", false),
        ("UPDATE {}.event_log SET payload = replace(payload, 'Ada', 'Eve') WHERE space_sequence = 2", false),
    ] {
        administer(&change.replace("{}", url.schema()));
        assert!(!findings(&store, false).is_empty(), "{change}");
        let left = findings(&store, true);
        assert_eq!(left.is_empty(), is_repaired, "{change}: {left:?}");
    }
    assert_eq!(crm.event_count().unwrap(), 3);
}

#[test]
fn a_check_names_objects_of_other_programs() {
    let (url, store, _) = crm();
    administer(&format!(
        "CREATE TABLE {0}.theirs (id integer);
         CREATE FUNCTION {0}.their_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        url.schema()
    ));
    administer(&format!(
        "CREATE TRIGGER theirs BEFORE INSERT ON {0}.event_log FOR EACH ROW EXECUTE FUNCTION {0}.their_trigger()",
        url.schema()
    ));
    let words = findings(&store, false).join("; ");
    assert!(words.contains("table theirs") && words.contains("trigger theirs on event_log"), "{words}");
}

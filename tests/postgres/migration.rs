//! Tables of an older version.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ramax::apps::Crm;
use ramax::engines::postgres::DatabaseUrl;
use ramax::operations::{CheckOptions, Rebuild, check, keep_going, rebuild};
use ramax::testing::conformance::samples::{START, add_contact};
use ramax::{Apps, ContentStore, OpenOptions, Page, Store};

use crate::server::unsharded;

/// A store of version 1, as `pg_dump` wrote it.
const VERSION_1: &str = include_str!("../files/postgres-1.sql");

/// Restores the store, and returns its address.
fn restored() -> DatabaseUrl {
    let url: DatabaseUrl = unsharded().new_name().parse().unwrap();
    unsharded().administer(&VERSION_1.replace("fixture", url.schema()));
    url
}

fn version(schema: &str) -> i32 {
    unsharded().connect().query_one(&format!("SELECT version FROM {schema}.store"), &[]).unwrap().get(0)
}

/// Returns the columns, indexes, conditions and functions of a schema.
fn layout(schema: &str) -> Vec<String> {
    let sql = "SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, collation_name, column_default)
           FROM information_schema.columns WHERE table_schema = $1
         UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = $1
         UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
           WHERE connamespace = $1::regnamespace
         UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = $1::regnamespace
         ORDER BY 1";
    let sql = sql.replace("$1", &format!("'{schema}'"));
    let rows = unsharded().connect().query(&sql, &[]).unwrap();
    rows.iter().map(|row| row.get::<_, String>(0).replace(schema, "SCHEMA")).collect()
}

#[test]
fn tables_of_version_1_are_migrated_once_whoever_opens_them() {
    let url = restored();
    let stores: Vec<Store> = thread::scope(|scope| {
        let open = || scope.spawn(|| Store::connect(&url, OpenOptions::default()).unwrap());
        let threads = [(); 4].map(|()| open());
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let new: DatabaseUrl = unsharded().new_name().parse().unwrap();
    drop(Store::connect_or_create(&new, OpenOptions::default()).unwrap());
    assert_eq!(version(url.schema()), version(new.schema()));
    assert_eq!(layout(url.schema()), layout(new.schema()));
    let store = &stores[0];
    let crm = ContentStore::open(store, "crm_acme", Arc::new(Crm)).unwrap();
    assert_eq!(crm.event_count().unwrap(), 8);
    crm.execute(add_contact(&"long".repeat(240))).unwrap();
    let options = CheckOptions { deep: true, is_running: &|_| false };
    let checked = check(store, &Apps::standard(), options, &mut keep_going).unwrap();
    assert!(checked.findings.is_empty(), "{:?}", checked.findings);
}

#[test]
fn a_migration_that_fails_changes_nothing() {
    let url = restored();
    let before = layout(url.schema());
    unsharded().administer(&format!("UPDATE {}.space_sequences SET mark = 9", url.schema()));
    let refused = Store::connect(&url, OpenOptions::default()).err().unwrap();
    assert!(
        refused.kind() == "server" && refused.to_string().contains("space_sequences_mark_check"),
        "{refused}"
    );
    assert_eq!((layout(url.schema()), version(url.schema())), (before, 1));
}

#[test]
fn tables_of_version_1_are_read_without_a_migration() {
    let url = restored();
    let before = layout(url.schema());
    let store = Store::connect(&url, OpenOptions { read_only: true, ..OpenOptions::default() }).unwrap();
    let space = store.events().find_space("crm_acme").unwrap().unwrap().space.space_id;
    assert_eq!(store.events().read_space(space, Page::forward(None, 99)).unwrap().len(), 8);
    assert!(store.events().remembered(space, "key-3").unwrap().is_some());
    assert!(store.pstate().get(space.into(), "contact:c9").unwrap().is_some());
    assert_eq!((layout(url.schema()), version(url.schema())), (before, 1));
}

#[test]
fn a_connected_program_writes_nothing_after_another_one_has_migrated_the_tables() {
    let url: DatabaseUrl = unsharded().new_name().parse().unwrap();
    let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    let newer = |schema: &str| format!("UPDATE {schema}.store SET version = 4");
    unsharded().administer(&newer(url.schema()));
    let refused = |error: ramax::Error| {
        let text = error.to_string();
        assert!(
            error.kind() == "server" && text.contains("version 4; this program reads versions up to 3"),
            "{text}"
        );
    };
    for _ in 0..2 {
        refused(crm.execute(add_contact("c2")).unwrap_err());
        refused(store.events().get_or_create_space("crm_new", None, START).unwrap_err());
        refused(rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap_err());
    }
    assert_eq!(crm.event_count().unwrap(), 1);
    // A migration that removes what a read needs is named as well.
    unsharded().administer(&format!("ALTER TABLE {}.spaces RENAME COLUMN metadata TO other", url.schema()));
    refused(Store::connect(&url, OpenOptions::default()).err().unwrap());
    refused(store.events().find_space("crm_new").unwrap_err());
}

#[test]
fn a_migration_waits_for_writers_and_they_for_it() {
    let url = restored();
    let mut other = unsharded().connect();
    let lock = format!(
        "SET search_path TO {}; BEGIN; SELECT pg_advisory_xact_lock_shared(hashtext('ramax writes'), hashtext(current_schema()))",
        url.schema()
    );
    other.batch_execute(&lock).unwrap();
    let options = OpenOptions { busy_timeout: Duration::from_millis(50), ..OpenOptions::default() };
    assert_eq!(Store::connect(&url, options).err().unwrap().kind(), "server");
    assert_eq!(version(url.schema()), 1);
    other.batch_execute("COMMIT").unwrap();
    Store::connect(&url, options).unwrap();
    assert!(version(url.schema()) > 1);
}

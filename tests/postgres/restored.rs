//! A store that `pg_dump` wrote and another server restored.

use std::process::Command;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::delivery::{Effects, Subscriber};
use ramax::engines::postgres::DatabaseUrl;
use ramax::event_store::{Cursor, FeedStream};
use ramax::subscriptions::{Retry, Subscription, SubscriptionChange};
use ramax::testing::conformance::samples::add_contact;
use ramax::{ContentStore, OpenOptions, Store};

use crate::server::{Server, new_address, shared, tool};

/// Lets the server count so many transactions.
const MANY_TRANSACTIONS: &str =
    "DO $$ BEGIN FOR i IN 1..5000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$";

fn emails() -> Subscription {
    Subscription::all_spaces("emails").retrying(Retry::at_once(1))
}

fn crm(store: &Store, name: &str) -> ContentStore {
    ContentStore::open(store, name, Arc::new(Crm)).unwrap()
}

fn delivered(subscriber: &mut Subscriber) -> Vec<String> {
    let mut entities = Vec::new();
    let done = subscriber.deliver_pending(|delivery| {
        entities.push(delivery.event().entity_id.clone());
        Ok(Effects::none())
    });
    done.unwrap();
    entities
}

fn followed(store: &Store, from: Cursor) -> Vec<String> {
    FeedStream::new(store.events(), from, 2).map(|event| event.unwrap().entity_id).collect()
}

/// Restores the tables of a store on another server, and returns its address there.
fn moved(url: &DatabaseUrl, other: &Server) -> DatabaseUrl {
    let dump = Command::new(tool("pg_dump"))
        .args(["--inserts", "--schema", url.schema(), "--username=ramax", "--dbname=postgres", "--host"])
        .arg(shared().directory())
        .output()
        .unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    let sql = String::from_utf8(dump.stdout).unwrap();
    // Without the commands of `psql`.
    other.administer(&sql.lines().filter(|line| !line.starts_with('\\')).collect::<Vec<_>>().join("\n"));
    let name = other.new_name();
    let (address, _) = name.split_once('?').unwrap();
    format!("{address}?schema={}", url.schema()).parse().unwrap()
}

#[test]
fn a_store_that_was_restored_on_another_server_is_followed_from_there() {
    let url = new_address();
    let original = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    // The original's server has counted more transactions than the other one.
    shared().administer(MANY_TRANSACTIONS);
    crm(&original, "crm_acme").execute(add_contact("c1")).unwrap();
    let mut subscriber = original.subscribe(&emails()).unwrap();
    assert_eq!(delivered(&mut subscriber), ["c1"]);
    crm(&original, "crm_acme").execute(add_contact("c2")).unwrap();
    let cursor = original.events().end().unwrap();

    let server = Server::start(&[]);
    let url = moved(&url, &server);
    let read_only = OpenOptions { read_only: true, ..OpenOptions::default() };
    let reader = Store::connect(&url, read_only).unwrap();
    assert_eq!(reader.events().incarnation().unwrap(), None);
    assert_eq!(followed(&reader, reader.events().start().unwrap()), ["c1", "c2"]);

    let store = Store::connect(&url, OpenOptions::default()).unwrap();
    let incarnation = store.events().incarnation().unwrap();
    assert!(incarnation.is_some() && incarnation != original.events().incarnation().unwrap());
    assert_eq!(store.events().read_after(&cursor, 1).unwrap_err().kind(), "invalid_cursor");
    let end = store.events().end().unwrap();
    assert_eq!(followed(&store, store.events().start().unwrap()), ["c1", "c2"]);
    // In a space with events of the original and in a new one.
    crm(&store, "crm_acme").execute(add_contact("c3")).unwrap();
    crm(&store, "crm_new").execute(add_contact("n1")).unwrap();
    crm(&store, "crm_acme").execute(add_contact("c4")).unwrap();
    assert_eq!(followed(&store, end.clone()), ["c3", "n1", "c4"]);
    assert_eq!(followed(&reader, end), ["c3", "n1", "c4"]);

    // The original may have delivered c2 since.
    let mut subscriber = store.subscribe(&emails()).unwrap();
    let suspended = subscriber.deliver_pending(|_| Ok(Effects::none())).unwrap_err();
    assert_eq!(suspended.kind(), "subscription_suspended");
    store.events().change_subscription("emails", &SubscriptionChange::Resume).unwrap();
    assert_eq!(delivered(&mut subscriber), ["c2", "c3", "c4", "n1"]);

    let again = Store::connect(&url, OpenOptions::default()).unwrap();
    assert_eq!(again.events().incarnation().unwrap(), incarnation);
}

#[test]
fn a_restored_store_that_cannot_be_written_is_read() {
    let url = new_address();
    let original = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    crm(&original, "crm_acme").execute(add_contact("c1")).unwrap();
    let server = Server::start(&[]);
    let url = moved(&url, &server);
    let schema = url.schema();
    server.administer(&format!(
        "CREATE ROLE guest LOGIN; GRANT USAGE ON SCHEMA {schema} TO guest;
         GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO guest;
         GRANT SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO guest;
         CREATE ROLE reader LOGIN IN ROLE ramax; ALTER ROLE reader SET default_transaction_read_only TO on;
         ALTER ROLE reader SET role TO ramax"
    ));
    for user in ["guest", "reader"] {
        let name = format!("{}?schema={schema}", server.new_name().split_once('?').unwrap().0);
        let url: DatabaseUrl = name.replace("ramax@", &format!("{user}@")).parse().unwrap();
        for _ in 0..2 {
            let store = Store::connect(&url, OpenOptions::default()).unwrap();
            assert!(store.is_read_only() && store.cannot_write(), "{user}");
            let crm = crm(&store, "crm_acme");
            assert_eq!(Crm::contact_count(&crm).unwrap(), 1);
            assert_eq!(crm.execute(add_contact("c2")).unwrap_err().kind(), "read_only");
            assert!(store.reconnect().unwrap().cannot_write());
        }
    }
    let writer = Store::connect(&url, OpenOptions::default()).unwrap();
    assert!(!writer.cannot_write());
    crm(&writer, "crm_acme").execute(add_contact("c2")).unwrap();
}

#[test]
fn a_store_of_an_older_version_that_was_restored_on_another_server_is_followed_from_there() {
    let server = Server::start(&[]);
    let sql = include_str!("../files/postgres-1.sql").replace("fixture", "restored");
    server.administer(&sql);
    server.administer("UPDATE restored.event_log SET commit_order = commit_order + 100000");
    server.administer(
        "UPDATE restored.space_sequences SET last_order = last_order + 100000 WHERE last_order > 0",
    );
    let name = server.new_name();
    let url: DatabaseUrl = format!("{}?schema=restored", name.split_once('?').unwrap().0).parse().unwrap();
    let store = Store::connect(&url, OpenOptions::default()).unwrap();
    let end = store.events().end().unwrap();
    assert_eq!(followed(&store, store.events().start().unwrap()).len(), 8);
    crm(&store, "crm_acme").execute(add_contact("later")).unwrap();
    assert_eq!(followed(&store, end), ["later"]);
}

#[test]
fn a_connection_that_leads_to_another_store_is_refused() {
    let (url, other) = (new_address(), new_address());
    let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    drop(Store::connect_or_create(&other, OpenOptions::default()).unwrap());
    shared().administer(&format!(
        "ALTER SCHEMA {0} RENAME TO {0}_before; ALTER SCHEMA {1} RENAME TO {0};
         SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '{0}'",
        url.schema(),
        other.schema()
    ));
    let refused = store.events().totals().unwrap_err();
    assert_eq!(refused.kind(), "server");
    assert!(refused.to_string().contains("another store has taken its place"), "{refused}");
}

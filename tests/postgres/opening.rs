//! Connecting to a database.

use ramax::engines::postgres::DatabaseUrl;
use ramax::testing::conformance::samples::{START, append, numbered};
use ramax::{OpenOptions, Store};

use crate::server::{administer, new_address};

fn refused_as(kind: &str, opened: ramax::Result<Store>) -> String {
    let error = opened.err().unwrap();
    assert_eq!((error.kind(), error.hint().is_some()), (kind, true), "{error}");
    error.to_string()
}

#[test]
fn a_store_is_created_once_and_only_on_request() {
    let url = new_address();
    let missing = Store::connect(&url, OpenOptions::default()).err().unwrap();
    assert!(missing.to_string().contains("there is no store in the schema"), "{missing}");
    assert!(missing.hint().unwrap().contains("the first command that writes"), "{missing}");
    let opened: Vec<Store> = std::thread::scope(|scope| {
        let open = || scope.spawn(|| Store::connect_or_create(&url, OpenOptions::default()).unwrap());
        let threads = [(); 4].map(|()| open());
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let ids: Vec<_> = opened.iter().map(|store| store.events().store_id().unwrap()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
}

#[test]
fn tables_of_a_newer_version_are_refused() {
    let url = new_address();
    drop(Store::connect_or_create(&url, OpenOptions::default()).unwrap());
    administer(&format!("UPDATE {}.store SET version = 99", url.schema()));
    let newer = Store::connect_or_create(&url, OpenOptions::default()).err().unwrap();
    assert!(newer.to_string().contains("version 99; this program reads versions up to 3"), "{newer}");
    assert_eq!(newer.hint().unwrap(), "use the later version of the program");
}

#[test]
fn a_store_that_is_opened_read_only_is_read_and_never_written() {
    let url = new_address();
    let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    let space = store.events().get_or_create_space("a", None, START).unwrap().space_id;
    append(store.events(), space, &numbered(2));
    let reader = Store::connect(&url, OpenOptions { read_only: true, ..OpenOptions::default() }).unwrap();
    assert!(reader.is_read_only());
    assert_eq!(reader.events().totals().unwrap().events, 2);
    let refused = reader.events().get_or_create_space("b", None, START).unwrap_err();
    assert_eq!(refused.kind(), "read_only");
}

#[test]
fn the_server_refuses_a_mark_that_no_operation_has_set() {
    let url = new_address();
    let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    store.events().get_or_create_space("a", None, START).unwrap();
    for mark in [1, 2, 3, 4, 9, -1] {
        let schema = url.schema();
        administer(&format!(
            "DO $$ BEGIN UPDATE {schema}.space_sequences SET mark = {mark}; RAISE EXCEPTION 'accepted';
             EXCEPTION WHEN check_violation THEN NULL; END $$"
        ));
    }
    assert!(store.events().find_space("a").unwrap().is_some());
}

#[test]
fn each_of_several_hosts_is_named_with_its_port_and_its_reason() {
    let url = "postgres://ramax@127.0.0.1:1,127.0.0.1:2/x?sslmode=disable".parse().unwrap();
    let message = refused_as("unreachable", Store::connect(&url, OpenOptions::default()));
    for place in ["127.0.0.1:1: no server", "127.0.0.1:2: no server"] {
        assert!(message.contains(place), "{message}");
    }
}

#[test]
fn a_refusal_names_the_database_but_not_its_password() {
    let url: DatabaseUrl =
        "postgres://ada:secret@localhost:1/tenants?connect_timeout=2&sslmode=disable".parse().unwrap();
    let message = refused_as("unreachable", Store::connect(&url, OpenOptions::default()));
    assert!(
        message.contains("postgres://ada@localhost:1/tenants") && !message.contains("secret"),
        "{message}"
    );
}

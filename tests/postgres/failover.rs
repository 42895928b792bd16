//! A replica that takes over without the last transactions of its server, and gives their numbers to others.

use std::sync::Arc;

use ramax::apps::Crm;
use ramax::engines::postgres::DatabaseUrl;
use ramax::event_store::{Access, WriteSet};
use ramax::testing::conformance::samples::{START, add_contact, append, numbered};
use ramax::{ContentStore, Event, Store};

use crate::faults::options;
use crate::proxy::{Cut, Proxy};
use crate::replica::await_replay_of;
use crate::server::{Server, is_sharded};

/// Counts more transactions than the other server has counted since, all of them committed.
const TRANSACTIONS: &str =
    "DO $$ BEGIN FOR i IN 1..50 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$";

/// A store behind a proxy, whose server has a replica that has just taken over.
fn taken_over() -> (Proxy, Store, Store, [Server; 2]) {
    let server = Server::start(&[]);
    let name = server.new_name();
    let parameters = name.split_once('?').unwrap().1.to_owned();
    let proxy = Proxy::start(&server.socket());
    drop(Store::connect_or_create(&name.parse().unwrap(), options()).unwrap());
    let through: DatabaseUrl =
        format!("postgres://ramax@{}/postgres?sslmode=disable&{parameters}", proxy.address).parse().unwrap();
    let store = Store::connect(&through, options()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    let replica = server.replica();
    await_replay_of(&server, &replica);
    replica.administer("SELECT pg_promote()");
    replica.administer(TRANSACTIONS);
    let address = replica.new_name();
    let there = format!("{}?{parameters}", address.split_once('?').unwrap().0);
    let there = Store::connect(&there.parse().unwrap(), options()).unwrap();
    (proxy, store, there, [server, replica])
}

#[test]
fn a_commit_is_not_taken_for_done_because_another_server_has_given_its_number_to_another_transaction() {
    if is_sharded() {
        return;
    }
    let (proxy, store, there, [_server, replica]) = taken_over();
    let space = there.events().find_space("crm_acme").unwrap().unwrap().space.space_id;
    // Without events, nothing tells what has become of it.
    proxy.cut_at_commit(Cut::Before);
    proxy.redirect(&replica.socket());
    let created = store.events().get_or_create_space("b", None, START).map(drop);
    assert!(proxy.was_cut());
    assert_eq!(created.unwrap_err().kind(), "outcome_unknown");
    assert!(there.events().find_space("b").unwrap().is_none());
    assert_eq!(store.events().space(space).unwrap().unwrap().space.space_name, "crm_acme");
}

#[test]
fn an_event_is_not_taken_for_stored_because_another_one_has_its_place_and_its_id() {
    if is_sharded() {
        return;
    }
    let (proxy, store, there, [_server, replica]) = taken_over();
    let space = there.events().find_space("crm_acme").unwrap().unwrap().space.space_id;
    let unit = store.begin(space, Access::Open).unwrap();
    let mut tail = unit.tail();
    let late: Vec<Event> = numbered(2).into_iter().skip(1).map(|new| tail.place(space, new, START)).collect();
    let other = append(there.events(), space, &numbered(1));
    assert_eq!(other[0].space_sequence, late[0].space_sequence);
    replica.administer(&format!(
        "UPDATE {}.event_log SET event_id = {} WHERE event_id = {}",
        schema(&there),
        late[0].event_id.0,
        other[0].event_id.0
    ));
    proxy.cut_at_commit(Cut::Before);
    proxy.redirect(&replica.socket());
    let lost = unit.commit(&WriteSet { events: &late, ..WriteSet::default() }).unwrap_err();
    assert!(proxy.was_cut());
    assert_eq!(lost.kind(), "connection_lost", "{lost}");
}

fn schema(store: &Store) -> String {
    let address = store.address().unwrap();
    address.split_once("schema=").unwrap().1.to_owned()
}

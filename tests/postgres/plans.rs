//! Plans of the server, which must not depend on the statistics of a table: a new one has none.

use std::sync::Arc;
use std::thread;

use ramax::apps::Crm;
use ramax::pstate::ProjectionId;
use ramax::testing::conformance::samples::add_contact;
use ramax::{Command, ContentStore, Json, OpenOptions, Page, Request, Store};

use crate::server::unsharded;

/// Returns the number of entries of projections that the server has read so far through an index.
fn entries_read(schema: &str) -> i64 {
    let sql = "SELECT coalesce(sum(idx_tup_read), 0)::bigint FROM pg_stat_user_indexes
         WHERE schemaname = $1 AND relname = 'projection_entities'";
    unsharded().connect().query_one(sql, &[&schema]).unwrap().get(0)
}

/// Waits until no connection of a store remains: the server counts what it has read when a connection ends, at the latest.
fn wait_for_the_end_of(connections: &str) {
    let mut server = unsharded().connect();
    let sql = "SELECT 1 FROM pg_stat_activity WHERE application_name = $1";
    while !server.query(sql, &[&connections]).unwrap().is_empty() {
        thread::yield_now();
    }
}

#[test]
fn without_statistics_the_server_reads_only_the_entries_that_are_asked_for() {
    let address = unsharded().new_name();
    // The address names the connections like the schema.
    let schema = address.rsplit_once('=').unwrap().1.to_owned();
    let open = || {
        let store = Store::connect_or_create(&address.parse().unwrap(), OpenOptions::default()).unwrap();
        ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap()
    };
    let batch: Vec<Request> = (1000..3000).map(|id| add_contact(&format!("c{id}")).into()).collect();
    open().execute_batch(&batch).unwrap();
    wait_for_the_end_of(&schema);
    let crm = open();
    let before = entries_read(&schema);
    for id in 0..10 {
        let (renamed, other) = (format!("c{}", 1500 + id), format!("contact:c{}", 2500 + id));
        let rename = Command::new("update-contact").with("contact_id", &renamed).with("name", "Grace");
        crm.execute(rename).unwrap();
        crm.execute(add_contact(&format!("new{id}"))).unwrap();
        assert!(crm.get::<Json>(&other).unwrap().is_some());
        assert_eq!(crm.scan("contact:", Page::forward(Some(other), 10)).unwrap().len(), 10);
        let state = ProjectionId::new(crm.space_id(), "state");
        let keys = ["contact:c1700", "contact:c1800", "contact:none"];
        assert_eq!(crm.store().pstate().multi_get(state, &keys).unwrap().iter().flatten().count(), 2);
    }
    drop(crm);
    wait_for_the_end_of(&schema);
    let read = entries_read(&schema) - before;
    assert!((100..600).contains(&read), "{read} entries");
}

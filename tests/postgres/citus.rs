//! Tables that are sharded by space, where the server has the Citus extension.
//!
//! The tests of this binary run a second time, on the coordinator of a cluster (`server::is_sharded`). What holds only there
//! has its tests here.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ramax::apps::Crm;
use ramax::engines::postgres::DatabaseUrl;
use ramax::event_store::FeedStream;
use ramax::testing::conformance::samples::{START, add_contact, append, numbered};
use ramax::{Append, ContentStore, Event, Expected, OpenOptions, SpaceId, Store};
use rustix::process::Signal;

use crate::checks::problems;
use crate::faults::{options, sequences};
use crate::program::done;
use crate::server::{SHARDED, Server, administer, is_sharded, new_address, new_name, shared};

/// The parts whose tests run on shards as well. The others have servers of their own, or are about layouts of one server.
const PARTS: [&str; 13] = [
    "callers::",
    "checks::",
    "citus::",
    "conformance::",
    "console::",
    "faults::",
    "hosts::",
    "imports::",
    "opening::",
    "processes::",
    "program::",
    "restored::",
    "round_trips::",
];

#[test]
fn what_holds_on_one_server_holds_on_shards() {
    if is_sharded() || !shared().has_citus() {
        return;
    }
    let again =
        Command::new(std::env::current_exe().unwrap()).args(PARTS).env(SHARDED, "1").output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&again.stdout), String::from_utf8_lossy(&again.stderr));
    assert!(again.status.success(), "{out}{err}");
}

/// Returns the number of the worker that holds the shard of a space.
fn node_of(schema: &str, space: SpaceId, server: &Server) -> usize {
    let sql = format!(
        "SELECT nodename FROM pg_dist_shard_placement
         WHERE shardid = get_shard_id_for_distribution_column('{schema}.event_log', {}::bigint)",
        space.0
    );
    let name: String = server.connect().query_one(&sql, &[]).unwrap().get(0);
    server.workers().iter().position(|worker| worker.directory().to_str() == Some(&name)).unwrap()
}

#[test]
fn the_tables_of_spaces_are_sharded_and_colocated() {
    if !is_sharded() {
        return;
    }
    let url = new_address();
    drop(Store::connect_or_create(&url, OpenOptions::default()).unwrap());
    let sql = "SELECT count(*), count(DISTINCT colocationid) FROM pg_dist_partition JOIN pg_class ON pg_class.oid = logicalrelid
         WHERE partmethod = 'h' AND relnamespace = to_regnamespace($1)";
    let row = shared().connect().query_one(sql, &[&url.schema()]).unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (10, 1));
}

/// Creates a store in a cluster, with this number of tenants.
fn tenants_of(cluster: &Server, count: usize) -> (DatabaseUrl, Store, Vec<ContentStore>) {
    let url: DatabaseUrl = cluster.new_name().parse().unwrap();
    let store = Store::connect_or_create(&url, options()).unwrap();
    let open = |name: &str| ContentStore::open(&store, name, Arc::new(Crm)).unwrap();
    let spaces = (0..count).map(|number| open(&format!("crm_{number}"))).collect();
    (url, store, spaces)
}

#[test]
fn a_space_needs_no_other_node_than_that_of_its_shard() {
    if !is_sharded() {
        return;
    }
    let cluster = Server::start_cluster(&[]);
    let (url, _store, spaces) = tenants_of(&cluster, 12);
    for crm in &spaces {
        crm.execute(add_contact("c1")).unwrap();
    }
    let node = |crm: &ContentStore| node_of(url.schema(), crm.space_id(), &cluster);
    assert_eq!(spaces.iter().map(node).collect::<BTreeSet<_>>().len(), 2, "both nodes have shards");
    cluster.workers()[1].end(Signal::INT);
    for crm in &spaces {
        let executed = crm.execute(add_contact("c2"));
        match node(crm) {
            0 => drop(executed.unwrap()),
            _ => assert_eq!(executed.unwrap_err().kind(), "connection_lost"),
        }
    }
    cluster.workers()[1].revive();
    for crm in spaces.iter().filter(|crm| node(crm) == 1) {
        assert_eq!(crm.execute(add_contact("c2")).unwrap().space_sequence.0, 2);
        assert_eq!(Crm::contact_count(crm).unwrap(), 2);
    }
}

#[test]
fn a_node_that_crashes_and_comes_back_keeps_what_was_acknowledged_and_followers_miss_nothing() {
    if !is_sharded() {
        return;
    }
    let cluster = Server::start_cluster(&[]);
    let (url, store, spaces) = tenants_of(&cluster, 6);
    let follower = Store::connect(&url, options()).unwrap();
    let mut cursor = follower.events().start().unwrap();
    let mut followed = BTreeSet::new();
    let mut acknowledged = BTreeSet::new();
    for round in 0..3 {
        thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let mut done = Vec::new();
                for number in 0.. {
                    let crm = &spaces[number % spaces.len()];
                    match crm.execute(add_contact(&format!("{round}-{number}"))) {
                        Ok(answer) => done.push((crm.space_id(), answer.space_sequence.0)),
                        Err(_) => break,
                    }
                }
                done
            });
            let mut seen = 0;
            while seen < 30 && !writer.is_finished() {
                if let Ok((events, after)) = follower.events().read_after(&cursor, 5) {
                    seen += events.len();
                    followed.extend(events.iter().map(|event| (event.space_id, event.space_sequence.0)));
                    cursor = after;
                }
            }
            cluster.workers()[round % 2].end(Signal::QUIT);
            acknowledged.extend(writer.join().unwrap());
        });
        cluster.workers()[round % 2].revive();
        // A commit that the coordinator has made, and whose answer was lost, is repaired.
        while !acknowledged.is_subset(&followed) {
            let (events, after) = follower.events().read_after(&cursor, 100).unwrap();
            followed.extend(events.iter().map(|event| (event.space_id, event.space_sequence.0)));
            cursor = after;
        }
    }
    assert!(acknowledged.len() >= 30);
    for crm in &spaces {
        crm.execute(add_contact("last")).unwrap();
    }
    let rest = FeedStream::new(follower.events(), cursor, 100).map(Result::unwrap);
    followed.extend(rest.map(|event| (event.space_id, event.space_sequence.0)));
    for crm in &spaces {
        let stored = sequences(&store, crm.space_id());
        assert_eq!(stored, (1..=stored.len() as u64).collect::<Vec<_>>());
        assert!(stored.iter().all(|sequence| followed.contains(&(crm.space_id(), *sequence))));
        assert_eq!(Crm::contact_count(crm).unwrap(), stored.len() as u64);
    }
}

/// A store with a space whose shard does not show the second of its events, and a later event in another space.
fn lagging() -> (Store, String, String) {
    let name = new_name();
    let url: DatabaseUrl = name.parse().unwrap();
    let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    let [a, b] =
        ["a", "b"].map(|name| store.events().get_or_create_space(name, None, START).unwrap().space_id);
    let schema = url.schema();
    append(store.events(), a, &numbered(1));
    let sql = format!(
        "SELECT last_event_id, last_timestamp, payload_bytes, last_order FROM {schema}.space_sequences WHERE space_id = 1"
    );
    let row = shared().connect().query_one(&sql, &[]).unwrap();
    let [id, time, bytes, order] = [0, 1, 2, 3].map(|column| row.get::<_, i64>(column));
    for space in [a, b] {
        append(store.events(), space, &numbered(1));
    }
    administer(&format!(
        "SET search_path TO {schema}; CREATE TABLE hidden AS SELECT * FROM event_log WHERE space_id = 1 AND space_sequence = 2;
         DELETE FROM event_log WHERE space_id = 1 AND space_sequence = 2;
         UPDATE space_sequences SET last_sequence = 1, last_event_id = {id}, last_timestamp = {time}, payload_bytes = {bytes},
           last_order = {order} WHERE space_id = 1"
    ));
    let options = OpenOptions { busy_timeout: Duration::from_millis(200), ..OpenOptions::default() };
    (Store::connect(&url, options).unwrap(), schema.to_owned(), name)
}

#[test]
fn a_follower_waits_for_a_shard_that_shows_a_commit_later() {
    if !is_sharded() {
        return;
    }
    let (store, schema, _) = lagging();
    let start = store.events().start().unwrap();
    let (events, cursor) = store.events().read_after(&start, 9).unwrap();
    assert_eq!(events.iter().map(|event| event.event_id.0).collect::<Vec<_>>(), [1]);
    assert_eq!(store.events().end().unwrap(), cursor);
    administer(&format!(
        "SET search_path TO {schema}; INSERT INTO event_log SELECT * FROM hidden; DROP TABLE hidden;
         UPDATE space_sequences SET last_sequence = 2 WHERE space_id = 1"
    ));
    let (events, _) = store.events().read_after(&cursor, 9).unwrap();
    assert_eq!(events.iter().map(|event| event.event_id.0).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn a_node_that_was_restored_from_an_older_copy_is_not_written_to() {
    if !is_sharded() {
        return;
    }
    let (store, ..) = lagging();
    let events = store.events();
    let space = events.find_space("a").unwrap().unwrap().space.space_id;
    let new = numbered(1);
    let append = Append { expected: Expected::Any, now: START, events: &new };
    let refused = events.append(space, append).unwrap_err();
    assert_eq!(refused.kind(), "corrupt", "{refused}");
    assert!(refused.to_string().contains("a node may have been restored"), "{refused}");
}

#[test]
fn a_follower_learns_which_shard_lacks_events_and_a_check_how_to_continue_without_them() {
    if !is_sharded() {
        return;
    }
    let (store, _, name) = lagging();
    let (found, cursor) = store.events().read_after(&store.events().start().unwrap(), 9).unwrap();
    assert_eq!(found.len(), 1);
    let refused = loop {
        match store.events().read_after(&cursor, 9) {
            Ok((events, _)) => assert_eq!(events, []),
            Err(error) => break error,
        }
    };
    assert_eq!((refused.kind(), refused.hint().is_some()), ("held_back", true), "{refused}");
    assert!(refused.to_string().contains("space #1 ends at event 1, and event 2 is committed"), "{refused}");
    for repair in [false, true] {
        let found = problems(&store, repair);
        let [finding] = &found[..] else { panic!("{found:?}") };
        assert!(finding.contains("ends at event 1, although event 2 is committed"), "{finding}");
        assert!(finding.contains("export the space, delete it and import it again"), "{finding}");
    }
    let home = tempfile::tempdir().unwrap();
    let exported = done(&home, &name, "export a", b"");
    done(&home, &name, "spaces delete a --confirm a", b"");
    done(&home, &name, "import -", exported.as_bytes());
    assert_eq!(problems(&store, false), Vec::<String>::new());
    let rest: Vec<Event> = FeedStream::new(store.events(), cursor, 9).map(Result::unwrap).collect();
    assert_eq!(rest.len(), 2, "the event of the other space, and the one that was imported: {rest:?}");
    let space = store.events().find_space("a").unwrap().unwrap().space.space_id;
    append(store.events(), space, &numbered(1));
}

#[test]
fn a_coordinator_that_was_restored_from_an_older_copy_learns_the_ends_of_its_shards() {
    if !is_sharded() {
        return;
    }
    let url = new_address();
    let before = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    let [a, b] =
        ["a", "b"].map(|name| before.events().get_or_create_space(name, None, START).unwrap().space_id);
    for space in [a, a, b] {
        append(before.events(), space, &numbered(1));
    }
    // The coordinator had reached higher numbers of transactions before.
    administer(&format!(
        "SET search_path TO {};
         UPDATE event_log SET commit_order = commit_order + 100000 WHERE space_id = 1;
         UPDATE space_sequences SET last_order = last_order + 100000 WHERE space_id = 1;
         UPDATE space_ends SET last_sequence = 1, last_event_id = 1 WHERE space_id = 1;
         SELECT setval('event_ids', 1)",
        url.schema()
    ));
    let store = Store::connect(&url, OpenOptions::default()).unwrap();
    let new = numbered(1);
    let append_now = Append { expected: Expected::Any, now: START, events: &new };
    store.events().append(a, append_now).unwrap_err();
    let found = problems(&store, false).join("; ");
    assert!(found.contains("ends at event 2, of which the coordinator knows only event 1"), "{found}");
    assert_eq!(problems(&store, true), Vec::<String>::new());
    let store = Store::connect(&url, OpenOptions::default()).unwrap();
    let end = store.events().end().unwrap();
    let appended: Vec<Event> =
        [b, a].into_iter().flat_map(|space| append(store.events(), space, &numbered(1))).collect();
    assert_eq!(appended.iter().map(|event| event.space_sequence.0).collect::<Vec<_>>(), [2, 3]);
    let followed: Vec<Event> = FeedStream::new(store.events(), end, 9).map(Result::unwrap).collect();
    assert_eq!(followed, appended);
}

#[test]
fn tables_are_created_only_on_a_coordinator_that_its_nodes_know() {
    if !is_sharded() {
        return;
    }
    let refused = |name: String| {
        let opened = Store::connect_or_create(&name.parse().unwrap(), OpenOptions::default());
        opened.err().unwrap().to_string()
    };
    let on_worker = refused(shared().workers()[0].new_name());
    assert!(on_worker.contains("it is a worker of Citus"), "{on_worker}");
    administer("CREATE DATABASE alone");
    let alone = shared().new_name().replace("/postgres?", "/alone?");
    let mut client = postgres::Client::connect(alone.split_once('?').unwrap().0, postgres::NoTls).unwrap();
    client.batch_execute("CREATE EXTENSION citus").unwrap();
    let unknown = refused(alone);
    assert!(unknown.contains("citus_set_coordinator_host"), "{unknown}");
}

#[test]
fn a_space_that_its_shard_does_not_know_is_named_and_followers_wait_until_it_is_deleted() {
    if !is_sharded() {
        return;
    }
    let (store, schema, name) = lagging();
    let tables = ["event_log", "event_types", "space_sequences"];
    let remove = |table: &str| format!("DELETE FROM {schema}.{table} WHERE space_id = 1; ");
    administer(&tables.map(remove).concat());
    let start = store.events().start().unwrap();
    let refused = loop {
        match store.events().read_after(&start, 9) {
            Ok((events, _)) => assert_eq!(events, []),
            Err(error) => break error,
        }
    };
    assert!(refused.to_string().contains("space #1 ends at event 0, and event 2 is committed"), "{refused}");
    let damaged = store.events().find_space("a").unwrap_err();
    assert_eq!(damaged.kind(), "corrupt", "{damaged}");
    let new = numbered(1);
    let append = Append { expected: Expected::Any, now: START, events: &new };
    assert_eq!(store.events().append(SpaceId(1), append).unwrap_err().kind(), "corrupt");
    let crm = ContentStore::open(&store, "crm_other", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    let found = problems(&store, true).join("; ");
    assert!(found.contains("ends at event 0, although event 2 is committed"), "{found}");
    done(&tempfile::tempdir().unwrap(), &name, "spaces delete a --confirm a", b"");
    assert_eq!(problems(&store, false), Vec::<String>::new());
    assert_eq!(FeedStream::new(store.events(), start, 9).map(Result::unwrap).count(), 2);
}

//! A replica, which receives the transactions of a server and only reads.

use ramax::engines::postgres::DatabaseUrl;
use ramax::event_store::{Access, FeedStream, WriteSet};
use ramax::testing::conformance::samples::{START, append, numbered};
use ramax::{Event, OpenOptions, Store};

use crate::server::{Server, unsharded};

/// Waits until the replica shows what the server has committed.
fn await_replay(replica: &Server) {
    await_replay_of(unsharded(), replica);
}

/// The same for the replica of another server.
pub fn await_replay_of(server: &Server, replica: &Server) {
    let sql = "SELECT pg_current_wal_lsn()::text";
    let written: String = server.connect().query_one(sql, &[]).unwrap().get(0);
    let mut client = replica.connect();
    let sql = "SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn";
    while !client.query_one(sql, &[&written]).unwrap().get::<_, bool>(0) {
        std::thread::yield_now();
    }
}

#[test]
fn a_follower_of_a_replica_misses_no_event_and_writes_are_refused() {
    let name = unsharded().new_name();
    let url: DatabaseUrl = name.parse().unwrap();
    let one = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    let other = Store::connect(&url, OpenOptions::default()).unwrap();
    let [a, b] = ["a", "b"].map(|name| one.events().get_or_create_space(name, None, START).unwrap().space_id);
    let replica = unsharded().replica();
    let address = replica.new_name();
    let on_replica = format!("{}?{}", address.split_once('?').unwrap().0, name.split_once('?').unwrap().1);
    let reader = Store::connect(&on_replica.parse().unwrap(), OpenOptions::default()).unwrap();
    let start = reader.events().start().unwrap();
    // Gets its number first, and is committed last.
    let unit = one.begin(a, Access::Open).unwrap();
    let mut tail = unit.tail();
    let late: Vec<Event> = numbered(2).into_iter().map(|new| tail.place(a, new, START)).collect();
    let early = append(other.events(), b, &numbered(1));
    await_replay(&replica);
    assert_eq!(reader.events().read_space(b, ramax::Page::forward(None, 9)).unwrap(), early);
    let (found, cursor) = reader.events().read_after(&start, 9).unwrap();
    assert_eq!((found, &cursor), (vec![], &start), "later events wait");
    unit.commit(&WriteSet { events: &late, ..WriteSet::default() }).unwrap();
    await_replay(&replica);
    let mut followed: Vec<Event> = FeedStream::new(reader.events(), start, 9).map(Result::unwrap).collect();
    followed.sort_by_key(|event| event.event_id);
    assert_eq!(followed, [late, early].concat());
    let refused = reader.events().get_or_create_space("c", None, START).unwrap_err();
    assert_eq!(refused.kind(), "read_only", "{refused}");
}

//! Checks of a store that other threads write to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use ramax::apps::Crm;
use ramax::operations::{DeleteOptions, Rebuild, Summary, Target, delete, keep_going, rebuild, verify};
use ramax::{ContentStore, Store};
use serde_json::Map;

use super::findings::{checked, fill};
use crate::support::recorded::logged;
use crate::support::{Fixture, add_contact, rename_contact};

/// The number of checks made meanwhile.
const CHECKS: usize = 12;

#[test]
fn a_check_of_one_file_in_use_finds_nothing() {
    check_in_use(&Fixture::one_file());
}

#[test]
fn a_check_of_two_files_in_use_finds_nothing() {
    check_in_use(&Fixture::two_files());
}

fn check_in_use(fixture: &Fixture) {
    fill(fixture);
    let over = AtomicBool::new(false);
    let works: [fn(&Store, usize); 3] = [append, rebuild_again, create_and_delete];
    thread::scope(|scope| {
        let workers: Vec<_> = works
            .into_iter()
            .map(|work| {
                let (store, over) = (fixture.other_process(), &over);
                scope.spawn(move || {
                    let mut rounds = 0;
                    while !over.load(Ordering::Relaxed) {
                        work(&store, rounds);
                        rounds += 1;
                    }
                    rounds
                })
            })
            .collect();
        let store = fixture.other_process();
        let found: Vec<_> = (0..CHECKS)
            .map(|number| checked(&store, number % 2 == 0).findings)
            .take_while(Vec::is_empty)
            .collect();
        let big = ContentStore::open(&store, "crm_big", Arc::new(Crm)).unwrap();
        let differences = verify(&big, &mut keep_going).unwrap().differences;
        let last = checked(&store, true).findings;
        over.store(true, Ordering::Relaxed);
        assert!(workers.into_iter().all(|worker| worker.join().unwrap() > 0));
        assert_eq!((found.len(), last, differences), (CHECKS, vec![], vec![]));
    });
    assert_eq!(checked(&fixture.store, true).findings, []);
}

fn append(store: &Store, round: usize) {
    let acme = ContentStore::open(store, "crm_acme", Arc::new(Crm)).unwrap();
    acme.execute(add_contact(&format!("w{round}"))).unwrap();
    acme.execute(rename_contact("c1", &format!("Name {round}"))).unwrap();
}

fn rebuild_again(store: &Store, _: usize) {
    let big = ContentStore::open(store, "crm_big", Arc::new(Crm)).unwrap();
    do_logged(store, "rebuild", &big, || rebuild(&big, Rebuild::default(), &mut keep_going).map(drop));
}

fn create_and_delete(store: &Store, round: usize) {
    let name = format!("crm_short_{round}");
    let short = ContentStore::open(store, &name, Arc::new(Crm)).unwrap();
    for n in 0..5 {
        short.execute(add_contact(&format!("c{n}"))).unwrap();
    }
    do_logged(store, "delete", &short, || {
        delete(store, &name, DeleteOptions::default(), &mut keep_going).map(drop)
    });
}

fn do_logged(
    store: &Store,
    name: &'static str,
    content: &ContentStore,
    work: impl FnOnce() -> ramax::Result<()>,
) {
    logged(store, (name, Target::of(content.space())), Map::new(), work, |()| Summary::done("")).unwrap();
}

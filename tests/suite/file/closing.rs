//! The last handle that is closed leaves no WAL behind.

use std::fs;
use std::sync::Barrier;

use ramax::{OpenOptions, Store};

use crate::support::{Fixture, add_contact};

#[test]
fn handles_that_are_closed_at_the_same_moment_leave_no_wal() {
    for fixture in [Fixture::one_file(), Fixture::two_files()] {
        let location = fixture.store.location().unwrap().clone();
        fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
        let Fixture { store, directory } = fixture;
        drop(store);
        let files = 1 + usize::from(location.projections.is_some());
        for _ in 0..20 {
            let stores = [(); 4].map(|()| Store::open(&location, OpenOptions::default()).unwrap());
            let together = Barrier::new(stores.len());
            std::thread::scope(|scope| {
                for store in stores {
                    scope.spawn(|| {
                        together.wait();
                        drop(store);
                    });
                }
            });
            assert_eq!(fs::read_dir(directory.path()).unwrap().count(), files);
        }
    }
}

#[test]
fn a_handle_that_is_closed_leaves_the_wal_to_another_one() {
    let Fixture { store, directory } = Fixture::one_file();
    let other = store.reconnect().unwrap();
    let count = || fs::read_dir(directory.path()).unwrap().count();
    drop(store);
    assert_eq!(count(), 3);
    drop(other);
    assert_eq!(count(), 1);
}

//! Readers alongside writers: each read sees one consistent state.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use ramax::apps::Crm;
use ramax::operations::{DeleteOptions, Rebuild, delete, keep_going, rebuild};
use ramax::{Command, ContentStore, Page, Store};

use crate::support::sandbox::{Files, Sandbox};

const ROUNDS: usize = 150;

/// Reads repeatedly through a separate connection while `write` works.
fn read_while(files: Files, write: impl FnOnce(&Store) + Send, read: impl Fn(&Store) + Send) {
    let sandbox = Sandbox::new(files);
    sandbox.run("spaces create crm_acme").done();
    for number in 0..3 {
        sandbox.run(&format!("run crm_acme add-contact contact_id=c{number} name=N email=e")).done();
    }
    let (writer, reader) = (sandbox.store(), sandbox.store());
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let writing = scope.spawn(|| {
            write(&writer);
            ended.store(true, Ordering::Relaxed);
        });
        while !ended.load(Ordering::Relaxed) && !writing.is_finished() {
            read(&reader);
        }
    });
}

fn crm(store: &Store, name: &str) -> ContentStore {
    ContentStore::open(store, name, Arc::new(Crm)).unwrap()
}

#[test]
fn a_projection_stays_readable_during_its_rebuilds() {
    for files in [Files::One, Files::Two] {
        let rebuild_often = |store: &Store| {
            for _ in 0..ROUNDS {
                let rebuilt = rebuild(&crm(store, "crm_acme"), Rebuild::default(), &mut keep_going);
                assert_eq!(rebuilt.unwrap().entities, 4 + 7);
            }
        };
        read_while(files, rebuild_often, |store| {
            let content = crm(store, "crm_acme");
            assert_eq!(Crm::contact_count(&content).unwrap(), 3);
            assert_eq!(content.scan("", Page::forward(None, 9)).unwrap().len(), 4);
        });
    }
}

#[test]
fn a_space_being_deleted_is_present_or_gone() {
    for files in [Files::One, Files::Two] {
        let create_and_delete = |store: &Store| {
            for _ in 0..ROUNDS {
                crm(store, "crm_fleeting");
                delete(store, "crm_fleeting", DeleteOptions::default(), &mut keep_going).unwrap();
            }
        };
        read_while(files, create_and_delete, |store| {
            if let Some(record) = store.events().find_space("crm_fleeting").unwrap() {
                store.events().space(record.space.space_id).unwrap();
            }
        });
    }
}

#[test]
fn an_entity_has_each_of_its_events_once_while_the_index_grows() {
    let write_much = |store: &Store| {
        let content = crm(store, "crm_acme");
        for number in 0..5000 {
            let rename =
                Command::new("update-contact").with("contact_id", "c1").with("name", format!("n{number}"));
            let requests: Vec<_> = (0..10).map(|_| rename.clone().into()).collect();
            if number % 10 == 0 {
                content.execute_batch(&requests).unwrap();
            }
        }
    };
    read_while(Files::One, write_much, |store| {
        let space_id = crm(store, "crm_acme").space_id();
        let events = store.events().read_entity(space_id, "c1", Page::backward(None, 1500)).unwrap();
        assert!(events.is_sorted_by(|one, next| one.space_sequence > next.space_sequence));
    });
}

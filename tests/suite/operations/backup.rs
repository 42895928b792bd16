//! Backups.

use std::ops::ControlFlow;
use std::path::PathBuf;

use ramax::delivery::Effects;
use ramax::operations::{DeleteOptions, backup, delete, keep_going};
use ramax::subscriptions::{Start, Subscription, SubscriptionChange};
use ramax::{Apps, Location, OpenOptions, SpaceChange, SpaceId, Store};

use serde_json::json;

use crate::support::{add_contact, event};

use super::{Fixture, START, append, contents, tenants};

fn target(fixture: &Fixture) -> Location {
    let path = |name: &str| fixture.directory.path().join("backup").join(name);
    match fixture.store.location().unwrap().projections {
        None => Location::file(path("b.db")),
        Some(_) => Location::two_files(path("b.db"), path("bp.db")),
    }
}

fn files(fixture: &Fixture) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(fixture.directory.path().join("backup")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn on_files(test: impl Fn(&Fixture)) {
    for fixture in [Fixture::one_file(), Fixture::two_files()] {
        std::fs::create_dir(fixture.directory.path().join("backup")).unwrap();
        test(&fixture);
    }
}

#[test]
fn a_backup_opens_as_a_store_with_the_same_contents() {
    on_files(|fixture| {
        let (crm, cms) = tenants(fixture);
        let target = target(fixture);
        let made = backup(&fixture.store, &Apps::standard(), &target, false, &mut keep_going).unwrap();
        assert_eq!((made.checked.spaces, made.checked.events, made.checked.count()), (2, 80, 0));
        let copy = Store::open(&target, OpenOptions::default()).unwrap();
        for space in [&crm, &cms] {
            assert_eq!(contents(&copy, space.space_id()), contents(&fixture.store, space.space_id()));
        }
    });
}

#[test]
fn a_backup_cancelled_at_any_moment_leaves_no_file() {
    on_files(|fixture| {
        tenants(fixture);
        for last in 0.. {
            let mut asked = 0;
            let mut watch = |_| {
                asked += 1;
                if asked > last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            match backup(&fixture.store, &Apps::standard(), &target(fixture), false, &mut watch) {
                Ok(_) => return assert!(last > 3, "{last}"),
                Err(error) => assert!(error.is_cancelled(), "{error}"),
            }
            assert_eq!(files(fixture), Vec::<PathBuf>::new());
        }
    });
}

#[test]
fn a_backup_under_a_name_that_could_not_be_opened_is_refused() {
    on_files(|fixture| {
        let long = fixture.directory.path().join("backup").join("b".repeat(248));
        let target = match target(fixture) {
            Location { projections: None, .. } => Location::file(long),
            Location { database, .. } => Location::two_files(database, long),
        };
        let refused = backup(&fixture.store, &Apps::standard(), &target, false, &mut keep_going).unwrap_err();
        let told = "its name has 248 bytes; the limit is 247";
        assert!(refused.kind() == "file_not_writable" && refused.to_string().ends_with(told), "{refused}");
        assert_eq!(files(fixture), Vec::<PathBuf>::new());
    });
}

#[test]
fn a_store_in_memory_is_refused() {
    let fixture = Fixture::memory();
    let target = Location::file(fixture.directory.path().join("b.db"));
    let refused = backup(&fixture.store, &Apps::standard(), &target, false, &mut keep_going).unwrap_err();
    assert_eq!(refused.kind(), "in_memory");
    assert!(!target.database.exists());
}

#[test]
fn a_backup_that_is_not_to_a_file_is_refused() {
    use std::fs::read_dir;
    on_files(|fixture| {
        let whole = target(fixture);
        let special = fixture.directory.path().join("backup").join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&special).status().unwrap().success());
        let link = special.with_file_name("link");
        std::os::unix::fs::symlink(&special, &link).unwrap();
        let directory = special.parent().unwrap().to_owned();
        let number = || read_dir(&directory).unwrap().count();
        let before = number();
        for path in [special, link, PathBuf::from("-")] {
            let target = match &whole.projections {
                None => Location::file(&path),
                Some(_) => Location::two_files(&whole.database, &path),
            };
            let refused =
                backup(&fixture.store, &Apps::standard(), &target, true, &mut keep_going).unwrap_err();
            assert!(["file_exists", "file_not_writable"].contains(&refused.kind()), "{refused}");
            assert_eq!(number(), before);
        }
    });
}

#[test]
fn a_backup_is_replaced_if_it_was_opened_but_not_if_a_program_changed_it() {
    let resume: fn(&Store) = |store| {
        store.events().change_subscription("emails", &SubscriptionChange::Resume).unwrap();
    };
    let query: fn(&Store) = |store| {
        let emails = Subscription::all_spaces("emails").matching("type:contact.added".parse().unwrap());
        store.events().register(&emails, START).unwrap();
    };
    let append_one: fn(&Store) =
        |store| append(store, SpaceId(1), &[event("c1", "note.taken", json!("own"))]);
    // The last one delivers, which only a resumed subscription does in a copy.
    let (_, changes) = UNRECORDED.split_last().unwrap();
    on_files(|fixture| {
        fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
        fixture.space("crm_empty");
        fixture.store.events().register(&Subscription::all_spaces("emails"), START).unwrap();
        let target = target(fixture);
        let back_up = || backup(&fixture.store, &Apps::standard(), &target, true, &mut keep_going).map(drop);
        let copy = || Store::open(&target, OpenOptions::default()).unwrap();
        for _ in 0..2 {
            back_up().unwrap();
            drop(copy());
        }
        let opened: Vec<_> =
            files(fixture).into_iter().map(|path| (std::fs::read(&path).unwrap(), path)).collect();
        for n in 0..2 {
            append(&fixture.store, SpaceId(1), &[event("c1", "note.taken", json!({ "n": n }))]);
        }
        for (number, change) in changes.iter().chain([&resume, &query, &append_one]).enumerate() {
            change(&copy());
            assert_eq!(back_up().unwrap_err().kind(), "backup_used", "{number}");
            opened.iter().for_each(|(bytes, path)| std::fs::write(path, bytes).unwrap());
        }
        back_up().unwrap();
    });
}

/// Changes that a program makes through the store alone: none appends an event or is recorded as an operation.
const UNRECORDED: [fn(&Store); 7] = [
    |store| drop(store.events().create_space("crm_new", None, START).unwrap()),
    |store| {
        let change = SpaceChange { name: Some("crm_other".to_owned()), ..SpaceChange::default() };
        store.events().change_space(SpaceId(1), &change).unwrap();
    },
    |store| drop(delete(store, "crm_empty", DeleteOptions::default(), &mut keep_going).unwrap()),
    |store| drop(store.events().register(&Subscription::all_spaces("new"), START).unwrap()),
    |store| {
        store.events().change_subscription("emails", &SubscriptionChange::Remove).unwrap();
    },
    |store| {
        let to = SubscriptionChange::Reset { space_id: None, to: Start::Now };
        store.events().change_subscription("emails", &to).unwrap();
    },
    |store| {
        let mut emails = store.subscribe(&Subscription::all_spaces("emails")).unwrap();
        emails.deliver_pending(|_| Ok(Effects::none())).unwrap();
    },
];

#[test]
fn a_backup_with_unrecorded_changes_that_a_restored_one_lacks_is_kept() {
    for (number, change) in UNRECORDED.iter().enumerate() {
        let fixture = Fixture::one_file();
        tenants(&fixture);
        fixture.space("crm_empty");
        fixture.store.events().register(&Subscription::all_spaces("emails"), START).unwrap();
        let location = |name: &str| Location::file(fixture.directory.path().join(name));
        let copied = |store: &Store, name: &str| {
            backup(store, &Apps::standard(), &location(name), true, &mut keep_going).map(drop)
        };
        copied(&fixture.store, "old.db").unwrap();
        change(&fixture.store);
        copied(&fixture.store, "new.db").unwrap();
        std::fs::copy(location("old.db").database, location("restored.db").database).unwrap();
        let restored = Store::open(&location("restored.db"), OpenOptions::default()).unwrap();
        let refused = copied(&restored, "new.db").unwrap_err();
        assert_eq!(refused.kind(), "backup_diverged", "{number}");
        copied(&restored, "old.db").unwrap();
        // Nothing of it is missing in the store that was changed.
        copied(&fixture.store, "old.db").unwrap();
        copied(&fixture.store, "new.db").unwrap();
    }
}

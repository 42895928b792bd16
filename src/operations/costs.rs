//! What work costs, counted in steps of SQLite's machine: it grows with the work alone.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::apps::Crm;
use crate::content_store::{Command, ContentStore, Request, Store};
use crate::event::SpaceSequence;
use crate::event_store::{Page, SqliteEventStore};
use crate::pstate::SqlitePState;
use crate::sqlite::{Database, OpenOptions, Role};

use super::{RebuildOptions, rebuild};

/// A file of some spaces with so many contacts each.
struct File {
    _directory: tempfile::TempDir,
    store: Store,
    database: Arc<Database>,
}

impl File {
    fn of(spaces: usize, contacts: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        let open = |path: &Path| Database::open_or_create(path, Role::Whole, &OpenOptions::default());
        let database = Arc::new(open(&path).unwrap());
        let events = SqliteEventStore::new(Arc::clone(&database));
        let store = Store::new(Arc::new(events), Arc::new(SqlitePState::new(Arc::clone(&database))));
        let file = Self { _directory: directory, store, database };
        for number in 0..spaces {
            let space = file.space(number);
            add(&space, 0..contacts);
            rebuild(&space, RebuildOptions::default(), &mut |_| ControlFlow::Continue(())).unwrap();
        }
        file
    }

    fn space(&self, number: usize) -> ContentStore {
        ContentStore::open(&self.store, &format!("crm_{number}"), Arc::new(Crm)).unwrap()
    }

    /// The steps that `work` takes.
    fn steps(&self, work: impl FnOnce()) -> u64 {
        let count = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&count);
        let handler = move || {
            counted.fetch_add(1, Ordering::Relaxed);
            false
        };
        self.database.on_step(Some(handler));
        work();
        self.database.on_step(None::<fn() -> bool>);
        count.load(Ordering::Relaxed)
    }
}

fn add(space: &ContentStore, ids: std::ops::Range<usize>) {
    let command = |id: usize| {
        Command::new("add-contact")
            .with("contact_id", format!("c{id:06}"))
            .with("name", "Ada")
            .with("email", "a@b.c")
    };
    let requests: Vec<Request> = ids.map(|id| command(id).into()).collect();
    for outcome in space.execute_batch(&requests).unwrap() {
        outcome.unwrap();
    }
}

#[test]
fn a_command_takes_as_many_steps_among_many_spaces_and_events_as_among_few() {
    let steps = [File::of(1, 10), File::of(20, 10), File::of(2, 900)].map(|file| {
        let space = file.space(0);
        file.steps(|| add(&space, 1000..1001))
    });
    assert!(steps[0] > 0);
    assert_eq!(steps, [steps[0]; 3]);
}

#[test]
fn each_command_of_a_batch_takes_fewer_steps_than_one_by_itself() {
    let file = File::of(1, 10);
    let space = file.space(0);
    let single = file.steps(|| add(&space, 100..101));
    let ten = file.steps(|| add(&space, 200..210));
    let twenty = file.steps(|| add(&space, 300..320));
    let more = (twenty - ten) / 10;
    assert_eq!(twenty - ten, more * 10, "each of them takes the same");
    assert!(more * 3 < single, "{more} of {single}");
}

#[test]
fn a_rebuild_takes_as_many_steps_among_many_spaces_as_alone() {
    let steps = [1, 20].map(|spaces| {
        let file = File::of(spaces, 200);
        let space = file.space(0);
        file.steps(|| {
            rebuild(&space, RebuildOptions::default(), &mut |_| ControlFlow::Continue(())).unwrap();
        })
    });
    assert!(steps[1] < steps[0] + 100, "but for a look at the neighbours: {steps:?}");
}

#[test]
fn a_page_takes_as_many_steps_at_any_depth() {
    let file = File::of(3, 900);
    let space = file.space(1);
    let (events, pstate) = (file.store.events(), file.store.pstate());
    for turn in [Page::forward, Page::backward] {
        let page = |after| {
            file.steps(|| {
                let page = turn(Some(SpaceSequence(after)), 50);
                assert_eq!(events.read_space(space.space_id(), page).unwrap().len(), 50);
            })
        };
        page(400);
        assert_eq!([page(100), page(800)], [page(400); 2]);
    }
    for turn in [Page::forward, Page::backward] {
        let page = |after: &str| {
            file.steps(|| {
                let page = turn(Some(after.to_owned()), 50);
                assert_eq!(pstate.scan(space.space_id(), "contact:", page).unwrap().len(), 50);
            })
        };
        page("contact:c000400");
        assert_eq!([page("contact:c000100"), page("contact:c000800")], [page("contact:c000400"); 2]);
    }
}

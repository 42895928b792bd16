//! The cost of operations in steps of SQLite's virtual machine, which depends on the work alone. The tests are here because
//! only the crate itself can count these steps.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::apps::Crm;
use crate::clock::Timestamp;
use crate::content_store::{Apps, Command, ContentStore, Request, Store};
use crate::engines::sqlite::SqliteEventStore;
use crate::engines::sqlite::SqlitePState;
use crate::event::{EventId, NewEvent, SpaceSequence};
use crate::event_store::{Append, Expected, Page};
use crate::json::Json;
use crate::space::SpaceId;
use crate::sqlite::{Database, FileRole, OpenOptions};

use super::{Rebuild, Scope, activity, first_of_all, keep_going, overviews, rebuild};

/// The difference in steps between the end of a table and any other place in it.
const LAST: u64 = 6;

/// A file with some spaces and some contacts in each.
struct File {
    _directory: tempfile::TempDir,
    store: Store,
    database: Arc<Database>,
}

impl File {
    fn of(spaces: usize, contacts: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        let open = |path: &Path| Database::open_or_create(path, FileRole::Whole, &OpenOptions::default());
        let database = Arc::new(open(&path).unwrap());
        let events = SqliteEventStore::new(Arc::clone(&database));
        let store = Store::new(Arc::new(events), Arc::new(SqlitePState::new(Arc::clone(&database))));
        let file = Self { _directory: directory, store, database };
        for number in 0..spaces {
            let space = file.space(number);
            add(&space, 0..contacts);
            rebuild(&space, Rebuild::default(), &mut keep_going).unwrap();
        }
        file
    }

    fn space(&self, number: usize) -> ContentStore {
        ContentStore::open(&self.store, &format!("crm_{number}"), Arc::new(Crm)).unwrap()
    }

    /// Returns the number of steps that `work` takes.
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
fn a_command_costs_the_same_among_many_spaces_and_events() {
    let steps = [(1, 10), (20, 10), (2, 900)].map(|(spaces, contacts)| {
        let file = File::of(spaces, contacts);
        let space = file.space(spaces - 1);
        file.steps(|| add(&space, 1000..1001))
    });
    assert!(steps[0] > 0);
    assert_eq!(steps, [steps[0]; 3]);
}

#[test]
fn a_command_in_a_batch_costs_less_than_one_alone() {
    let file = File::of(1, 10);
    let space = file.space(0);
    let single = file.steps(|| add(&space, 100..101));
    // In multiples of sixteen, the number of rows written by one statement.
    let [few, more, most] =
        [200..232, 300..348, 400..464].map(|contacts| file.steps(|| add(&space, contacts)));
    assert_eq!(more - few, most - more, "each of them takes the same");
    let each = (more - few) / 16;
    assert!(each * 3 < single, "{each} of {single}");
}

#[test]
fn a_rebuild_costs_the_same_among_many_spaces() {
    let steps = [1, 20].map(|spaces| {
        let file = File::of(spaces, 200);
        let space = file.space(spaces - 1);
        file.steps(|| {
            rebuild(&space, Rebuild::default(), &mut keep_going).unwrap();
        })
    });
    assert!(steps[1] < steps[0] + 100, "but for a look at the neighbours: {steps:?}");
}

#[test]
fn a_page_costs_the_same_at_any_depth() {
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
                assert_eq!(pstate.scan(space.space_id().into(), "contact:", page).unwrap().len(), 50);
            })
        };
        page("contact:c000400");
        assert_eq!([page("contact:c000100"), page("contact:c000800")], [page("contact:c000400"); 2]);
    }
}

#[test]
fn an_append_costs_the_same_among_many_spaces_and_events() {
    let steps = [File::of(1, 10), File::of(20, 10), File::of(2, 900)].map(|file| {
        let space_id = file.space(0).space_id();
        let events = [NewEvent::new("c1", "contact.added", Json::from_stored("{}".to_owned()))];
        let append = Append { expected: Expected::Any, now: Timestamp(1 << 41), events: &events };
        file.steps(|| drop(file.store.events().append(space_id, append).unwrap()))
    });
    assert!(steps[0] > 0);
    assert_eq!(steps, [steps[0]; 3]);
}

#[test]
fn ten_times_the_new_types_in_a_commit_cost_little_more_than_ten_times_as_much() {
    let [few, many] = [100, 1000].map(|types| {
        let file = File::of(1, 0);
        let space_id = file.space(0).space_id();
        let event = |n: usize| NewEvent::new("c1", format!("type.{n}"), Json::from_stored("{}".to_owned()));
        let events: Vec<NewEvent> = (0..types).map(event).collect();
        let append = Append { expected: Expected::Any, now: Timestamp(1 << 41), events: &events };
        file.steps(|| drop(file.store.events().append(space_id, append).unwrap()))
    });
    assert!(few > 0 && many < 11 * few, "{many} steps for many, {few} for few");
}

#[test]
fn reading_an_entity_costs_the_same_among_many_spaces_and_events() {
    // A hundred events are beyond the index of each log. Before them are no more than seven blocks.
    let steps = [File::of(1, 1100), File::of(4, 1100), File::of(1, 7100), File::of(1, 8100)].map(|file| {
        let (space, page) = (file.space(0), Page::forward(None, 50));
        let of_events = file.steps(|| {
            let events = file.store.events().read_entity(space.space_id(), "c000007", page).unwrap();
            assert_eq!(events.len(), 1);
        });
        [of_events, file.steps(|| assert!(Crm::contact(&space, "c000007").unwrap().is_some()))]
    });
    for (one, other) in steps.iter().zip(&steps[1..]).flat_map(|(one, other)| one.iter().zip(other)) {
        assert!(*one > 0 && one.abs_diff(*other) <= 7 * LAST, "{steps:?}");
    }
}

#[test]
fn a_global_page_costs_the_same_at_any_depth_of_any_file() {
    let [small, large] = [File::of(20, 10), File::of(40, 40)];
    let of_events = |file: &File, turn: fn(Option<EventId>, usize) -> Page<EventId>, after| {
        file.steps(|| {
            let page = turn(Some(EventId(after)), 50);
            assert_eq!(file.store.events().read_all(page).unwrap().len(), 50);
        })
    };
    for turn in [Page::forward, Page::backward] {
        let once = of_events(&small, turn, 100);
        let deep = [60, 800, 1500].map(|after| of_events(&large, turn, after));
        // A page with events of more spaces needs the names of more event types, once.
        let again = [60, 800, 1500].map(|after| of_events(&large, turn, after));
        assert!(deep.iter().all(|deep| *deep <= once + 100), "{deep:?}, {once}");
        assert!(again.iter().all(|deep| deep.abs_diff(again[0]) <= LAST), "{again:?}");
    }
    let of_spaces = |file: &File, after| {
        file.steps(|| {
            let page = Page::forward(Some(SpaceId(after)), 10);
            assert_eq!(overviews(&file.store, &Apps::standard(), page).unwrap().len(), 10);
        })
    };
    // The first page of each file costs more, once.
    let [_, once] = [5, 5].map(|after| of_spaces(&small, after));
    let [_, deep @ ..] = [1, 1, 15, 29].map(|after| of_spaces(&large, after));
    assert!(deep.iter().all(|deep| deep.abs_diff(once) <= LAST), "{deep:?}, {once}");
}

#[test]
fn a_jump_to_a_time_costs_little_more_among_ten_times_the_events() {
    let [few, many] = [File::of(1, 90), File::of(1, 900)].map(|file| {
        let (events, space_id) = (file.store.events(), file.space(0).space_id());
        let last = file.space(0).event_count().unwrap();
        file.steps(|| {
            let third = SpaceSequence(last / 3);
            let found = Scope::Space(space_id).first_where(events, |event| event.space_sequence >= third);
            assert_eq!(found.unwrap().unwrap().space_sequence, third);
        })
    });
    assert!(few > 0 && many < 2 * few, "{many} steps among many, {few} among few");
}

#[test]
fn the_activity_costs_little_more_among_ten_times_the_events() {
    let [few, many] = [File::of(1, 90), File::of(1, 900)].map(|file| {
        let (events, space_id) = (file.store.events(), file.space(0).space_id());
        file.steps(|| assert!(activity(events, space_id, 48).unwrap().is_some()))
    });
    assert!(few > 0 && many < 3 * few, "{many} steps among many, {few} among few");
}

#[test]
fn a_jump_across_all_spaces_costs_little_more_among_ten_times_the_events() {
    let [few, many] = [File::of(3, 90), File::of(3, 900)].map(|file| {
        let events = file.store.events();
        let time = events.event(EventId(100)).unwrap().unwrap().timestamp;
        file.steps(|| assert!(first_of_all(events, time).unwrap().is_some()))
    });
    assert!(few > 0 && many < 2 * few, "{many} steps among many, {few} among few");
}

#[test]
fn the_last_event_id_costs_the_same_among_many_spaces_and_events() {
    let steps = [File::of(1, 10), File::of(20, 10), File::of(2, 900)]
        .map(|file| file.steps(|| assert!(file.store.events().last_event_id().unwrap() > EventId(0))));
    assert!(steps[0] > 0);
    assert_eq!(steps, [steps[0]; 3]);
}

/// Appends an event to the first space, caused by another one or not.
fn append_caused(file: &File, causation_id: Option<EventId>) -> EventId {
    let new = NewEvent::new("c1", "contact.added", Json::from_stored("{}".to_owned()));
    let events = [NewEvent { causation_id, ..new }];
    let append = Append { expected: Expected::Any, now: Timestamp(1 << 41), events: &events };
    file.store.events().append(file.space(0).space_id(), append).unwrap()[0].event_id
}

#[test]
fn effects_are_found_at_the_same_cost_among_many_spaces_and_events() {
    let steps = [File::of(1, 10), File::of(20, 10), File::of(2, 900)].map(|file| {
        add(&file.space(0), 1000..1100);
        let effects = [(); 3].map(|()| append_caused(&file, Some(EventId(7))));
        for _ in 0..500 {
            append_caused(&file, Some(EventId(8)));
        }
        file.steps(|| {
            let found = file.store.events().effects_of(EventId(7), Page::forward(None, 50)).unwrap();
            assert_eq!(found.iter().map(|event| event.event_id).collect::<Vec<_>>(), effects);
        })
    });
    assert!(steps[0] > 0);
    assert!(steps.iter().all(|of| of.abs_diff(steps[0]) <= 4 * LAST), "{steps:?}");
}

#[test]
fn only_an_event_with_a_cause_pays_for_the_index_of_causes() {
    let file = File::of(1, 10);
    let of = |cause| file.steps(|| assert!(append_caused(&file, cause) > EventId(0)));
    let (without, with) = (of(None), of(Some(EventId(7))));
    let again = [of(None), of(Some(EventId(8))), of(None)];
    assert_eq!(again, [without, with, without]);
    assert!(with > without && with < without + without / 2, "{with} with a cause, {without} without");
}

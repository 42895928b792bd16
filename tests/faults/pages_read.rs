//! The cost of work in pages read from a newly opened file. It grows with the work, not with the rest of the file. Ten
//! times the rows may add a level to a tree, and thus one page per tree searched.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use ramax::apps::Crm;
use ramax::operations::{Rebuild, Scope, keep_going, overviews, rebuild};
use ramax::pstate::STATE;
use ramax::sqlite::Sync;
use ramax::{
    Append, Apps, Command, ContentStore, EventId, Expected, Json, Location, NewEvent, OpenOptions, Page,
    Request, SpaceId, SpaceSequence, Store, Timestamp,
};
use serde_json::json;
use tempfile::TempDir;

use crate::support::shim::{Call, Disk, Fault, Mounted, mount};

/// The number of contacts in a space: few enough that a rebuild reads them on its own thread, since the number of pages
/// that a second thread reads ahead varies.
const CONTACTS: usize = 90;
/// The number of empty spaces in the large file. Looking at each would read twenty pages.
const EMPTY: usize = 3000;
/// The maximum number of trees that one piece of work searches.
const TREES: usize = 7;

/// A disk that counts reads.
#[derive(Default)]
struct Reads(AtomicUsize);

impl Disk for Reads {
    fn before(&self, _: &Path, call: &Call<'_>) -> Result<(), Fault> {
        if let Call::Read = call {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Spaces with contacts, in one file or two. The work is done on the last space.
struct File {
    last: String,
    reads: Arc<Reads>,
    location: Location,
    _mounted: Mounted,
    directory: TempDir,
}

impl File {
    fn of(contacts: &[usize], is_two: bool) -> Self {
        let file = Self::within(TempDir::new().unwrap(), format!("crm_{}", contacts.len() - 1), is_two);
        let store = Store::open_or_create(&file.location, OpenOptions::default()).unwrap();
        for (number, count) in contacts.iter().enumerate() {
            fill(&ContentStore::open(&store, &format!("crm_{number}"), Arc::new(Crm)).unwrap(), *count);
        }
        file
    }

    fn within(directory: TempDir, last: String, is_two: bool) -> Self {
        let path = |name| directory.path().join(name);
        let location = match is_two {
            false => Location::file(path("store.db")),
            true => Location::two_files(path("events.db"), path("projections.db")),
        };
        let reads = Arc::new(Reads::default());
        let mounted = mount(directory.path(), Arc::clone(&reads) as Arc<dyn Disk>);
        Self { last, reads, location, _mounted: mounted, directory }
    }

    /// Adds spaces without events.
    fn add_empty(&self, count: usize) {
        let options = OpenOptions { sync: Sync::Normal, ..OpenOptions::default() };
        let store = Store::open(&self.location, options).unwrap();
        for number in 0..count {
            store.events().get_or_create_space(&format!("empty_{number}"), None, Timestamp(1)).unwrap();
        }
    }

    /// Counts the pages that opening the space by name and `work` read through new connections.
    fn reads<T>(&self, work: impl FnOnce(&ContentStore) -> T) -> usize {
        let store = Store::open(&self.location, OpenOptions::default()).unwrap();
        self.reads.0.store(0, Ordering::Relaxed);
        let space = ContentStore::open(&store, &self.last, Arc::new(Crm)).unwrap();
        work(&space);
        self.reads.0.load(Ordering::Relaxed)
    }
}

/// The bytes of closed files. Unlike a directory, they may stay until the tests end.
struct Prepared {
    last: String,
    is_two: bool,
    files: Vec<(OsString, Vec<u8>)>,
}

impl Prepared {
    fn new(spaces: usize, empty: usize, is_two: bool) -> Self {
        let file = File::of(&vec![CONTACTS; spaces], is_two);
        file.add_empty(empty);
        let entries = fs::read_dir(file.directory.path()).unwrap().map(Result::unwrap);
        let files = entries.map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap())).collect();
        Self { last: file.last, is_two, files }
    }

    fn copy(&self) -> File {
        let directory = TempDir::new().unwrap();
        for (name, bytes) in &self.files {
            fs::write(directory.path().join(name), bytes).unwrap();
        }
        let file = File::within(directory, self.last.clone(), self.is_two);
        // The first handle at another place may have to find out about that.
        drop(Store::open(&file.location, OpenOptions::default()).unwrap());
        file
    }
}

fn fill(space: &ContentStore, contacts: usize) {
    let requests: Vec<Request> = (0..contacts).map(|number| add(number).into()).collect();
    for some in requests.chunks(500) {
        space.execute_batch(some).unwrap().into_iter().for_each(|outcome| drop(outcome.unwrap()));
    }
    // A rebuild writes the keys in order, so that the pages of both files are equally full.
    rebuild(space, Rebuild::default(), &mut keep_going).unwrap();
}

fn add(number: usize) -> Command {
    Command::new("add-contact")
        .with("contact_id", format!("c{number:06}"))
        .with("name", "Ada Lovelace")
        .with("email", "ada@analytical-engine.example")
}

/// The same space among few others, and among ten times as many, in one file and in two.
static PREPARED: LazyLock<[[Prepared; 2]; 2]> = LazyLock::new(|| {
    [false, true]
        .map(|is_two| [(4, 0), (40, EMPTY)].map(|(spaces, empty)| Prepared::new(spaces, empty, is_two)))
});

/// A copy of these files for one test.
struct Neighbours([[File; 2]; 2]);

impl Neighbours {
    fn few_and_many() -> Self {
        Self(PREPARED.each_ref().map(|files| files.each_ref().map(Prepared::copy)))
    }

    /// Counts the pages that `work` reads among few spaces, and among many.
    fn reads(&self, work: impl Fn(&ContentStore)) -> [[usize; 2]; 2] {
        self.0.each_ref().map(|files| files.each_ref().map(|file| file.reads(&work)))
    }

    fn cost_the_same(&self, what: &str, work: impl Fn(&ContentStore)) {
        for [few, many] in self.reads(work) {
            assert!(few > 0 && many <= few + TREES, "{what}: {many} pages among many, {few} among few");
        }
    }
}

#[test]
fn opening_reads_as_many_pages_of_a_large_file_as_of_a_small_file() {
    for files in Neighbours::few_and_many().0 {
        let [few, many] = files.map(|file| {
            file.reads.0.store(0, Ordering::Relaxed);
            let _store = Store::open(&file.location, OpenOptions::default()).unwrap();
            file.reads.0.load(Ordering::Relaxed)
        });
        assert!(few > 0);
        assert_eq!(many, few);
    }
}

#[test]
fn appending_and_executing_read_as_many_pages_among_many_spaces_as_among_few() {
    let neighbours = Neighbours::few_and_many();
    neighbours.cost_the_same("append", |space| {
        let contact = json!({"contact_id": "c999", "name": "Ada", "email": "ada@analytical-engine.example"});
        let events = [NewEvent::new("c999", "contact.added", Json::of(&contact))];
        let append = Append { expected: Expected::Any, now: Timestamp(1 << 41), events: &events };
        space.store().events().append(space.space_id(), append).unwrap();
    });
    neighbours.cost_the_same("execute", |space| drop(space.execute(add(200)).unwrap()));
}

#[test]
fn adding_a_contact_reads_as_many_pages_in_a_large_tenant_as_in_a_small_tenant() {
    for is_two in [false, true] {
        let [few, many] = [300, 3000].map(|contacts| {
            let file = File::of(&[1, contacts], is_two);
            file.reads(|space| drop(space.execute(add(9999)).unwrap()))
        });
        assert!(few > 0 && many <= few + TREES, "{many} pages in a large tenant, {few} in a small one");
    }
}

#[test]
fn reading_an_entity_reads_as_many_pages_among_many_spaces_as_among_few() {
    let neighbours = Neighbours::few_and_many();
    neighbours.cost_the_same("an entity's events", |space| {
        let page = Page::forward(None, 10);
        let events = space.store().events().read_entity(space.space_id(), "c000050", page).unwrap();
        assert_eq!(events.len(), 1);
    });
    neighbours.cost_the_same("a value", |space| {
        assert!(Crm::contact(space, "c000050").unwrap().is_some());
    });
}

#[test]
fn a_page_at_any_depth_reads_as_many_pages_of_a_large_file_as_of_a_small_file() {
    let neighbours = Neighbours::few_and_many();
    for turn in [Page::forward, Page::backward] {
        for at in [41, 45, 50] {
            neighbours.cost_the_same("events of a space", |space| {
                let page = turn(Some(SpaceSequence(at)), 40);
                assert_eq!(space.store().events().read_space(space.space_id(), page).unwrap().len(), 40);
            });
        }
    }
    for at in ["contact:c000050", "contact:c000080"] {
        neighbours.cost_the_same("projections", |space| {
            let page = Page::backward(Some(at.to_owned()), 40);
            let entries = space.store().pstate().scan(space.space_id().into(), "contact:", page).unwrap();
            assert_eq!(entries.len(), 40);
        });
    }
    // The last pages of the smaller file, and pages at the same depth in the larger one.
    neighbours.cost_the_same("events of all spaces", |space| {
        let events = space.store().events();
        let last = events.read_all(Page::backward(None, 1)).unwrap()[0].event_id.0;
        for after in [0, last / 2, last - 40] {
            assert_eq!(events.read_all(Page::forward(Some(EventId(after)), 40)).unwrap().len(), 40);
        }
    });
    neighbours.cost_the_same("spaces with their counters", |space| {
        let page = overviews(space.store(), &Apps::standard(), Page::forward(Some(SpaceId(1)), 3)).unwrap();
        assert_eq!(page.len(), 3);
    });
}

#[test]
fn seeking_a_time_reads_only_a_few_more_pages_among_ten_times_as_many_events() {
    let reads = Neighbours::few_and_many().reads(|space| {
        let events = space.store().events();
        let last = events.read_all(Page::backward(None, 1)).unwrap()[0].event_id;
        let third = EventId(last.0 / 3);
        let found = Scope::All.first_where(events, |event| event.event_id >= third).unwrap();
        assert_eq!(found.unwrap().event_id, third);
    });
    for [few, many] in reads {
        // A binary search over ten times as many events takes at most four more steps.
        assert!(few > 0 && many <= few + 4 * TREES, "{many} pages among many, {few} among few");
    }
}

#[test]
fn a_rebuild_reads_as_many_pages_among_many_spaces_as_among_few() {
    let neighbours = Neighbours::few_and_many();
    neighbours.cost_the_same("rebuild", |space| {
        let only_state = Rebuild { projection: Some(STATE.to_owned()), ..Rebuild::default() };
        let rebuilt = rebuild(space, only_state, &mut keep_going).unwrap();
        assert_eq!(rebuilt.events, CONTACTS as u64);
    });
}

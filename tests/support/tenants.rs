//! Five tenants with a history that fills a screen and is always the same.

use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};

use ramax::apps::{Cms, Crm};
use ramax::clock::{CountingIds, SteppingClock};
use ramax::engines::memory::{MemoryEventStore, MemoryPState};
use ramax::operations::catch_up;
use ramax::{Append, Command, ContentStore, EventId, Expected, Json, NewEvent, Store, Timestamp};
use serde_json::json;

/// The creation time of the first tenant: 2026-01-31T12:00:00Z.
const START: Timestamp = Timestamp(1_769_860_800_000);

const PEOPLE: [(&str, &str); 12] = [
    ("Ada Lovelace", "ada@acme.com"),
    ("Grace Hopper", "grace@navy.mil"),
    ("Katherine Johnson", "katherine@nasa.gov"),
    ("Barbara Liskov", "liskov@mit.edu"),
    ("山田 花子", "hanako@example.jp"),
    ("Margaret Hamilton", "margaret@apollo.space"),
    ("Radia Perlman", "radia@spanning.tree"),
    ("Zoë Åström", "zoe@example.se"),
    ("Hedy Lamarr", "hedy@frequency.hop"),
    ("Annie Easley", "annie@centaur.aero"),
    ("Frances Allen", "fran@compiler.dev"),
    ("Edith Clarke", "edith@grid.power"),
];

const ARTICLES: [&str; 6] = [
    "Why append only",
    "Projections, explained",
    "The case for boring storage",
    "Rebuilding without downtime",
    "Café opening hours ☕",
    "Release notes 1.0",
];

/// The engines of a store with the tenants, its clock and its ids.
struct Prepared {
    events: Arc<MemoryEventStore>,
    pstate: Arc<MemoryPState>,
    clock: Arc<SteppingClock>,
    ids: Arc<CountingIds>,
}

impl Prepared {
    fn new() -> Self {
        let (events, pstate) = (Arc::default(), Arc::default());
        let (clock, ids) = (Arc::new(SteppingClock::new(START, 1_283)), Arc::default());
        Self { events, pstate, clock, ids }
    }

    fn with_tenants() -> Self {
        let prepared = Self::new();
        fill(&prepared.store());
        prepared
    }

    fn store(&self) -> Store {
        let (events, pstate) = (Arc::clone(&self.events), Arc::clone(&self.pstate));
        let (clock, ids) = (Arc::clone(&self.clock), Arc::clone(&self.ids));
        Store::new(events, pstate).with_origin(clock, ids)
    }

    fn copy(&self) -> Self {
        Self {
            events: Arc::new(self.events.copy().unwrap()),
            pstate: Arc::new(self.pstate.copy().unwrap()),
            clock: Arc::new(SteppingClock::clone(&self.clock)),
            ids: Arc::new(CountingIds::clone(&self.ids)),
        }
    }
}

/// An in-memory store with the tenants. They are written once, and each caller gets a copy.
pub fn tenants() -> Store {
    static PREPARED: LazyLock<Prepared> = LazyLock::new(Prepared::with_tenants);
    PREPARED.copy().store()
}

/// An in-memory store without spaces.
pub fn empty() -> Store {
    Prepared::new().store()
}

fn fill(store: &Store) {
    let acme = ContentStore::open(store, "crm_acme", Arc::new(Crm)).unwrap();
    let widgets = ContentStore::open(store, "crm_widgets", Arc::new(Crm)).unwrap();
    contacts(&acme, 812);
    contacts(&widgets, 300);
    let staging = ContentStore::open(store, "cms_staging", Arc::new(Cms)).unwrap();
    articles(&staging, 44);
    let production = ContentStore::open(store, "cms_production", Arc::new(Cms)).unwrap();
    articles(&production, 40);
    [&acme, &widgets, &staging, &production].into_iter().for_each(caught_up);
    append_elsewhere(store, &staging, 7);
    let unknown = store.events().get_or_create_space("wiki_pages", None, store.clock().now()).unwrap();
    let page = NewEvent::new("p1", "page.created", Json::of(&json!({"page_id": "p1", "name": "日本語"})));
    let append = Append { expected: Expected::Any, now: store.clock().now(), events: &[page] };
    store.events().append(unknown.space_id, append).unwrap();
}

/// Catches up the projections that commands leave behind.
pub fn caught_up(space: &ContentStore) {
    catch_up(space, &mut |_| ControlFlow::Continue(())).unwrap();
}

fn contacts(space: &ContentStore, events: usize) {
    for index in 0..events {
        let (name, email) = PEOPLE[index % PEOPLE.len()];
        let id = format!("c{}", index % 310 + 1);
        let command = if index < 310 {
            Command::new("add-contact").with("contact_id", id).with("name", name).with("email", email)
        } else {
            Command::new("update-contact").with("contact_id", id).with("email", format!("{index}.{email}"))
        };
        space.execute(command).unwrap();
    }
}

fn articles(space: &ContentStore, events: usize) {
    for index in 0..events {
        let id = format!("a{}", index / 3 + 1);
        let command = if index % 3 == 1 {
            Command::new("unpublish-article").with("article_id", id)
        } else if index % 3 == 0 {
            Command::new("publish-article")
                .with("article_id", id)
                .with("title", ARTICLES[index / 3 % ARTICLES.len()])
                .with("content", "Events are facts.\nFacts do not change.")
        } else {
            Command::new("publish-article").with("article_id", id).with("title", "Again").with("content", "…")
        };
        space.execute(command).unwrap();
    }
}

/// Appends events like a process that leaves projecting to others.
fn append_elsewhere(store: &Store, space: &ContentStore, events: usize) {
    for index in 0..events {
        let id = format!("b{index}");
        let payload = json!({"article_id": id, "title": "Imported", "content": "…"});
        let mut event = NewEvent::new(id, "article.published", Json::of(&payload));
        event.causation_id = Some(EventId(1));
        let append = Append { expected: Expected::Any, now: store.clock().now(), events: &[event] };
        store.events().append(space.space_id(), append).unwrap();
    }
}

//! The number of round trips that commands take, and pages, however far into a list they lie.

use std::sync::Arc;

use ramax::apps::{Cms, Crm};
use ramax::pstate::ProjectionId;
use ramax::testing::conformance::samples::{START, add_contact};
use ramax::{
    Append, Command, Conditions, ContentStore, EventId, Expected, Json, NewEvent, Page, Request, SpaceId,
    SpaceSequence, Store,
};
use tempfile::TempDir;

use crate::faults::behind_proxy;
use crate::program::done;
use crate::server::is_sharded;

/// A store with some rows in every list, behind a proxy that counts.
fn filled(store: &Store) -> ContentStore {
    let crm = ContentStore::open(store, "crm_acme", Arc::new(Crm)).unwrap();
    for number in 0..40 {
        let conditions =
            Conditions { idempotency_key: Some(format!("key {number:02}")), ..Conditions::default() };
        crm.execute(Request { command: add_contact(&format!("c{number:02}")), conditions }).unwrap();
        store.events().get_or_create_space(&format!("space_{number}"), None, START).unwrap();
    }
    let note = |number: u64| NewEvent {
        causation_id: Some(EventId(1)),
        ..NewEvent::new("note", "note.taken", Json::of(&number.into()))
    };
    let notes: Vec<NewEvent> = (0..40).map(note).collect();
    let append = Append { expected: Expected::Any, now: START, events: &notes };
    store.events().append(crm.space_id(), append).unwrap();
    crm
}

#[test]
fn a_page_of_any_list_takes_at_most_three_round_trips_at_any_depth() {
    let (proxy, store, _) = behind_proxy();
    let crm = filled(&store);
    let (space, events) = (crm.space_id(), store.events());
    let state = ProjectionId::new(space, "state");
    let cursor = events.after(EventId(20)).unwrap();
    let sequences = |after: u64| Page::forward(Some(SpaceSequence(after)), 9);
    let ids = |after: u64| Page::backward(Some(EventId(after)), 9);
    let key = |after: u64| Page::forward(Some(format!("contact:c{after:02}")), 9);
    type List<'a> = (&'a str, &'a dyn Fn(u64) -> usize);
    let lists: [List<'_>; 10] = [
        ("spaces", &|after| events.spaces(Page::forward(Some(SpaceId(after as u32)), 9)).unwrap().len()),
        ("events of a space", &|after| events.read_space(space, sequences(after)).unwrap().len()),
        ("events of all spaces", &|after| events.read_all(ids(after + 2)).unwrap().len()),
        ("events of an entity", &|after| events.read_entity(space, "note", sequences(after)).unwrap().len()),
        ("entities", &|after| events.entities(space, &format!("c{}", after / 10), 9).unwrap().len()),
        ("effects of an event", &|after| {
            events.effects_of(EventId(1), Page::forward(Some(EventId(after)), 9)).unwrap().len()
        }),
        ("entries of a projection", &|after| {
            store.pstate().scan(state, "contact:", key(after)).unwrap().len()
        }),
        ("idempotency keys", &|after| {
            events.remembered_page(space, Page::forward(Some(format!("key {after:02}")), 9)).unwrap().len()
        }),
        ("audit log", &|_| store.audit_log().page(None, Page::forward(None, 9)).unwrap().len() + 1),
        ("stream of all spaces", &|after| events.read_after(&cursor, after as usize + 1).unwrap().0.len()),
    ];
    for (name, page) in lists {
        page(0);
        for after in [0, 1, 20, 30] {
            let before = proxy.statements();
            assert!(page(after) > 0, "{name} after {after}");
            let taken = proxy.statements() - before;
            // The stream of shards also asks the coordinator which of them have news.
            let most = if is_sharded() && name == "stream of all spaces" { 6 } else { 3 };
            assert!((1..=most).contains(&taken), "{name} after {after}: {taken} round trips");
        }
    }
}

#[test]
fn a_command_takes_two_round_trips_and_so_does_a_batch() {
    let (proxy, store, _) = behind_proxy();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    let cms = ContentStore::open(&store, "cms_acme", Arc::new(Cms)).unwrap();
    let article = |name: &str| Command::new(name).with("article_id", "a1");
    let published = article("publish-article").with("title", "Hello").with("content", "All of it");
    // The first command of a space creates its projection, and the second prepares the statements of all others.
    crm.execute(add_contact("first")).unwrap();
    crm.execute(add_contact("second")).unwrap();
    cms.execute(published.clone()).unwrap();
    let renamed = Command::new("update-contact").with("contact_id", "c1").with("name", "Grace");
    let batch: Vec<Request> = (0..100).map(|id| add_contact(&format!("b{id}")).into()).collect();
    let executed =
        |space: &ContentStore, command: &Command| space.execute(command.clone()).map(drop).unwrap();
    let commands: [(&str, &dyn Fn()); 5] = [
        ("add-contact", &|| executed(&crm, &add_contact("c1"))),
        ("update-contact", &|| executed(&crm, &renamed)),
        ("unpublish-article", &|| executed(&cms, &article("unpublish-article"))),
        ("publish-article", &|| executed(&cms, &published)),
        ("a batch", &|| crm.execute_batch(&batch).unwrap().into_iter().for_each(|done| drop(done.unwrap()))),
    ];
    for (name, execute) in commands {
        let before = proxy.statements();
        execute();
        assert_eq!(proxy.statements() - before, 2, "{name}");
    }
    assert_eq!(Crm::contact_count(&crm).unwrap(), 103);
}

#[test]
fn the_names_and_cursors_of_a_page_of_the_stream_do_not_take_a_round_trip_each() {
    let (proxy, store, _) = behind_proxy();
    filled(&store);
    let events = store.events();
    let ids: Vec<EventId> = (10..20).map(EventId).collect();
    let each: Vec<_> = ids.iter().map(|id| events.after(*id).unwrap()).collect();
    events.after_each(&ids).unwrap();
    let before = proxy.statements();
    assert_eq!(events.after_each(&ids).unwrap(), each);
    assert!(proxy.statements() - before <= 3);
    for number in 0..5 {
        let crm = ContentStore::open(&store, &format!("crm_{number}"), Arc::new(Crm)).unwrap();
        crm.execute(add_contact("c1")).unwrap();
    }
    let (home, address) = (TempDir::new().unwrap(), format!("{}&sslmode=disable", store.address().unwrap()));
    let taken = |limit: u32| {
        let before = proxy.statements();
        done(&home, &address, &format!("events list --all-spaces --reverse --limit {limit}"), b"");
        proxy.statements() - before
    };
    assert_eq!(taken(1), taken(5), "one space, and five of them");
}

//! Rebuild, verify, catch up, delete and generate, on every kind of store.

mod apps;
mod backup;
mod delete;
mod fork;
mod generate;
mod large_values;
mod rebuild;
mod redact;
mod release_check;
mod replay;
mod spaces;
mod stats;
mod verify;

use ramax::pstate::Entry;
use ramax::{Append, Checkpoint, ContentStore, Event, Expected, NewEvent, Page, SpaceId, Store};
use serde_json::json;

use crate::support::{Fixture, START, add_contact, event, publish, rename_contact, unpublish};

/// Returns everything stored for a space.
fn contents(store: &Store, space_id: SpaceId) -> (Vec<Event>, Vec<Entry>, Checkpoint) {
    let events = store.events().read_space(space_id, Page::forward(None, 99_999)).unwrap();
    let entries = store.pstate().scan(space_id.into(), "", Page::forward(None, 99_999)).unwrap();
    (events, entries, store.pstate().checkpoint(space_id.into()).unwrap())
}

/// Creates a tenant with more events than are read at once.
fn large(fixture: &Fixture) -> ContentStore {
    let crm = fixture.crm("crm_large");
    let events: Vec<_> =
        (0..7000).map(|n| event(&format!("c{n}"), "note.taken", json!({ "n": n }))).collect();
    append(&fixture.store, crm.space_id(), &events);
    crm
}

/// Creates two tenants with some history.
fn tenants(fixture: &Fixture) -> (ContentStore, ContentStore) {
    let (crm, cms) = (fixture.crm("crm_acme"), fixture.cms("cms_staging"));
    for n in 0..30 {
        crm.execute(add_contact(&format!("c{n}"))).unwrap();
        cms.execute(publish(&format!("a{n}"), "Title")).unwrap();
    }
    for n in 0..10 {
        crm.execute(rename_contact(&format!("c{n}"), "Ada")).unwrap();
        cms.execute(unpublish(&format!("a{n}"))).unwrap();
    }
    (crm, cms)
}

fn append(store: &Store, space_id: SpaceId, events: &[NewEvent]) {
    let append = Append { expected: Expected::Any, now: START, events };
    store.events().append(space_id, append).unwrap();
}

fn append_contacts(space: &ContentStore, count: usize) {
    let id = |n: usize| format!("r{n}");
    let new: Vec<_> = (0..count)
        .map(|n| event(&id(n), "contact.added", json!({"contact_id": id(n), "name": "R", "email": "r"})))
        .collect();
    append(space.store(), space.space_id(), &new);
}

fn append_bad(space: &ContentStore) {
    let new = [event("c99", "contact.updated", json!({"contact_id": "c99", "name": "N", "email": "e"}))];
    append(space.store(), space.space_id(), &new);
}

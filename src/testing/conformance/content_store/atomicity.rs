//! Atomicity of a command's events, their effect and the checkpoint.

use crate::apps::{Cms, Crm, Status};
use crate::operations::{Rebuild, keep_going, rebuild};
use crate::{NewEvent, Page, SpaceSequence};
use serde_json::json;

use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{add_contact, event, publish, unpublish};

fn added(id: &str) -> NewEvent {
    event(id, "contact.added", json!({"contact_id": id, "name": id, "email": "e"}))
}

pub fn the_events_of_a_command_are_stored_and_applied_together(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let done = crm.commit(|_| Ok(vec![added("c1"), added("c2"), added("c3")])).unwrap();
    assert_eq!((done.event_ids.len(), done.space_sequence), (3, SpaceSequence(3)));
    assert_eq!(fixture.store.pstate().checkpoint(crm.space_id().into()).unwrap().sequence, SpaceSequence(3));
    assert_eq!(Crm::contact_count(&crm).unwrap(), 3);
}

pub fn a_command_with_an_inapplicable_last_event_stores_none_of_its_events(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let checkpoint = || fixture.store.pstate().checkpoint(crm.space_id().into()).unwrap();
    let before = checkpoint();
    let last = event("c4", "contact.added", json!({"contact_id": 4}));
    let error = crm.commit(|_| Ok(vec![added("c2"), added("c3"), last.clone()])).unwrap_err();
    assert_eq!(error.kind(), "bad_event");
    let events = fixture.store.events().read_space(crm.space_id(), Page::forward(None, 9)).unwrap();
    assert_eq!(events.len(), 1, "no event of the command is stored, not even the first");
    assert_eq!(checkpoint(), before);
    assert_eq!(Crm::contact(&crm, "c2").unwrap(), None);
    let next = crm.execute(add_contact("c2")).unwrap();
    assert_eq!(next.space_sequence, SpaceSequence(2), "the sequence has no gap");
}

pub fn a_rebuild_restores_articles_with_status_and_times(fixture: &Fixture) {
    let cms = fixture.cms("cms_staging");
    for command in [publish("a1", "One"), publish("a2", "Two"), unpublish("a1")] {
        cms.execute(command).unwrap();
    }
    let articles = || ["a1", "a2"].map(|id| Cms::article(&cms, id).unwrap().unwrap());
    let before = articles();
    assert_eq!(before.each_ref().map(|article| article.status), [Status::Unpublished, Status::Published]);
    fixture.store.pstate().delete(cms.space_id().into(), "article:a1").unwrap();
    rebuild(&cms, Rebuild::default(), &mut keep_going).unwrap();
    assert_eq!(articles(), before);
    assert_eq!(Cms::published_count(&cms).unwrap(), 1);
}

//! Matching spaces with apps.

use std::sync::Arc;

use crate::apps::{Cms, Crm};
use crate::operations::{create_space, open_space};
use crate::{App, Append, Apps, ContentStore, Expected, Result, Space};
use serde_json::json;

use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{START, add_contact, event, mark_owner, publish};

fn refused(opened: Result<ContentStore>) -> String {
    let error = opened.map(|content| content.app().name()).unwrap_err();
    assert_eq!(error.kind(), "wrong_app", "{error}");
    error.to_string()
}

fn append(fixture: &Fixture, space: &Space, event_type: &str) {
    let events = [event("e1", event_type, json!({"article_id": "e1"}))];
    let append = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(space.space_id, append).unwrap();
}

pub fn a_space_is_refused_to_an_app_that_it_does_not_run(fixture: &Fixture) {
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let as_cms = ContentStore::open(&fixture.store, "crm_acme", Arc::new(Cms));
    assert_eq!(refused(as_cms), "the space crm_acme runs crm, not cms");
    let space = fixture.crm("crm_acme").space().clone();
    assert_eq!(
        refused(ContentStore::of(&fixture.store, space, Arc::new(Cms))),
        "the space crm_acme runs crm, not cms"
    );
    assert_eq!(fixture.crm("crm_acme").event_count().unwrap(), 1);
}

pub fn a_space_without_an_app_in_its_metadata_is_matched_by_name_or_events(fixture: &Fixture) {
    let open = |name: &str, app: Arc<dyn App>| ContentStore::open(&fixture.store, name, app);
    fixture.space("crm_by_name");
    assert_eq!(open("crm_by_name", Arc::new(Crm)).unwrap().app().name(), "crm");
    let legacy = fixture.space("legacy");
    append(fixture, &legacy, "article.unpublished");
    assert_eq!(open("legacy", Arc::new(Cms)).unwrap().app().name(), "cms");
    let message = refused(open("legacy", Arc::new(Crm)));
    assert_eq!(message, "the space legacy runs an app with the events article.unpublished, not crm");
}

pub fn an_empty_space_with_an_unknown_name_belongs_to_the_app_that_appends_first(fixture: &Fixture) {
    fixture.space("blank");
    let crm = ContentStore::open(&fixture.store, "blank", Arc::new(Crm)).unwrap();
    let cms = ContentStore::open(&fixture.store, "blank", Arc::new(Cms)).unwrap();
    cms.execute(publish("a1", "One")).unwrap();
    let late = crm.execute(add_contact("c1")).unwrap_err();
    assert_eq!(late.kind(), "wrong_app");
    assert_eq!(Crm::contact(&crm, "c1").unwrap_err().kind(), "wrong_app");
    cms.execute(publish("a2", "Two")).unwrap();
    assert_eq!(cms.event_count().unwrap(), 2);
}

pub fn a_space_created_by_its_app_stores_the_app_in_its_metadata(fixture: &Fixture) {
    let space = fixture.cms("anything").space().clone();
    assert_eq!(space.app_name().as_deref(), Some("cms"));
    let opened = open_space(&fixture.store, &Apps::standard(), space).unwrap();
    assert_eq!(opened.app().name(), "cms");
}

pub fn creating_a_space_twice_is_refused(fixture: &Fixture) {
    create_space(&fixture.store, "crm_acme", None).unwrap();
    assert_eq!(create_space(&fixture.store, "crm_acme", None).unwrap_err().kind(), "space_exists");
    let again = ContentStore::create(&fixture.store, "crm_acme", Arc::new(Crm)).map(|_| ());
    assert_eq!(again.unwrap_err().kind(), "space_exists");
    let space = fixture.space("crm_acme");
    fixture.store.events().begin_delete(space.space_id, &mark_owner(1), None).unwrap();
    assert_eq!(create_space(&fixture.store, "crm_acme", None).unwrap_err().kind(), "space_deleting");
}

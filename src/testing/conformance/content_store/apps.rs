//! Matching spaces with apps.

use std::sync::Arc;

use crate::apps::{Cms, Crm};
use crate::limits::LONGEST_METADATA;
use crate::operations::{
    Operation, OperationContext, RenameSpace, SetSpace, Target, create_space, keep_going, open_space,
};
use crate::{
    App, Append, Apps, Conditions, ContentStore, Error, Expected, Page, Request, Result, Space, SpaceMetadata,
};
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

fn run<O: Operation<Error = Error>>(fixture: &Fixture, space: &Space, mut operation: O) -> Result<O::Done> {
    let apps = Apps::standard();
    let context = OperationContext::new(&fixture.store, &apps);
    operation.run(Target::of(space), context, &mut keep_going)
}

fn rename(fixture: &Fixture, space: &Space, name: &str) -> Result<Space> {
    run(fixture, space, RenameSpace { name: name.to_owned() })
}

fn set_app(fixture: &Fixture, space: &Space, app: &str) -> Result<Space> {
    run(fixture, space, SetSpace { app: Some(app.to_owned()), metadata: None })
}

fn found(fixture: &Fixture, name: &str) -> Option<Space> {
    fixture.store.events().find_space(name).unwrap().map(|record| record.space)
}

pub fn a_renamed_space_keeps_everything_but_its_name(fixture: &Fixture) {
    let events = fixture.store.events();
    let crm = fixture.crm("crm_acme");
    let keyed = Request {
        conditions: Conditions { idempotency_key: Some("k".to_owned()), ..Conditions::default() },
        ..add_contact("c1").into()
    };
    let first = crm.execute(keyed.clone()).unwrap();
    let before = (events.read_space(crm.space_id(), Page::forward(None, 9)).unwrap(), crm.space().clone());
    let renamed = rename(fixture, crm.space(), "acme").unwrap();
    assert_eq!(renamed, Space { space_name: "acme".to_owned(), revision: 1, ..before.1.clone() });
    assert_eq!((found(fixture, "acme"), found(fixture, "crm_acme")), (Some(renamed.clone()), None));
    assert_eq!(events.read_space(crm.space_id(), Page::forward(None, 9)).unwrap(), before.0);
    assert_eq!(events.registry_faults(crm.space_id()).unwrap(), []);
    // A handle that was opened before works on, under the old keys.
    assert_eq!(crm.execute(keyed).unwrap().event_ids, first.event_ids);
    crm.execute(add_contact("c2")).unwrap();
    assert_eq!(Crm::contact_count(&crm).unwrap(), 2);
    // The old name is free, for another space with a new id.
    let other = fixture.space("crm_acme");
    assert_ne!(other.space_id, crm.space_id());
    assert_eq!(rename(fixture, &renamed, "crm_acme").unwrap_err().kind(), "space_exists");
    assert_eq!(rename(fixture, &renamed, "acme").unwrap().space_name, "acme");
    for name in ["", " x", "#2"] {
        assert_eq!(rename(fixture, &renamed, name).unwrap_err().kind(), "invalid_space_name");
    }
    let unknown = Space { space_id: crate::SpaceId(99), ..renamed };
    assert_eq!(rename(fixture, &unknown, "y").unwrap_err().kind(), "unknown_space");
}

pub fn a_space_that_was_renamed_meanwhile_is_not_changed_under_its_old_name(fixture: &Fixture) {
    let known_as_odd = fixture.space("odd");
    let even = rename(fixture, &known_as_odd, "even").unwrap();
    let refusals = [
        rename(fixture, &known_as_odd, "third").unwrap_err(),
        set_app(fixture, &known_as_odd, "crm").unwrap_err(),
    ];
    for refused in refusals {
        assert_eq!(refused.to_string(), "there is no space odd");
    }
    assert_eq!(found(fixture, "even"), Some(even));
}

pub fn a_rename_keeps_the_app_that_the_old_name_decided(fixture: &Fixture) {
    for (name, new, metadata) in [
        ("crm_a", "plain", Some(r#"{"app":"crm"}"#)),
        ("crm_b", "cms_b", Some(r#"{"app":"crm"}"#)),
        ("crm_c", "crm_d", None),
    ] {
        let renamed = rename(fixture, &fixture.space(name), new).unwrap();
        let app = Apps::standard().of(&fixture.store, &renamed).unwrap();
        assert_eq!(app.map(|app| app.name()), Some("crm"), "{new}");
        assert_eq!(renamed.metadata.as_ref().map(SpaceMetadata::as_str), metadata);
    }
    assert_eq!(rename(fixture, &fixture.space("odd"), "even").unwrap().metadata, None);
}

pub fn metadata_is_replaced_and_an_app_is_set_beside_it(fixture: &Fixture) {
    let space = fixture.space("odd");
    let written = r#"{"seats":12345678901234567890123,"rate":1.10}"#;
    let metadata = SpaceMetadata::parse(written).unwrap();
    let set = |app: Option<&str>, metadata: Option<&SpaceMetadata>| {
        let set = SetSpace { app: app.map(str::to_owned), metadata: metadata.cloned() };
        let changed = run(fixture, &space, set).unwrap();
        assert_eq!(found(fixture, "odd").as_ref(), Some(&changed));
        changed.metadata.unwrap().as_str().to_owned()
    };
    assert_eq!(set(Some("crm"), None), r#"{"app":"crm"}"#);
    assert_eq!(set(None, Some(&metadata)), written);
    assert_eq!(set(Some("cms"), None), written.replace('}', r#","app":"cms"}"#));
    assert_eq!(set(Some("crm"), Some(&metadata)), written.replace('}', r#","app":"crm"}"#));
    let large = SpaceMetadata::parse(&format!(r#"{{"a":"{}"}}"#, "x".repeat(LONGEST_METADATA))).unwrap();
    let refused = run(fixture, &space, SetSpace { app: None, metadata: Some(large) }).unwrap_err();
    assert_eq!(refused.kind(), "metadata_too_large");
    assert_eq!(fixture.store.events().registry_faults(space.space_id).unwrap(), []);
}

pub fn an_open_handle_notices_a_change_of_the_app(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let space = crm.space().clone();
    set_app(fixture, &space, "cms").unwrap();
    let text = "the space crm_acme runs cms, not crm";
    assert_eq!(crm.execute(add_contact("c2")).unwrap_err().to_string(), text);
    assert_eq!(Crm::contact(&crm, "c1").unwrap_err().to_string(), text);
    assert_eq!(crm.preview(add_contact("c2")).unwrap_err().to_string(), text);
    assert_eq!(crm.clone().execute(add_contact("c2")).unwrap_err().to_string(), text);
    set_app(fixture, &space, "crm").unwrap();
    crm.execute(add_contact("c2")).unwrap();
    assert_eq!(Crm::contact_count(&crm).unwrap(), 2);
}

pub fn a_marked_space_refuses_a_change(fixture: &Fixture) {
    let events = fixture.store.events();
    let (space, other) = (fixture.space("crm_acme"), fixture.space("crm_other"));
    events.begin_delete(space.space_id, &mark_owner(1), None).unwrap();
    assert_eq!(rename(fixture, &space, "x").unwrap_err().kind(), "space_deleting");
    assert_eq!(set_app(fixture, &space, "cms").unwrap_err().kind(), "space_deleting");
    assert_eq!(rename(fixture, &other, "crm_acme").unwrap_err().kind(), "space_deleting");
    let importing = events.begin_import("new", None, START, &mark_owner(2)).unwrap();
    assert_eq!(rename(fixture, &importing, "x").unwrap_err().kind(), "space_importing");
    assert_eq!(rename(fixture, &other, "new").unwrap_err().kind(), "space_importing");
    assert_eq!(found(fixture, "crm_other"), Some(other));
}

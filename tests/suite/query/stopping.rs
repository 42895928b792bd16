//! Stopping a search within a large value.

use std::ops::ControlFlow;

use ramax::content_store::CurrentForms;
use ramax::operations::{
    Fold, KeyChange, Pause, Position, Progress, Scope, Search, is_event_match, projection, search_entries,
};
use ramax::query::ValueQuery;
use ramax::{
    Append, Apps, Error, Expected, Json, NewEvent, Page, Query, SpaceSequence, StoreError, Timestamp,
};

use crate::support::{Fixture, add_contact};

/// A text whose JSON form has a megabyte.
fn text() -> String {
    "\\".repeat(1 << 19)
}

/// A document of two megabytes, in many small values and in one string.
fn document() -> Json {
    let text = Json::of(&text().into());
    Json::checked(format!(r#"{{"list":[{}1],"text":{text}}}"#, "1,".repeat(1 << 19))).unwrap()
}

fn stopped() -> Result<(), Error> {
    Err(StoreError::Stopped.into())
}

const QUERIES: [&str; 9] = [
    "absent",
    "-absent",
    "payload~absent",
    "payload.text~absent",
    "payload.list~absent",
    "payload.list=[1]",
    "payload.none=1",
    "raw.text=absent",
    "seq:1 payload.list[99999]=2",
];

#[test]
fn a_search_is_stopped_within_a_large_payload() {
    let fixture = Fixture::memory();
    let (store, space_id) = (&fixture.store, fixture.space("a").space_id);
    let events = [NewEvent::new("c1", "contact.added", document())];
    let append = Append { expected: Expected::Any, now: Timestamp(0), events: &events };
    let appended = store.events().append(space_id, append).unwrap();
    let forms = CurrentForms::new(store, &Apps::standard());
    for query in QUERIES {
        let criteria = query.parse::<Query>().unwrap().resolve(Timestamp(0));
        let search = Search::new(store.events(), Scope::Space(space_id), criteria.clone()).unwrap();
        let page: Page<Position> = Page::forward(None, 10);
        let found = search.page(store.events(), page, 10, &mut stopped);
        assert_eq!(found.unwrap_err().kind(), "stopped", "{query}");
        let found = is_event_match(&criteria, &forms, &appended[0], &mut stopped);
        assert_eq!(found.unwrap_err().kind(), "stopped", "{query}");
    }
}

#[test]
fn a_search_is_stopped_within_a_large_value_of_a_projection_and_of_its_past() {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    crm.execute(add_contact("c2").with("name", text())).unwrap();
    let entries = projection(&fixture.store, &Apps::standard(), crm.space_id()).unwrap();
    let found = search_entries(&entries, ("contact:c2", "absent"), Page::forward(None, 10), 10, &mut stopped);
    assert_eq!(found.unwrap_err().kind(), "stopped");
    let mut fold = Fold::new(&crm, None).unwrap();
    let last = fold.last();
    let mut asked_about = |key: &str| {
        let condition: ValueQuery = "name~absent".parse().unwrap();
        let mut asked = 0;
        let mut watch = |_: Progress| {
            asked += 1;
            ControlFlow::Continue(())
        };
        let visit = &mut |_| Ok(ControlFlow::Continue(()));
        fold.bisect(("state", key), &condition, last, visit, &mut watch).unwrap();
        asked
    };
    let few = asked_about("contact:c1");
    assert!(asked_about("contact:c2") > few + 4);
    let mut visit = |change: KeyChange, _: &mut Pause<'_>| {
        let fields = change.fields_with("absent", &mut stopped);
        assert_eq!(fields.unwrap_err().kind(), "stopped");
        Ok(ControlFlow::Break(()))
    };
    let range = (SpaceSequence(0), last);
    let watch = &mut |_: Progress| ControlFlow::Continue(());
    let direction = ramax::event_store::Direction::Forward;
    fold.history(("state", "contact:c2"), range, direction, &mut visit, watch).unwrap();
}

//! Projections that an app no longer declares, or that belong to the app that a space ran before.

use ramax::apps::Crm;
use ramax::audit::Outcome;
use ramax::operations::{
    CheckOptions, Difference, Fault, Finding, Operation, OperationContext, ProjectionStatus, Rebuild,
    RemoveProjection, SetSpace, Target, catch_up, check, keep_going, overview, rebuild, verify,
};
use ramax::pstate::ProjectionId;
use ramax::{Apps, ContentStore, Page, Result, Store};

use crate::on_every_store;
use crate::support::tally::{add, apps, events, model, open, rows};
use crate::support::{Fixture, rename_contact};

on_every_store![
    an_undeclared_projection_is_noted_and_stays_until_it_is_removed,
    a_declared_or_missing_projection_is_not_removed,
    a_removed_projection_is_derived_again_by_a_program_that_declares_it,
    after_a_change_of_the_app_each_projection_waits_for_a_rebuild_or_a_removal,
];

/// A space whose projections were written by the first version of the app.
fn filled(fixture: &Fixture) -> ContentStore {
    let content = open(&fixture.store, "tally_a", 1);
    for n in 0..9 {
        add(&content, &format!("k{}", n % 4), n * 7).unwrap();
    }
    catch_up(&content, &mut keep_going).unwrap();
    content
}

fn remove(content: &ContentStore, version: u32, name: &str) -> Result<Option<u64>> {
    let apps = apps(version);
    let context = OperationContext::new(content.store(), &apps);
    let mut remove = RemoveProjection { projection: name.to_owned() };
    remove.run(Target::of(content.space()), context, &mut keep_going)
}

/// Returns the names of the projections that a deep check notes as undeclared. It finds nothing in the first space.
fn noted(store: &Store, apps: &Apps) -> Vec<String> {
    let checked = check(store, apps, CheckOptions { deep: true, is_running: &|_| true }, &mut keep_going);
    let checked = checked.unwrap();
    let undeclared = |fault: &Fault| matches!(fault, Fault::Differs(Difference::Undeclared { .. }));
    let is_found = |finding: &&Finding| finding.space.as_deref() == Some("tally_a");
    assert_eq!(checked.findings.iter().find(is_found), None);
    checked
        .notes
        .into_iter()
        .filter(|note| undeclared(&note.fault))
        .filter_map(|note| note.projection)
        .collect()
}

fn status(store: &Store, apps: &Apps, name: &str) -> Option<ProjectionStatus> {
    Some(overview(store, apps, "tally_a").unwrap().projection(name)?.status)
}

fn an_undeclared_projection_is_noted_and_stays_until_it_is_removed(fixture: &Fixture) {
    let content = filled(fixture);
    let (store, id) = (&fixture.store, ProjectionId::new(content.space_id(), "order"));
    rebuild(&open(store, "tally_a", 2), Rebuild::default(), &mut keep_going).unwrap();
    assert_eq!(noted(store, &apps(2)), ["order"]);
    assert_eq!(status(store, &apps(2), "order"), Some(ProjectionStatus::Undeclared));
    assert_eq!(rows(store, id), model("order", 1, &events(&content)));
    let (other, before) = (open(store, "tally_b", 1), rows(store, content.space_id().into()));
    add(&other, "k", 1).unwrap();
    catch_up(&other, &mut keep_going).unwrap();

    assert_eq!(remove(&content, 2, "order").unwrap(), Some(10));
    assert_eq!(noted(store, &apps(2)), ["order"], "that of the other space");
    assert_eq!(status(store, &apps(2), "order"), None);
    assert_eq!(rows(store, id).len(), 0);
    assert_eq!(rows(store, content.space_id().into()), before);
    assert_eq!(rows(store, ProjectionId::new(other.space_id(), "order")).len(), 2);
    let tables = store.pstate().rows_by_table(content.space_id()).unwrap();
    let projections = tables.iter().find(|(table, _)| table == "projections").unwrap().1;
    assert_eq!(projections, 4, "{tables:?}");
    let last = &store.audit_log().page(None, Page::backward(None, 1)).unwrap()[0];
    assert_eq!((last.action.as_str(), last.outcome), ("remove-projection", Outcome::Done));
    assert_eq!(last.detail.as_deref(), Some("order removed with 10 keys"));
}

fn a_declared_or_missing_projection_is_not_removed(fixture: &Fixture) {
    let content = filled(fixture);
    for (name, kind) in
        [("state", "declared_projection"), ("order", "declared_projection"), ("last", "unknown_projection")]
    {
        assert_eq!(remove(&content, 1, name).unwrap_err().kind(), kind, "{name}");
    }
    let missing = Store::memory();
    let unknown = ContentStore::open(&missing, "tally_a", std::sync::Arc::new(Crm)).unwrap();
    assert_eq!(remove(&unknown, 1, "order").unwrap_err().kind(), "unknown_app");
    assert_eq!(rows(&fixture.store, ProjectionId::new(content.space_id(), "order")).len(), 10);
}

fn a_removed_projection_is_derived_again_by_a_program_that_declares_it(fixture: &Fixture) {
    let content = filled(fixture);
    let id = ProjectionId::new(content.space_id(), "order");
    remove(&content, 2, "order").unwrap();
    assert_eq!(rows(&fixture.store, id).len(), 0);
    add(&content, "k", 5).unwrap();
    catch_up(&content, &mut keep_going).unwrap();
    assert_eq!(rows(&fixture.store, id), model("order", 1, &events(&content)));
    assert_eq!(verify(&content, &mut keep_going).unwrap().count(), 0);
}

fn after_a_change_of_the_app_each_projection_waits_for_a_rebuild_or_a_removal(fixture: &Fixture) {
    let content = filled(fixture);
    let store = &fixture.store;
    let both = apps(1).with(std::sync::Arc::new(Crm));
    let mut set = SetSpace { app: Some("crm".to_owned()), metadata: None };
    let space =
        set.run(Target::of(content.space()), OperationContext::new(store, &both), &mut keep_going).unwrap();
    assert_eq!(add(&content, "k", 1).unwrap_err().kind(), "wrong_app");
    let overview = |name: &str| status(store, &both, name).unwrap();
    let all = ["state", "sums", "order", "sizes"].map(overview);
    assert_eq!(all[0], ProjectionStatus::Outdated);
    assert_eq!(all[1..], [ProjectionStatus::Undeclared; 3]);

    let crm = ContentStore::of(store, space, std::sync::Arc::new(Crm)).unwrap();
    assert_eq!(crm.execute(rename_contact("c", "n")).unwrap_err().kind(), "projection_outdated");
    let before = events(&content);
    rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap();
    assert_eq!(crm.execute(crate::support::add_contact("c")).unwrap().space_sequence.0, 10);
    assert_eq!(noted(store, &both), ["order", "sizes", "sums"]);
    for name in ["order", "sizes", "sums"] {
        let mut remove = RemoveProjection { projection: name.to_owned() };
        let context = OperationContext::new(store, &both);
        remove.run(Target::of(crm.space()), context, &mut keep_going).unwrap();
    }
    assert_eq!(noted(store, &both), Vec::<String>::new());
    assert_eq!(events(&content)[..9], before);
}

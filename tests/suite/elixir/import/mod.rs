//! Importing files of the original.

mod causes;
mod command;
mod damaged;
mod exports;
mod interrupted;
mod random;
mod whole;

use std::path::Path;

use ramax::operations::{
    self, CheckOptions, Finding, ImportOriginal, ImportedOriginal, ImportedOriginalSpace, Operation,
    OperationContext, OriginalFiles, OriginalPlan, Target, check, keep_going, open_space, verify,
};
use ramax::{Apps, ContentStore, Event, Page, Result, Store};

use super::Original;

pub(super) fn import(store: &Store, path: &Path) -> Result<ImportedOriginal> {
    let apps = Apps::standard();
    let context = OperationContext::new(store, &apps);
    ImportOriginal { files: OriginalFiles::from(path), into: None }.run(
        Target::File,
        context,
        &mut keep_going,
    )
}

fn plan(store: Option<&Store>, path: &Path) -> OriginalPlan {
    operations::plan_original(store, &Apps::standard(), &OriginalFiles::from(path), &mut keep_going).unwrap()
}

/// Returns the plan after a trial.
fn tried(path: &Path) -> OriginalPlan {
    operations::try_original(None, &Apps::standard(), &OriginalFiles::from(path), &mut keep_going).unwrap()
}

/// Imports a file into a store in memory.
fn imported(original: &Original) -> (Store, ImportedOriginal) {
    let store = Store::memory();
    let before = original.bytes();
    let imported = import(&store, &original.path()).unwrap();
    assert!(before == original.bytes() && original.names() == ["app.db"], "the original has changed");
    (store, imported)
}

fn open(store: &Store, name: &str) -> ContentStore {
    let space = store.events().find_space(name).unwrap().unwrap().space;
    open_space(store, &Apps::standard(), space).unwrap()
}

fn events_of(store: &Store, name: &str) -> Vec<Event> {
    let space = store.events().find_space(name).unwrap().unwrap().space;
    store.events().read_space(space.space_id, Page::forward(None, 100_000)).unwrap()
}

fn space<'a>(imported: &'a ImportedOriginal, name: &str) -> &'a ImportedOriginalSpace {
    imported.spaces.iter().find(|space| space.space.space_name == name).unwrap()
}

fn findings(store: &Store) -> Vec<Finding> {
    let options = CheckOptions { deep: true, is_running: &|_| true };
    check(store, &Apps::standard(), options, &mut keep_going).unwrap().findings
}

/// Checks that a rebuild of a space changes nothing, and that its projections match its events.
#[track_caller]
fn assert_derived(store: &Store, name: &str) {
    let content = open(store, name);
    assert_eq!(verify(&content, &mut keep_going).unwrap().differences, []);
    let before = entries(store, name);
    operations::rebuild(&content, operations::Rebuild::default(), &mut keep_going).unwrap();
    assert_eq!(entries(store, name), before);
    assert_eq!(verify(&content, &mut keep_going).unwrap().differences, []);
}

fn entries(store: &Store, name: &str) -> Vec<(String, String)> {
    let space = store.events().find_space(name).unwrap().unwrap().space;
    let page = Page::forward(None, 100_000);
    let entries = store.pstate().scan(space.space_id.into(), "", page).unwrap();
    entries.into_iter().map(|entry| (entry.key, entry.value.to_string())).collect()
}

fn value(store: &Store, name: &str, key: &str) -> String {
    entries(store, name).into_iter().find(|(found, _)| found == key).unwrap().1
}

/// Returns the metadata of an event, or nothing.
fn origin(event: &Event) -> &str {
    event.metadata.as_ref().map_or("", |metadata| metadata.as_str())
}

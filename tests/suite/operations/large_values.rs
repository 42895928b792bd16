//! Operations ask whether to stop within one large value, however few values there are.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use ramax::content_store::{Applied, CommandSpec, StateError};
use ramax::operations::{
    BugReport, Export, ExportBugReport, ExportList, Fold, Import, ListDestination, ListFormat, Operation,
    OperationContext, Progress, Rebuild, Scope, StoreList, Target, Verify, Watch, compare_spaces,
};
use ramax::space::ReportSubject;
use ramax::{App, Apps, ContentStore, Event, Json, Result, SpaceSequence, State, Store};

use super::append;
use crate::support::{Fixture, event};

/// The size of a piece of a text, after which an operation may be stopped.
const PIECE: usize = 1 << 18;

/// An app that keeps the payloads of its events.
struct Documents;

impl App for Documents {
    fn name(&self) -> &'static str {
        "documents"
    }

    fn summary(&self) -> &'static str {
        "documents of any kind"
    }

    fn space_prefix(&self) -> &'static str {
        "documents_"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["document.stored"]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        &[]
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> std::result::Result<Applied, StateError> {
        state.put(&event.entity_id, &event.payload.parse::<serde_json::Value>()?)?;
        Ok(Applied::Yes)
    }
}

fn apps() -> Apps {
    Apps::default().with(Arc::new(Documents))
}

/// Returns a document of many short lines, about as long as this.
fn document(bytes: usize, last: &str) -> String {
    let line = "\"some words on one line\",\n";
    format!("{{\"name\":\"Ada Lovelace\",\"lines\":[\n{}\"{last}\"]}}", line.repeat(bytes / line.len()))
}

/// Appends a document to a space of its own, and brings the projection up to date.
fn stored(store: &Store, name: &str, text: String) -> ContentStore {
    let space = ContentStore::open(store, name, Arc::new(Documents)).unwrap();
    let mut stored = event("d1", "document.stored", serde_json::json!({}));
    stored.payload = Json::from_stored(text);
    append(store, space.space_id(), &[stored]);
    space.catch_up(&mut |_, _| ControlFlow::Continue(())).unwrap();
    space
}

/// The spaces of a store with a document of one size, and a directory for files.
struct Place<'a> {
    store: &'a Store,
    space: ContentStore,
    other: ContentStore,
    directory: &'a Path,
}

type Work = fn(&Place<'_>, &mut Watch<'_>) -> Result<()>;

fn run<O: Operation<Error = ramax::Error>>(
    place: &Place<'_>,
    mut operation: O,
    watch: &mut Watch<'_>,
) -> Result<()> {
    let apps = apps();
    let context = OperationContext::new(place.store, &apps);
    operation.run(Target::of(place.space.space()), context, watch).map(drop)
}

fn list(place: &Place<'_>, list: StoreList, format: ListFormat, watch: &mut Watch<'_>) -> Result<()> {
    let path = place.directory.join("list");
    run(place, ExportList { list, format, destination: ListDestination::File { path, replace: true } }, watch)
}

fn events_of(place: &Place<'_>) -> StoreList {
    StoreList::Events { scope: Scope::Space(place.space.space_id()), query: Default::default() }
}

fn entries_of(place: &Place<'_>) -> StoreList {
    let (projection, text) = ("state".to_owned(), String::new());
    StoreList::Entries { space_id: place.space.space_id(), projection, text }
}

fn alter(place: &Place<'_>) {
    let id = place.space.space_id().into();
    let entry = place.store.pstate().get(id, "d1").unwrap().unwrap();
    let altered = Json::from_stored(entry.value.as_str().replace("the end", "another end"));
    place.store.pstate().put(id, "d1", altered, entry.updated_at).unwrap();
}

/// Operations, each with the pieces of a value of which it asks at least once for each, in hundredths.
const WORKS: [(&str, usize, Work); 9] = [
    ("list of events", 300, |place, watch| list(place, events_of(place), ListFormat::JsonLines, watch)),
    ("list of events as CSV", 300, |place, watch| list(place, events_of(place), ListFormat::Csv, watch)),
    ("list of entries", 300, |place, watch| list(place, entries_of(place), ListFormat::JsonLines, watch)),
    ("bug report", 300, |place, watch| {
        let subject = ReportSubject::Entity("d1".to_owned());
        let masks = vec!["name".parse().unwrap()];
        let report = BugReport { subject, masks, as_test: false };
        run(place, ExportBugReport { report, file: place.directory.join("report"), replace: true }, watch)
    }),
    ("import", 300, |place, watch| {
        let export = Export { file: place.directory.join("export"), replace: true };
        run(place, export, &mut |_| ControlFlow::Continue(()))?;
        let other = Fixture::memory();
        let place = Place { store: &other.store, ..copy(place) };
        run(&place, Import { file: place.directory.join("export"), into: None }, watch)
    }),
    ("rebuild", 0, |place, watch| run(place, Rebuild::default(), watch)),
    ("verify", 100, |place, watch| {
        alter(place);
        run(place, Verify::default(), watch)
    }),
    ("comparison with the past", 75, |place, watch| {
        let mut fold = Fold::new(&place.space, None)?;
        let points = (SpaceSequence(0), SpaceSequence(1));
        fold.compare(("state", ""), points, &mut |_, _| Ok(ControlFlow::Continue(())), watch)
    }),
    ("comparison of spaces", 100, |place, watch| {
        let spaces = (place.other.space(), place.space.space());
        let visit = &mut |_, _| Ok(ControlFlow::Continue(()));
        compare_spaces((place.store, &apps()), spaces, ("state", ""), visit, watch)
    }),
];

fn copy<'a>(place: &Place<'a>) -> Place<'a> {
    let open = |space: &ContentStore| {
        ContentStore::open(place.store, &space.space().space_name, Arc::new(Documents)).unwrap()
    };
    Place {
        store: place.store,
        space: open(&place.space),
        other: open(&place.other),
        directory: place.directory,
    }
}

/// Counts how often an operation asks on documents of this size. It is stopped when it has asked so often.
fn asks(work: Work, bytes: usize, stop_after: usize) -> (Result<()>, usize) {
    let (fixture, directory) = (Fixture::memory(), tempfile::tempdir().unwrap());
    let space = stored(&fixture.store, "documents_a", document(bytes, "the end"));
    let other = stored(&fixture.store, "documents_b", document(bytes, "the other end"));
    let place = Place { store: &fixture.store, space, other, directory: directory.path() };
    let mut asked = 0;
    let done = work(&place, &mut |_: Progress| {
        asked += 1;
        if asked < stop_after { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    (done, asked)
}

#[test]
fn operations_ask_whether_to_stop_within_one_large_value() {
    let bytes = 4 * PIECE;
    for (name, hundredths, work) in WORKS {
        let (done, few) = asks(work, 0, usize::MAX);
        done.unwrap();
        let (done, many) = asks(work, bytes, usize::MAX);
        done.unwrap();
        let least = (bytes / PIECE) * hundredths / 100;
        assert!(many > few + least, "{name}: asked {many} times, and {few} times for small values");
        let (stopped, asked) = asks(work, bytes, few + (many - few) / 2);
        assert!(stopped.unwrap_err().is_cancelled(), "{name}");
        assert_eq!(asked, few + (many - few) / 2, "{name}");
    }
}

#[test]
fn a_transaction_of_a_catch_up_ends_after_large_values() {
    let fixture = Fixture::memory();
    let space = stored(&fixture.store, "documents_a", document(0, "first"));
    let large: Vec<_> = (0..5)
        .map(|number| {
            let mut stored = event("d1", "document.stored", serde_json::json!({}));
            stored.payload = Json::from_stored(format!("\"{}{number}\"", "x".repeat(8 << 20)));
            stored
        })
        .collect();
    append(&fixture.store, space.space_id(), &large);
    let mut steps = Vec::new();
    space
        .catch_up(&mut |done, _| {
            steps.push(done.events);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(steps, [1, 2, 3, 4, 5]);
}

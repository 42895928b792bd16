//! Exported lists, compared with a scan of everything.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use ramax::operations::{
    ExportList, ListDestination, ListFormat, Operation, OperationContext, Scope, StoreList, Target,
    keep_going,
};
use ramax::{Append, Apps, Event, Expected, Json, Page, Query, Store, Timestamp};
use serde_json::{Value, json};

use super::search::{append, fresh, plans, scan, word};
use crate::on_every_store;
use crate::support::{Fixture, START};

on_every_store![
    exported_events_are_those_that_a_scan_finds,
    exported_keys_are_those_that_a_scan_finds,
    an_export_of_a_list_is_recorded_before_it_reads_anything,
    an_exported_checkpoint_tells_by_how_much_time_a_projection_lags_that_was_never_built,
];

fn an_export_of_a_list_is_recorded_before_it_reads_anything(fixture: &Fixture) {
    let acme = fixture.crm("crm_acme");
    acme.execute(crate::support::add_contact("c1")).unwrap();
    let store = &fixture.store;
    let destination = ListDestination::Clipboard { most: usize::MAX };
    let list = StoreList::Events { scope: Scope::All, query: Query::default() };
    let mut export = ExportList { list, format: ListFormat::JsonLines, destination };
    let mut recorded = None;
    let mut watch = |_| {
        let last = store.audit_log().page(None, Page::backward(None, 1)).unwrap().remove(0);
        recorded = Some((last.action.clone(), last.ended_at.is_some()));
        std::ops::ControlFlow::Continue(())
    };
    let apps = Apps::standard();
    export.run(Target::File, OperationContext::new(store, &apps), &mut watch).unwrap();
    assert_eq!(recorded, Some(("export-list".to_owned(), false)), "a killed process leaves this entry");
}

fn an_exported_checkpoint_tells_by_how_much_time_a_projection_lags_that_was_never_built(fixture: &Fixture) {
    let space = fixture.space("crm_acme");
    for seconds in [0, 60] {
        let events = [crate::support::event("c1", "contact.added", json!({"name": "Ada"}))];
        let append =
            Append { expected: Expected::Any, now: Timestamp(START.0 + seconds * 1000), events: &events };
        fixture.store.events().append(space.space_id, append).unwrap();
    }
    let list = StoreList::Checkpoints([space.space_id].into());
    let rows = objects(&exported(&fixture.store, list, ListFormat::JsonLines));
    assert!(!rows.is_empty() && rows.iter().all(|row| row["lag_seconds"] == 60.0), "{rows:?}");
}

/// The text of an exported list.
fn exported(store: &Store, list: StoreList, format: ListFormat) -> String {
    let destination = ListDestination::Clipboard { most: usize::MAX };
    let mut export = ExportList { list, format, destination };
    let apps = Apps::standard();
    let done = export.run(Target::File, OperationContext::new(store, &apps), &mut keep_going).unwrap();
    let text = done.text.unwrap();
    assert_eq!(done.bytes, text.len() as u64);
    text
}

fn objects(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The cells of CSV by name, without the apostrophes that keep texts from being formulas.
fn cells(text: &str) -> Vec<Vec<(String, String)>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| {
        let cells = names.iter().zip(record.iter());
        let restored = |cell: &str| cell.strip_prefix('\'').unwrap_or(cell).to_owned();
        cells.map(|(name, cell)| (name.to_owned(), restored(cell))).collect()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// The cells that rows have in CSV.
fn expected_cells(rows: &[Value], json_columns: &[&str]) -> Vec<Vec<(String, String)>> {
    let cell = |name: &String, value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) if !json_columns.contains(&name.as_str()) => text.clone(),
        other => other.to_string(),
    };
    let row = |row: &Value| {
        row.as_object().unwrap().iter().map(|(name, value)| (name.clone(), cell(name, value))).collect()
    };
    rows.iter().map(row).collect()
}

fn row_of(store: &Store, event: &Event) -> Value {
    let space = store.events().space(event.space_id).unwrap().unwrap().space;
    let mut row = json!({"space_name": space.space_name});
    let Value::Object(fields) = serde_json::to_value(event).unwrap() else { panic!("an event is an object") };
    row.as_object_mut().unwrap().extend(fields);
    row
}

fn exported_events_are_those_that_a_scan_finds(fixture: &Fixture) {
    let case = (plans(), prop::collection::vec(word(), 0..3));
    let outcome = TestRunner::new(ProptestConfig::with_cases(40)).run(&case, |(plans, words)| {
        let fresh = fresh(fixture);
        let spaces = append(&fresh, &plans);
        let store = &fresh.store;
        let query: Query = words.join(" ").parse().unwrap();
        for scope in [Scope::Space(spaces[0]), Scope::All] {
            // Relative times are minutes apart, and the clock of the store proceeds by seconds.
            let criteria = query.resolve(store.clock().now());
            let mut events = scan(store.events(), scope, Default::default(), None);
            events.retain(|event| criteria.matches(event));
            let rows: Vec<Value> = events.iter().map(|event| row_of(store, event)).collect();
            let list = StoreList::Events { scope, query: query.clone() };
            let lines = exported(store, list.clone(), ListFormat::JsonLines);
            prop_assert_eq!(&objects(&lines), &rows, "{} in {:?}", query, scope);
            let mut records = cells(&exported(store, list, ListFormat::Csv));
            for record in &mut records {
                // Neither a damaged event nor an upcaster.
                record.retain(|(name, _)| !["intact", "current"].contains(&name.as_str()));
            }
            prop_assert_eq!(
                records,
                expected_cells(&rows, &["payload", "metadata"]),
                "{} in {:?}",
                query,
                scope
            );
        }
        Ok(())
    });
    outcome.unwrap();
}

fn exported_keys_are_those_that_a_scan_finds(fixture: &Fixture) {
    let text = || "[=+\\-@\t\r\n'\"a-cA,;é山]{0,6}";
    let case = (prop::collection::btree_map(text(), text(), 0..12), "[a-c山]{0,2}");
    let outcome = TestRunner::new(ProptestConfig::with_cases(40)).run(&case, |(entries, wanted)| {
        let fresh = fresh(fixture);
        let space_id = fresh.space("crm_acme").space_id;
        for (key, value) in &entries {
            let value = Json::of(&json!({ "name": value }));
            fresh.store.pstate().put(space_id.into(), key, value, Timestamp(START.0)).unwrap();
        }
        let found = fresh.store.pstate().scan(space_id.into(), "", Page::forward(None, 99)).unwrap();
        let contains = |text: &str| text.to_ascii_lowercase().contains(&wanted.to_ascii_lowercase());
        let matching =
            found.iter().filter(|entry| contains(&entry.key) || contains_value(&entry.value, &contains));
        let rows: Vec<Value> = matching
            .map(|entry| {
                json!({
                    "projection": "state", "key": entry.key, "value": entry.value.to_value(),
                    "updated_at": entry.updated_at,
                })
            })
            .collect();
        let list = StoreList::Entries { space_id, projection: "state".to_owned(), text: wanted.clone() };
        let lines = exported(&fresh.store, list.clone(), ListFormat::JsonLines);
        prop_assert_eq!(&objects(&lines), &rows);
        let records = cells(&exported(&fresh.store, list, ListFormat::Csv));
        prop_assert_eq!(records, expected_cells(&rows, &["value"]));
        Ok(())
    });
    outcome.unwrap();
}

/// Returns true if a name or text of the document matches.
fn contains_value(value: &Json, contains: &dyn Fn(&str) -> bool) -> bool {
    contains("name") || value.to_value()["name"].as_str().is_some_and(contains)
}

//! A page in use that is listed as free is found and repaired in every file, whatever the order of its tables and views.

use std::fs;
use std::path::PathBuf;

use ramax::Apps;
use ramax::operations::{find_space, keep_going, repair};

use super::findings::{Files, assert_clean, checked};
use super::remedies::run;
use crate::support::{Fixture, add_contact};

#[test]
fn a_page_in_use_that_is_listed_as_free_is_found_in_new_files() {
    find_and_repair(with_one_event);
}

#[test]
fn a_page_in_use_that_is_listed_as_free_is_found_in_purged_files() {
    find_and_repair(|two| {
        let files = with_one_event(two);
        let store = files.store();
        store.events().purge().unwrap();
        store.pstate().purge().unwrap();
        drop(store);
        files
    });
}

#[test]
fn a_page_in_use_that_is_listed_as_free_is_found_in_migrated_files() {
    find_and_repair(Files::migrated);
}

fn with_one_event(two: bool) -> Files {
    let fixture = if two { Fixture::two_files() } else { Fixture::one_file() };
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    Files::close(fixture, two)
}

fn find_and_repair(new: impl Fn(bool) -> Files) {
    for (two, projections) in [(false, false), (true, false), (true, true)] {
        let files = new(two);
        leave_free_pages(&files, projections);
        let intact = checked(&files.store(), true);
        assert_eq!((intact.findings, intact.unchecked), (vec![], vec![]), "{two} {projections}");
        let page = free_a_page_in_use(&files, projections);
        let store = files.store();
        let damaged = checked(&store, true);
        let words = damaged.findings.iter().flat_map(|finding| finding.fault.words());
        let found: Vec<_> = words.map(|words| words.text).collect();
        let expected = format!("page {page} is in use and in the list of free pages");
        assert!(found.iter().any(|text| text.contains(&expected)), "{two} {projections}: {found:?}");
        repair(&store, &damaged, &mut keep_going).unwrap();
        assert_clean(&store);
    }
}

#[test]
fn a_list_of_free_pages_is_not_compared_while_the_wal_is_in_use() {
    let files = with_one_event(false);
    leave_free_pages(&files, false);
    let store = files.store();
    let page = "SELECT count(*) FROM sqlite_schema";
    let (writer, reader) = (files.sqlite(false), files.sqlite(false));
    writer.execute_batch("CREATE TABLE more (x); DROP TABLE more").unwrap();
    reader.execute_batch("BEGIN").unwrap();
    reader.query_row(page, [], |_| Ok(())).unwrap();
    writer.execute_batch("CREATE TABLE again (x); DROP TABLE again").unwrap();
    let busy = checked(&store, true);
    assert_eq!(busy.findings, []);
    let left = busy.left_to_others().unwrap();
    assert!(left.starts_with("not checked here: pages in use that are listed as free"), "{left}");
    let printed = run(&files, "ramax check --deep --json").stdout;
    let summary: serde_json::Value = serde_json::from_slice(&printed).unwrap();
    assert_eq!(summary["unchecked"], serde_json::json!(busy.unchecked));
    assert_eq!(checked(&store, false).left_to_others(), None, "a check that is not deep");
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(checked(&store, true).left_to_others(), None);
}

#[test]
fn a_comparison_of_free_pages_keeps_the_locks_that_other_processes_see() {
    let files = with_one_event(false);
    leave_free_pages(&files, false);
    let store = files.store();
    assert_eq!(checked(&store, true).left_to_others(), None);
    let other = run(&files, "ramax run crm_acme add-contact contact_id=c2 name=N email=e");
    assert!(other.status.success(), "{other:?}");
    let wal = path(&files, false).with_extension("db-wal");
    assert!(wal.exists(), "the other process was the last one only if the locks were lost");
    let crm = find_space(&store, &Apps::standard(), "crm_acme").unwrap();
    crm.execute(add_contact("c3")).unwrap();
}

fn path(files: &Files, projections: bool) -> PathBuf {
    let location = files.location();
    location.projections.filter(|_| projections).unwrap_or(location.database)
}

fn leave_free_pages(files: &Files, projections: bool) {
    let long = "CREATE TABLE left (x); INSERT INTO left VALUES (zeroblob(20000)); DROP TABLE left";
    files.sqlite(projections).execute_batch(long).unwrap();
}

/// Lists a page with rows in place of a free one, and returns its number.
fn free_a_page_in_use(files: &Files, projections: bool) -> u32 {
    let table = if projections { "projection_entities" } else { "event_log" };
    let sql = "SELECT max(pageno) FROM dbstat WHERE name = ?1 AND pagetype = 'leaf'";
    let page: u32 = files.sqlite(projections).query_row(sql, [table], |row| row.get(0)).unwrap();
    let path = path(files, projections);
    let mut bytes = fs::read(&path).unwrap();
    let list = u32::from_be_bytes(bytes[32..36].try_into().unwrap()) as usize;
    bytes[(list - 1) * 4096 + 8..][..4].copy_from_slice(&page.to_be_bytes());
    fs::write(&path, bytes).unwrap();
    page
}

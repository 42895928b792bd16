//! Files that another program made another part of a store in name: their tables say which part they are.

use ramax::operations::create_space;
use ramax::{OpenOptions, Store};

use super::findings::{Files, assert_clean};

fn role(files: &Files, projections: bool) -> String {
    files.sqlite(projections).query_row("SELECT role FROM store", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_file_with_the_role_of_another_part_is_opened_as_the_part_that_it_is() {
    for two in [false, true] {
        let whole = Files::small(two);
        for projections in [false, true].into_iter().take(if two { 2 } else { 1 }) {
            let before = role(&whole, projections);
            for changed in ["whole", "events", "projections", "x"].into_iter().filter(|role| *role != before)
            {
                let files = whole.copy();
                let open_before = files.store();
                let sql = format!("PRAGMA ignore_check_constraints = 1; UPDATE store SET role = '{changed}'");
                files.sqlite(projections).execute_batch(&sql).unwrap();
                assert_clean(&open_before);
                create_space(&open_before, "crm_before", None).unwrap();
                drop(open_before);
                let read_only = OpenOptions { read_only: true, ..OpenOptions::default() };
                assert_clean(&Store::open(&files.location(), read_only).unwrap());
                assert_eq!(role(&files, projections), changed);
                let store = files.store();
                assert_clean(&store);
                create_space(&store, "crm_after", None).unwrap();
                assert_eq!(role(&files, projections), before, "{changed}");
            }
        }
    }
}

#[test]
fn the_row_about_a_file_gets_its_number_back() {
    for two in [false, true] {
        for projections in [false, true].into_iter().take(if two { 2 } else { 1 }) {
            let files = Files::small(two);
            let sql = "PRAGMA ignore_check_constraints = 1; UPDATE store SET one = 7";
            files.sqlite(projections).execute_batch(sql).unwrap();
            assert_clean(&files.store());
            let one: i64 =
                files.sqlite(projections).query_row("SELECT one FROM store", [], |row| row.get(0)).unwrap();
            assert_eq!(one, 1);
        }
    }
}

#[test]
fn a_file_without_the_tables_of_projections_does_not_become_one_with_events() {
    let files = Files::small(false);
    let sql = "DROP VIEW pstate_entities; DROP TABLE projections; DROP TABLE projection_checkpoints;
        DROP TABLE projection_entities";
    files.sqlite(false).execute_batch(sql).unwrap();
    let refused = Store::open(&files.location(), OpenOptions::default()).err().unwrap();
    assert!(refused.to_string().contains("the table projections is missing"), "{refused}");
}

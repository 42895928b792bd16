//! A damaged value in any column of the projections' tables: a plain check and a deep one name the same remedy, and following
//! it once repairs everything.

use std::collections::BTreeSet;

use ramax::Apps;
use ramax::error::Remedy;
use ramax::operations::{Checked, catch_up, find_space, keep_going};
use rusqlite::Connection;

use super::findings::{Files, checked};
use super::repairs::apply;
use crate::support::{Fixture, add_contact};

/// The projection that is damaged.
const DAMAGED: &str = "contacts_by_domain";

/// The projection that a later version of its app may have built.
const OTHER: &str = "state";

/// Values that a column may not have, as SQL: nothing, other types, text that is not UTF-8, numbers out of range, and values
/// that are possible elsewhere.
const VALUES: [&str; 8] =
    ["NULL", "1.5", "x'ff41'", "CAST(x'ff41' AS TEXT)", "-1", "9223372036854775807", "77", "'other'"];

/// Each change is tried in one of so many runs.
const EVERY: usize = 16;

const TABLES: [&str; 3] = ["projections", "projection_checkpoints", "projection_entities"];

/// Creates small files whose space has both projections.
pub(super) fn original(two: bool, is_newer: bool) -> Files {
    let fixture = if two { Fixture::two_files() } else { Fixture::one_file() };
    let acme = fixture.crm("crm_acme");
    for n in 0..3 {
        acme.execute(add_contact(&format!("c{n}"))).unwrap();
    }
    catch_up(&acme, &mut keep_going).unwrap();
    drop(acme);
    let other = fixture.crm("crm_other");
    other.execute(add_contact("c7")).unwrap();
    catch_up(&other, &mut keep_going).unwrap();
    drop(other);
    let files = Files::close(fixture, two);
    if is_newer {
        let sql = r#"UPDATE projections SET definition = '{"app":"crm","version":2}' WHERE projection = ?1 AND space_id = 1"#;
        assert_eq!(files.sqlite(true).execute(sql, [OTHER]).unwrap(), 1);
    }
    files
}

/// Returns a statement for each value of each column, in a row of the damaged projection. A value that a constraint refuses is
/// no damage.
fn statements(files: &Files) -> Vec<String> {
    let sqlite = files.sqlite(true);
    let id = number_of(&sqlite, DAMAGED);
    let mut statements = Vec::new();
    for table in TABLES {
        let mut columns = sqlite.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
        let columns: Vec<String> =
            columns.query_map([table], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let first = if table == "projection_entities" {
            format!(" AND key = (SELECT min(key) FROM {table} WHERE projection_id = {id})")
        } else {
            String::new()
        };
        for column in columns {
            let set =
                |value| format!("UPDATE {table} SET {column} = {value} WHERE projection_id = {id}{first}");
            let is_stored = |sql: &String| {
                // Undone when it is dropped.
                let tried = sqlite.unchecked_transaction().unwrap();
                tried.execute(sql, []).is_ok()
            };
            statements.extend(VALUES.map(set).into_iter().filter(is_stored));
        }
    }
    statements
}

/// Returns the number of a projection of the first space.
fn number_of(sqlite: &Connection, projection: &str) -> i64 {
    let sql = "SELECT projection_id FROM projections WHERE projection = ?1 AND space_id = 1";
    sqlite.query_row(sql, [projection], |row| row.get(0)).unwrap()
}

/// Damage to rows of the projections' tables: `ID` is the damaged projection, `OTHER` another one of the space, and `FIRST` selects
/// the first entry.
const ROWS: [&str; 24] = [
    "DELETE FROM projection_entities WHERE FIRST",
    "DELETE FROM projection_entities WHERE projection_id = ID",
    "UPDATE projection_entities SET key = key || 'x' WHERE FIRST",
    "INSERT INTO projection_entities SELECT projection_id, key || 'x', value, updated_at FROM projection_entities WHERE FIRST",
    "UPDATE projection_entities SET projection_id = OTHER WHERE FIRST",
    "UPDATE projection_entities SET projection_id = OTHER WHERE projection_id = ID",
    "INSERT INTO projection_entities SELECT OTHER, key, value, updated_at FROM projection_entities WHERE FIRST",
    "UPDATE projection_entities SET projection_id = 999 WHERE FIRST",
    "UPDATE projection_entities SET projection_id = -projection_id WHERE projection_id = ID",
    "DELETE FROM projection_checkpoints WHERE projection_id = ID",
    "UPDATE projection_checkpoints SET projection = 'other' WHERE projection_id = ID",
    "UPDATE projection_checkpoints SET space_id = 9 WHERE projection_id = ID",
    "UPDATE projection_checkpoints SET space_id = -1 WHERE projection_id = ID",
    "UPDATE projection_checkpoints SET projection_id = OTHER WHERE projection_id = ID",
    "UPDATE projection_checkpoints SET projection_id = 999 WHERE projection_id = ID",
    "INSERT INTO projection_checkpoints SELECT 9, projection, last_event_id, last_space_sequence, updated_at, projection_id, entities
       FROM projection_checkpoints WHERE projection_id = ID",
    "INSERT INTO projection_checkpoints SELECT 1, 'copy', last_event_id, last_space_sequence, updated_at, projection_id, entities
       FROM projection_checkpoints WHERE projection_id = ID",
    "DELETE FROM projections WHERE projection_id = ID",
    "UPDATE projections SET projection_id = 999 WHERE projection_id = ID",
    "UPDATE projections SET space_id = 2 WHERE projection_id = ID",
    "UPDATE projections SET space_id = 9 WHERE projection_id = ID",
    "UPDATE projections SET state = 'retired' WHERE projection_id = ID",
    "UPDATE projections SET state = 'shadow' WHERE projection_id = ID",
    "INSERT INTO projections (space_id, state, projection) SELECT space_id, state, projection FROM projections WHERE projection_id = ID",
];

/// Returns the values of all projections, by space and name.
fn values(files: &Files) -> Vec<(i64, String, String, String)> {
    let sqlite = files.sqlite(true);
    let sql = "SELECT checkpoints.space_id, checkpoints.projection, key, value
        FROM projection_checkpoints AS checkpoints JOIN projection_entities USING (projection_id) ORDER BY 1, 2, 3";
    let mut statement = sqlite.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

/// Returns the remedies, each with the space to apply it to.
fn remedies(checked: &Checked) -> BTreeSet<(Remedy, Option<String>)> {
    checked.findings.iter().map(|finding| (finding.remedy.clone(), finding.space.clone())).collect()
}

/// Follows remedies once. A check then finds nothing more.
fn follow(files: &Files, remedies: &BTreeSet<(Remedy, Option<String>)>, deep: bool) -> Result<(), String> {
    let store = files.store();
    for (remedy, space) in remedies {
        if matches!(remedy, Remedy::NewProjections | Remedy::LaterVersion) {
            return Err(format!("{remedy:?} is more than the damage needs"));
        }
        match apply(&store, remedy, space.as_deref()) {
            Ok(true) => {}
            Ok(false) => return Err(format!("{remedy:?} is more than the damage needs")),
            Err(error) => return Err(format!("{remedy:?} is refused: {error}")),
        }
    }
    let left = checked(&store, deep);
    if left.count() > 0 { Err(format!("{remedies:?} leave {:?}", left.findings)) } else { Ok(()) }
}

/// Returns true for changes that are tried in each run.
fn is_always_tried(sql: &str) -> bool {
    sql.contains("definition = CAST") || sql.contains("projections SET projection = 'other'")
}

#[test]
fn plain_and_deep_checks_name_the_same_remedies_for_a_projection_and_one_round_of_them_is_enough() {
    let mut failed = Vec::new();
    // Each change in a few files, other ones in each run.
    let first = fastrand::usize(..EVERY);
    let kinds = [(false, false), (true, false), (false, true), (true, true)];
    for (number, (two, is_newer)) in kinds.into_iter().enumerate() {
        let whole = original(two, is_newer);
        let is_tried =
            |(n, sql): &(usize, &String)| (n + number * EVERY / 4) % EVERY == first || is_always_tried(sql);
        for (_, sql) in statements(&whole).iter().enumerate().filter(is_tried) {
            let files = whole.copy();
            files.sqlite(true).execute(sql, []).unwrap();
            if let Err(text) = follow_both(&files) {
                failed.push(format!("two: {two}, newer: {is_newer}, {sql}: {text}"));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_projection_whose_rows_were_removed_added_or_moved_is_rebuilt_in_one_round() {
    let mut failed = Vec::new();
    for two in [false, true] {
        let whole = original(two, false);
        let before = values(&whole);
        let (id, other) = {
            let sqlite = whole.sqlite(true);
            (number_of(&sqlite, DAMAGED), number_of(&sqlite, OTHER))
        };
        let first = "projection_id = ID AND key = (SELECT min(key) FROM projection_entities WHERE projection_id = ID)";
        let first_of = fastrand::usize(..2);
        // In two files, every other row in each run.
        for (_, sql) in ROWS.iter().enumerate().filter(|(n, _)| !two || n % 2 == first_of) {
            let sql = sql
                .replace("FIRST", first)
                .replace("ID", &id.to_string())
                .replace("OTHER", &other.to_string());
            let files = whole.copy();
            files.sqlite(true).execute_batch(&sql).unwrap();
            if let Err(text) = follow_both(&files) {
                failed.push(format!("two: {two}, {sql}: {text}"));
                continue;
            }
            let store = files.store();
            for name in ["crm_acme", "crm_other"] {
                catch_up(&find_space(&store, &Apps::standard(), name).unwrap(), &mut keep_going).unwrap();
            }
            drop(store);
            let of_spaces = |values: Vec<(i64, String, String, String)>| {
                values.into_iter().filter(|row| row.1 != "copy" && row.1 != "other").collect::<Vec<_>>()
            };
            if of_spaces(values(&files)) != before {
                failed.push(format!("two: {two}, {sql}: the values differ"));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Follows the remedies of a deep check, and those of a plain one if they differ: only a deep check finds missing and altered
/// values.
pub(super) fn follow_both(files: &Files) -> Result<(), String> {
    let store = files.store();
    let (plain, deep) = (remedies(&checked(&store, false)), remedies(&checked(&store, true)));
    drop(store);
    if !plain.is_subset(&deep) {
        return Err(format!("plain {plain:?}, deep {deep:?}"));
    }
    if plain != deep && !plain.is_empty() {
        follow(&files.copy(), &plain, false)?;
    }
    if deep.is_empty() { Ok(()) } else { follow(files, &deep, true) }
}

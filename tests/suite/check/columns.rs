//! A changed value in any column of any table is harmless, or the named remedies repair it.

use ramax::delivery::Effects;
use ramax::error::Remedy;
use ramax::subscriptions::{Retry, Subscription};
use ramax::{Conditions, OpenOptions, Request, Store};
use rusqlite::Connection;
use rusqlite::types::Value;

use super::findings::{Files, checked};
use super::repairs::apply;
use crate::support::{Fixture, add_contact, publish};

/// The rounds of remedies after which a file has to be intact. A remedy can reveal another problem.
const ROUNDS: usize = 4;

/// A number outside the range of every column.
const BEYOND: &str = "= 9223372036854775807";

/// Creates a small file that has rows in most tables.
fn original() -> Files {
    let fixture = Fixture::one_file();
    let (acme, cms) = (fixture.crm("crm_acme"), fixture.cms("cms_staging"));
    for n in 0..4 {
        let idempotency_key = Some(format!("k{n}"));
        let causation_id = (n > 0).then_some(ramax::EventId(1));
        let conditions = Conditions { idempotency_key, causation_id, ..Conditions::default() };
        acme.execute(Request { conditions, ..add_contact(&format!("c{n}")).into() }).unwrap();
        cms.execute(publish(&format!("a{n}"), "Title")).unwrap();
    }
    let emails = Subscription::all_spaces("emails").retrying(Retry::at_once(1));
    let delivered = fixture.store.subscribe(&emails).unwrap().deliver_pending(|delivery| {
        match delivery.event().space_sequence.0 {
            2 => Err("no".into()),
            _ => Ok(Effects::none()),
        }
    });
    assert_eq!(delivered.unwrap().parked, 2);
    let files = Files::close(fixture, false);
    let rows = "INSERT INTO operations (started_at, ended_at, operator, action, space_id, outcome)
          VALUES (5, 6, '{}', 'run', 1, 'done');
        INSERT INTO subscription_effects VALUES (1, 1, 2, 1)";
    files.sqlite(false).execute_batch(rows).unwrap();
    files
}

/// Changes of a column, as SQL expressions.
fn changes(declared: &str, is_nullable: bool) -> Vec<&'static str> {
    let changes: &[&'static str] = match declared {
        "INTEGER" => &["COLUMN + 1", "COLUMN - 1", "-5", "9223372036854775807", "-9223372036854775808"],
        "TEXT" => &["COLUMN || 'x'", "''", "'{}'", "CAST(x'ff41' AS TEXT)"],
        _ => &["x'00'", "x''"],
    };
    changes.iter().copied().chain(is_nullable.then_some("NULL")).collect()
}

/// Returns a statement for each change of each column, in the row of a table that is in the middle.
fn statements(sqlite: &Connection) -> Vec<String> {
    let columns = "SELECT tables.name, columns.name, columns.type, columns.\"notnull\" = 0 AND columns.pk = 0
         FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%' ORDER BY tables.name, columns.cid";
    let mut columns = sqlite.prepare(columns).unwrap();
    let columns =
        columns.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
    let mut statements = Vec::new();
    for column in columns {
        let (table, column, declared, is_nullable): (String, String, String, bool) = column.unwrap();
        let Some(row) = middle(sqlite, &table) else { continue };
        for change in changes(&declared, is_nullable) {
            let value = change.replace("COLUMN", &column);
            statements.push(format!("UPDATE {table} SET {column} = {value} WHERE {row}"));
        }
    }
    statements
}

/// Returns the condition for the row in the middle of a table, if it has any.
fn middle(sqlite: &Connection, table: &str) -> Option<String> {
    let mut keys = sqlite.prepare("SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk").unwrap();
    let keys: Vec<String> = keys.query_map([table], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let quoted: Vec<String> = keys.iter().map(|key| format!("quote({key})")).collect();
    let sql = format!(
        "SELECT {} FROM {table} ORDER BY {} LIMIT 1 OFFSET (SELECT count(*) / 2 FROM {table})",
        quoted.join(", "),
        keys.join(", ")
    );
    let values = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Vec<String>> {
        (0..keys.len()).map(|column| row.get(column)).collect()
    };
    let values = sqlite.query_row(&sql, [], values).ok()?;
    let pairs = keys.iter().zip(values).map(|(key, value)| format!("{key} = {value}"));
    Some(pairs.collect::<Vec<_>>().join(" AND "))
}

/// Follows the remedies of all findings. Returns an error if they lead nowhere.
fn follow(store: &Store) -> Result<(), String> {
    for round in 0..=ROUNDS {
        let found = checked(store, true);
        if found.findings.is_empty() {
            return Ok(());
        }
        // Of what is lost, only a backup has a copy, whatever else is found.
        if found.findings.iter().any(|one| matches!(one.remedy, Remedy::Restore | Remedy::Transfer)) {
            return Ok(());
        }
        if round == ROUNDS {
            return Err(format!("{:#?}", found.findings));
        }
        for finding in found.findings {
            if let Err(error) = apply(store, &finding.remedy, finding.space.as_deref()) {
                return Err(format!("{finding:?}: {error}"));
            }
        }
    }
    Ok(())
}

/// Returns what a reader sees in the file.
fn seen(files: &Files) -> Vec<Vec<Value>> {
    let sqlite = files.sqlite(false);
    let mut seen = Vec::new();
    for sql in [
        "SELECT * FROM events",
        "SELECT * FROM pstate_entities",
        "SELECT space_id, space_name, metadata FROM spaces",
    ] {
        let mut statement = sqlite.prepare(sql).unwrap();
        let columns = statement.column_count();
        let rows = statement
            .query_map([], |row| {
                Ok((0..columns).map(|column| row.get(column).unwrap_or(Value::Null)).collect())
            })
            .unwrap();
        seen.extend(rows.map(Result::unwrap));
    }
    seen
}

#[test]
fn a_changed_column_is_harmless_or_repaired_by_the_named_remedies() {
    let whole = original();
    let before = seen(&whole);
    let mut failed = Vec::new();
    // Every sixth change, other ones in each run, and for all numbers one that is out of range.
    let first = fastrand::usize(..6);
    let is_tried = |(n, sql): &(usize, &String)| n % 6 == first || sql.contains(BEYOND);
    for (_, sql) in statements(&whole.sqlite(false)).iter().enumerate().filter(is_tried) {
        let files = whole.copy();
        // A change that a constraint refuses is no damage.
        if files.sqlite(false).execute(sql, []).is_err() {
            continue;
        }
        let Ok(store) = Store::open(&files.location(), OpenOptions::default()) else { continue };
        let found = checked(&store, true);
        let is_found = found.count() > 0;
        // A position in a row means nothing to a reader.
        let text = format!("{:?}", found.findings);
        if text.contains("index: ") || text.contains("at index") {
            failed.push(format!("{sql}: {text}"));
        }
        if let Err(error) = follow(&store) {
            failed.push(format!("{sql}: {error}"));
        }
        drop(store);
        if !is_found && (sql.contains(BEYOND) || seen(&files) != before) {
            failed.push(format!("{sql}: not found"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

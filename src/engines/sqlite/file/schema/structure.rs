//! Describes definitions so that their text does not matter.

use rusqlite::Connection;

use crate::engines::sqlite::file::Result;

use super::compare::Object;
use super::statements;

/// Returns a definition without comments, quotes and whitespace.
pub(super) fn plain(sql: &str) -> String {
    let without_comment = |line: &'_ str| line.split("--").next().unwrap_or_default().to_owned();
    let text: String = sql.lines().map(without_comment).collect();
    text.chars().filter(|letter| !letter.is_whitespace() && *letter != '"').collect()
}

/// Creates an empty file of this version in memory, with every object.
pub(super) fn model(version: u32) -> Result<Connection> {
    let model = Connection::open_in_memory()?;
    for statement in statements(version, "whole") {
        model.execute_batch(statement)?;
    }
    Ok(model)
}

/// Describes a table or an index: its kind, columns, keys and constraints, one per line.
pub(super) fn structure(connection: &Connection, object: Object<'_>, sql: &str) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let mut add = |sql: &str| -> Result<()> {
        let mut statement = connection.prepare(sql)?;
        let rows = statement.query_map([object.name], |row| row.get::<_, String>(0))?;
        for row in rows {
            lines.push(row?);
        }
        Ok(())
    };
    if object.kind == "table" {
        TABLE.iter().try_for_each(|sql| add(sql))?;
        // SQLite reports CHECK constraints only in the text.
        let checks = plain(sql).to_uppercase().matches("CHECK(").count();
        lines.push(format!("{checks} CHECK constraints"));
    } else {
        add(INDEX)?;
        // Includes the condition of a partial index.
        lines.push(format!("the definition {}", plain(sql)));
    }
    Ok(lines)
}

const TABLE: [&str; 4] = [
    "SELECT format('%s%s', iif(wr, 'no rowid', 'a rowid'), iif(strict, ', strict types', ''))
     FROM pragma_table_list(?1) WHERE schema = 'main'",
    "SELECT format('the column %s %s%s%s%s%s', name, type, iif(\"notnull\", ' NOT NULL', ''),
       iif(pk, format(' (%d of the key)', pk), ''), coalesce(' DEFAULT ' || dflt_value, ''),
       iif(hidden, ' (generated)', ''))
     FROM pragma_table_xinfo(?1, 'main') ORDER BY cid",
    "SELECT format('the constraint %s on %s', iif(list.origin = 'pk', 'PRIMARY KEY', 'UNIQUE'),
       group_concat(format('%s %s%s', columns.name, columns.coll, iif(columns.\"desc\", ' DESC', '')), ', '))
     FROM pragma_index_list(?1, 'main') AS list, pragma_index_xinfo(list.name, 'main') AS columns
     WHERE list.origin <> 'c' AND columns.key GROUP BY list.name ORDER BY list.name",
    "SELECT format('a foreign key to %s', \"table\") FROM pragma_foreign_key_list(?1, 'main')",
];

const INDEX: &str = "SELECT format('%s%s on %s', iif(\"unique\", 'unique ', ''), iif(partial, 'partial', 'whole'), tables.name)
    FROM sqlite_schema AS tables, pragma_index_list(tables.name, 'main') AS list
    WHERE tables.type = 'table' AND list.name = ?1";

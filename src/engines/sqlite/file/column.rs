//! Reads the columns of a row, and describes a value that no program of ours wrote.

use std::fmt;

use rusqlite::types::{FromSql, Type, ValueRef};
use rusqlite::{Error, Row};

use super::schema;

/// The longest text of a value in a description, in characters.
const LONGEST: usize = 40;

/// Reads the columns of a row.
pub(crate) trait ReadColumn {
    /// Returns the value of a column.
    ///
    /// # Errors
    /// A [`DamagedColumn`] if it has another type, or is out of range.
    fn column<T: FromSql + Kind>(&self, index: usize) -> rusqlite::Result<T>;
}

impl ReadColumn for Row<'_> {
    #[inline]
    fn column<T: FromSql + Kind>(&self, index: usize) -> rusqlite::Result<T> {
        self.get(index).map_err(|error| describe(self, index, T::KIND, error))
    }
}

/// A type of values.
pub(crate) trait Kind {
    /// Its values, in words.
    const KIND: &'static str;
}

macro_rules! kinds {
    ($($kind:literal: $($of:ty),+;)+) => {
        $($(impl Kind for $of {
            const KIND: &'static str = $kind;
        })+)+
    };
}

kinds! {
    "a number": i64, i32, u64, u32, usize, f64, bool;
    "text": String;
    "binary data": Vec<u8>, [u8; 16], [u8; 32];
}

impl<T: Kind> Kind for Option<T> {
    const KIND: &'static str = T::KIND;
}

/// A column with a value that no program of ours wrote.
#[derive(Debug)]
pub(super) struct DamagedColumn {
    column: String,
    /// The tables that it can be of.
    tables: Vec<&'static str>,
    space: Option<i64>,
    problem: String,
}

impl DamagedColumn {
    fn of(row: &Row<'_>, column: &str, problem: String) -> Self {
        // SQLite names a computed column without a name by its SQL.
        let column = if words(column).eq([column]) { column } else { "of a query" };
        let sql = row.as_ref().expanded_sql().unwrap_or_default();
        let is_named = |table: &&str| words(&sql).any(|word| word == *table);
        let tables = schema::tables_with(column).into_iter().filter(is_named).collect();
        let space = if column == "space_id" { None } else { space_of(row).or_else(|| space_in(&sql)) };
        Self { column: column.to_owned(), tables, space, problem }
    }
}

impl fmt::Display for DamagedColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the column {}", self.column)?;
        if !self.tables.is_empty() {
            write!(f, " of {}", self.tables.join(" or "))?;
        }
        if let Some(space) = self.space {
            write!(f, " in space #{space}")?;
        }
        write!(f, " {}", self.problem)
    }
}

impl std::error::Error for DamagedColumn {}

/// Returns the error for a column of a row, with the problem: "is -1".
#[cold]
pub(crate) fn damaged(row: &Row<'_>, column: &str, problem: String) -> Error {
    let damaged = DamagedColumn::of(row, column, problem);
    Error::FromSqlConversionFailure(0, Type::Null, Box::new(damaged))
}

/// Describes a value that could not be read.
#[cold]
fn describe(row: &Row<'_>, index: usize, kind: &str, error: Error) -> Error {
    let is_damage = matches!(
        error,
        Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
            | Error::FromSqlConversionFailure(..)
            | Error::Utf8Error(..)
    );
    let (true, Ok(column), Ok(value)) = (is_damage, row.as_ref().column_name(index), row.get_ref(index))
    else {
        return error;
    };
    let value = shown(value);
    let problem = match error {
        Error::IntegralValueOutOfRange(..) => format!("is {value}, which is out of range"),
        Error::Utf8Error(..) => format!("is {value}, which is not valid UTF-8"),
        Error::FromSqlConversionFailure(..) => format!("is {value}, which has the wrong length"),
        _ => format!("is {value}, where {kind} is required"),
    };
    damaged(row, column, problem)
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => {
            let text = String::from_utf8_lossy(text);
            let short: String = text.chars().take(LONGEST).collect();
            let more = if short.len() < text.len() { "…" } else { "" };
            format!("the text {short:?}{more}")
        }
        ValueRef::Blob(bytes) => {
            format!("binary data of {}", crate::text::counted(bytes.len() as u64, "byte", "bytes"))
        }
    }
}

/// Returns the space that a row is of, according to its columns.
fn space_of(row: &Row<'_>) -> Option<i64> {
    let statement = row.as_ref();
    (0..statement.column_count()).find_map(|index| {
        let ValueRef::Integer(number) = row.get_ref(index).ok()? else { return None };
        match statement.column_name(index).ok()? {
            "space_id" => Some(number),
            "pos" => Some(number >> schema::SEQUENCE_BITS),
            _ => None,
        }
    })
}

/// Returns the space that a statement selects.
fn space_in(sql: &str) -> Option<i64> {
    let (_, rest) = sql.split_once("space_id = ")?;
    words(rest).next()?.parse().ok()
}

fn words(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(|character: char| !character.is_alphanumeric() && character != '_')
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::error::StoreError;

    fn read<T: FromSql + Kind>(values: &str, sql: &str) -> String {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE space_sequences (space_id, last_sequence, mark_owner, mark_token)")
            .unwrap();
        connection.execute_batch(&format!("INSERT INTO space_sequences VALUES ({values})")).unwrap();
        let read = connection.query_row(sql, [], |row| row.column::<T>(0));
        StoreError::of_sqlite(read.err().unwrap()).to_string()
    }

    #[test]
    fn a_damaged_value_is_described_with_its_table_its_column_and_its_space() {
        const SQL: &str = "SELECT last_sequence FROM space_sequences WHERE space_id = 7";
        for (value, description) in [
            ("-1", "is -1, which is out of range"),
            ("NULL", "is NULL, where a number is required"),
            ("'ten'", "is the text \"ten\", where a number is required"),
            ("x'0102'", "is binary data of 2 bytes, where a number is required"),
            ("1.5", "is 1.5, where a number is required"),
        ] {
            let expected = format!(
                "the database is damaged: the column last_sequence of space_sequences in space #7 {description}"
            );
            assert_eq!(read::<u64>(&format!("7, {value}, NULL, NULL"), SQL), expected);
        }
    }

    #[test]
    fn the_space_is_that_of_the_row() {
        let sql = "SELECT mark_owner, space_id FROM space_sequences";
        let text = read::<String>("3, 0, x'ff', NULL", sql);
        assert!(text.ends_with(
            "mark_owner of space_sequences in space #3 is binary data of 1 byte, where text is required"
        ));
        let text = read::<String>("3, 0, CAST(x'ff' AS TEXT), NULL", sql);
        assert!(text.ends_with("which is not valid UTF-8"), "{text}");
        let text = read::<[u8; 16]>("3, 0, NULL, x'01'", "SELECT mark_token, space_id FROM space_sequences");
        assert!(text.ends_with("in space #3 is binary data of 1 byte, which has the wrong length"), "{text}");
    }

    #[test]
    fn a_computed_value_names_no_table() {
        let text = read::<u32>("1, 0, NULL, NULL", "SELECT -5 AS sum FROM space_sequences");
        assert_eq!(text, "the database is damaged: the column sum is -5, which is out of range");
        let text = read::<u32>("1, 0, NULL, NULL", "SELECT (SELECT -5) FROM space_sequences");
        assert_eq!(text, "the database is damaged: the column of a query is -5, which is out of range");
    }
}

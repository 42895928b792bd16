//! Rows as CSV.

use std::borrow::Cow;
use std::io::{self, Write};

use csv::{ErrorKind, Terminator, Writer, WriterBuilder};

use crate::error::{ExportError, Result};
use crate::json::{Part, Parts, Quoted};
use crate::text::PIECE;

use super::StoreList;

/// A column: its name, which is that of the JSON field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    name: &'static str,
    /// True if a string is written as JSON too, so that the column can be parsed.
    is_json: bool,
}

const fn plain(name: &'static str) -> Column {
    Column { name, is_json: false }
}

const fn json(name: &'static str) -> Column {
    Column { name, is_json: true }
}

const EVENTS: &[Column] = &[
    plain("space_name"),
    plain("event_id"),
    plain("space_id"),
    plain("space_sequence"),
    plain("entity_id"),
    plain("event_type"),
    json("payload"),
    json("metadata"),
    plain("timestamp"),
    plain("causation_id"),
    plain("correlation_id"),
    plain("intact"),
    json("current"),
];

/// The columns before those of an event in a trace.
const OF_TRACE: &[Column] = &[plain("depth")];

const ENTRIES: &[Column] = &[plain("projection"), plain("key"), json("value"), plain("updated_at")];

const SPACES: &[Column] = &[
    plain("space_id"),
    plain("space_name"),
    plain("app"),
    plain("events"),
    plain("projection"),
    plain("checkpoint"),
    plain("lag"),
    json("projections"),
    plain("keys"),
    plain("last_event_at"),
    plain("created_at"),
    json("metadata"),
    plain("state"),
];

const CHECKPOINTS: &[Column] = &[
    plain("space_id"),
    plain("space_name"),
    plain("projection"),
    plain("version"),
    plain("status"),
    plain("last_sequence"),
    plain("checkpoint"),
    plain("lag"),
    plain("lag_seconds"),
    plain("ahead"),
    json("blocked"),
    plain("updated_at"),
    plain("rebuilt_at"),
];

const ACTIVITY: &[Column] =
    &[plain("space_name"), plain("period"), plain("unit"), plain("event_type"), plain("events")];

const AUDIT_LOG: &[Column] = &[
    plain("operation_id"),
    plain("started_at"),
    plain("ended_at"),
    json("operator"),
    plain("action"),
    plain("space_id"),
    plain("space_name"),
    json("parameters"),
    plain("outcome"),
    plain("detail"),
    plain("forgotten"),
    plain("seconds"),
];

/// Returns the columns of a list: every field that its rows can have.
pub(super) fn columns(list: &StoreList) -> Vec<Column> {
    match list {
        StoreList::Events { .. } => EVENTS.to_vec(),
        StoreList::Trace { .. } => [OF_TRACE, EVENTS].concat(),
        StoreList::Entries { .. } => ENTRIES.to_vec(),
        StoreList::Spaces(_) => SPACES.to_vec(),
        StoreList::Checkpoints(_) => CHECKPOINTS.to_vec(),
        StoreList::Activity { .. } => ACTIVITY.to_vec(),
        StoreList::AuditLog { .. } => AUDIT_LOG.to_vec(),
    }
}

impl Column {
    /// Returns the cell for the source text of a JSON value.
    fn cell<'a>(&self, value: &'a str) -> Cow<'a, str> {
        let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        match quoted {
            _ if value == "null" => "".into(),
            Some(quoted) if !self.is_json => harmless(Quoted::new(quoted).decoded()),
            _ => value.into(),
        }
    }
}

/// The characters at the start of a cell for which a spreadsheet may take its text for a formula.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Puts an apostrophe before a text that a spreadsheet may take for a formula. Does the same before an apostrophe, so that
/// removing the first one of any text restores it.
fn harmless(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.starts_with('\'') || text.starts_with(FORMULA) {
        true => format!("'{text}").into(),
        false => text,
    }
}

/// Writes rows as records.
pub(super) struct CsvRows<W: Write> {
    columns: Vec<Column>,
    writer: Writer<W>,
}

impl<W: Write> CsvRows<W> {
    /// Writes the header.
    pub(super) fn begin(columns: Vec<Column>, out: W) -> Result<Self> {
        let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
        writer.write_record(columns.iter().map(|column| column.name)).map_err(unwrapped)?;
        Ok(Self { columns, writer })
    }

    /// Writes a row, given as a JSON object. Calls `pause` between the pieces of a large one, and after each large cell.
    pub(super) fn put(&mut self, line: &str, pause: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let (mut parts, mut fields) = (Parts::of_object(line), Vec::new());
        while let Some(part) = parts.as_mut().map(|parts| parts.next_between(pause)).transpose()?.flatten() {
            fields.push(part);
        }
        for column in &self.columns {
            let is_it = |field: &&Part<'_>| field.key.is_some_and(|key| key.is(column.name));
            let cell = fields.iter().find(is_it).map_or(Cow::Borrowed(""), |field| column.cell(field.value));
            self.writer.write_field(cell.as_bytes()).map_err(unwrapped)?;
            if cell.len() > PIECE {
                pause()?;
            }
        }
        self.writer.write_record(None::<&[u8]>).map_err(unwrapped)?;
        Ok(())
    }

    /// Returns the destination, which may lack the last few rows.
    pub(super) fn out(&self) -> &W {
        self.writer.get_ref()
    }

    /// Returns the destination, to which all rows were written.
    pub(super) fn finish(self) -> io::Result<W> {
        self.writer.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

/// Returns the error of the system, with its kind.
fn unwrapped(error: csv::Error) -> ExportError {
    match error.into_kind() {
        ErrorKind::Io(error) => error.into(),
        other => io::Error::other(format!("{other:?}")).into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const COLUMNS: &[Column] = &[plain("text"), json("document"), plain("absent")];

    fn written(rows: &[Value]) -> String {
        let mut csv = CsvRows::begin(COLUMNS.to_vec(), Vec::new()).unwrap();
        rows.iter().for_each(|row| csv.put(&row.to_string(), &mut || Ok(())).unwrap());
        String::from_utf8(csv.finish().unwrap()).unwrap()
    }

    #[test]
    fn a_record_is_quoted_as_in_rfc_4180() {
        let rows = [
            json!({"text": "a,\"b\"\nc", "document": {"n": [1, "x"]}}),
            json!({"text": 7, "document": null}),
        ];
        let expected = "text,document,absent\r\n\"a,\"\"b\"\"\nc\",\"{\"\"n\"\":[1,\"\"x\"\"]}\",\r\n7,,\r\n";
        assert_eq!(written(&rows), expected);
    }

    #[test]
    fn a_text_that_a_spreadsheet_takes_for_a_formula_begins_with_an_apostrophe() {
        for text in ["=1+1", "+1", "-1", "@a", "\tx", "\rx", "\nx", "＝1", "'"] {
            assert_eq!(harmless(text.into()), format!("'{text}"));
        }
        for text in ["", "a=1", "1-1", "é", "\"="] {
            assert_eq!(harmless(text.into()), text);
        }
        let numbers = written(&[json!({"text": -5, "document": "=1"})]);
        assert_eq!(
            numbers, "text,document,absent\r\n-5,\"\"\"=1\"\"\",\r\n",
            "JSON never begins like a formula"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_restored_without_its_first_apostrophe(text in any::<String>()) {
            let csv = written(&[json!({"text": text, "document": text})]);
            let mut reader = csv::Reader::from_reader(csv.as_bytes());
            let record = reader.records().next().unwrap().unwrap();
            prop_assert_eq!(record[0].strip_prefix('\'').unwrap_or(&record[0]), &text);
            prop_assert_eq!(serde_json::from_str::<String>(&record[1]).unwrap(), text);
        }
    }
}

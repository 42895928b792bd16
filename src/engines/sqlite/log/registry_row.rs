//! A row of the registry as it is stored, whatever its columns hold.

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Row};

use crate::engines::sqlite::file::candidates::{TRIED_BYTES, restore};
use crate::engines::sqlite::file::{Result, checksum, is_of_earlier_version};
use crate::event_store::check_space_name;
use crate::space::SpaceMetadata;

/// The columns that another program may have changed, besides the id.
const COLUMNS: [&str; 3] = ["space_name", "created_at", "metadata"];

/// The columns of a row in `spaces`, of any types.
pub(super) struct RegistryRow<'a> {
    number: ValueRef<'a>,
    name: ValueRef<'a>,
    created_at: ValueRef<'a>,
    metadata: ValueRef<'a>,
    checksum: ValueRef<'a>,
}

/// A column that another program changed, with the value that it had.
pub(super) struct Changed<'a> {
    pub column: &'static str,
    pub stored: ValueRef<'a>,
    pub expected: Value,
}

impl<'a> RegistryRow<'a> {
    /// Reads the columns of a row of which these are the numbers: in the order of [`checksum::OF_SPACE`], then the checksum.
    pub(super) fn of(row: &'a Row<'_>, columns: [usize; 5]) -> rusqlite::Result<Self> {
        let [number, name, created_at, metadata, checksum] = columns;
        Ok(Self {
            number: row.get_ref(number)?,
            name: row.get_ref(name)?,
            created_at: row.get_ref(created_at)?,
            metadata: row.get_ref(metadata)?,
            checksum: row.get_ref(checksum)?,
        })
    }

    /// Returns true if the checksum is that of the row, if it had this number.
    pub(super) fn is_sealed_as(&self, number: ValueRef<'_>) -> bool {
        let sum = checksum::over(&[number, self.name, self.created_at, self.metadata]);
        self.checksum == ValueRef::Integer(sum)
    }

    /// Returns the name, creation time or metadata that another program changed, or two of them, if values of them restore the
    /// checksum.
    pub(super) fn changed(&self, connection: &Connection) -> Result<Vec<Changed<'a>>> {
        let ValueRef::Integer(seal) = self.checksum else { return Ok(Vec::new()) };
        if self.is_sealed_as(self.number) {
            return Ok(Vec::new());
        }
        let values = [self.number, self.name, self.created_at, self.metadata];
        let mut is_taken = connection.prepare_cached("SELECT 1 FROM spaces WHERE space_name = ?1")?;
        // The id is that of the row, so it is not altered.
        let restored = restore(
            &values[1..],
            &mut |columns| seal == checksum::over(&[&values[..1], columns].concat()),
            &[const { Vec::new() }; 3],
            &mut |(place, expected)| Ok(COLUMNS[*place] != "space_name" || !is_taken.exists([expected])?),
            &mut { TRIED_BYTES },
        )?;
        let changed =
            |(place, expected)| Changed { column: COLUMNS[place], stored: values[place + 1], expected };
        Ok(restored.into_iter().map(changed).collect())
    }

    /// Returns the invalid columns, each with the reason.
    pub(super) fn faults(&self, connection: &Connection) -> Result<Vec<(&'static str, String)>> {
        let mut faults = Vec::new();
        let name = self.name.as_str().map_err(|_| "is not valid UTF-8".to_owned());
        let name = name.and_then(|name| check_space_name(name).map_err(|error| error.to_string()));
        faults.extend(name.err().map(|reason| ("space_name", reason)));
        let metadata = self.metadata.as_str_or_null().map_err(|_| "is not valid UTF-8".to_owned());
        let metadata = metadata.and_then(|text| {
            let object = text.map(SpaceMetadata::parse).transpose();
            object.map_err(|error| format!("is not a JSON object: {error}"))
        });
        faults.extend(metadata.err().map(|reason| ("metadata", reason)));
        // A file of an earlier version that is open read-only has no checksum.
        let is_without = self.checksum == ValueRef::Null && is_of_earlier_version(connection)?;
        if !is_without && !self.is_sealed_as(self.number) {
            faults.push(("checksum", "does not match the name, metadata or creation time".to_owned()));
        }
        Ok(faults)
    }
}

//! Describes what is wrong with registrations of subscriptions and with their rows.

use rusqlite::{Connection, Row};

use crate::engines::sqlite::file::bounds::COUNT;
use crate::engines::sqlite::file::checksum::{self, OF_SUBSCRIPTION};
use crate::engines::sqlite::file::numbers::number;
use crate::engines::sqlite::file::{ReadColumn, Result, text};
use crate::event_store::{SubscriptionFault, SubscriptionRows};
use crate::id::SpaceId;
use crate::subscriptions::{OnError, Start, SubscriptionId};

use super::read::{RECORD, record, registration};
use super::tally::Tally;
use super::{changed_column, changed_row};

/// Returns true if every position of a subscription can be one.
pub(super) fn has_valid_positions(connection: &Connection, id: SubscriptionId) -> Result<bool> {
    let sql = "SELECT 1 FROM subscription_positions WHERE subscription_id = ?1 AND space_sequence < 0";
    Ok(!connection.prepare_cached(sql)?.exists([id.0])?)
}

/// Returns true if every position and parked event of a subscription is one that its space can have.
fn has_possible_rows(connection: &Connection, id: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM
          (SELECT space_id, space_sequence, 0 AS least FROM subscription_positions WHERE subscription_id = ?1
           UNION ALL SELECT space_id, space_sequence, 1 FROM parked_events WHERE subscription_id = ?1)
        LEFT JOIN space_sequences AS log USING (space_id)
        WHERE log.space_id IS NULL OR space_sequence NOT BETWEEN least AND log.last_sequence";
    Ok(!connection.prepare_cached(sql)?.exists([id])?)
}

/// Compares the positions and parked events of a subscription with their stored number and digest.
pub(super) fn rows_of(connection: &Connection, id: i64) -> Result<SubscriptionRows> {
    // One with an id out of range has no rows.
    let Ok(number) = u64::try_from(id).map(SubscriptionId) else { return Ok(SubscriptionRows::Lost) };
    let sql = "SELECT row_count, row_digest FROM subscriptions WHERE subscription_id = ?1";
    let (count, digest) = connection
        .prepare_cached(sql)?
        .query_row([id], |row| Ok((row.column::<Option<i64>>(0)?, row.column::<Option<i64>>(1)?)))?;
    let found = Tally::of(connection, number)?;
    if let Some(stored) = Tally::stored(connection, number)?
        && let Some(change) = changed_row::find(connection, number, stored)?
    {
        return Ok(SubscriptionRows::Known(change.into()));
    }
    let (is_counted, is_same) = (count == Some(found.count), digest == Some(found.digest));
    Ok(match (is_counted, is_same) {
        (true, true) => SubscriptionRows::Intact,
        // The number alone is wrong. Without rows, any of them may be missing.
        (false, true) if found.count > 0 => SubscriptionRows::Changed,
        (true, false) if has_possible_rows(connection, id)? => SubscriptionRows::Changed,
        // Nothing contradicts the rows.
        (false, false)
            if (count, digest) == (None, None) && found.count > 0 && has_possible_rows(connection, id)? =>
        {
            SubscriptionRows::Changed
        }
        _ => SubscriptionRows::Lost,
    })
}

/// Describes what is wrong with the registrations and the rows of all subscriptions.
pub(in crate::engines::sqlite) fn faults(connection: &Connection) -> Result<Vec<SubscriptionFault>> {
    let sql = format!(
        "SELECT {OF_SUBSCRIPTION}, checksum, length(incarnation) = 16 FROM subscriptions ORDER BY name"
    );
    let mut statement = connection.prepare(&sql)?;
    let mut one = connection.prepare(&format!("{RECORD} WHERE subscription_id = ?1"))?;
    let mut rows = statement.query([])?;
    let mut faults = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.column::<i64>(0)?;
        let name = text(row.get_ref(1)?).unwrap_or_default().into_owned();
        let (stored, sum) = (row.column::<Option<i64>>(7)?, checksum::over_row(row, 7)?);
        let has_incarnation: bool = row.column(8)?;
        let space = row.column::<Option<i64>>(2).unwrap_or_default();
        let changed = if stored.is_some_and(|stored| stored != sum) {
            changed_column::find(connection, row)?.into_iter().map(Into::into).collect()
        } else {
            Vec::new()
        };
        let mut found = one.query([id])?;
        let row = found.next()?;
        let error = row.map(registration).transpose().err();
        let is_possible = row.is_none_or(can_be_kept) && !changed_column::names_no_space(connection, space)?;
        let is_readable = row.is_none_or(|row| record(row).is_ok());
        let reason = if stored != Some(sum) {
            let reason = if stored.is_some() { "does not match its checksum" } else { "has no checksum" };
            let replaced = row.map(replaced).unwrap_or_default();
            Some(format!("{reason}{replaced}"))
        } else if let Some(error) = error {
            Some(format!("cannot be read: {}", crate::Error::from(error)))
        } else {
            // Without it, no store delivers.
            (!has_incarnation).then(|| "names an impossible incarnation of the store".to_owned())
        };
        let rows = rows_of(connection, id)?;
        if reason.is_some() || !is_readable || rows != SubscriptionRows::Intact {
            let space_id = space.and_then(|space| u32::try_from(space).ok()).map(SpaceId);
            faults.push(SubscriptionFault {
                name,
                reason,
                is_possible,
                is_readable,
                rows,
                space_id,
                changed,
            });
        }
    }
    Ok(faults)
}

/// Returns true if the registration of a subscription can be kept.
pub(super) fn is_possible(connection: &Connection, id: SubscriptionId) -> Result<bool> {
    let mut statement = connection.prepare_cached(&format!("{RECORD} WHERE subscription_id = ?1"))?;
    let mut rows = statement.query([id.0])?;
    let Some(row) = rows.next()? else { return Ok(false) };
    let space = row.column::<Option<i64>>(2).unwrap_or_default();
    Ok(can_be_kept(row) && !changed_column::names_no_space(connection, space)?)
}

/// Returns true if the id, the name and the space in a row of [`RECORD`] can be right. The other columns can be replaced.
fn can_be_kept(row: &Row<'_>) -> bool {
    number(row, 0, &COUNT).is_ok() && row.column::<String>(1).is_ok() && row.column::<Option<u32>>(2).is_ok()
}

/// Says what becomes of the columns in a row of [`RECORD`] that cannot be right.
fn replaced(row: &Row<'_>) -> String {
    let is = |column| row.column::<String>(column);
    let mut replaced = String::new();
    if is(3).is_err() {
        replaced += "; its query cannot be read, and is the declared one again once its program runs";
    }
    if !is(4).is_ok_and(|start| Start::parse(&start).is_some()) {
        replaced += "; its start is lost, and is shown as the beginning from then on: its positions decide";
    }
    if !is(5).is_ok_and(|action| OnError::named(&action).is_some()) {
        replaced += "; its action after errors is lost, and is the declared one again once its program runs";
    }
    replaced
}

/// Replaces the columns of a registration that cannot be right: the program that declares it sets the query and the action again,
/// and its positions, not its start, say where it continues.
pub(super) fn make_readable(connection: &Connection, id: SubscriptionId) -> Result<()> {
    let sql = "SELECT query, start, on_error FROM subscriptions WHERE subscription_id = ?1";
    let columns = connection.prepare_cached(sql)?.query_row([id.0], |row| {
        let shown = |column| row.get_ref(column).map(|value| text(value).unwrap_or_default().into_owned());
        Ok([shown(0)?, shown(1)?, shown(2)?])
    })?;
    let [query, start, action] = columns;
    let start = Start::parse(&start).unwrap_or_default().text();
    let action = OnError::named(&action).unwrap_or_default().name();
    let sql = "UPDATE subscriptions SET query = ?2, start = ?3, on_error = ?4 WHERE subscription_id = ?1";
    connection.execute(sql, (id.0, query, start, action))?;
    Ok(())
}

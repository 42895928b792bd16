//! What was appended under which idempotency key.

use rusqlite::{Connection, Row};

use crate::error::{Result, StoreError};
use crate::event::SpaceSequence;
use crate::event_store::{Direction, Page, Remembered};
use crate::space::SpaceId;

pub(super) fn remember(
    connection: &Connection,
    space_id: SpaceId,
    key: &str,
    remembered: &Remembered,
) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO idempotency_keys (space_id, idempotency_key, request, event_ids, space_sequence)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let event_ids = serde_json::json!(remembered.event_ids).to_string();
    statement.execute((space_id.0, key, remembered.request, event_ids, remembered.space_sequence.0))?;
    Ok(())
}

pub(super) fn remembered(
    connection: &Connection,
    space_id: SpaceId,
    key: &str,
) -> Result<Option<Remembered>> {
    let mut statement = connection.prepare_cached(
        "SELECT idempotency_key, request, event_ids, space_sequence FROM idempotency_keys
         WHERE space_id = ?1 AND idempotency_key = ?2",
    )?;
    let found = statement.query((space_id.0, key))?.next()?.map(read_remembered).transpose()?;
    Ok(found.map(|(_, remembered)| remembered))
}

pub(super) fn remembered_page(
    connection: &Connection,
    space_id: SpaceId,
    page: &Page<String>,
) -> Result<Vec<(String, Remembered)>> {
    let (is_behind, order) = match page.direction {
        Direction::Forward => (">", "ASC"),
        Direction::Backward => ("<", "DESC"),
    };
    let bound = if page.after.is_some() {
        format!("idempotency_key {is_behind} ?2")
    } else {
        "?2 IS NULL".to_owned()
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT idempotency_key, request, event_ids, space_sequence FROM idempotency_keys
         WHERE space_id = ?1 AND {bound} ORDER BY idempotency_key {order}"
    ))?;
    let mut rows = statement.query((space_id.0, &page.after))?;
    let mut found: Vec<(String, Remembered)> = Vec::new();
    while found.len() < page.limit
        && let Some(row) = rows.next()?
    {
        let (key, remembered) = read_remembered(row)?;
        let before = found.last().map(|(key, _)| key).or(page.after.as_ref());
        page.direction.check_past(before, &key, "the idempotency key")?;
        found.push((key, remembered));
    }
    Ok(found)
}

fn read_remembered(row: &Row<'_>) -> Result<(String, Remembered)> {
    let key: String = row.get(0)?;
    let text: String = row.get(2)?;
    let event_ids = serde_json::from_str(&text)
        .map_err(|error| StoreError::Corrupt { detail: format!("idempotency key {key}: {error}") })?;
    Ok((key, Remembered { request: row.get(1)?, event_ids, space_sequence: SpaceSequence(row.get(3)?) }))
}

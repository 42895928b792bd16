//! Keys as of a sequence.

use crate::console::widgets::shortened::shorten;
use crate::error::Result;
use crate::operations::PastProjection;
use crate::pstate::Entry;

/// Returns keys with their values, in order.
pub(super) fn answer(
    projection: &PastProjection<'_>,
    keys: &[String],
) -> Result<Vec<(String, Option<Entry>)>> {
    keys.iter().map(|key| Ok((key.clone(), entry(projection, key)?))).collect()
}

/// Returns a key with its value, if it exists.
pub(super) fn entry(projection: &PastProjection<'_>, key: &str) -> Result<Option<Entry>> {
    let mut entry = projection.entry(key)?;
    entry.iter_mut().for_each(|entry| shorten(&mut entry.value));
    Ok(entry)
}

//! Events of a space by period and type as rows.

use serde::Serialize;

use crate::timestamp::Timestamp;

use super::super::ActivityUnit;

/// The events of one type in a period, as JSON.
#[derive(Serialize)]
pub(crate) struct ListedPeriod<'a> {
    pub(crate) space_name: &'a str,
    pub(crate) period: Timestamp,
    pub(crate) unit: ActivityUnit,
    pub(crate) event_type: &'a str,
    pub(crate) events: u64,
}

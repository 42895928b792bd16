//! The events that get another time.

use serde::Serialize;

use crate::text::{counted, grouped};

use super::convert::Converted;
use super::plan::LISTED;

/// The most events that are named in a sentence.
const NAMED: usize = 5;

/// The events whose time is before that of the event before them, or not a number. They get the time of that event.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct NewTimes {
    /// Their number.
    pub count: u64,
    /// The number of those whose own time is not a number.
    pub not_numbers: u64,
    /// The ids of the first of them in the original.
    pub event_ids: Vec<i64>,
}

impl NewTimes {
    /// Notes an event if it has another time than in the original.
    pub(super) fn note(&mut self, event: &Converted) {
        if event.origin.contains_key("timestamp") {
            self.count += 1;
            self.not_numbers += u64::from(!event.origin["timestamp"].is_i64());
            if self.event_ids.len() < LISTED {
                self.event_ids.push(event.original_id);
            }
        }
    }

    /// Says which events get another time, or got one; nothing if none does.
    pub(super) fn words(&self, is_done: bool) -> Option<String> {
        let named: Vec<String> = self.event_ids.iter().take(NAMED).map(ToString::to_string).collect();
        let more = self.count.saturating_sub(named.len() as u64);
        let more = if more > 0 { format!(" and {} more", grouped(more)) } else { String::new() };
        let (one, many) = match is_done {
            true => {
                ("event got the time of the event before it", "events got the time of the event before them")
            }
            false => {
                ("event gets the time of the event before it", "events get the time of the event before them")
            }
        };
        let whose = if self.count == 1 { "its own is" } else { "their own are" };
        let fault = match self.not_numbers {
            0 => "earlier (a clock was set back)",
            1 if self.count == 1 => "not a number",
            all if all == self.count => "not numbers",
            _ => "earlier, or not numbers",
        };
        let ids = named.join(", ");
        (self.count > 0)
            .then(|| format!("{}, because {whose} {fault}: {ids}{more}", counted(self.count, one, many)))
    }
}

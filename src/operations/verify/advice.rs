//! Advice on the differences that a verification found. A rebuild repairs a projection, unless its events
//! prevent it.

use crate::event::EventId;
use crate::operations::Remedy;
use crate::shell;
use crate::text::counted;

use super::{Difference, Verified};

/// The most keys named.
const NAMED: usize = 5;

impl Verified {
    /// Says what to do next, for people; none if there is no difference.
    pub fn advice(&self, space: &str) -> Option<String> {
        let remedy = self.remedy()?;
        if let (Remedy::Restore, Some(event_id)) = (remedy, self.differences.iter().find_map(damaged_event)) {
            return Some(for_damaged_event(event_id, &self.differences));
        }
        let bad_event = self.differences.iter().find_map(bad_event);
        if let (Remedy::RebuildSkippingErrors, Some(event_id)) = (remedy, bad_event) {
            return Some(past_bad_event(space, event_id, &self.differences));
        }
        let mut advice = remedy.advice(Some(space));
        if self.differences.iter().any(is_ahead) {
            advice.push_str(
                ", without those no longer in the log; if the two files come from different backups, use both from the same \
                     one",
            );
        }
        Some(advice)
    }
}

fn is_ahead(difference: &Difference) -> bool {
    matches!(difference, Difference::CheckpointAhead { .. } | Difference::CheckpointOff { .. })
}

fn for_damaged_event(event_id: EventId, differences: &[Difference]) -> String {
    let mut advice = format!(
        "a rebuild stops at event {event_id}: inspect it with `ramax events show {event_id}`, work on a copy, and use \
             the last good backup"
    );
    let lost = loss(differences);
    if !lost.is_empty() {
        advice.push_str(&format!("; a rebuild without it loses what is stored at {lost}"));
    }
    advice
}

fn past_bad_event(space: &str, event_id: EventId, differences: &[Difference]) -> String {
    let mut advice = format!(
        "a rebuild stops at event {event_id}: inspect it with `ramax events show {event_id}`, and restore it from a \
             good backup; `{}` skips it",
        shell::command("rebuild", &[space], "--skip-errors")
    );
    let lost = loss(differences);
    if !lost.is_empty() {
        advice.push_str(&format!(" and loses what is stored at {lost}"));
    }
    advice
}

/// Lists the keys whose stored values a rebuild would not restore.
fn loss(differences: &[Difference]) -> String {
    let lost: Vec<&str> = differences.iter().filter_map(lost_key).collect();
    let (named, more) = lost.split_at(lost.len().min(NAMED));
    let mut told = named.join(", ");
    if !more.is_empty() {
        told.push_str(&format!(" and {}", counted(more.len() as u64, "more key", "more keys")));
    }
    told
}

fn damaged_event(difference: &Difference) -> Option<EventId> {
    match difference {
        Difference::DamagedEvent(skipped) => Some(skipped.event_id),
        _ => None,
    }
}

fn bad_event(difference: &Difference) -> Option<EventId> {
    match difference {
        Difference::BadEvent(skipped) => Some(skipped.event_id),
        Difference::Blocked { event, .. } => Some(event.event_id),
        _ => None,
    }
}

/// Returns the key whose stored value a rebuild would not restore.
fn lost_key(difference: &Difference) -> Option<&str> {
    match difference {
        Difference::Impossible { key, .. } | Difference::Altered { key, .. } => Some(key),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn advice(differences: Vec<Difference>) -> String {
        Verified { differences, ..Verified::default() }.advice("s").unwrap()
    }
    use crate::event::SpaceSequence;
    use crate::json::Json;
    use crate::operations::Skipped;

    #[test]
    fn no_rebuild_is_advised_if_events_are_missing() {
        let gap = Difference::Gap { after: SpaceSequence(2), next: SpaceSequence(4) };
        let impossible = Difference::Impossible { key: "k".to_owned(), stored: Json::of(&json!(1)) };
        let advice = advice(vec![impossible, gap]);
        assert!(advice.contains("backup") && !advice.contains("`ramax rebuild"), "{advice}");
    }

    #[test]
    fn many_lost_keys_are_counted_instead_of_named() {
        let stored = |number| {
            let key = format!("k{number}");
            Difference::Impossible { key, stored: Json::of(&json!(1)) }
        };
        let (event_id, space_sequence) = (EventId(7), SpaceSequence(1));
        let bad = Difference::BadEvent(Skipped { event_id, space_sequence, reason: String::new() });
        let differences: Vec<Difference> = (1..=7).map(stored).chain([bad]).collect();
        assert!(advice(differences).ends_with("at k1, k2, k3, k4, k5 and 2 more keys"));
    }
}

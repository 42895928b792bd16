//! Advice on the differences that a verification found. A rebuild repairs a projection, unless its events
//! prevent it.

use std::collections::BTreeSet;
use std::path::Path;

use crate::error::{Advice, Remedy};
use crate::event::{EventId, SpaceSequence};
use crate::text::counted;

use super::{Difference, Verified};

/// The id and the sequence of an event.
type At = (EventId, SpaceSequence);

/// The most keys named.
const NAMED: usize = 5;

impl Verified {
    /// Says what to do next; none if there is no difference.
    pub fn advice(&self) -> Option<Advice> {
        let remedy = self.remedy()?;
        if let Some(path) = &self.original {
            return Some(for_original(path, &self.differences));
        }
        let damaged_event = self.differences.iter().find_map(damaged_event);
        if let (Remedy::Restore, Some(event)) = (&remedy, damaged_event) {
            return Some(for_damaged_event(event, &self.differences));
        }
        let bad_event = self.differences.iter().find_map(bad_event);
        let is_skipping = matches!(
            remedy,
            Remedy::Rebuild { skip_errors: true } | Remedy::RebuildProjection { skip_errors: true, .. }
        );
        if let (true, Some(event)) = (is_skipping, bad_event) {
            return Some(past_bad_event(event, &remedy, &self.differences));
        }
        let advice = match self.rebuilds_beside_newer() {
            several if several.len() > 1 => rebuild_each(several),
            _ => remedy.advice(),
        };
        if self.differences.iter().any(is_ahead) {
            return Some(advice.text(
                ", without those no longer in the log; if the two files come from different backups, use both from the same \
                     one",
            ));
        }
        Some(advice)
    }

    /// Returns the rebuilds of single projections, if a later version of the app built another one.
    fn rebuilds_beside_newer(&self) -> BTreeSet<Remedy> {
        let is_one = |remedy: &Remedy| matches!(remedy, Remedy::RebuildProjection { .. });
        let found = self.each().filter_map(|one| {
            let worst = one.differences.iter().max_by_key(|difference| difference.remedy())?;
            Some(self.remedy_of(one, worst)).filter(is_one)
        });
        found.collect()
    }
}

/// Names rebuilds of single projections.
fn rebuild_each(remedies: BTreeSet<Remedy>) -> Advice {
    let mut advice = Advice::default();
    for (number, remedy) in remedies.into_iter().enumerate() {
        advice = if number > 0 { advice.text(" and ") } else { advice }.remedy(remedy);
    }
    advice.text(" rebuild these projections from their events; another one needs the later version of the program that built it")
}

/// Says what helps with a file of the Elixir original, which only the original can write.
fn for_original(path: &Path, differences: &[Difference]) -> Advice {
    let unreadable = differences.iter().find_map(damaged_event);
    let advice = unreadable.map_or_else(Advice::default, |(event_id, space_sequence)| {
        Advice::from(format!("a backup of this file may have event {event_id} as it was: "))
            .remedy(Remedy::InspectEvent { event_id, space_sequence })
            .text("; ")
    });
    let checkpoint = if differences.iter().any(is_ahead) {
        "its `ContentStore.update_checkpoint` sets the checkpoint, "
    } else {
        ""
    };
    advice
        .text(format!(
            "no one but the original writes this file: {checkpoint}its `ContentStore.rebuild_pstate` builds the projection \
             from the events again, without the keys to which none leads, and an import does so in a database of this \
             program: "
        ))
        .remedy(Remedy::ImportOriginal { path: path.to_owned() })
}

fn is_ahead(difference: &Difference) -> bool {
    matches!(difference, Difference::CheckpointAhead { .. } | Difference::CheckpointOff { .. })
}

fn for_damaged_event(event: At, differences: &[Difference]) -> Advice {
    let advice = stops_at(event).text(", work on a copy, and use the last good backup");
    match loss(differences) {
        lost if lost.is_empty() => advice,
        lost => advice.text(format!("; a rebuild without it loses what is stored at {lost}")),
    }
}

fn past_bad_event(event: At, remedy: &Remedy, differences: &[Difference]) -> Advice {
    let advice = stops_at(event)
        .text(", and restore it from a good backup; ")
        .remedy(remedy.clone())
        .text(" skips it");
    match loss(differences) {
        lost if lost.is_empty() => advice,
        lost => advice.text(format!(" and loses what is stored at {lost}")),
    }
}

fn stops_at((event_id, space_sequence): At) -> Advice {
    Advice::from(format!("a rebuild stops at event {event_id}: "))
        .remedy(Remedy::InspectEvent { event_id, space_sequence })
}

/// Lists the keys whose stored values a rebuild would not restore.
fn loss(differences: &[Difference]) -> String {
    let lost: Vec<&str> = differences.iter().filter_map(lost_key).collect();
    let (named, more) = lost.split_at(lost.len().min(NAMED));
    let mut text = named.join(", ");
    if !more.is_empty() {
        text.push_str(&format!(" and {}", counted(more.len() as u64, "more key", "more keys")));
    }
    text
}

fn damaged_event(difference: &Difference) -> Option<At> {
    match difference {
        Difference::DamagedEvent(skipped) => Some((skipped.event_id, skipped.space_sequence)),
        _ => None,
    }
}

fn bad_event(difference: &Difference) -> Option<At> {
    match difference {
        Difference::BadEvent(skipped) => Some((skipped.event_id, skipped.space_sequence)),
        Difference::Blocked { event, .. } => Some((event.event_id, event.space_sequence)),
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
        Verified { differences, ..Verified::default() }.advice().unwrap().to_string()
    }
    use crate::json::Json;
    use crate::operations::Skipped;

    fn impossible(key: String) -> Difference {
        Difference::Impossible { key, stored: Json::of(&json!(1)), of_all_events: false }
    }

    #[test]
    fn no_rebuild_is_advised_if_events_are_missing() {
        let gap = Difference::Gap { after: SpaceSequence(2), next: SpaceSequence(4) };
        let impossible = impossible("k".to_owned());
        let advice = advice(vec![impossible, gap]);
        assert!(advice.contains("backup") && !advice.contains("a rebuild"), "{advice}");
    }

    #[test]
    fn a_file_of_the_original_is_rebuilt_by_the_original_or_by_an_import() {
        let missing = Difference::Missing { key: "k".to_owned(), expected: Json::of(&json!(1)) };
        let original = Some("app.db".into());
        let verified = Verified { differences: vec![missing], original, ..Verified::default() };
        let expected = Remedy::ImportOriginal { path: "app.db".into() };
        assert_eq!(verified.remedy_of(&verified, &verified.differences[0]), expected);
        let advice = verified.advice().unwrap();
        assert!(advice.to_string().contains("ContentStore.rebuild_pstate"), "{advice}");
        assert!(advice.remedies().all(|remedy| *remedy == expected), "{advice}");
    }

    #[test]
    fn many_lost_keys_are_counted_instead_of_named() {
        let stored = |number| impossible(format!("k{number}"));
        let (event_id, space_sequence) = (EventId(7), SpaceSequence(1));
        let bad = Difference::BadEvent(Skipped {
            event_id,
            space_sequence,
            reason: String::new(),
            projections: Vec::new(),
        });
        let differences: Vec<Difference> = (1..=7).map(stored).chain([bad]).collect();
        assert!(advice(differences).ends_with("at k1, k2, k3, k4, k5 and 2 more keys"));
    }
}

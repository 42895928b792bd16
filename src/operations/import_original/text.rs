//! The plan and the result of an import in words.

use crate::engines::elixir::irregular;
use crate::limits::LONGEST_METADATA;
use crate::operations::summary::{ahead_of_clock, events, keys};
use crate::operations::{Difference, FindingText, ReportFinding, lacks_app};
use crate::text::{counted, grouped};

use super::{
    ImportedOriginal, ImportedOriginalSpace, NewTimes, OriginalComparison, OriginalTrial, PassedOver,
    PlannedSpace, SpaceFate,
};

const NOTHING_TO_COMPARE: &str = "the original has no projection to compare with";

/// Numbers of events that do not come over as they are.
struct Changed<'a> {
    gaps: u64,
    duplicates: u64,
    renumbered: u64,
    new_ids: u64,
    causes_dropped: u64,
    new_times: &'a NewTimes,
}

impl Changed<'_> {
    /// Says what happens to them, in the present or in the past.
    fn words(&self, is_done: bool) -> Vec<String> {
        let mut words = Vec::new();
        if self.renumbered > 0 || self.duplicates > 0 || self.gaps > 0 {
            let reasons = irregular(self.duplicates, self.gaps);
            let get = if is_done { "got" } else { "gets" };
            let gets = if is_done { "got" } else { "get" };
            let renumbered = counted(self.renumbered, &format!("event {get}"), &format!("events {gets}"));
            words.push(format!("{reasons}: {renumbered} another sequence"));
        }
        if self.new_ids > 0 {
            let (one, many) = match is_done {
                true => ("event got another id", "events got another id"),
                false => ("event gets another id", "events get another id"),
            };
            let whose = if self.new_ids == 1 { "its own is" } else { "their own are" };
            let events = counted(self.new_ids, one, many);
            words.push(format!("{events}, because {whose} not above the ids of the events before"));
        }
        words.extend(self.new_times.words(is_done));
        if self.causes_dropped > 0 {
            let causes = counted(self.causes_dropped, "cause is", "causes are");
            words.push(format!("{causes} not in the log before the effect, and only in the metadata"));
        }
        words
    }
}

/// Says why a space keeps the original's own entries, given the app that its metadata names.
fn no_app(named: Option<&str>) -> String {
    named.map_or_else(|| "no known app".to_owned(), |app| lacks_app(Some(app)))
}

/// Says that a space was imported before, and how many events the original has added since.
fn passed_over(added: u64) -> String {
    let passed_over = "was imported before, and is passed over";
    match added {
        0 => passed_over.to_owned(),
        _ => format!("{passed_over}; the original has added {} since", counted(added, "event", "events")),
    }
}

impl PassedOver {
    /// Describes what became of it.
    pub fn words(&self) -> String {
        passed_over(self.added)
    }
}

impl PlannedSpace {
    /// Describes the space and what becomes of it, one fact to a line.
    pub fn facts(&self) -> Vec<String> {
        let app = self.app.as_ref().map_or_else(
            || format!("{}, so the original's own entries are kept", no_app(self.named_app().as_deref())),
            |app| format!("projections are built by the app {app}"),
        );
        let originals = counted(self.original_keys, "key of the original", "keys of the original");
        let mut facts = vec![format!("{}, {originals}; {app}", events(self.events))];
        match &self.fate {
            SpaceFate::New => {}
            SpaceFate::Unfinished => {
                facts.push("an earlier import of it was stopped, and starts again".to_owned());
            }
            SpaceFate::Imported { added } => return vec![passed_over(*added)],
            SpaceFate::NameTaken => facts.push("another space of the database has its name".to_owned()),
        }
        if self.is_orphan {
            facts.push("the original does not register it; only its rows are left".to_owned());
        }
        if let Some(name) = &self.original_name {
            facts.push(format!("its name in the original is {name:?}, which is not a valid name"));
        }
        let Self { gaps, duplicates, renumbered, new_ids, causes_dropped, ref new_times, .. } = *self;
        let changed = Changed { gaps, duplicates, renumbered, new_ids, causes_dropped, new_times };
        facts.append(&mut changed.words(false));
        if let Some(trial) = &self.trial {
            facts.append(&mut trial.facts(self.app.is_some()));
            let comparison = trial.comparison.as_ref();
            let unread = unread_keys(self.original_keys, (self.app.is_some(), trial.keys), comparison);
            facts.extend(unread.map(|(keys, many)| {
                let come = if many { "do not come" } else { "does not come" };
                format!("{keys}, and {come} over")
            }));
        }
        facts
    }

    /// Describes what needs attention, as subject and text.
    pub fn problems(&self) -> Vec<(String, String)> {
        let skipped = if self.app.is_some() { ", which the projections skip" } else { "" };
        let unreadable = self.unreadable_events.iter().map(|event| {
            let reason = &event.reason;
            let text =
                format!("has a payload that cannot be read, and is kept as it is stored{skipped}: {reason}");
            (format!("event {}", event.event_id), text)
        });
        let mut problems: Vec<(String, String)> = unreadable.collect();
        let more = self.unreadable.saturating_sub(self.unreadable_events.len() as u64);
        if more > 0 {
            problems.push((format!("{} more events", grouped(more)), "have unreadable payloads".to_owned()));
        }
        problems.extend(self.oversized_metadata.map(|bytes| {
            let limit = grouped(LONGEST_METADATA as u64);
            let text = format!(
                "has {} bytes, more than the limit of {limit}: the space cannot be imported",
                grouped(bytes)
            );
            ("its metadata".to_owned(), text)
        }));
        problems.extend(self.too_large.as_ref().map(|event| {
            (
                format!("event {}", event.event_id),
                format!("cannot be imported, nor can its space: {}", event.reason),
            )
        }));
        problems.extend(self.trial.iter().flat_map(OriginalTrial::problems));
        problems
    }
}

impl OriginalTrial {
    /// Describes what the import will find, one fact to a line.
    fn facts(&self, has_app: bool) -> Vec<String> {
        let mut facts = Vec::new();
        if self.unknown > 0 {
            facts.push(format!("{} of types unknown to the app", events(self.unknown)));
        }
        match &self.comparison {
            Some(comparison) if comparison.count == 0 => {
                let keys = keys(comparison.keys);
                facts.push(format!("the projection will match that of the original ({keys})"));
            }
            None if has_app => facts.push(NOTHING_TO_COMPARE.to_owned()),
            _ => {}
        }
        facts.extend(self.ahead_of_clock.map(ahead_of_clock));
        facts
    }

    /// Describes what will need attention, as subject and text.
    fn problems(&self) -> Vec<(String, String)> {
        let skipped = self.unapplied_events.iter().map(|event| {
            let subject = format!("the event of sequence {}", event.space_sequence);
            (subject, format!("cannot be applied, and will be skipped: {}", event.reason))
        });
        let mut problems: Vec<(String, String)> = skipped.collect();
        let more = self.unapplied.saturating_sub(self.unapplied_events.len() as u64);
        if more > 0 {
            problems.push((format!("{} more events", grouped(more)), "cannot be applied".to_owned()));
        }
        problems.extend(self.comparison.iter().flat_map(differences));
        problems
    }
}

/// Says how many keys of the original cannot be read, and whether these are several, given whether an app builds the
/// projections and how many keys they have.
fn unread_keys(
    original_keys: u64,
    (has_app, keys): (bool, u64),
    comparison: Option<&OriginalComparison>,
) -> Option<(String, bool)> {
    let read = comparison.map(|comparison| comparison.keys).or((!has_app).then_some(keys));
    let unread = original_keys.saturating_sub(read?);
    let keys = counted(unread, "key of the original is", "keys of the original are");
    let text = format!("{keys} not text in UTF-8, or of a space whose id is out of range");
    (unread > 0).then_some((text, unread > 1))
}

/// Describes the differences from the original's projection, as subject and text.
fn differences(comparison: &OriginalComparison) -> impl Iterator<Item = (String, String)> {
    let words = comparison.differences.iter().flat_map(Difference::words);
    words.map(|FindingText { subject, text }| (format!("{subject} in the original"), text))
}

impl ImportedOriginalSpace {
    /// Describes what came over otherwise than it was, one fact to a line.
    pub fn facts(&self) -> Vec<String> {
        let mut facts = Vec::new();
        if self.is_orphan {
            facts.push("the original does not register it; only its rows were left".to_owned());
        }
        let Self { gaps, duplicates, renumbered, new_ids, causes_dropped, ref new_times, .. } = *self;
        let changed = Changed { gaps, duplicates, renumbered, new_ids, causes_dropped, new_times };
        facts.append(&mut changed.words(true));
        if self.unknown > 0 {
            facts.push(format!("{} of types unknown to the app", events(self.unknown)));
        }
        if self.app.is_none() {
            let kept = counted(
                self.keys,
                "key of the original kept as it was",
                "keys of the original kept as they were",
            );
            facts.push(format!("{}: {kept}", no_app(self.space.app_name().as_deref())));
        }
        if let Some(comparison) = self.comparison.as_ref().filter(|comparison| comparison.count == 0) {
            facts.push(format!("the projection matches that of the original ({})", keys(comparison.keys)));
        }
        let unread =
            unread_keys(self.original_keys, (self.app.is_some(), self.keys), self.comparison.as_ref());
        facts.extend(unread.map(|(keys, _)| format!("{keys}, and did not come over")));
        if !self.skipped.is_empty() {
            facts.push("a rebuild stops at the skipped events, unless it skips them too".to_owned());
        }
        facts.extend(self.ahead_of_clock.map(ahead_of_clock));
        if self.app.is_some() && self.comparison.is_none() {
            facts.push(NOTHING_TO_COMPARE.to_owned());
        }
        facts
    }

    /// Describes what needs attention, as subject and text.
    pub fn problems(&self) -> Vec<(String, String)> {
        let unreadable = self.unreadable_events.iter().map(|event| {
            let text =
                format!("has a payload that cannot be read, and is kept as it is stored: {}", event.reason);
            (format!("event {} of the original", event.event_id), text)
        });
        let skipped = self.skipped.iter().map(|skipped| {
            let text = format!("cannot be applied and was skipped: {}", skipped.reason);
            (format!("event {} (sequence {})", skipped.event_id, skipped.space_sequence), text)
        });
        let differences = self.comparison.iter().flat_map(differences);
        unreadable.chain(skipped).chain(differences).collect()
    }
}

impl ImportedOriginal {
    /// Returns the number of events whose payloads cannot be read.
    pub fn unreadable(&self) -> u64 {
        self.spaces.iter().map(|space| space.unreadable).sum()
    }

    /// Returns the number of events that cannot be applied.
    pub fn skipped(&self) -> u64 {
        self.spaces.iter().map(|space| space.skipped.len() as u64).sum()
    }

    /// Returns what needs attention, by space.
    pub fn findings(&self) -> impl Iterator<Item = ReportFinding> {
        let refused = self.refused.iter().map(|refused| ReportFinding {
            group: Some(refused.space_name.clone()),
            subject: match refused.event_id {
                Some(event_id) => format!("event {event_id} of the original"),
                None => "the space".to_owned(),
            },
            text: format!("cannot be imported: {}", refused.reason),
            remedy: None,
        });
        let of_spaces = self.spaces.iter().flat_map(|space| {
            space.problems().into_iter().map(|(subject, text)| ReportFinding {
                group: Some(space.space.space_name.clone()),
                subject,
                text,
                remedy: None,
            })
        });
        refused.chain(of_spaces)
    }
}

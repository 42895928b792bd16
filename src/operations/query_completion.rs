//! Candidates for completing a query over the events of a scope.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::content_store::{CurrentForms, Store};
use crate::error::Result;
use crate::event::Event;
use crate::event_store::Page;
use crate::query::{Candidate, Gap, QueryPart};
use crate::text::grouped;

use super::Pause;
use super::scope::Scope;
use super::search::Search;

/// The most events in a sample.
const SAMPLE: usize = 300;

/// The most events examined for a sample.
const BUDGET: usize = 2000;

/// The most bytes of payloads in a sample from which paths and values are read.
const SAMPLE_BYTES: usize = 1 << 20;

/// The most spaces whose event types are listed together.
const MOST_SPACES: usize = 100;

/// Returns what can be inserted into a gap, the likeliest first. Paths, values and correlations are those of the latest
/// events that match the other words of the query; at most 2,000 events are examined.
///
/// # Errors
/// Those of the store; the error of `pause`.
pub fn complete_query(
    store: &Store,
    forms: &CurrentForms,
    scope: Scope,
    (gap, limit): (&Gap, usize),
    pause: &mut Pause<'_>,
) -> Result<Vec<Candidate>> {
    let mut completer = Completer { store, forms, scope, gap, limit, pause };
    let mut found = match gap.part {
        QueryPart::Field | QueryPart::Time => gap.fixed_candidates(),
        QueryPart::Type => completer.types()?,
        QueryPart::Entity => completer.entities()?,
        QueryPart::Correlation => correlations(&completer.sample()?, gap),
        QueryPart::Path(_) | QueryPart::Value(_) => parts_of_events(forms, &completer.sample()?, gap),
    };
    // A line of text cannot hold the others.
    found.retain(|candidate| !candidate.text.contains(char::is_control));
    found.truncate(limit);
    Ok(found)
}

/// A gap in a query, and where its candidates come from.
struct Completer<'a, 'p> {
    store: &'a Store,
    forms: &'a CurrentForms,
    scope: Scope,
    gap: &'a Gap,
    limit: usize,
    pause: &'a mut Pause<'p>,
}

impl Completer<'_, '_> {
    /// Returns the latest events that match the other words of the query.
    fn sample(&mut self) -> Result<Vec<Event>> {
        let events = self.store.events();
        let criteria = self.gap.others.resolve(self.store.clock().now());
        let search = Search::new(events, self.scope, criteria)?.in_forms(self.forms);
        Ok(search.page(events, Page::backward(None, SAMPLE), BUDGET, self.pause)?.events)
    }

    /// Returns the event types of the scope: first those that start as typed, the most frequent ones first.
    fn types(&mut self) -> Result<Vec<Candidate>> {
        let (events, gap) = (self.store.events(), self.gap);
        let mut names = match self.scope {
            Scope::Space(space_id) => events.event_types(space_id)?,
            Scope::All => {
                let spaces = events.spaces(Page::forward(None, MOST_SPACES))?;
                let ids: Vec<_> = spaces.iter().map(|record| record.space.space_id).collect();
                events.event_types_of(&ids)?.concat()
            }
        };
        let sample = self.sample()?;
        names.extend(sample.iter().map(|event| event.event_type.to_string()));
        names.sort_unstable();
        names.dedup();
        let counts = counts(sample.iter().map(|event| &*event.event_type));
        names.retain(|name| gap.is_part_of(name) && *name != gap.typed);
        let count = |name: &String| counts.get(name.as_str()).copied().unwrap_or(0);
        names.sort_by_cached_key(|name| (!name.starts_with(&gap.typed), Reverse(count(name))));
        Ok(names.iter().map(|name| Candidate::name(name, share(count(name), sample.len()))).collect())
    }

    /// Returns the entities that start as typed. Across all spaces, only those of the latest events.
    fn entities(&mut self) -> Result<Vec<Candidate>> {
        let (sample, typed) = (self.sample()?, &self.gap.typed);
        let mut names = match self.scope {
            Scope::Space(space_id) => self.store.events().entities(space_id, typed, self.limit)?,
            Scope::All => sample.iter().map(|event| event.entity_id.clone()).collect(),
        };
        names.retain(|name| name.starts_with(typed) && name != typed);
        names.sort_unstable();
        names.dedup();
        let latest = |name: &String| {
            let event = sample.iter().find(|event| event.entity_id == *name);
            event.map_or_else(String::new, |event| format!("latest event {}", event.event_type))
        };
        Ok(names.iter().map(|name| Candidate::name(name, latest(name))).collect())
    }
}

/// Returns the correlations of the events that start as typed, the latest first.
fn correlations(sample: &[Event], gap: &Gap) -> Vec<Candidate> {
    let plain = |text: &str| text.replace('-', "").to_ascii_lowercase();
    let typed = plain(&gap.typed);
    let mut found: Vec<Candidate> = Vec::new();
    for event in sample {
        let Some(id) = event.correlation_id.map(|id| id.to_string()) else { continue };
        let is_new = plain(&id).starts_with(&typed) && !found.iter().any(|candidate| candidate.text == id);
        if is_new && id.len() > gap.typed.len() {
            found.push(Candidate::name(&id, format!("latest event {}", event.event_type)));
        }
    }
    found
}

/// Returns the paths or values of the events, the most frequent ones first.
fn parts_of_events(forms: &CurrentForms, sample: &[Event], gap: &Gap) -> Vec<Candidate> {
    let mut found: HashMap<String, (usize, String)> = HashMap::new();
    let (mut bytes, mut events) = (0, 0);
    for event in sample {
        bytes += event.payload.as_str().len();
        if events > 0 && bytes > SAMPLE_BYTES {
            break;
        }
        events += 1;
        let current = forms.of(event).and_then(|current| current.ok());
        let mut candidates = gap.candidates_in(event, current.as_ref().unwrap_or(event));
        candidates.sort_unstable();
        candidates.dedup_by(|a, b| a.text == b.text);
        for Candidate { text, note } in candidates {
            found.entry(text).or_insert((0, note)).0 += 1;
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by(|a, b| (Reverse(a.1.0), &a.0).cmp(&(Reverse(b.1.0), &b.0)));
    let candidate = |(text, (count, note)): (String, (usize, String))| match note.is_empty() {
        true => Candidate { text, note: share(count, events) },
        false => Candidate { text, note },
    };
    found.into_iter().map(candidate).collect()
}

fn counts<'a>(names: impl Iterator<Item = &'a str>) -> HashMap<&'a str, usize> {
    let mut counts = HashMap::new();
    names.for_each(|name| *counts.entry(name).or_insert(0) += 1);
    counts
}

/// Returns how many of the latest events these are.
fn share(count: usize, events: usize) -> String {
    match count {
        0 => String::new(),
        _ => format!("{} of the latest {}", grouped(count as u64), grouped(events as u64)),
    }
}

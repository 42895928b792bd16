//! Pages of rows for the screen.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::audit::OperationId;
use crate::clock::Timestamp;
use crate::console::app::window::{Load, Row, Slice};
use crate::console::layers::audit::AuditRow;
use crate::console::panes::events::{EventRow, ShownEvent};
use crate::console::panes::projections::EntryRow;
use crate::console::widgets::excerpt::{Excerpt, ExcerptContext};
use crate::console::widgets::shortened::shorten;
use crate::content_store::{CurrentForms, Store};
use crate::error::Result;
use crate::event::{Event, SpaceSequence};
use crate::event_store::{Direction, Page, is_last_page};
use crate::json::Json;
use crate::operations::{
    Found, FoundEntries, PastProjection, Pause, Position, Scope, Search, TraceFound, TraceStep,
    audit_subject, read_trace, search_entries,
};
use crate::pstate::{Entry, Projection};
use crate::query::Query;
use crate::space::SpaceId;

/// The most events scanned for one answer on each side: about 20 ms of work, so that a search through
/// millions of events shows progress and can be stopped.
const BUDGET: usize = 20_000;

/// Rows in reading order, with the range that was scanned.
pub(super) struct Part<R: Row> {
    pub(super) rows: Vec<R>,
    pub(super) reached: Option<R::Key>,
    pub(super) ended: bool,
    pub(super) searched: u64,
}

impl<R: Row> Part<R> {
    fn of(rows: Vec<R>, ended: bool) -> Self {
        let (reached, searched) = (rows.last().map(Row::key), rows.len() as u64);
        Self { reached, ended, searched, rows }
    }
}

/// Reads one part.
pub(super) type Read<'a, R> = dyn FnMut(Page<<R as Row>::Key>) -> Result<Part<R>> + 'a;

/// Reads the parts of a page, which `just_before` continues from the row before a position.
pub(super) fn load<R: Row>(
    read: &mut Read<'_, R>,
    load: Load<R::Key>,
    limit: usize,
    just_before: impl Fn(&R::Key, &Part<R>) -> Option<R::Key>,
) -> Result<Slice<R>> {
    match load {
        Load::Start => Ok(joined(None, Some(read(Page::forward(None, limit))?))),
        Load::End => Ok(joined(Some(read(Page::backward(None, limit))?), None)),
        Load::After(key) => Ok(joined(None, Some(read(Page::forward(Some(key), limit))?))),
        Load::Before(key) => Ok(joined(Some(read(Page::backward(Some(key), limit))?), None)),
        Load::Around(key) => {
            let before = read(Page::backward(Some(key.clone()), limit))?;
            let from = just_before(&key, &before);
            let after = read(Page::forward(from, limit))?;
            Ok(joined(Some(before), Some(after)))
        }
    }
}

/// Joins the rows before and after a position. A side that was not read is either the end of the list or
/// already known to the window.
fn joined<R: Row>(before: Option<Part<R>>, after: Option<Part<R>>) -> Slice<R> {
    let first_seen = |part: &Part<R>| part.rows.first().map(Row::key).or_else(|| part.reached.clone());
    let from = match (&before, &after) {
        (Some(before), _) if before.reached.is_some() => before.reached.clone(),
        (_, Some(after)) => first_seen(after),
        _ => None,
    };
    let to = match (&after, &before) {
        (Some(after), _) if after.reached.is_some() => after.reached.clone(),
        (_, Some(before)) => first_seen(before),
        _ => None,
    };
    let at_start = before.as_ref().is_none_or(|part| part.ended);
    let at_end = after.as_ref().is_none_or(|part| part.ended);
    let searched = [&before, &after].into_iter().flatten().map(|part| part.searched).sum();
    let mut rows: Vec<R> = before.map_or_else(Vec::new, |part| part.rows);
    rows.reverse();
    rows.extend(after.map_or_else(Vec::new, |part| part.rows));
    Slice { rows, from, to, at_start, at_end, searched }
}

/// Returns the part of a page up to a position: a page backward starts there at the latest.
fn within(page: Page<Position>, until: Option<Position>) -> Page<Position> {
    let Some(until) = until.filter(|_| page.direction == Direction::Backward) else { return page };
    let end = Position(until.0.saturating_add(1));
    Page { after: Some(page.after.map_or(end, |after| after.min(end))), ..page }
}

/// Loads a page of matching events, up to a position if one is given.
pub(super) fn events(
    store: &Store,
    forms: &CurrentForms,
    (scope, until): (Scope, Option<Position>),
    (wanted, query): (Load<Position>, &Query),
    limit: usize,
    pause: &mut Pause<'_>,
) -> Result<Slice<EventRow>> {
    // The time matters only to queries.
    let now = if query.is_empty() { Timestamp::default() } else { store.clock().now() };
    let search = Search::new(store.events(), scope, query.resolve(now))?.in_forms(forms);
    let wanted_texts: Vec<&str> = query.texts().filter(|text| !text.is_empty()).collect();
    let mut read = |page: Page<Position>| {
        let found = search.page(store.events(), within(page, until), BUDGET, pause)?;
        let Found { mut events, reached, ended, searched } = found;
        let is_past_end = until.is_some_and(|until| reached.is_some_and(|reached| reached >= until));
        let ended = ended || page.direction == Direction::Forward && is_past_end;
        events.retain(|event| until.is_none_or(|until| scope.position(event) <= until));
        let befores = previous_states(store, &events, scope != Scope::All && query.is_empty());
        let rows = event_rows((forms, scope), events.into_iter().zip(befores), &wanted_texts, pause)?;
        Ok(Part { rows, reached, ended, searched })
    };
    load(&mut read, wanted, limit, before_position)
}

fn before_position<R: Row<Key = Position>>(position: &Position, _: &Part<R>) -> Option<Position> {
    position.0.checked_sub(1).map(Position)
}

/// Loads a page of an entity's events that match a query.
pub(super) fn history(
    store: &Store,
    forms: &CurrentForms,
    (space_id, entity_id): (SpaceId, &str),
    (wanted, query): (Load<Position>, Query),
    limit: usize,
    pause: &mut Pause<'_>,
) -> Result<Slice<EventRow>> {
    if !query.is_empty() {
        let query = query.about(entity_id);
        return events(store, forms, (Scope::Space(space_id), None), (wanted, &query), limit, pause);
    }
    let mut read = |page: Page<Position>| {
        let after = page.after.map(|position| SpaceSequence(position.0));
        let within = Page { after, direction: page.direction, limit: page.limit };
        let events = store.events().read_entity(space_id, entity_id, within)?;
        let ended = is_last_page(&events, page.limit);
        let befores = previous_states(store, &events, true);
        let rows = event_rows((forms, Scope::Space(space_id)), events.into_iter().zip(befores), &[], pause)?;
        Ok(Part::of(rows, ended))
    };
    load(&mut read, wanted, limit, before_position)
}

/// Loads a page of entries with `text` in their keys or values.
pub(super) fn projections(
    projection: &Projection<'_>,
    wanted: Load<String>,
    text: &str,
    limit: usize,
    pause: &mut Pause<'_>,
) -> Result<Slice<EntryRow>> {
    let mut search = |page: Page<String>, pause: &mut Pause<'_>| {
        search_entries(projection, ("", text), page, BUDGET, pause)
    };
    entries(&mut search, (wanted, text), limit, pause)
}

/// Loads a page of entries of a projection as of an event.
pub(super) fn past(
    projection: &PastProjection<'_>,
    wanted: Load<String>,
    text: &str,
    limit: usize,
    pause: &mut Pause<'_>,
) -> Result<Slice<EntryRow>> {
    let mut search =
        |page: Page<String>, pause: &mut Pause<'_>| projection.search(("", text), page, BUDGET, pause);
    entries(&mut search, (wanted, text), limit, pause)
}

/// Searches a page of entries.
type SearchEntries<'a> = dyn FnMut(Page<String>, &mut Pause<'_>) -> Result<FoundEntries> + 'a;

fn entries(
    search: &mut SearchEntries<'_>,
    (wanted, text): (Load<String>, &str),
    limit: usize,
    pause: &mut Pause<'_>,
) -> Result<Slice<EntryRow>> {
    let mut read = |page: Page<String>| {
        let FoundEntries { entries, reached, ended, searched } = search(page, pause)?;
        let row = |entry: Entry| {
            let mut row = EntryRow::of(entry, text, pause)?;
            if let Some(entry) = Arc::get_mut(&mut row.entry) {
                shorten(&mut entry.value);
            }
            Ok(row)
        };
        let rows = entries.into_iter().map(row).collect::<Result<_>>()?;
        Ok(Part { rows, reached, ended, searched })
    };
    // The preceding key is the nearest match before the position, or else the farthest key scanned. Without
    // either, the position is the first.
    let just_before = |_: &String, before: &Part<EntryRow>| {
        let farthest = before.reached.clone().filter(|_| !before.ended);
        before.rows.first().map(Row::key).or(farthest)
    };
    load(&mut read, wanted, limit, just_before)
}

/// Takes a step of a trace.
pub(super) fn trace(
    store: &Store,
    forms: &CurrentForms,
    step: TraceStep,
    pause: &mut Pause<'_>,
) -> Result<TraceFound<EventRow>> {
    let found = read_trace(store.events(), step)?;
    found.replace(|events| {
        let befores = previous_states(store, &events, false);
        event_rows((forms, Scope::All), events.into_iter().zip(befores), &[], pause)
    })
}

/// Returns an event as it is shown.
pub(super) fn event(forms: &CurrentForms, event: Event) -> Arc<ShownEvent> {
    Arc::new(shown_event(forms, event))
}

fn event_rows(
    (forms, scope): (&CurrentForms, Scope),
    events: impl Iterator<Item = (Event, Option<Json>)>,
    wanted: &[&str],
    pause: &mut Pause<'_>,
) -> Result<Vec<EventRow>> {
    let shown = |(stored, before): (Event, Option<Json>)| {
        // An entity such as `card:c7` shows the id `c7` as well.
        let id = stored.entity_id.split_once(':').map_or("", |(_, id)| id);
        let shown: &[&str] = &[&stored.entity_id, id];
        let context = ExcerptContext { shown, before: before.as_ref(), wanted };
        let payload = Excerpt::of_between(stored.payload.as_str(), context, pause)?;
        Ok(EventRow::of(scope, shown_event(forms, stored), payload))
    };
    events.map(shown).collect()
}

/// Returns an event as it is shown, with its current form.
pub(super) fn shown_event(forms: &CurrentForms, mut stored: Event) -> ShownEvent {
    let mut current = forms.of(&stored);
    if let Some(Ok(current)) = &mut current {
        shorten(&mut current.payload);
    }
    shorten(&mut stored.payload);
    stored.metadata.iter_mut().for_each(shorten);
    ShownEvent { stored, current }
}

/// The ends of the types of events that carry the new state of an entity as a whole.
const UPDATES: [&str; 4] = ["updated", "changed", "edited", "modified"];

/// Returns for each event that updates an entity the payload of the entity's event before it, which tells what changed. If no
/// event of a space or an entity is missing between those of the page, most are in the page itself.
fn previous_states(store: &Store, events: &[Event], is_gapless: bool) -> Vec<Option<Json>> {
    let is_update = |event: &&Event| {
        let event_type = event.event_type.to_ascii_lowercase();
        UPDATES.iter().any(|end| event_type.ends_with(end))
    };
    let in_page = |event: &Event| {
        let is_before = |other: &&Event| {
            other.space_sequence < event.space_sequence && other.entity_id == event.entity_id
        };
        let before = events.iter().filter(|_| is_gapless).filter(is_before);
        before.max_by_key(|other| other.space_sequence).map(|found| found.payload.clone())
    };
    let mut states: Vec<Option<Json>> =
        events.iter().map(|event| Some(event).filter(is_update).and_then(in_page)).collect();
    let missing = |index: &usize| is_update(&&events[*index]) && states[*index].is_none();
    let missing: Vec<usize> = (0..events.len()).filter(missing).collect();
    if missing.is_empty() {
        return states;
    }
    let of: Vec<&Event> = missing.iter().map(|index| &events[*index]).collect();
    // Without the state before, the whole payload is shown.
    let read = store.events().read_previous(&of).unwrap_or_default();
    for (index, before) in missing.into_iter().zip(read) {
        states[index] = before.map(|before| before.payload);
    }
    states
}

/// Loads a page of the entries of the audit log that contain a text. On screen, forward means back in time.
pub(super) fn operations(
    store: &Store,
    (space_name, text): (Option<&str>, &str),
    wanted: Load<Reverse<OperationId>>,
    limit: usize,
    pause: &mut Pause<'_>,
) -> Result<Slice<AuditRow>> {
    let about = space_name.map(|name| audit_subject(store, name)).transpose()?;
    let mut read = |page: Page<Reverse<OperationId>>| {
        let direction = match page.direction {
            Direction::Forward => Direction::Backward,
            Direction::Backward => Direction::Forward,
        };
        let mut part = Part { rows: Vec::new(), reached: page.after, ended: false, searched: 0 };
        while !part.ended && part.rows.len() < page.limit && part.searched < BUDGET as u64 {
            pause()?;
            let after = part.reached.map(|Reverse(operation_id)| operation_id);
            let entries =
                store.audit_log().page(about.as_ref(), Page { after, direction, limit: page.limit })?;
            part.ended = entries.len() < page.limit;
            part.searched += entries.len() as u64;
            part.reached = entries.last().map(|entry| Reverse(entry.operation_id)).or(part.reached);
            part.rows.extend(entries.into_iter().filter(|entry| entry.contains(text)).map(AuditRow::of));
        }
        Ok(part)
    };
    let just_before = |Reverse(OperationId(number)): &Reverse<OperationId>, _: &Part<AuditRow>| {
        Some(Reverse(OperationId(number.saturating_add(1))))
    };
    load(&mut read, wanted, limit, just_before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content_store::Apps;
    use crate::event::NewEvent;
    use crate::event_store::{Append, Expected};
    use crate::operations::no_pause;

    fn store_with(events: u64) -> (Store, SpaceId) {
        let store = Store::memory();
        let space = store.events().get_or_create_space("s", None, Timestamp(0)).unwrap();
        let event = |at: u64| {
            let kind = if at.is_multiple_of(1000) { "rare" } else { "common" };
            NewEvent::new(format!("e{at}"), kind, Json::of(&at.into()))
        };
        let events: Vec<NewEvent> = (1..=events).map(event).collect();
        let append = Append { expected: Expected::Any, now: Timestamp(0), events: &events };
        store.events().append(space.space_id, append).unwrap();
        (store, space.space_id)
    }

    fn positions(slice: &Slice<EventRow>) -> Vec<u64> {
        slice.rows.iter().map(|row| row.position.0).collect()
    }

    #[test]
    fn a_page_around_a_position_has_rows_on_both_sides_and_reports_the_ends() {
        let (store, space_id) = store_with(10);
        let forms = CurrentForms::new(&store, &Apps::default());
        let upto = |until, wanted, limit| {
            let wanted = (wanted, &Query::default());
            events(&store, &forms, (Scope::Space(space_id), until), wanted, limit, &mut no_pause)
        };
        let page = |wanted, limit| upto(None, wanted, limit);
        let slice = page(Load::Around(Position(5)), 2).unwrap();
        assert_eq!(positions(&slice), [3, 4, 5, 6]);
        assert_eq!((slice.from, slice.to), (Some(Position(3)), Some(Position(6))));
        assert_eq!((slice.at_start, slice.at_end), (false, false));
        let slice = page(Load::Around(Position(1)), 20).unwrap();
        assert_eq!((slice.rows.len(), slice.at_start, slice.at_end), (10, true, true));
        let slice = page(Load::Around(Position(99)), 2).unwrap();
        assert_eq!((positions(&slice), slice.at_end), (vec![9, 10], true));
        let until = |wanted, limit| upto(Some(Position(7)), wanted, limit).unwrap();
        let slice = until(Load::Around(Position(7)), 2);
        assert_eq!((positions(&slice), slice.at_start, slice.at_end), (vec![5, 6, 7], false, true));
        for wanted in [Load::End, Load::Around(Position(99)), Load::Before(Position(99))] {
            let slice = until(wanted, 2);
            assert_eq!((positions(&slice), slice.at_end), (vec![6, 7], true));
        }
        let slice = until(Load::After(Position(5)), 9);
        assert_eq!((positions(&slice), slice.at_end), (vec![6, 7], true));
        let slice = upto(Some(Position(0)), Load::Around(Position(0)), 9).unwrap();
        assert_eq!((positions(&slice), slice.at_start, slice.at_end), (vec![], true, true));
    }

    #[test]
    fn a_search_stops_at_its_budget_and_continues_from_there() {
        let (store, space_id) = store_with(45_000);
        let query: Query = "rare".parse().unwrap();
        let forms = CurrentForms::new(&store, &Apps::default());
        let mut wanted = Load::End;
        let mut found = 0;
        let mut answers = 0;
        loop {
            let scope = (Scope::Space(space_id), None);
            let slice = events(&store, &forms, scope, (wanted, &query), 1000, &mut no_pause).unwrap();
            found += slice.rows.len();
            answers += 1;
            if slice.at_start {
                break;
            }
            wanted = Load::Before(slice.from.unwrap());
        }
        assert_eq!((found, answers), (45, 3));
    }
}

//! The results of searches, and the events that they read.

use proptest::prelude::*;
use ramax::event_store::Direction;
use ramax::operations::{Found, Position, Scope, Search, no_pause};
use ramax::{Append, Event, EventId, EventStore, Expected, Json, NewEvent, Page, Query, SpaceId, Timestamp};
use serde_json::json;

use crate::on_every_store;
use crate::support::counting::events::CountingEvents;
use crate::support::{Fixture, START, event};

on_every_store![
    a_search_finds_what_a_scan_of_everything_finds,
    an_entity_is_found_before_and_after_the_end_of_its_index,
    a_search_seeks_directly_to_sequences_and_entities,
    a_search_seeks_to_times_and_ids_in_a_few_dozen_steps,
    a_search_call_stops_at_its_budget_and_reports_its_position,
    a_search_is_over_when_no_later_event_can_match,
];

const MINUTE: i64 = 60_000;

/// A planned event: its space, entity, type, payload, and delay in minutes.
pub(super) type Plan = (usize, usize, usize, usize, i64);

const ENTITIES: [&str; 3] = ["c1", "c2", "c 3"];
const TYPES: [&str; 3] = ["contact.added", "contact.updated", "card.moved"];
const NAMES: [&str; 3] = ["Ada", "Grace \"G\" H", "山田"];

/// Appends the planned events, one every ten minutes, by a clock that is up to a day off.
pub(super) fn append(fixture: &Fixture, plans: &[Plan]) -> Vec<SpaceId> {
    let spaces: Vec<SpaceId> = ["a", "b", "c"].iter().map(|name| fixture.space(name).space_id).collect();
    for (turn, (space, entity, kind, name, late)) in (0_i64..).zip(plans) {
        let payload = json!({"name": NAMES[*name], "tags": [name, kind]});
        let mut new = NewEvent::new(ENTITIES[*entity], TYPES[*kind], Json::of(&payload));
        new.correlation_id = Some(uuid(*kind));
        if *name == 0 && turn > 0 {
            new.causation_id = Some(EventId(turn.unsigned_abs()));
        }
        let now = Timestamp(START.0 + (turn * 10 + late) * MINUTE);
        let append = Append { expected: Expected::Any, now, events: &[new] };
        fixture.store.events().append(spaces[*space], append).unwrap();
    }
    spaces
}

fn uuid(number: usize) -> uuid::Uuid {
    // Some of them differ early, others only in the last digit.
    let start = if number < 2 { "67e55044" } else { "67f55044" };
    format!("{start}-10b1-426f-9247-bb680e5fe0c{number}").parse().unwrap()
}

/// Generates a word of a query.
pub(super) fn word() -> impl Strategy<Value = String> {
    let sample = |words: &'static [&'static str]| prop::sample::select(words).prop_map(str::to_owned);
    let number = 0..40_u64;
    let range = (number.clone(), number.clone()).prop_map(|(a, b)| format!("{}..{}", a.min(b), a.max(b)));
    let open = number.clone().prop_map(|from| format!("{from}.."));
    let numbers = prop_oneof![range, open, number.prop_map(|only| only.to_string())];
    let minutes = (-60..1900_i64).prop_map(|at| Timestamp(START.0 + at * MINUTE).to_string());
    let condition = prop_oneof![
        2 => sample(&["type:contact.*", "type:card.moved", "entity:c1", "entity:\"c 3\"", "entity:c*", "entity:x", "entity:c1,x,c2", "entity:\"c 3\",c1", "type:card.moved,*.added"]),
        2 => (sample(&["seq", "id", "causation"]), numbers).prop_map(|(field, value)| format!("{field}:{value}")),
        2 => (sample(&["after", "before"]), minutes).prop_map(|(field, at)| format!("{field}:{at}")),
        1 => sample(&["after:2h", "before:90m"]),
        1 => (0..4_usize).prop_map(|number| format!("correlation:{}", uuid(number))),
        1 => (0..4_usize).prop_map(|number| format!("correlation:{},{}", uuid(number), uuid(3 - number))),
        2 => (0..4_usize, 1..=36_usize)
            .prop_map(|(number, end)| format!("correlation:{}", &uuid(number).to_string()[..end])),
        2 => sample(&["ada", "added", "~\"c 3\"", "payload.name~ada", "payload.tags[0]=1", "payload.tags=0", "山"]),
    ];
    (prop::bool::weighted(0.2), condition)
        .prop_map(|(negated, word)| if negated { format!("-{word}") } else { word })
}

pub(super) fn plans() -> impl Strategy<Value = Vec<Plan>> {
    prop::collection::vec(
        (0..3_usize, 0..3_usize, 0..3_usize, 0..3_usize, prop_oneof![0..50_i64, 0..1440_i64]),
        0..40,
    )
}

/// Returns all results of a search, read in pages of `limit`.
fn pages(
    search: &Search,
    events: &dyn EventStore,
    direction: Direction,
    after: Option<Position>,
    (limit, budget): (usize, usize),
) -> Vec<Event> {
    let (mut all, mut after) = (Vec::new(), after);
    loop {
        let found = search.page(events, Page { after, direction, limit }, budget, &mut no_pause).unwrap();
        assert!(found.searched <= budget as u64 && found.events.len() <= limit);
        assert!(found.ended || found.searched > 0, "the search makes progress");
        after = found.reached;
        all.extend(found.events);
        if found.ended {
            return all;
        }
    }
}

/// Returns all events of a scope after a position, in reading order.
pub(super) fn scan(
    events: &dyn EventStore,
    scope: Scope,
    direction: Direction,
    after: Option<Position>,
) -> Vec<Event> {
    scope.read(events, Page { after, direction, limit: 9999 }).unwrap()
}

fn a_search_finds_what_a_scan_of_everything_finds(fixture: &Fixture) {
    let case =
        (plans(), prop::collection::vec(word(), 1..4), prop::option::of(0..45_u64), 1..7_usize, 1..9_usize);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(60));
    let outcome = runner.run(&case, |(plans, words, after, limit, budget)| {
        let fresh = fresh(fixture);
        let spaces = append(&fresh, &plans);
        let events = fresh.store.events();
        let query: Query = words.join(" ").parse().unwrap();
        let criteria = query.resolve(Timestamp(START.0 + 300 * MINUTE));
        let after = after.map(Position);
        for scope in [Scope::Space(spaces[0]), Scope::Space(spaces[1]), Scope::All] {
            let search = Search::new(events, scope, criteria.clone()).unwrap();
            for direction in [Direction::Forward, Direction::Backward] {
                let mut expected = scan(events, scope, direction, after);
                expected.retain(|event| criteria.matches(event));
                let found = pages(&search, events, direction, after, (limit, budget));
                prop_assert_eq!(
                    found,
                    expected,
                    "{} in {:?} {:?} after {:?}",
                    query,
                    scope,
                    direction,
                    after
                );
            }
        }
        Ok(())
    });
    outcome.unwrap();
}

/// Creates another store of the same kind.
pub(super) fn fresh(like: &Fixture) -> Fixture {
    match like.store.location() {
        None => Fixture::memory(),
        Some(location) if location.projections.is_some() => Fixture::two_files(),
        Some(_) => Fixture::one_file(),
    }
}

/// Creates a space with `many` events, one per second, every hundredth of the entity `rare`. A neighbour's events
/// alternate with them.
fn long(fixture: &Fixture, many: u64) -> SpaceId {
    let [space, neighbour] = ["long", "neighbour"].map(|name| fixture.space(name).space_id);
    let new = |at: u64| event(if at.is_multiple_of(100) { "rare" } else { "common" }, "t", json!({"at": at}));
    for from in (1..=many).step_by(10) {
        let events: Vec<NewEvent> = (from..(from + 10).min(many + 1)).map(new).collect();
        let now = Timestamp(START.0 + i64::try_from(from).unwrap() * 1000);
        let append = Append { expected: Expected::Any, now, events: &events };
        fixture.store.events().append(space, append).unwrap();
        fixture.store.events().append(neighbour, append).unwrap();
    }
    space
}

fn find(events: &dyn EventStore, scope: Scope, query: &str, page: Page<Position>) -> Found {
    let criteria = query.parse::<Query>().unwrap().resolve(START);
    Search::new(events, scope, criteria).unwrap().page(events, page, 100_000, &mut no_pause).unwrap()
}

fn sequences(found: &Found) -> Vec<u64> {
    found.events.iter().map(|event| event.space_sequence.0).collect()
}

fn an_entity_is_found_before_and_after_the_end_of_its_index(fixture: &Fixture) {
    let space = long(fixture, 2500);
    let events = fixture.store.events();
    let all: Vec<u64> = (1..=25).map(|hundred| hundred * 100).collect();
    let forward = find(events, Scope::Space(space), "entity:rare", Page::forward(None, 999));
    assert_eq!((sequences(&forward), forward.searched), (all.clone(), 25));
    let backward = find(events, Scope::Space(space), "entity:rare", Page::backward(None, 999));
    assert_eq!(sequences(&backward), all.into_iter().rev().collect::<Vec<_>>());
    let some = find(events, Scope::Space(space), "entity:rare seq:1000..1200", Page::forward(None, 999));
    assert_eq!(sequences(&some), [1000, 1100, 1200]);
}

fn a_search_seeks_directly_to_sequences_and_entities(fixture: &Fixture) {
    let space = Scope::Space(long(fixture, 2500));
    let counting = CountingEvents::over(&fixture.store);
    let look = |query: &str, page| (sequences(&find(&counting, space, query, page)).len(), counting.rows());
    assert_eq!(look("seq:1000..1100", Page::forward(None, 999)), (101, 101));
    assert_eq!(look("seq:1000..1100", Page::backward(None, 999)), (101, 101));
    assert_eq!(look("seq:1000..1100 entity:rare", Page::forward(None, 2)), (2, 2));
    assert_eq!(look("entity:rare", Page::backward(None, 5)), (5, 5));
    assert_eq!(look("entity:rare", Page::forward(None, 999)), (25, 25));
    assert_eq!(look("entity:absent", Page::forward(None, 999)), (0, 0));
    assert_eq!(look("seq:1..10 seq:20..30", Page::forward(None, 999)), (0, 0));
    assert_eq!(look("seq:9999..", Page::forward(None, 999)), (0, 0));
    assert_eq!(look("", Page::forward(None, 7)), (7, 7));
    let found = find(&counting, Scope::All, "id:4000..4010", Page::backward(None, 999));
    assert_eq!((found.events.len(), counting.rows()), (11, 11));
}

fn a_search_seeks_to_times_and_ids_in_a_few_dozen_steps(fixture: &Fixture) {
    let space = Scope::Space(long(fixture, 2500));
    let counting = CountingEvents::over(&fixture.store);
    // The event at 2001 comes 2001 s after 10:00:00.
    for (query, matching) in [
        ("after:10:33:21 before:10:33:30", 10),
        ("id:4001..4010", 10),
        ("after:10:41:31", 10),
        ("before:10:00:11", 10),
    ] {
        let criteria = query.parse::<Query>().unwrap().resolve(Timestamp(START.0 + 7_200_000));
        let search = Search::new(&counting, space, criteria).unwrap();
        let found = search.page(&counting, Page::forward(None, 100), 100_000, &mut no_pause).unwrap();
        let rows = counting.rows();
        assert_eq!((found.events.len(), found.searched), (matching, 10), "{query}");
        assert!(rows < 60, "{query}: {rows}");
    }
    let criteria = "after:10:41:31".parse::<Query>().unwrap().resolve(Timestamp(START.0 + 7_200_000));
    let search = Search::new(&counting, Scope::All, criteria).unwrap();
    let found = search.page(&counting, Page::forward(None, 100), 100_000, &mut no_pause).unwrap();
    let rows = counting.rows();
    assert_eq!((found.events.len(), found.searched), (20, 20));
    assert!(rows < 80, "all: {rows}");
}

fn a_search_call_stops_at_its_budget_and_reports_its_position(fixture: &Fixture) {
    let space = Scope::Space(long(fixture, 2500));
    let counting = CountingEvents::over(&fixture.store);
    let search = Search::new(&counting, space, "~absent".parse::<Query>().unwrap().resolve(START)).unwrap();
    let (mut after, mut looked) = (None, Vec::new());
    loop {
        let found = search.page(&counting, Page::backward(after, 100), 1000, &mut no_pause).unwrap();
        assert_eq!(found.searched, counting.rows() as u64, "the reported count is the number of events read");
        looked.push((found.searched, found.reached.unwrap().0, found.ended));
        after = found.reached;
        if found.ended {
            break;
        }
    }
    assert_eq!(looked, [(1000, 1501, false), (1000, 501, false), (500, 1, true)]);
}

fn a_search_is_over_when_no_later_event_can_match(fixture: &Fixture) {
    let space = Scope::Space(long(fixture, 50));
    let events = fixture.store.events();
    let over = |query: &str, after: u64| {
        let criteria = query.parse::<Query>().unwrap().resolve(Timestamp(START.0 + 1_000_000));
        let search = Search::new(events, space, criteria).unwrap();
        search.is_over(Page::forward(Some(Position(after)), 1))
    };
    assert!(over("seq:..50", 50) && over("before:10:00:31", 50));
    assert!(
        !over("seq:..60", 50)
            && !over("before:2026-02-01", 50)
            && !over("after:2026-02-01", 50)
            && !over("", 50)
    );
}

//! Statistics equal a naive count, and say where they are estimates.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use proptest::prelude::*;
use ramax::clock::{CountingIds, SteppingClock};
use ramax::operations::{
    ActivityUnit, FileStats, PrefixCount, SpaceStats, StatsOptions, add_first_times, file_stats, keep_going,
    overview, overviews, space_stats,
};
use ramax::{Append, Apps, Changes, Expected, Json, NewEvent, Page, SpaceId, Store, Timestamp};
use serde_json::json;

use crate::on_every_store;
use crate::support::{Fixture, START, add_contact};

on_every_store![
    statistics_of_all_spaces_add_up,
    a_large_space_is_sampled_within_its_bound_and_says_so,
    reading_statistics_can_be_cancelled,
    the_lag_of_a_projection_that_was_never_built_counts_from_the_first_event,
];

fn store_with(events: &[(i64, u8)], keys: &[String]) -> Store {
    let store = Store::memory();
    let space_id = store.events().get_or_create_space("crm_acme", None, Timestamp(0)).unwrap().space_id;
    for (time, kind) in events {
        let events = [NewEvent::new("e", format!("type.{kind}"), Json::of(&json!({"n": 1})))];
        let append = Append { expected: Expected::Any, now: Timestamp(*time), events: &events };
        store.events().append(space_id, append).unwrap();
    }
    let mut changes = Changes::default();
    for key in keys {
        changes.put(key, Json::of(&json!(1)), Timestamp(0));
    }
    store.pstate().write(space_id.into(), &changes).unwrap();
    store
}

fn stats_of(store: &Store, options: &StatsOptions) -> SpaceStats {
    let acme = overview(store, &Apps::standard(), "crm_acme").unwrap();
    space_stats(store, acme, options, &mut keep_going).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn statistics_equal_a_naive_count(
        steps in prop::collection::vec((0_i64..90_000_000, 0_u8..4), 0..80),
        keys in prop::collection::btree_set("(a|b|é|\u{10ffff})?:?[:a-c]{0,2}x", 0..30),
        periods in 1_usize..30,
        unit in prop::option::of(prop::sample::select(ActivityUnit::ALL.to_vec())),
    ) {
        let mut time = 0;
        let events: Vec<(i64, u8)> = steps.iter().map(|(step, kind)| { time += step; (time, *kind) }).collect();
        let keys: Vec<String> = keys.into_iter().collect();
        let store = store_with(&events, &keys);
        let stats = stats_of(&store, &StatsOptions { periods, unit, ..StatsOptions::default() });
        prop_assert_eq!(stats.events, events.len() as u64);
        prop_assert_eq!(stats.first_event_at.map(|at| at.0), events.first().map(|(time, _)| *time));
        prop_assert_eq!(stats.last_event_at.map(|at| at.0), events.last().map(|(time, _)| *time));
        prop_assert_eq!(stats.activity.is_some(), !events.is_empty());
        for (n, count) in stats.activity.iter().flat_map(|activity| activity.counts.iter().enumerate()) {
            let window = stats.activity.as_ref().unwrap().window();
            let is_in = |time: i64| (window.start(n).0..window.start(n + 1).0).contains(&time);
            let naive = |kind: Option<&str>| {
                let is_kind = |of: u8| kind.is_none_or(|kind| kind == format!("type.{of}"));
                events.iter().filter(|(time, of)| is_in(*time) && is_kind(*of)).count() as u64
            };
            prop_assert_eq!(*count, naive(None));
            for found in &stats.types.counts {
                prop_assert_eq!(found.by_period[n], naive(Some(&found.event_type)));
            }
        }
        let mut by_type: BTreeMap<String, u64> = BTreeMap::new();
        for (_, kind) in &events {
            *by_type.entry(format!("type.{kind}")).or_default() += 1;
        }
        let found = stats.types.counts.iter().map(|count| (count.event_type.clone(), count.events)).collect();
        prop_assert_eq!((stats.types.exact, by_type), (true, found));
        let state = &stats.projections[0];
        prop_assert_eq!((state.keys, state.uncounted), (keys.len() as u64, 0));
        prop_assert_eq!(prefixes(&state.counts), naive_prefixes(&keys));
    }

    #[test]
    fn prefixes_counted_within_a_bound_are_exact_or_at_least_as_many(
        sizes in prop::collection::vec(0_usize..1300, 1..4),
        budget in 1_u64..4000,
    ) {
        let keys: Vec<String> =
            sizes.iter().enumerate().flat_map(|(n, size)| (0..*size).map(move |at| format!("p{n}:{at}"))).collect();
        let store = store_with(&[], &keys);
        let stats = stats_of(&store, &StatsOptions { keys: budget, ..StatsOptions::default() });
        let state = &stats.projections[0];
        let naive = naive_prefixes(&keys);
        for count in &state.counts {
            let keys = naive[&count.prefix];
            prop_assert!(count.keys == keys || !count.exact && count.keys < keys, "{:?}", count);
        }
        let counted: u64 = state.counts.iter().map(|count| count.keys).sum();
        prop_assert_eq!(counted + state.uncounted, state.keys);
        // All but the largest fit, so that its number follows from the total.
        let largest = sizes.iter().max().unwrap();
        if budget > (keys.len() - largest + 500 * (2 + sizes.len() * 2)) as u64 {
            prop_assert!(state.counts.iter().all(|count| count.exact), "{:?} {:?}", sizes, state);
        }
    }
}

fn prefixes(counts: &[PrefixCount]) -> BTreeMap<Option<String>, u64> {
    assert!(counts.iter().all(|count| count.exact), "{counts:?}");
    counts.iter().map(|count| (count.prefix.clone(), count.keys)).collect()
}

fn naive_prefixes(keys: &[String]) -> BTreeMap<Option<String>, u64> {
    let mut prefixes = BTreeMap::new();
    for key in keys {
        let prefix = key.split_once(':').map(|(prefix, _)| prefix.to_owned());
        *prefixes.entry(prefix).or_default() += 1;
    }
    prefixes
}

fn all_of(fixture: &Fixture, options: &StatsOptions) -> (FileStats, Vec<SpaceStats>) {
    let mut spaces = Vec::new();
    let mut visit = |stats| {
        spaces.push(stats);
        ControlFlow::Continue(())
    };
    let apps = Apps::standard();
    let totals = file_stats(&fixture.store, &apps, options, &mut visit, &mut keep_going).unwrap();
    (totals, spaces)
}

fn statistics_of_all_spaces_add_up(fixture: &Fixture) {
    let (options, apps) = (StatsOptions::default(), Apps::standard());
    assert_eq!(all_of(fixture, &options).0.spaces, 0);
    super::tenants(fixture);
    fixture.crm("crm_empty");
    let (totals, spaces) = all_of(fixture, &options);
    assert_eq!((totals.spaces, totals.events), (3, spaces.iter().map(|space| space.events).sum()));
    let in_periods = |activity: &ramax::operations::SpaceActivity| activity.counts.iter().sum::<u64>();
    assert_eq!(totals.activity.as_ref().map(in_periods), Some(totals.events));
    for space in &spaces {
        let name = &space.overview.space.space_name;
        let alone = overview(&fixture.store, &apps, name).unwrap();
        let alone = space_stats(&fixture.store, alone, &options, &mut keep_going).unwrap();
        assert_eq!((&alone.types, &alone.projections), (&space.types, &space.projections), "{name}");
    }
}

fn a_large_space_is_sampled_within_its_bound_and_says_so(fixture: &Fixture) {
    let crm = super::large(fixture);
    crm.execute(add_contact("c1")).unwrap();
    let acme = || overview(&fixture.store, &Apps::standard(), "crm_large").unwrap();
    let sampled = StatsOptions { events: 700, keys: 100, ..StatsOptions::default() };
    let stats = space_stats(&fixture.store, acme(), &sampled, &mut keep_going).unwrap();
    let counts: Vec<(&str, u64)> =
        stats.types.counts.iter().map(|count| (count.event_type.as_str(), count.events)).collect();
    assert_eq!((stats.types.exact, stats.types.read), (false, 700));
    assert_eq!(
        counts,
        [("note.taken", 7001), ("contact.added", 0)],
        "a type that is not in the sample is listed"
    );
    assert_eq!(stats.activity.unwrap().counts.iter().sum::<u64>(), 7001);
    let exact = space_stats(&fixture.store, acme(), &sampled.exact(), &mut keep_going).unwrap();
    assert_eq!((exact.types.exact, exact.types.counts[1].events), (true, 1));
}

fn reading_statistics_can_be_cancelled(fixture: &Fixture) {
    super::large(fixture);
    let mut asked = 0;
    let mut watch = |_| {
        asked += 1;
        if asked < 5 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let (options, apps) = (StatsOptions::default(), Apps::standard());
    let visit = &mut |_| ControlFlow::Continue(());
    let stopped = file_stats(&fixture.store, &apps, &options, visit, &mut watch).unwrap_err();
    assert!(stopped.is_cancelled(), "{stopped}");
    assert_eq!(asked, 5);
}

#[test]
fn a_window_ends_where_it_is_asked_to() {
    let day = ActivityUnit::Day.millis();
    let events: Vec<(i64, u8)> = (0..10).map(|n| (START.0 + n * day, 0)).collect();
    let store = store_with(&events, &[]);
    let until = Some(Timestamp(START.0 + 4 * day));
    let options =
        StatsOptions { periods: 3, unit: Some(ActivityUnit::Day), until, ..StatsOptions::default() };
    let stats = stats_of(&store, &options);
    assert_eq!(stats.activity.unwrap().counts, [1, 1, 1]);
    assert_eq!((stats.events, stats.types.counts[0].events), (10, 10), "the totals are of the whole space");
    let after = StatsOptions { until: Some(Timestamp(START.0 + 30 * day)), ..options };
    assert_eq!(stats_of(&store, &after).activity.unwrap().counts, [0, 0, 0]);
    assert_eq!(store.events().read_all(Page::forward(None, 99)).unwrap().len(), 10);
}

#[test]
fn a_window_can_end_with_the_last_event_up_to_a_time() {
    let hour = ActivityUnit::Hour.millis();
    let events: Vec<(i64, u8)> = [0, 1, 30].map(|n| (START.0 + n * hour, 0)).into();
    let store = store_with(&events, &[]);
    let until = Some(Timestamp(START.0 + 20 * hour));
    let (periods, unit) = (2, Some(ActivityUnit::Hour));
    let options = StatsOptions { periods, unit, until, ..StatsOptions::default() };
    assert_eq!(stats_of(&store, &options).activity.unwrap().counts, [0, 0]);
    let options = StatsOptions { ends_with_event: true, ..options };
    assert_eq!(stats_of(&store, &options).activity.unwrap().counts, [1, 1]);
    let before = StatsOptions { until: Some(Timestamp(START.0 - hour)), ..options };
    assert_eq!(stats_of(&store, &before).activity.unwrap().counts.iter().sum::<u64>(), 0);
}

#[test]
fn events_of_the_future_are_not_recent() {
    let (hour, now) = (ActivityUnit::Hour.millis(), Timestamp(START.0 + 1000 * ActivityUnit::Hour.millis()));
    let ago = [900, 100, 20, 2, 0, -1, -50];
    let events: Vec<(i64, u8)> = ago.map(|hours: i64| (now.0 - hours * hour, 0)).into();
    let clock = Arc::new(SteppingClock::new(now, 0));
    let store = store_with(&events, &[]).with_origin(clock, Arc::new(CountingIds::default()));
    let recent = stats_of(&store, &StatsOptions::default()).recent;
    assert_eq!((recent.last_week, recent.last_day, recent.last_hour), (4, 3, 1));
}

fn the_lag_of_a_projection_that_was_never_built_counts_from_the_first_event(fixture: &Fixture) {
    let day = ActivityUnit::Day.millis();
    let space_id =
        fixture.store.events().get_or_create_space("crm_acme", None, Timestamp(0)).unwrap().space_id;
    for at in [0, 1, 3] {
        let events = [NewEvent::new("c1", "note.taken", Json::of(&json!({})))];
        let append = Append { expected: Expected::Any, now: Timestamp(START.0 + at * day), events: &events };
        fixture.store.events().append(space_id, append).unwrap();
    }
    let acme = overview(&fixture.store, &Apps::standard(), "crm_acme").unwrap();
    assert_eq!((acme.lag(), acme.lag_millis()), (3, 3 * day as u64), "not from the creation of the space");
    let mut listed = overviews(&fixture.store, &Apps::standard(), Page::forward(None, 10)).unwrap();
    add_first_times(&fixture.store, &mut listed).unwrap();
    assert_eq!(listed[0].lag_millis(), acme.lag_millis());
    let first = fixture.store.events().first_timestamps(&[SpaceId(99), space_id]).unwrap();
    assert_eq!(first, [None, Some(START)]);
}

//! The statistics of a space on screen: a chart with exact numbers beside it, zoom, lag over time and export.

use std::sync::Arc;

use ramax::clock::{CountingIds, SteppingClock};
use ramax::console::Headless;
use ramax::console::app::pointer::region::{Region, RegionKind, Spot};
use ramax::console::layers::statistics::Statistics;
use ramax::operations::{ActivityUnit, DeleteOptions, activity, catch_up, delete, keep_going};
use ramax::{Append, Apps, Expected, Store, Timestamp};
use serde_json::json;

use crate::snapshots::look_at;
use crate::support::{Fixture, START, add_contact, event};
use crate::{console, notice, screen};

const DAY: i64 = 86_400_000;

/// A store with two spaces: one with events on forty days, and a younger one. Both have more events each day than before.
fn forty_days() -> Store {
    let end = Timestamp(START.0 + 40 * DAY);
    let store =
        Store::memory().with_origin(Arc::new(SteppingClock::new(end, 0)), Arc::new(CountingIds::default()));
    for (name, first) in [("crm_acme", 0), ("crm_young", 30)] {
        let created = Timestamp(START.0 + first * DAY);
        let space = store.events().get_or_create_space(name, None, created).unwrap().space_id;
        for day in first..40 {
            let kinds = (0..=day % 9).map(|n| if n % 3 == 0 { "contact.updated" } else { "contact.added" });
            let events: Vec<_> = kinds
                .enumerate()
                .map(|(n, kind)| event(&format!("c{day}-{n}"), kind, json!({"n": n})))
                .collect();
            let append =
                Append { expected: Expected::Any, now: Timestamp(START.0 + day * DAY), events: &events };
            store.events().append(space, append).unwrap();
        }
    }
    store
}

fn shown(console: &Headless) -> &Statistics {
    console.state().layers.find().expect("no statistics on screen")
}

fn unit(console: &Headless) -> ActivityUnit {
    shown(console).stats.as_ref().unwrap().activity.as_ref().unwrap().unit
}

#[test]
fn statistics_show_the_events_of_each_day_by_type_and_the_keys_by_prefix() {
    look_at("statistics", |width, height| {
        let mut console = Headless::new(forty_days(), Apps::standard(), width, height);
        console.press("#h").unwrap();
        console
    });
}

#[test]
fn statistics_of_a_space_with_lag_show_its_course() {
    look_at("statistics-of-lag", |width, height| {
        let mut console = Headless::new(crate::support::tenants::tenants(), Apps::standard(), width, height);
        console.press("jjV").unwrap();
        console.press("<esc>C<enter>V").unwrap();
        console
    });
}

#[test]
fn a_wide_list_of_spaces_has_a_sparkline_for_each() {
    look_at("spaces-over-time", |width, height| {
        let mut console = Headless::new(forty_days(), Apps::standard(), width, height);
        console.press("z").unwrap();
        console
    });
}

#[test]
fn the_list_of_spaces_has_sparklines_at_80_columns() {
    let mut console = Headless::new(forty_days(), Apps::standard(), 80, 24);
    console.press("1").unwrap();
    assert!(screen(&console).contains("by week"), "{}", screen(&console));
}

#[test]
fn a_lag_leaves_room_for_a_shorter_sparkline() {
    let shown = screen(&console(&forty_days()));
    let heading = shown.lines().find(|line| line.contains("name")).unwrap();
    assert!(heading.contains("  lag  week"), "{shown}");
    let row = shown.lines().find(|line| line.contains("crm_young")).unwrap();
    assert!(row.contains("✗ 49") && row.contains('█'), "{shown}");
}

#[test]
fn the_numbers_of_the_selected_period_are_exact() {
    let store = forty_days();
    let mut console = console(&store);
    console.press("#").unwrap();
    let stats = Arc::clone(shown(&console).stats.as_ref().unwrap());
    let naive = activity(store.events(), shown(&console).space_id, 72).unwrap().unwrap();
    assert_eq!(stats.activity.as_ref().unwrap().counts, naive.counts);
    assert!(
        screen(&console).contains("day: 4 events  2 contact.added  2 contact.updated"),
        "{}",
        screen(&console)
    );
    console.press("hhh").unwrap();
    assert!(screen(&console).contains("day: 1 event  1 contact.updated"), "{}", screen(&console));
    console.press("<right>").unwrap();
    assert!(screen(&console).contains("day: 2 events"), "{}", screen(&console));
}

#[test]
fn zooming_keeps_the_selected_period_and_moving_shifts_the_chart() {
    let store = forty_days();
    let mut console = console(&store);
    console.press("#h").unwrap();
    assert_eq!(unit(&console), ActivityUnit::Day);
    console.press("i").unwrap();
    assert_eq!(unit(&console), ActivityUnit::Hour);
    console.press("i").unwrap();
    assert_eq!(unit(&console), ActivityUnit::Minute);
    console.press("i").unwrap();
    assert_eq!(notice(&console), "zoom in: a minute is the shortest period");
    console.press("ooo").unwrap();
    assert_eq!(unit(&console), ActivityUnit::Week);
    console.press("o").unwrap();
    assert_eq!(notice(&console), "zoom out: a week is the longest period");
    console.press("a").unwrap();
    assert_eq!(unit(&console), ActivityUnit::Day);
    // Beyond the first hour on screen, earlier ones are loaded.
    console.press("i").unwrap();
    let first = |console: &Headless| shown(console).stats.as_ref().unwrap().activity.as_ref().unwrap().since;
    let before = first(&console);
    console.press(&"h".repeat(200)).unwrap();
    assert!(first(&console) < before);
    console.press(&"h".repeat(1000)).unwrap();
    assert!(first(&console) <= START, "the first event is reached, and no period before it");
    console.press(&"l".repeat(2000)).unwrap();
    assert!(screen(&console).contains("hour: 4 events"), "{}", screen(&console));
}

#[test]
fn zooming_in_shows_the_last_events_of_the_period_instead_of_its_end() {
    let mut console = console(&forty_days());
    // The events of a day are at its start.
    console.press("#hhii").unwrap();
    assert_eq!(unit(&console), ActivityUnit::Minute);
    let activity = shown(&console).stats.as_ref().unwrap().activity.clone().unwrap();
    assert_eq!(activity.counts.last(), Some(&2), "{activity:?}");
    assert!(screen(&console).contains("minute: 2 events"), "{}", screen(&console));
}

#[test]
fn a_click_on_a_column_selects_its_period_and_the_lines_scroll() {
    let mut console = Headless::new(forty_days(), Apps::standard(), 80, 16);
    console.press("#").unwrap();
    let regions = console.regions();
    let is_fourth = |region: &&Region| region.kind == RegionKind::Spot(Spot::Row(3));
    let column = regions.iter().rfind(is_fourth).unwrap().area;
    console.click(column.x, column.y);
    assert!(screen(&console).contains("day: 4 events"), "{}", screen(&console));
    assert!(!screen(&console).contains("contacts_by_domain"));
    console.press("G").unwrap();
    assert!(screen(&console).contains("contacts_by_domain"), "{}", screen(&console));
}

#[test]
fn statistics_are_left_by_their_key_and_closed_with_their_space() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let mut console = console(&fixture.store);
    console.press("##").unwrap();
    assert!(console.state().layers.is_empty());
    console.press("#").unwrap();
    delete(&fixture.store, "crm_acme", DeleteOptions::default(), &mut keep_going).unwrap();
    console.follow();
    assert!(console.state().layers.is_empty());
    console.press("#").unwrap();
    assert_eq!(notice(&console), "statistics: no space is selected; `c` creates one");
}

#[test]
fn the_lag_of_a_projection_is_shown_over_time_while_it_is_caught_up() {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    let mut console = console(&fixture.store);
    console.press("#").unwrap();
    for n in 0..5 {
        crm.execute(add_contact(&format!("c{n}"))).unwrap();
        console.follow();
    }
    let lag = |console: &Headless| {
        let samples = console.state().spaces.lags.of(crm.space_id(), "contacts_by_domain").unwrap();
        samples.columns(100).iter().max().copied().unwrap()
    };
    assert_eq!(lag(&console), 5);
    catch_up(&crm, &mut keep_going).unwrap();
    console.follow();
    let samples = console.state().spaces.lags.of(crm.space_id(), "contacts_by_domain").unwrap();
    assert_eq!((samples.last(), lag(&console)), (0, 5), "the way there is kept");
    assert!(screen(&console).contains(" in "), "{}", screen(&console));
}

#[test]
fn the_events_by_period_and_type_are_exported_and_the_command_is_copied() {
    let directory = tempfile::tempdir().unwrap();
    let store = forty_days();
    let mut console = Headless::new(store, Apps::standard(), 120, 40).within(directory.path());
    console.press("#Y").unwrap();
    assert!(notice(&console).contains("no file that a command could name"), "{}", notice(&console));
    console.press("o<ctrl-s>").unwrap();
    console.press("<ctrl-s>").unwrap();
    let file = directory.path().join("crm_acme-stats.jsonl");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{error}: {}", screen(&console)));
    let rows: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sum: u64 = rows.iter().map(|row| row["events"].as_u64().unwrap()).sum();
    assert_eq!((sum, &rows[0]["unit"], &rows[0]["space_name"]), (190, &"week".into(), &"crm_acme".into()));
}

//! The console, driven by strings of keys over real stores, without a terminal.

mod actions;
mod ascii;
mod audit;
mod backup;
mod borders;
mod bug_reports;
mod causes;
mod check;
mod copying;
mod counts;
mod deaf_keys;
mod deleted_spaces;
mod details;
mod erased;
mod fields;
mod files;
mod finished_jobs;
mod forks;
mod forms;
#[path = "../../examples/pictures/generate/mod.rs"]
mod generate;
mod given_up;
mod guide;
mod help;
mod hint_lines;
mod histories;
mod incomplete_spaces;
mod input;
mod jumps;
mod keys;
mod legibility;
mod links;
mod list_exports;
mod lists;
mod marks;
mod memory;
mod messages;
mod minute;
mod monochrome;
mod operations;
mod original_files;
mod other_files;
mod other_processes;
mod own_changes;
mod palette;
mod panicking_apps;
mod pictures;
mod pointer;
mod prefilled_forms;
mod projections;
mod queries;
mod query_line;
mod queue;
mod random;
mod reading;
mod rebound_keys;
mod redaction;
mod reviews;
mod selection;
mod settings;
mod six_questions;
mod sizes;
mod small_screens;
mod snapshots;
mod statistics;
mod subscriptions;
#[path = "../support/mod.rs"]
mod support;
mod time_travel;
mod why;

use ramax::console::Headless;
use ramax::{Apps, Store};

use crate::support::tenants::caught_up;
use crate::support::{Fixture, add_contact};

/// A console of an ordinary size.
fn console(store: &Store) -> Headless {
    Headless::new(store.clone(), Apps::standard(), 120, 40)
}

/// The current notice.
fn notice(console: &Headless) -> &str {
    console.state().notice.as_ref().map_or("", |notice| &notice.text)
}

/// The screen as text.
fn screen(console: &Headless) -> String {
    let buffer = console.draw(&ramax::console::theme::Theme::mono());
    let area = buffer.area;
    let line = |y| -> String { (0..area.width).map(|x| buffer[(x, y)].symbol()).collect() };
    (0..area.height).map(|y| line(y) + "\n").collect()
}

/// Two spaces with three contacts each, in a file.
/// Returns the words in the focused box, as if its lines were one.
fn of_focused(console: &Headless) -> String {
    let shown = screen(console);
    let inside = |line: &str| {
        let (start, end) = (line.find(['┏', '┃', '┗'])?, line.rfind(['┓', '┃', '┛'])?);
        line.get(start..end).map(|text| text.replace(['┏', '┃', '┗', '━'], " "))
    };
    let lines: Vec<String> = shown.lines().filter_map(inside).collect();
    lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn two_tenants() -> Fixture {
    let fixture = Fixture::one_file();
    for name in ["crm_acme", "crm_widgets"] {
        let crm = fixture.crm(name);
        for id in ["c1", "c2", "c3"] {
            crm.execute(add_contact(id)).unwrap();
        }
        caught_up(&crm);
    }
    fixture
}

//! The lines at the bottom: they name the likely actions of each pane, and the keys of everything that is typed or asked.

use ramax::console::Headless;
use ramax::console::panes::jobs::job::{Job, JobId, JobStatus};
use ramax::operations::{AnyOperation, Rebuild};
use ramax::{Apps, Store, Timestamp};

use crate::support::{Fixture, add_contact};
use crate::{notice, screen, two_tenants};

const SIZES: [(u16, u16); 4] = [(80, 24), (100, 30), (120, 40), (200, 50)];

fn sized(store: &Store, (width, height): (u16, u16), keys: &str) -> Headless {
    let mut console = Headless::new(store.clone(), Apps::standard(), width, height);
    console.press(keys).unwrap();
    console
}

/// The last lines of the screen.
fn bottom(console: &Headless) -> String {
    let shown = screen(console);
    let lines: Vec<&str> = shown.lines().rev().take(2).collect();
    lines.join("\n")
}

#[test]
fn every_pane_names_its_likely_actions() {
    let behind = Fixture::one_file();
    behind.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let common = [
        "n new command",
        "⏎ open",
        "/ filter",
        "J jump",
        "y copy",
        "R rebuild",
        "D delete",
        "? help",
        "q quit",
    ];
    let past: &[&str] = &["t time travel"];
    for (store, likely) in [(&two_tenants().store, None), (&behind.store, Some("C catch-up"))] {
        for size in SIZES {
            for (pane, own) in [("1", past), ("2", past), ("2kk", past), ("3", past), ("4", &[])] {
                let console = sized(store, size, pane);
                let is_empty = pane == "3" && likely.is_some();
                let shown = bottom(&console);
                // The projection listed first follows each command, so it is never behind.
                let likely = likely.filter(|_| pane != "3");
                for named in common.iter().chain(own).chain(&likely) {
                    let needs_row = matches!(*named, "⏎ open" | "y copy");
                    assert!(
                        shown.contains(named) || is_empty && needs_row,
                        "{named} of pane {pane} at {size:?}: {shown}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_hints_take_no_line_where_there_is_no_room_for_two() {
    let store = two_tenants().store;
    for (size, lines) in [((40, 12), 1), ((80, 23), 1), ((80, 24), 2), ((159, 40), 2), ((200, 50), 1)] {
        let shown = screen(&sized(&store, size, ""));
        let hinted =
            shown.lines().rev().take_while(|line| !line.contains('─') && !line.contains('━')).count();
        assert_eq!(hinted, lines, "{size:?}: {shown}");
    }
}

#[test]
fn everything_typed_or_asked_names_how_to_accept_and_how_to_leave() {
    let store = two_tenants().store;
    let places = [
        ("/", "⏎ accept"),
        ("2/", "⏎ accept"),
        ("2/name", "⏎ accept"),
        ("2J", "⏎ accept"),
        ("2/x<enter>/<ctrl-r>", "⏎ accept"),
        ("3H/", "⏎ accept"),
        ("3HS", "⏎ accept"),
        ("?/", "⏎ accept"),
        (":", "⏎ run"),
        ("R", "⏎ yes"),
        ("K", "⏎ yes"),
        ("D", "⏎ delete"),
        ("n", "⏎ accept"),
        ("n<enter>", "ctrl-s execute"),
        ("c", "ctrl-s create"),
        ("I", "ctrl-s import"),
        ("B", "ctrl-s back up"),
    ];
    for size in SIZES.into_iter().chain([(40, 12), (60, 16)]) {
        for (keys, accept) in places {
            let shown = screen(&sized(&store, size, keys));
            assert!(shown.contains(accept), "{keys} at {size:?}: {accept} is not named: {shown}");
            assert!(shown.contains("Esc "), "{keys} at {size:?}: {shown}");
            if accept.starts_with("ctrl-s") {
                assert!(shown.contains("F1 help"), "{keys} at {size:?}: {shown}");
            }
        }
    }
}

#[test]
fn one_key_cancels_a_job_from_everywhere_even_from_a_form() {
    let places =
        ["", "2", "2/na", "n<enter>c9", "R", "D", "c", "K", ":reb", "?", "?/re", "U", "2<enter>", "y"];
    for size in SIZES.into_iter().chain([(40, 12)]) {
        for place in places {
            let store = two_tenants().store;
            let mut console = sized(&store, size, place);
            console.change(|state| {
                let space = state.spaces.all.values().next().unwrap().space.clone();
                let operation = AnyOperation::Rebuild(Rebuild::default());
                let mut job = Job { status: JobStatus::Running, ..Job::queued(JobId(1), operation, space) };
                job.start(Timestamp(0));
                state.jobs.jobs.push(job);
            });
            let before = screen(&console);
            assert!(size.0 < 80 || before.contains("F9 cancel job"), "{place} at {size:?}: {before}");
            let layers = console.state().layers.len();
            console.press("<F9>").unwrap();
            assert_eq!(console.state().jobs.jobs[0].status, JobStatus::Cancelling, "{place}");
            assert_eq!(console.state().layers.len(), layers, "{place}: nothing is closed");
            assert_eq!(notice(&console), "rebuild crm_acme: cancelling", "{place}");
            console.press("<F9>").unwrap();
            assert_eq!(notice(&console), "cancel job: it is being cancelled", "{place}");
        }
    }
    let store = two_tenants().store;
    let mut console = sized(&store, SIZES[0], "<F9>");
    assert_eq!(notice(&console), "`F9` (cancel job) has nothing to act on here");
    console.press("n<enter>c9<F9>").unwrap();
    assert!(screen(&console).contains("c9"), "without a job, nothing happens in a form");
}

#[test]
fn the_pane_of_jobs_names_one_key_that_cancels_the_running_job() {
    let store = two_tenants().store;
    let mut console = sized(&store, (200, 50), "5");
    console.change(|state| {
        let space = state.spaces.all.values().next().unwrap().space.clone();
        let operation = AnyOperation::Rebuild(Rebuild::default());
        for (id, status) in [(1, JobStatus::Running), (2, JobStatus::Queued)] {
            state.jobs.put(Job { status, ..Job::queued(JobId(id), operation.clone(), space.clone()) });
        }
        state.jobs.selected = Some(JobId(1));
    });
    let shown = bottom(&console);
    assert!(shown.contains("x cancel") && !shown.contains("F9"), "{shown}");
    console.press("j").unwrap();
    let shown = bottom(&console);
    assert!(shown.contains("x cancel") && shown.contains("F9 cancel job"), "another job: {shown}");
}

#[test]
fn a_narrow_pane_names_the_likely_action_first_and_the_palette() {
    let lines =
        |store: &Store, keys| bottom(&sized(store, (40, 12), keys)).lines().next().unwrap().to_owned();
    let store = two_tenants().store;
    assert_eq!(lines(&store, "1").trim(), "n new  ⏎ open   : find  ? help  q quit");
    assert!(lines(&store, "2").trim().starts_with("n new  ⏎ open"), "{}", lines(&store, "2"));
    let behind = Fixture::one_file();
    let first = behind.crm("crm_acme");
    first.execute(add_contact("c1")).unwrap();
    assert!(lines(&behind.store, "1").trim().starts_with("C catch-up"), "{}", lines(&behind.store, "1"));
    crate::support::tenants::caught_up(&first);
    behind.crm("crm_widgets").execute(add_contact("c1")).unwrap();
    assert!(lines(&behind.store, "1").trim().starts_with("! problem"), "{}", lines(&behind.store, "1"));
}

#[test]
fn a_narrow_pane_names_the_palette_and_why_nothing_can_be_written() {
    let store = two_tenants().store;
    for size in [(40, 12), (50, 16), (59, 20)] {
        for pane in ["1", "2", "3", "4"] {
            let mut console = sized(&store, size, pane);
            assert!(bottom(&console).contains(": find"), "{size:?}: {}", bottom(&console));
            console.change(|state| state.database.read_only = true);
            let shown = screen(&console);
            assert!(shown.lines().next().unwrap().contains("--read-only"), "{shown}");
            assert!(bottom(&console).contains(": find"), "{shown}");
        }
    }
}

#[test]
fn a_filtered_and_a_zoomed_pane_name_the_way_back() {
    let store = two_tenants().store;
    for size in [(40, 12)].into_iter().chain(SIZES) {
        for (keys, named) in [
            ("1/crm<enter>", "Esc clear"),
            ("2/c1<enter>", "Esc clear"),
            ("3/c1<enter>", "Esc clear"),
            ("2z", "Esc restore"),
        ] {
            if keys == "2z" && size.0 < 60 {
                // There is nothing beside the pane.
                assert!(notice(&sized(&store, size, keys)).contains("no room"), "{size:?}");
                continue;
            }
            let console = sized(&store, size, keys);
            let palette = if size.0 < 60 { ": find" } else { ": palette" };
            for named in [named, palette, "? help", "q quit"] {
                assert!(bottom(&console).contains(named), "{keys} at {size:?}: {}", bottom(&console));
            }
        }
    }
}

#[test]
fn a_key_that_changes_nothing_says_why_and_is_not_hinted() {
    let store = two_tenants().store;
    for (keys, said, hint) in [
        ("2iO", "fold all: no part of the document can be folded", "O fold all"),
        ("2iG]", "next row: this is the last row", "] next row"),
        ("1Gi]", "next row: this is the last row", "] next row"),
        ("2Hi]", "next row: this is the last row", "] next row"),
        ("2T", "", "T trace"),
        ("2TT", "trace: this is the trace of the event", "T trace"),
        ("2To", "fold: the event has no effects", "o fold"),
        ("2TO", "fold all: no event has effects here", "O fold all"),
        ("2HH", "history: this is the history of the entity", "H history"),
        ("2tt", "time travel: this point of the past is on screen", "t time travel"),
        ("1#l", "later: this is the last period with events", "l later"),
        ("1#a", "all: all events are shown, and the last period is selected", "a all"),
    ] {
        let console = sized(&store, (200, 50), keys);
        let shown = bottom(&console);
        if !said.is_empty() {
            assert_eq!(notice(&console), said, "{keys}");
        }
        assert!(hint.is_empty() || !shown.contains(hint), "{keys}: {shown}");
    }
}

#[test]
fn a_jump_from_a_detail_goes_to_the_event() {
    let store = two_tenants().store;
    for keys in ["2iJ1<enter>", "3iJ1<enter>", "2HiJ1<enter>"] {
        let console = sized(&store, (80, 24), keys);
        assert!(console.state().layers.is_empty(), "{keys}");
        assert_eq!(console.state().events.selected().unwrap().space_sequence.0, 1, "{keys}");
    }
    let console = sized(&store, (80, 24), "2iJ<esc>");
    assert_eq!(console.state().layers.len(), 1, "the detail is still open");
}

#[test]
fn the_details_of_a_read_only_file_advise_what_can_be_done() {
    let behind = Fixture::one_file();
    behind.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let mut console = sized(&behind.store, (120, 40), "4i");
    assert!(screen(&console).contains("C catches up"), "{}", screen(&console));
    console.change(|state| state.database.read_only = true);
    let shown = screen(&console);
    assert!(shown.contains("open the database without --read-only to catch up"), "{shown}");
    assert!(!shown.contains("C catches up"), "{shown}");
}

#[test]
fn statistics_are_named_beside_spaces_and_the_release_check_beside_versions() {
    let fixture = two_tenants();
    for size in SIZES {
        let spaces = bottom(&sized(&fixture.store, size, "1"));
        assert!(spaces.contains("# statistics"), "{size:?}: {spaces}");
        let checkpoints = bottom(&sized(&fixture.store, size, "4"));
        for hint in ["# statistics", "V release check"] {
            assert!(checkpoints.contains(hint), "{hint} at {size:?}: {checkpoints}");
        }
    }
}

#[test]
fn the_note_of_filtered_checkpoints_counts_what_is_shown() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let current = fixture.crm("crm_widgets");
    current.execute(add_contact("c1")).unwrap();
    crate::support::tenants::caught_up(&current);
    let shown = |keys| screen(&sized(&fixture.store, (120, 40), keys));
    let of_list = |shown: &str| shown.lines().find(|line| line.contains("Checkpoints")).unwrap().to_owned();
    assert!(of_list(&shown("4/acme<enter>")).contains("1 behind"), "{}", shown("4/acme<enter>"));
    assert!(of_list(&shown("4/widg<enter>")).contains("all current"), "{}", shown("4/widg<enter>"));
}

//! The borders and the header: shortened if there is little room, never dropped.

use ramax::console::Headless;
use ramax::console::panes::jobs::job::{Job, JobId, JobStatus};
use ramax::operations::{AnyOperation, Check, Phase, Progress, Rebuild};
use ramax::{Apps, EventId, Timestamp};

use crate::support::{Fixture, add_contact};
use crate::{screen, two_tenants};

fn at(fixture: &Fixture, width: u16, keys: &str) -> Headless {
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), width, 24);
    console.press(keys).unwrap();
    console
}

/// Gives the first space long counters.
fn large(console: &mut Headless) {
    console.change(|state| {
        let space = state.spaces.all.values_mut().next().unwrap();
        space.head.last_sequence.0 = 1_234_567;
        space.checkpoint.sequence.0 = 234_567;
        space.checkpoint.entities = 345_678;
        let checkpoint = space.checkpoint;
        space.projections.iter_mut().for_each(|projection| projection.checkpoint = checkpoint);
        state.database.totals.events = 1_234_567;
        state.database.last_event_id.0 = 9_876_543;
    });
}

#[test]
fn all_pane_names_fit_in_the_border_at_80_columns_with_any_filter() {
    let fixture = two_tenants();
    let names = ["1 Spaces", "2 Events", "3 Projections", "4 Checkpoints", "5 Jobs"];
    let long = "2/type:contact.added after:2020-01-01 payload.email~example -entity:c99999<enter>";
    for keys in ["", "2", "3", "4", "5", long, "1/crm_<enter>", "3/contact:c1<enter>"] {
        let shown = screen(&at(&fixture, 80, keys));
        let border = shown.lines().nth(1).unwrap();
        for name in names {
            assert!(border.contains(name), "{name} with {keys:?} in {border}");
        }
    }
    let shown = screen(&at(&fixture, 80, long));
    assert!(shown.lines().nth(1).unwrap().contains("/ty"), "the filter is still visible: {shown}");
}

#[test]
fn counters_that_do_not_fit_are_shortened() {
    let fixture = two_tenants();
    for (width, keys, expected) in [
        (80, "2", "1.2M"),
        (80, "1", "1,234,567"),
        (40, "1", "1,234,567"),
        (40, "4", "234,567/1,234,567"),
        (40, "3", "state"),
        (80, "3", "345k"),
        (100, "1", "1.2M"),
    ] {
        let mut console = at(&fixture, width, keys);
        large(&mut console);
        let shown = screen(&console);
        assert!(shown.contains(expected), "{expected} at {width} with {keys}: {shown}");
    }
    let mut console = at(&fixture, 100, "1");
    large(&mut console);
    let shown = screen(&console);
    assert!(shown.contains("1.0M"), "the lag is beside the events: {shown}");
    let mut console = at(&fixture, 56, "1");
    large(&mut console);
    let shown = screen(&console);
    assert!(shown.lines().next().unwrap().contains("2 sp"), "{shown}");
}

#[test]
fn a_count_of_one_is_singular() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let shown = screen(&at(&fixture, 120, "2/added<enter>"));
    assert!(shown.contains("1 match ") && !shown.contains("1 matches"), "{shown}");
    assert!(shown.contains("1 space ") && shown.contains("1 event "), "{shown}");
    let shown = screen(&at(&fixture, 120, "ccrm_two"));
    assert!(shown.contains("the other space does not change"), "{shown}");
    let mut console = at(&fixture, 120, "yy");
    assert!(screen(&console).contains("8 bytes"));
    console.change(|state| {
        let name = &mut state.spaces.all.values_mut().next().unwrap().space.space_name;
        "a".clone_into(name);
    });
    console.press("yy").unwrap();
    assert!(screen(&console).contains("the space's name, 1 byte"), "{}", screen(&console));
}

#[test]
fn a_running_job_stays_at_the_top_while_the_list_scrolls() {
    let fixture = two_tenants();
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 120, 40);
    console.press("5").unwrap();
    console.change(|state| {
        for id in 1..=30 {
            let kind = AnyOperation::Check(Check { deep: false, repair: false });
            let status = if id == 1 { JobStatus::Running } else { JobStatus::Cancelled };
            let about = if id == 1 { "the database".to_owned() } else { format!("file {id}") };
            let job = Job { status, ..Job::queued_on(JobId(id), kind, &about) };
            if id == 1 { state.jobs.jobs.insert(0, job) } else { state.jobs.jobs.push(job) }
        }
        state.jobs.selected = Some(JobId(1));
    });
    for keys in ["", "G", "kk", "<ctrl-u>", "g", "<pgdn>"] {
        console.press(keys).unwrap();
        let shown = screen(&console);
        assert!(shown.contains("check the database"), "{keys}: {shown}");
        let selected = console.state().jobs.selected_job().unwrap();
        assert!(shown.contains(&selected.about), "{keys}: {shown}");
    }
}

#[test]
fn a_running_rebuild_shows_one_progress_figure_and_its_phase() {
    let fixture = two_tenants();
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 200, 40);
    console.press("5").unwrap();
    console.change(|state| {
        let space = state.spaces.all.values().next().unwrap().space.clone();
        let kind = AnyOperation::Rebuild(Rebuild { skip_errors: false, ..Rebuild::default() });
        let mut job = Job { status: JobStatus::Running, ..Job::queued(JobId(1), kind, space) };
        job.start(Timestamp(0));
        let last_event = Some(EventId(256_000));
        let (done, total) = (51_200, 1_000_000);
        job.advance(Timestamp(600), Progress { phase: Phase::Replay, done, total, last_event, skipped: 0 });
        state.jobs.jobs.push(job);
        state.jobs.selected = Some(JobId(1));
    });
    let shown = screen(&console);
    let pane =
        shown.lines().skip_while(|line| !line.contains("5 Jobs")).map(|line| line.get(..120).unwrap_or(line));
    let pane: String = pane.collect();
    assert!(shown.contains("5 %") && shown.contains("replaying"), "{shown}");
    assert!(shown.contains("5 %  of 1,000,000 events"), "{shown}");
    assert!(!shown.contains("51,200") && !pane.contains("256,000"), "no other figure: {shown}");
    assert!(shown.contains("~12 s left"), "{shown}");
}

//! Texts on screen: none is cut that matters, every named key works, and every progress bar is real.

use ramax::clock::Timestamp;
use ramax::console::Headless;
use ramax::console::app::action::Action;
use ramax::console::app::hints::hints;
use ramax::console::app::key::{Code, Key};
use ramax::console::app::keymap::action;
use ramax::console::app::table::table;
use ramax::console::panes::jobs::job::{Job, JobId, JobStatus};
use ramax::operations::{AnyOperation, DeleteSpace, Export, Import, Phase, Progress, Rebuild, Verify};
use ramax::{Apps, OpenOptions, Space, SpaceId, SpaceMetadata, Store};

use crate::console;
use crate::support::tenants::caught_up;
use crate::support::{Fixture, add_contact};
use crate::{notice, screen};

fn small(store: &Store, keys: &str) -> Headless {
    let mut console = Headless::new(store.clone(), Apps::standard(), 40, 12);
    console.press(keys).unwrap();
    console
}

#[test]
fn every_key_named_in_an_empty_pane_works_there() {
    let empty_space = Fixture::memory();
    empty_space.crm("crm_acme");
    let mut named = 0;
    for (store, pane) in
        [Store::memory(), empty_space.store].iter().flat_map(|store| (1..=5).map(move |pane| (store, pane)))
    {
        for filter in ["", "/zzz<enter>"] {
            let mut console = console(store);
            console.press(&format!("{pane}z")).unwrap();
            if pane < 5 {
                console.press(filter).unwrap();
            }
            let shown = screen(&console);
            let lines = shown.lines().map(|line| line.trim_matches(['│', '┃', ' ']));
            for line in lines.skip(2).take(36).flat_map(|line| line.split(" · ")) {
                let mut words = line.split_whitespace();
                let (Some(first), Some(verb)) = (words.next(), words.next()) else { continue };
                let is_key = table().flat_map(|spec| spec.keys).any(|key| *key == first);
                if !is_key || !verb.ends_with('s') {
                    continue;
                }
                named += 1;
                let key: Key = first.parse().unwrap();
                assert!(action(console.state(), key).is_some(), "{line:?} in pane {pane}");
            }
        }
    }
    assert!(named >= 8, "only {named} keys were found");
}

#[test]
fn a_filter_without_a_match_is_named_if_an_action_needs_a_space() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme");
    let mut console = console(&fixture.store);
    console.press("/zzz<enter>n").unwrap();
    assert_eq!(notice(&console), "new command: no space matches zzz; `Esc` shows all again");
}

#[test]
fn available_actions_are_hinted_first_and_quit_is_always_hinted() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let store = Store::open(fixture.store.location().unwrap(), options).unwrap();
    for width in [40, 80, 120, 200] {
        let console = Headless::new(store.clone(), Apps::standard(), width, 24);
        let hints = hints(console.state());
        let first = hints.first().unwrap();
        assert!(first.enabled && first.action != Action::NewCommand, "{first:?}");
        let shown = screen(&console);
        let last = shown.lines().last().unwrap().to_owned();
        assert!(last.contains("? help") && last.contains("q quit"), "{last:?}");
    }
}

#[test]
fn a_small_screen_wraps_help_notices_and_field_help() {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    caught_up(&crm);
    let mut help = small(&fixture.store, "?");
    let mut read = String::new();
    for _ in 0..40 {
        read += &screen(&help);
        help.press("<pgdn>").unwrap();
    }
    assert!(read.contains("space's app, preview it and"), "{read}");
    assert!(!read.contains('…'), "the help is cut");
    let refused = screen(&small(&fixture.store, "C"));
    let end: Vec<&str> = refused.lines().rev().take(3).collect();
    assert!(end.iter().any(|line| line.contains("its lag is 0")), "{end:?}");
    let form = screen(&small(&fixture.store, "c"));
    assert!(!form.contains('…'), "{form}");
}

#[test]
fn the_preview_of_a_form_scrolls_to_its_end() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    for (size, keys) in [((40, 12), "<pgdn><pgdn><pgdn>"), ((40, 12), "<ctrl-d><ctrl-d><ctrl-d><ctrl-d>")] {
        let mut console = Headless::new(fixture.store.clone(), Apps::standard(), size.0, size.1);
        console.press("n<enter>c2<tab>Ada<tab>a@b.c<tab>").unwrap();
        assert!(hints(console.state()).iter().any(|hint| hint.action == Action::PageDown));
        let first = screen(&console);
        assert!(
            first.contains("appends 1 event") && first.contains("name=Ada"),
            "the command stays: {first}"
        );
        console.press(keys).unwrap();
        let last = screen(&console);
        assert!(!last.contains("appends 1 event") && last.contains("name=Ada"), "{last}");
        console.press("<pgup><pgup><pgup><pgup>").unwrap();
        assert!(screen(&console).contains("appends 1 event"));
    }
    let mut roomy = console(&fixture.store);
    roomy.press("ccrm_new").unwrap();
    assert!(!hints(roomy.state()).iter().any(|hint| hint.action == Action::PageDown), "nothing is hidden");
    let key = Key { code: Code::PageDown, ctrl: false, alt: false };
    assert_eq!(action(roomy.state(), key), None);
}

fn job(kind: AnyOperation) -> Job {
    let space = Space {
        revision: 0,
        space_id: SpaceId(1),
        space_name: "crm_acme".to_owned(),
        metadata: None,
        created_at: Timestamp(0),
        state: ramax::space::SpaceState::default(),
    };
    let mut job = Job { status: JobStatus::Running, ..Job::queued(JobId(1), kind, space) };
    job.start(Timestamp(0));
    job
}

#[test]
fn progress_never_decreases_and_the_time_left_covers_all_phases() {
    let at = |phase, done, total| Progress { phase, done, total, last_event: None, skipped: 0 };
    let rebuild = [
        at(Phase::Replay, 0, 100),
        at(Phase::Replay, 40, 100),
        at(Phase::Write, 60, 100),
        at(Phase::Replay, 80, 200),
        at(Phase::Write, 190, 200),
        at(Phase::CatchUp, 200, 200),
        at(Phase::Switch, 200, 201),
    ];
    let verify = [at(Phase::Replay, 99, 100), at(Phase::Compare, 0, 50), at(Phase::Compare, 50, 50)];
    let import = [at(Phase::Read, 0, 100), at(Phase::Read, 100, 100), at(Phase::Import, 100, 100)];
    let delete = [
        at(Phase::Export, 20, 100),
        at(Phase::Export, 100, 100),
        at(Phase::ReadBack, 10, 100),
        at(Phase::ReadBack, 100, 100),
        at(Phase::Delete, 5, 60),
        at(Phase::Delete, 60, 60),
    ];
    let kinds = [
        (AnyOperation::Rebuild(Rebuild { skip_errors: false, ..Rebuild::default() }), &rebuild[..]),
        (AnyOperation::Verify(Verify::default()), &verify[..]),
        (AnyOperation::Import(Import { file: "a.jsonl".into(), into: None }), &import[..]),
        (
            AnyOperation::DeleteSpace(DeleteSpace { purge: true, archive: Some("a.jsonl".into()) }),
            &delete[..],
        ),
    ];
    for (kind, told) in kinds {
        let mut job = job(kind);
        let mut before = 0.0;
        for (step, progress) in (1..).zip(told) {
            job.advance(Timestamp(step * 1000), *progress);
            let fraction = job.fraction().unwrap();
            assert!((before..=1.0).contains(&fraction), "{progress:?}: {before} then {fraction}");
            before = fraction;
        }
        assert!(before > 0.99, "{before}");
    }
    let mut half = job(AnyOperation::Verify(Verify::default()));
    half.advance(Timestamp(0), at(Phase::Replay, 0, 100));
    half.advance(Timestamp(3000), at(Phase::Compare, 0, 50));
    assert_eq!(half.seconds_left(), Some(3.0));
}

#[test]
fn work_of_unknown_size_has_no_bar_and_no_percentage() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme");
    let mut console = console(&fixture.store);
    console.press("5z").unwrap();
    console.change(|state| {
        let mut job = job(AnyOperation::Export(Export { file: "a.jsonl".into(), replace: false }));
        job.advance(
            Timestamp(0),
            Progress { phase: Phase::Export, done: 9, total: 10, last_event: None, skipped: 0 },
        );
        job.advance(Timestamp(9), Progress { phase: Phase::SetAside, done: 2000, total: 0, ..NOTHING });
        state.jobs.jobs.push(job);
    });
    let shown = screen(&console);
    assert!(
        shown.contains("setting keys aside, 2,000 so far") && !shown.contains('%') && !shown.contains('█'),
        "{shown}"
    );
}

const NOTHING: Progress = Progress { phase: Phase::Purge, done: 0, total: 0, last_event: None, skipped: 0 };

#[test]
fn a_phase_without_counts_shows_no_speed_and_no_time_left() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme");
    for (phase, word) in [(Phase::Purge, "purging"), (Phase::Sweep, "sweeping")] {
        let mut console = console(&fixture.store);
        console.press("5").unwrap();
        console.change(|state| {
            let mut job = job(AnyOperation::DeleteSpace(DeleteSpace { purge: true, archive: None }));
            job.advance(Timestamp(0), Progress { phase: Phase::Delete, done: 0, total: 66_800, ..NOTHING });
            job.advance(
                Timestamp(900),
                Progress { phase: Phase::Delete, done: 66_800, total: 66_800, ..NOTHING },
            );
            for at in [1000, 2000, 9000] {
                job.advance(Timestamp(at), Progress { phase, ..NOTHING });
            }
            state.jobs.selected = Some(job.id);
            state.jobs.jobs.push(job);
        });
        let shown = screen(&console);
        assert!(shown.contains(word) && shown.contains("66,800 of 66,800 events"), "{shown}");
        for invented in ["%", "/s", "left", "█"] {
            assert!(!shown.contains(invented), "{invented} in {shown}");
        }
    }
}

#[test]
fn a_large_document_is_parsed_once() {
    let fixture = Fixture::memory();
    let space_id = fixture.space("crm_acme").space_id;
    let long: Vec<u64> = (0..100_000).collect();
    fixture
        .store
        .pstate()
        .put(space_id.into(), "a", ramax::Json::of(&serde_json::json!(long)), Timestamp(0))
        .unwrap();
    let mut console = console(&fixture.store);
    console.press("3<enter>").unwrap();
    let lines = |console: &Headless| console.state().lines(&console.state().shown_detail().unwrap());
    let before = lines(&console);
    console.press("jjjG").unwrap();
    assert!(std::sync::Arc::ptr_eq(&before, &lines(&console)), "the same lines, not a copy");
    console.press("g<enter>").unwrap();
    assert_eq!(lines(&console).len(), 1, "folded");
}

#[test]
fn long_metadata_scrolls_and_no_value_is_cut() {
    let store = Store::memory();
    let field =
        |number| format!("\"key{number:02}\":\"first{number} {}last{number}\"", "between ".repeat(12));
    let fields: Vec<String> = (0..40).map(field).collect();
    let metadata = SpaceMetadata::parse(&format!("{{{}}}", fields.join(","))).unwrap();
    store.events().create_space("crm_acme", Some(&metadata), Timestamp(0)).unwrap();
    for (width, height) in [(40, 12), (80, 24), (120, 40)] {
        let mut console = Headless::new(store.clone(), Apps::standard(), width, height);
        console.press("i").unwrap();
        let first = screen(&console);
        let mut shown = first.clone();
        // The smallest screen shows more rows than that.
        for _ in 0..134 {
            console.press("jjj").unwrap();
            shown.push_str(&screen(&console));
        }
        for number in 0..40 {
            let words = [format!("key{number:02}"), format!("\"first{number} "), format!("last{number}\"")];
            assert!(words.iter().all(|word| shown.contains(word)), "{words:?} at {width}x{height}");
        }
        console.press("g").unwrap();
        assert_eq!(screen(&console), first, "at {width}x{height}");
    }
}

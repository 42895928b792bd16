//! The operator's minute: everyday tasks from a fresh start, in few keys, each of which the screen names.

use ramax::console::Headless;
use ramax::console::app::key::Key;
use ramax::console::panes::jobs::job::{Job, JobId, JobStatus};
use ramax::operations::{AnyOperation, Rebuild, catch_up, keep_going};
use ramax::{Append, Apps, Expected, OpenOptions, SpaceMetadata, Store, Timestamp};
use serde_json::json;

use crate::screen;
use crate::support::{Fixture, START, add_contact, event, rename_contact};

/// A step of a task.
pub(crate) enum Step {
    /// Keys, and the text on screen that names them.
    Keys(&'static str, &'static str),
    /// Text of the task itself, such as a name, which does not count.
    Text(&'static str),
}

pub(crate) struct Task {
    pub(crate) name: &'static str,
    /// The most keys that it may take.
    pub(crate) most: usize,
    pub(crate) steps: &'static [Step],
    pub(crate) is_done: fn(&Headless) -> bool,
}

impl Task {
    /// Takes the steps, each of which the screen must name.
    pub(crate) fn perform(&self, console: &mut Headless) {
        let Self { name, most, steps, is_done } = self;
        let (size, mut count) = (console.state().size, 0);
        for step in *steps {
            let keys = match step {
                Keys(keys, named) => {
                    let shown = screen(console);
                    assert!(
                        shown.contains(named),
                        "{name} at {size:?}: {named} is not on the screen: {shown}"
                    );
                    count += Key::sequence(keys).unwrap().len();
                    keys
                }
                Text(text) => text,
            };
            console.press(keys).unwrap();
        }
        assert!(is_done(console), "{name} at {size:?}: {}", screen(console));
        assert!(count <= *most, "{name} takes {count} keys");
    }
}

use Step::{Keys, Text};

const TASKS: &[Task] = &[
    Task {
        name: "see why a projection lags",
        most: 2,
        steps: &[Keys("4", "4 Checkpoints")],
        is_done: |console| screen(console).contains("the payload cannot be read: missing field `name`"),
    },
    Task {
        name: "see why a projection of another space lags",
        most: 2,
        steps: &[Keys("!", "! next problem"), Keys("4", "4 Checkpoints")],
        is_done: |console| screen(console).contains("the payload cannot be read: missing field `name`"),
    },
    Task {
        name: "rebuild",
        most: 2,
        steps: &[Keys("R", "R rebuild"), Keys("<enter>", "⏎")],
        is_done: |console| {
            let is_rebuild = |job: &Job| matches!(job.operation, AnyOperation::Rebuild(_)) && job.has_ended();
            console.state().jobs.jobs.iter().any(is_rebuild)
        },
    },
    Task {
        name: "add a contact",
        most: 3,
        steps: &[
            Keys("n", "n new command"),
            Keys("<enter>", "⏎"),
            Text("c99<tab>Ada King<tab>ada@acme.example"),
            Keys("<ctrl-s>", "ctrl-s execute"),
        ],
        is_done: |console| console.state().space().unwrap().head.last_sequence.0 == 32,
    },
    Task {
        name: "see what an event changed",
        most: 4,
        steps: &[Keys("2", "2 Events"), Keys("<enter>", "⏎ open")],
        is_done: |console| {
            let shown = screen(console);
            shown.contains("\"name\": \"Another\"") && shown.contains("→ \"Another\"")
        },
    },
    Task {
        name: "see which keys and fields event 31 changed",
        most: 4,
        steps: &[
            Keys("J", "J jump"),
            Text("31"),
            Keys("<enter>", "⏎"),
            Keys("<enter>", "⏎ open"),
            Keys("<enter>", "⏎ fold"),
        ],
        is_done: |console| screen(console).contains("→ \"Another\""),
    },
    Task {
        name: "see who set the email of c17",
        most: 6,
        steps: &[
            Keys("3", "3 Projections"),
            Keys("/", "/ filter"),
            Text("c17"),
            Keys("<enter>", "⏎"),
            Keys("b", "b blame"),
        ],
        is_done: |console| {
            let shown = screen(console);
            shown.lines().any(|line| line.contains("\"email\"") && line.contains("17"))
        },
    },
    Task {
        name: "list the events of c17",
        most: 6,
        steps: &[Keys("2", "2 Events"), Keys("/", "/ filter"), Keys("c17", "filter"), Keys("<enter>", "⏎")],
        is_done: |console| {
            let rows = &console.state().events.window.rows;
            rows.len() == 2 && rows.iter().all(|row| row.event.entity_id == "c17")
        },
    },
    Task {
        name: "delete a tenant",
        most: 2,
        steps: &[Keys("D", "D delete"), Text("crm_acme"), Keys("<enter>", "⏎")],
        is_done: |console| console.state().spaces.named("crm_acme").is_none(),
    },
    Task {
        name: "copy a payload",
        most: 2,
        steps: &[Keys("y", "y copy"), Keys("p", "p  the payload of event 31")],
        is_done: |console| {
            console.copied.last().is_some_and(|text| text.starts_with("{\"contact_id\":\"c17\""))
        },
    },
    Task {
        name: "follow",
        most: 1,
        steps: &[Keys("2", "2 Events")],
        is_done: |console| console.state().events.following && screen(console).contains('●'),
    },
    Task {
        name: "jump to an event from another pane",
        most: 6,
        steps: &[Keys("J", "J jump"), Keys("17", "jump to"), Keys("<enter>", "⏎")],
        is_done: |console| console.state().events.window.selected.is_some_and(|position| position.0 == 17),
    },
    Task { name: "quit", most: 1, steps: &[Keys("q", "q quit")], is_done: |console| console.state().quit },
];

/// A tenant of thirty contacts, one of them renamed.
fn tenant_in(fixture: Fixture) -> Fixture {
    let crm = fixture.crm("crm_acme");
    for at in 1..=30 {
        crm.execute(add_contact(&format!("c{at}"))).unwrap();
    }
    crm.execute(rename_contact("c17", "Another")).unwrap();
    catch_up(&crm, &mut keep_going).unwrap();
    fixture
}

fn tenant() -> Fixture {
    tenant_in(Fixture::one_file())
}

/// The same, with an event that cannot be applied.
fn blocked(fixture: Fixture) -> Fixture {
    let fixture = tenant_in(fixture);
    block(&fixture, "crm_acme");
    fixture
}

/// Two tenants, of which the second has an event that cannot be applied.
fn blocked_elsewhere(fixture: Fixture) -> Fixture {
    let fixture = tenant_in(fixture);
    let crm = fixture.crm("crm_widgets");
    crm.execute(add_contact("c1")).unwrap();
    catch_up(&crm, &mut keep_going).unwrap();
    block(&fixture, "crm_widgets");
    fixture
}

fn block(fixture: &Fixture, space: &str) {
    let broken = event("c2", "contact.added", json!({"contact_id": "c2"}));
    let append = Append { expected: Expected::Any, now: START, events: &[broken] };
    let space_id = fixture.space(space).space_id;
    fixture.store.events().append(space_id, append).unwrap();
}

/// Fills an empty store for a task.
fn filled_for(task: &str, fixture: Fixture) -> Fixture {
    match task {
        "see why a projection lags" => blocked(fixture),
        "see why a projection of another space lags" => blocked_elsewhere(fixture),
        _ => tenant_in(fixture),
    }
}

/// Performs each task at each size on a store of its own.
fn perform_all(new: fn() -> Fixture) {
    for (size, task) in SIZES.iter().flat_map(|size| TASKS.iter().map(move |task| (*size, task))) {
        let fixture = filled_for(task.name, new());
        task.perform(&mut sized(&fixture.store, size));
    }
}

/// The sizes at which the screen alone leads through every task.
pub(crate) const SIZES: [(u16, u16); 3] = [(200, 50), (120, 40), (80, 24)];

fn sized(store: &Store, (width, height): (u16, u16)) -> Headless {
    Headless::new(store.clone(), Apps::standard(), width, height)
}

fn fresh(store: &Store) -> Headless {
    sized(store, SIZES[0])
}

#[test]
fn every_task_takes_few_keys_and_the_screen_names_each() {
    perform_all(Fixture::one_file);
}

#[cfg(feature = "postgres")]
#[test]
fn every_task_takes_few_keys_on_a_server() {
    perform_all(Fixture::server);
}

#[test]
fn a_job_is_cancelled_from_anywhere_with_two_keys() {
    let places = ["", "2", "3<enter>", "4", "L", "#", "U", "?", "2y", "2<enter>y", "3<enter>?"];
    for (size, place) in SIZES.iter().flat_map(|size| places.map(|place| (*size, place))) {
        let fixture = tenant();
        let mut console = sized(&fixture.store, size);
        console.press(place).unwrap();
        console.change(|state| {
            let space = state.spaces.all.values().next().unwrap().space.clone();
            let operation = AnyOperation::Rebuild(Rebuild::default());
            let mut job = Job { status: JobStatus::Running, ..Job::queued(JobId(1), operation, space) };
            job.start(Timestamp(0));
            state.jobs.selected = Some(job.id);
            state.jobs.jobs.push(job);
        });
        assert!(screen(&console).contains("● rebuild"), "{place}: the top line names the job");
        console.press("5").unwrap();
        assert!(screen(&console).contains("x cancel"), "{place}: {}", screen(&console));
        console.press("x").unwrap();
        assert_eq!(console.state().jobs.jobs[0].status, JobStatus::Cancelling, "{place}");
    }
}

#[test]
fn a_read_only_file_says_so_and_why_on_the_first_screen() {
    let fixture = tenant();
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let store = Store::open(fixture.store.location().unwrap(), options).unwrap();
    for size in SIZES {
        let first = screen(&sized(&store, size));
        let top = first.lines().next().unwrap();
        assert!(top.contains("read-only") && top.contains("--read-only"), "{size:?}: {top}");
    }
}

#[test]
fn the_top_line_names_only_exceptions() {
    let fixture = tenant();
    let top = |console: &Headless| screen(console).lines().next().unwrap().to_owned();
    let mut console = fresh(&fixture.store);
    assert!(top(&console).trim_end().ends_with("crm_acme › spaces"), "{}", top(&console));
    let metadata = SpaceMetadata::parse("{\"app\":\"crm\",\"environment\":\"production\"}").unwrap();
    fixture.store.events().create_space("crm_live", Some(&metadata), Timestamp(0)).unwrap();
    console.follow();
    console.press("j").unwrap();
    assert!(top(&console).contains("▲ production"), "{}", top(&console));
    console.press("k").unwrap();
    assert!(!top(&console).contains("production"), "{}", top(&console));
}

#[test]
fn every_pane_names_the_key_that_jumps() {
    let fixture = tenant();
    for (size, pane) in SIZES.iter().flat_map(|size| ["1", "2", "3", "4", "5"].map(|pane| (*size, pane))) {
        let mut console = sized(&fixture.store, size);
        console.press(pane).unwrap();
        assert!(screen(&console).contains("J jump"), "{pane} at {size:?}: {}", screen(&console));
        console.press("J17<enter>").unwrap();
        assert_eq!(console.state().events.window.selected.map(|position| position.0), Some(17), "{pane}");
    }
}

#[test]
fn the_palette_runs_any_action_by_name_from_every_pane() {
    let fixture = tenant();
    for (size, pane) in SIZES.iter().flat_map(|size| ["1", "2", "3", "4", "5"].map(|pane| (*size, pane))) {
        let mut console = sized(&fixture.store, size);
        console.press(pane).unwrap();
        assert!(screen(&console).contains(": palette"), "{pane} at {size:?}: {}", screen(&console));
        console.press(":verif<enter>").unwrap();
        assert!(screen(&console).contains("Verify"), "{pane} at {size:?}: {}", screen(&console));
    }
}

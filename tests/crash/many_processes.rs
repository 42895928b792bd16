//! Eight processes and a console share one store: no write is lost, and no process sees a worse error than a busy store
//! or a faster writer.

use std::collections::BTreeMap;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use ramax::apps::Crm;
use ramax::console::Headless;
use ramax::console::app::state::Level;
use ramax::console::theme::Theme;
use ramax::{Apps, ContentStore};
use serde_json::{Value, json};

use super::conversation::{Group, Talk};
use super::invariants;
use crate::support::dump;
use crate::support::sandbox::{Files, Ran, Sandbox};

/// Commands of each writer.
const COMMANDS: usize = 120;

/// The space of each writer, and the field of the shared contact `all` that it changes.
const WRITERS: [(&str, &str); 4] =
    [("crm_busy", "name"), ("crm_busy", "email"), ("crm_calm", "name"), ("crm_far", "email")];

const SPACES: [&str; 3] = ["crm_busy", "crm_calm", "crm_far"];

/// Errors for a space that another process removes, or that two processes rebuild.
const OVERTAKEN: [&str; 4] = ["shadow_gone", "space_deleting", "unknown_space", "worked_on"];

#[test]
fn eight_processes_and_a_console_share_one_file() {
    hammer(Files::One);
}

#[test]
fn eight_processes_and_a_console_share_two_files() {
    hammer(Files::Two);
}

#[test]
fn eight_processes_create_the_same_files_at_once() {
    for files in [Files::One, Files::Two] {
        let sandbox = Sandbox::new(files);
        // On a slow disk each creation takes long.
        let create = |number| {
            let line = format!("--busy-timeout 60000 spaces create crm_{number}");
            Running(sandbox.command(&line).spawn().unwrap())
        };
        let running: Vec<Running> = (0..8).map(create).collect();
        for running in running {
            running.finish().done();
        }
        assert_eq!(sandbox.run("spaces list --json").done().objects().len(), 8);
        invariants::assert_whole(&sandbox);
    }
}

fn hammer(files: Files) {
    let sandbox = &Sandbox::new(files);
    for space in SPACES {
        sandbox.run(&format!("spaces create {space}")).done();
        sandbox.run(&format!("run {space} add-contact contact_id=all name=0 email=0")).done();
    }
    let events = 1 + 2 * COMMANDS;
    let follow = format!("events follow crm_busy --after 0 --limit {events} --json");
    let follower = Running(sandbox.command(&follow).spawn().unwrap());
    let ended = &AtomicBool::new(false);
    let acknowledged = thread::scope(|scope| {
        // Also set if a writer panics, so that the others end.
        let _end = AtEnd(ended);
        scope.spawn(move || until(ended, || rebuild(sandbox)));
        scope.spawn(move || until(ended, || check(sandbox)));
        scope.spawn(move || until(ended, || generate_and_delete(sandbox)));
        scope.spawn(move || watch(sandbox, ended));
        thread::scope(|scope| {
            let write = |(space, field)| scope.spawn(move || (space, write(sandbox, space, field)));
            WRITERS.map(write).map(|writer| writer.join().unwrap())
        })
    });
    let followed: Vec<Value> = follower.finish().done().objects();
    let sequences: Vec<u64> = followed.iter().filter_map(|event| event["space_sequence"].as_u64()).collect();
    assert_eq!(sequences, (1..=events as u64).collect::<Vec<_>>());
    for (space, answers) in &acknowledged {
        assert_all_there(sandbox, space, answers);
    }
    for space in SPACES {
        assert_no_lost_update(sandbox, space);
    }
    assert_clean(sandbox);
}

/// Watches the store in a console, which finally shows all that was written.
fn watch(sandbox: &Sandbox, ended: &AtomicBool) {
    let mut console = Headless::new(sandbox.store(), Apps::standard(), 120, 40);
    until(ended, || {
        // All events, the entities, the checkpoints, and the next space.
        for keys in ["2aG", "3", "4", "j", "1g"] {
            console.press(keys).unwrap();
            console.follow();
            let _ = console.draw(&Theme::mono());
            let notice = console.state().notice.as_ref();
            let failed = notice.filter(|notice| notice.level == Level::Error);
            assert!(failed.is_none_or(|notice| notice.text.contains("busy")), "{failed:?}");
        }
    });
    console.follow();
    for space in SPACES {
        let spaces = &console.state().spaces;
        let overview = spaces.named(space).and_then(|id| spaces.get(id)).unwrap();
        let expected = 1 + COMMANDS * WRITERS.iter().filter(|(name, _)| *name == space).count();
        assert_eq!(overview.head.last_sequence.0, expected as u64, "{space}");
    }
}

fn rebuild(sandbox: &Sandbox) {
    attempt(sandbox, "rebuild crm_busy --json");
    attempt(sandbox, "rebuild --all --json");
}

fn check(sandbox: &Sandbox) {
    attempt(sandbox, "verify crm_busy --json");
    attempt(sandbox, "verify --all --json");
    attempt(sandbox, "check --deep --json");
}

fn generate_and_delete(sandbox: &Sandbox) {
    attempt(sandbox, "generate --spaces 2 --events 600 --json");
    for space in generated(sandbox) {
        while !attempt(sandbox, &format!("spaces delete {space} --confirm {space} --json")) {}
    }
}

fn generated(sandbox: &Sandbox) -> Vec<String> {
    let spaces = sandbox.run("spaces list --json").done().objects();
    let names = spaces.iter().map(|space| space["space_name"].as_str().unwrap().to_owned());
    names.filter(|name| name.starts_with("crm_load_")).collect()
}

/// Repeats `work` until the end, and runs it at least once.
fn until(ended: &AtomicBool, mut work: impl FnMut()) {
    loop {
        let is_last = ended.load(Ordering::Acquire);
        work();
        if is_last {
            return;
        }
    }
}

/// Returns true if the command succeeded. It may fail because the store is busy or another process was faster.
fn attempt(sandbox: &Sandbox, line: &str) -> bool {
    let ran = sandbox.run(line);
    let done = ran.code == Some(0);
    if !done {
        let errors = ran.err.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let kinds: Vec<String> =
            errors.filter_map(|error| Some(error["error"]["kind"].as_str()?.to_owned())).collect();
        let is_clean = |kind: &String| {
            ["busy", "space_incomplete"].contains(&kind.as_str()) || OVERTAKEN.contains(&kind.as_str())
        };
        assert!(!kinds.is_empty() && kinds.iter().all(is_clean), "{line}: {ran:?}");
    }
    done
}

/// Asserts that every acknowledged event is stored at its sequence.
#[track_caller]
fn assert_all_there(sandbox: &Sandbox, space: &str, answers: &[Value]) {
    let there: BTreeMap<u64, u64> = invariants::events(&crm(sandbox, space))
        .iter()
        .map(|event| (event.event_id.0, event.space_sequence.0))
        .collect();
    for answer in answers {
        let event_id = answer["event_ids"][0].as_u64().unwrap_or_else(|| panic!("{answer}"));
        assert_eq!(there.get(&event_id).copied(), answer["space_sequence"].as_u64(), "{space}: {answer}");
    }
}

/// Asserts that nothing is wrong, and that only leftovers for the next rebuild exist.
#[track_caller]
fn assert_clean(sandbox: &Sandbox) {
    invariants::assert_whole(&sandbox.copy());
    sandbox.run("rebuild --all").done();
    dump::assert_nothing_left_over(sandbox);
    sandbox.run("check --deep").done();
    assert_eq!(sandbox.run("spaces list --json").done().objects().len(), SPACES.len());
}

fn crm(sandbox: &Sandbox, space: &str) -> ContentStore {
    let store = sandbox.store();
    let space = store.events().find_space(space).unwrap().unwrap().space;
    ContentStore::of(&store, space, Arc::new(Crm)).unwrap()
}

/// Adds contacts, and changes one field of a contact that other writers change too. If the store is busy, it sends
/// everything again under the same keys. Returns all acknowledged answers.
fn write(sandbox: &Sandbox, space: &str, field: &str) -> Vec<Value> {
    let groups: Vec<Group> = (0..COMMANDS / 2)
        .map(|number| {
            let key = |what| format!("{what} {field}{number}");
            let add = json!({"command": "add-contact", "contact_id": format!("{field}{number}"), "name": "N",
                "email": "e", "idempotency_key": key("add")});
            let update = json!({"command": "update-contact", "contact_id": "all", field: number + 1,
                "idempotency_key": key("update")});
            Group { text: format!("{add}\n{update}\n"), size: 2, wait: true }
        })
        .collect();
    let mut acknowledged = Vec::new();
    loop {
        let mut command = sandbox.command(&format!("run {space} --json --batch -"));
        let mut running = Running(command.stdin(Stdio::piped()).spawn().unwrap());
        let mut talk = Talk::with(&mut running.0);
        talk.feed(&groups, usize::MAX);
        let answers = talk.end();
        let ran = running.finish();
        if ran.code == Some(0) {
            assert_eq!(answers.len(), COMMANDS);
            acknowledged.extend(answers);
            return acknowledged;
        }
        let done = answers.into_iter().filter(|answer| answer["error"].is_null());
        acknowledged.extend(done);
        assert_eq!(ran.error_kind(), "busy", "{ran:?}");
    }
}

/// Asserts that each update of the shared contact keeps the earlier updates of the other writers.
fn assert_no_lost_update(sandbox: &Sandbox, space: &str) {
    let content = crm(sandbox, space);
    let (mut name, mut email) = (0, 0);
    for event in invariants::events(&content).iter().filter(|event| &*event.event_type == "contact.updated") {
        let payload = event.payload.to_value();
        let number = |field: &str| payload[field].as_str().unwrap().parse::<usize>().unwrap();
        let next = (number("name"), number("email"));
        assert!(next == (name + 1, email) || next == (name, email + 1), "{next:?} after {:?}", (name, email));
        (name, email) = next;
    }
    let updates = |field| if WRITERS.contains(&(space, field)) { COMMANDS / 2 } else { 0 };
    assert_eq!((name, email), (updates("name"), updates("email")));
    let added = updates("name") + updates("email");
    assert_eq!(Crm::contact_count(&content).unwrap(), 1 + added as u64);
}

/// A process that does not outlive its test.
struct Running(Child);

impl Running {
    fn finish(mut self) -> Ran {
        let read = |pipe: Option<&mut dyn std::io::Read>| {
            let mut text = String::new();
            pipe.map(|pipe| pipe.read_to_string(&mut text).unwrap());
            text
        };
        let out = read(self.0.stdout.as_mut().map(|pipe| pipe as _));
        let err = read(self.0.stderr.as_mut().map(|pipe| pipe as _));
        Ran { code: self.0.wait().unwrap().code(), out, err }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Signals the end to the other threads.
struct AtEnd<'a>(&'a AtomicBool);

impl Drop for AtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

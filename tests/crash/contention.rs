//! Eight processes on one store: nothing is lost, and nobody is told anything worse than that it is busy.

use std::process::{Child, Stdio};
use std::sync::Arc;
use std::thread;

use ramax::ContentStore;
use ramax::apps::Crm;
use serde_json::{Value, json};

use super::desk::{Desk, Files, Ran};
use super::talk::{Group, Talk};
use super::{dump, whole};

/// Commands of each writer.
const COMMANDS: usize = 240;

/// How often each of the others does its work over.
const ROUNDS: usize = 12;

#[test]
fn eight_processes_share_one_file() {
    crowd(Files::One);
}

#[test]
fn eight_processes_share_two_files() {
    crowd(Files::Two);
}

fn crowd(files: Files) {
    let desk = &Desk::new(files);
    desk.run("generate --spaces 1 --events 3000").done();
    for space in ["crm_busy", "crm_calm"] {
        desk.run(&format!("spaces create {space}")).done();
        desk.run(&format!("run {space} add-contact contact_id=all name=0 email=0")).done();
    }
    let events = 1 + 2 * COMMANDS;
    let follow = format!("events follow crm_busy --after 0 --limit {events} --json");
    let follower = Running(desk.command(&follow).spawn().unwrap());
    thread::scope(|scope| {
        scope.spawn(|| write(desk, "crm_busy", "name"));
        scope.spawn(|| write(desk, "crm_busy", "email"));
        scope.spawn(|| write(desk, "crm_calm", "name"));
        scope.spawn(|| repeat(desk, "rebuild crm_busy --json", &[]));
        scope.spawn(|| repeat(desk, "verify crm_busy --json", &[]));
        let overtaken = ["shadow_gone", "space_deleting", "unknown_space"];
        scope.spawn(move || repeat(desk, "rebuild crm_load_0001 --json", &overtaken));
        scope.spawn(|| {
            repeat(desk, "projections get crm_load_0001 contacts:count --json", &[]);
            while !attempt(desk, "spaces delete crm_load_0001 --confirm crm_load_0001 --json", &[]) {}
        });
    });
    let followed: Vec<Value> = follower.finish().objects();
    let sequences: Vec<u64> = followed.iter().filter_map(|event| event["space_sequence"].as_u64()).collect();
    assert_eq!(sequences, (1..=events as u64).collect::<Vec<_>>());
    assert_no_lost_update(desk);
    assert_eq!(dump::space(desk, 1), dump::Dump::new(), "the deleted space");
    dump::assert_nothing_left_over(desk);
    whole::assert_whole(desk);
}

#[test]
fn eight_processes_create_the_same_files_at_once() {
    for files in [Files::One, Files::Two] {
        let desk = Desk::new(files);
        let create = |number| Running(desk.command(&format!("spaces create crm_{number}")).spawn().unwrap());
        let running: Vec<Running> = (0..8).map(create).collect();
        for running in running {
            running.finish().done();
        }
        assert_eq!(desk.run("spaces list --json").done().objects().len(), 8);
        whole::assert_whole(&desk);
    }
}

/// Adds contacts, and changes one field of a contact that others change as well. Told that the store is
/// busy, it sends all again under the same keys.
fn write(desk: &Desk, space: &str, field: &str) {
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
    loop {
        let mut command = desk.command(&format!("run {space} --json --batch -"));
        let mut running = Running(command.stdin(Stdio::piped()).spawn().unwrap());
        let mut talk = Talk::with(&mut running.0);
        talk.feed(&groups, usize::MAX);
        let answers = talk.end();
        let ran = running.finish();
        if ran.code == Some(0) {
            assert_eq!(answers.len(), COMMANDS);
            return;
        }
        assert_eq!(ran.error_kind(), "busy", "{ran:?}");
    }
}

fn repeat(desk: &Desk, line: &str, allowed: &[&str]) {
    for _ in 0..ROUNDS {
        attempt(desk, line, allowed);
    }
}

/// Answers whether it was done; it may be told that the store is busy, or what is allowed.
fn attempt(desk: &Desk, line: &str, allowed: &[&str]) -> bool {
    let ran = desk.run(line);
    let done = ran.code == Some(0);
    if !done {
        let kind = ran.error_kind();
        assert!(kind == "busy" || allowed.contains(&kind.as_str()), "{line}: {ran:?}");
    }
    done
}

/// Each update of the contact that all change keeps what the others wrote before it.
fn assert_no_lost_update(desk: &Desk) {
    let store = desk.store();
    let space = store.events().find_space("crm_busy").unwrap().unwrap().space;
    let content = ContentStore::of(&store, space, Arc::new(Crm));
    let (mut name, mut email) = (0, 0);
    for event in whole::events(&content).iter().filter(|event| &*event.event_type == "contact.updated") {
        let payload = event.payload.to_value();
        let number = |field: &str| payload[field].as_str().unwrap().parse::<usize>().unwrap();
        let next = (number("name"), number("email"));
        assert!(next == (name + 1, email) || next == (name, email + 1), "{next:?} after {:?}", (name, email));
        (name, email) = next;
    }
    assert_eq!((name, email), (COMMANDS / 2, COMMANDS / 2));
    assert_eq!(Crm::contact_count(&content).unwrap(), 1 + COMMANDS as u64);
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

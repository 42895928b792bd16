//! Tests of several processes on one file.

use serde_json::Value;

use crate::support::program::{Ran, Sandbox};
use crate::support::running::Running;

fn finish(running: Vec<Running>) -> Vec<Ran> {
    running.into_iter().map(Running::finish).collect()
}

fn sequences(sandbox: &Sandbox, space: &str) -> Vec<Value> {
    let events = sandbox.run(&format!("events list {space} --json")).done().objects();
    events.iter().map(|event| event["space_sequence"].clone()).collect()
}

#[test]
fn concurrent_writers_of_one_space_lose_no_update() {
    let sandbox = Sandbox::new();
    sandbox.run("spaces create crm_acme").done();
    let workers = ["a", "b", "c"].map(|worker| {
        let lines: String = (0..150)
            .map(|number| {
                format!(
                    r#"{{"command":"add-contact","contact_id":"{worker}{number}","name":"N","email":"e"}}"#
                ) + "\n"
            })
            .collect();
        std::fs::write(sandbox.path(worker), lines).unwrap();
        sandbox.spawn(&format!("--busy-timeout 60000 run crm_acme --batch {worker}"))
    });
    let singles = (0..8).map(|number| {
        sandbox.spawn(&format!(
            "--busy-timeout 60000 run crm_acme add-contact contact_id=s{number} name=S email=e"
        ))
    });
    let children: Vec<Running> = workers.into_iter().chain(singles).collect();
    for ran in finish(children) {
        ran.done();
    }
    assert_eq!(sequences(&sandbox, "crm_acme"), (1..=458).map(Value::from).collect::<Vec<_>>());
    assert_eq!(sandbox.run("projections get crm_acme contacts:count").done().out, "458\n");
    sandbox.run("verify crm_acme").done();
}

#[test]
fn one_of_several_processes_adds_the_same_contact() {
    let sandbox = Sandbox::new();
    sandbox.run("spaces create crm_acme").done();
    let add = "--busy-timeout 60000 run crm_acme add-contact contact_id=c1 name=N email=e";
    let mut codes: Vec<i32> =
        finish((0..6).map(|_| sandbox.spawn(add)).collect()).iter().map(|ran| ran.code).collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 1, 1, 1, 1, 1]);
    assert_eq!(sequences(&sandbox, "crm_acme").len(), 1);
}

#[test]
fn one_of_several_processes_succeeds_at_an_expected_sequence() {
    let sandbox = Sandbox::with_contacts();
    let update = |name: &str| {
        sandbox.spawn(&format!(
            "--busy-timeout 60000 run crm_acme update-contact contact_id=c1 name={name} --expect 2"
        ))
    };
    let mut codes: Vec<i32> = finish(["x", "y", "z"].map(update).into()).iter().map(|ran| ran.code).collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 1, 1]);
    sandbox.run("verify crm_acme").done();
}

#[test]
fn a_space_is_rebuilt_while_other_processes_write_to_it() {
    let sandbox = Sandbox::new();
    sandbox.run("generate --spaces 1 --events 3000").done();
    let lines: String = (0..400)
        .map(|number| {
            format!(r#"{{"command":"add-contact","contact_id":"w{number}","name":"N","email":"e"}}"#) + "\n"
        })
        .collect();
    std::fs::write(sandbox.path("batch"), lines).unwrap();
    let children = vec![
        sandbox.spawn("--busy-timeout 60000 run crm_load_0001 --batch batch"),
        sandbox.spawn("--busy-timeout 60000 rebuild crm_load_0001"),
    ];
    for ran in finish(children) {
        ran.done();
    }
    assert_eq!(sequences(&sandbox, "crm_load_0001").len(), 3400);
    sandbox.run("verify crm_load_0001").done();
}

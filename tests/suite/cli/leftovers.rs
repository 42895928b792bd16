//! Tests of leftovers of dead or failed processes: the next writer removes them, and they are not reported as
//! damage.

use rustix::process::Signal;

use crate::support::program::{Sandbox, sqlite};
use crate::support::running::{Running, send};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run("generate --spaces 1 --events 20000").done();
    sandbox
}

fn shadows(sandbox: &Sandbox) -> u64 {
    let count = "SELECT count(*) FROM projections WHERE state <> 'live'";
    sqlite(&sandbox.db()).query_row(count, [], |row| row.get(0)).unwrap()
}

/// Returns a rebuild that is stopped while its shadow exists.
fn stopped_in_its_midst(sandbox: &Sandbox) -> Running {
    for _ in 0..20 {
        let mut rebuild = sandbox.spawn("rebuild crm_load_0001");
        while shadows(sandbox) == 0 && rebuild.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        send(Signal::STOP, rebuild.id());
        if rebuild.try_wait().unwrap().is_none() && shadows(sandbox) > 0 {
            return rebuild;
        }
        send(Signal::CONT, rebuild.id());
    }
    panic!("every rebuild finished before it could be stopped");
}

#[test]
fn the_next_writer_removes_the_leftovers_of_a_killed_rebuild() {
    let sandbox = sandbox();
    let mut rebuild = stopped_in_its_midst(&sandbox);
    rebuild.kill().unwrap();
    rebuild.wait().unwrap();
    sandbox.run("--read-only verify --all").done();
    let ran = sandbox.run("--read-only check").done();
    assert!(ran.out.contains("was left by an interrupted or failed rebuild"), "{ran:?}");
    assert!(shadows(&sandbox) > 0, "a reader removes nothing");
    sandbox.run("run crm_load_0001 add-contact contact_id=new name=N email=e").done();
    assert_eq!(shadows(&sandbox), 0);
    let ran = sandbox.run("check --deep").done();
    assert!(!ran.out.contains("note"), "{ran:?}");
}

#[test]
fn the_shadow_of_a_running_rebuild_is_not_removed() {
    let sandbox = sandbox();
    let rebuild = stopped_in_its_midst(&sandbox);
    let other = "--busy-timeout 60000 run crm_load_0001 add-contact contact_id=new name=N email=e";
    let other = sandbox.spawn(other);
    // It may wait for a transaction of the stopped process.
    send(Signal::CONT, rebuild.id());
    assert_eq!(rebuild.finish().code, 0);
    other.finish().done();
    sandbox.run("check --deep --repair").done();
    assert_eq!(sandbox.run("projections get crm_load_0001 contact:new").code, 0);
}

#[test]
fn a_shadow_stays_until_its_owner_is_gone() {
    let sandbox = Sandbox::with_contacts();
    let mut owner = std::process::Command::new("sleep").arg("600").spawn().unwrap();
    let process = owner.id();
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let since = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap();
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let known = serde_json::json!({"host": host.trim(), "process": process, "since": since}).to_string();
    sqlite(&sandbox.db())
        .execute("INSERT INTO projections (space_id, state, owner) VALUES (1, 'shadow', ?1)", [known])
        .unwrap();
    for command in ["verify crm_acme", "check --deep --repair", "spaces create crm_other"] {
        sandbox.run(command).done();
        assert_eq!(shadows(&sandbox), 1, "{command}");
    }
    owner.kill().unwrap();
    owner.wait().unwrap();
    sandbox.run("verify crm_acme").done();
    assert_eq!(shadows(&sandbox), 0);
}

#[test]
fn a_repair_removes_a_shadow_without_an_owner() {
    let sandbox = Sandbox::with_contacts();
    sqlite(&sandbox.db())
        .execute("INSERT INTO projections (space_id, state) VALUES (1, 'shadow')", [])
        .unwrap();
    for command in ["verify crm_acme", "check --deep"] {
        let ran = sandbox.run(command).done();
        assert!(ran.out.contains("was left by an interrupted"), "{command}: {ran:?}");
    }
    sandbox.run("check --repair").done();
    assert_eq!(shadows(&sandbox), 0);
}

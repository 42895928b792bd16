//! What a process leaves behind that died or failed: the next writer removes it, and nobody takes it for damage.

use rustix::process::Signal;

use super::program::{Desk, Running, send, sqlite};

fn desk() -> Desk {
    let desk = Desk::new();
    desk.run("generate --spaces 1 --events 20000").done();
    desk
}

fn shadows(desk: &Desk) -> u64 {
    let count = "SELECT count(*) FROM projections WHERE state <> 'live'";
    sqlite(&desk.db()).query_row(count, [], |row| row.get(0)).unwrap()
}

/// A rebuild that is stopped while its shadow is there.
fn stopped_in_its_midst(desk: &Desk) -> Running {
    for _ in 0..20 {
        let mut rebuild = desk.spawn("rebuild crm_load_0001");
        while shadows(desk) == 0 && rebuild.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        send(Signal::STOP, rebuild.id());
        if rebuild.try_wait().unwrap().is_none() && shadows(desk) > 0 {
            return rebuild;
        }
        send(Signal::CONT, rebuild.id());
    }
    panic!("every rebuild was over before it could be stopped");
}

#[test]
fn the_next_writer_removes_what_a_killed_rebuild_left() {
    let desk = desk();
    let mut rebuild = stopped_in_its_midst(&desk);
    rebuild.kill().unwrap();
    rebuild.wait().unwrap();
    desk.run("--read-only verify --all").done();
    let ran = desk.run("--read-only check").done();
    assert!(ran.out.contains("is left of a rebuild that was interrupted or failed"), "{ran:?}");
    assert!(shadows(&desk) > 0, "who only reads removes nothing");
    desk.run("run crm_load_0001 add-contact contact_id=new name=N email=e").done();
    assert_eq!(shadows(&desk), 0);
    let ran = desk.run("check --deep").done();
    assert!(!ran.out.contains("note"), "{ran:?}");
}

#[test]
fn nobody_removes_what_a_rebuild_under_way_works_on() {
    let desk = desk();
    let rebuild = stopped_in_its_midst(&desk);
    let other = "--busy-timeout 60000 run crm_load_0001 add-contact contact_id=new name=N email=e";
    let other = desk.spawn(other);
    // It may wait for a transaction that the stopped one is in.
    send(Signal::CONT, rebuild.id());
    assert_eq!(rebuild.finish().code, 0);
    other.finish().done();
    desk.run("check --deep --repair").done();
    assert_eq!(desk.run("projections get crm_load_0001 contact:new").code, 0);
}

#[test]
fn a_shadow_whose_owner_lives_stays_until_that_is_gone() {
    let desk = Desk::with_contacts();
    let mut owner = std::process::Command::new("sleep").arg("600").spawn().unwrap();
    let process = owner.id();
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let since = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap();
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let known = serde_json::json!({"host": host.trim(), "process": process, "since": since}).to_string();
    sqlite(&desk.db())
        .execute("INSERT INTO projections (space_id, state, owner) VALUES (1, 'shadow', ?1)", [known])
        .unwrap();
    for command in ["verify crm_acme", "check --deep --repair", "spaces create crm_other"] {
        desk.run(command).done();
        assert_eq!(shadows(&desk), 1, "{command}");
    }
    owner.kill().unwrap();
    owner.wait().unwrap();
    desk.run("verify crm_acme").done();
    assert_eq!(shadows(&desk), 0);
}

#[test]
fn a_shadow_of_which_nobody_says_who_builds_it_is_removed_by_a_check_that_repairs() {
    let desk = Desk::with_contacts();
    sqlite(&desk.db()).execute("INSERT INTO projections (space_id, state) VALUES (1, 'shadow')", []).unwrap();
    for command in ["verify crm_acme", "check --deep"] {
        let ran = desk.run(command).done();
        assert!(ran.out.contains("is left of a rebuild"), "{command}: {ran:?}");
    }
    desk.run("check --repair").done();
    assert_eq!(shadows(&desk), 0);
}

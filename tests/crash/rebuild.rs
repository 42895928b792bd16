//! After a killed `ramax rebuild`, readers see the old projection or the new one, never a mixture. Other spaces are
//! unchanged, and the next rebuild removes the leftovers.

use super::invariants;
use super::seeded_kills::Campaign;
use crate::support::dump;
use crate::support::sandbox::{Files, Moment, Sandbox};

const REBUILD: &str = "rebuild crm_load_0001";
const TARGET: u32 = 1;
const OTHERS: [u32; 2] = [2, 3];

#[test]
fn in_one_file_a_killed_rebuild_leaves_the_old_projection_or_the_new() {
    survive("rebuild, one file", Files::One);
}

#[test]
fn in_two_files_a_killed_rebuild_leaves_the_old_projection_or_the_new() {
    survive("rebuild, two files", Files::Two);
}

fn survive(name: &'static str, files: Files) {
    let mut campaign = Campaign::new(name);
    let sandbox = Sandbox::new(files);
    sandbox.run("generate --spaces 1 --events 4000").done();
    sandbox.run("generate --spaces 2 --events 1000").done();
    let new = dump::state(&sandbox, TARGET);
    let others = OTHERS.map(|space_id| dump::space(&sandbox, space_id));
    let (_, span) = sandbox.time(REBUILD);
    age(&sandbox);
    let old = dump::state(&sandbox, TARGET);
    let mut seen = [0, 0];
    while campaign.goes_on() {
        let killed = sandbox.kill(REBUILD, Moment::AfterBegin(campaign.moment(span)));
        campaign.count(killed);
        let copy = sandbox.copy();
        let now = dump::state(&copy, TARGET);
        let is_new = now == new;
        assert!(is_new || now == old, "a mixture");
        assert!(is_new || killed, "it ended without effect");
        seen[usize::from(is_new)] += 1;
        assert_eq!(OTHERS.map(|space_id| dump::space(&copy, space_id)), others);
        if campaign.chance.bool() {
            goes_on(&copy, &new);
        }
        // In the other half of the runs, leftovers of several kills accumulate.
        if campaign.chance.bool() {
            sandbox.run(REBUILD).done();
            assert_clean(&sandbox, &new);
        }
        if dump::state(&sandbox, TARGET) == new {
            age(&sandbox);
        }
    }
    println!("{name}: {} times the old projection, {} times the new", seen[0], seen[1]);
}

/// Changes every entry of the target's live `state` to a value that no rebuild would write, and adds one.
pub fn age(sandbox: &Sandbox) {
    let [_, projections] = sandbox.connections();
    let live = format!(
        "projection_id = (SELECT projection_id FROM projection_checkpoints
           WHERE space_id = {TARGET} AND projection = 'state')"
    );
    projections
        .execute_batch(&format!(
            "BEGIN;
             UPDATE projection_entities SET updated_at = -updated_at WHERE {live};
             INSERT INTO projection_entities
               SELECT projection_id, 'contact:ghost', '\"impossible\"', 0 FROM projection_checkpoints
               WHERE space_id = {TARGET} AND projection = 'state';
             UPDATE projection_checkpoints SET entities = entities + 1
               WHERE space_id = {TARGET} AND projection = 'state';
             COMMIT;"
        ))
        .unwrap();
}

/// After the kill all spaces accept commands, and a rebuild works without preparation.
fn goes_on(copy: &Sandbox, new: &[String]) {
    let ran = copy.run(REBUILD).done();
    assert!(ran.out.starts_with("rebuilt crm_load_0001: 4,000 events"), "{ran:?}");
    assert_clean(copy, new);
    for space in ["crm_load_0001", "crm_load_0002"] {
        copy.run(&format!("run {space} add-contact contact_id=late name=N email=e")).done();
    }
    invariants::assert_whole(copy);
}

fn assert_clean(sandbox: &Sandbox, new: &[String]) {
    assert!(dump::state(sandbox, TARGET) == new, "does not match the events");
    dump::assert_nothing_left_over(sandbox);
}

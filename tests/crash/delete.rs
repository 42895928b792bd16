//! After a killed `ramax spaces delete`, the space exists, is closed to commands, or is gone. The next delete completes
//! and leaves nothing; other spaces are unchanged.

use ramax::{EventId, SpaceId};

use super::seeded_kills::Campaign;
use crate::support::dump::{self, Dump};
use crate::support::sandbox::{Files, Moment, Sandbox};

const NAME: &str = "crm_load_0001";
const PLAIN: &str = "spaces delete crm_load_0001 --confirm crm_load_0001";
const PURGE: &str = "spaces delete crm_load_0001 --confirm crm_load_0001 --purge";
const TARGET: u32 = 1;
const OTHERS: [u32; 2] = [2, 3];
/// Text that occurs only in the deleted space.
const SECRET: &str = "xyzzy";

#[test]
fn in_one_file_a_killed_delete_is_resumed_and_leaves_nothing() {
    survive("delete, one file", Files::One);
}

#[test]
fn in_two_files_a_killed_delete_is_resumed_and_leaves_nothing() {
    survive("delete, two files", Files::Two);
}

struct Before {
    template: Sandbox,
    target: Dump,
    others: [Dump; 2],
    last_event_id: EventId,
}

fn survive(name: &'static str, files: Files) {
    let mut campaign = Campaign::new(name);
    let before = Before::new(files);
    let mut seen = [0, 0, 0];
    let delete = [PLAIN, PURGE].map(|line| (line, before.template.time(line)));
    while campaign.goes_on() {
        let (line, (begin, span)) = delete[campaign.chance.usize(..2)];
        let sandbox = before.template.copy();
        loop {
            let moment = Moment::AfterSpawn(campaign.moment_after(begin / 2, begin / 2 + span));
            let killed = sandbox.kill(line, moment);
            campaign.count(killed);
            let stage = before.stage(&sandbox.copy());
            seen[stage] += 1;
            if !killed || stage == 2 || campaign.chance.bool() {
                break;
            }
        }
        before.finish(&sandbox, line);
        if line == PURGE {
            let bytes = sandbox.bytes();
            let text = String::from_utf8_lossy(&bytes);
            // The audit log keeps the name of the deleted space.
            assert!(!text.contains(SECRET), "some bytes of the space are left");
        }
    }
    println!("{name}: {} times untouched, {} times in between, {} times gone", seen[0], seen[1], seen[2]);
}

impl Before {
    fn new(files: Files) -> Self {
        let template = Sandbox::new(files);
        template.run("generate --spaces 1 --events 4000").done();
        template.run("generate --spaces 2 --events 600").done();
        for number in 0..3 {
            let key = format!("--idempotency-key {SECRET}{number}");
            let fields = format!("contact_id=s{number} name={SECRET} email=e");
            template.run(&format!("run {NAME} add-contact {fields} {key}")).done();
        }
        let target = dump::space(&template, TARGET);
        assert_eq!(target.len(), 9, "a row in every table");
        let others = OTHERS.map(|space_id| dump::space(&template, space_id));
        let last_event_id = template.store().events().last_event_id().unwrap();
        Self { template, target, others, last_event_id }
    }

    /// Returns the progress of the delete: not started, started or finished.
    fn stage(&self, copy: &Sandbox) -> usize {
        assert_eq!(OTHERS.map(|space_id| dump::space(copy, space_id)), self.others);
        let record = copy.store().events().find_space(NAME).unwrap();
        match record.map(|record| record.space.state == ramax::space::SpaceState::Deleting) {
            Some(false) => {
                assert!(dump::space(copy, TARGET) == self.target, "changed before it was closed");
                0
            }
            Some(true) => {
                let ran = copy.run(&format!("run {NAME} add-contact contact_id=late name=N email=e --json"));
                assert_eq!((ran.code, ran.error_kind().as_str()), (Some(1), "space_deleting"));
                1
            }
            None => {
                assert_eq!(dump::space(copy, TARGET), Dump::new());
                2
            }
        }
    }

    fn finish(&self, sandbox: &Sandbox, delete: &str) {
        let ran = sandbox.run(&format!("{delete} --json"));
        if ran.code != Some(0) {
            assert_eq!((ran.code, ran.error_kind().as_str()), (Some(1), "unknown_space"), "{ran:?}");
        }
        assert_eq!(dump::space(sandbox, TARGET), Dump::new());
        assert_eq!(OTHERS.map(|space_id| dump::space(sandbox, space_id)), self.others);
        dump::assert_nothing_left_over(sandbox);
        let store = sandbox.store();
        assert_eq!(store.events().residue(SpaceId(TARGET)).unwrap(), []);
        assert_eq!(store.pstate().residue(SpaceId(TARGET)).unwrap(), []);
        drop(store);
        // The log grows past the deleted events, in the other spaces and under the same name.
        let copy = sandbox.copy();
        copy.run(&format!("spaces create {NAME}")).done();
        let executed =
            copy.run(&format!("run {NAME} add-contact contact_id=c1 name=N email=e --json")).done();
        assert_eq!(executed.objects()[0]["space_sequence"], 1);
        assert_eq!(executed.objects()[0]["event_ids"][0], self.last_event_id.0 + 1);
        super::invariants::assert_whole(&copy);
    }
}

//! After a killed `ramax redact`, the values are erased from events and projections alike, or from neither, or the next
//! redaction finishes. It leaves no byte of them; other spaces are unchanged.

use super::invariants;
use super::seeded_kills::Campaign;
use crate::support::dump;
use crate::support::sandbox::{Files, Moment, Sandbox};

const REDACT: &str =
    "redact crm_load_0001 --entity person --field name --field email --confirm crm_load_0001 --purge";
const OTHERS: [u32; 2] = [2, 3];
/// Text that occurs only in the person's events.
const SECRET: &str = "xyzzy";

#[test]
fn in_one_file_a_killed_redaction_is_repeated_and_leaves_nothing() {
    survive("redact, one file", Files::One);
}

#[test]
fn in_two_files_a_killed_redaction_is_repeated_and_leaves_nothing() {
    survive("redact, two files", Files::Two);
}

fn survive(name: &'static str, files: Files) {
    let mut campaign = Campaign::new(name);
    let template = Sandbox::new(files);
    template.run("generate --spaces 1 --events 4000").done();
    template.run("generate --spaces 2 --events 600").done();
    let fields = format!("contact_id=person name={SECRET} email={SECRET}@plugh");
    template.run(&format!("run crm_load_0001 add-contact {fields} --idempotency-key k1")).done();
    template.run("run crm_load_0001 update-contact contact_id=person email=xyzzy2").done();
    let others = OTHERS.map(|space_id| dump::space(&template, space_id));
    let (begin, span) = template.time(REDACT);
    let mut seen = [0, 0];
    while campaign.goes_on() {
        let sandbox = template.copy();
        let moment = Moment::AfterSpawn(campaign.moment_after(begin / 2, begin / 2 + span));
        let killed = sandbox.kill(REDACT, moment);
        campaign.count(killed);
        let copy = sandbox.copy();
        let is_in = |text: &str| text.contains(SECRET);
        let in_events = dump::space(&copy, 1)["event_log"].iter().any(|row| is_in(row));
        let in_projection = dump::state(&copy, 1).iter().any(|row| is_in(row));
        assert!(in_events || !in_projection, "the projection shows an erased value");
        seen[usize::from(!in_events)] += 1;
        sandbox.run(REDACT).done();
        assert!(!is_in(&String::from_utf8_lossy(&sandbox.bytes())), "some bytes are left");
        assert_eq!(OTHERS.map(|space_id| dump::space(&sandbox, space_id)), others);
        dump::assert_nothing_left_over(&sandbox);
        sandbox.run("run crm_load_0001 add-contact contact_id=late name=N email=e").done();
        invariants::assert_whole(&sandbox);
    }
    println!("{name}: {} times not erased, {} times erased", seen[0], seen[1]);
}

//! A killed `ramax generate`, from the creation of the file on, leaves intact data, and the next run needs no repair.

use std::time::Duration;

use ramax::{OpenOptions, Page, Store};

use super::invariants;
use super::seeded_kills::Campaign;
use crate::support::sandbox::{Files, Moment, Sandbox};

const GENERATE: &str = "generate --spaces 3 --events 1500";

#[test]
fn in_one_file_data_generated_before_a_kill_is_intact() {
    survive("generate, one file", Files::One);
}

#[test]
fn in_two_files_data_generated_before_a_kill_is_intact() {
    survive("generate, two files", Files::Two);
}

fn survive(name: &'static str, files: Files) {
    let mut campaign = Campaign::new(name);
    let (begin, span) = Sandbox::new(files).time(GENERATE);
    let mut unusable = 0;
    while campaign.goes_on() {
        let sandbox = Sandbox::new(files);
        for _ in 0..campaign.chance.u8(1..3) {
            let killed = sandbox.kill(GENERATE, moment(&mut campaign, begin, span));
            campaign.count(killed);
        }
        let spaces = spaces(&sandbox.copy());
        unusable += u64::from(spaces.is_none());
        sandbox.run("generate --spaces 1 --events 300").done();
        invariants::assert_whole(&sandbox.copy());
        assert_eq!(self::spaces(&sandbox), Some(spaces.unwrap_or(0) + 1));
        sandbox.run("verify --all").done();
    }
    println!("{name}: {unusable} times before there was a file");
}

/// Chooses moments so that half of the kills happen during the creation of the files.
fn moment(campaign: &mut Campaign, begin: Duration, span: Duration) -> Moment {
    if campaign.chance.bool() {
        Moment::AfterSpawn(campaign.moment(begin))
    } else {
        Moment::AfterBegin(campaign.moment(span))
    }
}

/// Returns the number of spaces, or `None` if the file does not exist yet.
fn spaces(sandbox: &Sandbox) -> Option<usize> {
    let store = Store::open(&sandbox.location(), OpenOptions::default()).ok()?;
    let spaces = store.events().spaces(Page::forward(None, 1000)).unwrap().len();
    drop(store);
    invariants::assert_whole(sandbox);
    Some(spaces)
}

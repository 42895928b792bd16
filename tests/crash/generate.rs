//! A killed `ramax generate`, from the creation of the file on, leaves intact data, and the next run needs no repair.

use std::time::Duration;

use ramax::{OpenOptions, Page, Store};

use super::campaign::Campaign;
use super::whole;
use crate::support::desk::{Desk, Files, Moment};

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
    let (begin, span) = Desk::new(files).time(GENERATE);
    let mut unusable = 0;
    while campaign.goes_on() {
        let desk = Desk::new(files);
        for _ in 0..campaign.chance.u8(1..3) {
            let killed = desk.kill(GENERATE, moment(&mut campaign, begin, span));
            campaign.count(killed);
        }
        let spaces = spaces(&desk.copy());
        unusable += u64::from(spaces.is_none());
        desk.run("generate --spaces 1 --events 300").done();
        whole::assert_whole(&desk.copy());
        assert_eq!(self::spaces(&desk), Some(spaces.unwrap_or(0) + 1));
        desk.run("verify --all").done();
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
fn spaces(desk: &Desk) -> Option<usize> {
    let store = Store::open(&desk.location(), OpenOptions::default()).ok()?;
    let spaces = store.events().spaces(Page::forward(None, 1000)).unwrap().len();
    drop(store);
    whole::assert_whole(desk);
    Some(spaces)
}

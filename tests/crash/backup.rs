//! A killed `ramax backup` leaves the earlier backup or the new one, and either is complete. The next backup removes
//! the temporary files of the killed one.

use std::fs;

use super::seeded_kills::Campaign;
use crate::support::sandbox::{Files, Moment, Sandbox};

#[test]
fn in_one_file_a_killed_backup_leaves_the_earlier_one_or_is_complete() {
    survive("backup, one file", Files::One);
}

#[test]
fn in_two_files_a_killed_backup_leaves_the_earlier_one_or_is_complete() {
    survive("backup, two files", Files::Two);
}

fn survive(name: &'static str, files: Files) {
    let mut campaign = Campaign::new(name);
    let template = Sandbox::new(files);
    template.run("generate --spaces 3 --events 1500").done();
    let line = match files {
        Files::One => "backup --force b.db",
        Files::Two => "backup --force b.db bp.db",
    };
    template.run(line).done();
    let earlier = events(&restored(&template));
    template.run("generate --spaces 1 --events 500").done();
    let now = events(&template);
    let (begin, span) = template.time(line);
    let mut seen = [0, 0];
    while campaign.goes_on() {
        let sandbox = template.copy();
        let moment = Moment::AfterSpawn(campaign.moment_after(begin / 2, begin / 2 + span));
        campaign.count(sandbox.kill(line, moment));
        let backup = restored(&sandbox);
        backup.run("check --deep").done();
        let there = events(&backup);
        assert!([&earlier, &now].contains(&&there), "{} lines", there.lines().count());
        seen[usize::from(there == now)] += 1;
        sandbox.run("check --deep").done();
        sandbox.run(line).done();
        assert_eq!(events(&restored(&sandbox)), now);
        let left = fs::read_dir(sandbox.directory.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains(".part")).collect();
        assert!(left.is_empty(), "{left:?}");
    }
    println!("{name}: {} times the earlier one, {} times the new one", seen[0], seen[1]);
}

/// Restores the backup with `cp`.
fn restored(sandbox: &Sandbox) -> Sandbox {
    let restored = Sandbox::new(sandbox.files);
    for (from, to) in [("b.db", "t.db"), ("bp.db", "p.db")] {
        if sandbox.directory.path().join(from).exists() {
            fs::copy(sandbox.directory.path().join(from), restored.directory.path().join(to)).unwrap();
        }
    }
    restored
}

fn events(sandbox: &Sandbox) -> String {
    sandbox.run("events list --all-spaces --json").done().out
}

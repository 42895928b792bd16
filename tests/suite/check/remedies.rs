//! Every kind of finding names a remedy that repairs it, run as printed by the real program.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use ramax::error::Remedy;
use ramax::operations::Fault;
use rusqlite::types::Value;

use super::findings::Files;
use super::newer::beside_newer;
use super::planted::{PLANTED, Planted, TO_SECOND_FILE};
use super::table::{KINDS, first_of_each};
use super::unknown_app::without_app;

/// Harmless findings, which have no remedy.
const NOTES: [&str; 13] = [
    "abandoned",
    "ahead-of-clock",
    "causes-not-indexed",
    "foreign-object",
    "lag",
    "leftover",
    "newer",
    "not-verified",
    "original-rows",
    "projections-elsewhere",
    "skipped-event",
    "undeclared",
    "unused-upcaster",
];

/// Found only by verify; a check calls it a counter.
const OF_VERIFY: [&str; 1] = ["log-count"];

/// Found only on shards, on which `tests/postgres/citus.rs` plants it.
const OF_SHARDS: [&str; 1] = ["shard-end"];

/// Runs a printed command on these files, parsed like a shell does.
pub fn run(files: &Files, line: &str) -> Output {
    let words = shlex::split(line).unwrap();
    assert_eq!(words[0], "ramax", "{line}");
    let location = files.location();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ramax"));
    command.arg("--db").arg(&location.database);
    if let Some(projections) = &location.projections {
        command.arg("--projections").arg(projections);
    }
    command.args(&words[1..]).env_remove("RAMAX_DB").output().unwrap()
}

/// Runs a printed line in a shell. It names the files.
fn run_in_a_shell(line: &str) -> Output {
    let program = shlex::try_quote(env!("CARGO_BIN_EXE_ramax")).unwrap();
    let line = line.replace("ramax --db", &format!("{program} --db"));
    Command::new("sh").args(["-c", &line]).env_remove("RAMAX_DB").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Returns all rows of the log.
fn events(files: &Files) -> Vec<Vec<Value>> {
    let connection = files.sqlite(false);
    let mut statement = connection.prepare("SELECT * FROM event_log ORDER BY pos").unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect()).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Returns the printed remedies, one for each kind of finding in each space.
fn remedies(checked: &Output) -> Vec<String> {
    let printed = text(&checked.stdout);
    printed.lines().filter_map(|line| line.trim_start().strip_prefix("→ ")).map(str::to_owned).collect()
}

/// Returns the names of the findings, each with its remedy.
fn findings(files: &Files) -> BTreeSet<(String, String)> {
    let printed = text(&run(files, "ramax check --deep --json").stdout);
    let lines = printed.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let name = |line: &serde_json::Value, field: &str| line[field].as_str().map(str::to_owned);
    lines
        .filter(|line| line["state"] == "found")
        .filter_map(|line| Some((name(&line, "finding")?, name(&line, "remedy")?)))
        .collect()
}

/// Runs the commands that move every space to a new database, which then replaces the old one.
fn transfer(files: &Files, line: &str) {
    let directory = tempfile::TempDir::new().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let spaces = ["crm_acme", "cms_staging", "crm_big"];
    let program = |line: &str| {
        let words = shlex::split(line).unwrap();
        Command::new(env!("CARGO_BIN_EXE_ramax")).args(&words[1..]).env_remove("RAMAX_DB").output().unwrap()
    };
    for space in spaces {
        let of = |command: &str| command.replace("SPACE", space).replace("FILE", &path(space));
        let mut commands = line.split('`').skip(1).step_by(2).map(of);
        let (export, import) = (commands.next().unwrap(), commands.next().unwrap());
        for ran in [run(files, &export), program(&import.replace("NEW", &path("new.db")))] {
            assert!(ran.status.success(), "{ran:?}");
        }
    }
    let new = |line: &str| text(&program(&format!("ramax --db {} {line}", path("new.db"))).stdout);
    let checked = new("check --deep");
    assert!(checked.contains("3 spaces, 1,170 events"), "{checked}");
    for space in spaces {
        let list = format!("projections list {space} --json");
        assert_eq!(new(&list), text(&run(files, &format!("ramax {list}")).stdout), "{space}");
    }
}

/// Returns the events of an undamaged space.
fn other_space(files: &Files) -> String {
    text(&run(files, "ramax events list cms_staging").stdout)
}

#[track_caller]
fn assert_found(files: &Files, kind: &str, remedy: &Remedy) {
    let named = serde_json::to_value(remedy).unwrap().as_str().unwrap().to_owned();
    let found = findings(files);
    assert!(found.contains(&(kind.to_owned(), named)), "{kind}: {found:?}");
}

/// Runs printed commands until a check finds nothing.
#[track_caller]
fn cure(files: &Files, whole: &str, kind: &str, remedy: &Remedy, what: &str) {
    let before = (*remedy != Remedy::Restore).then(|| events(files));
    let mut is_cured = false;
    let is_delete = matches!(remedy, Remedy::Delete { .. } | Remedy::Import | Remedy::Redact { .. });
    // Other findings may need their own remedy.
    for round in 0..3 {
        let checked = run(files, "ramax check --deep");
        is_cured = checked.status.success();
        if is_cured {
            assert!(round > 0, "{what}: nothing was found");
            break;
        }
        let printed = remedies(&checked);
        assert!(!printed.is_empty(), "{what}: {checked:?}");
        for line in printed {
            match line.split('`').nth(1) {
                Some(_) if line.contains("--db NEW") => {
                    transfer(files, &line);
                    return;
                }
                Some(command) => {
                    let ran = match command.starts_with("mv ") {
                        true => run_in_a_shell(command),
                        false => run(files, command),
                    };
                    // A check with repair exits with 1 if other findings are left.
                    assert!(ran.status.code().is_some_and(|code| code <= 1), "{what}: {command}: {ran:?}");
                }
                None => {
                    assert!(line.contains("use the last good backup"), "{what}: {line}");
                    // Undamaged data is still readable, unless half of the file is missing.
                    assert!(kind == "engine" || other_space(files) == whole, "{what}");
                    // A backup does not contain the damage.
                    return;
                }
            }
        }
    }
    assert!(is_cured, "{what}: {:?}", run(files, "ramax check --deep"));
    if let Some(before) = before.filter(|_| !is_delete) {
        assert_eq!(events(files), before, "{what}: no event was touched");
    }
}

#[test]
fn the_printed_command_repairs_every_damage_in_one_file() {
    cure_all(false);
}

#[test]
fn the_printed_command_repairs_every_damage_in_two_files() {
    cure_all(true);
}

fn cure_all(two: bool) {
    let (large, small) = (Files::new(two), Files::small(two));
    for whole in [&large, &small] {
        let clean = run(whole, "ramax check --deep");
        assert!(clean.status.success(), "{clean:?}");
    }
    let others = other_space(&large);
    // `damage` asserts what is found, and repairs the other rows within this process. Damage to events is the same in two
    // files.
    for kind in first_of_each().filter(|kind| !two || kind.projections) {
        let files = if kind.is_of_last_space() { &large } else { &small }.copy();
        files.sqlite(kind.projections).execute_batch(kind.sql).unwrap();
        // Opening two files sets the next space id above all ids that the projections use.
        if two && kind.finding == "numbers" && findings(&files).is_empty() {
            assert!(run(&files, "ramax check --deep").status.success(), "{}", kind.sql);
            continue;
        }
        cure(&files, &others, kind.finding, &kind.remedy, kind.sql);
    }
    let to_second_file = if two { TO_SECOND_FILE } else { &[] };
    for Planted { kind, remedy, plant } in PLANTED.iter().chain(to_second_file) {
        let files = large.copy();
        plant(&files);
        assert_found(&files, kind, remedy);
        cure(&files, &others, kind, remedy, kind);
    }
}

#[test]
fn every_kind_of_finding_has_a_tested_remedy_or_is_a_note() {
    let tried = KINDS.iter().map(|kind| kind.finding).chain(PLANTED.iter().map(|planted| planted.kind));
    let known: BTreeSet<&str> = tried.chain(NOTES).chain(OF_VERIFY).chain(OF_SHARDS).collect();
    assert_eq!(known, Fault::kinds());
}

#[test]
fn every_remedy_is_tested() {
    let planted = PLANTED.iter().chain(TO_SECOND_FILE).map(|planted| planted.remedy.clone());
    let planted = planted.chain(beside_newer()).chain([without_app()]);
    let tried = KINDS.iter().map(|kind| kind.remedy.clone()).chain(planted);
    let tried: BTreeSet<&str> = tried.map(|remedy| remedy.kind()).collect();
    assert_eq!(tried, Remedy::OF_FINDINGS.iter().map(Remedy::kind).collect());
}

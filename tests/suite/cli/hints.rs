//! Tests of advised commands: they work for every name.

use std::process::Command;

use crate::support::program::{Desk, Ran, sqlite};

const NAMES: [&str; 9] = [
    "crm a; touch PWNED",
    "crm_$(touch PWNED)",
    "crm_`touch PWNED`",
    "crm_\"'\\!x",
    "--all",
    "-x",
    "crm_\u{1b}[3J\n]",
    "crm_\u{202e}gnp",
    "crm_王小明",
];

/// Runs a command as an operator would paste it into a shell.
fn follow(desk: &Desk, command: &str) -> Ran {
    let script = format!("ramax() {{ '{}' \"$@\"; }}; {command}", env!("CARGO_BIN_EXE_ramax"));
    let mut bash = Command::new("bash");
    bash.args(["-c", &script]).current_dir(desk.directory.path()).env("RAMAX_DB", "t.db");
    let ran = bash.output().unwrap().into();
    assert!(!desk.path("PWNED").exists(), "{command}");
    ran
}

/// Returns the command between `before` and `after`.
#[track_caller]
fn told<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let command =
        text.split_once(&format!("{before}`")).and_then(|(_, rest)| rest.split_once(&format!("`{after}")));
    command.unwrap_or_else(|| panic!("no command in {text}")).0
}

#[test]
fn the_command_advised_by_a_finding_works_for_every_space_name() {
    for name in NAMES {
        let desk = Desk::new();
        desk.run_of(&["spaces", "create", "--app", "crm", "--", name]).done();
        sqlite(&desk.db()).execute_batch("UPDATE space_sequences SET mark = 1").unwrap();
        let check = desk.run("check");
        assert_eq!(check.code, 1, "{check:?}");
        follow(&desk, told(&check.out, "→ ", " resumes the interrupted delete")).done();
        assert_eq!(desk.run("spaces list --json").done().out, "", "{name}");
    }
}

#[test]
fn the_command_advised_by_a_refusal_works_for_every_space_name() {
    for name in NAMES {
        let desk = Desk::new();
        let created = desk.run_of(&["spaces", "create", "--app", "crm", "--", name]).done();
        follow(&desk, told(&created.err, "", " lists its commands")).done();
        let again = desk.run_of(&["spaces", "create", "--", name]);
        follow(&desk, told(again.error().1, "; ", " shows it")).done();
        let unknown = desk.run_of(&["run", "--", name, "dance"]);
        follow(&desk, told(unknown.error().1, "; ", " explains them")).done();
        let other = desk.run_of(&["spaces", "delete", "--confirm", "other", "--", name]);
        let (_, confirm) = other.error().1.rsplit_once("confirm it with ").unwrap();
        follow(&desk, &format!("ramax spaces delete '#1' {confirm}")).done();
    }
}

#[test]
fn the_command_advised_for_a_missing_file_works_for_every_file_name() {
    for name in ["a b.db", "$(touch PWNED).db", "-x.db", "\u{1b}c.db"] {
        let desk = Desk::new();
        let missing = desk.run_of(&[&format!("--db={name}"), "spaces", "list"]);
        let command = told(missing.error().1, "create it with ", ", or try");
        follow(&desk, command).done();
        assert!(desk.path(name).is_file(), "{name}");
    }
}

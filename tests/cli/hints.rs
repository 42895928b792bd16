//! What errors and findings tell to run does what they say, whatever names are in it.

use std::process::Command;

use super::program::{Desk, Ran, sqlite};

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

/// Runs a command as an operator would who copies it into a shell.
fn follow(desk: &Desk, command: &str) -> Ran {
    let script = format!("ramax() {{ '{}' \"$@\"; }}; {command}", env!("CARGO_BIN_EXE_ramax"));
    let mut bash = Command::new("bash");
    bash.args(["-c", &script]).current_dir(desk.directory.path()).env("RAMAX_DB", "t.db");
    let ran = bash.output().unwrap().into();
    assert!(!desk.path("PWNED").exists(), "{command}");
    ran
}

/// The command that a text tells between `before` and `after`.
#[track_caller]
fn told<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let command =
        text.split_once(&format!("{before}`")).and_then(|(_, rest)| rest.split_once(&format!("`{after}")));
    command.unwrap_or_else(|| panic!("no command in {text}")).0
}

#[test]
fn a_finding_tells_a_command_that_works_whatever_the_space_is_called() {
    for name in NAMES {
        let desk = Desk::new();
        desk.run_of(&["spaces", "create", "--app", "crm", "--", name]).done();
        sqlite(&desk.db()).execute_batch("UPDATE space_sequences SET mark = 1").unwrap();
        let check = desk.run("check");
        assert_eq!(check.code, 1, "{check:?}");
        follow(&desk, told(&check.out, "→ ", " goes on where")).done();
        assert_eq!(desk.run("spaces list --json").done().out, "", "{name}");
    }
}

#[test]
fn a_refusal_tells_a_command_that_works_whatever_the_space_is_called() {
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
fn a_missing_file_is_created_by_the_command_that_is_told_whatever_it_is_called() {
    for name in ["a b.db", "$(touch PWNED).db", "-x.db", "\u{1b}c.db"] {
        let desk = Desk::new();
        let missing = desk.run_of(&[&format!("--db={name}"), "spaces", "list"]);
        let command = told(missing.error().1, "create it with ", ", or try");
        follow(&desk, command).done();
        assert!(desk.path(name).is_file(), "{name}");
    }
}

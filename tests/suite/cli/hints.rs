//! Tests of advised commands: they work for every name.

use std::process::Command;

use crate::support::program::{Ran, Sandbox, sqlite};

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
fn follow(sandbox: &Sandbox, command: &str) -> Ran {
    let script = format!("ramax() {{ '{}' \"$@\"; }}; {command}", env!("CARGO_BIN_EXE_ramax"));
    let mut bash = Command::new("bash");
    bash.args(["-c", &script]).current_dir(sandbox.directory.path()).env("RAMAX_DB", "t.db");
    let ran = bash.output().unwrap().into();
    assert!(!sandbox.path("PWNED").exists(), "{command}");
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
        let sandbox = Sandbox::new();
        sandbox.run_of(&["spaces", "create", "--app", "crm", "--", name]).done();
        sqlite(&sandbox.db()).execute_batch("UPDATE space_sequences SET mark = 1, marked_at = 0").unwrap();
        let check = sandbox.run("check");
        assert_eq!(check.code, 1, "{check:?}");
        follow(&sandbox, told(&check.out, "→ ", " resumes the interrupted delete")).done();
        assert_eq!(sandbox.run("spaces list --json").done().out, "", "{name}");
    }
}

#[test]
fn the_command_for_an_interrupted_delete_of_an_import_keeps_its_purge() {
    let sandbox = Sandbox::new();
    sandbox.run("spaces create crm_acme").done();
    let interrupted = r#"UPDATE space_sequences SET mark = 3, marked_at = 0;
        INSERT INTO operations (started_at, operator, action, space_id, space_name, parameters, outcome)
        VALUES (1, '{}', 'delete', 1, 'crm_acme', '{"purge":true}', 'interrupted')"#;
    sqlite(&sandbox.db()).execute_batch(interrupted).unwrap();
    let check = sandbox.run("check");
    let command = told(&check.out, "→ ", " removes the incomplete space");
    assert!(command.ends_with("--purge"), "{command}");
    follow(&sandbox, command).done();
    assert_eq!(sandbox.run("spaces list --json").done().out, "");
}

#[test]
fn the_command_advised_by_a_refusal_works_for_every_space_name() {
    for name in NAMES {
        let sandbox = Sandbox::new();
        let created = sandbox.run_of(&["spaces", "create", "--app", "crm", "--", name]).done();
        follow(&sandbox, told(&created.err, "", " lists its commands")).done();
        let again = sandbox.run_of(&["spaces", "create", "--", name]);
        follow(&sandbox, told(again.error().1, "; ", " shows it")).done();
        let unknown = sandbox.run_of(&["run", "--", name, "dance"]);
        follow(&sandbox, told(unknown.error().1, "; ", " explains them")).done();
        let other = sandbox.run_of(&["spaces", "delete", "--confirm", "other", "--", name]);
        let (_, confirm) = other.error().1.rsplit_once("confirm it with ").unwrap();
        follow(&sandbox, &format!("ramax spaces delete '#1' {confirm}")).done();
    }
}

#[test]
fn the_command_advised_for_a_missing_file_works_for_every_file_name() {
    for name in ["a b.db", "$(touch PWNED).db", "-x.db", "\u{1b}c.db"] {
        let sandbox = Sandbox::new();
        let missing = sandbox.run_of(&[&format!("--db={name}"), "spaces", "list"]);
        let command = told(missing.error().1, "create it with ", ", or try");
        follow(&sandbox, command).done();
        assert!(sandbox.path(name).is_file(), "{name}");
    }
}

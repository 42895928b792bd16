//! Tests of `ramax log`.

use serde_json::Value;

use crate::support::program::{Sandbox, sqlite};

fn log(sandbox: &Sandbox, options: &str) -> Vec<Value> {
    sandbox.run(&format!("log --json {options}")).done().objects()
}

/// Returns the actions with their outcomes.
fn told(operations: &[Value]) -> Vec<String> {
    let word = |operation: &Value, name: &str| operation[name].as_str().unwrap().to_owned();
    operations.iter().map(|one| format!("{}: {}", word(one, "action"), word(one, "outcome"))).collect()
}

#[test]
fn every_operation_is_listed_with_operator_action_and_outcome() {
    let sandbox = Sandbox::new();
    sandbox.run("spaces create crm_acme --app crm").done();
    assert_eq!(sandbox.run("spaces create crm_acme --app crm").code, 1);
    sandbox.run("run crm_acme add-contact contact_id=c1 name=Ada email=ada@acme.example").done();
    assert_eq!(sandbox.run("run crm_acme add-contact contact_id=c1 name=Eve email=e@e.example").code, 1);
    sandbox.run("rebuild crm_acme").done();
    sandbox.run("catch-up crm_acme").done();
    let operations = log(&sandbox, "");
    let expected = [
        "create-space: done",
        "create-space: refused",
        "run: done",
        "run: refused",
        "rebuild: done",
        "catch-up: done",
    ];
    assert_eq!(told(&operations), expected);
    let refused = &operations[3];
    assert_eq!(refused["operator"]["face"], "cli");
    assert_eq!(refused["space_name"], "crm_acme");
    assert_eq!(refused["parameters"]["command"], "add-contact");
    assert_eq!(refused["parameters"]["name"], "Eve");
    assert!(refused["detail"].as_str().unwrap().contains("c1"), "{refused}");
    assert_eq!(operations[4]["detail"], "1 event into 5 keys");
    assert!(operations[4]["seconds"].as_f64().unwrap() >= 0.0);
    let text = sandbox.run("log").done();
    assert!(text.out.starts_with("ID  TIME"), "{text:?}");
    assert!(text.out.contains("rebuild"), "{text:?}");
}

#[test]
fn the_log_is_paged_and_filtered_by_space() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("spaces create crm_other --app crm").done();
    sandbox.run("rebuild crm_other").done();
    sandbox.run("rebuild crm_acme").done();
    assert_eq!(told(&log(&sandbox, "--reverse --limit 2")), ["rebuild: done", "rebuild: done"]);
    assert_eq!(log(&sandbox, "--space crm_other").len(), 2);
    assert_eq!(log(&sandbox, "--space #2").len(), 2);
    assert_eq!(
        sandbox.run("log --space #9").err,
        "error: there is no space #9\nhint: `ramax spaces list` shows the spaces\n"
    );
    let last = log(&sandbox, "--reverse --limit 1")[0]["operation_id"].as_u64().unwrap();
    assert!(log(&sandbox, &format!("--after {last}")).is_empty());
    assert_eq!(sandbox.run("log --space crm_none").done().err, "no entries of a space named crm_none\n");
    let mistyped = sandbox.run("log --space crm_acm").done().err;
    assert_eq!(mistyped, "no entries of a space named crm_acm; did you mean crm_acme?\n");
    let before = log(&sandbox, "--space crm_acme").len();
    sandbox.run("spaces rename crm_acme crm_berlin").done();
    for space in ["crm_acme", "crm_berlin", "#1"] {
        assert_eq!(log(&sandbox, &format!("--space {space}")).len(), before + 1, "{space}");
    }
    sandbox.run("spaces delete crm_berlin --confirm crm_berlin").done();
    assert_eq!(log(&sandbox, "--space #1").len(), before + 2, "a deleted space is still found");
}

#[test]
fn a_killed_operation_is_recorded_as_interrupted() {
    let sandbox = Sandbox::new();
    let mut child = sandbox.spawn("generate --spaces 2 --events 100000000 --progress");
    drop(child.started());
    let has_started = || {
        let rows = std::fs::exists(sandbox.db()).unwrap().then(|| {
            let sql = "SELECT count(*) FROM operations";
            sqlite(&sandbox.db()).query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap_or(0)
        });
        rows == Some(1)
    };
    while !has_started() {
        assert_eq!(child.try_wait().unwrap(), None, "it finished before it was killed");
    }
    assert_eq!(told(&log(&sandbox, "")), ["generate: running"]);
    child.kill().unwrap();
    child.wait().unwrap();
    let next = sandbox.run("log --json").done();
    assert_eq!(next.object()["outcome"], "interrupted");
    assert_eq!(told(&log(&sandbox, "")), ["generate: interrupted"]);
}

#[test]
fn control_characters_in_the_log_are_made_visible() {
    let sandbox = Sandbox::with_contacts();
    let hostile = "\u{1b}[31mred\u{202e}";
    let name = format!("name={hostile}");
    sandbox.run_of(&["run", "crm_acme", "update-contact", "contact_id=none", &name]);
    let text = sandbox.run("log").done();
    assert!(!text.out.contains('\u{1b}') && !text.out.contains('\u{202e}'), "{text:?}");
    assert!(text.out.contains("<U+202E>"), "{text:?}");
}

#[test]
fn refusals_are_recorded_with_the_reason() {
    let sandbox = Sandbox::with_contacts();
    let before = log(&sandbox, "").len();
    for refused in [
        "rebuild nosuch",
        "catch-up nosuch",
        "verify nosuch",
        "export nosuch",
        "run nosuch add-contact contact_id=c1 name=Ada email=secret@acme.example",
        "run nosuch --batch lines.jsonl",
        "run crm_acme --batch nosuch.jsonl",
        "spaces delete nosuch --confirm nosuch",
        "spaces delete crm_acme --confirm wrong",
        "spaces create x --app nope",
        "spaces create x --metadata []",
        "import nosuch.jsonl",
        "generate --spaces 1 --events 1 --app nope",
    ] {
        assert_ne!(sandbox.run(refused).code, 0, "{refused}");
    }
    let operations = log(&sandbox, &format!("--after {before}"));
    let expected = [
        "rebuild: refused",
        "catch-up: refused",
        "verify: refused",
        "export: refused",
        "run: refused",
        "run-batch: refused",
        "run-batch: refused",
        "delete: refused",
        "delete: refused",
        "create-space: refused",
        "create-space: refused",
        "import: refused",
        "generate: refused",
    ];
    assert_eq!(told(&operations), expected);
    for operation in &operations {
        assert!(!operation["detail"].as_str().unwrap().is_empty(), "{operation}");
    }
    assert_eq!(operations[4]["parameters"], serde_json::json!({ "command": "add-contact" }));
    assert_eq!(operations[8]["space_name"], "crm_acme");
    assert_eq!(operations[10]["parameters"], serde_json::json!({ "metadata": "[]" }));
    assert!(!sandbox.run("rebuild --nonsense").err.is_empty());
    assert_eq!(log(&sandbox, "").len(), before + expected.len(), "wrong usage is not an operation");
}

#[test]
fn a_refusal_leaves_no_database_behind() {
    let sandbox = Sandbox::new();
    for refused in ["spaces create x --app nope", "import nosuch.jsonl"] {
        assert_ne!(sandbox.run(refused).code, 0, "{refused}");
    }
    assert!(sandbox.files().is_empty());
}

#[test]
fn an_entry_that_cannot_be_recorded_in_a_busy_file_is_reported() {
    let sandbox = Sandbox::with_contacts();
    let before = log(&sandbox, "").len();
    let holder = sqlite(&sandbox.db());
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let told = "this was not recorded in the audit log: the database is busy";
    let looked = sandbox.run("--busy-timeout 100 verify crm_acme").done();
    assert!(looked.err.contains(told), "{looked:?}");
    let line = "--busy-timeout 100 run crm_acme add-contact contact_id=c3 name=Eve email=e@e.example";
    let refused = sandbox.run(line);
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(refused.err.contains(told), "{refused:?}");
    holder.execute_batch("ROLLBACK").unwrap();
    assert_eq!(log(&sandbox, "").len(), before);
}

#[test]
fn the_parameters_of_a_command_include_causation_and_correlation() {
    const CORRELATION: &str = "0197a5d2-8a5e-7c11-9a34-1f2b3c4d5e6f";
    let sandbox = Sandbox::with_contacts();
    let tied = format!("--causation 1 --correlation {CORRELATION}");
    sandbox.run(&format!("run crm_acme add-contact contact_id=c3 name=Eve email=e@e.example {tied}")).done();
    sandbox.feed(&format!("run crm_acme --batch - {tied}"), "").done();
    for operation in log(&sandbox, "--reverse --limit 2") {
        assert_eq!(operation["parameters"]["causation_id"], 1, "{operation}");
        assert_eq!(operation["parameters"]["correlation_id"], CORRELATION, "{operation}");
    }
}

#[test]
fn a_stopped_batch_reports_the_number_of_executed_commands() {
    let sandbox = Sandbox::with_contacts();
    let line = |id: &str| {
        format!(r#"{{"command":"add-contact","contact_id":"{id}","name":"n","email":"e@e.example"}}"#)
    };
    let stopped =
        sandbox.feed("run crm_acme --batch -", &[line("c3"), line("c1"), "nonsense".to_owned()].join("\n"));
    assert_eq!(stopped.code, 2, "{stopped:?}");
    let operation = log(&sandbox, "--reverse --limit 1").remove(0);
    let detail = operation["detail"].as_str().unwrap();
    assert!(detail.starts_with("line 3: "), "{detail}");
    assert!(detail.ends_with("(before that: 1 command executed, 1 rejected)"), "{detail}");
}

#[test]
fn a_finished_operation_is_reported_as_done_even_if_its_output_fails() {
    let sandbox = Sandbox::with_contacts();
    let full = |line: &str| {
        let device = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        crate::support::program::Ran::from(sandbox.command(line).stdout(device).output().unwrap())
    };
    for (line, done) in [
        ("run crm_acme add-contact contact_id=c3 name=Eve email=e@e.example", "the command was executed"),
        ("rebuild crm_acme", "crm_acme was rebuilt"),
        ("catch-up crm_acme --json", "crm_acme was caught up"),
        ("spaces create crm_other", "crm_other was created"),
    ] {
        let ran = full(line);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.err.contains(&format!("{done}, but the output cannot be written")), "{ran:?}");
    }
    let listed = full("spaces list");
    assert!(listed.err.starts_with("error: the output cannot be written"), "{listed:?}");
    std::fs::write(
        sandbox.path("b"),
        r#"{"command":"add-contact","contact_id":"c4","name":"n","email":"e@e.ee"}"#,
    )
    .unwrap();
    let batch = full("run crm_acme --batch b");
    assert!(batch.err.contains("(before that: 1 command executed, 0 rejected)"), "{batch:?}");
    assert!(!batch.err.contains("not executed"), "{batch:?}");
}

#[test]
fn an_empty_page_does_not_claim_that_the_log_is_empty() {
    let sandbox = Sandbox::with_contacts();
    let last = u64::MAX.to_string();
    assert_eq!(
        sandbox.run(&format!("log --after {last}")).done().err,
        format!("no entries after entry {last}\n")
    );
    assert_eq!(sandbox.run("log --after 1 --reverse").done().err, "no entries before entry 1\n");
    assert_eq!(sandbox.run("spaces list --after 9").done().err, "no spaces after #9\n");
}

#[test]
fn a_delete_interrupted_before_its_archive_resumes_with_the_archive() {
    let sandbox = Sandbox::with_contacts();
    // The state after a delete that was killed while it archived.
    let begun = r#"{"purge":false,"archive":"acme archive.jsonl"}"#;
    let file = sqlite(&sandbox.db());
    file.execute("UPDATE space_sequences SET mark = 1, marked_at = 0", []).unwrap();
    let row =
        "INSERT INTO operations (started_at, operator, action, space_id, space_name, parameters, outcome)
        VALUES (1, '{}', 'delete', 1, 'crm_acme', ?1, 'interrupted')";
    file.execute(row, [begun]).unwrap();
    drop(file);
    let command = "`ramax spaces delete crm_acme --confirm crm_acme --archive 'acme archive.jsonl'`";
    let checked = sandbox.run("check");
    assert!(checked.out.contains(command), "{checked:?}");
    let refused = sandbox.run("run crm_acme add-contact contact_id=c3 name=Eve email=e@e.example");
    assert!(refused.err.contains(command), "{refused:?}");
    let operation = log(&sandbox, "--reverse --limit 1").remove(0);
    assert_eq!(operation["parameters"]["name"], "Eve", "the space still exists: {operation}");
    let words = ["spaces", "delete", "crm_acme", "--confirm", "crm_acme", "--archive", "acme archive.jsonl"];
    sandbox.run_of(&words).done();
    assert!(sandbox.files().contains(&"acme archive.jsonl".to_owned()));
}

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::program::Sandbox;

fn add(id: &str) -> String {
    json!({"command": "add-contact", "contact_id": id, "name": "N", "email": "n@n.example"}).to_string()
}

fn lines(ids: impl IntoIterator<Item = String>) -> String {
    ids.into_iter().map(|id| add(&id) + "\n").collect()
}

#[test]
fn every_command_is_answered_in_order() {
    let sandbox = Sandbox::with_contacts();
    let input = lines((0..2500).map(|number| format!("n{number}")));
    std::fs::write(sandbox.path("batch.jsonl"), &input).unwrap();
    let ran = sandbox.run("run crm_acme --batch batch.jsonl").done();
    let answered: Vec<Value> = ran.objects().iter().map(|answer| answer["space_sequence"].clone()).collect();
    assert_eq!(answered, (3..=2502).map(Value::from).collect::<Vec<_>>());
    assert!(ran.err.starts_with("2,500 commands executed, 0 commands rejected in "), "{}", ran.err);
    sandbox.run("verify crm_acme").done();
}

#[test]
fn a_rejection_is_answered_in_order_and_exits_with_1() {
    let sandbox = Sandbox::with_contacts();
    let ran = sandbox.feed("run crm_acme --batch - --json", &lines(["n1".into(), "c1".into(), "n2".into()]));
    assert_eq!(ran.code, 1);
    let answers = ran.objects();
    assert_eq!(answers[0]["space_sequence"], 3);
    assert_eq!(answers[1]["error"]["kind"], "contact_already_exists");
    assert_eq!(answers[2]["space_sequence"], 4);
}

#[test]
fn a_rejection_carries_its_line_number_counting_blank_lines() {
    let sandbox = Sandbox::with_contacts();
    let input = format!("{}\n\n  \n{}\n\n{}\n", add("n1"), add("c1"), add("c2"));
    let ran = sandbox.feed("run crm_acme --batch -", &input);
    assert_eq!(ran.code, 1);
    let lines: Vec<Value> = ran.objects().iter().map(|answer| answer["line"].clone()).collect();
    assert_eq!(lines, [Value::Null, 4.into(), 6.into()]);
}

#[test]
fn a_bad_line_in_a_file_is_reported_and_nothing_is_executed() {
    let sandbox = Sandbox::with_contacts();
    for (bad, kind) in [
        ("{\"command\":", "invalid_json"),
        ("[1]", "invalid_json"),
        ("{\"contact_id\":\"c9\"}", "invalid_line"),
        ("{\"command\":\"frobnicate\"}", "unknown_command"),
        ("{\"command\":\"add-contact\"}", "missing_field"),
        ("{\"command\":\"add-contact\",\"contact_id\":{}}", "invalid_field"),
        ("{\"command\":\"add-contact\",\"phone\":\"1\"}", "unknown_field"),
        ("{\"command\":\"add-contact\",\"expect\":\"1\"}", "invalid_field"),
        ("{\"command\":\"add-contact\",\"expect\":1.0}", "invalid_field"),
        ("{\"command\":\"add-contact\",\"contact_id\":\"a\",\"contact_id\":\"a\"}", "invalid_field"),
        ("{\"command\":\"add-contact\",\"command\":\"add-contact\"}", "invalid_field"),
        ("{\"command\":\"add-contact\",\"contact_id\":\"\\ud83d\"}", "invalid_field"),
    ] {
        let input = format!("{}\n\n{bad}\n", add("n1"));
        std::fs::write(sandbox.path("batch.jsonl"), input).unwrap();
        let ran = sandbox.run("run crm_acme --batch batch.jsonl --json");
        let error = ran.json_error();
        assert_eq!((ran.code, error["kind"].as_str()), (2, Some(kind)), "{bad}");
        assert!(error["message"].as_str().unwrap().starts_with("line 3: "), "{error}");
        assert!(error["hint"].as_str().unwrap().contains("nothing was executed"), "{error}");
    }
    assert_eq!(sandbox.run("events list crm_acme --json").done().objects().len(), 2);
}

#[test]
fn a_number_is_kept_digit_by_digit() {
    let sandbox = Sandbox::with_contacts();
    let line = |id: &str| format!(r#"{{"command":"add-contact","contact_id":{id},"name":1.10,"email":"e"}}"#);
    let ids = ["12345678901234567890123", "12345678901234567890124", "1e400"];
    let ran = sandbox.feed("run crm_acme --batch -", &ids.map(line).join("\n"));
    assert_eq!((ran.code, ran.objects().len()), (0, 3), "{ran:?}");
    for id in ids {
        let contact = sandbox.run(&format!("projections get crm_acme contact:{id} --json")).done();
        assert_eq!(contact.object()["value"]["name"], "1.10");
    }
}

#[test]
fn a_bad_line_from_a_pipe_ends_the_batch_after_the_lines_before_it() {
    let sandbox = Sandbox::with_contacts();
    let ran = sandbox.feed("run crm_acme --batch -", &format!("{}\nnonsense\n{}\n", add("n1"), add("n2")));
    assert_eq!(ran.code, 2);
    assert_eq!(ran.object()["space_sequence"], 3);
    assert!(ran.error().0.starts_with("line 2: not a JSON object"), "{ran:?}");
    assert_eq!(sandbox.run("events list crm_acme --json").done().objects().len(), 3);
}

#[test]
fn a_sender_that_waits_for_each_answer_gets_it() {
    let sandbox = Sandbox::with_contacts();
    let mut child = sandbox.command("run crm_acme --batch -").stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for sequence in 3..10 {
        writeln!(stdin, "{}", add(&format!("n{sequence}"))).unwrap();
        let answer: Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        assert_eq!(answer["space_sequence"], sequence);
        // The answer came after the commit, so another process sees the event.
        assert_eq!(sandbox.run("spaces show crm_acme --json").done().object()["events"], sequence);
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_line_may_contain_conditions() {
    let sandbox = Sandbox::with_contacts();
    let mut line: Value = serde_json::from_str(&add("n1")).unwrap();
    line["idempotency_key"] = "k1".into();
    line["causation_id"] = 1.into();
    let again = line.to_string();
    let mut late: Value = serde_json::from_str(&add("n2")).unwrap();
    late["expect"] = 1.into();
    let mut of_entity: Value = serde_json::from_str(&add("n3")).unwrap();
    of_entity["expect_entity"] = json!({"n1": 3, "n3": 0});
    let stale = of_entity.to_string().replace("\"n3\"", "\"n4\"").replace(":3", ":1");
    let text = format!("{line}\n{again}\n{late}\n{of_entity}\n{stale}\n");
    let ran = sandbox.feed("run crm_acme --batch -", &text);
    assert_eq!(ran.code, 1);
    let answers = ran.objects();
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[2]["error"]["kind"], "conflict");
    assert_eq!(answers[3]["space_sequence"], 4);
    assert_eq!(answers[4]["error"]["kind"], "conflict");
    assert_eq!(sandbox.run("events show 3 --json").done().object()["causation_id"], 1);
}

#[test]
fn a_line_may_add_metadata_to_that_of_the_batch() {
    let sandbox = Sandbox::with_contacts();
    let mut line: Value = serde_json::from_str(&add("n1")).unwrap();
    line["metadata"] = json!({"reason": "own", "n": 1});
    let text = format!("{line}\n{}\n", add("n2"));
    sandbox.feed("run crm_acme --batch - --meta reason=all --meta client=job", &text).done();
    let metadata = |id| sandbox.run(&format!("events show {id} --json")).done().object()["metadata"].clone();
    let of_process = metadata(1)["actor"].clone();
    assert_eq!(metadata(3), json!({"reason": "own", "n": 1, "client": "job", "actor": of_process}));
    assert_eq!(metadata(4), json!({"reason": "all", "client": "job", "actor": of_process}));
    for bad in [json!([]), json!({"$x": 1}), json!("x"), Value::Null] {
        line["metadata"] = bad;
        let ran = sandbox.feed("run crm_acme --batch - --json", &format!("{line}\n"));
        assert_eq!((ran.code, ran.json_error()["kind"].as_str()), (2, Some("invalid_field")), "{line}");
    }
}

#[test]
fn conditions_accept_their_former_names_but_not_both_at_once() {
    let sandbox = Sandbox::with_contacts();
    let id = "0123e456-7890-4bcd-8ef0-123456789abc";
    let mut line: Value = serde_json::from_str(&add("n1")).unwrap();
    (line["causation"], line["correlation"]) = (1.into(), id.into());
    sandbox.feed("run crm_acme --batch -", &line.to_string()).done();
    let event = sandbox.run("events show 3 --json").done().object();
    assert_eq!((&event["causation_id"], &event["correlation_id"]), (&1.into(), &id.into()));
    line["causation_id"] = 2.into();
    let refused = sandbox.feed("run crm_acme --batch -", &line.to_string());
    assert_eq!(refused.code, 2);
    assert!(refused.error().0.starts_with("line 1: causation_id is given under two names"), "{refused:?}");
}

#[test]
fn an_idempotency_key_has_a_maximum_length() {
    let sandbox = Sandbox::with_contacts();
    let mut line: Value = serde_json::from_str(&add("n1")).unwrap();
    line["idempotency_key"] = "k".repeat(1001).into();
    let refused = sandbox.feed("run crm_acme --batch -", &line.to_string());
    assert_eq!(refused.code, 1);
    let message = refused.object()["error"]["message"].clone();
    assert_eq!(message, "idempotency_key: must have at most 1,000 characters");
    let hint = refused.object()["error"]["hint"].clone();
    assert!(hint.as_str().unwrap().starts_with("choose a short key"), "{hint}");
    line["idempotency_key"] = "k".repeat(1000).into();
    sandbox.feed("run crm_acme --batch -", &line.to_string()).done();
}

#[test]
fn numbers_and_booleans_are_read_as_text() {
    let sandbox = Sandbox::with_contacts();
    let line = r#"{"command":"add-contact","contact_id":7,"name":true,"email":"n@n.example"}"#;
    sandbox.feed("run crm_acme --batch -", line).done();
    assert_eq!(
        sandbox.run("projections get crm_acme contact:7 --json").done().object()["value"]["name"],
        "true"
    );
}

#[test]
fn a_missing_batch_file_is_wrong_usage() {
    let ran = Sandbox::with_contacts().run("run crm_acme --batch none.jsonl");
    assert_eq!(ran.code, 2);
    assert!(ran.error().0.contains("none.jsonl"));
}

/// Creates a sandbox whose space has an event of the year 2200.
fn with_a_time_ahead() -> Sandbox {
    let sandbox = Sandbox::with_contacts();
    let store = sandbox.store();
    let acme = store.events().find_space("crm_acme").unwrap().unwrap().space;
    let new = [ramax::NewEvent::new("e", "note.taken", ramax::Json::of(&json!({})))];
    let now = ramax::Timestamp(7_258_118_400_000);
    let append = ramax::Append { expected: ramax::Expected::Any, now, events: &new };
    store.events().append(acme.space_id, append).unwrap();
    sandbox
}

#[test]
fn an_import_or_a_fork_of_a_time_ahead_of_the_clock_causes_a_warning() {
    let sandbox = with_a_time_ahead();
    let text = sandbox.run("export crm_acme").done().out;
    let imported = sandbox.feed("import - --into crm_copy", &text).done();
    let forked = sandbox.run("spaces fork crm_acme crm_fork").done();
    for ran in [imported, forked] {
        assert_eq!(
            ran.err.matches("warning: the time of the last event is 2200-01-01").count(),
            1,
            "{ran:?}"
        );
        assert!(ran.err.contains("except in a fork up to an earlier event"), "{ran:?}");
    }
    // The way out that the warning names.
    let forked = sandbox.run("spaces fork crm_acme crm_now --at 2").done();
    assert!(!forked.err.contains("warning"), "{forked:?}");
    let ran = sandbox.run("run crm_now add-contact contact_id=c9 name=N email=e").done();
    assert!(!ran.err.contains("warning"), "{ran:?}");
}

#[test]
fn a_time_ahead_of_the_clock_causes_one_warning_per_run() {
    let sandbox = with_a_time_ahead();
    let line =
        |id: &str| format!(r#"{{"command":"add-contact","contact_id":"{id}","name":"N","email":"e"}}"#);
    let batch = sandbox.feed("run crm_acme --batch -", &format!("{}\n{}\n", line("b1"), line("b2"))).done();
    let single = sandbox.run("run crm_acme add-contact contact_id=c9 name=N email=e").done();
    for ran in [batch, single] {
        assert_eq!(
            ran.err.matches("warning: the time of the last event is 2200-01-01").count(),
            1,
            "{ran:?}"
        );
    }
}

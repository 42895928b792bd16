//! `ramax log`.

use std::io::{BufRead, BufReader};

use serde_json::Value;

use super::program::{Desk, sqlite};

fn log(desk: &Desk, options: &str) -> Vec<Value> {
    desk.run(&format!("log --json {options}")).done().objects()
}

/// What was done, and what came of it.
fn told(operations: &[Value]) -> Vec<String> {
    let word = |operation: &Value, name: &str| operation[name].as_str().unwrap().to_owned();
    operations.iter().map(|one| format!("{}: {}", word(one, "action"), word(one, "outcome"))).collect()
}

#[test]
fn every_operation_is_told_with_who_what_and_outcome() {
    let desk = Desk::new();
    desk.run("spaces create crm_acme --app crm").done();
    assert_eq!(desk.run("spaces create crm_acme --app crm").code, 1);
    desk.run("run crm_acme add-contact contact_id=c1 name=Ada email=ada@acme.example").done();
    assert_eq!(desk.run("run crm_acme add-contact contact_id=c1 name=Eve email=e@e.example").code, 1);
    desk.run("rebuild crm_acme").done();
    desk.run("catch-up crm_acme").done();
    let operations = log(&desk, "");
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
    assert_eq!(operations[4]["detail"], "1 event into 2 keys");
    assert!(operations[4]["seconds"].as_f64().unwrap() >= 0.0);
    let text = desk.run("log").done();
    assert!(text.out.starts_with("ID  TIME"), "{text:?}");
    assert!(text.out.contains("rebuild"), "{text:?}");
}

#[test]
fn the_log_is_paged_and_asked_for_one_space() {
    let desk = Desk::with_contacts();
    desk.run("spaces create crm_other --app crm").done();
    desk.run("rebuild crm_other").done();
    desk.run("rebuild crm_acme").done();
    assert_eq!(told(&log(&desk, "--reverse --limit 2")), ["rebuild: done", "rebuild: done"]);
    assert_eq!(log(&desk, "--space crm_other").len(), 2);
    let last = log(&desk, "--reverse --limit 1")[0]["operation_id"].as_u64().unwrap();
    assert!(log(&desk, &format!("--after {last}")).is_empty());
    assert_eq!(desk.run("log --space crm_none").done().err, "nothing was done yet\n");
}

#[test]
fn an_operation_that_was_killed_is_found_to_be_interrupted() {
    let desk = Desk::new();
    let mut child = desk.spawn("generate --spaces 2 --events 100000000");
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut String::new()).unwrap();
    let is_begun = || {
        let rows = std::fs::exists(desk.db()).unwrap().then(|| {
            let sql = "SELECT count(*) FROM operations";
            sqlite(&desk.db()).query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap_or(0)
        });
        rows == Some(1)
    };
    while !is_begun() {
        std::thread::yield_now();
    }
    assert_eq!(told(&log(&desk, "")), ["generate: running"]);
    child.kill().unwrap();
    child.wait().unwrap();
    let next = desk.run("log --json").done();
    assert_eq!(next.object()["outcome"], "interrupted");
    assert_eq!(told(&log(&desk, "")), ["generate: interrupted"]);
}

#[test]
fn what_is_said_in_the_log_is_shown_safely() {
    let desk = Desk::with_contacts();
    let hostile = "\u{1b}[31mred\u{202e}";
    let name = format!("name={hostile}");
    desk.run_of(&["run", "crm_acme", "update-contact", "contact_id=none", &name]);
    let text = desk.run("log").done();
    assert!(!text.out.contains('\u{1b}') && !text.out.contains('\u{202e}'), "{text:?}");
    assert!(text.out.contains("<U+202E>"), "{text:?}");
}

#[test]
fn a_page_with_nothing_on_it_does_not_say_that_nothing_was_done() {
    let desk = Desk::with_contacts();
    assert_eq!(desk.run("log --limit 0").done().err, "");
    let last = u64::MAX.to_string();
    assert_eq!(
        desk.run(&format!("log --after {last}")).done().err,
        format!("nothing was done after operation {last}\n")
    );
    assert_eq!(desk.run("log --after 1 --reverse").done().err, "nothing was done before operation 1\n");
    assert_eq!(desk.run("spaces list --limit 0").done().err, "");
    assert_eq!(desk.run("spaces list --after 9").done().err, "no spaces after 9\n");
}

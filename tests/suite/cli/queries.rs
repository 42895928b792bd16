//! Tests of `--where` and `events trace`.

use std::io::{BufRead, BufReader};

use crate::support::program::{Ran, Sandbox, rows, sqlite};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("run crm_acme update-contact contact_id=c1 name=Countess").done();
    sandbox.run("spaces create cms_blog").done();
    sandbox.run("run cms_blog publish-article article_id=a1 title=T content=Ada --causation 3").done();
    sandbox
}

fn ids(ran: &Ran) -> Vec<u64> {
    ran.objects().iter().map(|object| object["event_id"].as_u64().unwrap()).collect()
}

fn listed(sandbox: &Sandbox, stream: &str, query: &str) -> Vec<u64> {
    ids(&sandbox.run_of(&["events", "list", stream, "--json", "--where", query]).done())
}

#[test]
fn a_query_filters_the_events_of_one_space_and_of_all() {
    let sandbox = sandbox();
    assert_eq!(listed(&sandbox, "crm_acme", "type:*.added entity:c1"), [1]);
    assert_eq!(listed(&sandbox, "crm_acme", "entity:c1 after:1h"), [1, 3]);
    assert_eq!(listed(&sandbox, "crm_acme", "-entity:c1 before:2020-01-01"), [0; 0]);
    assert_eq!(listed(&sandbox, "--all-spaces", "ada"), [1, 4]);
    assert_eq!(listed(&sandbox, "--all-spaces", "id:2..3 payload.contact_id=c1"), [3]);
    assert_eq!(listed(&sandbox, "--all-spaces", "causation:3"), [4]);
    let event = sandbox.run("events show 1 --json").done().object();
    let correlation = event["correlation_id"].as_str().unwrap();
    assert_eq!(listed(&sandbox, "--all-spaces", &format!("correlation:{correlation}")), [1]);
    let prefix = &correlation[..correlation.len() - 1];
    assert!(listed(&sandbox, "--all-spaces", &format!("correlation:{prefix}")).contains(&1));
    let table = sandbox.run_of(&["events", "list", "crm_acme", "--where", "\"countess\""]).done().out;
    assert_eq!(rows(&table).iter().map(|row| row[0]).collect::<Vec<_>>(), ["3"]);
}

#[test]
fn a_query_combines_with_a_cursor_a_limit_an_entity_and_a_direction() {
    let sandbox = sandbox();
    let list =
        |line: &str| ids(&sandbox.run(&format!("events list crm_acme --json --where type:* {line}")).done());
    assert_eq!(list("--after 1 --limit 1"), [2]);
    assert_eq!(list("--reverse --limit 2"), [3, 2]);
    assert_eq!(list("--entity c1 --reverse"), [3, 1]);
}

#[test]
fn a_query_without_matches_reports_the_number_of_events_searched() {
    let sandbox = sandbox();
    let ran = sandbox.run("events list crm_acme --where nobody").done();
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", "no events match; 3 events searched\n"));
    let ran = sandbox.run("events list crm_acme --where seq:2..2,000+").code;
    assert_eq!(ran, 2);
}

#[test]
fn an_invalid_query_is_wrong_usage_with_position_and_reason() {
    let sandbox = sandbox();
    for command in ["list", "follow"] {
        let ran = sandbox.run_of(&["events", command, "crm_acme", "--where", "山田 seq:9..1 x"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.starts_with("  山田 seq:9..1 x\n           ^^^^\n"), "{}", ran.err);
        assert_eq!(ran.error().0, "the range 9..1 ends before it begins, in column 8");
        assert_eq!(ran.error().1, "write 1..9");
    }
    let ran = sandbox.run_of(&["events", "list", "crm_acme", "--json", "--where", "typ:x"]);
    let error = ran.json_error();
    assert_eq!((ran.code, error["kind"].as_str()), (2, Some("bad_query")));
    assert_eq!(error["message"], "there is no field \"typ\", in column 1");
    assert!(error["hint"].as_str().unwrap().starts_with("did you mean type?"), "{error}");
    let hostile = sandbox.run_of(&["events", "list", "crm_acme", "--where", "\u{1b}[31m:x\u{202e}"]);
    assert_eq!(hostile.code, 2);
    assert!(!hostile.err.contains(['\u{1b}', '\u{202e}']), "{}", hostile.err);
}

#[test]
fn the_help_of_a_list_explains_the_query_language() {
    let help = Sandbox::new().run("events list --help").done().out;
    for word in ["--where <QUERY>", "type:contact.*", "payload.email~acme", "correlation:67e55044"] {
        assert!(help.contains(word), "{word}: {help}");
    }
}

#[test]
fn following_shows_matches_and_ends_when_no_more_can_come() {
    let sandbox = sandbox();
    let mut child = sandbox.spawn("events follow crm_acme --json --after 0 --limit 2 --where entity:c2");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<serde_json::Value>(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["event_id"], 2);
    sandbox.run("run crm_acme add-contact contact_id=c3 name=N email=n@n.example").done();
    sandbox.run("run crm_acme update-contact contact_id=c2 name=Grace_H").done();
    assert_eq!(next()["space_sequence"], 5);
    assert!(child.wait().unwrap().success());
    let over = sandbox.run("events follow crm_acme --json --after 0 --where seq:..2").done();
    assert_eq!(ids(&over), [1, 2]);
}

#[test]
fn an_event_is_traced_to_its_root_and_to_its_effects_in_all_spaces() {
    let sandbox = sandbox();
    sandbox.run("run crm_acme update-contact contact_id=c2 name=G --causation 4").done();
    sandbox.run("run crm_acme update-contact contact_id=c2 name=H --causation 3").done();
    let objects = sandbox.run("events trace 4 --json").done().objects();
    let shape: Vec<(u64, u64)> = objects
        .iter()
        .map(|object| (object["depth"].as_u64().unwrap(), object["event_id"].as_u64().unwrap()))
        .collect();
    assert_eq!(shape, [(0, 3), (1, 4), (2, 5), (1, 6)]);
    assert_eq!((&objects[1]["space_name"], &objects[1]["causation_id"]), (&"cms_blog".into(), &3.into()));
    let ran = sandbox.run("events trace 4").done();
    let lines: Vec<&str> = ran.out.lines().skip(1).collect();
    assert!(
        lines[0].starts_with("3 ") && lines[1].starts_with("  4 ◂") && lines[2].starts_with("    5"),
        "{ran:?}"
    );
    assert_eq!(ran.err, "", "the tree is complete");
    assert_eq!(sandbox.run("events trace 99").code, 1);
}

#[test]
fn effects_are_found_in_an_imported_space_and_in_a_backup() {
    let sandbox = sandbox();
    sandbox.run("run crm_acme update-contact contact_id=c2 name=G --causation 3").done();
    sandbox.run("export crm_acme --output acme.jsonl").done();
    sandbox.run("import acme.jsonl --into crm_copy").done();
    assert_eq!(ids(&sandbox.run("events trace 8 --json").done()), [8, 9]);
    sandbox.run("backup copy.db").done();
    assert_eq!(ids(&sandbox.run("--db copy.db events trace 3 --json").done()), [3, 4, 5]);
    sandbox.run("--db copy.db spaces delete crm_acme --confirm crm_acme").done();
    let alone = sandbox.run("--db copy.db events trace 4 --json").done().objects();
    assert_eq!(
        (alone.len(), &alone[0]["event_id"], &alone[1]["cause"]),
        (2, &4.into(), &3.into()),
        "{alone:?}"
    );
    sandbox.run("--db copy.db check --deep").done();
}

#[test]
fn an_incomplete_trace_says_so_in_text_and_json() {
    let sandbox = sandbox();
    for name in ["G", "H"] {
        sandbox.run(&format!("run crm_acme update-contact contact_id=c2 name={name} --causation 3")).done();
    }
    let ran = sandbox.run("events trace 3 --look 2").done();
    assert!(ran.err.contains("2 events read for effects; there are more: --look N reads further"), "{ran:?}");
    let objects = sandbox.run("events trace 3 --look 2 --json").done().objects();
    assert_eq!((objects.len(), &objects[3]), (4, &serde_json::json!({"whole": false, "looked_at": 2})));
    assert_eq!(sandbox.run("events trace 3 --look 3").done().err, "");
}

#[test]
fn a_trace_of_effects_before_the_index_says_where_it_stopped_in_text_and_json() {
    let sandbox = sandbox();
    sandbox.run("generate --spaces 1 --events 100").done();
    sqlite(&sandbox.db()).execute_batch("UPDATE store SET causes_after = 104").unwrap();
    let ran = sandbox.run("events trace 3 --look 10").done();
    assert!(ran.err.contains("10 events searched for effects (after 3 to 13)"), "{ran:?}");
    assert!(ran.err.contains("later ones up to event 104 were not: --look N searches further"), "{ran:?}");
    let objects = sandbox.run("events trace 3 --look 10 --json").done().objects();
    assert_eq!((&objects[2]["whole"], &objects[2]["looked_to"]), (&false.into(), &13.into()));
    assert!(sandbox.run("check").done().out.contains("cause index  begins after event 104"));
    sandbox.run("check --repair").done();
    assert_eq!(sandbox.run("events trace 3 --look 10").done().err, "");
}

#[test]
fn a_cause_in_a_deleted_space_is_reported() {
    let sandbox = sandbox();
    sandbox.run("spaces delete crm_acme --confirm crm_acme").done();
    let ran = sandbox.run("events trace 4").done();
    assert!(ran.err.contains("event 3, which caused event 4, no longer exists"), "{ran:?}");
}

use std::io::{BufRead, BufReader};

use crate::support::program::{Sandbox, rows};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("spaces create cms_blog").done();
    sandbox.run("run cms_blog publish-article article_id=a1 title=T content=X").done();
    sandbox.run("run crm_acme update-contact contact_id=c1 name=Countess").done();
    sandbox
}

/// Returns a field of every object, as text.
fn field(ran: &crate::support::program::Ran, name: &str) -> Vec<String> {
    ran.objects().iter().map(|object| object[name].to_string()).collect()
}

#[test]
fn events_are_listed_as_a_table_and_as_json() {
    let sandbox = sandbox();
    let table = sandbox.run("events list crm_acme").done().out;
    assert!(table.starts_with("SEQ  TIME"), "{table}");
    assert_eq!(
        rows(&table).iter().map(|row| row[2]).collect::<Vec<_>>(),
        ["contact.added", "contact.added", "contact.updated"]
    );
    let first = sandbox.run("events list crm_acme --json --limit 1").done().object();
    assert_eq!(first["event_id"], 1);
    assert_eq!(first["space_sequence"], 1);
    assert_eq!(first["space_name"], "crm_acme");
    assert_eq!(first["entity_id"], "c1");
    assert_eq!(first["event_type"], "contact.added");
    assert_eq!(first["payload"]["name"], "Ada");
    assert!(first["timestamp"].as_str().unwrap().ends_with('Z'));
    assert!(first["causation_id"].is_null() && first["correlation_id"].is_string());
}

#[test]
fn a_page_starts_after_its_cursor_in_either_direction() {
    let sandbox = sandbox();
    let sequences = |line: &str| field(&sandbox.run(line).done(), "space_sequence");
    assert_eq!(sequences("events list crm_acme --json"), ["1", "2", "3"]);
    assert_eq!(sequences("events list crm_acme --json --after 1 --limit 1"), ["2"]);
    assert_eq!(sequences("events list crm_acme --json --reverse"), ["3", "2", "1"]);
    assert_eq!(sequences("events list crm_acme --json --reverse --after 3 --limit 1"), ["2"]);
    assert_eq!(sequences("events list crm_acme --json --after 3"), [""; 0]);
    assert_eq!(sequences("events list crm_acme --json --entity c1"), ["1", "3"]);
    assert_eq!(sequences("events list crm_acme --json --entity c1 --reverse --limit 1"), ["3"]);
}

#[test]
fn a_range_of_sequences_is_listed_in_either_direction() {
    let sandbox = Sandbox::new();
    sandbox.run("generate --spaces 1 --events 1234").done();
    let sequences = |options: &str| {
        field(&sandbox.run(&format!("events list #1 --json {options}")).done(), "space_sequence")
    };
    let range = |range: std::ops::RangeInclusive<u64>| range.map(|n| n.to_string()).collect::<Vec<_>>();
    let reversed =
        |numbers: std::ops::RangeInclusive<u64>| numbers.rev().map(|n| n.to_string()).collect::<Vec<_>>();
    assert_eq!(sequences("--before 4"), range(1..=3));
    assert_eq!(sequences("--before 4 --limit 2"), range(1..=2));
    assert_eq!(sequences("--before 4 --reverse --limit 2"), reversed(2..=3));
    assert_eq!(sequences("--before 1100 --reverse"), reversed(1..=1099));
    assert_eq!(sequences("--after 2 --before 1200"), range(3..=1199));
    assert_eq!(sequences("--after 2 --before 1200 --reverse"), reversed(3..=1199));
    assert_eq!(sequences("--after 1230 --before 9999"), range(1231..=1234));
    assert_eq!(sequences("--before 9 --where seq:7.."), range(7..=8));
    for nothing in ["--before 0", "--before 1", "--after 3 --before 4", "--before 9 --where seq:9.."] {
        assert_eq!(sequences(nothing), [""; 0], "{nothing}");
    }
    let refused = sandbox.run("events list #1 --after 4 --before 4");
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("no event is after 4 and before 4"), "{}", refused.err);
}

#[test]
fn all_spaces_are_listed_by_event_id() {
    let sandbox = sandbox();
    let all = sandbox.run("events list --all-spaces --json").done();
    assert_eq!(field(&all, "event_id"), ["1", "2", "3", "4"]);
    assert_eq!(field(&all, "space_name")[2], "\"cms_blog\"");
    let page = sandbox.run("events list --all-spaces --json --after 2 --limit 1").done();
    assert_eq!(field(&page, "event_id"), ["3"]);
    let page = sandbox.run("events list --all-spaces --json --after 1 --before 4 --reverse").done();
    assert_eq!(field(&page, "event_id"), ["3", "2"]);
    assert_eq!(sandbox.run("events list crm_acme --all-spaces").code, 2);
    assert_eq!(sandbox.run("events list --all-spaces --entity c1").code, 2);
}

#[test]
fn a_list_longer_than_a_page_is_complete() {
    let sandbox = Sandbox::new();
    sandbox.run("generate --spaces 1 --events 1234").done();
    let listed = field(&sandbox.run("events list crm_load_0001 --json").done(), "space_sequence");
    assert_eq!(listed, (1..=1234).map(|sequence| sequence.to_string()).collect::<Vec<_>>());
    assert_eq!(sandbox.run("events list crm_load_0001").done().out.lines().count(), 1235);
    assert_eq!(sandbox.run("events list --all-spaces --limit 777").done().out.lines().count(), 778);
}

#[test]
fn an_event_is_shown_in_full() {
    let sandbox = sandbox();
    let text = sandbox.run("events show 4").done().out;
    assert!(
        text.contains("type         contact.updated") && text.contains("\"name\": \"Countess\""),
        "{text}"
    );
    assert_eq!(sandbox.run("events show 4 --json").done().object()["space_sequence"], 3);
    let missing = sandbox.run("events show 5");
    assert_eq!(missing.code, 1);
    assert_eq!(missing.error().0, "there is no event 5");
}

#[test]
fn a_damaged_event_is_shown_and_reported() {
    let sandbox = sandbox();
    crate::support::program::sqlite(&sandbox.db())
        .execute("UPDATE event_log SET entity_id = 'c9' WHERE event_id = 2", [])
        .unwrap();
    let ran = sandbox.run("events show 2");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("entity       c9"), "{ran:?}");
    assert!(ran.error().0.starts_with("event 2 is damaged: its checksum does not match"), "{ran:?}");
    assert!(ran.error().1.contains("backup"), "{ran:?}");
    let ran = sandbox.run("events show 2 --json");
    assert_eq!(
        (&ran.object()["intact"], &ran.json_error()["kind"]),
        (&false.into(), &"damaged_event".into())
    );
}

#[test]
fn only_damaged_events_are_marked_in_a_list() {
    let sandbox = sandbox();
    let types = |line: &str| -> Vec<String> {
        let out = sandbox.run(line).done().out;
        out.lines().skip(1).map(|line| line[line.find("Z  ").unwrap() + 3..].to_owned()).collect()
    };
    assert!(types("events list crm_acme").iter().all(|line| line.starts_with("contact.")));
    assert!(!sandbox.run("events list crm_acme --json").done().out.contains("intact"));
    crate::support::program::sqlite(&sandbox.db())
        .execute("UPDATE event_log SET entity_id = 'c9' WHERE event_id = 2", [])
        .unwrap();
    for line in ["events list crm_acme", "events follow crm_acme --after 0 --limit 3"] {
        let marked: Vec<bool> = types(line).iter().map(|line| line.starts_with("✗ contact.added")).collect();
        assert_eq!(marked, [false, true, false], "{line}");
        let said = sandbox.run(line).err;
        assert!(said.contains("✗ 1 event damaged; `ramax events show EVENT_ID` says how"), "{line}: {said}");
        assert_eq!(
            field(&sandbox.run(&format!("{line} --json")).done(), "intact"),
            ["null", "false", "null"]
        );
    }
}

#[test]
fn following_shows_the_events_of_another_process() {
    let sandbox = sandbox();
    let mut child = sandbox.spawn("events follow crm_acme --json --after 2 --limit 3");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<serde_json::Value>(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["space_sequence"], 3);
    for sequence in [4, 5] {
        sandbox
            .run(&format!("run crm_acme add-contact contact_id=n{sequence} name=N email=n@n.example"))
            .done();
        assert_eq!(next()["space_sequence"], sequence);
    }
    assert!(child.wait().unwrap().success());
}

#[test]
fn following_all_spaces_continues_after_a_cursor_only_in_the_store_that_it_came_from() {
    let sandbox = sandbox();
    let follow = "--json events follow --all-spaces";
    let first = sandbox.run(&format!("{follow} --after 0 --limit 2")).done().objects();
    let cursor = first[1]["cursor"].as_str().unwrap().to_owned();
    let next = sandbox.run(&format!("{follow} --after {cursor} --limit 1")).done().object();
    assert_eq!((&first[1]["event_id"], &next["event_id"]), (&2.into(), &3.into()));
    assert_ne!(next["cursor"].as_str().unwrap(), cursor);
    let of_a_space = sandbox.run(&format!("events follow crm_acme --after {cursor} --json"));
    assert_eq!(
        (of_a_space.code, of_a_space.json_error()["hint"].as_str().unwrap().contains("--all-spaces")),
        (2, true)
    );

    sandbox.run("backup copy.db").done();
    sandbox.run("--db copy.db spaces create crm_later").done();
    sandbox.run("--db other.db spaces create crm_acme").done();
    for (database, reason) in [("copy.db", "another copy of this store"), ("other.db", "another store")] {
        let refused = sandbox.run(&format!("{follow} --db {database} --after {cursor}"));
        let error = refused.json_error();
        assert_eq!((refused.code, &error["kind"]), (1, &"invalid_cursor".into()));
        assert!(error["message"].as_str().unwrap().contains(reason), "{error}");
        assert!(error["hint"].as_str().unwrap().contains("start again"), "{error}");
    }
}

#[test]
fn following_after_the_end_is_refused() {
    let sandbox = sandbox();
    for stream in ["crm_acme", "--all-spaces"] {
        let refused = sandbox.run(&format!("--json events follow {stream} --after 9999"));
        let error = refused.json_error();
        assert_eq!((refused.code, &error["kind"]), (1, &"invalid_cursor".into()));
        assert!(error["message"].as_str().unwrap().contains("after the last event"), "{error}");
    }
}

#[test]
fn following_a_space_ends_with_its_deletion() {
    let sandbox = sandbox();
    let mut child = sandbox.spawn("--json events follow crm_acme --after 0");
    let _stdout = child.first_line();
    sandbox.run("spaces delete crm_acme --confirm crm_acme").done();
    let ran = child.finish();
    assert_eq!((ran.code, ran.json_error()["kind"].as_str()), (1, Some("unknown_space")));
}

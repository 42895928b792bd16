//! The past on the command line.

use serde_json::{Value, json};

use crate::support::program::{Sandbox, rows, sqlite};
use crate::support::{append, event};

/// A space in which c1 has three addresses: at 1, 3 and 4.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_contacts();
    for email in ["b@acme.example", "c@other.example"] {
        sandbox.run(&format!("run crm_acme update-contact contact_id=c1 name=Ada email={email}")).done();
    }
    sandbox
}

#[test]
fn the_changes_of_an_event_are_shown_by_key_and_field() {
    let sandbox = sandbox();
    let text = sandbox.run("events show 4 --changes").done().out;
    assert!(text.contains("\nchanges  6 keys\n  contact:c1\n"), "{text}");
    assert!(text.contains("    email  \"b@acme.example\" → \"c@other.example\"\n"), "{text}");
    assert!(
        text.contains("  contacts_by_domain  domain:other.example  (new)\n    + contacts  1\n"),
        "{text}"
    );
    assert!(
        text.contains("  contacts_by_domain  contact_at:acme.example:c1  (deleted)\n    - name  \"Ada\"\n"),
        "{text}"
    );
    let object = sandbox.run("events show 1 --changes --json").done().object();
    assert_eq!((&object["outcome"], &object["event_type"]), (&json!("applied"), &json!("contact.added")));
    let changes = object["changes"].as_array().unwrap();
    let contact = changes.iter().find(|change| change["key"] == "contact:c1").unwrap();
    assert_eq!((&contact["before"], &contact["after"]["name"]), (&Value::Null, &json!("Ada")));
    assert!(contact["fields"].as_array().unwrap().iter().any(|field| field["path"] == "email"), "{contact}");
    assert!(sandbox.run("events show 1 --json").done().object().get("changes").is_none());
}

#[test]
fn a_projection_is_read_as_of_a_sequence_or_a_time() {
    let sandbox = sandbox();
    let email = |at: &str| {
        let ran = sandbox.run(&format!("projections get crm_acme contact:c1 --json --at {at}")).done();
        ran.object()["value"]["email"].clone()
    };
    assert_eq!(
        ["1", "2", "3", "4"].map(&email),
        ["c1@acme.example", "c1@acme.example", "b@acme.example", "c@other.example"]
    );
    let time = sandbox.run("events show 3 --json").done().object()["timestamp"].as_str().unwrap().to_owned();
    assert_eq!(email(&time), "b@acme.example");
    let ran = sandbox.run("projections get crm_acme contact:c1 --at 3 --path email").done();
    assert_eq!(ran.out, "\"b@acme.example\"\n");
    assert!(ran.err.starts_with("as of sequence 3, written at "), "{ran:?}");
    let domain = sandbox.run("projections get crm_acme domain:acme.example --at 2 --json").done().object();
    assert_eq!(
        (&domain["projection"], &domain["value"]["contacts"]),
        (&json!("contacts_by_domain"), &json!(2))
    );
    let keys = |options: &str| {
        let ran = sandbox.run(&format!("projections list crm_acme --json {options}")).done();
        ran.objects().iter().map(|entry| entry["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(keys("--at 1"), ["contact:c1", "contacts:count"]);
    assert_eq!(keys("--at 4 --prefix contact: --limit 1"), ["contact:c1"]);
    assert_eq!(keys("--at 4 --contains grace"), ["contact:c2"]);
    assert_eq!(keys("--at 0"), [""; 0]);
    assert_eq!(keys("--at 4"), keys(""));
}

#[test]
fn the_history_and_the_blame_of_a_value_name_its_events() {
    let sandbox = sandbox();
    let ran = sandbox.run("projections history crm_acme contact:c1 --json").done();
    let sequences: Vec<_> = ran.objects().iter().map(|change| change["space_sequence"].clone()).collect();
    assert_eq!(sequences, [1, 3, 4]);
    let history = "projections history crm_acme contact:c1";
    let found = sandbox.run(&format!("{history} --json --contains CONTACT.")).done();
    assert_eq!(found.objects(), ran.objects());
    let found = sandbox.run(&format!("{history} --contains nowhere")).done();
    assert_eq!(found.err.trim(), "no change of contact:c1 has nowhere in it");
    let text = sandbox.run("projections history crm_acme contact:c1 --reverse --limit 1").done().out;
    let row = rows(&text)[0].join(" ");
    assert!(
        row.starts_with("4 4 ") && row.contains("email \"b@acme.example\" → \"c@other.example\""),
        "{row}"
    );
    let email = sandbox.run("projections blame crm_acme contact:c1 email --json").done().object();
    assert_eq!((&email["event_id"], &email["value"]), (&json!(4), &json!("c@other.example")));
    assert_eq!(
        (&email["before"], &email["event_type"]),
        (&json!("b@acme.example"), &json!("contact.updated"))
    );
    let parts = sandbox.run("projections blame crm_acme contact:c1 --at 3 --json").done().objects();
    let set_by =
        |path: &str| parts.iter().find(|part| part["path"] == path).unwrap()["space_sequence"].clone();
    assert_eq!([set_by("id"), set_by("name"), set_by("email")], [1, 1, 3]);
}

#[test]
fn two_points_are_compared_and_a_condition_is_bisected() {
    let sandbox = sandbox();
    let ran = sandbox.run("projections diff crm_acme --from 2 --to 4").done();
    assert!(
        ran.out.starts_with("  contact:c1\n    email  \"c1@acme.example\" → \"c@other.example\"\n"),
        "{ran:?}"
    );
    assert!(ran.err.contains("1 key of state differs between sequences 2 and 4\n"), "{ran:?}");
    let change =
        sandbox.run("projections diff crm_acme --from 1 --to 2 --key contact:c2 --json").done().object();
    assert_eq!((&change["key"], &change["before"]), (&json!("contact:c2"), &Value::Null));
    let domain = sandbox
        .run("projections diff crm_acme --from 2 --to 4 --key domain:other.example --json")
        .done()
        .object();
    assert_eq!(
        (&domain["projection"], &domain["after"]["contacts"]),
        (&json!("contacts_by_domain"), &json!(1))
    );
    let bisect = |condition: &str| sandbox.run_of(&["bisect", "crm_acme", condition, "--json"]);
    let flips = bisect("contact:c1 email~acme").done().objects();
    let flips: Vec<_> =
        flips.iter().map(|flip| (flip["space_sequence"].clone(), flip["holds"].clone())).collect();
    assert_eq!(flips, [(json!(1), json!(true)), (json!(4), json!(false))]);
    assert_eq!(bisect("contacts:count =2").done().object()["space_sequence"], 2);
    let never = bisect("contact:c1 email~nowhere");
    assert_eq!((never.code, &never.json_error()["kind"]), (1, &json!("never_holds")));
}

#[test]
fn bad_questions_about_the_past_get_clear_answers() {
    let sandbox = sandbox();
    let refused = |line: &str, code: i32, kind: &str| {
        let ran = sandbox.run(&format!("{line} --json"));
        assert_eq!((ran.code, &ran.json_error()["kind"]), (code, &json!(kind)), "{line}: {ran:?}");
    };
    refused("projections get crm_acme contact:c1 --at 99", 1, "unknown_sequence");
    refused("projections get crm_acme contact:c1 --at 2001-01-01", 1, "before_first_event");
    refused("projections get crm_acme contact:c1 --at 0", 1, "unknown_key");
    refused("projections get crm_acme contact:c1 --path author", 1, "unknown_path");
    refused("projections history crm_acme contact:c9", 1, "unknown_key");
    refused("projections blame crm_acme contact:c1 author", 1, "unknown_key");
    refused("projections list crm_acme --at 1 --projection none", 1, "unknown_projection");
    refused("projections diff crm_acme --from 1 --to 99", 1, "unknown_sequence");
    refused("projections history crm_none contact:c1", 1, "unknown_space");
    let usage = sandbox.run("projections get crm_acme contact:c1 --at yesterday");
    assert!(usage.code == 2 && usage.err.contains("a point in time is a sequence such as 120"), "{usage:?}");
    let condition = sandbox.run_of(&["bisect", "crm_acme", "contact:c1 email"]);
    assert!(condition.code == 2 && condition.err.contains("needs = or ~"), "{condition:?}");
    for nothing in ["", "  "] {
        let ran = sandbox.run_of(&["bisect", "crm_acme", nothing]);
        assert!(ran.code == 2 && ran.err.contains("no key is named"), "{ran:?}");
    }
}

#[test]
fn a_stored_key_that_the_app_of_today_never_writes_is_not_denied() {
    let sandbox = sandbox();
    sandbox.run("rebuild crm_acme").done();
    sandbox.run_of(&["spaces", "set", "crm_acme", "--metadata", r#"{"app":"cms"}"#]).done();
    for question in ["history", "blame"] {
        let ran = sandbox.run(&format!("projections {question} crm_acme contact:c1"));
        assert!(ran.code == 1 && ran.err.contains("with the app cms of today"), "{ran:?}");
        assert!(ran.err.contains("`ramax rebuild crm_acme`") && ran.err.contains("--review"), "{ran:?}");
    }
    let ran = sandbox.run("projections history crm_acme contact:c9");
    assert!(ran.code == 1 && ran.err.contains("never had a key contact:c9"), "{ran:?}");
}

#[test]
fn a_space_without_a_known_app_has_no_past_but_events() {
    let sandbox = sandbox();
    sandbox.run_of(&["spaces", "set", "crm_acme", "--metadata", r#"{"app":"shop"}"#]).done();
    let ran = sandbox.run("projections history crm_acme contact:c1");
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("which this program does not know") && ran.err.contains("events list crm_acme"),
        "{ran:?}"
    );
    sandbox.run("events show 1").done();
    let ran = sandbox.run("events show 1 --changes");
    assert!(ran.code == 1 && ran.out.contains("contact.added"), "the event is shown nevertheless: {ran:?}");
    sandbox.run("spaces create crm_other").done();
    for question in ["crm_acme --with crm_other", "crm_other --with crm_acme"] {
        let ran = sandbox.run(&format!("projections diff {question}"));
        assert!(ran.code == 1 && ran.err.contains("does not know"), "{question}: {ran:?}");
    }
}

#[test]
fn blame_names_each_stored_value_that_is_not_what_the_events_say() {
    let sandbox = sandbox();
    sandbox.run("rebuild crm_acme").done();
    let file = sqlite(&sandbox.db());
    let edit = "UPDATE projection_entities SET value = replace(value, '\"name\":\"Ada\"', '\"name\":\"Eve\",\"vip\":true') \
                WHERE key = 'contact:c1'";
    assert_eq!(file.execute(edit, []).unwrap(), 1);
    let ran = sandbox.run("projections blame crm_acme contact:c1").done();
    for said in ["STORED", "\"Eve\"", "same"] {
        assert!(ran.out.contains(said), "{said}: {ran:?}");
    }
    for said in [
        "name: \"Eve\" is stored, but the events set \"Ada\"\n",
        "vip: true is stored, but the events set nothing\n",
        "`ramax rebuild crm_acme` rebuilds the projection from its events; with --review",
    ] {
        assert!(ran.err.contains(said), "{said}: {ran:?}");
    }
    let parts = sandbox.run("projections blame crm_acme contact:c1 --json").done().objects();
    let part = |path: &str| parts.iter().find(|part| part["path"] == path).unwrap();
    assert_eq!((&part("name")["value"], &part("name")["stored"]), (&json!("Ada"), &json!("Eve")));
    assert!(part("email").get("stored").is_none(), "{parts:?}");
    assert_eq!((&part("vip")["stored"], &part("vip")["event_id"]), (&json!(true), &Value::Null));
    let past = sandbox.run("projections blame crm_acme contact:c1 --at 4").done();
    assert!(!past.out.contains("STORED") && past.err.is_empty(), "{past:?}");
}

#[test]
fn every_answer_about_the_past_names_the_skipped_events_up_to_its_point() {
    let sandbox = sandbox();
    let file = sqlite(&sandbox.db());
    let damage = "UPDATE event_log SET payload = replace(payload, 'c1', 'd1') WHERE event_id = 3";
    assert_eq!(file.execute(damage, []).unwrap(), 1);
    for question in [
        "projections get crm_acme contact:c1 --at 4",
        "projections list crm_acme --at 4",
        "projections history crm_acme contact:c1",
        "projections blame crm_acme contact:c1",
        "projections diff crm_acme --from 2 --to 4",
    ] {
        let ran = sandbox.run(&format!("{question} --json")).done();
        let last = ran.objects().pop().unwrap();
        assert_eq!(
            (&last["skipped"], &last["skipped_events"][0]["event_id"]),
            (&json!(1), &json!(3)),
            "{ran:?}"
        );
        assert!(sandbox.run(question).done().err.contains("1 event was skipped"), "{question}");
    }
    let before = sandbox.run("projections diff crm_acme --from 1 --to 2 --json").done();
    assert!(before.objects().iter().all(|line| line.get("skipped").is_none()), "{before:?}");
}

#[test]
fn a_fork_without_its_app_names_its_events_and_a_point_after_the_end_the_last_one() {
    let sandbox = sandbox();
    let ran = sandbox.run("spaces fork crm_acme --at 99");
    assert!(
        ran.code == 1 && ran.err.contains("crm_acme has no event with sequence 99; its last one is 4"),
        "{ran:?}"
    );
    assert!(ran.err.contains("choose a sequence from 1 to 4"), "{ran:?}");
    sandbox.run_of(&["spaces", "set", "crm_acme", "--metadata", r#"{"app":"shop"}"#]).done();
    let ran = sandbox.run("spaces fork crm_acme").done();
    assert!(ran.err.contains("`ramax events list crm_acme@4` lists its events"), "{ran:?}");
    assert!(!ran.err.contains("projections diff"), "{ran:?}");
}

#[test]
fn a_comparison_says_how_far_the_projection_of_a_space_is_behind() {
    let sandbox = sandbox();
    sandbox.run("spaces fork crm_acme").done();
    let ran = sandbox
        .run("projections diff crm_acme@4 --with crm_acme --projection contacts_by_domain --json")
        .done();
    let last = ran.objects().pop().unwrap();
    assert_eq!(
        last["lagging"][0],
        json!({"space_name": "crm_acme", "checkpoint": 0, "last_sequence": 4, "lag": 4})
    );
    let text =
        sandbox.run("projections diff crm_acme@4 --with crm_acme --projection contacts_by_domain").done().err;
    assert!(text.contains("crm_acme at sequence 0, whose projection is 4 events behind"), "{text}");
}

#[test]
fn an_event_that_two_projections_skip_is_listed_once_with_both() {
    let sandbox = sandbox();
    let file = sqlite(&sandbox.db());
    let damage = "UPDATE event_log SET payload = replace(payload, 'c1', 'd1') WHERE event_id = 3";
    assert_eq!(file.execute(damage, []).unwrap(), 1);
    let ran = sandbox.run("rebuild crm_acme --review --accept --skip-errors --json").done().object();
    assert_eq!(ran["skipped"], 1);
    assert_eq!(ran["skipped_events"][0]["projections"], json!(["state", "contacts_by_domain"]));
    let text = sandbox.run("rebuild crm_acme --skip-errors").done().out;
    assert!(text.contains("skipped event 3 at sequence 3 of state and contacts_by_domain: "), "{text}");
}

/// Appends an event that only the projection state cannot apply.
fn append_bad(sandbox: &Sandbox) {
    let store = sandbox.store();
    let space = store.events().find_space("crm_acme").unwrap().unwrap().space;
    let bad = event("c9", "contact.added", json!({"contact_id": "c9", "email": "c9@acme.example"}));
    append(store.events(), space.space_id, &[bad]);
}

#[test]
fn a_key_that_a_skipped_event_would_have_added_is_told_with_the_event() {
    let sandbox = sandbox();
    append_bad(&sandbox);
    for question in [
        "projections blame crm_acme contact:c9",
        "projections blame crm_acme contact:c9 --projection state",
        "projections history crm_acme contact:c9",
        "projections get crm_acme contact:c9 --at 5",
        "projections diff crm_acme --from 1 --to 5 --key contact:c9",
    ] {
        let ran = sandbox.run(question);
        assert!(ran.code == 1 && ran.err.contains("event 5 at sequence 5"), "{question}: {ran:?}");
        let ran = sandbox.run(&format!("{question} --json"));
        let skipped = ran.objects().pop().unwrap();
        assert_eq!(skipped["skipped_events"][0]["projections"], json!(["state"]), "{question}: {ran:?}");
    }
    let ran = sandbox.run_of(&["bisect", "crm_acme", "contact:c9"]);
    assert!(ran.code == 1 && ran.err.contains("event 5 at sequence 5"), "{ran:?}");
    assert!(ran.err.contains("`ramax projections list crm_acme --at 5`"), "{ran:?}");
    sandbox.run("projections list crm_acme --at 5").done();
}

#[test]
fn an_answer_about_a_projection_names_only_the_events_that_it_skips() {
    let sandbox = sandbox();
    append_bad(&sandbox);
    for (question, is_told) in [
        ("projections blame crm_acme domain_of:c1", false),
        ("projections history crm_acme domain_of:c1", false),
        ("projections get crm_acme domain_of:c1 --at 5", false),
        ("projections diff crm_acme --from 1 --to 5 --projection contacts_by_domain", false),
        ("projections blame crm_acme contact:c1", true),
    ] {
        let ran = sandbox.run(question).done();
        assert_eq!(ran.err.contains("skipped"), is_told, "{question}: {ran:?}");
    }
}

#[test]
fn the_advice_on_a_stored_value_fits_the_projection_and_the_file() {
    let sandbox = sandbox();
    sandbox.run("rebuild crm_acme").done();
    let edit = "UPDATE projection_entities SET value = replace(value, 'Ada', 'Eve') WHERE key = 'contact:c1'";
    assert_eq!(sqlite(&sandbox.db()).execute(edit, []).unwrap(), 1);
    let ran = sandbox.run("--read-only projections blame crm_acme contact:c1").done();
    assert!(ran.err.contains("open for reading only; where they can be written, `ramax rebuild"), "{ran:?}");
    append_bad(&sandbox);
    let ran = sandbox.run("projections blame crm_acme contact:c1").done();
    assert!(ran.err.contains("`ramax rebuild crm_acme --skip-errors`"), "{ran:?}");
}

#[test]
fn a_stored_null_is_not_a_missing_value() {
    let sandbox = sandbox();
    sandbox.run("rebuild crm_acme").done();
    let edit = "UPDATE projection_entities SET value = json_set(json_remove(value, '$.email'), '$.name', null) \
                WHERE key = 'contact:c1'";
    assert_eq!(sqlite(&sandbox.db()).execute(edit, []).unwrap(), 1);
    let parts = sandbox.run("projections blame crm_acme contact:c1 --json").done().objects();
    let part = |path: &str| parts.iter().find(|part| part["path"] == path).unwrap();
    assert_eq!((part("name").get("stored"), part("name").get("stored_missing")), (Some(&Value::Null), None));
    assert_eq!((part("email").get("stored"), &part("email")["stored_missing"]), (None, &json!(true)));
}

#[test]
fn a_space_that_is_being_deleted_is_not_compared() {
    let sandbox = sandbox();
    sandbox.run("spaces fork crm_acme").done();
    let edit = "UPDATE space_sequences SET mark = 1, marked_at = 0 WHERE space_id = 1";
    assert_eq!(sqlite(&sandbox.db()).execute(edit, []).unwrap(), 1);
    for question in ["crm_acme --with crm_acme@4", "crm_acme@4 --with crm_acme"] {
        let ran = sandbox.run(&format!("projections diff {question}"));
        assert!(ran.code == 1 && ran.err.contains("being deleted"), "{question}: {ran:?}");
    }
}

#[test]
fn a_space_is_compared_with_itself_without_an_event() {
    let sandbox = sandbox();
    let ran = sandbox.run("projections diff crm_acme --without 4").done();
    assert!(
        ran.out.starts_with("  contact:c1\n    email  \"c@other.example\" → \"b@acme.example\"\n"),
        "{ran:?}"
    );
    assert!(ran.err.contains("1 key of state differs without event 4, as of sequence 4\n"), "{ran:?}");
    // The other projection is counted, unless one was chosen.
    assert!(ran.err.contains("of contacts_by_domain differ, too"), "{ran:?}");
    let chosen = sandbox.run("projections diff crm_acme --without 4 --projection contacts_by_domain").done();
    assert!(chosen.err.contains("of contacts_by_domain differ without event 4"), "{chosen:?}");
    assert!(!chosen.err.contains("other projections"), "{chosen:?}");
    let one = sandbox.run("projections diff crm_acme --without 1 --key contact:c1 --json").done().object();
    assert_eq!(one["key"], "contact:c1");
    for sequence in [0, 5] {
        let ran = sandbox.run(&format!("projections diff crm_acme --without {sequence} --json"));
        let error = ran.json_error();
        assert_eq!(error["kind"], "unknown_sequence", "{ran:?}");
        assert_eq!(
            (
                error["message"].clone(),
                error["hint"].as_str().map(|hint| hint.starts_with("choose a sequence from 1 to 4"))
            ),
            (json!(format!("crm_acme has no event with sequence {sequence}; its last one is 4")), Some(true)),
        );
    }
    assert_eq!(sandbox.run("projections diff crm_acme --without 1 --from 1").code, 2);
    for text in ["-3", "abc", "2026-01-01"] {
        let ran = sandbox.run(&format!("projections diff crm_acme --without {text}"));
        let said = "the sequence of an event is a number from 1, such as 12";
        assert!(ran.code == 2 && ran.err.contains(said), "{ran:?}");
    }
}

#[test]
fn an_id_taken_for_a_sequence_is_explained() {
    let sandbox = Sandbox::new();
    for space in ["crm_acme", "crm_widgets"] {
        sandbox.run(&format!("spaces create {space}")).done();
        for id in ["c1", "c2", "c3"] {
            sandbox.run(&format!("run {space} add-contact contact_id={id} name=Ada email=a@b.c")).done();
        }
    }
    let without = |space: &str, id: u64| sandbox.run(&format!("projections diff {space} --without {id}")).err;
    let own = without("crm_widgets", 5);
    assert!(own.contains("from 1 to 3; the event with the id 5 has sequence 2"), "{own}");
    let other = without("crm_acme", 5);
    assert!(other.contains("the event with the id 5 is in another space, crm_widgets"), "{other}");
    assert!(!without("crm_acme", 99).contains("the event with the id"));
    sandbox.run("spaces create crm_empty").done();
    let empty = without("crm_empty", 1);
    assert!(empty.contains("crm_empty has no event with sequence 1; it has no events"), "{empty}");
}

#[test]
fn erased_values_of_the_missing_event_are_mentioned() {
    let sandbox = sandbox();
    let plain = sandbox.run("projections diff crm_acme --without 1").done();
    assert!(!plain.err.contains("erased"), "{plain:?}");
    sandbox.run("redact crm_acme --entity c1 --field email --confirm crm_acme").done();
    let ran = sandbox.run("projections diff crm_acme --without 1").done();
    assert!(ran.err.contains("values of the event were erased, so that differences"), "{ran:?}");
}

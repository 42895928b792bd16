//! The past on the command line.

use serde_json::{Value, json};

use crate::support::program::{Sandbox, rows};

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
    assert!(ran.err.contains("1 key differs between sequences 2 and 4\n"), "{ran:?}");
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
        assert!(ran.err.contains("rebuild crm_acme --review"), "{ran:?}");
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
    assert_eq!(sandbox.run("events show 1 --changes").code, 1);
}

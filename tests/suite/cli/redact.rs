use ramax::event_store::{Append, Expected};
use serde_json::json;

use crate::support::program::{Sandbox, sqlite};
use crate::support::{START, event};

const REDACT: &str = "redact crm_acme --entity c1 --field name --field email --confirm crm_acme";

#[test]
fn a_dry_run_of_a_redaction_shows_the_inventory_and_erases_nothing() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("export crm_acme --output before.jsonl").done();
    let before = sandbox.run("events show 1 --json").done().out;
    let ran = sandbox.run("redact crm_acme --entity c1 --field email --field name --dry-run").done();
    for part in [
        "to redact     1 event\n",
        "fields        email (1 event), name (1 event)\n",
        "projections   state, contacts_by_domain rebuilt\n",
        "before.jsonl (export of ",
    ] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    assert!(ran.err.contains("nothing was erased"), "{ran:?}");
    let plan = sandbox.run("redact crm_acme --entity c1 --field email --dry-run --json").done().object();
    assert_eq!((&plan["events"], &plan["entity_events"]), (&1.into(), &1.into()));
    assert_eq!(plan["fields"][0]["field"], "email");
    assert_eq!(sandbox.run("events show 1 --json").done().out, before);
    assert_eq!(sandbox.run("--read-only redact crm_acme --entity c1 --field email --dry-run").code, 0);
}

#[test]
fn a_redaction_beside_a_projection_of_a_later_version_is_refused_before_it_is_planned() {
    let sandbox = Sandbox::with_contacts();
    let later =
        r#"UPDATE projections SET definition = '{"app":"crm","version":2}' WHERE projection = 'state'"#;
    sqlite(&sandbox.db()).execute(later, []).unwrap();
    for option in ["--dry-run", "--confirm crm_acme"] {
        let ran = sandbox.run(&format!("redact crm_acme --entity c1 --field name {option}"));
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{option}");
        assert!(ran.err.contains("the projection state was built by a later version"), "{}", ran.err);
    }
}

#[test]
fn a_redaction_needs_the_name_of_the_space_and_existing_fields() {
    let sandbox = Sandbox::with_contacts();
    let before = sandbox.run("events show 1 --json").done().out;
    let refused = |line: &str| {
        let ran = sandbox.run(&format!("{line} --json"));
        (ran.code, ran.json_error()["kind"].as_str().unwrap().to_owned())
    };
    assert_eq!(sandbox.run("redact crm_acme --entity c1 --field name").code, 2);
    assert_eq!(
        refused("redact crm_acme --entity c1 --field name --confirm crm_acne"),
        (1, "not_confirmed".to_owned())
    );
    assert_eq!(
        refused("redact crm_acme --entity c9 --field name --confirm crm_acme"),
        (1, "unknown_entity".to_owned())
    );
    assert_eq!(
        refused("redact crm_acme --entity c1 --field phone --confirm crm_acme"),
        (1, "field_not_found".to_owned())
    );
    assert_eq!(
        refused("redact crm_acme --entity c1 --field meta. --confirm crm_acme"),
        (2, "invalid_field".to_owned())
    );
    assert_eq!(refused(&format!("--read-only {REDACT}")), (3, "read_only".to_owned()));
    assert_eq!(
        refused("redact crm_acme --entity c1 --field contact_id --confirm crm_acme"),
        (1, "needed_field".to_owned())
    );
    assert_eq!(sandbox.run("events show 1 --json").done().out, before);
}

#[test]
fn a_redaction_is_shown_recorded_and_leaves_no_byte_after_a_purge() {
    let sandbox = Sandbox::new();
    sandbox.run("spaces create crm_acme").done();
    let fields = "contact_id=c1 name=Lovelace email=lovelace@acme.example";
    sandbox.run(&format!("run crm_acme add-contact {fields} --idempotency-key k1")).done();
    sandbox.run("run crm_acme add-contact contact_id=c2 name=Bob email=bob@acme.example").done();
    let ran = sandbox.run(&format!("{REDACT} --purge")).done();
    assert!(
        ran.out.contains("2 fields erased from 1 event; no value is left, the file is purged"),
        "{ran:?}"
    );
    assert!(!String::from_utf8_lossy(&sandbox.bytes()).contains("ovelace"), "some bytes are left");
    let shown = sandbox.run("events show 1").done().out;
    assert!(shown.contains("redacted  email, name at 20"), "{shown}");
    let contact = sandbox.run("projections get crm_acme contact:c1 --json").done().object();
    assert_eq!(contact["value"]["name"], "[redacted]");
    let log = sandbox.run("log --json").done().objects();
    let redaction = log.last().unwrap();
    assert_eq!((&redaction["action"], &redaction["outcome"]), (&"redact".into(), &"done".into()));
    assert_eq!(redaction["parameters"]["entity"], "c1");
    sandbox.run("check --deep").done();
    let again = sandbox.run(&format!("{REDACT} --json")).done().object();
    assert_eq!((&again["events"], &again["proof"]["events"]["count"]), (&0.into(), &0.into()));
}

#[test]
fn entries_that_quoted_erased_values_say_so_and_those_of_a_deleted_space_too() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("run crm_acme add-contact contact_id=c3 name=Lovelace email=l@acme.example").done();
    sandbox.run("redact crm_acme --entity c3 --field name --confirm crm_acme").done();
    let results = || -> Vec<String> {
        let lines = sandbox.run("log").done().out;
        lines.lines().filter(|line| line.contains(" run ")).map(str::to_owned).collect()
    };
    let results_before = results();
    let (last, others) = results_before.split_last().unwrap();
    assert!(last.contains("(erased by a redaction)"), "{last}");
    assert!(others.iter().all(|line| !line.contains('(')), "{others:?}");
    let entry = |id: usize| sandbox.run("log --json").done().objects().remove(id);
    let redacted = results_before.len();
    assert_eq!(entry(redacted)["forgotten"], "redacted");
    assert_eq!(entry(redacted)["detail"], serde_json::Value::Null);
    sandbox.run("spaces delete crm_acme --confirm crm_acme").done();
    let (last, others) = (results().pop().unwrap(), results());
    assert!(last.contains("(erased by a redaction)"), "{last}");
    assert!(others[0].contains("(deleted with the space)"), "{others:?}");
    assert_eq!(entry(0)["forgotten"], "deleted");
}

#[test]
fn a_redaction_that_finds_the_values_elsewhere_names_the_places() {
    let sandbox = Sandbox::new();
    sandbox.run("spaces create crm_acme").done();
    for id in ["c1", "c2"] {
        sandbox
            .run(&format!("run crm_acme add-contact contact_id={id} name=Lovelace email=l@acme.example"))
            .done();
    }
    let ran = sandbox.run(REDACT);
    assert_eq!(ran.code, 1, "{ran:?}");
    for part in
        ["the same values remain in 3 other places", "event 2 still contains", "contact:c2 of state contains"]
    {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
}

#[test]
fn a_redacted_event_survives_an_export_and_an_import() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run(REDACT).done();
    sandbox.run("export crm_acme --output acme.jsonl").done();
    sandbox.run("import acme.jsonl --into crm_copy").done();
    let events =
        sandbox.run("events list crm_copy --where payload.email.redacted=true --json").done().object();
    assert_eq!(events["metadata"]["$redacted"]["fields"].to_string(), r#"["email","name"]"#);
    sandbox.run("check --deep").done();
}

#[test]
fn an_entity_that_no_argument_can_contain_is_named_in_json() {
    let sandbox = Sandbox::with_contacts();
    let line =
        r#"{"command":"add-contact","contact_id":"n\u00001","name":"Xylander","email":"x@acme.example"}"#;
    assert_eq!(sandbox.feed("run crm_acme --batch -", line).code, 0);
    let entity = r#"--entity-json "n\u00001""#;
    let values = |field: &str| {
        let listed = sandbox.run(&format!("events list crm_acme --json {entity}")).done();
        listed.objects().iter().map(|event| event["payload"][field].clone()).collect::<Vec<_>>()
    };
    assert_eq!(values("name"), ["Xylander"]);
    let plan = sandbox.run(&format!("redact crm_acme {entity} --field name --dry-run --json")).done();
    assert_eq!(plan.object()["entity_id"], "n\u{0}1");
    sandbox.run(&format!("redact crm_acme {entity} --field name --confirm crm_acme")).done();
    assert_eq!(values("name"), [serde_json::json!({"redacted": true})]);
    sandbox.run(&format!("export crm_acme {entity} --mask email --output report.jsonl")).done();
    let wrong = sandbox.run("redact crm_acme --entity-json n1 --field name --dry-run");
    assert!(wrong.code == 2 && wrong.err.contains("expected a JSON string"), "{}", wrong.err);
}

#[test]
fn an_event_that_cannot_be_applied_anyway_is_skipped_with_the_named_option() {
    let sandbox = Sandbox::new();
    sandbox.run("spaces create crm_acme").done();
    sandbox.run("run crm_acme add-contact contact_id=c1 name=Ada email=a@x").done();
    let store = sandbox.store();
    let space_id = store.events().find_space("crm_acme").unwrap().unwrap().space.space_id;
    let bad = [event("c2", "contact.added", json!({"contact_id": 7}))];
    let append = Append { expected: Expected::Any, now: START, events: &bad };
    store.events().append(space_id, append).unwrap();
    drop(store);
    let redact = "redact crm_acme --entity c1 --field name --confirm crm_acme";
    let refused = sandbox.run(redact);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("cannot be applied, even before a field is erased"), "{refused:?}");
    assert!(refused.err.contains("; --skip-errors skips it\n"), "{refused:?}");
    let skipping = sandbox.run(&format!("{redact} --skip-errors"));
    assert!(skipping.out.contains("skipped"), "{skipping:?}");
    assert!(!sandbox.run("events show 1 --json").done().out.contains("Ada"));
}

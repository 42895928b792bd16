use crate::support::program::Sandbox;

#[test]
fn a_command_is_executed_and_answered() {
    let sandbox = Sandbox::new();
    sandbox.run("spaces create cms_blog").done();
    let ran = sandbox
        .run_of(&["run", "cms_blog", "publish-article", "article_id=a1", "title=A = B", "content=x"])
        .done();
    assert_eq!(ran.out, "appended event 1 at sequence 1\n");
    assert_eq!(sandbox.run("projections get cms_blog article:a1 --json").object()["value"]["title"], "A = B");
    let answer = sandbox.run("run cms_blog unpublish-article article_id=a1 --json").done();
    assert_eq!(answer.out, "{\"event_ids\":[2],\"space_sequence\":2}\n");
}

#[test]
fn help_lists_the_commands_and_fields_of_the_space() {
    let sandbox = Sandbox::with_contacts();
    let all = sandbox.run("run crm_acme --help").done().out;
    assert!(all.contains("add-contact") && all.contains("contact_id=… [name=…] [email=…]"), "{all}");
    let one = sandbox.run("run crm_acme update-contact --help").done().out;
    assert!(one.contains("email       optional: the new email"), "{one}");
    assert_eq!(sandbox.run("run crm_acme nonsense --help").code, 2);
    assert!(sandbox.run("run --help").done().out.contains("--idempotency-key"));
}

#[test]
fn a_command_adds_the_operator_and_given_metadata_to_its_events() {
    let sandbox = Sandbox::with_contacts();
    let show = |id| sandbox.run(&format!("events show {id} --json")).done().object()["metadata"].clone();
    let of_process = show(1);
    assert!(of_process["actor"].is_string() && of_process["client"] == "cli", "{of_process}");
    let update = ["run", "crm_acme", "update-contact", "contact_id=c1", "name=N"];
    let with = |more: &[&str]| sandbox.run_of(&[&update, more].concat());
    with(&["--meta", "actor=ada", "--meta", r#"{"rate":1.10,"tags":["a"]}"#, "--meta", "why=a = b"]).done();
    let shown = sandbox.run("events list crm_acme --where meta.actor=ada --json").done();
    let text = r#""metadata":{"actor":"ada","rate":1.10,"tags":["a"],"why":"a = b","client":"cli"}"#;
    assert!(shown.out.contains(text) && shown.objects().len() == 1, "{}", shown.out);
    let shown = sandbox.run("events show 3").done().out;
    assert!(shown.contains("metadata\n  {\n    \"actor\": \"ada\",\n    \"rate\": 1.10,"), "{shown}");
    let preview = with(&["--meta", "actor=grace", "--dry-run", "--json"]).done().object();
    assert_eq!(preview["events"][0]["metadata"]["actor"], "grace");
    for bad in ["actor", "=x", "{", "$x=1", r#"{"\u0024x":1}"#] {
        let ran = with(&["--meta", bad]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{bad}: {}", ran.err);
    }
    let twice = with(&["--meta", "a=1", "--meta", r#"{"a":2}"#]);
    assert_eq!((twice.code, twice.error().0), (2, "a is given twice"));
}

#[test]
fn a_command_meets_its_expectation_of_an_entity_or_exits_with_1() {
    let sandbox = Sandbox::with_contacts();
    let update =
        |expected: &str| sandbox.run(&format!("run crm_acme update-contact contact_id=c1 name=N {expected}"));
    let ran = update("--expect-entity c1=9");
    assert_eq!(ran.code, 1);
    let text = "expected sequence 9 but the entity c1 is at sequence 1 (last event 1)";
    assert_eq!(ran.error(), (text, "look at the new events, then decide again"));
    assert_eq!(update("--expect-entity c1=9 --json").json_error()["kind"], "conflict");
    update("--expect-entity c1=1 --expect-entity new=0 --expect-entity c2=2").done();
    assert_eq!(update("--expect-entity c1=1 --dry-run").code, 1);
    for bad in ["c1", "=1", "c1=x", "c1=-1"] {
        assert_eq!(update(&format!("--expect-entity {bad}")).code, 2, "{bad}");
    }
    assert_eq!(update("--expect-entity c1=1 --expect-entity c1=3").code, 2);
}

#[test]
fn a_rejection_exits_with_1_and_changes_nothing() {
    let sandbox = Sandbox::with_contacts();
    let lists = || {
        ["events list crm_acme --json", "projections list crm_acme --json"].map(|list| sandbox.run(list).out)
    };
    let before = lists();
    let add = "run crm_acme add-contact contact_id=c1 name=X email=x@x.example";
    let ran = sandbox.run(add);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.err, "error: the contact c1 already exists\n");
    assert_eq!(sandbox.run(&format!("{add} --json")).json_error()["kind"], "contact_already_exists");
    assert_eq!(sandbox.run(&format!("{add} --dry-run")).code, 1);
    assert_eq!(lists(), before);
}

#[test]
fn a_command_that_does_not_match_its_declaration_is_wrong_usage() {
    let sandbox = Sandbox::with_contacts();
    for (line, kind) in [
        ("run crm_acme", "usage"),
        ("run crm_acme add-contact contact_id", "usage"),
        ("run crm_acme add-contact contact_id=1 contact_id=2", "usage"),
        ("run crm_acme frobnicate", "unknown_command"),
        ("run crm_acme add-contact contact_id=c3 name=N", "missing_field"),
        ("run crm_acme add-contact contact_id=c3 name=N email=", "missing_field"),
        ("run crm_acme add-contact contact_id=c3 name=N email=e phone=1", "unknown_field"),
        ("run crm_acme update-contact contact_id=c1 name=x --correlation 7", "usage"),
    ] {
        let ran = sandbox.run(&format!("--json {line}"));
        assert_eq!((ran.code, ran.json_error()["kind"].as_str()), (2, Some(kind)), "{line}");
    }
    assert_eq!(sandbox.run("events list crm_acme --json").done().objects().len(), 2);
}

#[test]
fn all_missing_fields_are_named_with_a_hint_to_the_help() {
    let sandbox = Sandbox::with_contacts();
    for dry in ["", " --dry-run"] {
        let ran = sandbox.run(&format!("run crm_acme add-contact name=N{dry}"));
        assert_eq!(ran.code, 2);
        let (message, hint) = ran.error();
        assert_eq!(message, "add-contact needs the fields contact_id and email");
        assert_eq!(hint, "`ramax run crm_acme add-contact --help` explains its fields");
    }
    let ran = sandbox.run("run crm_acme add-contact");
    assert_eq!(ran.error().0, "add-contact needs the fields contact_id, name and email");
    let ran = sandbox.run("run crm_acme add-contact contact_id=c3 name=N");
    assert_eq!(ran.error().0, "add-contact needs the field email");
    let ran = sandbox.run("run crm_acme frobnicate");
    assert!(ran.error().1.ends_with("`ramax run crm_acme --help` explains them"), "{ran:?}");
}

#[test]
fn a_dry_run_shows_events_and_changes_and_writes_nothing() {
    let sandbox = Sandbox::with_contacts();
    let before = sandbox.bytes();
    let text = sandbox.run("run crm_acme update-contact contact_id=c1 name=Countess --dry-run").done().out;
    assert!(text.starts_with("would append 1 event after sequence 2\n  3  contact.updated  c1  {"), "{text}");
    assert!(text.contains("\n  contact:c1\n    name  \"Ada\" → \"Countess\"\n"), "{text}");
    let object = sandbox
        .run("run crm_acme update-contact contact_id=c1 name=Countess --dry-run --json")
        .done()
        .object();
    assert_eq!(object["last_sequence"], 2);
    assert_eq!(object["events"][0]["event_type"], "contact.updated");
    assert_eq!(object["changes"][0]["before"]["name"], "Ada");
    assert_eq!(object["changes"][0]["after"]["name"], "Countess");
    assert_eq!(sandbox.bytes(), before);
}

#[test]
fn an_expected_sequence_that_has_passed_is_a_conflict() {
    let sandbox = Sandbox::with_contacts();
    let ran = sandbox.run("run crm_acme update-contact contact_id=c1 name=X --expect 1 --json");
    assert_eq!((ran.code, ran.json_error()["kind"].as_str()), (1, Some("conflict")));
    sandbox.run("run crm_acme update-contact contact_id=c1 name=X --expect 2").done();
}

#[test]
fn causation_and_correlation_are_stored() {
    let sandbox = Sandbox::with_contacts();
    let id = "5f0c954e-6f3f-4d4c-9d0c-2f6f3f5a6f0e";
    sandbox
        .run(&format!("run crm_acme update-contact contact_id=c1 name=X --causation 1 --correlation {id}"))
        .done();
    let event = sandbox.run("events show 3 --json").done().object();
    assert_eq!((&event["causation_id"], &event["correlation_id"]), (&1.into(), &id.into()));
    assert_eq!(sandbox.run("run crm_acme update-contact contact_id=c1 name=Y --causation 99").code, 1);
}

#[test]
fn a_retried_command_returns_the_first_answer() {
    let sandbox = Sandbox::with_contacts();
    let line = "run crm_acme add-contact contact_id=c3 name=N email=n@n.example --idempotency-key k1 --json";
    let first = sandbox.run(line).done().out;
    assert_eq!(sandbox.run(line).done().out, first);
    assert_eq!(sandbox.run("events list crm_acme --json").done().objects().len(), 3);
}

#[test]
fn a_dry_run_under_a_used_key_shows_the_first_answer() {
    let sandbox = Sandbox::with_contacts();
    let line = "run crm_acme update-contact contact_id=c1 name=N --idempotency-key k1";
    let dry = format!("{line} --dry-run");
    assert!(sandbox.run(&dry).done().out.starts_with("would append 1 event after sequence 2\n"));
    let first = sandbox.run(&format!("{line} --json")).done().object();
    assert_eq!(
        sandbox.run(&dry).done().out,
        "already executed: event 3 at sequence 3; nothing would change\n"
    );
    let object = sandbox.run(&format!("{dry} --json")).done().object();
    assert_eq!((&object["already_executed"], &object["events"]), (&first, &serde_json::json!([])));
}

#[test]
fn a_dry_run_fails_like_the_command() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("run crm_acme update-contact contact_id=c1 name=N --idempotency-key used").done();
    for line in [
        "update-contact contact_id=c1 name=Another --idempotency-key used",
        "update-contact contact_id=c1 name=N --idempotency-key=",
        "update-contact contact_id=c1 name=N --causation 99",
        "update-contact contact_id=c1 name=N --expect 1",
        "update-contact contact_id=nobody name=N",
    ] {
        let dry = sandbox.run(&format!("run crm_acme {line} --dry-run"));
        let ran = sandbox.run(&format!("run crm_acme {line}"));
        assert_ne!(ran.code, 0, "{line}");
        assert_eq!((dry.code, dry.out, dry.err), (ran.code, ran.out, ran.err), "{line}");
    }
}

#[test]
fn nothing_is_written_with_read_only() {
    let sandbox = Sandbox::with_contacts();
    let before = sandbox.bytes();
    for line in [
        "run crm_acme update-contact contact_id=c1 name=X",
        "rebuild crm_acme",
        "spaces create crm_x",
        "spaces delete crm_acme --confirm crm_acme",
        "generate --spaces 1 --events 1",
    ] {
        let ran = sandbox.run(&format!("--read-only {line} --json"));
        assert_eq!((ran.code, ran.json_error()["kind"].as_str()), (3, Some("read_only")), "{line}");
    }
    sandbox.run("--read-only run crm_acme update-contact contact_id=c1 name=X --dry-run").done();
    sandbox.run("--read-only verify --all").done();
    assert_eq!(sandbox.bytes(), before);
}

#[test]
fn the_commands_of_a_space_are_listed_as_json_too() {
    let sandbox = Sandbox::with_contacts();
    let all = sandbox.run("run crm_acme --help --json").done().objects();
    assert_eq!(all[0]["command"], "add-contact");
    let one = sandbox.run("run crm_acme update-contact --help --json").done().object();
    assert_eq!(
        (&one["fields"][0]["field"], &one["fields"][0]["required"]),
        (&"contact_id".into(), &true.into())
    );
    assert_eq!(one, all[1]);
}

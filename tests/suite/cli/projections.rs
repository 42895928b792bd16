use std::sync::Arc;

use ramax::apps::Crm;
use ramax::pstate::ProjectionId;
use ramax::{Append, ContentStore, Expected, Json, NewEvent, SpaceId};
use serde_json::json;

use crate::support::program::{Sandbox, rows, sqlite};

/// Appends events without the projection, like a writer that crashes between the two files.
pub fn append_only(sandbox: &Sandbox, events: &[NewEvent]) {
    let store = sandbox.store();
    let space = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    let append = Append { expected: Expected::Any, now: store.clock().now(), events };
    store.events().append(space.space_id(), append).unwrap();
}

pub fn contact_added(id: &str) -> NewEvent {
    let payload = json!({"contact_id": id, "name": "Late", "email": "late@acme.example"});
    NewEvent::new(id, "contact.added", Json::of(&payload))
}

#[test]
fn projections_are_listed_by_key_as_a_table_and_as_json() {
    let sandbox = Sandbox::with_contacts();
    let table = sandbox.run("projections list crm_acme").done().out;
    assert_eq!(
        rows(&table).iter().map(|row| row[0]).collect::<Vec<_>>(),
        ["contact:c1", "contact:c2", "contacts:count"]
    );
    let objects = sandbox.run("projections list crm_acme --prefix contact: --json").done().objects();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[1]["key"], "contact:c2");
    assert_eq!(objects[1]["value"]["name"], "Grace");
    assert!(objects[1]["updated_at"].is_string());
    let page = sandbox.run("projections list crm_acme --json --after contact:c1 --limit 1").done().object();
    assert_eq!(page["key"], "contact:c2");
}

#[test]
fn a_value_is_read_by_its_key() {
    let sandbox = Sandbox::with_contacts();
    let text = sandbox.run("projections get crm_acme contact:c1").done().out;
    assert!(text.starts_with("{\n  \"id\": \"c1\",\n  \"name\": \"Ada\""), "{text}");
    assert_eq!(sandbox.run("projections get crm_acme contacts:count --json").done().object()["value"], 2);
    let missing = sandbox.run("projections get crm_acme contact:c9");
    assert_eq!(missing.code, 1);
    assert!(missing.error().1.contains("projections list crm_acme"));
}

#[test]
fn a_time_stored_as_a_number_is_explained_as_a_date() {
    let sandbox = Sandbox::with_contacts();
    let ran = sandbox.run("projections get crm_acme contact:c1").done();
    let value: serde_json::Value = serde_json::from_str(&ran.out).expect("the value is printed as stored");
    let seconds = value["created_at"].as_i64().unwrap();
    let date = ramax::Timestamp(seconds * 1000);
    assert!(ran.err.contains(&format!("created_at {seconds} is {date}\n")), "{ran:?}");
    assert!(!ran.err.contains("updated_at"), "the value has no such time: {ran:?}");
}

#[test]
fn checkpoints_show_the_lag_and_a_catch_up_removes_it() {
    let sandbox = Sandbox::with_contacts();
    append_only(&sandbox, &[contact_added("c3"), contact_added("c4")]);
    let line = sandbox.run("checkpoints list --json").done().objects()[0].clone();
    assert_eq!(
        (&line["last_sequence"], &line["checkpoint"], &line["lag"]),
        (&4.into(), &2.into(), &2.into())
    );
    assert!(line["rebuilt_at"].is_null());
    assert_eq!(sandbox.run("checkpoints --projection state --json").done().object(), line);
    assert_eq!(sandbox.run("checkpoints list --projection none --json").done().out, "");
    let text = sandbox.run("checkpoints list").done().out;
    assert_eq!(rows(&text)[0][..7], ["crm_acme", "state", "1", "behind", "4", "2", "2"]);
    assert_eq!(rows(&text)[1][..7], ["crm_acme", "contacts_by_domain", "1", "behind", "4", "0", "4"]);
    let state = sandbox.run("catch-up crm_acme --projection state --json").done().object();
    assert_eq!(state["events"], 2);
    assert_eq!(sandbox.run("catch-up crm_acme --json").done().object()["events"], 4);
    for line in sandbox.run("checkpoints list --json").done().objects() {
        assert_eq!((&line["lag"], &line["status"]), (&0.into(), &"current".into()), "{line}");
    }
    assert_eq!(sandbox.run("catch-up --all").done().out, "crm_acme is up to date\n");
    sandbox.run("rebuild crm_acme").done();
    let rebuilt = sandbox.run("checkpoints list --json").done().objects();
    assert!(rebuilt.iter().all(|line| line["rebuilt_at"].is_string()), "{rebuilt:?}");
}

#[test]
fn a_key_is_read_from_the_projection_that_holds_it() {
    let sandbox = Sandbox::with_contacts();
    let lag = || sandbox.run("checkpoints list --json").done().objects()[1]["lag"].clone();
    let state = sandbox.run("projections get crm_acme contact:c1 --json").done().object();
    assert_eq!((&state["projection"], lag()), (&"state".into(), 2.into()), "nothing else was caught up");
    let ran = sandbox.run("projections get crm_acme domain:acme.example --json").done().object();
    assert_eq!((&ran["projection"], lag()), (&"contacts_by_domain".into(), 0.into()));
    assert_eq!(ran["value"], json!({"contacts": 2}));
    let text = sandbox.run("projections get crm_acme domain_of:c2").done();
    assert_eq!(text.out, "\"acme.example\"\n");
    assert!(text.err.ends_with(" in contacts_by_domain\n"), "{text:?}");
    assert_eq!(sandbox.run("projections get crm_acme domain:nowhere").code, 1);
    assert_eq!(sandbox.run("projections get crm_acme contact:c1 --projection contacts_by_domain").code, 1);
}

#[test]
fn every_projection_is_listed_by_its_name() {
    let sandbox = Sandbox::with_contacts();
    let keys = |options: &str| -> Vec<String> {
        let ran = sandbox.run(&format!("projections list crm_acme --json {options}")).done();
        ran.objects().iter().map(|entry| entry["key"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(keys("--projection contacts_by_domain --prefix domain:"), ["domain:acme.example"]);
    let members = keys("--projection contacts_by_domain --prefix contact_at:acme.example:");
    assert_eq!(members, ["contact_at:acme.example:c1", "contact_at:acme.example:c2"]);
    assert_eq!(keys("--projection state"), keys(""));
    let unknown = sandbox.run("projections list crm_acme --projection contacts_by_town");
    assert_eq!(
        unknown.error().1,
        "did you mean contacts_by_domain? its projections: state, contacts_by_domain"
    );
}

#[test]
fn a_key_in_several_projections_has_to_be_chosen() {
    let sandbox = Sandbox::with_contacts();
    let store = sandbox.store();
    let id = ProjectionId::new(SpaceId(1), "contacts_by_domain");
    store.pstate().put(id, "contact:c1", Json::of(&"other".into()), ramax::Timestamp(0)).unwrap();
    drop(store);
    let refused = sandbox.run("projections get crm_acme contact:c1");
    let (message, hint) = refused.error();
    assert_eq!(message, "the projections state and contacts_by_domain hold the key contact:c1");
    assert_eq!((hint, refused.code), ("choose one of them with `--projection NAME`", 1));
    let chosen = sandbox.run("projections get crm_acme contact:c1 --projection state --json").done().object();
    assert_eq!(chosen["value"]["name"], "Ada");
}

#[test]
fn a_projection_is_caught_up_before_it_is_read() {
    let sandbox = Sandbox::with_contacts();
    append_only(&sandbox, &[contact_added("c3")]);
    assert_eq!(sandbox.run("projections get crm_acme contacts:count").done().out, "3\n");
}

#[test]
fn a_read_only_projection_is_shown_with_a_note_on_its_lag() {
    let sandbox = Sandbox::with_contacts();
    append_only(&sandbox, &[contact_added("c3")]);
    let ran = sandbox.run("--read-only projections get crm_acme contacts:count").done();
    assert_eq!(ran.out, "2\n");
    assert!(ran.err.contains("is 1 event behind"), "{ran:?}");
}

#[test]
fn a_projection_ahead_of_a_restored_log_is_reported_and_not_read_until_rebuilt() {
    let two = |sandbox: &Sandbox, line: &str| sandbox.run(&format!("--projections p.db {line}"));
    let add = |sandbox: &Sandbox, id: &str| {
        let line = format!("run crm_acme add-contact contact_id={id} name=N email=n@n.example");
        two(sandbox, &line).done();
    };
    for again in [&[][..], &["x1"], &["x1", "x2", "x3"]] {
        let sandbox = Sandbox::new();
        two(&sandbox, "spaces create crm_acme").done();
        two(&sandbox, "spaces create crm_b").done();
        add(&sandbox, "c1");
        let backup = sandbox.bytes();
        add(&sandbox, "c2");
        std::fs::write(sandbox.db(), backup).unwrap();
        // The restored log may have grown meanwhile, up to the same sequence or beyond.
        let store = ramax::Store::open(
            &ramax::Location { database: sandbox.db(), projections: Some(sandbox.path("p.db")) },
            ramax::OpenOptions::default(),
        )
        .unwrap();
        let events: Vec<NewEvent> = again.iter().map(|id| contact_added(id)).collect();
        let append = Append { expected: Expected::Any, now: store.clock().now(), events: &events };
        store.events().append(ramax::SpaceId(1), append).unwrap();
        drop(store);

        let ran = two(&sandbox, "checkpoints list").done();
        let acme: Vec<&str> = rows(&ran.out)[0].clone();
        assert_eq!(acme[5..9], ["2", "▲", "ahead", "-"], "{ran:?}");
        assert_eq!(rows(&ran.out)[2][..7], ["crm_b", "state", "1", "current", "0", "0", "0"], "{ran:?}");
        assert!(ran.err.starts_with("▲ 1 projection ahead of the log: "), "{ran:?}");
        let lines = two(&sandbox, "checkpoints list --json").done().objects();
        assert_eq!((&lines[0]["ahead"], &lines[0]["lag"]), (&true.into(), &serde_json::Value::Null));
        assert_eq!((&lines[2]["ahead"], &lines[2]["lag"]), (&false.into(), &0.into()));
        assert!(two(&sandbox, "spaces show crm_acme").done().out.contains("▲ ahead of the log"));
        for read in [
            "projections get crm_acme contacts:count",
            "projections list crm_acme",
            "export crm_acme",
            "export crm_acme --output acme.jsonl",
        ] {
            for options in ["", "--read-only "] {
                let refused = two(&sandbox, &format!("{options}{read}"));
                let (message, hint) = refused.error();
                assert!(message.starts_with("the projection is at sequence 2, but the log"), "{refused:?}");
                assert!(hint.contains("`ramax rebuild crm_acme`"), "{hint}");
                assert_eq!((refused.code, &*refused.out), (1, ""));
            }
        }
        two(&sandbox, "rebuild crm_acme").done();
        two(&sandbox, "projections get crm_acme contacts:count").done();
        assert_eq!(two(&sandbox, "checkpoints list").done().err, "");
    }
}

#[test]
fn every_refusal_of_a_projection_ahead_of_its_log_names_its_space_and_a_rebuild_that_works() {
    let sandbox = Sandbox::new();
    let two = |line: &str| sandbox.run(&format!("--projections p.db {line}"));
    for line in ["spaces create crm_acme", "spaces create crm_b"] {
        two(line).done();
    }
    two("run crm_acme add-contact contact_id=c1 name=N email=n@n.example").done();
    let backup = sandbox.bytes();
    two("run crm_acme add-contact contact_id=c2 name=N email=n@n.example").done();
    two("catch-up crm_acme").done();
    std::fs::write(sandbox.db(), backup).unwrap();
    let ahead = two("checkpoints list").done().err;
    assert!(ahead.contains("`ramax rebuild crm_acme` rebuilds it"), "{ahead}");
    // A later version of the app built the other projection.
    let newer = r#"UPDATE projections SET definition = '{"app":"crm","version":2}' WHERE projection = 'contacts_by_domain';
        UPDATE projection_checkpoints SET last_space_sequence = 0, last_event_id = 0 WHERE projection = 'contacts_by_domain'"#;
    sqlite(&sandbox.path("p.db")).execute_batch(newer).unwrap();
    let rebuild = "rebuild crm_acme --projection state";
    for line in [
        "projections get crm_acme contacts:count",
        "projections list crm_acme",
        "projections diff crm_acme --with crm_b",
        "projections diff crm_b --with crm_acme",
        "export crm_acme",
        "export crm_acme --output acme.jsonl",
        "spaces delete crm_acme --confirm crm_acme --archive acme.jsonl",
        "run crm_acme add-contact contact_id=c9 name=N email=n@n.example",
        "catch-up crm_acme",
    ] {
        let refused = two(line);
        assert_eq!(refused.code, 1, "{line}: {refused:?}");
        assert!(refused.err.contains(&format!("`ramax {rebuild}`")), "{line}: {refused:?}");
        assert!(!refused.err.contains("SPACE"), "{line}: {refused:?}");
    }
    two(rebuild).done();
    two("projections diff crm_acme --with crm_b").done();
}

#[test]
fn projections_of_another_log_reveal_nothing_about_its_tenants() {
    let sandbox = Sandbox::new();
    let two = |line: &str| sandbox.run(&format!("--db e.db --projections p.db {line}"));
    two("spaces create crm_acme").done();
    let backup = std::fs::read(sandbox.path("e.db")).unwrap();
    two("spaces create crm_secret").done();
    two("run crm_secret add-contact contact_id=s1 name=Secret email=e").done();
    // The events are restored from the backup and grow without the projections, which come back last.
    std::fs::rename(sandbox.path("p.db"), sandbox.path("old.db")).unwrap();
    std::fs::write(sandbox.path("e.db"), backup).unwrap();
    two("rebuild --all").done();
    two("spaces create crm_other").done();
    std::fs::rename(sandbox.path("old.db"), sandbox.path("p.db")).unwrap();
    for line in [
        "projections list crm_other",
        "--read-only projections list crm_other",
        "projections get crm_other contact:s1",
        "--read-only projections get crm_other contact:s1 --json",
        "verify crm_other",
        "export crm_other",
        "run crm_other update-contact contact_id=s1 name=Taken",
    ] {
        let ran = two(line);
        assert_eq!(ran.code, 1, "{line}: {ran:?}");
        assert!(!format!("{ran:?}").contains("Secret"), "{line}: {ran:?}");
    }
    two("rebuild crm_other").done();
    assert_eq!(two("projections list crm_other").done().err, "no entries\n");
    two("verify crm_other").done();
}

#[test]
fn entries_are_searched_by_text_in_their_keys_and_values() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run_of(&["run", "crm_acme", "update-contact", "contact_id=c2", "name=C:\\temp \"x\""]);
    let keys = |options: &[&str]| -> Vec<String> {
        let arguments = ["projections", "list", "crm_acme", "--json", "--contains"];
        let ran = sandbox.run_of(&[&arguments, options].concat()).done();
        ran.objects().iter().map(|entry| entry["key"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(keys(&["ADA"]), ["contact:c1"]);
    assert_eq!(keys(&["C:\\temp \"x\""]), ["contact:c2"]);
    assert_eq!(keys(&["contacts"]), ["contacts:count"]);
    assert_eq!(keys(&["c", "--prefix", "contact:", "--after", "contact:c1"]), ["contact:c2"]);
    assert_eq!(keys(&["c", "--limit", "1"]), ["contact:c1"]);
    assert_eq!(keys(&["nobody"]), [""; 0]);
}

#[test]
fn stored_json_is_printed_digit_by_digit_and_documents_are_indented() {
    let sandbox = Sandbox::with_contacts();
    let payload = r#"{"n":12345678901234567890123,"r":1.10,"a":1,"a":{"x":[],"y":[1e400,"\ud83d"]}}"#;
    append_only(&sandbox, &[NewEvent::new("n1", "note.taken", Json::from_stored(payload.to_owned()))]);
    let line = sandbox.run("events list crm_acme --json --reverse --limit 1").done().out;
    assert!(line.contains(&format!(r#""payload":{payload},"#)), "{line}");
    let shown = sandbox.run("events show 3").done().out;
    let document = shown.split_once("payload\n").unwrap().1;
    let expected = [
        "  {",
        "    \"n\": 12345678901234567890123,",
        "    \"r\": 1.10,",
        "    \"a\": 1,",
        "    \"a\": {",
        "      \"x\": [],",
        "      \"y\": [",
        "        1e400,",
        "        \"\\ud83d\"",
        "      ]",
        "    }",
        "  }\n",
    ];
    assert_eq!(document, expected.join("\n"));
    let several = "{\n\t\"lines\": [1.0,\r\n2]\n}";
    append_only(&sandbox, &[NewEvent::new("n1", "note.taken", Json::from_stored(several.to_owned()))]);
    let line = sandbox.run("events list crm_acme --json --reverse --limit 1").done().out;
    assert!(line.contains(r#""payload":{"lines": [1.0,2]},"#) && line.lines().count() == 1, "{line}");
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    append_only(&sandbox, &[NewEvent::new("n1", "note.taken", Json::from_stored(deep.clone()))]);
    assert!(sandbox.run("events show 5 --json").done().out.contains(&deep));
    assert_eq!(sandbox.run("events show 5").done().out.matches('[').count(), 10_000);
}

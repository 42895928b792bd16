use ramax::{Json, NewEvent};
use serde_json::json;

use super::projections::{append_only, contact_added};
use crate::support::program::{Ran, Sandbox, sqlite};

/// Changes the stored value of every contact named Ada.
fn drift(sandbox: &Sandbox) {
    drift_of(sandbox, "crm_acme");
}

/// Changes a name in the projection of a space.
fn drift_of(sandbox: &Sandbox, space: &str) {
    let changed = sqlite(&sandbox.db()).execute(
        "UPDATE projection_entities SET value = replace(value, 'Ada', 'Eve') WHERE key = 'contact:c1' AND projection_id IN
             (SELECT projection_id FROM projections JOIN spaces USING (space_id) WHERE space_name = ?1)",
        [space],
    );
    assert_ne!(changed.unwrap(), 0);
}

#[test]
fn a_rebuild_reports_its_result() {
    let sandbox = Sandbox::with_contacts();
    let text = sandbox.run("rebuild crm_acme").done();
    assert!(
        text.out.starts_with("rebuilt crm_acme: 2 events → 8 keys of state and contacts_by_domain in "),
        "{text:?}"
    );
    assert_eq!(text.err, "", "there is no progress to show");
    let text = sandbox.run("rebuild crm_acme --progress").done();
    assert_eq!(text.err, "rebuild crm_acme …\n");
    let ran = sandbox.run("rebuild crm_acme --json").done();
    let object = ran.object();
    assert_eq!((&object["space_name"], &object["events"]), (&"crm_acme".into(), &2.into()));
    assert_eq!((&object["keys"], &object["skipped"]), (&8.into(), &0.into()));
    let seconds = object["seconds"].as_f64().unwrap();
    assert_eq!((seconds * 1e6).round() / 1e6, seconds);
    assert_eq!(ran.err, "");
}

#[test]
fn verify_finds_drift_and_rebuild_repairs_it() {
    let sandbox = Sandbox::with_contacts();
    let ran = sandbox.run("verify crm_acme").done();
    assert!(
        ran.out.starts_with("crm_acme  note: contacts_by_domain projection  lags 2 events behind its log\n"),
        "{ran:?}"
    );
    sandbox.run("catch-up crm_acme").done();
    drift(&sandbox);
    let ran = sandbox.run("verify crm_acme");
    assert_eq!(ran.code, 1);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[0], "crm_acme  contact:c1.name  is \"Eve\", expected \"Ada\"  [rebuild]");
    assert!(lines[1].starts_with("crm_acme: 1 difference (2 events, 8 keys) in "), "{ran:?}");
    assert_eq!(lines.len(), 2);
    assert!(ran.err.contains("hint: `ramax rebuild crm_acme`"), "{ran:?}");
    let ran = sandbox.run("verify --all --json");
    assert_eq!(ran.code, 1);
    let lines = ran.objects();
    let [difference, verdict] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!((&verdict["space_name"], &verdict["keys"]), (&"crm_acme".into(), &8.into()));
    assert_eq!(verdict["differences"], 1);
    assert_eq!((&difference["space_name"], &difference["key"]), (&"crm_acme".into(), &"contact:c1".into()));
    assert_eq!((&difference["difference"], &difference["remedy"]), (&"altered".into(), &"rebuild".into()));
    sandbox.run("rebuild crm_acme").done();
    let ran = sandbox.run("verify crm_acme").done();
    assert!(
        ran.out.starts_with("crm_acme: projections match their events (2 events, 8 keys) in "),
        "{ran:?}"
    );
    assert_eq!((ran.out.lines().count(), ran.err.as_str()), (1, ""));
}

#[test]
fn work_on_all_spaces_says_so_if_there_is_none() {
    let sandbox = Sandbox::new();
    sandbox.run("spaces create crm_acme").done();
    for command in ["verify --all", "rebuild --all", "catch-up --all"] {
        let ran = sandbox.run(command).done();
        assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", "no space has events\n"), "{command}");
    }
}

#[test]
fn a_key_without_an_event_is_found() {
    let sandbox = Sandbox::with_contacts();
    sandbox
        .store()
        .pstate()
        .put(
            ramax::SpaceId(1).into(),
            "contact:ghost",
            Json::of(&json!({"id": "ghost"})),
            ramax::Timestamp(0),
        )
        .unwrap();
    let ran = sandbox.run("verify crm_acme");
    assert_eq!(ran.code, 1);
    let told = "crm_acme  contact:ghost  exists, although no event up to the checkpoint leads to it: {\"id\"";
    assert!(ran.out.starts_with(told), "{ran:?}");
}

#[test]
fn verify_advises_no_rebuild_that_would_fail_or_lose_data() {
    let sandbox = Sandbox::with_contacts();
    sqlite(&sandbox.db())
        .execute("UPDATE event_log SET payload = replace(payload, 'Grace', 'Gr@ce') WHERE event_id = 2", [])
        .unwrap();
    let ran = sandbox.run("verify crm_acme");
    assert_eq!(ran.code, 1);
    let hint = ran.err.lines().find(|line| line.starts_with("hint: ")).unwrap();
    for told in [
        "a rebuild stops at event 2",
        "`ramax events show 2`",
        "use the last good backup; a rebuild without it loses what is stored at contact:c2",
    ] {
        assert!(hint.contains(told), "{told} in {hint}");
    }
    assert!(!hint.contains("--skip-errors") && !ran.out.contains("rebuild"), "{ran:?}");
    assert_eq!(sandbox.run("rebuild crm_acme").code, 1);
    sandbox.run("rebuild crm_acme --skip-errors").done();
    assert_eq!(sandbox.run("projections get crm_acme contact:c2").code, 1);
}

#[test]
fn a_rebuild_leaves_other_spaces_unchanged() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("spaces create crm_b").done();
    sandbox.run("run crm_b add-contact contact_id=c1 name=Ada email=b@b.example").done();
    drift(&sandbox);
    let drifted = sandbox.run("projections list crm_b --json").done().out;
    sandbox.run("rebuild crm_acme").done();
    assert_eq!(sandbox.run("projections list crm_b --json").done().out, drifted);
}

#[test]
fn a_bad_event_stops_a_rebuild_unless_it_is_skipped() {
    let sandbox = Sandbox::with_contacts();
    let before = sandbox.run("projections list crm_acme --json").done().out;
    let payload = json!({"contact_id": "ghost", "name": "G", "email": "g@g.example"});
    let bad = NewEvent::new("ghost", "contact.updated", Json::of(&payload));
    append_only(&sandbox, &[bad, contact_added("c3")]);
    let ran = sandbox.run("rebuild crm_acme");
    assert_eq!(ran.code, 1);
    let (message, hint) = ran.error();
    assert!(message.starts_with("event 3 (contact.updated, sequence 3) cannot be applied: "), "{message}");
    assert!(hint.contains("--skip-errors"), "{hint}");
    assert_eq!(sandbox.run("--read-only projections list crm_acme --json").done().out, before);
    let ran = sandbox.run("rebuild crm_acme --skip-errors --json").done().object();
    assert_eq!((&ran["events"], &ran["skipped"]), (&4.into(), &1.into()));
    assert_eq!(ran["skipped_events"][0]["event_id"], 3);
    let text = sandbox.run("rebuild crm_acme --skip-errors").done().out;
    assert!(text.contains("skipped event 3 at sequence 3: "), "{text}");
}

#[test]
fn a_rebuild_stopped_by_a_damaged_event_names_the_backup_first() {
    let sandbox = Sandbox::with_contacts();
    let damage = "UPDATE event_log SET payload = replace(payload, 'Ada', 'Adb')";
    assert_ne!(sqlite(&sandbox.db()).execute(damage, ()).unwrap(), 0);
    let ran = sandbox.run("rebuild crm_acme");
    let (message, hint) = ran.error();
    assert!(message.contains("its checksum does not match"), "{message}");
    assert!(hint.starts_with("use the last good backup") && hint.contains("loses what is stored"), "{hint}");
}

#[test]
fn a_failure_in_one_space_does_not_stop_the_others() {
    let sandbox = Sandbox::with_contacts();
    append_only(&sandbox, &[NewEvent::new("g", "contact.updated", Json::of(&json!({})))]);
    sandbox.run("spaces create crm_b").done();
    sandbox.run("run crm_b add-contact contact_id=c1 name=B email=b@b.example").done();
    sandbox.run("spaces create unknown").done();
    let ran = sandbox.run("rebuild --all");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("rebuilt crm_b: 1 event → 5 keys"), "{ran:?}");
    assert!(ran.error().0.starts_with("crm_acme: event 3 "), "{ran:?}");
}

#[test]
fn generating_creates_the_requested_events_through_commands() {
    let sandbox = Sandbox::new();
    let object = sandbox.run("generate --spaces 3 --events 200 --json").done().object();
    assert_eq!((&object["spaces"], &object["events"]), (&3.into(), &200.into()));
    assert_eq!(sandbox.run("events list --all-spaces --json").done().objects().len(), 200);
    sandbox.run("verify --all").done();
    let text = sandbox.run("generate --spaces 1 --events 10 --app cms").done().out;
    assert!(text.starts_with("generated 10 events in 1 space in "), "{text}");
    assert_eq!(sandbox.run("spaces show cms_load_0001 --json").done().object()["events"], 10);
    assert_eq!(sandbox.run("generate --spaces 1 --events 10 --app erp").code, 2);
}

#[test]
fn the_same_seed_generates_the_same_events() {
    let payloads = |seed: u32| {
        let sandbox = Sandbox::new();
        sandbox.run(&format!("generate --spaces 2 --events 60 --seed {seed}")).done();
        let events = sandbox.run("events list --all-spaces --json").done().objects();
        events.iter().map(|event| event["payload"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(payloads(7), payloads(7));
    assert_ne!(payloads(7), payloads(8));
}

#[test]
fn events_and_projections_may_be_in_two_files() {
    let sandbox = Sandbox::new();
    let two = "--projections p.db";
    sandbox.run(&format!("{two} generate --spaces 2 --events 50")).done();
    sandbox.run(&format!("{two} rebuild --all")).done();
    sandbox.run(&format!("{two} verify --all")).done();
    let ran = sandbox.run("spaces list --json");
    assert_eq!((ran.code, ran.json_error()["kind"].as_str()), (3, Some("projections_elsewhere")));
}

#[test]
fn a_release_check_groups_what_this_program_would_change() {
    let sandbox = Sandbox::with_contacts();
    let ran = sandbox.run("release-check --all").done();
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("crm_acme  no difference; not built yet: contacts_by_domain; "), "{ran:?}");
    assert!(lines[1].starts_with("a rebuild of the space would take about "), "{ran:?}");
    assert!(
        lines[2].starts_with("this program derives the same projections (1 space, 2 events) in "),
        "{ran:?}"
    );
    drift(&sandbox);
    let ran = sandbox.run("release-check crm_acme --read-only");
    assert_eq!(ran.code, 1);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[..2], ["contact:*.name  1 difference changed", "  contact:c1.name: \"Eve\" → \"Ada\""]);
    assert!(
        ran.err.contains("`ramax rebuild crm_acme` makes these changes; with --review, it shows"),
        "{ran:?}"
    );
    let ran = sandbox.run("release-check --all --json");
    let lines = ran.objects();
    let [group, space, verdict] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!((&group["field"], &group["kind"]), (&"contact:*.name".into(), &"changed".into()));
    assert_eq!((&group["count"], &group["examples"][0]["after"]), (&1.into(), &"Ada".into()));
    assert_eq!((&space["finding"], &space["unbuilt"]), (&"space".into(), &json!(["contacts_by_domain"])));
    assert_eq!((&verdict["differences"], &verdict["differs"]), (&1.into(), &true.into()));
    assert_eq!(sandbox.run("release-check").code, 2, "a space or --all is needed");
    let ran = sandbox.run("release-check crm_acm");
    assert!(ran.code == 1 && ran.err.contains("did you mean"), "{ran:?}");
}

#[test]
fn a_release_check_names_the_rebuilds_of_the_spaces_that_differ() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("spaces create crm_b").done();
    sandbox.run("run crm_b add-contact contact_id=c1 name=Ada email=b@b.example").done();
    append_only(&sandbox, &[NewEvent::new("g", "contact.updated", Json::of(&json!({})))]);
    drift(&sandbox);
    let hint = |ran: &Ran| ran.err.lines().find(|line| line.starts_with("hint: ")).map(str::to_owned);
    let expected = "hint: `ramax rebuild crm_acme --skip-errors` makes these changes without the events that cannot be \
                    applied; with --review, it shows them and asks first";
    let ran = sandbox.run("release-check --all");
    assert_eq!(hint(&ran).as_deref(), Some(expected), "{ran:?}");
    drift_of(&sandbox, "crm_b");
    let ran = sandbox.run("release-check crm_acme crm_b");
    assert!(ran.err.contains(" and `ramax rebuild crm_b` make these changes"), "{ran:?}");
    for name in ["crm_c", "crm_d"] {
        sandbox.run(&format!("spaces create {name}")).done();
        sandbox.run(&format!("run {name} add-contact contact_id=c1 name=Ada email=b@b.example")).done();
        drift_of(&sandbox, name);
    }
    let ran = sandbox.run("release-check --all");
    assert!(ran.err.contains("`ramax rebuild --all --skip-errors` makes these changes"), "{ran:?}");
}

#[test]
fn a_release_check_of_a_space_with_a_damaged_event_advises_a_backup() {
    let sandbox = Sandbox::with_contacts();
    let damage = "UPDATE event_log SET payload = replace(payload, 'Ada', 'Adb')";
    assert_ne!(sqlite(&sandbox.db()).execute(damage, ()).unwrap(), 0);
    let ran = sandbox.run("release-check --all");
    assert!(ran.out.contains("has 1 event in 1 space that cannot be applied, first event 1 "), "{ran:?}");
    assert!(ran.out.contains("1 event cannot be applied, of which 1 is damaged"), "{ran:?}");
    assert!(ran.err.contains("hint: crm_acme: ") && ran.err.contains("use the last good backup"), "{ran:?}");
    assert!(!ran.err.contains("rebuild crm_acme"), "a rebuild would lose what is stored: {ran:?}");
}

#[test]
fn a_review_without_differences_says_so_and_a_first_build_needs_to_be_accepted() {
    let sandbox = Sandbox::with_contacts();
    let ran = sandbox.run("rebuild crm_acme --review");
    let first = "contacts_by_domain is built for the first time, with ";
    assert!(ran.code == 1 && ran.out.contains(&format!("no differences; {first}")), "{ran:?}");
    let ran = sandbox.run("rebuild crm_acme --review --json");
    assert_eq!(ran.object()["first_builds"][0]["projection"], "contacts_by_domain");
    sandbox.run("rebuild crm_acme --review --accept").done();
    let ran = sandbox.run("rebuild crm_acme --review").done();
    assert!(ran.out.trim_end().ends_with("; no differences"), "{ran:?}");
    let ran = sandbox.run("log").done();
    assert!(ran.out.contains("keys, no differences"), "{ran:?}");
}

#[test]
fn a_reviewed_rebuild_shows_its_differences_and_needs_to_be_accepted() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("rebuild crm_acme").done();
    drift(&sandbox);
    let ran = sandbox.run("rebuild crm_acme --review");
    assert_eq!(ran.code, 1);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[..2], ["contact:*.name  1 difference changed", "  contact:c1.name: \"Eve\" → \"Ada\""]);
    let discarded =
        "discarded the rebuild of crm_acme: 1 difference in 1 key; the existing projection is unchanged";
    assert_eq!(lines[2..], [discarded]);
    assert_eq!(sandbox.run("verify crm_acme").code, 1, "nothing has changed");
    let ran = sandbox.run("rebuild crm_acme --review --accept --json").done();
    let lines = ran.objects();
    assert_eq!((&lines[0]["field"], &lines[1]["review"]), (&"contact:*.name".into(), &"accept".into()));
    sandbox.run("verify crm_acme").done();
    assert_eq!(sandbox.run("rebuild crm_acme --accept").code, 2, "there is nothing to accept");
}

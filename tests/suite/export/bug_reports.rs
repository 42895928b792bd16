//! Bug reports: some events of a space with masked values, as an export or as a test.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::sync::Arc;

use proptest::prelude::*;
use ramax::apps::Crm;
use ramax::operations::{
    BugReport, ExportBugReport, ExportBugReportTo, FieldPath, Import, Operation, OperationContext, Rebuild,
    Target, keep_going, rebuild, verify,
};
use ramax::{
    Apps, Command, Conditions, ContentStore, CorrelationId, Error, Event, EventId, ExportError, Json,
    NewEvent, Page, ReportSubject, Request, Result, Space, SpaceMetadata, Store,
};
use serde_json::{Value, json};

use super::fixtures::*;
use super::lines::opened;
use crate::support::{Fixture, START, add_contact, rename_contact};

fn report(subject: ReportSubject, masks: &[&str]) -> BugReport {
    let masks = masks.iter().map(|mask| mask.parse::<FieldPath>().unwrap()).collect();
    BugReport { subject, masks, as_test: false }
}

fn entity(entity_id: &str) -> ReportSubject {
    ReportSubject::Entity(entity_id.to_owned())
}

fn written(store: &Store, space: &Space, report: BugReport) -> Result<String> {
    let (mut out, apps) = (Vec::new(), Apps::standard());
    let mut export = ExportBugReportTo { report, out: &mut out };
    let done = export.run(Target::of(space), OperationContext::new(store, &apps), &mut keep_going)?;
    assert_eq!(done.bytes, out.len() as u64);
    Ok(String::from_utf8(out).unwrap())
}

fn event(entity_id: &str, event_type: &str, payload: &str) -> NewEvent {
    NewEvent::new(entity_id, event_type, Json::checked(payload.to_owned()).unwrap())
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Imports a report into an empty store, as the command line does. Returns the space with its app.
fn imported(fixture: &Fixture, text: &str) -> Result<ContentStore> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("report.jsonl");
    fs::write(&file, text).unwrap();
    let apps = Apps::standard();
    let context = OperationContext::new(&fixture.store, &apps);
    let done = Import { file, into: None }.run(Target::File, context, &mut keep_going)?;
    assert_eq!((done.causes_dropped, done.not_derived), (0, None));
    ContentStore::open(&fixture.store, &done.space.space_name, Arc::new(Crm))
}

fn events(space: &ContentStore) -> Vec<Event> {
    space.store().events().read_space(space.space_id(), Page::forward(None, 9999)).unwrap()
}

/// Three contacts. The second one was added and renamed with one correlation, and caused that the first one was renamed.
fn renamed(fixture: &Fixture) -> (ContentStore, CorrelationId) {
    let crm = fixture.crm("crm_acme");
    let correlation: CorrelationId = "67e55044-10b1-426f-9247-bb680e5fe0c8".parse().unwrap();
    let with = |command, correlation_id, causation_id| Request {
        conditions: Conditions { correlation_id, causation_id, ..Conditions::default() },
        ..Request::from(command)
    };
    crm.execute(add_contact("c1")).unwrap();
    let second = crm.execute(with(add_contact("c2"), Some(correlation), None)).unwrap().event_ids[0];
    crm.execute(add_contact("c3")).unwrap();
    crm.execute(with(rename_contact("c1", "Ada King"), None, Some(second))).unwrap();
    crm.execute(with(rename_contact("c2", "Ada King"), Some(correlation), Some(second))).unwrap();
    (crm, correlation)
}

#[test]
fn a_report_is_imported_verified_and_rebuilt_like_a_space() {
    let source = Fixture::memory();
    let (crm, correlation) = renamed(&source);
    let before = events(&crm);
    for (subject, sequences, name) in [
        (entity("c1"), vec![1, 4], "crm_acme@c1"),
        (ReportSubject::Correlation(correlation), vec![2, 5], "crm_acme@correlation-67e55044"),
        (ReportSubject::Event(before[3].event_id), vec![1, 2, 4], "crm_acme@event-4"),
        (ReportSubject::Event(before[1].event_id), vec![2], "crm_acme@event-2"),
    ] {
        let text = written(&source.store, crm.space(), report(subject.clone(), &["name"])).unwrap();
        for target in targets() {
            let space = imported(&target, &text).unwrap();
            assert_eq!(space.space().space_name, name);
            let origin = space.space().bug_report().unwrap();
            assert_eq!((origin.space_name.as_str(), &origin.subject), ("crm_acme", &subject));
            assert_eq!((origin.sequence.0, origin.masked), (sequences.len() as u64, vec!["name".to_owned()]));
            let copied = events(&space);
            for (place, (copy, sequence)) in copied.iter().zip(&sequences).enumerate() {
                let original = &before[sequence - 1];
                assert_eq!((copy.space_sequence.0, copy.event_id), (place as u64 + 1, original.event_id));
                assert_eq!(
                    (copy.timestamp, copy.correlation_id),
                    (original.timestamp, original.correlation_id)
                );
                let note = copy.metadata.as_ref().unwrap().to_value()["$original"].clone();
                assert_eq!(
                    (&note["space_sequence"], &note["event_id"]),
                    (&json!(sequence), &json!(original.event_id))
                );
            }
            assert_eq!(copied.len(), sequences.len());
            let is_correlated = matches!(subject, ReportSubject::Correlation(_));
            assert!(!is_correlated || copied[1].causation_id == Some(copied[0].event_id));
            assert_eq!(verify(&space, &mut keep_going).unwrap().count(), 0);
            rebuild(&space, Rebuild::default(), &mut keep_going).unwrap();
        }
    }
}

#[test]
fn a_cause_in_the_report_is_kept_and_any_other_is_noted() {
    let source = Fixture::memory();
    let (crm, _) = renamed(&source);
    let notes = |subject| {
        let text = written(&source.store, crm.space(), report(subject, &[])).unwrap();
        let lines = lines(&text);
        let last = lines[lines.len() - 2].clone();
        (last["causation_sequence"].clone(), last["metadata"]["$original"]["cause"].clone())
    };
    let cause = json!({"event_id": 2, "space_sequence": 2, "event_type": "contact.added"});
    assert_eq!(notes(entity("c1")), (Value::Null, cause));
    assert_eq!(notes(ReportSubject::Event(EventId(4))), (json!(2), Value::Null));
    // Of a cause that is another tenant's, nothing but the id is written.
    let other = source.crm("crm_secret");
    let caused = Request {
        conditions: Conditions { causation_id: Some(EventId(4)), ..Conditions::default() },
        ..Request::from(add_contact("s1"))
    };
    other.execute(caused).unwrap();
    let text = written(&source.store, other.space(), report(entity("s1"), &[])).unwrap();
    assert_eq!(lines(&text)[1]["metadata"]["$original"]["cause"], json!({"event_id": 4}));
    assert!(!text.contains("crm_acme"), "{text}");
}

#[test]
fn masked_values_are_nowhere_in_the_file_and_stand_ins_are_stable() {
    let source = Fixture::memory();
    let space = source.store.events().get_or_create_space("crm_acme", None, START).unwrap();
    let payloads = [
        json!({"email": "ada@acme.example", "phone": 4917012345_u64, "born": "1815-12-10", "vip": true}),
        json!({"contact": {"email": "ADA@acme.example"}, "note": "mail ada@acme.example or 4917012345"}),
        json!({"email": ["bob@acme.example", {"old": "ada@acme.example"}], "ada@acme.example": 1, "n": 4917012345_u64}),
        json!({"email": {"redacted": true}, "ref": {"$ref": "contact:ada@acme.example"}, "born": "1815-12-10"}),
        json!({"email": HOSTILE, "note": format!("<{HOSTILE}>")}),
    ];
    let new: Vec<NewEvent> = payloads
        .iter()
        .map(|payload| {
            let metadata = Json::of(&json!({"actor": "ada@acme.example", "client": "test"}));
            NewEvent::new("ada@acme.example", "contact.added", Json::of(payload)).with_metadata(metadata)
        })
        .collect();
    append(&source.store, space.space_id, &new);
    let report = report(entity("ada@acme.example"), &["email", "phone", "born", "vip", "meta.client"]);
    let text = written(&source.store, &space, report).unwrap();
    for value in ["ada@acme", "ADA@acme", "bob@acme", "4917012345", "1815-12-10", "test", "\\u009b31m"] {
        assert!(!text.contains(value), "{value}: {text}");
    }
    let lines = lines(&text);
    let payload = |index: usize| lines[index]["payload"].clone();
    let ada = "masked-1@example.com";
    assert_eq!(payload(1), json!({"email": ada, "phone": 1000000002, "born": "2000-01-04", "vip": false}));
    let note = format!("mail {ada} or 1000000002");
    assert_eq!(payload(2), json!({"contact": {"email": ada}, "note": note}));
    assert_eq!(payload(3), json!({"email": ["masked-5@example.com", {"old": ada}], ada: 1, "n": 1000000002}));
    let reference = json!({"$ref": format!("contact:{ada}")});
    assert_eq!(payload(4), json!({"email": {"redacted": true}, "ref": reference, "born": "2000-01-04"}));
    assert_eq!(payload(5), json!({"email": "masked-6", "note": "<masked-6>"}));
    assert_eq!(lines[1]["metadata"]["actor"], ada);
    assert_eq!(
        (&lines[1]["entity_id"], &lines[0]["metadata"]["bug_report"]["entity_id"]),
        (&json!(ada), &json!(ada))
    );
}

#[test]
fn what_cannot_be_reported_is_refused_with_the_reason_and_leaves_no_file() {
    let source = Fixture::one_file();
    let (crm, _) = renamed(&source);
    let (store, space) = (&source.store, crm.space());
    let refused = |report: BugReport| match written(store, space, report) {
        Err(Error::Export(error)) => (error.to_string(), error.advice().map(|advice| advice.to_string())),
        other => panic!("not refused: {other:?}"),
    };
    assert_eq!(refused(report(entity("c9"), &[])).0, "the space crm_acme has no events of the entity c9");
    assert_eq!(
        refused(report(ReportSubject::Event(EventId(99)), &[])).0,
        "the space crm_acme has no event 99"
    );
    let none = ReportSubject::Correlation(CorrelationId::nil());
    let reason = "the space crm_acme has no events of the correlation 00000000-0000-0000-0000-000000000000";
    assert_eq!(refused(report(none, &[])).0, reason);
    let (reason, advice) = refused(report(entity("c1"), &["name", "mail"]));
    assert_eq!(reason, "none of these events has the field mail");
    assert_eq!(advice.as_deref(), Some("they have: contact_id, email, name"));
    // An event of another space is not one of this.
    let other = source.crm("crm_other").execute(add_contact("c1")).unwrap().event_ids[0];
    assert!(refused(report(ReportSubject::Event(other), &[])).0.contains("has no event"));

    let (file, apps) = (source.directory.path().join("report.jsonl"), Apps::standard());
    let mut export =
        ExportBugReport { report: report(entity("c1"), &[]), file: file.clone(), replace: false };
    let context = OperationContext::new(store, &apps);
    let cancelled = export.run(Target::of(space), context, &mut |_| ControlFlow::Break(()));
    assert!(cancelled.is_err() && !file.exists());
    export.run(Target::of(space), context, &mut keep_going).unwrap();
    let before = fs::read(&file).unwrap();
    let error = export.run(Target::of(space), context, &mut keep_going).unwrap_err();
    assert!(matches!(error, Error::Export(ExportError::Exists { .. })), "{error}");
    plant_payload(&source, EventId(4), "{}");
    let sql = rusqlite::Connection::open(source.file()).unwrap();
    sql.execute("UPDATE event_log SET payload = '[]' WHERE event_id = 4", ()).unwrap();
    export.replace = true;
    let error = export.run(Target::of(space), context, &mut keep_going).unwrap_err();
    assert!(
        error.to_string().starts_with("event 4 (sequence 4) cannot be exported: its checksum"),
        "{error}"
    );
    assert_eq!(fs::read(&file).unwrap(), before);
}

/// The contact of the checked-in test, with a value that is masked in it.
fn example(fixture: &Fixture) -> ContentStore {
    let crm = fixture.crm("crm_acme");
    let add = |id, name, email| {
        Command::new("add-contact").with("contact_id", id).with("name", name).with("email", email)
    };
    crm.execute(add("c1", "Ada Lovelace", "ada@acme.example")).unwrap();
    crm.execute(add("c2", "Grace", "grace@acme.example")).unwrap();
    let update = Command::new("update-contact").with("contact_id", "c1");
    crm.execute(update.with("email", "ada@king.example")).unwrap();
    crm
}

#[test]
fn a_report_writes_itself_as_a_test_that_passes() {
    let fixture = Fixture::memory();
    let crm = example(&fixture);
    let report = BugReport { as_test: true, ..report(entity("c1"), &["name", "email"]) };
    let text = written(&fixture.store, crm.space(), report).unwrap();
    // The file is compiled and run as a module of these tests.
    assert_eq!(text, include_str!("written_test.rs"));
}

#[test]
fn a_test_says_what_the_app_does_not_do() {
    let fixture = Fixture::memory();
    let test = |crm: &ContentStore, entity_id: &str| {
        let report = BugReport { as_test: true, ..report(entity(entity_id), &[]) };
        written(&fixture.store, crm.space(), report).map_err(|error| error.to_string())
    };
    let crm = fixture.crm("crm_acme");
    let payload = r#"{"contact_id":"c1","name":"A","email":"a","age":1.10}"#;
    append(&fixture.store, crm.space_id(), &[event("c1", "contact.added", payload)]);
    let text = test(&crm, "c1").unwrap();
    assert!(text.contains("// No command of the app appends the last event"), "{text}");
    assert!(
        text.contains(r#"exact("{\"contact_id\":\"c1\",\"name\":\"A\",\"email\":\"a\",\"age\":1.10}")"#),
        "{text}"
    );
    assert!(text.contains(r#".then_state("contact:c1", json!({"id": "c1""#), "{text}");
    append(&fixture.store, crm.space_id(), &[event("c2", "contact.updated", payload)]);
    let text = test(&crm, "c2").unwrap();
    assert!(text.contains("// It fails as long as the app cannot apply these events: "), "{text}");
    append(&fixture.store, crm.space_id(), &vec![event("many", "x", "1"); 1001]);
    assert_eq!(test(&crm, "many").unwrap_err(), "a test has at most 1,000 events, and these are more");
    let metadata = SpaceMetadata::of_app("shop");
    let unknown = fixture.store.events().get_or_create_space("unknown", Some(&metadata), START).unwrap();
    append(&fixture.store, unknown.space_id, &[event("e", "x", "1")]);
    let report = |as_test| BugReport { as_test, ..report(entity("e"), &[]) };
    assert!(written(&fixture.store, &unknown, report(false)).is_ok());
    let error = written(&fixture.store, &unknown, report(true)).unwrap_err();
    assert_eq!(error.kind(), "unknown_app", "{error}");
}

/// Generates values of which some occur in others.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        "[a-c]{3,5}@[a-c]{2,3}\\.example".prop_map(Value::from),
        "[a-cA-C:\"\\\\\u{e9}\u{202e}]{3,6}".prop_map(Value::from),
        (1000_u32..1100).prop_map(Value::from),
        Just(json!({"redacted": true})),
        Just(Value::Null),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[x-z]", inner, 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Passes the texts and numbers of a value to `visit`, each with the one at the same place of another value.
fn each_pair(one: &Value, other: &Value, visit: &mut dyn FnMut(&Value, &Value)) {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.iter().zip(other).for_each(|(one, other)| each_pair(one, other, visit));
        }
        (Value::Object(one), Value::Object(other)) => {
            one.values().zip(other.values()).for_each(|(one, other)| each_pair(one, other, visit));
        }
        (Value::String(_) | Value::Number(_), _) => visit(one, other),
        _ => {}
    }
}

fn texts(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_ascii_lowercase(),
        value => value.to_string(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn no_masked_value_survives_and_equal_values_have_equal_stand_ins(
        payloads in prop::collection::vec((value(), value()), 1..6),
    ) {
        let source = Fixture::memory();
        let space = source.store.events().get_or_create_space("odd", None, START).unwrap();
        let payload = |(secret, note): &(Value, Value)| json!({"secret": secret, "note": note});
        let new: Vec<NewEvent> = payloads.iter().map(|pair| NewEvent::new("e", "t", Json::of(&payload(pair)))).collect();
        append(&source.store, space.space_id, &new);
        match written(&source.store, &space, report(entity("e"), &["secret"])) {
            // Next to other text, a stand-in formed a value again.
            Err(Error::Export(ExportError::NotMasked { .. })) => {}
            Err(other) => prop_assert!(false, "{other}"),
            Ok(text) => {
                let lines = opened(&text);
                let written: Vec<Value> = lines[1..lines.len() - 1]
                    .iter()
                    .map(|line| serde_json::from_str::<Value>(line).unwrap()["payload"].clone())
                    .collect();
                let (mut stand_ins, mut originals) = (BTreeMap::new(), Vec::new());
                for (pair, masked) in payloads.iter().zip(&written) {
                    each_pair(&pair.0, &masked["secret"], &mut |one, other| {
                        originals.push(texts(one));
                        let known = stand_ins.entry(texts(one)).or_insert_with(|| other.clone());
                        assert_eq!(texts(known), texts(other), "{one} has two stand-ins");
                    });
                }
                let distinct: std::collections::BTreeSet<String> = stand_ins.values().map(texts).collect();
                prop_assert_eq!(distinct.len(), stand_ins.len(), "two values share a stand-in");
                for masked in &written {
                    let mut all = Vec::new();
                    each_pair(masked, masked, &mut |one, _| all.push(texts(one)));
                    for original in originals.iter().filter(|text| text.parse::<f64>().is_err()) {
                        prop_assert!(all.iter().all(|text| !text.contains(original.as_str())), "{original} in {masked}");
                    }
                    for original in originals.iter().filter(|text| text.parse::<f64>().is_ok()) {
                        prop_assert!(!all.contains(original), "{original} in {masked}");
                    }
                }
                let target = Fixture::memory();
                let again = import_text(&target.store, &text, None).unwrap();
                prop_assert_eq!(again.events, payloads.len() as u64);
            }
        }
    }
}

#[test]
fn the_types_of_events_that_contain_a_masked_value_are_listed() {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    crm.execute(rename_contact("c1", "Contact")).unwrap();
    let (mut out, apps) = (Vec::new(), Apps::standard());
    let mut export = ExportBugReportTo { report: report(entity("c1"), &["name"]), out: &mut out };
    let context = OperationContext::new(&fixture.store, &apps);
    let done = export.run(Target::of(crm.space()), context, &mut keep_going).unwrap();
    assert_eq!(done.kept_types, ["contact.added", "contact.updated"]);
    let text = done.kept_text().unwrap();
    assert!(
        text.ends_with("the event types contact.added, contact.updated contain a masked value and were kept"),
        "{text}"
    );
}

//! Commands whose fields have every kind: checked, typed, kept digit by digit, and secret where declared.

use std::ffi::OsString;
use std::sync::Arc;

use ramax::cli::{Exit, Program};
use ramax::content_store::{
    AppProblem, Applied, CommandSpec, Decide, Decision, FieldKind, FieldSpec, StateError, TypedCommand,
    check_app,
};
use ramax::operations::{self, GenerateOptions, generate, keep_going, verify};
use ramax::{
    App, Apps, Command, ContentStore, Context, Event, Location, NewEvent, OpenOptions, Page, Secret, State,
    Store,
};
use serde::Deserialize;

use crate::on_every_store;
use crate::support::Fixture;
use crate::support::shop::{AddCustomer, OrderTaken, Shop, TakeOrder};

on_every_store![
    values_reach_the_event_digit_by_digit,
    time_and_ids_come_from_the_store,
    the_configuration_of_the_app_decides,
    hostile_values_are_rejected_with_a_reason,
    a_secret_is_never_recorded_or_shown,
    load_data_has_values_of_every_kind,
];

fn shop(store: &Store) -> ContentStore {
    ContentStore::open(store, "shop_one", Arc::new(Shop::new("99999999999999999999"))).unwrap()
}

fn order() -> Command {
    Command::new("take-order")
        .with("customer", "ada")
        .with("price", "12.50")
        .with("pieces", "3")
        .with("serial", "7")
        .with("day", "2026-11-29")
}

fn last_event(space: &ContentStore) -> Event {
    let page = Page::backward(None, 1);
    space.store().events().read_space(space.space_id(), page).unwrap().pop().unwrap()
}

fn values_reach_the_event_digit_by_digit(fixture: &Fixture) {
    let shop = shop(&fixture.store);
    let serial = "9".repeat(2_000);
    let order = order()
        .with("price", "1234567890123456789.10")
        .with("serial", &serial)
        .with("placed_at", "2026-11-29T10:00:00.5+01:00")
        .with("gift", "true")
        .with("parcel", "large")
        .with("details", r#"{"weight": 1.10, "huge": 1e999999, "huge": 12345678901234567890123}"#);
    shop.execute(order).unwrap();
    let event = last_event(&shop);
    let payload = event.payload.as_str();
    for exact in [
        r#""price":1234567890123456789.10,"#,
        &format!(r#""serial":{serial},"#),
        r#""day":"2026-11-29""#,
        r#""placed_at":"2026-11-29T09:00:00.500Z""#,
        r#""gift":true"#,
        r#""parcel":"large""#,
        r#"{"weight": 1.10, "huge": 1e999999, "huge": 12345678901234567890123}"#,
    ] {
        assert!(payload.contains(exact), "{exact} in {payload}");
    }
    let taken: OrderTaken = event.to().unwrap();
    assert_eq!(taken.serial.as_str(), serial);
    let stored: OrderTaken = shop.get(&format!("order:{}", event.entity_id)).unwrap().unwrap();
    assert_eq!(stored.price.as_str(), "1234567890123456789.10");
    assert_eq!(verify(&shop, &mut keep_going).unwrap().differences, []);
}

fn time_and_ids_come_from_the_store(fixture: &Fixture) {
    let shop = shop(&fixture.store);
    shop.execute(order()).unwrap();
    let first = last_event(&shop);
    assert_eq!(first.to::<OrderTaken>().unwrap().taken_at, first.timestamp);
    assert!(first.entity_id.starts_with("00000000-0000-4000-8000-"), "{}", first.entity_id);
    assert_ne!(first.correlation_id.unwrap().to_string(), first.entity_id);
    shop.execute(order()).unwrap();
    assert_ne!(last_event(&shop).entity_id, first.entity_id);
    let mut seen = None;
    shop.commit(|context| {
        seen = Some((context.now(), context.new_id()));
        assert_eq!((context.space().space_name.as_str(), context.now()), ("shop_one", context.now()));
        Ok(vec![NewEvent::of(context.new_id(), &CustomerNoted { note: "hi".to_owned() })?])
    })
    .unwrap();
    let event = last_event(&shop);
    assert_eq!(seen.unwrap().0, event.timestamp);
    assert_ne!(seen.unwrap().1.to_string(), event.entity_id);
}

ramax::events! {
    struct CustomerNoted: "customer.noted" { note: String }
}

fn the_configuration_of_the_app_decides(fixture: &Fixture) {
    for (limit, outcome) in [("12.5", "accepted"), ("12.49", "too_expensive")] {
        let shop = ContentStore::open(&fixture.store, "shop_one", Arc::new(Shop::new(limit))).unwrap();
        let kind =
            shop.execute(order()).map_or_else(|error| error.kind().to_owned(), |_| "accepted".to_owned());
        assert_eq!(kind, outcome);
    }
}

fn hostile_values_are_rejected_with_a_reason(fixture: &Fixture) {
    let shop = shop(&fixture.store);
    let huge = "9".repeat(100_000);
    let deep = "[".repeat(100_000);
    for (field, value) in [
        ("price", "1e999999"),
        ("price", "--"),
        ("price", "١٢"),
        ("price", "\u{202e}1.5"),
        ("price", "1\0"),
        ("price", "NaN"),
        ("pieces", "65536"),
        ("pieces", "-1"),
        ("pieces", &huge),
        ("serial", "1.0"),
        ("serial", "+7"),
        ("day", "5 February 30"),
        ("day", "2026-02-30"),
        ("day", "2026-11-29T10:00:00Z"),
        ("placed_at", "2026-11-29 10:00"),
        ("placed_at", "10:00"),
        ("gift", "yes"),
        ("parcel", "huge"),
        ("details", "{\"a\":1"),
        ("details", &deep),
        ("customer", "a\nb"),
        ("password", "a\nb"),
    ] {
        let error = shop.execute(order().with(field, value)).unwrap_err();
        assert_eq!(error.kind(), "invalid_field", "{field} {error}");
        let text = error.to_string();
        assert!(text.starts_with(field) && text.len() < 300 && !text.contains(['\0', '\u{202e}']), "{text}");
    }
    assert_eq!(shop.event_count().unwrap(), 0);
}

fn a_secret_is_never_recorded_or_shown(fixture: &Fixture) {
    let shop = shop(&fixture.store);
    let typed = TakeOrder {
        customer: "ada".to_owned(),
        price: "1".parse().unwrap(),
        pieces: 1,
        serial: "1".parse().unwrap(),
        day: "2026-11-29".parse().unwrap(),
        placed_at: None,
        gift: None,
        parcel: None,
        note: None,
        details: None,
        password: Some(Secret::new("hunter2")),
    };
    assert!(!format!("{typed:?}").contains("hunter2"));
    let order = Command::from(typed);
    assert_eq!(order.fields["password"], "hunter2");
    assert!(!format!("{order:?}").contains("hunter2"));
    let preview = shop.preview(order.clone()).unwrap();
    let shown = format!("{} {preview:?}", preview.events[0].payload);
    assert!(!shown.contains("hunter2") && shown.contains(r#""password":"•••""#), "{shown}");
    operations::execute(&shop, order.clone()).unwrap();
    let wrong = order.clone().with("password", "wrong hunter2");
    let rejected = operations::execute(&shop, wrong.clone()).unwrap_err();
    assert_eq!(rejected.to_string(), "••• is not the password");
    assert_eq!(shop.preview(wrong).unwrap_err().to_string(), "••• is not the password");
    operations::execute(&shop, order.with("pasword", "hunter2")).unwrap_err();
    let entries = fixture.store.audit_log().page(None, Page::forward(None, 99)).unwrap();
    let entries = format!("{entries:?}");
    assert!(entries.contains("take-order") && entries.contains("•••"), "{entries}");
    assert!(!entries.contains("hunter2"), "{entries}");
}

fn load_data_has_values_of_every_kind(fixture: &Fixture) {
    let app = Arc::new(Shop::new("99999999999999999999"));
    let options = GenerateOptions { spaces: 1, events: 60, app, seed: 1 };
    let generated = generate(&fixture.store, &options, &mut keep_going).unwrap();
    assert_eq!((generated.events, generated.given_up), (60, vec![]));
    let events = fixture.store.events().read_all(Page::forward(None, 99)).unwrap();
    let orders: Vec<OrderTaken> = events.iter().filter_map(|event| event.to().ok()).collect();
    assert!(orders.len() > 5 && orders.iter().any(|order| order.gift == Some(true)), "{orders:?}");
}

#[test]
fn bundled_apps_are_declared_without_fault() {
    for app in Apps::standard().with(Arc::new(Shop::new("1"))).iter() {
        assert_eq!(check_app(app.as_ref()), []);
    }
}

/// A command whose declared fields do not match its struct.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only the declarations are checked")]
struct Mismatched {
    weight: u8,
    parcel: crate::support::shop::Parcel,
    wanted: String,
    ratio: Option<f64>,
}

impl TypedCommand for Mismatched {
    const NAME: &'static str = "mismatched";
    const TITLE: &'static str = "Mismatched";
    const SUMMARY: &'static str = "Fits nothing";
    const FIELDS: &'static [FieldSpec] = &[
        FieldSpec::required("weight", "Weight", "in grams").of_kind(FieldKind::Integer),
        FieldSpec::required("parcel", "Parcel", "the size").of_kind(FieldKind::Choice(&["small", "huge"])),
        FieldSpec::optional("wanted", "Wanted", "by the struct"),
        FieldSpec::optional("other", "Other", "unknown to the struct"),
        FieldSpec::optional("ratio", "Ratio", "rounded").of_kind(FieldKind::Decimal),
        FieldSpec::optional("none", "None", "no choice").of_kind(FieldKind::Choice(&[])),
    ];
}

struct Careless;

impl Decide<Careless> for Mismatched {
    fn decide(self, _: &Careless, _: &Context<'_>) -> Decision {
        Ok(Vec::new())
    }
}

impl App for Careless {
    fn name(&self) -> &'static str {
        "careless"
    }

    fn summary(&self) -> &'static str {
        "declares too much"
    }

    fn space_prefix(&self) -> &'static str {
        "careless_"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["a.b", "a.b"]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        const { &[CommandSpec::of::<Self, Mismatched>(), CommandSpec::of::<Shop, AddCustomer>()] }
    }

    fn apply(&self, _: &mut State<'_>, _: &Event) -> Result<Applied, StateError> {
        Ok(Applied::UnknownType)
    }
}

#[test]
fn a_mismatch_between_declared_fields_and_struct_is_found() {
    let problems: Vec<String> = check_app(&Careless).iter().map(AppProblem::to_string).collect();
    let expected = [
        "the event type a.b is listed twice",
        "mismatched: none: it has no choices",
        "mismatched: other: the struct has no such field",
        "mismatched: none: the struct has no such field",
        "mismatched: ratio: a float would change the digits; the struct must use Decimal or String",
        "mismatched: missing field `wanted`",
        "mismatched: weight: must be at least 0",
        "mismatched: weight: must be at most 255",
        "mismatched: parcel: unknown variant `huge`, expected `small` or `large`",
    ];
    assert_eq!(problems, expected);
}

#[test]
fn a_command_of_another_app_is_an_error_of_the_program() {
    let careless = ContentStore::open(&Store::memory(), "careless_one", Arc::new(Careless)).unwrap();
    let error = careless.execute(AddCustomer { customer: "ada".to_owned() }).unwrap_err();
    assert_eq!(error.kind(), "other_app");
}

/// Runs a command line of a program with this app on a file.
fn run(file: &std::path::Path, line: &str) -> Exit {
    let program = Program::new("shop", "1.0.0", Apps::default().with(Arc::new(Shop::new("100"))));
    let arguments = ["shop", "--db"].into_iter().map(OsString::from);
    let arguments = arguments.chain([file.as_os_str().to_owned()]).chain(line.split(' ').map(OsString::from));
    program.run(&arguments.collect::<Vec<_>>())
}

#[test]
fn a_batch_gives_numbers_booleans_and_documents_as_json_or_as_text() {
    let directory = tempfile::tempdir().unwrap();
    let (file, batch) = (directory.path().join("shop.db"), directory.path().join("orders.jsonl"));
    let lines = [
        r#"{"command":"take-order","customer":"ada","price":1.10,"pieces":3,"serial":12345678901234567890,"day":"2026-11-29","gift":true,"details":{"a": [1.50]}}"#,
        r#"{"command":"take-order","customer":"ada","price":"1.10","pieces":"3","serial":"12345678901234567890","day":"2026-11-29","gift":"true","details":"{\"a\": [1.50]}"}"#,
    ];
    std::fs::write(&batch, lines.join("\n")).unwrap();
    assert_eq!(run(&file, "spaces create shop_one"), Exit::Done);
    assert_eq!(run(&file, &format!("run shop_one --batch {}", batch.display())), Exit::Done);
    let bad =
        r#"{"command":"take-order","customer":"ada","price":1e3,"pieces":3,"serial":1,"day":"2026-11-29"}"#;
    std::fs::write(&batch, bad).unwrap();
    assert_eq!(run(&file, &format!("run shop_one --batch {}", batch.display())), Exit::Usage);
    let store = Store::open(&Location::file(&file), OpenOptions::default()).unwrap();
    let events = store.events().read_all(Page::forward(None, 9)).unwrap();
    let orders: Vec<OrderTaken> = events.iter().map(|event| event.to().unwrap()).collect();
    let [json, text] = orders.as_slice() else { panic!("{orders:?}") };
    assert_eq!(json.price.as_str(), "1.10");
    assert_eq!(json.details.as_ref().unwrap().as_str(), r#"{"a": [1.50]}"#);
    assert_eq!(
        (&json.price, &json.serial, json.gift, &json.details),
        (&text.price, &text.serial, text.gift, &text.details)
    );
}

#[test]
fn a_secret_on_the_command_line_is_read_from_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let (file, password) = (directory.path().join("shop.db"), directory.path().join("password"));
    std::fs::write(&password, "hunter2\n").unwrap();
    assert_eq!(run(&file, "spaces create shop_one"), Exit::Done);
    let order = "run shop_one take-order customer=ada price=1.10 pieces=3 serial=1 day=2026-11-29";
    assert_eq!(run(&file, &format!("{order} note=@home password=@{}", password.display())), Exit::Done);
    assert_eq!(run(&file, &format!("{order} password=@{}/none", directory.path().display())), Exit::Usage);
    let store = Store::open(&Location::file(&file), OpenOptions::default()).unwrap();
    let events = store.events().read_all(Page::forward(None, 9)).unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].to::<OrderTaken>().unwrap().password.as_deref(), Some("hunter2"));
    let log = store.audit_log().page(None, Page::forward(None, 9)).unwrap();
    assert!(!format!("{log:?}").contains("hunter2"));
}

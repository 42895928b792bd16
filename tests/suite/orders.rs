//! Tests of the example of a shop, as its author would write them.

#[path = "../../examples/orders.rs"]
#[expect(dead_code, reason = "only the example uses its main")]
mod example;

use std::cell::RefCell;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use example::{
    AddStock, CancelOrder, Email, OrderCancelled, OrderDelayed, OrderPaid, OrderPlaced, OrderReady,
    OrderReturned, PayOrder, PlaceOrder, ReserveStock, ReturnOrder, Shop, Stock, StockAdded, StockMissing,
    StockReserved,
};
use ramax::cli::Exit;
use ramax::console::Headless;
use ramax::content_store::check_app;
use ramax::event_store::EventStream;
use ramax::operations::{Redact, keep_going, overview, redact};
use ramax::subscriptions::{Start, SubscriptionChange};
use ramax::testing::{FixedClock, Scenario, event, event_of, store};
use ramax::{ContentStore, Location, NewEvent, OpenOptions, SpaceSequence, Store, Timestamp};
use serde_json::json;

const ORDER: &str = "o1";

fn place(price: &str) -> PlaceOrder {
    let (order, product, email) = (ORDER.to_owned(), "teapot".to_owned(), "ada@acme.example".to_owned());
    PlaceOrder { order, product, pieces: 2, price: price.parse().unwrap(), email }
}

fn pay() -> PayOrder {
    PayOrder { order: ORDER.to_owned() }
}

fn cancel() -> CancelOrder {
    CancelOrder { order: ORDER.to_owned() }
}

fn give_back() -> ReturnOrder {
    ReturnOrder { order: ORDER.to_owned() }
}

fn reserve(order: &str, pieces: u32) -> ReserveStock {
    ReserveStock { product: "teapot".to_owned(), pieces, order: order.to_owned() }
}

fn add(pieces: u32) -> AddStock {
    AddStock { product: "teapot".to_owned(), pieces }
}

fn placed() -> NewEvent {
    let (product, email) = ("teapot".to_owned(), "ada@acme.example".to_owned());
    event_of(ORDER, &OrderPlaced { product, pieces: 2, cents: 2500, email })
}

#[test]
fn a_shop_is_declared_in_less_than_400_lines() {
    assert!(include_str!("../../examples/orders.rs").lines().count() < 400);
    assert_eq!(check_app(&Shop), []);
    assert_eq!(check_app(&Stock), []);
}

#[test]
fn an_order_is_paid_or_cancelled_once() {
    let state = |status: &str| json!({"product": "teapot", "pieces": 2, "cents": 2500, "email": "ada@acme.example", "status": status});
    Scenario::of(Shop)
        .when(pay())
        .then_rejected("no_such_order")
        .when(place("12.505"))
        .then_rejected("no_price")
        .when(place("-1"))
        .then_rejected("no_price")
        .when(place("12.50"))
        .then_events([placed()])
        .when(place("12.50"))
        .then_rejected("order_exists")
        .when(pay())
        .then_events([event_of(ORDER, &OrderPaid { cents: 2500 })])
        .then_state("order:o1", state("paid"))
        .when(cancel())
        .then_rejected("order_not_open")
        .then_replayable();
    Scenario::of(Shop)
        .given([placed()])
        .when(cancel())
        .then_events([event_of(ORDER, &OrderCancelled {})])
        .when(pay())
        .then_rejected("order_not_open")
        .then_state("order:o1", state("cancelled"));
}

#[test]
fn a_delivered_order_is_returned_and_refunded_once() {
    Scenario::of(Shop)
        .given([placed(), event_of(ORDER, &OrderPaid { cents: 2500 })])
        .when(give_back())
        .then_rejected("order_not_delivered")
        .given([event_of(ORDER, &OrderReady {})])
        .when(give_back())
        .then_events([event_of(ORDER, &OrderReturned { cents: 2500 })])
        .when(give_back())
        .then_rejected("order_not_delivered")
        .then_projection("daily_revenue", "day:2026-01-01", json!({"orders": 1, "cents": 0}))
        .then_replayable();
}

#[test]
fn an_order_of_the_first_release_can_be_paid() {
    let taken = json!({"product": "teapot", "pieces": 2, "cents": 2500, "email": "ada@acme.example"});
    Scenario::of(Shop)
        .given([event(ORDER, "order.taken", taken)])
        .when(pay())
        .then_events([event_of(ORDER, &OrderPaid { cents: 2500 })])
        .then_replayable();
}

#[test]
fn revenue_is_counted_by_the_day_of_payment() {
    let day = Duration::from_secs(86_400);
    let paid = |order: &str| event_of(order, &OrderPaid { cents: 2500 });
    let other = |order: &str| NewEvent { entity_id: order.to_owned(), ..placed() };
    Scenario::of(Shop)
        .given([placed(), other("o2"), other("o3"), paid("o1"), paid("o2")])
        .after(day)
        .given([paid("o3")])
        .then_projection("daily_revenue", "day:2026-01-01", json!({"orders": 2, "cents": 5000}))
        .then_projection("daily_revenue", "day:2026-01-02", json!({"orders": 1, "cents": 2500}))
        .then_replayable();
}

#[test]
fn orders_that_find_too_little_stock_are_served_by_the_next_delivery() {
    let (reserved, missing) = (
        |order: &str, pieces| event_of("teapot", &StockReserved { pieces, order: order.to_owned() }),
        |order: &str, pieces| event_of("teapot", &StockMissing { pieces, order: order.to_owned() }),
    );
    Scenario::of(Stock)
        .when(add(3))
        .then_events([event_of("teapot", &StockAdded { pieces: 3 })])
        .when(reserve("o1", 2))
        .then_events([reserved("o1", 2)])
        .when(reserve("o2", 5))
        .then_events([missing("o2", 5)])
        .when(reserve("o3", 2))
        .then_events([missing("o3", 2)])
        .when(add(3))
        .then_events([event_of("teapot", &StockAdded { pieces: 3 }), reserved("o3", 2)])
        .then_state("product:teapot", json!({"available": 2, "waiting": [{"pieces": 5, "order": "o2"}]}))
        .then_replayable();
}

#[test]
fn a_paid_order_reserves_stock_and_is_ready_or_waits() {
    let deliver = |store: &Store| store.subscribe(&example::fulfilment())?.deliver_pending(example::fulfil);
    let paid = || event_of(ORDER, &OrderPaid { cents: 2500 });
    let order = ORDER.to_owned();
    let given = |pieces| {
        Scenario::of(Stock)
            .given([event_of("teapot", &StockAdded { pieces })])
            .in_space("shop_scenario", Shop)
            .given([placed()])
            .when(pay())
            .then_events([paid()])
            .when_run(deliver)
    };
    given(2)
        .then_events([event_of(ORDER, &OrderReady {})])
        .in_space("stock_scenario", Stock)
        .then_events([event_of("teapot", &StockReserved { pieces: 2, order: order.clone() })])
        .when_run(deliver)
        .then_events([]);
    given(1)
        .then_events([event_of(ORDER, &OrderDelayed {})])
        .in_space("stock_scenario", Stock)
        .then_events([event_of("teapot", &StockMissing { pieces: 2, order })])
        .then_replayable();
}

/// Delivers everything that is pending to the process and the outbox, and returns the texts of the e-mails.
fn work(store: &Store) -> Vec<String> {
    let sent = RefCell::new(Vec::new());
    let mut emails = store.subscribe(&example::emails().unwrap()).unwrap().upcasting(&example::apps());
    let fulfilment = store.subscribe(&example::fulfilment()).unwrap().upcasting(&example::apps());
    { fulfilment }.deliver_pending(example::fulfil).unwrap();
    emails
        .deliver_pending(|delivery| {
            example::notify(delivery, &|Email { to, text, .. }| {
                sent.borrow_mut().push(format!("{to}: {text}"))
            })
        })
        .unwrap();
    sent.into_inner()
}

#[test]
fn a_payment_reserves_stock_in_the_other_space_of_the_tenant_exactly_once() {
    let store = store(&FixedClock::at(Timestamp(1_767_225_600_000)));
    let open = |app: Arc<dyn ramax::App>, name: &str| ContentStore::open(&store, name, app).unwrap();
    let (shop, stock) = (open(Arc::new(Shop), "shop_acme"), open(Arc::new(Stock), "stock_acme"));
    let other = open(Arc::new(Stock), "stock_other");
    assert_eq!(work(&store), [""; 0]);
    let status = || shop.get::<serde_json::Value>("order:o1").unwrap().unwrap()["status"].clone();

    shop.execute(place("12.50")).unwrap();
    shop.execute(pay()).unwrap();
    assert_eq!(
        work(&store),
        [
            "ada@acme.example: Thank you for your payment of order o1.",
            "ada@acme.example: Order o1 is out of stock; we are waiting for it, too."
        ]
    );
    assert_eq!(status(), "delayed");
    stock.execute(add(2)).unwrap();
    assert_eq!(work(&store), ["ada@acme.example: Order o1 is on its way."]);
    assert_eq!(status(), "ready");
    assert_eq!((shop.event_count().unwrap(), stock.event_count().unwrap()), (4, 3));
    assert_eq!(other.event_count().unwrap(), 0);

    // A returned order goes back to the stock.
    shop.execute(give_back()).unwrap();
    assert_eq!(work(&store), ["ada@acme.example: We have received order o1 back, and refund it."]);
    let product = stock.get::<serde_json::Value>("product:teapot").unwrap().unwrap();
    assert_eq!((status(), &product["available"]), ("returned".into(), &2.into()));

    // A reset delivers everything again, and nothing in the store happens twice.
    redeliver(&store, "fulfilment");
    assert_eq!(work(&store), [""; 0]);
    assert_eq!((shop.event_count().unwrap(), stock.event_count().unwrap()), (5, 4));
}

#[test]
fn an_email_that_is_sent_again_has_the_same_key() {
    let store = Store::memory();
    let mut emails = store.subscribe(&example::emails().unwrap()).unwrap().upcasting(&example::apps());
    let shop = ContentStore::open(&store, "shop_acme", Arc::new(Shop)).unwrap();
    shop.execute(place("12.50")).unwrap();
    shop.execute(pay()).unwrap();
    let mut send = || {
        let sent = RefCell::new(Vec::new());
        let done =
            emails.deliver_pending(|event| example::notify(event, &|email| sent.borrow_mut().push(email)));
        assert_eq!(done.unwrap().delivered, 2);
        sent.into_inner()
    };
    let first = send();
    redeliver(&store, "emails");
    assert_eq!(first.len(), 1);
    assert_eq!(send(), first);
}

#[test]
fn the_email_address_of_a_person_is_erased_and_gets_no_further_emails() {
    let store = Store::memory();
    let shop = ContentStore::open(&store, "shop_acme", Arc::new(Shop)).unwrap();
    ContentStore::open(&store, "stock_acme", Arc::new(Stock)).unwrap();
    assert_eq!(work(&store), [""; 0]);
    shop.execute(place("12.50")).unwrap();
    let erase =
        Redact { entity_id: ORDER.to_owned(), fields: vec!["email".parse().unwrap()], ..Redact::default() };
    assert_eq!(redact(&shop, &erase, &mut keep_going).unwrap().proof.remaining(), 0);
    shop.execute(pay()).unwrap();
    assert_eq!(work(&store), [""; 0]);
}

/// Resets a subscription to the beginning.
fn redeliver(store: &Store, subscription: &str) {
    let reset = SubscriptionChange::Reset { space_id: None, to: Start::Beginning };
    store.events().change_subscription(subscription, &reset).unwrap();
}

/// Runs a command line of the example's program on a file.
fn run(file: &Path, line: &str) -> Exit {
    let arguments = ["orders", "--db"].into_iter().map(OsString::from);
    let arguments = arguments.chain([file.as_os_str().to_owned()]).chain(line.split(' ').map(OsString::from));
    example::program().unwrap().run(&arguments.collect::<Vec<_>>())
}

#[test]
fn the_command_line_runs_both_apps_of_the_shop() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("shop.db");
    let place = "place-order order=o1 product=teapot pieces=2 price=12.50 email=ada@acme.example";
    for line in [
        "spaces create shop_acme",
        "spaces create stock_acme",
        "run stock_acme add-stock product=teapot pieces=3",
        &format!("run shop_acme {place}"),
        "run shop_acme pay-order order=o1",
        "work --until-idle",
        "run shop_acme return-order order=o1",
        "work fulfilment --until-idle --json",
        "rebuild shop_acme --projection daily_revenue",
        "generate --spaces 1 --events 50 --app shop",
        "generate --spaces 1 --events 50 --app stock",
        "verify --all",
        "check",
    ] {
        assert_eq!(run(&file, line), Exit::Done, "{line}");
    }
    assert_eq!(run(&file, "run shop_acme cancel-order order=o1"), Exit::Refused);
    let store = Store::open(&Location::file(&file), OpenOptions::default()).unwrap();
    let stock = ContentStore::open(&store, "stock_acme", Arc::new(Stock)).unwrap();
    let types: Vec<String> = EventStream::new(store.events(), stock.space_id(), SpaceSequence(0), 100)
        .map(|event| event.unwrap().event_type.to_string())
        .collect();
    assert_eq!(types, ["stock.added", "stock.reserved", "stock.added"]);
}

#[test]
fn the_program_works_off_its_process_its_outbox_and_its_projection() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("shop.db");
    for line in [
        "spaces create shop_acme",
        "spaces create stock_acme",
        "run stock_acme add-stock product=teapot pieces=3",
        "run shop_acme place-order order=o1 product=teapot pieces=2 price=12.50 email=ada@acme.example",
        "run shop_acme pay-order order=o1",
        "work --until-idle",
    ] {
        assert_eq!(run(&file, line), Exit::Done, "{line}");
    }
    let store = Store::open(&Location::file(&file), OpenOptions::default()).unwrap();
    let shop = overview(&store, &example::apps(), "shop_acme").unwrap();
    let lags: Vec<_> = shop.projections.iter().map(|one| (&*one.name, one.lag(&shop.head))).collect();
    assert_eq!(lags, [("state", 0), ("daily_revenue", 0)]);
    let statuses = ramax::delivery::subscription_statuses(&store).unwrap();
    let delivered: Vec<_> =
        statuses.iter().map(|one| (one.subscription.as_str(), one.delivered, one.lag.lag)).collect();
    // The outbox starts with what is appended after its registration: the order is ready.
    assert_eq!(delivered, [("emails", 1, 0), ("fulfilment", 5, 0)]);
}

#[test]
fn the_console_shows_the_forms_of_the_shop() {
    let store = Store::memory();
    let shop = ContentStore::open(&store, "shop_acme", Arc::new(Shop)).unwrap();
    shop.execute(place("12.50")).unwrap();
    let mut console = Headless::new(store, example::apps(), 120, 40).of_program("orders");
    console.press("nj<enter>o1").unwrap();
    let screen = screen(&console);
    for shown in ["Pay order", "order.paid", "order:o1"] {
        assert!(screen.contains(shown), "{shown} in\n{screen}");
    }
    console.press("<ctrl-s>").unwrap();
    assert_eq!(shop.event_count().unwrap(), 2);
}

fn screen(console: &Headless) -> String {
    let buffer = console.draw(&ramax::console::theme::Theme::mono());
    let area = buffer.area;
    let line = |y| -> String { (0..area.width).map(|x| buffer[(x, y)].symbol()).collect() };
    (0..area.height).map(|y| line(y) + "\n").collect()
}

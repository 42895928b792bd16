//! A shop and its stock: two apps, each in a space of its own per tenant. A process reserves stock for each paid order, an
//! outbox sends e-mails, and a projection keeps the revenue of each day.
//!
//! ```sh
//! export SHOP_DB=shop.db
//! cargo run --example orders -- spaces create shop_acme
//! cargo run --example orders -- spaces create stock_acme
//! cargo run --example orders -- work &     # reserves, sends and counts until it is stopped
//! cargo run --example orders -- run stock_acme add-stock product=teapot pieces=3
//! cargo run --example orders -- run shop_acme place-order order=o1 product=teapot pieces=2 price=12.50 email=ada@acme.example
//! cargo run --example orders -- run shop_acme pay-order order=o1
//! cargo run --example orders -- shop.db    # the console
//! ```

use std::process::ExitCode;
use std::sync::Arc;

use ramax::cli::Program;
use ramax::content_store::{
    Applied, Decide, DecideError, Decision, ProjectionMode, ProjectionSpec, StateError, Upcaster, help,
};
use ramax::delivery::{BoxError, Delivery, Effects};
use ramax::subscriptions::{OnError, Start, Subscription};
use ramax::{
    App, Apps, ContentStore, Context, Date, Decimal, Event, EventPayload, NewEvent, QueryError, Rejection,
    Schema, State, redacted,
};
use serde::{Deserialize, Serialize};

fn main() -> Result<ExitCode, QueryError> {
    Ok(program()?.main())
}

/// The program: the console, all commands, and `work`, which runs the process, the outbox and the projection.
pub fn program() -> Result<Program, QueryError> {
    let print = |email: Email| println!("{} to {}: {}", email.key, email.to, email.text);
    Ok(Program::new("orders", "1.0.0", apps())
        .summary("A shop and its stock")
        .database_variable("SHOP_DB")
        .worker(fulfilment(), fulfil)
        .worker(emails()?, move |delivery| notify(delivery, &print)))
}

pub fn apps() -> Apps {
    Apps::default().with(Arc::new(Shop)).with(Arc::new(Stock))
}

// The shop.

pub struct Shop;

/// An order at `order:<id>`.
#[derive(Serialize, Deserialize)]
struct Order {
    product: String,
    pieces: u32,
    cents: u64,
    email: String,
    status: Status,
}

ramax::choice! {
    enum Status {
        Placed = "placed",
        Paid = "paid",
        Delayed = "delayed",
        Ready = "ready",
        Cancelled = "cancelled",
        Returned = "returned",
    }
}

ramax::commands! {
    /// Places a new order
    pub struct PlaceOrder {
        pub order: String = help("a new id, such as o1"),
        pub product: String = help("the product"),
        pub pieces: u32 = help("how many"),
        pub price: Decimal = help("of one piece, such as 12.50"),
        pub email: String = help("the customer's address").label("E-mail"),
    }

    /// Records the payment of an order
    pub struct PayOrder {
        pub order: String = help("its id").refers_to("order"),
    }

    /// Cancels an order that is not paid
    pub struct CancelOrder {
        pub order: String = help("its id").refers_to("order"),
    }

    /// Takes an order back that was delivered, and refunds it
    pub struct ReturnOrder {
        pub order: String = help("its id").refers_to("order"),
    }
}

ramax::events! {
    pub struct OrderPlaced: "order.placed" {
        pub product: String,
        pub pieces: u32,
        pub cents: u64,
        #[serde(deserialize_with = "redacted::text")]
        pub email: String,
    }
    pub struct OrderPaid: "order.paid" { pub cents: u64 }
    pub struct OrderDelayed: "order.delayed" {}
    pub struct OrderReady: "order.ready" {}
    pub struct OrderCancelled: "order.cancelled" {}
    pub struct OrderReturned: "order.returned" { pub cents: u64 }
}

impl App for Shop {
    ramax::app! {
        name: "shop",
        summary: "the orders of a shop",
        space_prefix: "shop_",
        commands: [PlaceOrder, PayOrder, CancelOrder, ReturnOrder],
        events: [OrderPlaced, OrderPaid, OrderDelayed, OrderReady, OrderCancelled, OrderReturned],
        projections: [DAILY_REVENUE],
        // Its first release called a placed order taken.
        upcasters: [Upcaster::rename("order.taken", 1, OrderPlaced::TYPE, 1)],
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        let status = match &*event.event_type {
            OrderPlaced::TYPE => {
                let OrderPlaced { product, pieces, cents, email } = event.to()?;
                let order = Order { product, pieces, cents, email, status: Status::Placed };
                state.put(&order_key(&event.entity_id), &order)?;
                return Ok(Applied::Yes);
            }
            OrderPaid::TYPE => Status::Paid,
            OrderDelayed::TYPE => Status::Delayed,
            OrderReady::TYPE => Status::Ready,
            OrderCancelled::TYPE => Status::Cancelled,
            OrderReturned::TYPE => Status::Returned,
            _ => return Ok(Applied::UnknownType),
        };
        state.change(&order_key(&event.entity_id), |order: &mut Order| order.status = status)?;
        Ok(Applied::Yes)
    }
}

impl Decide<Shop> for PlaceOrder {
    fn decide(self, _: &Shop, context: &Context<'_>) -> Decision {
        let Self { order, product, pieces, price, email } = self;
        if context.contains(&order_key(&order))? {
            return Err(Rejection::of_field("order", "order_exists", "this order already exists").into());
        }
        let cents = price.in_units(2).and_then(|cents| u64::try_from(cents).ok()?.checked_mul(pieces.into()));
        let cents = cents
            .ok_or_else(|| Rejection::of_field("price", "no_price", "this is not an amount of money"))?;
        Ok(vec![NewEvent::of(order, &OrderPlaced { product, pieces, cents, email })?])
    }
}

impl Decide<Shop> for PayOrder {
    fn decide(self, _: &Shop, context: &Context<'_>) -> Decision {
        let cents = order_that_is(Status::Placed, context, &self.order)?.cents;
        Ok(vec![NewEvent::of(self.order, &OrderPaid { cents })?])
    }
}

impl Decide<Shop> for CancelOrder {
    fn decide(self, _: &Shop, context: &Context<'_>) -> Decision {
        order_that_is(Status::Placed, context, &self.order)?;
        Ok(vec![NewEvent::of(self.order, &OrderCancelled {})?])
    }
}

impl Decide<Shop> for ReturnOrder {
    fn decide(self, _: &Shop, context: &Context<'_>) -> Decision {
        let cents = order_that_is(Status::Ready, context, &self.order)?.cents;
        Ok(vec![NewEvent::of(self.order, &OrderReturned { cents })?])
    }
}

/// Returns an order with this status, or rejects the command.
fn order_that_is(wanted: Status, context: &Context<'_>, id: &str) -> Result<Order, DecideError> {
    match context.get::<Order>(&order_key(id))? {
        Some(order) if order.status == wanted => Ok(order),
        Some(Order { status, .. }) => {
            let code = if wanted == Status::Placed { "order_not_open" } else { "order_not_delivered" };
            Err(Rejection::of_field("order", code, format!("this order is {status}")).into())
        }
        None => Err(Rejection::of_field("order", "no_such_order", "there is no such order").into()),
    }
}

fn order_key(id: &str) -> String {
    format!("order:{id}")
}

/// Revenue by day of payment. It is caught up in the background, so that no command waits for it.
const DAILY_REVENUE: ProjectionSpec = ProjectionSpec {
    name: "daily_revenue",
    summary: "paid orders and their value less refunds, by day",
    version: 1,
    mode: ProjectionMode::Async,
    schema: Schema::EMPTY,
    apply: count_revenue,
};

/// The revenue of a day at `day:<date>`.
#[derive(Default, Serialize, Deserialize)]
struct Revenue {
    orders: u64,
    cents: i64,
}

fn count_revenue(state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
    let (orders, sign, cents) = match &*event.event_type {
        OrderPaid::TYPE => (1, 1, event.to::<OrderPaid>()?.cents),
        OrderReturned::TYPE => (0, -1, event.to::<OrderReturned>()?.cents),
        _ => return Ok(Applied::Yes),
    };
    let cents = sign * i64::try_from(cents).unwrap_or(i64::MAX);
    state.change_or_default(&format!("day:{}", Date::of(event.timestamp)), |day: &mut Revenue| {
        day.orders += orders;
        day.cents = day.cents.saturating_add(cents);
    })?;
    Ok(Applied::Yes)
}

// The stock.

pub struct Stock;

/// The stock of a product at `product:<id>`.
#[derive(Default, Serialize, Deserialize)]
struct Product {
    available: u64,
    /// Orders that could not be served yet, the oldest first.
    waiting: Vec<StockMissing>,
}

ramax::commands! {
    /// Adds pieces of a product, and serves the orders that wait for it
    pub struct AddStock {
        pub product: String = help("the product"),
        pub pieces: u32 = help("how many"),
    }

    /// Reserves pieces of a product for an order, which waits if there are too few
    pub struct ReserveStock {
        pub product: String = help("the product"),
        pub pieces: u32 = help("how many"),
        pub order: String = help("the id of the order"),
    }
}

ramax::events! {
    pub struct StockAdded: "stock.added" { pub pieces: u32 }
    pub struct StockReserved: "stock.reserved" { pub pieces: u32, pub order: String }
    pub struct StockMissing: "stock.missing" { pub pieces: u32, pub order: String }
}

impl App for Stock {
    ramax::app! {
        name: "stock",
        summary: "the stock of a shop",
        space_prefix: "stock_",
        commands: [AddStock, ReserveStock],
        events: [StockAdded, StockReserved, StockMissing],
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        let key = product_key(&event.entity_id);
        match &*event.event_type {
            StockAdded::TYPE => {
                let StockAdded { pieces } = event.to()?;
                state.change_or_default(&key, |product: &mut Product| {
                    product.available += u64::from(pieces)
                })?;
            }
            StockReserved::TYPE => {
                let StockReserved { pieces, order } = event.to()?;
                state.change(&key, |product: &mut Product| {
                    product.available = product.available.saturating_sub(pieces.into());
                    product.waiting.retain(|waiting| waiting.order != order);
                })?;
            }
            StockMissing::TYPE => {
                let missing: StockMissing = event.to()?;
                state.change_or_default(&key, |product: &mut Product| product.waiting.push(missing))?;
            }
            _ => return Ok(Applied::UnknownType),
        }
        Ok(Applied::Yes)
    }
}

impl Decide<Stock> for AddStock {
    fn decide(self, _: &Stock, context: &Context<'_>) -> Decision {
        let Product { available, waiting } = context.get(&product_key(&self.product))?.unwrap_or_default();
        let mut available = available + u64::from(self.pieces);
        let mut events = vec![NewEvent::of(&self.product, &StockAdded { pieces: self.pieces })?];
        for StockMissing { pieces, order } in waiting {
            if let Some(rest) = available.checked_sub(pieces.into()) {
                available = rest;
                events.push(NewEvent::of(&self.product, &StockReserved { pieces, order })?);
            }
        }
        Ok(events)
    }
}

impl Decide<Stock> for ReserveStock {
    fn decide(self, _: &Stock, context: &Context<'_>) -> Decision {
        let Self { product, pieces, order } = self;
        let Product { available, .. } = context.get(&product_key(&product))?.unwrap_or_default();
        Ok(vec![match available >= u64::from(pieces) {
            true => NewEvent::of(product, &StockReserved { pieces, order })?,
            false => NewEvent::of(product, &StockMissing { pieces, order })?,
        }])
    }
}

fn product_key(id: &str) -> String {
    format!("product:{id}")
}

// The process and the outbox.

/// The process from a payment to a parcel, and back, across the two spaces of each tenant.
pub fn fulfilment() -> Subscription {
    Subscription::all_spaces("fulfilment").on_error(OnError::Stop)
}

/// Takes the next step after an event. Each step happens exactly once, even if this process is killed in between.
pub fn fulfil(delivery: &Delivery<'_>) -> Result<Effects, BoxError> {
    let event = delivery.event();
    Ok(match &*event.event_type {
        OrderPaid::TYPE => {
            let order = event.entity_id.clone();
            let Order { product, pieces, .. } = order_of(delivery, &order)?;
            let stock = tenant_space(delivery, Stock)?;
            Effects::none().execute(&stock, ReserveStock { product, pieces, order })
        }
        OrderReturned::TYPE => {
            let Order { product, pieces, .. } = order_of(delivery, &event.entity_id)?;
            Effects::none().execute(&tenant_space(delivery, Stock)?, AddStock { product, pieces })
        }
        StockReserved::TYPE => {
            let StockReserved { order, .. } = event.to()?;
            Effects::none().append(&tenant_space(delivery, Shop)?, vec![NewEvent::of(order, &OrderReady {})?])
        }
        StockMissing::TYPE => {
            let StockMissing { order, .. } = event.to()?;
            Effects::none()
                .append(&tenant_space(delivery, Shop)?, vec![NewEvent::of(order, &OrderDelayed {})?])
        }
        _ => Effects::none(),
    })
}

#[derive(Debug, PartialEq)]
pub struct Email {
    /// The same if the e-mail is sent again, so that the mail server can recognise it.
    pub key: String,
    pub to: String,
    pub text: String,
}

/// The outbox: e-mails about the orders of all tenants, from now on.
pub fn emails() -> Result<Subscription, QueryError> {
    Ok(Subscription::all_spaces("emails").matching("type:order.*".parse()?).starting(Start::Now))
}

/// Sends the e-mail about an event, if there is one to send.
pub fn notify(delivery: &Delivery<'_>, send: &dyn Fn(Email)) -> Result<Effects, BoxError> {
    let id = &delivery.event().entity_id;
    let text = match &*delivery.event().event_type {
        OrderPaid::TYPE => format!("Thank you for your payment of order {id}."),
        OrderDelayed::TYPE => format!("Order {id} is out of stock; we are waiting for it, too."),
        OrderReady::TYPE => format!("Order {id} is on its way."),
        OrderReturned::TYPE => format!("We have received order {id} back, and refund it."),
        _ => return Ok(Effects::none()),
    };
    let to = order_of(delivery, id)?.email;
    if to != redacted::TEXT {
        send(Email { key: delivery.idempotency_key(), to, text });
    }
    Ok(Effects::none())
}

/// Opens the space that the tenant of a delivered event has for an app: `stock_acme` for `shop_acme`.
fn tenant_space(delivery: &Delivery<'_>, app: impl App) -> Result<ContentStore, BoxError> {
    let name = &delivery.space().space_name;
    let (_, tenant) = name.split_once('_').ok_or_else(|| format!("{name} has no tenant"))?;
    let name = [app.space_prefix(), tenant].concat();
    Ok(ContentStore::open(delivery.store(), &name, Arc::new(app))?)
}

fn order_of(delivery: &Delivery<'_>, id: &str) -> Result<Order, BoxError> {
    Ok(tenant_space(delivery, Shop)?.get(&order_key(id))?.ok_or_else(|| format!("there is no order {id}"))?)
}

//! An app whose commands have a field of every kind.

use ramax::content_store::{Applied, Decide, Decision, FieldKind, StateError, help};
use ramax::{
    App, Context, Date, Decimal, Event, EventPayload, Json, NewEvent, Rejection, Secret, State, Timestamp,
};

/// A shop that takes orders up to a limit.
pub struct Shop {
    pub limit: Decimal,
}

impl Shop {
    pub fn new(limit: &str) -> Self {
        Self { limit: limit.parse().unwrap() }
    }
}

ramax::choice! {
    pub enum Parcel { Small = "small", Large = "large" }
}

ramax::commands! {
    /// Adds a customer
    pub struct AddCustomer {
        pub customer: String = help("unique in this space, such as ada"),
    }

    /// Takes an order of a customer
    pub struct TakeOrder {
        pub customer: String = help("the customer who orders").refers_to("customer"),
        pub price: Decimal = help("in euros"),
        pub pieces: u16 = help("the number of pieces"),
        pub serial: Decimal = help("the serial number").kind(FieldKind::Integer),
        pub day: Date = help("the day of delivery"),
        pub placed_at: Option<Timestamp> = help("the time of the order"),
        pub gift: Option<bool> = help("wrapped as a gift"),
        pub parcel: Option<Parcel> = help("the size of the parcel"),
        pub note: Option<String> = help("for the driver").kind(FieldKind::Text),
        pub details: Option<Json> = help("anything else"),
        pub password: Option<Secret> = help("of the customer"),
    }
}

ramax::events! {
    pub struct CustomerAdded: "customer.added" { pub customer: String }

    pub struct OrderTaken: "order.taken" {
        pub customer: String,
        pub price: Decimal,
        pub pieces: u16,
        pub serial: Decimal,
        pub day: Date,
        pub placed_at: Option<Timestamp>,
        pub taken_at: Timestamp,
        pub gift: Option<bool>,
        pub parcel: Option<Parcel>,
        pub details: Option<Json>,
        /// Stored on purpose, so that a test sees that a preview hides it.
        pub password: Option<String>,
    }
}

impl Decide<Shop> for AddCustomer {
    fn decide(self, _: &Shop, context: &Context<'_>) -> Decision {
        let Self { customer } = self;
        if context.contains(&format!("customer:{customer}"))? {
            return Err(Rejection::of_field("customer", "customer_exists", "the customer exists").into());
        }
        Ok(vec![NewEvent::of(customer.clone(), &CustomerAdded { customer })?])
    }
}

impl Decide<Shop> for TakeOrder {
    fn decide(self, shop: &Shop, context: &Context<'_>) -> Decision {
        if self.price > shop.limit {
            let message = format!("the limit is {}", shop.limit);
            return Err(Rejection::of_field("price", "too_expensive", message).into());
        }
        if let Some(wrong) = self.password.as_ref().filter(|password| password.reveal().starts_with("wrong"))
        {
            let message = format!("{} is not the password", wrong.reveal());
            return Err(Rejection::of_field("password", "wrong_password", message).into());
        }
        let id = context.new_id().to_string();
        let taken = OrderTaken {
            customer: self.customer,
            price: self.price,
            pieces: self.pieces,
            serial: self.serial,
            day: self.day,
            placed_at: self.placed_at,
            taken_at: context.now(),
            gift: self.gift,
            parcel: self.parcel,
            details: self.details,
            password: self.password.map(|password| password.reveal().to_owned()),
        };
        Ok(vec![NewEvent::of(id, &taken)?])
    }
}

impl App for Shop {
    ramax::app! {
        name: "shop",
        summary: "a shop that takes orders",
        space_prefix: "shop_",
        commands: [AddCustomer, TakeOrder],
        events: [CustomerAdded, OrderTaken],
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        let key = match &*event.event_type {
            CustomerAdded::TYPE => format!("customer:{}", event.to::<CustomerAdded>()?.customer),
            OrderTaken::TYPE => format!("order:{}", event.entity_id),
            _ => return Ok(Applied::UnknownType),
        };
        state.put(&key, &event.payload)?;
        Ok(Applied::Yes)
    }
}

//! Fields of every kind in a form: checked while typed, changed by keys, completed and hidden.

use std::sync::Arc;

use ramax::console::Headless;
use ramax::console::layers::form::state::Form;
use ramax::{Apps, ContentStore, Store};

use crate::screen;
use crate::snapshots::look_at;
use crate::support::Fixture;
use crate::support::shop::{AddCustomer, OrderTaken, Shop};

fn apps() -> Apps {
    Apps::default().with(Arc::new(Shop::new("1000")))
}

fn shop(store: &Store) -> ContentStore {
    let shop = ContentStore::open(store, "shop_one", Arc::new(Shop::new("1000"))).unwrap();
    for customer in ["ada", "adele", "bob"] {
        shop.execute(AddCustomer { customer: customer.to_owned() }).unwrap();
    }
    shop
}

/// Opens the form of an order and presses keys in it.
fn order_form(store: &Store, keys: &str, (width, height): (u16, u16)) -> Headless {
    let mut console = Headless::new(store.clone(), apps(), width, height).of_program("shop");
    console.press("nj<enter>").unwrap();
    console.press(keys).unwrap();
    console
}

fn at(store: &Store, keys: &str) -> Headless {
    order_form(store, keys, (120, 44))
}

/// Returns the value and the error of a field.
fn field(console: &Headless, name: &str) -> (String, Option<String>) {
    let form = console.state().layers.find::<Form>().unwrap();
    let field = form.fields.iter().find(|field| field.name == name).unwrap();
    (field.value().to_owned(), field.error.clone())
}

fn value(console: &Headless, name: &str) -> String {
    field(console, name).0
}

const FILLED: &str = "ada<tab>12.50<tab>3<tab>7<tab>2026-11-29<tab>2026-11-29T10:00:00Z<tab><space><tab><right>\
    <tab>ring twice<tab>{\"fragile\": true}<tab>hunter2";

#[test]
fn a_form_with_every_kind_fits_any_size() {
    look_at("field-kinds", |width, height| {
        let fixture = Fixture::memory();
        shop(&fixture.store);
        let console = order_form(&fixture.store, FILLED, (width, height));
        let form = console.state().layers.find::<Form>().unwrap();
        assert!(!screen(&console).contains("hunter2") && !format!("{form:?}").contains("hunter2"));
        console
    });
}

#[test]
fn an_order_is_sent_with_every_kind_of_field() {
    let fixture = Fixture::memory();
    let shop = shop(&fixture.store);
    let mut console = at(&fixture.store, FILLED);
    console.press("<ctrl-s>").unwrap();
    let page = ramax::Page::backward(None, 1);
    let event = fixture.store.events().read_space(shop.space_id(), page).unwrap().pop().unwrap();
    let order: OrderTaken = event.to().unwrap();
    assert_eq!(
        (order.price.as_str(), order.gift, order.password.as_deref()),
        ("12.50", Some(true), Some("hunter2"))
    );
}

#[test]
fn a_reference_is_completed_from_the_existing_keys() {
    let fixture = Fixture::memory();
    shop(&fixture.store);
    let mut console = at(&fixture.store, "a");
    assert!(screen(&console).contains("adele"), "{}", screen(&console));
    console.press("<right>").unwrap();
    assert_eq!(value(&console, "customer"), "ada");
    console.press("<backspace>e").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("existing: adele"), "{shown}");
    console.press("<right><right>").unwrap();
    assert_eq!(value(&console, "customer"), "adele");
}

#[test]
fn numbers_days_and_times_change_with_the_arrow_keys() {
    let fixture = Fixture::memory();
    shop(&fixture.store);
    let mut console = at(&fixture.store, "ada<tab>1<tab><up><up><up><down>");
    assert_eq!(value(&console, "pieces"), "2");
    console.press("<backspace>65535<up>").unwrap();
    assert_eq!(value(&console, "pieces"), "65535");
    console.press("<tab><down>").unwrap();
    assert_eq!(value(&console, "serial"), "-1");
    console.press("<tab>2026-02-28<up>").unwrap();
    assert_eq!(value(&console, "day"), "2026-03-01");
    console.press("<left><left><left><up>").unwrap();
    assert_eq!(value(&console, "day"), "2026-04-01");
    console.press("<home><up>").unwrap();
    assert_eq!(value(&console, "day"), "2027-04-01");
    console.press("<ctrl-u><end><ctrl-u><up>").unwrap();
    assert_eq!(value(&console, "day").len(), 10, "an empty day becomes the current one");
    console.press("<tab><up><up>").unwrap();
    assert!(value(&console, "placed_at").ends_with('Z'));
}

#[test]
fn values_are_checked_while_they_are_typed() {
    let fixture = Fixture::memory();
    shop(&fixture.store);
    let mut console = at(&fixture.store, "ada<tab>12.");
    assert_eq!(field(&console, "price").1, None, "not finished yet");
    console.press("<tab>").unwrap();
    let reason = "must be a number, such as 12.50: there is no digit after the point";
    assert_eq!(field(&console, "price").1.as_deref(), Some(reason));
    console.press("<shift-tab>5e").unwrap();
    let reason = "must be a number, such as 12.50: character 5 is not a digit";
    assert_eq!(field(&console, "price").1.as_deref(), Some(reason));
    console.press("<backspace>").unwrap();
    assert_eq!(field(&console, "price").1, None);
    console.press("<tab>3<tab>7<tab>2026-02-3").unwrap();
    assert!(screen(&console).contains("Fill in Day to see a preview"), "{}", screen(&console));
    console.press("0").unwrap();
    let reason = "must be a day, such as 2026-11-29: February 2026 has 28 days";
    assert_eq!(field(&console, "day").1.as_deref(), Some(reason));
    console.press("<ctrl-s>").unwrap();
    assert!(screen(&console).contains("February 2026 has 28 days"), "{}", screen(&console));
    console.press("<backspace><backspace>28<tab><tab><tab><tab><tab>{<enter>\"a\": ?").unwrap();
    let reason = "is not valid JSON at line 2, column 6: expected value";
    assert_eq!(field(&console, "details").1.as_deref(), Some(reason));
}

#[test]
fn a_choice_is_toggled_and_an_optional_one_can_be_left_empty_again() {
    let fixture = Fixture::memory();
    shop(&fixture.store);
    let mut console =
        at(&fixture.store, "<shift-tab><shift-tab><shift-tab><shift-tab><shift-tab><shift-tab>");
    let mut seen = Vec::new();
    for key in ["<space>", "<space>", "<space>", "<left>", "<right>"] {
        console.press(key).unwrap();
        seen.push(value(&console, "gift"));
    }
    assert_eq!(seen, ["true", "false", "", "false", ""]);
}

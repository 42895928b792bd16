//! The subscriptions on screen, and their changes after a confirmation.

use ramax::Page;
use ramax::console::Headless;
use ramax::console::layers::subscriptions::{SubscriptionRow, SubscriptionsView};
use ramax::delivery::Effects;
use ramax::subscriptions::{Retry, Subscription};

use crate::snapshots::look_at;
use crate::support::{Fixture, add_contact};
use crate::{console, notice, screen};

/// A subscription `emails` that delivered two events and parked a third, and a later one that has received nothing.
fn subscriptions() -> Fixture {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    for id in ["c1", "c2", "c3"] {
        crm.execute(add_contact(id)).unwrap();
    }
    let emails = Subscription::all_spaces("emails").retrying(Retry::at_once(1));
    let mut subscriber = fixture.store.subscribe(&emails).unwrap();
    let delivered = subscriber.deliver_pending(|delivery| match &*delivery.event().entity_id {
        "c2" => Err("the mail server refused the address".into()),
        _ => Ok(Effects::none()),
    });
    assert_eq!(delivered.unwrap().delivered, 2);
    fixture.store.subscribe(&Subscription::of_space("search", crm.space_id())).unwrap();
    fixture
}

fn shown(console: &Headless) -> &SubscriptionsView {
    console.state().layers.find().expect("no subscriptions on screen")
}

fn selected(console: &Headless) -> &SubscriptionRow {
    shown(console).selected_row().expect("no subscription")
}

/// The action of the latest entry of the audit log, and the number of entries.
fn recorded(fixture: &Fixture) -> (Option<String>, usize) {
    let entries = fixture.store.audit_log().page(None, Page::backward(None, 100)).unwrap();
    (entries.first().map(|entry| entry.action.clone()), entries.len())
}

#[test]
fn the_subscriptions_show_lag_failures_and_parked_events_with_their_errors() {
    look_at("subscriptions", |width, height| {
        let fixture = subscriptions();
        let mut console = Headless::new(fixture.store.clone(), ramax::Apps::standard(), width, height);
        console.press("U").unwrap();
        console
    });
}

#[test]
fn a_store_without_subscriptions_says_how_they_come_about() {
    look_at("subscriptions-none", |width, height| {
        let fixture = Fixture::memory();
        fixture.space("crm_acme");
        let mut console = Headless::new(fixture.store.clone(), ramax::Apps::standard(), width, height);
        console.press("U").unwrap();
        console
    });
}

#[test]
fn a_parked_event_is_retried_after_a_confirmation_and_the_operation_is_recorded() {
    let fixture = subscriptions();
    let mut console = console(&fixture.store);
    console.press("Ur").unwrap();
    assert!(screen(&console).contains("1 parked event is delivered once more"));
    let before = recorded(&fixture).1;
    console.press("<esc>").unwrap();
    assert_eq!(recorded(&fixture).1, before, "nothing happens before it is confirmed");
    console.press("r<enter>").unwrap();
    assert_eq!(notice(&console), "emails: 1 parked event to be tried once more");
    assert!(selected(&console).parked[0].retry);
    assert_eq!(recorded(&fixture), (Some("retry-subscription".to_owned()), before + 1));
}

#[test]
fn parked_events_are_skipped_and_positions_are_moved_after_a_confirmation() {
    let fixture = subscriptions();
    let mut console = console(&fixture.store);
    console.press("Us<enter>").unwrap();
    assert!(selected(&console).parked.is_empty());
    assert_eq!(recorded(&fixture).0.as_deref(), Some("skip-subscription"));
    console.press("s").unwrap();
    assert!(notice(&console).contains("the subscription has no parked events"), "{}", notice(&console));
    console.press("c").unwrap();
    assert!(notice(&console).contains("not suspended"), "{}", notice(&console));
    console.press("R<enter>").unwrap();
    assert_eq!(selected(&console).status.lag.lag, 3);
    assert_eq!(recorded(&fixture).0.as_deref(), Some("reset-subscription"));
    console.press("N<enter>").unwrap();
    assert_eq!(selected(&console).status.lag.lag, 0);
}

#[test]
fn the_selected_subscription_is_the_one_that_is_changed() {
    let fixture = subscriptions();
    let mut console = console(&fixture.store);
    console.press("Uj").unwrap();
    assert_eq!(selected(&console).status.subscription, "search");
    console.press("N").unwrap();
    assert!(screen(&console).contains("3 events are not delivered"));
    console.press("<enter>").unwrap();
    assert_eq!(selected(&console).status.subscription, "search", "the selection stays");
    assert_eq!(selected(&console).status.lag.lag, 0);
    console.press("k").unwrap();
    assert_eq!(selected(&console).parked.len(), 1, "the other is unchanged");
}

//! The subscriptions on screen, and their changes after a confirmation.

use proptest::prelude::*;
use ramax::Page;
use ramax::console::Headless;
use ramax::console::app::pointer::region::{Region, RegionKind, Spot};
use ramax::console::layers::subscriptions::{SubscriptionRow, SubscriptionsView};
use ramax::console::theme::Theme;
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
fn parked_events_are_skipped_and_positions_are_moved_after_the_name_is_typed() {
    let fixture = subscriptions();
    let mut console = console(&fixture.store);
    console.press("Us<enter>").unwrap();
    assert!(screen(&console).contains("type emails to confirm"), "{}", screen(&console));
    assert_eq!(selected(&console).parked.len(), 1, "nothing happens before the name is typed");
    console.press("emails<enter>").unwrap();
    assert!(selected(&console).parked.is_empty());
    assert_eq!(recorded(&fixture).0.as_deref(), Some("skip-subscription"));
    console.press("s").unwrap();
    assert!(notice(&console).contains("the subscription has no parked events"), "{}", notice(&console));
    console.press("c").unwrap();
    assert!(notice(&console).contains("not suspended"), "{}", notice(&console));
    console.press("Remails<enter>").unwrap();
    assert_eq!(selected(&console).status.lag.lag, 3);
    assert_eq!(recorded(&fixture).0.as_deref(), Some("reset-subscription"));
    console.press("Nemails<enter>").unwrap();
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
    console.press("search<enter>").unwrap();
    assert_eq!(selected(&console).status.subscription, "search", "the selection stays");
    assert_eq!(selected(&console).status.lag.lag, 0);
    console.press("k").unwrap();
    assert_eq!(selected(&console).parked.len(), 1, "the other is unchanged");
}

/// A store with this many tenants, in each of which the subscription `emails` has parked an event.
fn many(tenants: usize) -> Fixture {
    let fixture = Fixture::memory();
    for index in 0..tenants {
        let crm = fixture.crm(&format!("crm_{index:03}"));
        crm.execute(add_contact("c1")).unwrap();
        crm.execute(add_contact("c2")).unwrap();
    }
    let emails = Subscription::all_spaces("emails").retrying(Retry::at_once(1));
    let mut subscriber = fixture.store.subscribe(&emails).unwrap();
    let delivered = subscriber.deliver_pending(|delivery| match &*delivery.event().entity_id {
        "c2" => Err("the mail server refused the address".into()),
        _ => Ok(Effects::none()),
    });
    assert_eq!(delivered.unwrap().parked, tenants as u64);
    fixture
}

fn open_detail(fixture: &Fixture, width: u16, height: u16) -> Headless {
    let mut console = Headless::new(fixture.store.clone(), ramax::Apps::standard(), width, height);
    console.press("U<enter>").unwrap();
    console
}

#[test]
fn an_open_subscription_shows_its_lease_and_the_last_attempt_and_its_spaces() {
    look_at("subscription", |width, height| open_detail(&subscriptions(), width, height));
}

#[test]
fn a_reset_shows_its_consequences_and_asks_for_the_name() {
    look_at("subscription-reset-question", |width, height| {
        let fixture = subscriptions();
        let mut console = Headless::new(fixture.store.clone(), ramax::Apps::standard(), width, height);
        console.press("URemail<enter>").unwrap();
        console
    });
}

#[test]
fn a_reset_of_one_space_says_that_others_do_not_change() {
    look_at("subscription-reset-of-a-space", |width, height| {
        let mut console = open_detail(&many(3), width, height);
        console.press("jR").unwrap();
        console
    });
}

/// Returns the sequence of the parked event of each tenant of [`many`], and the lag in each.
fn parked_and_lag(fixture: &Fixture) -> (Vec<String>, Vec<u64>) {
    let events = fixture.store.events();
    let id = events.subscriptions().unwrap()[0].subscription_id;
    let name = |space_id| events.space(space_id).unwrap().unwrap().space.space_name;
    let parked = events.parked(id, None, 10).unwrap().into_iter().map(|parked| name(parked.space_id));
    let positions = events.positions(id, None, 10).unwrap();
    (parked.collect(), positions.iter().map(|at| at.lag()).collect())
}

#[test]
fn parked_events_of_the_selected_space_are_skipped_and_others_stay() {
    let fixture = many(3);
    let mut console = open_detail(&fixture, 120, 40);
    console.press("js").unwrap();
    let shown = screen(&console);
    for said in [
        "Skip  emails in crm_001",
        "in crm_001, 1 parked event is given up for good",
        "ramax subscriptions skip emails --space crm_001 --confirm emails",
    ] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    console.press("emails<enter>").unwrap();
    assert_eq!(parked_and_lag(&fixture).0, ["crm_000", "crm_002"]);
    let entries = fixture.store.audit_log().page(None, Page::backward(None, 1)).unwrap();
    assert_eq!(
        (&*entries[0].action, entries[0].space_name.as_deref()),
        ("skip-subscription", Some("crm_001"))
    );
    console.press("s").unwrap();
    let reason = "skip here: the selected space has no parked events";
    assert_eq!(notice(&console), reason, "the selection stays in the space whose event is gone");
}

#[test]
fn parked_events_of_the_selected_space_are_retried() {
    let fixture = many(3);
    let mut console = open_detail(&fixture, 120, 40);
    console.press("jjr").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("in crm_002, 1 parked event is delivered once more"), "{shown}");
    console.press("<enter>").unwrap();
    let row = selected(&console);
    assert_eq!(row.parked.iter().map(|parked| parked.retry).collect::<Vec<_>>(), [false, false, true]);
}

#[test]
fn the_position_in_the_selected_space_is_reset() {
    let fixture = many(3);
    let mut console = open_detail(&fixture, 120, 40);
    console.press("Gk").unwrap();
    console.press("R").unwrap();
    let shown = screen(&console);
    for said in [
        "Reset  emails in crm_001",
        "the position in crm_001 moves to the beginning",
        "the positions in other spaces do not change",
        "ramax subscriptions reset emails --space crm_001 --to beginning",
    ] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    console.press("emails<enter>").unwrap();
    let parked = ["crm_000", "crm_002"].map(str::to_owned).to_vec();
    assert_eq!(parked_and_lag(&fixture), (parked.clone(), vec![0, 2, 0]));
    console.press("N").unwrap();
    assert!(screen(&console).contains("2 events are not delivered"), "{}", screen(&console));
    console.press("emails<enter>").unwrap();
    assert_eq!(parked_and_lag(&fixture), (parked, vec![0, 0, 0]));
}

#[test]
fn a_click_on_a_line_of_an_open_subscription_selects_its_space() {
    let fixture = many(3);
    let mut console = open_detail(&fixture, 120, 40);
    let regions = console.regions();
    let is_position = |region: &&Region| region.kind == RegionKind::Spot(Spot::Row(4));
    let row = regions.iter().rfind(is_position).expect("no row of a position").area;
    console.click(row.x + 3, row.y);
    console.press("R").unwrap();
    assert!(screen(&console).contains("Reset  emails in crm_001"), "{}", screen(&console));
}

#[test]
fn nothing_is_changed_through_a_subscription_that_was_removed_while_it_was_open() {
    let fixture = subscriptions();
    let mut console = open_detail(&fixture, 120, 40);
    console.press("Demails<enter>R").unwrap();
    assert_eq!(notice(&console), "reset here: this subscription was removed");
}

#[test]
fn the_spaces_and_parked_events_of_an_open_subscription_scroll() {
    let fixture = many(300);
    let mut console = open_detail(&fixture, 120, 40);
    let first = screen(&console);
    assert!(
        first.contains("crm_000 2: the mail server refused the address") && !first.contains("crm_299"),
        "{first}"
    );
    console.press("G").unwrap();
    let last = screen(&console);
    let row = last.lines().find(|line| line.contains("crm_299")).unwrap_or_else(|| panic!("{last}"));
    assert!(row.contains("-") && !last.contains("Parked events"), "{last}");
    console.press(&"k".repeat(60)).unwrap();
    assert!(!screen(&console).contains("crm_299"), "{}", screen(&console));
    console.press("g").unwrap();
    assert_eq!(screen(&console), first);
    console.press("<esc>").unwrap();
    assert!(screen(&console).contains("1 subscription "), "{}", screen(&console));
}

#[test]
fn a_subscription_is_removed_after_its_name_is_typed() {
    let fixture = subscriptions();
    let mut console = console(&fixture.store);
    console.press("U<enter>D").unwrap();
    assert!(
        screen(&console).contains("a program that still declares it registers it again"),
        "{}",
        screen(&console)
    );
    console.press("emails<enter>").unwrap();
    assert_eq!(notice(&console), "emails: removed with 1 position");
    assert!(screen(&console).contains("This subscription was removed"), "{}", screen(&console));
    assert_eq!(recorded(&fixture).0.as_deref(), Some("remove-subscription"));
    console.press("<esc>").unwrap();
    assert_eq!(selected(&console).status.subscription, "search");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_size_breaks_the_screens_of_subscriptions(
        tenants in 0..4_usize,
        presses in proptest::collection::vec(
            (
                proptest::sample::select(vec![
                    "U", "j", "k", "G", "g", "<enter>", "<esc>", "r", "s", "R", "N", "D", "c", "emails", "<pgdn>", "<pgup>", "?",
                ]),
                0..=220_u16,
                0..=60_u16,
            ),
            1..20,
        ),
    ) {
        let fixture = many(tenants);
        let mut console = Headless::new(fixture.store.clone(), ramax::Apps::standard(), 120, 40);
        console.press("U").unwrap();
        for (keys, width, height) in presses {
            console.press(keys).unwrap();
            console.resize(width, height);
            for theme in [Theme::dark(), Theme::mono()] {
                let drawn = console.draw(&theme);
                prop_assert_eq!((drawn.area.width, drawn.area.height), (width, height));
            }
        }
    }
}

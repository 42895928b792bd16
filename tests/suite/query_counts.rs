//! The cost of work in queries and rows. It grows with the work, not with the rest of the store.

use std::ops::ControlFlow;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::console::Headless;
use ramax::console::app::effect::{Effect, StoreQuery};
use ramax::console::app::message::{Answer, Message, SpacesPage};
use ramax::console::app::state::{ConsoleState, Size};
use ramax::console::app::update::update;
use ramax::console::app::view::{self};
use ramax::console::panes::Pane;
use ramax::console::theme::Theme;
use ramax::operations::{
    GenerateOptions, Rebuild, SpaceOrder, SpaceOverview, generate, keep_going, overviews, overviews_of,
    rebuild, verify,
};
use ramax::{Append, Apps, ContentStore, Expected, Page, SpaceId, Store};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::json;

use crate::on_every_store;
use crate::support::counting::Counting;
use crate::support::counting::events::CountingEvents;
use crate::support::mark_owner;
use crate::support::{Fixture, START, add_contact, event, rename_contact};

on_every_store!(
    a_page_of_spaces_needs_the_same_number_of_queries_at_any_size,
    listing_spaces_by_id_skips_missing_ones
);

/// Wraps a store so that it counts queries and rows.
fn counting(store: &Store) -> (Store, Arc<CountingEvents>, Arc<Counting>) {
    let (events, pstate) = (Arc::new(CountingEvents::over(store)), Arc::new(Counting::over(store)));
    (Store::new(events.clone(), pstate.clone()), events, pstate)
}

/// Creates a store with `count` empty spaces.
fn spaces(count: usize) -> Store {
    let store = Store::memory();
    for number in 0..count {
        store.events().get_or_create_space(&format!("crm_{number:04}"), None, START).unwrap();
    }
    store
}

fn a_page_of_spaces_needs_the_same_number_of_queries_at_any_size(fixture: &Fixture) {
    for number in 0..20 {
        fixture.crm(&format!("crm_{number}")).execute(add_contact("c1")).unwrap();
        // Only its events identify the app of this space.
        let space_id = fixture.space(&format!("tenant_{number}")).space_id;
        let events = [event("c1", "contact.added", json!({}))];
        let append = Append { expected: Expected::Any, now: START, events: &events };
        fixture.store.events().append(space_id, append).unwrap();
    }
    let (store, events, pstate) = counting(&fixture.store);
    let questions = [2, 40].map(|limit| {
        let page = overviews(&store, &Apps::standard(), Page::forward(None, limit)).unwrap();
        assert_eq!(page.len(), limit);
        assert!(page.iter().all(|space| space.app == Some("crm")));
        (events.questions(), pstate.questions())
    });
    let asked = "the spaces, their events' types; their checkpoints";
    assert_eq!(questions, [(2, 1); 2], "{asked}");
}

fn listing_spaces_by_id_skips_missing_ones(fixture: &Fixture) {
    let [a, b, c] = ["crm_a", "crm_b", "crm_c"].map(|name| fixture.crm(name));
    for space in [&a, &c] {
        space.execute(add_contact("c1")).unwrap();
    }
    let ids = [c.space_id(), SpaceId(99), a.space_id(), a.space_id()];
    let found = overviews_of(&fixture.store, &Apps::standard(), &ids).unwrap();
    let told = |space: &SpaceOverview| {
        (space.space.space_name.clone(), space.head.last_sequence.0, space.checkpoint.sequence.0, space.ahead)
    };
    assert_eq!(
        found.iter().map(told).collect::<Vec<_>>(),
        [("crm_a".to_owned(), 1, 1, false), ("crm_c".to_owned(), 1, 1, false)]
    );
    assert_eq!(overviews_of(&fixture.store, &Apps::standard(), &[]).unwrap(), []);
    let checkpoints = fixture.store.pstate().stored(&[b.space_id(), c.space_id()]).unwrap();
    assert!(checkpoints[0].is_empty());
    assert_eq!(checkpoints[1][0].checkpoint.sequence.0, 1);
}

#[test]
fn a_page_of_events_asks_once_for_the_states_before_its_updates() {
    let questions = [3, 40].map(|contacts| {
        let fixture = Fixture::memory();
        let crm = fixture.crm("crm_acme");
        for number in 0..contacts {
            crm.execute(add_contact(&format!("c{number}"))).unwrap();
        }
        for number in 0..contacts {
            crm.execute(rename_contact(&format!("c{number}"), "Another")).unwrap();
        }
        let (store, events, _) = counting(&fixture.store);
        let mut console = Headless::new(store, Apps::standard(), 120, 40);
        ["2a", "2H", "2/updated<enter>", "2T"].map(|keys| {
            console.press("<esc><esc>").unwrap();
            events.questions();
            console.press(keys).unwrap();
            events.questions()
        })
    });
    assert_eq!(questions[0], questions[1]);
}

/// A console state whose effects are answered by the test.
struct Console {
    store: Store,
    state: ConsoleState,
    effects: Vec<Effect>,
}

impl Console {
    fn over(store: Store) -> Self {
        let state = ConsoleState::new("test.db", false, Apps::standard());
        let mut console = Self { store, state, effects: Vec::new() };
        console.send(Message::Resize(Size { width: 120, height: 40 }));
        console.draw();
        console
    }

    fn send(&mut self, message: Message) {
        self.effects.extend(update(&mut self.state, message));
    }

    /// Returns the pending query for spaces: the extra spaces, the start of the page and its size.
    fn asked(&self) -> Option<(Vec<SpaceId>, Option<SpaceId>, usize)> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Query(StoreQuery::LoadSpaces { on_screen, after, limit, .. }) => {
                Some((on_screen.clone(), *after, *limit))
            }
            _ => None,
        })
    }

    /// Answers the pending query.
    fn answer(&mut self) {
        let is_asked = |effect: &Effect| matches!(effect, Effect::Query(StoreQuery::LoadSpaces { .. }));
        let index = self.effects.iter().position(is_asked).expect("a query for spaces");
        let Effect::Query(StoreQuery::LoadSpaces { request, on_screen, after, limit, .. }) =
            self.effects.remove(index)
        else {
            unreachable!()
        };
        let mut found = overviews_of(&self.store, &Apps::standard(), &on_screen).unwrap();
        let page = overviews(&self.store, &Apps::standard(), Page::forward(after, limit)).unwrap();
        let last = page.last().filter(|_| page.len() == limit).map(|last| last.space.space_id);
        found.extend(page);
        let spaces = SpacesPage { found, last, ..SpacesPage::default() };
        self.send(Message::Spaces(Answer { request, result: Ok(spaces) }));
    }

    fn draw(&mut self) -> String {
        let area = Rect::new(0, 0, 120, 40);
        self.send(Message::Viewports(view::viewports(&self.state, area)));
        let mut buffer = Buffer::empty(area);
        view::render(&self.state, &Theme::mono(), area, &mut buffer);
        buffer.content.iter().map(|cell| cell.symbol()).collect()
    }
}

#[test]
fn the_first_frame_needs_one_short_page_and_the_rest_follows() {
    let mut console = Console::over(spaces(1200));
    assert_eq!(console.asked(), Some((vec![], None, 100)));
    console.answer();
    assert_eq!(console.state.spaces.selected, Some(SpaceId(1)));
    let screen = console.draw();
    assert!(screen.contains("100 so far") && screen.contains("100+ spaces"), "{screen}");
    assert_eq!(console.asked(), Some((vec![], Some(SpaceId(100)), 500)));
    console.answer();
    console.answer();
    console.answer();
    assert_eq!(console.asked(), None);
    let screen = console.draw();
    assert!(screen.contains("1,200 spaces") && !screen.contains("so far"), "{screen}");
}

#[test]
fn selection_and_order_are_stable_while_spaces_load() {
    let store = spaces(300);
    for number in [7, 250] {
        let events: Vec<_> = (0..number).map(|_| event("c1", "contact.added", json!({}))).collect();
        let append = Append { expected: Expected::Any, now: START, events: &events };
        store.events().append(SpaceId(number), append).unwrap();
    }
    let mut console = Console::over(store);
    console.answer();
    console.state.spaces.selected = Some(SpaceId(7));
    while console.state.spaces.sort != SpaceOrder::Events {
        console.send(Message::Key(ramax::console::app::key::Key::sequence("s").unwrap()[0]));
    }
    assert_eq!(console.state.spaces.shown[0], SpaceId(7));
    console.answer();
    assert_eq!(console.state.spaces.shown[..2], [SpaceId(250), SpaceId(7)]);
    assert_eq!(console.state.spaces.selected, Some(SpaceId(7)));
    assert_eq!(console.state.database.totals.events, 257);
}

#[test]
fn a_change_reloads_the_screen_and_one_page_and_the_rest_when_idle() {
    let (store, events, pstate) = counting(&spaces(1600));
    let mut console = Headless::new(store, Apps::standard(), 120, 40);
    assert_eq!(events.spaces(), 1600 + 1, "each space, and the newest one, which may be a bug report");
    let on_screen = usize::from(console.state().viewports.of(Pane::Spaces)) + 1;
    for _ in 0..20 {
        events.questions();
        pstate.questions();
        console.send(Message::Changed);
        let read = events.spaces();
        assert!((100..=500 + on_screen).contains(&read), "{read}");
        assert!(events.questions() + pstate.questions() < 20);
    }
    console.send(Message::Quiet);
    assert!(
        (1..=2 * 1600 + on_screen).contains(&events.spaces()),
        "the current pass, and one from the start"
    );
    console.send(Message::Quiet);
    assert_eq!(events.spaces(), 0, "nothing has changed since");
}

#[test]
fn an_off_screen_space_is_added_updated_and_removed_when_idle() {
    let store = spaces(1600);
    let mut console = Headless::new(store.clone(), Apps::standard(), 120, 40);
    let events = [event("c1", "contact.added", json!({}))];
    let append = Append { expected: Expected::Any, now: START, events: &events };
    store.events().append(SpaceId(1500), append).unwrap();
    store.events().begin_delete(SpaceId(1400), &mark_owner(1), None).unwrap();
    store.events().end_delete(SpaceId(1400), mark_owner(1).token, false).unwrap();
    store.events().get_or_create_space("crm_new", None, START).unwrap();
    console.follow();
    let spaces = &console.state().spaces;
    assert_eq!(spaces.all[&SpaceId(1500)].head.last_sequence.0, 1);
    assert!(spaces.get(SpaceId(1400)).is_none() && !spaces.shown.contains(&SpaceId(1400)));
    assert!(spaces.named("crm_new").is_some());
    assert_eq!((spaces.tally.totals.spaces, spaces.tally.totals.events, spaces.tally.grown), (1600, 1, 1));
    assert_eq!(spaces.tally.behind, 2, "both projections of the space");
}

#[test]
fn no_key_reloads_spaces() {
    let (store, events, _) = counting(&spaces(1600));
    let mut console = Headless::new(store, Apps::standard(), 120, 40);
    events.spaces();
    console.press("jjkG<ctrl-u>gg/15<enter><esc>sss4jjk5132").unwrap();
    assert_eq!(events.spaces(), 0);
}

/// Creates a space with `count` events.
fn long_space(count: usize) -> Store {
    let store = spaces(1);
    let payload = json!({ "contact_id": "c1", "name": "Ada", "email": "a@b.c" });
    let events: Vec<_> = (0..count).map(|_| event("c1", "contact.added", payload.clone())).collect();
    store
        .events()
        .append(SpaceId(1), Append { expected: Expected::Any, now: START, events: &events })
        .unwrap();
    store
}

#[test]
fn a_rebuild_and_a_verify_read_each_event_once() {
    for count in [3000, 30_000] {
        let (store, events, _) = counting(&long_space(count));
        let crm = ContentStore::open(&store, "crm_0000", Arc::new(Crm)).unwrap();
        events.rows();
        rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap();
        let rebuilt = events.rows();
        // For each of the two projections.
        let once = 2 * count..2 * count + 20;
        assert!(once.contains(&rebuilt), "{rebuilt} of {count}");
        verify(&crm, &mut keep_going).unwrap();
        let verified = events.rows();
        assert!(once.contains(&verified), "{verified} of {count}");
    }
}

#[test]
fn keys_and_opening_read_no_more_events_in_a_long_space_than_in_a_short_one() {
    let read = [3000, 30_000].map(|count| {
        let (store, events, _) = counting(&long_space(count));
        let mut console = Headless::new(store, Apps::standard(), 120, 40);
        let opened = events.rows();
        let each =
            ["2", "j", "G", "k", "<ctrl-u>", "g", "<ctrl-d>", "<enter>", "<esc>", "1", "2"].map(|key| {
                console.press(key).unwrap();
                events.rows()
            });
        (opened, each)
    });
    // The page on screen, and the next events of the projection, which lags.
    assert!(read[0].0 > 0 && read[0].0 < 1500, "{read:?}");
    assert_eq!(read[0].1, read[1].1);
    // The activity is found by halving the log, which takes a few more steps in a long one.
    assert!(read[1].0 <= read[0].0 + 10, "{read:?}");
}

#[test]
fn only_spaces_on_screen_are_checked_for_blocking_events_and_only_once() {
    let store = spaces(1600);
    for space_id in 1..=1600 {
        let events = [event("c1", "contact.updated", json!({ "contact_id": "c1" }))];
        let append = Append { expected: Expected::Any, now: START, events: &events };
        store.events().append(SpaceId(space_id), append).unwrap();
    }
    let (store, events, _) = counting(&store);
    let mut console = Headless::new(store, Apps::standard(), 120, 40);
    let on_screen = usize::from(console.state().viewports.of(Pane::Spaces));
    let blocked = |console: &Headless| {
        let spaces = &console.state().spaces;
        spaces.all.values().filter(|space| space.blocked.is_some()).count()
    };
    assert!((10..=on_screen).contains(&blocked(&console)), "{} of {on_screen}", blocked(&console));
    events.rows();
    console.send(Message::Changed);
    console.send(Message::Quiet);
    assert!(events.rows() <= 1, "only the last of the events on screen");
    console.press("G").unwrap();
    assert!(console.state().space().unwrap().blocked.is_some());
    assert!((20..=2 * on_screen).contains(&blocked(&console)), "{} of {on_screen}", blocked(&console));
}

#[test]
fn generated_spaces_share_their_commits() {
    let fixture = Fixture::one_file();
    let options = GenerateOptions { spaces: 400, events: 2000, app: Arc::new(Crm), seed: 1 };
    let other = fixture.other_process();
    let mut versions = vec![other.events().version().unwrap()];
    let mut steps = 0;
    let generated = generate(&fixture.store, &options, &mut |_| {
        steps += 1;
        versions.push(other.events().version().unwrap());
        ControlFlow::Continue(())
    });
    assert_eq!(generated.unwrap().events, 2000);
    assert!(steps < 10, "{steps}");
    versions.dedup();
    assert_eq!(
        versions.len(),
        steps + 1,
        "each step is visible to other connections as soon as it is committed"
    );
}

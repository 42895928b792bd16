//! Several projections of one space: their rows among the checkpoints, the choice of the one listed, and operations on it.

use std::sync::Arc;

use ramax::console::Headless;
use ramax::console::app::action::{Action, Hint};
use ramax::console::app::hints::hints;
use ramax::console::app::key::Key;
use ramax::console::app::message::Message;
use ramax::console::app::pointer::region::{RegionKind, Spot};
use ramax::console::app::state::ConsoleState;
use ramax::console::app::update::update;
use ramax::console::panes::Pane;
use ramax::console::panes::checkpoints::CheckpointRow;
use ramax::content_store::{Applied, CommandSpec, ProjectionMode, ProjectionSpec, StateError};
use ramax::operations::ProjectionStatus;
use ramax::{App, Apps, ContentStore, Event, NewEvent, Schema, State, Store};
use serde_json::json;

use crate::snapshots::look_at;
use crate::support::{Fixture, event};
use crate::{notice, screen};

const BY_DOMAIN: ProjectionSpec = ProjectionSpec {
    name: "by_domain",
    summary: "people by the domain of their address",
    version: 3,
    mode: ProjectionMode::Async,
    schema: Schema::EMPTY,
    apply: |state, event| {
        if event.entity_id == "anonymous" {
            return Err(StateError::Inapplicable("a signature needs an address".to_owned()));
        }
        state.put(&format!("domain:{}", event.entity_id), &1)?;
        Ok(Applied::Yes)
    },
};

/// Signatures under a petition, in one of two versions.
struct Petition {
    version: u32,
}

impl App for Petition {
    fn name(&self) -> &'static str {
        "petition"
    }

    fn summary(&self) -> &'static str {
        "signatures under a petition"
    }

    fn space_prefix(&self) -> &'static str {
        "petition_"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["petition.signed"]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        &[]
    }

    fn state_version(&self) -> u32 {
        self.version
    }

    fn projections(&self) -> &'static [ProjectionSpec] {
        const LATER: &[ProjectionSpec] = &[ProjectionSpec { version: 4, ..BY_DOMAIN }];
        if self.version < 9 { &[BY_DOMAIN] } else { LATER }
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        state.put(&format!("signature:{}", event.entity_id), &self.version)?;
        Ok(Applied::Yes)
    }
}

fn sign(store: &Store, space_name: &str, names: &[&str]) {
    let space = ContentStore::open(store, space_name, Arc::new(Petition { version: 1 })).unwrap();
    let events: Vec<NewEvent> =
        names.iter().map(|name| event(name, "petition.signed", json!({ "name": name }))).collect();
    space.commit(|_| Ok(events.clone())).unwrap();
}

/// A petition whose projection `state` contains three events, and whose `by_domain` none.
fn petition() -> Fixture {
    let fixture = Fixture::memory();
    sign(&fixture.store, "petition_park", &["ada", "bob", "eve"]);
    fixture
}

fn open(store: &Store, version: u32, (width, height): (u16, u16)) -> Headless {
    let apps = Apps::default().with(Arc::new(Petition { version }));
    Headless::new(store.clone(), apps, width, height).of_program("petition")
}

fn console(store: &Store) -> Headless {
    open(store, 1, (120, 40))
}

fn listed(console: &Headless) -> Vec<&str> {
    console.state().projections.window.rows.iter().map(|entry| entry.key.as_str()).collect()
}

fn statuses(console: &Headless) -> Vec<(&str, ProjectionStatus)> {
    let space = console.state().space().unwrap();
    space.projections.iter().map(|projection| (&*projection.name, projection.status)).collect()
}

const SIGNED: [&str; 3] = ["signature:ada", "signature:bob", "signature:eve"];

#[test]
fn the_projections_pane_lists_the_chosen_projection_of_the_space() {
    let fixture = petition();
    let mut console = console(&fixture.store);
    console.press("3").unwrap();
    assert_eq!(listed(&console), SIGNED);
    console.press("Pj<enter>").unwrap();
    assert_eq!(console.state().listed_projection(), "by_domain");
    assert!(listed(&console).is_empty());
    assert!(screen(&console).contains("Nothing projected yet; 3 events to apply"));
    console.press("C<enter>").unwrap();
    assert_eq!(listed(&console), ["domain:ada", "domain:bob", "domain:eve"]);
    console.press("Pk<enter>").unwrap();
    assert_eq!(listed(&console), SIGNED);
    console.press("Pj<esc>").unwrap();
    assert_eq!(listed(&console), SIGNED, "leaving the choice changes nothing");
}

#[test]
fn a_space_without_the_chosen_projection_lists_its_state() {
    let fixture = petition();
    fixture.space("crm_acme");
    let mut console = console(&fixture.store);
    console.press("3Pj<enter>1j").unwrap();
    assert_eq!(console.state().listed_projection(), "state");
    console.press("k").unwrap();
    assert_eq!(console.state().listed_projection(), "by_domain");
    console.press("1j3P").unwrap();
    assert!(console.state().layers.is_empty(), "there is no choice");
}

#[test]
fn each_projection_has_a_row_among_the_checkpoints_with_version_status_and_lag() {
    look_at("checkpoints-of-projections", |width, height| {
        let fixture = petition();
        sign(&fixture.store, "petition_pool", &["kim"]);
        let mut console = open(&fixture.store, 1, (width, height));
        console.press("4gjz").unwrap();
        assert_eq!(console.state().listed_projection(), "by_domain");
        console
    });
}

#[test]
fn moving_through_the_checkpoints_visits_each_projection_of_each_space() {
    let fixture = petition();
    sign(&fixture.store, "petition_pool", &["kim"]);
    let mut console = console(&fixture.store);
    console.press("4g").unwrap();
    let mut visited = Vec::new();
    for _ in 0..4 {
        let space = console.state().space().unwrap().space.space_name.clone();
        visited.push(format!("{space} {}", console.state().listed_projection()));
        console.press("j").unwrap();
    }
    let all =
        ["petition_park state", "petition_park by_domain", "petition_pool state", "petition_pool by_domain"];
    assert_eq!(visited, all);
    console.press("g<space>").unwrap();
    let space = &console.state().space().unwrap().space.space_name;
    assert_eq!((space.as_str(), console.state().spaces.marked.len()), ("petition_pool", 1));
}

#[test]
fn an_operation_from_a_row_applies_to_its_projection_and_the_dialog_names_it() {
    look_at("catch-up-dialog-of-a-projection", |width, height| {
        let fixture = petition();
        let mut console = open(&fixture.store, 1, (width, height));
        console.press("4gjC").unwrap();
        console
    });
    let fixture = petition();
    let mut console = console(&fixture.store);
    console.press("4gC").unwrap();
    assert_eq!(notice(&console), "catch-up: state of petition_park is up to date: its lag is 0");
    console.press("jC<enter>").unwrap();
    let current = ProjectionStatus::Current;
    assert_eq!(statuses(&console), [("state", current), ("by_domain", current)]);
    let entries = fixture.store.audit_log().page(None, ramax::Page::backward(None, 1)).unwrap();
    assert_eq!(entries[0].action, "catch-up");
    assert!(format!("{:?}", entries[0].parameters).contains("by_domain"));
}

#[test]
fn an_outdated_projection_names_the_rebuild_that_renews_it() {
    look_at("projection-outdated", |width, height| {
        let fixture = petition();
        let mut console = open(&fixture.store, 2, (width, height));
        console.press("3").unwrap();
        console
    });
    let fixture = petition();
    let mut console = open(&fixture.store, 2, (120, 40));
    console.press("3").unwrap();
    assert!(screen(&console).contains("outdated, R rebuilds it"));
    console.press("C").unwrap();
    assert!(notice(&console).contains("`R` rebuilds it"), "{}", notice(&console));
    console.press("R").unwrap();
    assert!(screen(&console).contains("only the projection state"));
    console.press("<enter>").unwrap();
    assert_eq!(statuses(&console)[0], ("state", ProjectionStatus::Current));
    assert_eq!(statuses(&console)[1].1, ProjectionStatus::Lagging, "the other is not rebuilt");
    assert_eq!(console.state().focus, Pane::Projections);
}

#[test]
fn beside_a_projection_of_a_later_version_the_console_names_a_rebuild_that_is_not_refused() {
    let fixture = petition();
    open(&fixture.store, 1, (120, 40)).press("4gjC<enter>").unwrap();
    open(&fixture.store, 10, (120, 40)).press("4gR<enter>").unwrap();
    let mut console = open(&fixture.store, 9, (120, 40));
    let before = [("state", ProjectionStatus::Newer), ("by_domain", ProjectionStatus::Outdated)];
    assert_eq!(statuses(&console), before);
    for (keys, expected) in [
        (
            "1R",
            "built state of petition_park, which this program only reads; `4` lists the projections, and `R` there rebuilds another one alone",
        ),
        ("1C", "`4` lists it, and `R` there rebuilds it alone"),
        ("4gR", "built state of petition_park, which this program only reads"),
        ("3n", "built state of petition_park, which this program only reads"),
        ("1A", "built state of petition_park, which this program only reads"),
    ] {
        console.press(keys).unwrap();
        assert!(notice(&console).ends_with(expected), "{keys}: {}", notice(&console));
        let is_command = |hint: &Hint| hint.action == Action::NewCommand;
        assert!(!hints(console.state()).iter().any(is_command), "no command can run");
    }
    console.press("4gjR<enter>").unwrap();
    assert_eq!(statuses(&console)[1], ("by_domain", ProjectionStatus::Current));
}

#[test]
fn a_catch_up_that_a_later_version_would_refuse_is_not_offered() {
    let fixture = petition();
    open(&fixture.store, 9, (120, 40)).press("4gjR<enter>").unwrap();
    sign(&fixture.store, "petition_park", &["kim"]);
    let mut console = open(&fixture.store, 1, (120, 40));
    let before = [("state", ProjectionStatus::Current), ("by_domain", ProjectionStatus::Newer)];
    assert_eq!(statuses(&console), before);
    for keys in ["1C", "4gjC"] {
        console.press(keys).unwrap();
        let expected = "built by_domain of petition_park, which this program only reads";
        assert!(notice(&console).ends_with(expected), "{keys}: {}", notice(&console));
        assert!(!hints(console.state()).iter().any(|hint| hint.action == Action::CatchUp));
    }
}

#[test]
fn the_choice_of_a_projection_shows_version_status_and_lag() {
    look_at("projection-choice", |width, height| {
        let fixture = petition();
        let mut console = open(&fixture.store, 1, (width, height));
        console.press("3Pj").unwrap();
        console
    });
}

/// A petition whose `by_domain` was rebuilt and then blocked, and one that lags more and more.
fn in_trouble((width, height): (u16, u16)) -> Headless {
    let fixture = petition();
    sign(&fixture.store, "petition_pool", &["kim"]);
    let mut console = open(&fixture.store, 1, (width, height));
    console.press("4gjR<enter>").unwrap();
    sign(&fixture.store, "petition_park", &["anonymous"]);
    sign(&fixture.store, "petition_pool", &["lou", "max"]);
    console.follow();
    sign(&fixture.store, "petition_pool", &["noa"]);
    console.follow();
    console.press("4C<enter>4").unwrap();
    console
}

/// The rows of the checkpoints, as space and projection.
fn rows(console: &Headless) -> Vec<(String, String)> {
    let state = console.state();
    let row = |row: &CheckpointRow| {
        let space = state.spaces.get(row.space_id).unwrap();
        (space.space.space_name.clone(), space.projections[row.projection].name.to_string())
    };
    state.checkpoint_rows().iter().map(row).collect()
}

#[test]
fn checkpoints_are_sorted_by_name_lag_and_last_error() {
    let of = |rows: &[(&str, &str)]| -> Vec<(String, String)> {
        rows.iter()
            .map(|(space, projection)| (format!("petition_{space}"), (*projection).to_owned()))
            .collect()
    };
    let mut console = in_trouble((200, 50));
    let by_space = of(&[("park", "state"), ("park", "by_domain"), ("pool", "state"), ("pool", "by_domain")]);
    assert_eq!(rows(&console), by_space);
    console.press("s").unwrap();
    assert_eq!((rows(&console), notice(&console)), (by_space.clone(), "sorted by name"));
    console.press("s").unwrap();
    let by_lag = of(&[("pool", "by_domain"), ("park", "by_domain"), ("park", "state"), ("pool", "state")]);
    assert_eq!((rows(&console), notice(&console)), (by_lag.clone(), "sorted by lag"));
    assert!(screen(&console).contains("lag↓") && screen(&console).contains("by lag"), "{}", screen(&console));
    console.press("s").unwrap();
    assert_eq!(rows(&console)[0], ("petition_park".to_owned(), "by_domain".to_owned()));
    console.press("s").unwrap();
    assert_eq!((rows(&console), notice(&console)), (by_space, "sorted like the spaces"));
    // A click on the head of a column does the same, and a second one reverses the order.
    let click = |console: &mut Headless, title| {
        let regions = console.regions();
        let head = regions.iter().find(|region| region.kind == RegionKind::Spot(Spot::Heading(title)));
        let (x, y) = head.map(|region| (region.area.x, region.area.y)).unwrap();
        console.click(x, y);
    };
    click(&mut console, "lag");
    assert_eq!(rows(&console), by_lag);
    click(&mut console, "lag");
    assert_eq!(rows(&console), by_lag.into_iter().rev().collect::<Vec<_>>());
    click(&mut console, "version");
    assert_eq!(notice(&console), "checkpoints are sorted by name, lag or last error");
}

#[test]
fn sorted_checkpoints_name_their_spaces_on_a_narrow_screen() {
    let mut console = in_trouble((40, 20));
    console.press("ss").unwrap();
    assert!(screen(&console).contains("petition_pool by_domain"), "{}", screen(&console));
}

#[test]
fn lists_that_are_read_page_by_page_say_why_they_cannot_be_sorted() {
    let fixture = petition();
    let mut console = console(&fixture.store);
    console.press("3s").unwrap();
    assert!(notice(&console).contains("keep the order of their bytes"), "{}", notice(&console));
    console.press("2s").unwrap();
    assert!(notice(&console).contains("keep the order in which they were appended"), "{}", notice(&console));
}

#[test]
fn checkpoints_show_the_last_error_the_last_rebuild_and_the_trend_of_the_lag() {
    look_at("checkpoints-in-trouble", |width, height| in_trouble((width, height)));
    look_at("checkpoints-in-trouble-zoomed", |width, height| {
        let mut console = in_trouble((width, height));
        console.press("z").unwrap();
        console
    });
}

#[test]
fn the_trend_of_a_lag_grows_and_shrinks_and_ends_when_it_is_caught_up() {
    let fixture = petition();
    let mut console = console(&fixture.store);
    let trend = |console: &Headless| {
        let space_id = console.state().space().unwrap().space.space_id;
        let trends = &console.state().spaces.trends;
        (trends.change(space_id, "by_domain"), trends.of(space_id, "by_domain").to_vec())
    };
    assert_eq!(trend(&console), (None, vec![3]));
    sign(&fixture.store, "petition_park", &["lou", "max"]);
    console.follow();
    assert_eq!(trend(&console), (Some(2), vec![3, 5]));
    console.press("4jC<enter>").unwrap();
    assert_eq!(trend(&console), (None, vec![]));
    sign(&fixture.store, "petition_park", &["noa"]);
    console.follow();
    assert_eq!(trend(&console), (Some(1), vec![0, 1]));
}

#[test]
fn a_job_on_one_projection_is_named_after_it_and_does_not_exclude_one_on_another() {
    let fixture = petition();
    let mut console = console(&fixture.store);
    console.press("4jR<enter>").unwrap();
    assert!(notice(&console).starts_with("rebuild by_domain of petition_park: "), "{}", notice(&console));
    assert!(screen(&console).contains("rebuild by_domain of petition"), "{}", screen(&console));
    // Without a thread that runs them.
    let apps = Apps::default().with(Arc::new(Petition { version: 1 }));
    let mut state = ConsoleState::new("memory", false, apps);
    (state.spaces, state.checkpoints) = (console.state().spaces.clone(), console.state().checkpoints.clone());
    let mut press = |keys| {
        let keys = Key::sequence(keys).unwrap();
        keys.into_iter().for_each(|key| drop(update(&mut state, Message::Key(key))));
        let text = state.notice.as_ref().map(|notice| notice.text.clone()).unwrap_or_default();
        (text, state.jobs.queued().map(|job| job.name()).collect::<Vec<_>>())
    };
    let expected = "rebuild: the rebuild of by_domain of petition_park is already running";
    assert_eq!(press("4jR<enter>R"), (expected.to_owned(), vec![]));
    assert_eq!(press("kR<enter>").1, ["rebuild state of petition_park"]);
}

#[test]
fn a_projection_that_the_app_does_not_declare_is_shown_as_such_and_removed() {
    let fixture = petition();
    let space_id = fixture.store.events().find_space("petition_park").unwrap().unwrap().space.space_id;
    let id = ramax::pstate::ProjectionId::new(space_id, "by_city");
    let value = ramax::Json::from_stored("1".to_owned());
    fixture.store.pstate().put(id, "city:rome", value, crate::support::START).unwrap();
    let mut console = console(&fixture.store);
    console.press("4").unwrap();
    assert!(!screen(&console).contains("remove projection"), "{}", screen(&console));
    console.press("jj").unwrap();
    assert!(screen(&console).contains("undeclared"), "{}", screen(&console));
    console.press("R").unwrap();
    assert!(screen(&console).contains("X removes it"), "{}", screen(&console));
    console.press("X").unwrap();
    assert!(screen(&console).contains("removed with its 1 key"), "{}", screen(&console));
    console.press("<enter>").unwrap();
    assert_eq!(fixture.store.pstate().names(space_id).unwrap(), ["state"]);
    assert!(!screen(&console).contains("undeclared"), "{}", screen(&console));
}

#[test]
fn the_palette_finds_keys_of_every_projection() {
    let fixture = petition();
    let mut console = console(&fixture.store);
    console.press("3Pj<enter>C<enter>Pk<enter>").unwrap();
    assert_eq!(listed(&console), SIGNED);
    console.press(":domain:").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("in by_domain of petition_park"), "{shown}");
}

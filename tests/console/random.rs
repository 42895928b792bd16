//! Random keys and clicks at random sizes: no panic, and the selection stays on screen.

use std::fs;

use proptest::prelude::*;
use ramax::Apps;
use ramax::console::Headless;
use ramax::console::app::pointer::mouse::MouseKind;
use ramax::console::app::state::ConsoleState;
use ramax::console::app::table::table;
use ramax::console::app::window::{Row, Window};
use ramax::console::layers::audit::AuditLogView;
use ramax::console::layers::history::History;
use ramax::console::panes::Pane;
use ramax::console::panes::checkpoints::CheckpointRow;
use ramax::console::panes::detail::Detail;
use ramax::console::panes::jobs::job::JobId;
use ramax::{SpaceId, Store};
use ratatui::layout::Rect;
use tempfile::TempDir;

use crate::support::mutation::cases;
use crate::support::{Fixture, add_contact, publish};

#[derive(Debug, Clone)]
enum Step {
    Keys(String),
    Paste(String),
    Resize(u16, u16),
    Mouse(MouseKind, u16, u16),
    Write,
}

fn step() -> impl Strategy<Value = Step> {
    let mut keys: Vec<String> = table().flat_map(|spec| spec.keys).map(|key| format!("<{key}>")).collect();
    keys.extend(
        [
            "crm_acme",
            "cms_site",
            "c1",
            "../out.jsonl",
            "crm_acme.jsonl",
            "<backspace>",
            "<del>",
            "<ctrl-w>",
            "<space>",
            "é",
        ]
        .map(String::from),
    );
    keys.retain(|key| key != "<q>" && key != "<ctrl-c>");
    prop_oneof![
        20 => prop::sample::select(keys).prop_map(Step::Keys),
        1 => "\\PC{0,12}".prop_map(Step::Paste),
        2 => (0_u16..256, 0_u16..256).prop_map(|(width, height)| Step::Resize(width, height)),
        10 => (mouse(), 0_u16..256, 0_u16..256).prop_map(|(kind, x, y)| Step::Mouse(kind, x, y)),
        20 => (mouse(), 0_u16..80, 0_u16..24).prop_map(|(kind, x, y)| Step::Mouse(kind, x, y)),
        2 => Just(Step::Write),
    ]
}

fn mouse() -> impl Strategy<Value = MouseKind> {
    prop::sample::select(vec![
        MouseKind::Press { clicks: 1 },
        MouseKind::Press { clicks: 2 },
        MouseKind::Drag,
        MouseKind::Release,
        MouseKind::WheelUp,
        MouseKind::WheelDown,
    ])
}

fn tenants() -> Fixture {
    let fixture = Fixture::memory();
    let (crm, cms) = (fixture.crm("crm_acme"), fixture.cms("cms_site"));
    for at in 0..30 {
        crm.execute(add_contact(&format!("c{at}"))).unwrap();
        cms.execute(publish(&format!("a{at}"), "\u{202e}\x1b[31m李小龍 👨‍👩‍👧")).unwrap();
    }
    fixture
}

/// A console with a directory for files, which no typed path may leave.
fn unguided(store: &Store, directory: &TempDir) -> Headless {
    Headless::new(store.clone(), Apps::standard(), 80, 24).within(directory.path().join("inner"))
}

fn directory() -> TempDir {
    let directory = TempDir::new().unwrap();
    fs::create_dir(directory.path().join("inner")).unwrap();
    directory
}

fn assert_only_inner(directory: &TempDir) {
    let found: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(found, [directory.path().join("inner")]);
}

fn run(mut console: Headless, store: &Store, steps: &[Step]) {
    for step in steps {
        match step {
            Step::Keys(keys) => console.press(keys).unwrap(),
            Step::Paste(text) => console.paste(text),
            Step::Resize(width, height) => console.resize(*width, *height),
            Step::Mouse(kind, x, y) => console.mouse(*kind, *x, *y),
            Step::Write => {
                let crm =
                    ramax::ContentStore::open(store, "crm_other", std::sync::Arc::new(ramax::apps::Crm));
                // The keys may have given the space another app.
                let _ = crm.and_then(|crm| crm.execute(add_contact("c1")));
                console.follow();
            }
        }
        assert_regions_on_screen(&console);
        assert_selections_on_screen(console.state());
        if console.state().quit {
            return;
        }
    }
}

/// Draws the screen, and asserts that the mouse can hit nothing outside of it.
fn assert_regions_on_screen(console: &Headless) {
    let size = console.state().size;
    let screen = Rect::new(0, 0, size.width, size.height);
    for region in console.regions().iter() {
        assert_eq!(screen.intersection(region.area), region.area, "{region:?} is off screen");
    }
}

/// Asserts that every list shows its selected row and leaves no row blank that could be filled.
fn assert_selections_on_screen(state: &ConsoleState) {
    let heights = state.viewports;
    assert_window(&state.events.window, heights.of(Pane::Events).into());
    assert_window(&state.projections.window, heights.of(Pane::Projections).into());
    let selected = |shown: &[SpaceId]| shown.iter().position(|id| Some(*id) == state.spaces.selected);
    let (spaces, checkpoints, jobs) = (&state.spaces, &state.checkpoints, &state.jobs);
    assert_list(spaces.top, selected(&spaces.shown), spaces.shown.len(), heights.of(Pane::Spaces).into());
    let is_listed = |row: &CheckpointRow| {
        let space = state.space().filter(|space| space.space.space_id == row.space_id);
        space.is_some_and(|space| space.projections[row.projection].name == state.listed_projection())
    };
    let rows = state.checkpoint_rows();
    let (selected, count) = (rows.iter().position(is_listed), rows.len());
    assert_list(checkpoints.top, selected, count, heights.of(Pane::Checkpoints).into());
    let height = usize::from(heights.of(Pane::Jobs));
    if height > 0 {
        let shown: Vec<JobId> = jobs.visible(height).map(|job| job.id).collect();
        assert_eq!(shown.len(), height.min(jobs.jobs.len()), "rows of the jobs are blank");
        assert!(jobs.selected.is_none_or(|id| shown.contains(&id)), "the selected job is off screen");
    }
    let height = usize::from(heights.layer);
    if let Some(history) = state.layers.top_as::<History>() {
        assert_window(&history.window, height);
    } else if let Some(operations) = state.layers.top_as::<AuditLogView>() {
        assert_window(&operations.window, height);
    } else if let Some(detail) = state.layers.top_as::<Detail>().filter(|detail| detail.json().is_some()) {
        assert_list(detail.top, Some(detail.cursor), state.viewports.layer_lines.into(), height);
    }
}

fn assert_window<R: Row>(window: &Window<R>, height: usize) {
    let settled = window.at_end && window.pending.is_none();
    let count = if settled { window.rows.len() } else { usize::MAX };
    assert_list(window.top_index(), window.selected_index(), count, height);
}

fn assert_list(top: usize, selected: Option<usize>, count: usize, height: usize) {
    if height == 0 || count == 0 {
        return;
    }
    assert!(selected.is_none_or(|at| (top..top + height).contains(&at)), "the selected row is off screen");
    assert!(top == 0 || top + height <= count, "rows are blank: {height} from {top} of {count}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(32), ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_keys_and_clicks_at_no_size_panics(steps in prop::collection::vec(step(), 1..60)) {
        let (store, directory) = (tenants().store, directory());
        run(unguided(&store, &directory), &store, &steps);
        assert_only_inner(&directory);
    }

    #[test]
    fn no_sequence_of_keys_and_clicks_panics_over_an_empty_database(steps in prop::collection::vec(step(), 1..60)) {
        let (store, directory) = (Store::memory(), directory());
        run(unguided(&store, &directory), &store, &steps);
        assert_only_inner(&directory);
    }

    #[test]
    fn no_sequence_of_keys_and_clicks_panics_with_a_guide(steps in prop::collection::vec(step(), 1..60)) {
        let (store, directory) = (tenants().store, directory());
        run(unguided(&store, &directory).guided(ramax::cli::walkthrough()), &store, &steps);
    }
}

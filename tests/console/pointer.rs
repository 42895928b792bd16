//! The mouse: clicks, the wheel and dragging do what is seen under the pointer.

mod dragging;
mod wheel;

use ramax::console::Headless;
use ramax::console::app::action::Action;
use ramax::console::app::borders::Split;
use ramax::console::app::context::{KeyContext, context};
use ramax::console::app::pointer::mouse::MouseKind;
use ramax::console::app::pointer::region::{Region, RegionKind, Spot, Surface};
use ramax::console::layers::chooser::Chooser;
use ramax::console::panes::Pane;
use ramax::console::panes::detail::Detail;
use ramax::console::settings::Settings;
use ramax::event_store::{Append, Expected};
use ramax::state_files::StateDirectory;
use ramax::{Apps, Json, NewEvent, Store, Timestamp};
use ratatui::layout::Rect;

use crate::snapshots::SIZES;
use crate::support::{Fixture, add_contact};
use crate::{notice, screen, two_tenants};

fn sized(store: &Store, (width, height): (u16, u16)) -> Headless {
    Headless::new(store.clone(), Apps::standard(), width, height)
}

/// Returns the cell of the first occurrence of a text below the header.
fn find(console: &Headless, text: &str) -> (u16, u16) {
    *all(console, text).first().unwrap_or_else(|| panic!("{text:?} is not in\n{}", screen(console)))
}

/// Returns the cell of the last occurrence of a text.
fn find_last(console: &Headless, text: &str) -> (u16, u16) {
    *all(console, text).last().unwrap_or_else(|| panic!("{text:?} is not in\n{}", screen(console)))
}

/// Returns the cells of the first occurrence of a text in each line below the header.
fn all(console: &Headless, text: &str) -> Vec<(u16, u16)> {
    let shown = screen(console);
    let lines = shown.lines().enumerate().skip(1);
    let found = lines.filter_map(|(y, line)| Some((line[..line.find(text)?].chars().count(), y)));
    found.map(|(x, y)| (x as u16, y as u16)).collect()
}

/// Returns the area of a surface.
fn surface(console: &Headless, surface: Surface) -> Rect {
    console.regions().iter().find(|region| region.kind == RegionKind::Surface(surface)).unwrap().area
}

/// Returns a cell of a row of a pane.
fn row(console: &Headless, pane: Pane, row: usize) -> (u16, u16) {
    let pane = surface(console, Surface::Pane(pane));
    let regions = console.regions();
    let is_row = |region: &&Region| {
        region.kind == RegionKind::Spot(Spot::Row(row)) && pane.intersection(region.area) == region.area
    };
    let area = regions.iter().find(is_row).unwrap().area;
    (area.x + 1, area.y)
}

fn click(console: &mut Headless, text: &str) {
    let (x, y) = find(console, text);
    console.click(x, y);
}

fn double_click(console: &mut Headless, text: &str) {
    let (x, y) = find(console, text);
    console.double_click(x, y);
}

fn wheel(console: &mut Headless, kind: MouseKind, text: &str) {
    let (x, y) = find(console, text);
    console.mouse(kind, x, y);
}

fn part(console: &Headless, part: Spot) -> Option<(u16, u16)> {
    let regions = console.regions();
    let found = regions.iter().rev().find(|region| region.kind == RegionKind::Spot(part));
    found.map(|region| (region.area.x, region.area.y))
}

fn here(console: &Headless) -> KeyContext {
    context(console.state())
}

/// A space with this many contacts.
fn contacts(count: usize) -> Fixture {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    for at in 0..count {
        crm.execute(add_contact(&format!("c{at:03}"))).unwrap();
    }
    fixture
}

#[test]
fn a_click_selects_a_row_and_focuses_its_pane() {
    let fixture = two_tenants();
    for size in SIZES {
        let mut console = sized(&fixture.store, size);
        click(&mut console, "crm_widgets");
        let name = |console: &Headless| console.state().space().unwrap().space.space_name.clone();
        assert_eq!(
            (name(&console).as_str(), here(&console)),
            ("crm_widgets", KeyContext::Spaces),
            "{size:?}"
        );
        console.press("2g").unwrap();
        let first = console.state().events.window.selected;
        let (x, y) = row(&console, Pane::Events, 1);
        console.click(x, y);
        assert_ne!(console.state().events.window.selected, first, "{size:?}");
        assert_eq!(here(&console), KeyContext::Events);
    }
}

#[test]
fn a_click_on_a_tab_goes_to_its_pane_at_every_size() {
    let fixture = two_tenants();
    for size in SIZES {
        for pane in Pane::ALL {
            let mut console = sized(&fixture.store, size);
            let Some((x, y)) = part(&console, Spot::Tab(pane)) else { continue };
            console.click(x, y);
            assert_eq!(console.state().focus, pane, "{size:?}");
        }
    }
    let mut console = sized(&fixture.store, (80, 24));
    click(&mut console, "5 Jobs");
    assert_eq!(console.state().focus, Pane::Jobs);
}

#[test]
fn a_double_click_opens_what_a_click_selects() {
    let fixture = two_tenants();
    for size in SIZES {
        let mut console = sized(&fixture.store, size);
        double_click(&mut console, "crm_widgets");
        assert_eq!(here(&console), KeyContext::Events, "{size:?}");
        assert_eq!(console.state().space().unwrap().space.space_name, "crm_widgets");
        double_click(&mut console, "contact.added");
        assert_eq!(here(&console), KeyContext::Detail, "{size:?}");
    }
}

#[test]
fn clicks_on_different_things_are_no_double_click() {
    let fixture = two_tenants();
    let mut console = sized(&fixture.store, (80, 24));
    let (x, y) = find(&console, "crm_widgets");
    console.mouse(MouseKind::Press { clicks: 2 }, x, y);
    assert_eq!(here(&console), KeyContext::Spaces, "the first press was elsewhere");
    // The second click of a double click on a hint hits no hint of what the first one opened.
    let help = part(&console, Spot::Action(Action::Help)).unwrap();
    console.click(help.0, help.1);
    let (x, y) = part(&console, Spot::Action(Action::Back)).unwrap();
    console.mouse(MouseKind::Press { clicks: 2 }, x, y);
    assert_eq!(here(&console), KeyContext::Help);
}

#[test]
fn a_click_on_a_hint_runs_it_as_its_key_does() {
    let fixture = two_tenants();
    for size in SIZES {
        let mut console = sized(&fixture.store, size);
        let (x, y) = part(&console, Spot::Action(Action::Help)).unwrap();
        console.click(x, y);
        assert_eq!(here(&console), KeyContext::Help, "{size:?}");
        let (x, y) = part(&console, Spot::Action(Action::Back)).unwrap();
        console.click(x, y);
        assert_eq!(here(&console), KeyContext::Spaces, "{size:?}");
    }
}

#[test]
fn an_unavailable_hint_says_why() {
    let fixture = two_tenants();
    let mut console = sized(&fixture.store, (120, 40)).guided(ramax::cli::walkthrough());
    let (x, y) = part(&console, Spot::Action(Action::PreviousStep)).unwrap();
    console.click(x, y);
    assert!(notice(&console).contains("this is the first step"), "{}", notice(&console));
}

#[test]
fn nothing_is_destroyed_by_a_click_without_its_confirmation() {
    let fixture = two_tenants();
    let mut console = sized(&fixture.store, (200, 50));
    let (x, y) = part(&console, Spot::Action(Action::Delete)).unwrap();
    console.click(x, y);
    assert_eq!(here(&console), KeyContext::Delete);
    let (x, y) = part(&console, Spot::Action(Action::Confirm)).unwrap();
    console.click(x, y);
    assert_eq!(here(&console), KeyContext::Delete, "the name was not typed");
    assert!(console.state().jobs.jobs.is_empty());
    assert!(screen(&console).contains("type crm_acme to delete it"));
}

#[test]
fn a_click_outside_a_box_closes_it_only_if_nothing_is_lost() {
    let fixture = two_tenants();
    for size in SIZES {
        let mut console = sized(&fixture.store, size);
        console.press("n<enter>c9").unwrap();
        console.click(0, 1);
        console.click(0, 0);
        assert_eq!(here(&console), KeyContext::Form, "typed text is kept at {size:?}");
    }
    let mut console = sized(&fixture.store, (120, 40));
    console.press("?").unwrap();
    console.click(0, 1);
    assert_eq!(here(&console), KeyContext::Spaces);
}

#[test]
fn a_click_reaches_nothing_behind_a_box() {
    let fixture = two_tenants();
    let mut console = sized(&fixture.store, (120, 40));
    let behind = find(&console, "crm_widgets");
    console.press("n<enter>").unwrap();
    console.click(behind.0, behind.1);
    assert_eq!(console.state().space().unwrap().space.space_name, "crm_acme");
    assert_eq!(here(&console), KeyContext::Form);
}

#[test]
fn a_click_in_a_document_moves_the_cursor_and_a_double_click_folds() {
    let fixture = two_tenants();
    for size in SIZES {
        let mut console = sized(&fixture.store, size);
        console.press("2<enter>").unwrap();
        let (x, y) = find_last(&console, "\"name\"");
        console.double_click(x, y);
        let detail = console.state().layers.top_as::<Detail>().unwrap();
        assert_eq!(detail.folded.len(), 1, "the part that contains the line is folded at {size:?}");
    }
}

#[test]
fn a_click_focuses_a_field_and_places_the_cursor_in_its_text() {
    let fixture = two_tenants();
    for size in [(80, 24), (120, 40), (200, 50)] {
        let mut console = sized(&fixture.store, size);
        console.press("n<enter>c9<tab>Ada King").unwrap();
        let (x, y) = find(&console, "c9 ");
        console.click(x + 1, y);
        console.press("X").unwrap();
        assert!(screen(&console).contains("cX9"), "{size:?}: {}", screen(&console));
        let (x, y) = find(&console, "Ada King");
        console.click(x + 3, y);
        console.press("-").unwrap();
        assert!(screen(&console).contains("Ada- King"), "{size:?}");
    }
}

#[test]
fn a_click_chooses_an_option() {
    let fixture = two_tenants();
    for size in [(80, 24), (120, 40), (200, 50)] {
        let mut console = sized(&fixture.store, size);
        console.press("cshop").unwrap();
        let (x, y) = find(&console, "○ flashcards");
        console.click(x + 3, y);
        assert!(screen(&console).contains("● flashcards"), "{size:?}: {}", screen(&console));
    }
}

#[test]
fn a_click_selects_in_a_list_to_choose_from_and_a_double_click_accepts() {
    let fixture = two_tenants();
    for size in SIZES {
        let mut console = sized(&fixture.store, size);
        console.press("n").unwrap();
        assert_eq!(here(&console), KeyContext::Chooser);
        click(&mut console, "Update contact");
        assert_eq!(here(&console), KeyContext::Chooser);
        double_click(&mut console, "Update contact");
        assert_eq!(here(&console), KeyContext::Form, "{size:?}");
        assert!(screen(&console).contains("Update contact"));
    }
}

#[test]
fn a_click_outside_keeps_a_typed_filter_and_a_typed_place() {
    let fixture = two_tenants();
    for size in SIZES {
        let mut console = sized(&fixture.store, size);
        console.press("/widgets").unwrap();
        click(&mut console, "crm_widgets");
        assert_eq!(here(&console), KeyContext::Spaces, "{size:?}");
        assert_eq!(console.state().spaces.filter.as_str(), "widgets");
        console.press("2J3").unwrap();
        click(&mut console, "contact.added");
        assert_eq!(here(&console), KeyContext::Prompt, "{size:?}");
    }
}

#[test]
fn hostile_reports_do_nothing() {
    let fixture = two_tenants();
    let mut console = sized(&fixture.store, (80, 24));
    let revision = console.state().revision;
    for report in [
        "\x1b[<0;0;0M",
        "\x1b[<0;99999;99999M",
        "\x1b[<0;4294967296;1M",
        "\x1b[<;;M",
        "\x1b[<0M",
        "\x1b[<0;1M",
        "\x1b[<0;1;1;1M",
        "\x1b[<2;5;5M",
        "\x1b[<2;5;5m",
        "\x1b[<35;5;5M",
        "\x1b[<128;5;5M",
        "\x1b[<66;5;5M",
        "\x1b[<67;5;5M",
        "\x1b[<32;5;5M",
        "\x1b[<0;5;5m",
        "\x1b[<4;5;5M",
        "\x1b[<-1;5;5M",
        "\x1b[<0;500;500M",
        "\x1b[<64;500;500M",
        "\x1b[I",
        "\x1b[O",
        "\x1b[M !!",
        "\x1b[32;5;5M",
    ] {
        console.receive(report.as_bytes());
        assert_eq!(console.state().revision, revision, "{report:?} draws nothing");
    }
    console.receive(b"\x1b[<0;5");
    console.wait(std::time::Duration::from_secs(1));
    console.receive(b"2");
    assert_eq!(here(&console), KeyContext::Events, "an unfinished report ends");
}

#[test]
fn the_focus_of_the_window_is_known() {
    let mut console = sized(&Store::memory(), (80, 24));
    assert!(console.state().terminal_focused);
    console.receive(b"\x1b[O");
    assert!(!console.state().terminal_focused);
    console.receive(b"\x1b[I");
    assert!(console.state().terminal_focused);
}

#[test]
fn a_click_on_the_head_of_a_column_sorts_and_a_second_one_reverses() {
    let fixture = two_tenants();
    fixture.crm("crm_widgets").execute(add_contact("c4")).unwrap();
    for size in SIZES {
        let mut console = sized(&fixture.store, size);
        let order = |console: &Headless| -> Vec<String> {
            let state = console.state();
            state.spaces.shown.iter().map(|id| state.space_name(*id)).collect()
        };
        let (x, y) = part(&console, Spot::Heading("events")).unwrap();
        console.click(x, y);
        assert_eq!(order(&console), ["crm_widgets", "crm_acme"], "{size:?}");
        assert!(screen(&console).contains("events↓"), "{size:?}: {}", screen(&console));
        console.click(x, y);
        assert_eq!(order(&console), ["crm_acme", "crm_widgets"], "{size:?}");
        assert!(screen(&console).contains("events↑"), "{size:?}: {}", screen(&console));
        assert_eq!(here(&console), KeyContext::Spaces);
        // Only the first pages of the events are loaded, so they stay in their order.
        console.press("2").unwrap();
        let before = console.state().events.window.selected;
        let heading = part(&console, Spot::Heading("type"));
        if let Some((x, y)) = heading {
            console.click(x, y);
        }
        assert_eq!(console.state().events.window.selected, before, "{size:?}");
    }
}

#[test]
fn the_mouse_works_in_the_audit_log_and_in_a_history() {
    let fixture = two_tenants();
    for size in SIZES {
        let mut console = sized(&fixture.store, size);
        console.press("2H").unwrap();
        assert_eq!(here(&console), KeyContext::History);
        double_click(&mut console, "contact.added");
        assert_eq!(here(&console), KeyContext::Detail, "{size:?}");
        console.press("<esc><esc>1R<enter>L").unwrap();
        assert_eq!(here(&console), KeyContext::AuditLog, "{size:?}");
        double_click(&mut console, "rebuild");
        assert_eq!(here(&console), KeyContext::Detail, "{size:?}");
    }
}

#[test]
fn a_click_on_a_switch_of_a_dialog_turns_it() {
    let fixture = two_tenants();
    for size in [(80, 24), (120, 40), (200, 50)] {
        let mut console = sized(&fixture.store, size);
        console.press("D").unwrap();
        click(&mut console, "leave no trace");
        assert!(screen(&console).contains("● leave no trace"), "{size:?}: {}", screen(&console));
    }
}

#[test]
fn a_mouse_that_is_turned_off_does_nothing() {
    let fixture = two_tenants();
    let settings = Settings { mouse: false, ..Settings::default() };
    let mut console = sized(&fixture.store, (120, 40)).with_settings(settings);
    let before = screen(&console);
    double_click(&mut console, "crm_widgets");
    wheel(&mut console, MouseKind::WheelUp, "contact.added");
    assert_eq!(screen(&console), before);
}

#[test]
fn a_click_on_a_row_of_the_help_runs_its_action_in_the_place_beneath() {
    let fixture = two_tenants();
    let mut console = sized(&fixture.store, (120, 60));
    console.press("?").unwrap();
    let (x, y) = find_last(&console, "Replay the space's events");
    console.click(x, y);
    assert_eq!(context(console.state()), KeyContext::Dialog, "{}", screen(&console));
    console.press("<esc>2?/zoom").unwrap();
    click(&mut console, "Maximise or restore");
    assert!(console.state().zoomed && console.state().layers.is_empty());
    // One that cannot be done says why, and the help stays.
    console.change(|state| state.database.read_only = true);
    console.press("1?/rebuild").unwrap();
    click(&mut console, "unavailable: ");
    assert!(notice(&console).starts_with("rebuild: "), "{}", notice(&console));
    assert_eq!(context(console.state()), KeyContext::HelpSearch);
    // A word, and a gesture, are not actions.
    console.press("<esc>/fact that has").unwrap();
    let before = console.state().layers.len();
    click(&mut console, "A fact that has");
    assert_eq!(console.state().layers.len(), before);
}

#[test]
fn the_help_explains_the_mouse_as_far_as_it_is_used() {
    let fixture = two_tenants();
    let settings = |text: &str| Settings::parse(text).unwrap();
    let mut console = sized(&fixture.store, (120, 60)).with_settings(settings("[keys]\nsort = \"F6\"\n"));
    console.press("?/mouse").unwrap();
    assert!(screen(&console).contains("This setting leaves the mouse to the terminal"));
    console.press("<esc>/click").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("double click") && shown.contains("as F6 does"), "{shown}");
    let mut console = sized(&fixture.store, (120, 60)).with_settings(settings("mouse = false"));
    console.press("?/click").unwrap();
    assert!(screen(&console).contains("nothing in the help matches click"));
    console.press("<ctrl-u>mouse").unwrap();
    assert!(screen(&console).contains("the mouse is left to the terminal"));
}

//! Borders and scroll bars are dragged.

use super::*;

#[test]
fn dragging_the_borders_moves_them_within_limits_and_a_double_click_restores_them() {
    let fixture = two_tenants();
    let mut console = sized(&fixture.store, (200, 50));
    let side = |console: &Headless| find(console, "1 Spaces").0;
    let list = |console: &Headless| find(console, "2 Events").0;
    let before = list(&console);
    console.drag((before - 2, 20), (before + 18, 20));
    assert_eq!(list(&console), before + 20);
    console.drag((before + 18, 20), (0, 20));
    assert_eq!((side(&console), list(&console)), (2, 22), "at least 20 columns");
    console.drag((20, 20), (199, 49));
    assert_eq!(surface(&console, Surface::Pane(Pane::Events)).width, 60, "the list keeps room");
    assert_eq!(surface(&console, Surface::Detail).width, 60, "and so does the detail, below it");
    let now = list(&console);
    console.double_click(now - 2, 20);
    assert_eq!((list(&console), console.state().split), (before, Split::default()));
}

#[test]
fn a_border_below_the_list_is_dragged_by_rows_and_survives_a_resize() {
    let fixture = contacts(50);
    let mut console = sized(&fixture.store, (120, 40));
    console.press("2").unwrap();
    let detail = |console: &Headless| {
        let regions = console.regions();
        let is_border = |target| matches!(target, RegionKind::Spot(Spot::Border(border)) if format!("{border:?}") == "Below");
        regions.iter().find(|region| is_border(region.kind)).unwrap().area.y + 1
    };
    let before = detail(&console);
    console.drag((60, before), (60, before - 8));
    assert_eq!(detail(&console), before - 8);
    console.resize(120, 60);
    assert!(detail(&console) > before - 8, "it keeps its share");
    console.resize(60, 20);
    console.resize(120, 40);
    assert_eq!(detail(&console), before - 8);
}

#[test]
fn a_resize_ends_a_drag() {
    let fixture = two_tenants();
    let mut console = sized(&fixture.store, (120, 40));
    let border = find(&console, "2 Events").0 - 2;
    console.mouse(MouseKind::Press { clicks: 1 }, border, 20);
    console.resize(100, 30);
    console.mouse(MouseKind::Drag, 60, 20);
    assert_eq!(console.state().split, Split::default());
}

#[test]
fn dragging_the_scroll_bar_scrolls() {
    let fixture = contacts(300);
    for size in SIZES {
        let mut console = sized(&fixture.store, size);
        console.press("2").unwrap();
        let regions = console.regions();
        let bar =
            regions.iter().find(|region| region.kind == RegionKind::Spot(Spot::ScrollBar)).unwrap().area;
        console.drag((bar.x, bar.bottom() - 1), (bar.x, bar.y));
        assert_eq!(console.state().events.window.top.unwrap().0, 1, "{size:?}");
        console.drag((bar.x, bar.y), (bar.x, u16::MAX));
        assert_eq!(console.state().events.window.rows.back().unwrap().position.0, 300);
        assert!(screen(&console).contains("c299"), "{size:?}: {}", screen(&console));
    }
}

#[test]
fn moved_borders_and_a_reversed_order_are_remembered() {
    let fixture = two_tenants();
    let directory = tempfile::tempdir().unwrap();
    let open = || {
        let states = StateDirectory::at(directory.path().join("state"));
        Headless::remembering(fixture.store.clone(), Apps::standard(), (200, 50), states).unwrap()
    };
    let mut console = open();
    let (x, y) = find(&console, "2 Events");
    console.drag((x - 2, y + 5), (x + 8, y + 5));
    click(&mut console, "name ");
    click(&mut console, "name↑");
    let split = console.state().split;
    assert_ne!(split, Split::default());
    console.press("q").unwrap();
    let console = open();
    assert_eq!((console.state().split, find(&console, "2 Events").0), (split, x + 10));
    assert!(screen(&console).contains("name↓"), "{}", screen(&console));
}

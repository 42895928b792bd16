//! The wheel scrolls what is under the pointer.

use super::*;

#[test]
fn the_wheel_scrolls_what_is_under_the_pointer_and_keeps_the_focus() {
    let fixture = contacts(200);
    for size in [(120, 40), (200, 50)] {
        let mut console = sized(&fixture.store, size);
        let before = console.state().events.window.top;
        wheel(&mut console, MouseKind::WheelUp, "c190");
        let after = console.state().events.window.top;
        assert_eq!(before.unwrap().0 - after.unwrap().0, 3, "{size:?}");
        assert_eq!(here(&console), KeyContext::Spaces, "{size:?}");
        wheel(&mut console, MouseKind::WheelDown, "c190");
        assert_eq!(console.state().events.window.top, before);
    }
}

#[test]
fn the_wheel_moves_the_selection_only_to_keep_it_on_screen() {
    let fixture = contacts(200);
    let mut console = sized(&fixture.store, (80, 24));
    console.press("2gjjjjj").unwrap();
    let selected = |console: &Headless| console.state().events.window.selected.unwrap().0;
    assert_eq!(selected(&console), 6);
    console.mouse(MouseKind::WheelDown, 10, 8);
    assert_eq!(selected(&console), 6);
    console.mouse(MouseKind::WheelDown, 10, 8);
    assert_eq!(selected(&console), 7, "the first row on screen");
    for _ in 0..300 {
        console.mouse(MouseKind::WheelDown, 10, 8);
    }
    assert!(screen(&console).contains("c199"), "it reaches the end page by page");
}

#[test]
fn the_wheel_scrolls_a_detail_that_is_not_open() {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let fields: serde_json::Map<String, serde_json::Value> =
        (0..80).map(|at| (format!("f{at}"), at.into())).collect();
    let payload = Json::of(&fields.into());
    let events = [NewEvent::new("c2", "contact.imported", payload)];
    let append = Append { expected: Expected::Any, now: Timestamp(0), events: &events };
    fixture.store.events().append(crm.space_id(), append).unwrap();
    for size in [(120, 40), (200, 50)] {
        let mut console = sized(&fixture.store, size);
        console.press("2").unwrap();
        let (x, y) = find_last(&console, "\"f5\"");
        console.mouse(MouseKind::WheelDown, x, y);
        assert_eq!(here(&console), KeyContext::Events, "{size:?}");
        let scrolled = console.state().peeked.clone().unwrap();
        assert_eq!(scrolled.top, 3);
        // A click gives it the focus where it is.
        console.click(x, y);
        assert_eq!(here(&console), KeyContext::Detail);
        let detail = console.state().layers.top_as::<Detail>().unwrap();
        assert_eq!((detail.top, detail.cursor >= 3), (3, true), "{size:?}");
    }
}

#[test]
fn a_notch_of_the_wheel_selects_the_next_row_of_a_short_list() {
    let fixture = two_tenants();
    for size in SIZES {
        let mut console = sized(&fixture.store, size);
        console.press("n").unwrap();
        let selected = |console: &Headless| console.state().layers.top_as::<Chooser>().unwrap().selected;
        wheel(&mut console, MouseKind::WheelDown, "Update contact");
        assert_eq!(selected(&console), 1, "{size:?}");
        wheel(&mut console, MouseKind::WheelUp, "Update contact");
        assert_eq!(selected(&console), 0, "{size:?}");
    }
}

//! The trail through views that explain a value.

use ramax::console::Headless;
use ramax::console::layers::blame::Blame;
use ramax::console::layers::key_history::KeyHistory;

use crate::{console, notice, screen};

use super::{changes, go_to, opened, renamed};

/// Returns true if the top layer is of this type.
fn is_top<T: 'static>(console: &Headless) -> bool {
    console.state().layers.top_as::<T>().is_some()
}

#[test]
fn one_key_goes_back_from_an_event_to_the_view_that_named_it() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("3/c1<enter>H<enter>").unwrap();
    assert_eq!(opened(&console), Some(4));
    console.press("<backspace>").unwrap();
    assert!(is_top::<KeyHistory>(&console), "{}", notice(&console));
    console.press("<esc><enter>").unwrap();
    go_to(&mut console, "\"name\":");
    console.press("b<enter>").unwrap();
    assert_eq!(opened(&console), Some(4));
    console.press("<backspace>").unwrap();
    assert!(is_top::<Blame>(&console), "{}", notice(&console));
}

#[test]
fn the_trail_leads_back_and_forward_through_blame_and_details() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("3<enter>").unwrap();
    go_to(&mut console, "\"name\"");
    console.press("b<enter>T").unwrap();
    let is_blame = |console: &Headless| console.state().layers.top_as::<Blame>().is_some();
    console.press("<backspace>").unwrap();
    assert_eq!(opened(&console), Some(4), "{}", screen(&console));
    console.press("<backspace>").unwrap();
    assert!(is_blame(&console), "{}", screen(&console));
    console.press("<backspace>").unwrap();
    assert!(console.state().layers.len() == 1 && opened(&console).is_none(), "{}", screen(&console));
    console.press("<alt-right>").unwrap();
    assert!(is_blame(&console) && screen(&console).contains("sequence 4"), "{}", screen(&console));
    console.press("<alt-right>").unwrap();
    assert_eq!(opened(&console), Some(4), "{}", screen(&console));
}

#[test]
fn forward_opens_again_what_back_has_closed() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("3Hj<enter>").unwrap();
    for _ in 0..2 {
        assert_eq!(opened(&console), Some(2), "{}", screen(&console));
        console.press("<backspace>").unwrap();
        assert_eq!((opened(&console), changes(&console)), (None, vec![4, 2, 1]));
        console.press("<alt-right>").unwrap();
    }
    console.press("<esc><esc>#").unwrap();
    assert!(screen(&console).contains("Statistics"), "{}", screen(&console));
    console.press("<backspace>").unwrap();
    assert!(console.state().layers.is_empty(), "{}", screen(&console));
}

//! The console on a server. Its everyday tasks are in the tests of the console.

use std::sync::Arc;

use ramax::apps::Crm;
use ramax::console::Headless;
use ramax::console::theme::Theme;
use ramax::testing::conformance::samples::add_contact;
use ramax::{Apps, ContentStore, OpenOptions, Store};

use crate::server::new_address;

/// The screen as text.
pub fn screen(console: &Headless) -> String {
    let buffer = console.draw(&Theme::mono());
    let line = |y| -> String { (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect() };
    (0..buffer.area.height).map(|y| line(y) + "\n").collect()
}

fn console() -> Headless {
    let store = Store::connect_or_create(&new_address(), OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    Headless::new(store, Apps::standard(), 120, 40)
}

#[test]
fn dialogs_and_forms_promise_what_a_server_can_keep() {
    for (keys, says) in [
        ("D", "vacuum the tables afterwards"),
        (":redact<enter>", "vacuum the tables"),
        ("K", "the database"),
    ] {
        let mut console = console();
        console.press(keys).unwrap();
        let shown = screen(&console);
        assert!(shown.contains(says) && !shown.contains("the file"), "{keys}: {shown}");
    }
}

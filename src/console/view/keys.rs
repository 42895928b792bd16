//! What keys are called. All of it comes from the table of actions.

use crate::console::update::{Action, Key, TABLE};

/// The first key of an action, as it is shown.
#[must_use]
pub fn key(action: Action) -> String {
    let key = TABLE.iter().find(|spec| spec.action == action).and_then(|spec| spec.keys.first());
    key.map_or_else(String::new, |key| key.parse().map_or_else(|_| (*key).to_owned(), Key::shown))
}

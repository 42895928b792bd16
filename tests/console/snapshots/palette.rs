//! The palette, and the help with a search.

use super::look;
use crate::support::tenants;

scenes! {
    palette: ":",
    palette_with_a_text: "2:con<down>",
    palette_with_a_typed_command: ":rebuild c",
    palette_without_a_match: ":rebild crm_acme",
    help_with_a_search: "2?/event",
    help_of_an_event: "2?",
}

#[test]
fn palette_with_unavailable_actions() {
    look("palette-with-unavailable-actions", tenants::tenants, |console, _| {
        console.change(|state| state.database.read_only = true);
        console.press(":re").unwrap();
    });
}

//! The query line: the list of candidates, the help, a marked error, the history and the saved queries.

use ramax::Apps;
use ramax::console::Headless;
use ramax::console::theme::Theme;

use super::look_at_sizes;
use crate::support::{screen_text, tenants};

/// The sizes, from the smallest that shows everything to a wide screen.
const SIZES: [(u16, u16); 4] = [(200, 50), (120, 40), (80, 24), (40, 12)];

fn open(keys: &'static str) -> impl Fn(u16, u16) -> Headless {
    move |width, height| {
        let mut console = Headless::new(tenants::tenants(), Apps::standard(), width, height);
        console.press(keys).unwrap();
        console
    }
}

macro_rules! scenes {
    ($($name:ident: $keys:literal),* $(,)?) => {$(
        #[test]
        fn $name() {
            look_at_sizes(&stringify!($name).replace('_', "-"), &SIZES, open($keys));
        }
    )*};
}

scenes! {
    query_fields: "2/<tab>",
    query_candidates: "2/type:contact.<down>",
    query_values: "2/type:contact.added payload.email=",
    query_error: "2/山田 typ:contact.added ada",
    query_language: "2/<F1>",
    query_history: "2/entity:c1<enter>/<ctrl-u>type:contact.* after:2h<enter>/<ctrl-u><ctrl-r>",
    saved_queries: "2/entity:c1<ctrl-s>the first contact<enter><ctrl-u>type:*.updated<ctrl-s>changes<enter><ctrl-o>",
    query_name: "2/entity:c1<ctrl-s>first<enter><ctrl-s>first",
}

#[test]
fn candidates_are_legible_on_a_light_ground() {
    let console = open("2/type:contact.<down>")(80, 24);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let looks = screen_text::styles("light", &console.draw(&Theme::light()));
    settings.bind(|| insta::assert_snapshot!("query-candidates-light", looks));
}

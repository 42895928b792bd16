//! Every screen in ASCII.

use ramax::clock::Timestamp;
use ramax::console::Headless;
use ramax::console::app::state::{ConsoleState, Gone, Level, Size};
use ramax::console::panes::jobs::job::{Job, JobId, JobStatus};
use ramax::console::settings::Settings;
use ramax::console::theme::ThemeName;
use ramax::operations::{AnyOperation, Phase, Progress, Rebuild};
use ramax::{Apps, Store};

use crate::screen;
use crate::support::{Fixture, add_contact};

/// Two spaces with payloads in ASCII.
fn store() -> Store {
    let fixture = Fixture::memory();
    for name in ["crm_acme", "crm_globex"] {
        let crm = fixture.crm(name);
        for id in ["c1", "c2", "c3"] {
            crm.execute(add_contact(id)).unwrap();
        }
    }
    fixture.store
}

/// Keys that lead to every pane, layer, form and dialog.
pub const SCREENS: &[&str] = &[
    "",
    "/crm<enter>",
    "/nobody<enter>",
    "sss",
    "2kk",
    "2a",
    "2/added<enter>",
    "2/nobody<enter>",
    "2k<enter>",
    "2kH",
    ":trace 1<enter>",
    "2<ctrl-t>",
    "2k<enter><enter>",
    "3jj",
    "3/nobody<enter>",
    "3j<enter>jj",
    "3PP",
    "3H",
    "3HSemail~a<enter>",
    "3b",
    "3<enter>jb",
    "4jj",
    "4<enter>",
    "jji",
    "5",
    "R<enter>5",
    "R<enter>5<enter>",
    "v<enter>5",
    "2z",
    "2p",
    "n",
    "n<enter>",
    "nj<enter>c1<tab>Ada King<tab>",
    "c",
    "c1 x<ctrl-s>",
    "E",
    "2kF",
    "2kF<tab>name<tab><tab>",
    "e",
    "I",
    "B",
    "2/",
    "2/cont",
    "2/payload.name~ada typ:x",
    "2/after:",
    "2/?",
    "2/<tab>",
    "2/type:contact.<down>",
    "2/<F1>",
    "2/entity:c1<enter>/<ctrl-u><ctrl-r>",
    "2/entity:c1<ctrl-s>one<enter>",
    "2/entity:c1<ctrl-s>one<enter><ctrl-o>",
    "2J80",
    "2Jabc<enter>",
    "2y",
    "<space>j<space>",
    "M",
    "MR",
    "R",
    "C",
    "C<enter>",
    "v",
    "K",
    "Kpr",
    "Kp<enter>5<enter>",
    "L",
    "La",
    "D",
    "Dcrm<enter>",
    "D<ctrl-p>",
    "Dcrm_acme<enter>",
    "U",
    "?",
    "?<pgdn>",
    "?/rebuild",
    ":",
    ":reb",
    ":theme ",
    ":crm",
    ":zzzz",
    "r",
    "o",
    "O",
    "w",
    "wwwww.",
    "wwwwwwww.r",
    "W",
    "Z",
    "x",
    "<ctrl-t>",
];

/// The sizes of a large and a small terminal, and one that is too small.
const SIZES: [(u16, u16); 4] = [(200, 50), (80, 24), (40, 12), (20, 5)];

fn in_ascii(guided: bool) -> Headless {
    let console = Headless::new(store(), Apps::standard(), 120, 40);
    let console = if guided { console.guided(ramax::cli::walkthrough()) } else { console };
    console.with_settings(Settings::default().in_ascii())
}

#[track_caller]
fn assert_ascii(console: &mut Headless, what: &str) {
    // The other themes have the characters of the dark one, as every snapshot asserts.
    for theme in [ThemeName::Dark, ThemeName::Mono] {
        console.change(|state| state.theme_name = theme);
        for (width, height) in SIZES {
            console.resize(width, height);
            let buffer = console.draw(&console.state().theme());
            for y in 0..height {
                let line: String = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
                assert!(line.is_ascii(), "{what} at {width}×{height}: {line}");
            }
        }
    }
}

#[test]
fn no_screen_in_ascii_has_another_character() {
    for guided in [false, true] {
        for keys in SCREENS {
            let mut console = in_ascii(guided);
            console.press(keys).unwrap();
            assert_ascii(&mut console, keys);
        }
    }
}

#[test]
fn no_state_of_a_job_or_the_file_in_ascii_has_another_character() {
    use JobStatus::{Cancelled, Cancelling, Paused, Pausing, Queued, Running};
    for status in [Queued, Running, Pausing, Paused, Cancelling, Cancelled] {
        let mut console = in_ascii(false);
        console.press("5<enter>").unwrap();
        console.change(|state| {
            let mut job = Job::queued_on(JobId(1), AnyOperation::Rebuild(Rebuild::default()), "crm_acme");
            job.start(Timestamp(1000));
            job.advance(
                Timestamp(3000),
                Progress { phase: Phase::Replay, done: 30, total: 70, last_event: None, skipped: 0 },
            );
            job.silent = Some(4);
            job.status = status.clone();
            state.jobs.put(job);
            state.database.gone = Some(Gone::Removed("t.db".to_owned()));
            state.say(Level::Error, "failed");
        });
        assert_ascii(&mut console, &format!("{status:?}"));
    }
    let mut console = in_ascii(false);
    console.change(|state| {
        let size = Size { width: 80, height: 24 };
        let loading = ConsoleState { size, ..ConsoleState::new("t.db", false, Apps::standard()) };
        *state = ConsoleState { settings: Settings::default().in_ascii(), ..loading };
    });
    assert_ascii(&mut console, "loading");
}

#[test]
fn keys_without_a_character_are_named_in_ascii() {
    let mut console = in_ascii(false);
    console.press("2").unwrap();
    assert!(screen(&console).contains("enter open"), "{}", screen(&console));
}

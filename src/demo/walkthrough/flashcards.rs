//! Part six: a third domain, and a larger space.

use std::fmt::Write;

use super::{Input, Part, Place, Run, Step};

/// The number of cards in the pipe.
const CARDS: usize = 1500;

const CREATE: &str = "Fifteen hundred cards through one pipe";

pub const PART: Part = Part {
    title: "A larger space",
    steps: &[
        Step {
            title: CREATE,
            text: "Commands that arrive together share a commit. Each one sees the effects of those before it, a rejected \
                   command does not affect the others, and every answer follows its commit.",
            runs: &[
                Run::of("spaces create flashcards --app flashcards"),
                Run::of("run flashcards create-deck deck_id=spanish-101 name=Spanish"),
                Run {
                    command: "run flashcards --batch -",
                    input: Some(Input {
                        shell: r#"seq 1500 | sed 's/.*/{"command":"create-card","card_id":"c&","deck_id":"spanish-101","front":"word &","back":"palabra &"}/'"#,
                        text: cards,
                    }),
                    last_line: true,
                    is_refused: false,
                },
            ],
            place: Place::Events("flashcards"),
            after: None,
        },
        Step {
            title: "Translations, and what invalidates them",
            text: "If the front or back of a card changes its length, the translations are marked as invalid: one command, \
                   two events.",
            runs: &[
                Run::of("run flashcards add-translation card_id=c1 field=front language=fr translation=mot"),
                Run::of("run flashcards update-card card_id=c1 front='word one'"),
                Run::of("projections get flashcards card:c1"),
            ],
            place: Place::Entity("flashcards", "card:c1"),
            after: Some(CREATE),
        },
        Step {
            title: "Rebuild and verify",
            text: "All events are replayed into a new projection, which is then compared with a second replay.",
            runs: &[Run::of("rebuild flashcards"), Run::of("verify flashcards")],
            place: Place::Key("flashcards", "card:c1"),
            after: Some(CREATE),
        },
    ],
};

/// Returns the lines of the pipe.
fn cards() -> String {
    let mut lines = String::new();
    for number in 1..=CARDS {
        let _ = writeln!(
            lines,
            r#"{{"command":"create-card","card_id":"c{number}","deck_id":"spanish-101","front":"word {number}","back":"palabra {number}"}}"#
        );
    }
    lines
}

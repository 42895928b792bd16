//! Part five: subscriptions.

use super::{Part, Place, Run, Step};

pub const PART: Part = Part {
    title: "Subscriptions",
    steps: &[
        Step {
            title: "A subscription knows what it has delivered",
            text: "A program of yours sends an e-mail to each new contact. Its subscription keeps a position in each space, \
                   so that no contact is missed, even if the program is killed. One e-mail failed three times: its \
                   event is parked, and the next ones were delivered.",
            runs: &[Run::of("subscriptions show welcome-emails")],
            place: Place::Subscriptions,
            after: None,
        },
        Step {
            title: "A parked event gets another chance",
            text: "The mail server is back. As soon as the program runs, it tries the event once more, under the same \
                   idempotency key, so that the server can recognise an e-mail that it has already sent.",
            runs: &[Run::of("subscriptions retry welcome-emails"), Run::of("subscriptions list")],
            place: Place::Subscriptions,
            after: None,
        },
    ],
};

//! Part three: selective rebuild.

use super::{Part, Place, Run, Step};

pub const PART: Part = Part {
    title: "Selective rebuild",
    steps: &[
        Step {
            title: "Every projection knows how far it has come",
            text: "The checkpoint is the last event that a projection contains. It moves in one transaction with the \
                   projection, and lag is what is missing.",
            runs: &[Run::of("checkpoints list")],
            place: Place::Checkpoints,
            after: None,
        },
        Step {
            title: "One space is rebuilt, the others stay as they are",
            text: "The events of crm_acme are replayed into a shadow, which then takes the projection's place. No event \
                   of another space is read.",
            runs: &[Run::of("rebuild crm_acme"), Run::of("log --space crm_acme")],
            place: Place::Key("crm_acme", "contact:c1"),
            after: None,
        },
        Step {
            title: "A projection is the fold of its events",
            text: "Verifying replays the events on one side and compares every key. Nothing is written.",
            runs: &[Run::of("verify --all")],
            place: Place::Checkpoints,
            after: None,
        },
    ],
};

//! Part three: selective rebuild.

use super::{Part, Place, Run, Step};

pub const PART: Part = Part {
    title: "Selective rebuild",
    steps: &[
        Step {
            title: "Every projection has a checkpoint",
            text: "The checkpoint is the last event that a projection contains. It moves in the same transaction as the \
                   projection. Lag is the number of missing events.",
            runs: &[Run::of("checkpoints list")],
            place: Place::Checkpoints,
            after: None,
        },
        Step {
            title: "One space is rebuilt, the others do not change",
            text: "The events of crm_acme are replayed into a shadow, which then replaces the projection. No event of \
                   another space is read.",
            runs: &[Run::of("rebuild crm_acme"), Run::of("log --space crm_acme")],
            place: Place::Key("crm_acme", "contact:c1"),
            after: None,
        },
        Step {
            title: "A projection matches its events",
            text: "Verify replays the events separately and compares every key. Nothing is written.",
            runs: &[Run::of("verify --all")],
            place: Place::Checkpoints,
            after: None,
        },
    ],
};

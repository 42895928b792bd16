//! Part three: projections, and the rebuild of one space.

use super::{Part, Place, Run, Step};

pub const PART: Part = Part {
    title: "Projections",
    steps: &[
        Step {
            title: "Every projection has a checkpoint",
            text: "The checkpoint is the last event that a projection contains, and moves in the same transaction. The \
                   state that commands read always has all events. Other projections may follow later: one of \
                   crm_widgets is behind.",
            runs: &[Run::of("checkpoints list")],
            place: Place::Checkpoints,
            after: None,
        },
        Step {
            title: "A projection in the background catches up",
            text: "No command waits for contacts_by_domain. The missing events are applied when it is read, by `ramax work` \
                   in the background, or now.",
            runs: &[
                Run::of("catch-up crm_widgets --projection contacts_by_domain"),
                Run::of("projections list crm_widgets --projection contacts_by_domain --prefix domain:"),
            ],
            place: Place::ProjectionKey("crm_widgets", "contacts_by_domain", "domain:widgets.example"),
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

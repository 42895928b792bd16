//! Part two: isolation.

use super::{Part, Place, Run, Step};

pub const PART: Part = Part {
    title: "Isolation",
    steps: &[
        Step {
            title: "The same id, two contacts",
            text: "Both CRM tenants have a contact c1. Neither can see the other's.",
            runs: &[
                Run::of("projections get crm_acme contact:c1"),
                Run::of("projections get crm_widgets contact:c1"),
            ],
            place: Place::Key("crm_acme", "contact:c1"),
            after: None,
        },
        Step {
            title: "Each space has its own sequence",
            text: "A new event in crm_widgets takes the next sequence of that space; crm_acme does not change. Event ids \
                   increase across the whole file.",
            runs: &[
                Run::of(
                    "run crm_widgets add-contact contact_id=c100 name='Nadia Rahmani' email=nadia@widgets.example",
                ),
                Run::of("checkpoints list"),
            ],
            place: Place::Events("crm_widgets"),
            after: None,
        },
        Step {
            title: "An entity's events stay in their space",
            text: "This is the history of c2 in crm_acme. The c2 of crm_widgets is another contact, with its own history.",
            runs: &[Run::of("events list crm_acme --entity c2")],
            place: Place::Entity("crm_acme", "c2"),
            after: None,
        },
        Step {
            title: "One business process across spaces",
            text: "A staged article went to production: event 4 names event 3 as its cause, and both carry the same \
                   correlation id. Nothing else connects two spaces. The trace shows the causes and effects of an event in all of \
                   them.",
            runs: &[Run::of("events trace 4"), Run::of("events show 4")],
            place: Place::Trace(4),
            after: None,
        },
    ],
};

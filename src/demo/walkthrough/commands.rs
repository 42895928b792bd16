//! Part four: a rejected command, and events that are found and followed.

use super::{Part, Place, Run, Step};

pub const PART: Part = Part {
    title: "Commands and events",
    steps: &[
        Step {
            title: "A rejected command changes nothing",
            text: "The app decides before anything is written. The contact c1 exists, so it cannot be added again: the message \
                   names the reason, and no event is appended.",
            runs: &[
                Run::refused("run crm_acme add-contact contact_id=c1 name=Ada email=ada@acme.example"),
                Run::of("events list crm_acme --entity c1"),
            ],
            place: Place::Entity("crm_acme", "c1"),
            after: None,
        },
        Step {
            title: "A query finds events",
            text: "It selects events by type, entity, time and any field of the payload. The filter of the events reads the \
                   same language.",
            runs: &[Run::of("events list crm_acme --where 'type:contact.updated payload.email~acme'")],
            place: Place::Query("crm_acme", "type:contact.updated payload.email~acme"),
            after: None,
        },
        Step {
            title: "Events can be followed",
            text: "A follower reads every event once and in order, and then waits for new ones. The console follows, too: the \
                   newest event stays selected while others are appended.",
            runs: &[Run::of("events follow crm_widgets --after 20 --limit 3")],
            place: Place::Events("crm_widgets"),
            after: None,
        },
    ],
};

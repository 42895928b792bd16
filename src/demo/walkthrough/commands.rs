//! Part four: a rejected command, and events that are found and followed.

use super::{Input, Part, Place, Run, Step};

/// Writes an exported space with an event that lacks a field.
const LEGACY: &str = r#"printf '%s\n' '{"kind":"header","format":"ramax-export","version":2,"store_id":"363fad66-b022-4aee-8bc3-7c4a6e8b7c80","space_name":"crm_legacy","metadata":{"app":"crm"},"created_at":"1970-01-01T00:00:00.000Z","events":1,"entities":0,"checkpoint":{"space_sequence":0,"event_id":0,"updated_at":null},"crc":"0616d675"}' '{"kind":"event","space_sequence":1,"event_id":1,"entity_id":"c1","event_type":"contact.added","payload":{"contact_id":"c1"},"timestamp":"1970-01-01T00:00:00.000Z","crc":"3bb44305"}' '{"kind":"end","events":1,"entities":0,"idempotency_keys":0,"crc":"5e9cea84"}'"#;

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
            title: "Events say who acted",
            text: "Beside its payload, an event carries who acted, through which client, and whatever else a program adds. \
                   Here a program has corrected addresses whose mail came back. Your own commands carry your name.",
            runs: &[
                Run::of("events list crm_acme --where meta.actor=bounce-handler"),
                Run::of("events show 6"),
            ],
            place: Place::Query("crm_acme", "meta.actor=bounce-handler"),
            after: None,
        },
        Step {
            title: "Every value leads back to its event",
            text: "The email address of c30 is not the one that was entered. Blame names the event that set it, with the value \
                   before; its cause is the event that added the contact. The details of an event list every key that it \
                   changed. In the console, one key asks this of a line.",
            runs: &[
                Run::of("projections blame crm_acme contact:c30 email"),
                Run::of("events show 82 --changes"),
                Run::of("projections history crm_acme contact:c30"),
            ],
            place: Place::Blame("crm_acme", "contact:c30", "email"),
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
        Step {
            title: "A failing rebuild changes nothing",
            text: "A space from elsewhere has an event without a name, which its app cannot apply. The rebuild stops there, \
                   names the event and keeps the projection as it was. The space is then deleted again.",
            runs: &[
                Run {
                    command: "import -",
                    input: Some(Input { shell: LEGACY, text: legacy }),
                    last_line: false,
                    is_refused: false,
                },
                Run::refused("rebuild crm_legacy"),
                Run::of("spaces delete crm_legacy --confirm crm_legacy"),
            ],
            place: Place::Spaces,
            after: None,
        },
    ],
};

/// Returns the lines that the shell command writes.
fn legacy() -> String {
    let arguments = LEGACY.split_once(" '{").map_or("", |(_, arguments)| arguments).trim_end_matches('\'');
    arguments.split("' '{").map(|line| format!("{{{line}\n")).collect()
}

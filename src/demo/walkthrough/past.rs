//! Part seven: the past of a space, and a fork of it.

use super::{Part, Place, Run, Step};

pub const PART: Part = Part {
    title: "The past",
    steps: &[
        Step {
            title: "A space as it was",
            text: "Events are kept, so a space can be shown as of each of them. At sequence 37, c30 had just been added, with \
                   the address that was entered. In the console, the panes show that past above a bar with all events: a \
                   key steps through them, and another plays them like a film.",
            runs: &[
                Run::of("projections get crm_acme contact:c30 --at 37"),
                Run::of("projections diff crm_acme --from 37 --to 38"),
            ],
            place: Place::Past("crm_acme", 37),
            after: None,
        },
        Step {
            title: "What if? A fork answers",
            text: "A fork is a new space with the events up to a point, and then goes its own way. In this one, c30 gets \
                   another address than in its origin. A comparison shows what differs, and the origin has not changed.",
            runs: &[
                Run::of("spaces fork crm_acme --at 37"),
                Run::of("run crm_acme@37 update-contact contact_id=c30 email=rene@elsewhere.example"),
                Run::of("projections diff crm_acme@37 --with crm_acme --key contact:c30"),
            ],
            place: Place::Fork("crm_acme@37"),
            after: None,
        },
    ],
};

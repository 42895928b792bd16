//! Part one: basic operations.

use super::{Part, Place, Run, Step};

pub const PART: Part = Part {
    title: "Basic operations",
    steps: &[
        Step {
            title: "Four tenants share one file",
            text: "Each space is a tenant or an environment, with its own events and projections built from them.",
            runs: &[Run::of("spaces list")],
            place: Place::Spaces,
            after: None,
        },
        Step {
            title: "Metadata says what a space is",
            text: "Its \"app\" names the domain that the space runs; the rest is yours.",
            runs: &[Run::of("spaces show crm_acme")],
            place: Place::Space("crm_acme"),
            after: None,
        },
        Step {
            title: "A space is found by its name or its id",
            text: "Ids increase in order of creation and are never reused. An id is written #3; a bare number is always a \
                   name.",
            runs: &[Run::of("spaces show cms_staging"), Run::of("spaces show '#3'")],
            place: Place::Space("cms_staging"),
            after: None,
        },
        Step {
            title: "A deleted space leaves nothing behind",
            text: "A trial tenant is created and deleted. A delete requires the name of the space, and searches every table \
                   for its rows afterwards.",
            runs: &[
                Run::of("spaces create crm_trial --app crm"),
                Run::of("run crm_trial add-contact contact_id=c1 name=Ada email=ada@trial.example"),
                Run::of("spaces delete crm_trial --confirm crm_trial"),
                Run::of("spaces list"),
            ],
            place: Place::Spaces,
            after: None,
        },
    ],
};

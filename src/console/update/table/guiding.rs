//! The guide.

use super::super::context::{VIEWS, WALKABLE};
use super::super::spec::Section::Guide;
use super::super::spec::{Spec, row};
use super::super::{Action, able, walking};

pub(super) const SPECS: &[Spec] = &[
    row(
        Guide,
        Action::TakeStep,
        "run step",
        "Run the current step; its output appears in the guide",
        &["space"],
        WALKABLE,
        walking::take,
    )
    .hint(10)
    .applies(able::is_guided)
    .able(able::take_step),
    row(
        Guide,
        Action::NextStep,
        "next step",
        "Go to the next step, and to the place that shows it",
        &["w"],
        WALKABLE,
        |state, _| walking::go(state, 1),
    )
    .hint(11)
    .applies(able::is_guided)
    .able(able::next_step),
    row(
        Guide,
        Action::PreviousStep,
        "previous step",
        "Go to the previous step, and to the place that shows it",
        &["b"],
        WALKABLE,
        |state, _| walking::go(state, -1),
    )
    .hint(12)
    .applies(able::is_guided)
    .able(able::previous_step),
    row(
        Guide,
        Action::ReadStep,
        "read step",
        "Show the step with all of its output",
        &["r"],
        VIEWS,
        |state, _| walking::read(state),
    )
    .hint(13)
    .applies(able::is_guided)
    .able(able::guided),
    row(Guide, Action::ToggleGuide, "guide", "Show or hide the guide", &["W"], VIEWS, |state, _| {
        walking::toggle(state)
    })
    .hint(42)
    .applies(able::is_guided),
];

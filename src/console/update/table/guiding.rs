//! The guide.

use super::super::places::{VIEWS, WALKABLE};
use super::super::spec::{Spec, row};
use super::super::{Action, able};

pub(super) const SPECS: &[Spec] = &[
    row(
        Action::TakeStep,
        "run step",
        "Run the current step; its output appears in the guide",
        &["space"],
        WALKABLE,
    )
    .hint(10)
    .applies(able::is_guided)
    .able(able::take_step),
    row(
        Action::NextStep,
        "next step",
        "Go to the next step, and to the place that shows it",
        &["w"],
        WALKABLE,
    )
    .hint(11)
    .applies(able::is_guided)
    .able(able::next_step),
    row(
        Action::PreviousStep,
        "previous step",
        "Go to the previous step, and to the place that shows it",
        &["b"],
        WALKABLE,
    )
    .hint(12)
    .applies(able::is_guided)
    .able(able::previous_step),
    row(Action::ReadStep, "read step", "Show the step with all of its output", &["r"], VIEWS)
        .hint(13)
        .applies(able::is_guided)
        .able(able::guided),
    row(Action::ToggleGuide, "guide", "Show or hide the guide", &["W"], VIEWS)
        .hint(42)
        .applies(able::is_guided),
];

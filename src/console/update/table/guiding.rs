//! The guide.

use super::super::places::{VIEWS, WALKABLE};
use super::super::spec::{Spec, row};
use super::super::{Action, able};

pub(super) const SPECS: &[Spec] = &[
    row(
        Action::TakeStep,
        "take step",
        "Do what the guide's step tells, and see what comes of it",
        &["space"],
        WALKABLE,
    )
    .hint(10)
    .applies(able::is_guided)
    .able(able::take_step),
    row(
        Action::NextStep,
        "next step",
        "Go on to the guide's next step, and to what it is about",
        &["w"],
        WALKABLE,
    )
    .hint(11)
    .applies(able::is_guided)
    .able(able::next_step),
    row(
        Action::PreviousStep,
        "step back",
        "Go back to the step before, and to what it is about",
        &["b"],
        WALKABLE,
    )
    .hint(12)
    .applies(able::is_guided)
    .able(able::previous_step),
    row(Action::ReadStep, "read step", "Read the step and all that it told", &["r"], VIEWS)
        .hint(13)
        .applies(able::is_guided)
        .able(able::guided),
    row(Action::ToggleGuide, "guide", "Put the guide away, or bring it back", &["W"], VIEWS)
        .hint(42)
        .applies(able::is_guided),
];

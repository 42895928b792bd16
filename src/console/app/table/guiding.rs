//! The guide.

use crate::console::app::able;
use crate::console::app::action::Action;
use crate::console::app::context::{VIEWS, WALKABLE};
use crate::console::app::spec::Section::Guide;
use crate::console::app::spec::{Spec, row};
use crate::console::layers::guide;

pub(crate) const SPECS: &[Spec] = &[
    row(
        Guide,
        Action::TakeStep,
        "run step",
        "Run the current step; its output appears in the guide",
        &["space"],
        WALKABLE,
        guide::update::take,
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
        |state, _| guide::update::go(state, 1),
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
        |state, _| guide::update::go(state, -1),
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
        |state, _| guide::update::read(state),
    )
    .hint(13)
    .applies(able::is_guided)
    .able(able::guided),
    row(Guide, Action::ToggleGuide, "guide", "Show or hide the guide", &["W"], VIEWS, |state, _| {
        guide::update::toggle(state)
    })
    .hint(42)
    .applies(able::is_guided),
];

//! The walkthrough as the console's guide.

use crate::console::app::state::ErrorText;
use crate::console::layers::guide::{Ran, Sight, WalkStep};
use crate::console::{StepRunner, Walkthrough};
use crate::demo::{self, Part, Place, Step};
use crate::pstate::STATE;

use super::take;
use crate::cli::Program;

/// Returns the walkthrough of the demonstration, for the console's guide.
pub fn walkthrough() -> Walkthrough {
    let steps = || demo::PARTS.iter().flat_map(|part| part.steps);
    let place_of = |title: &str| steps().position(|step| step.title == title);
    let parts = (1..).zip(&demo::PARTS);
    let guided = |(number, part): (u32, &'static Part)| {
        part.steps
            .iter()
            .map(move |step| (guided(number, part, step, step.after.and_then(place_of)), taken(step)))
    };
    parts.flat_map(guided).collect()
}

fn guided(number: u32, part: &Part, step: &Step, after: Option<usize>) -> WalkStep {
    WalkStep {
        part: format!("{number}. {}", part.title),
        title: step.title.to_owned(),
        text: step.text.to_owned(),
        commands: step.runs.iter().map(ToString::to_string).collect(),
        sight: sight(step.place),
        after,
    }
}

/// Returns a step as a value that the console can run.
fn taken(step: &'static Step) -> StepRunner {
    StepRunner::new(move |store, apps| {
        let ran = take(step, store, apps).map_err(|failure| ErrorText {
            hint: failure.hint_text(&Program::ramax()),
            message: failure.message,
        })?;
        Ok(ran.into_iter().map(|ran| Ran { command: ran.command, output: ran.output }).collect())
    })
}

fn sight(place: Place) -> Sight {
    match place {
        Place::Spaces => Sight::Spaces,
        Place::Space(space) => Sight::Space(space.to_owned()),
        Place::Events(space) => Sight::Events(space.to_owned()),
        Place::Query(space, query) => Sight::Query { space: space.to_owned(), query: query.to_owned() },
        Place::Key(space, key) => key_of(space, STATE, key),
        Place::ProjectionKey(space, projection, key) => key_of(space, projection, key),
        Place::Entity(space, entity) => {
            Sight::Entity { space: space.to_owned(), entity_id: entity.to_owned() }
        }
        Place::Checkpoints => Sight::Checkpoints,
        Place::Subscriptions => Sight::Subscriptions,
    }
}

fn key_of(space: &str, projection: &str, key: &str) -> Sight {
    Sight::Key { space: space.to_owned(), projection: projection.to_owned(), key: key.to_owned() }
}

//! The walkthrough as the console's guide.

use crate::console::app::state::ErrorText;
use crate::console::layers::guide::{CommandOutput, StepPlace, WalkStep};
use crate::console::{StepRunner, Walkthrough};
use crate::demo::{self, Part, Place, Step};
use crate::event::{EventId, SpaceSequence};
use crate::pstate::STATE;

use super::run_step;
use crate::cli::Program;

/// Returns the walkthrough of the demonstration, for the console's guide.
pub fn walkthrough() -> Walkthrough {
    let steps = || demo::PARTS.iter().flat_map(|part| part.steps);
    let index_of = |title: &str| steps().position(|step| step.title == title);
    let parts = (1..).zip(&demo::PARTS);
    let guided = |(number, part): (u32, &'static Part)| {
        part.steps
            .iter()
            .map(move |step| (guided(number, part, step, step.after.and_then(index_of)), runner(step)))
    };
    parts.flat_map(guided).collect()
}

fn guided(number: u32, part: &Part, step: &Step, after: Option<usize>) -> WalkStep {
    WalkStep {
        part: format!("{number}. {}", part.title),
        title: step.title.to_owned(),
        text: step.text.to_owned(),
        commands: step.runs.iter().map(ToString::to_string).collect(),
        place: place_of_step(step.place),
        after,
    }
}

/// Returns a step as a value that the console can run.
fn runner(step: &'static Step) -> StepRunner {
    StepRunner::new(move |store, apps| {
        let ran = run_step(step, store, apps).map_err(|failure| ErrorText {
            hint: failure.hint_text(&Program::ramax()),
            message: failure.message,
        })?;
        Ok(ran.into_iter().map(|ran| CommandOutput { command: ran.command, output: ran.output }).collect())
    })
}

fn place_of_step(place: Place) -> StepPlace {
    match place {
        Place::Spaces => StepPlace::Spaces,
        Place::Space(space) => StepPlace::Space(space.to_owned()),
        Place::Events(space) => StepPlace::Events(space.to_owned()),
        Place::Query(space, query) => StepPlace::Query { space: space.to_owned(), query: query.to_owned() },
        Place::Key(space, key) => key_of(space, STATE, key),
        Place::ProjectionKey(space, projection, key) => key_of(space, projection, key),
        Place::Entity(space, entity) => {
            StepPlace::Entity { space: space.to_owned(), entity_id: entity.to_owned() }
        }
        Place::Blame(space, key, path) => StepPlace::Blame {
            space: space.to_owned(),
            projection: STATE.to_owned(),
            key: key.to_owned(),
            path: path.to_owned(),
        },
        Place::Past(space, at) => StepPlace::Past { space: space.to_owned(), at: SpaceSequence(at) },
        Place::Fork(space) => StepPlace::Fork(space.to_owned()),
        Place::Trace(event_id) => StepPlace::Trace(EventId(event_id)),
        Place::Checkpoints => StepPlace::Checkpoints,
        Place::Subscriptions => StepPlace::Subscriptions,
    }
}

fn key_of(space: &str, projection: &str, key: &str) -> StepPlace {
    StepPlace::Key { space: space.to_owned(), projection: projection.to_owned(), key: key.to_owned() }
}

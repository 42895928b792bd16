//! `ramax generate`: load data.

use clap::Args;

use crate::cli::exit::{Exit, Failure};
use crate::cli::messages::{rate, time_taken};
use crate::cli::numbers;
use crate::cli::session::Session;
use crate::operations::{Generate, Generated, GivenUp, Operation, Target};
use crate::text::counted;

#[derive(Debug, Args)]
pub struct GenerateArguments {
    /// The number of new spaces
    #[arg(long, value_name = "N", value_parser = numbers::space_count, allow_negative_numbers = true)]
    spaces: u32,
    /// The total number of events, interleaved over the spaces
    #[arg(long, value_name = "M", value_parser = numbers::event_count, allow_negative_numbers = true)]
    events: u64,
    /// The app of the spaces
    #[arg(long, default_value = "crm")]
    app: String,
    /// The seed of random values; the same seed on an identical file yields the same commands
    #[arg(long, value_name = "S", default_value = "1", value_parser = numbers::seed, allow_negative_numbers = true)]
    seed: u64,
}

pub fn run(session: &mut Session, arguments: &GenerateArguments) -> Result<Exit, Failure> {
    let GenerateArguments { spaces, events, app, seed } = arguments;
    let mut generate = Generate { spaces: *spaces, events: *events, app: app.clone(), seed: *seed };
    session.app_named(app).map_err(|failure| session.refused(generate.attempt(Target::File), failure))?;
    let store = session.open_or_create()?;
    let interrupt = session.signals.listen();
    let title = "generate".to_owned();
    let (generated, taken) = session.run(&mut generate, Target::File, &store, (&interrupt, title))?;
    session.done = Some("the spaces were generated".to_owned());
    if session.out.is_json() {
        session.out.json_line(&generated)?;
        return Ok(Exit::Done);
    }
    let Generated { spaces, events, rejected, given_up } = generated;
    session.out.line(&format!(
        "generated {} in {} in {} ({}); {} rejected",
        counted(events, "event", "events"),
        counted(u64::from(spaces), "space", "spaces"),
        time_taken(taken),
        rate(events, taken),
        counted(rejected, "command", "commands"),
    ))?;
    for GivenUp { command, reason } in given_up {
        session.say(&format!(
            "gave up on {command}, which was rejected repeatedly, most recently because {reason}"
        ))?;
    }
    Ok(Exit::Done)
}

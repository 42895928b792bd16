//! `ramax generate`: load data.

use clap::Args;
use serde_json::{Map, Value};

use crate::operations::{self, Action, GenerateOptions, Generated, GivenUp, Told};
use crate::text::counted;

use super::exit::{Exit, Failure};
use super::meter::Meter;
use super::narration::{rate, time_taken};
use super::numbers;
use super::session::Session;

const ACTION: &str = "generate";

#[derive(Debug, Args)]
pub struct Arguments {
    /// The number of new spaces
    #[arg(long, value_name = "N", value_parser = numbers::space_count)]
    spaces: u32,
    /// The total number of events, interleaved over the spaces
    #[arg(long, value_name = "M", value_parser = numbers::event_count, allow_negative_numbers = true)]
    events: u64,
    /// The app of the spaces
    #[arg(long, default_value = "crm")]
    app: String,
    /// The seed of random values; the same seed on an equal file yields the same commands
    #[arg(long, value_name = "S", default_value = "1", value_parser = numbers::seed)]
    seed: u64,
}

pub fn run(session: &mut Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let Arguments { spaces, events, seed, .. } = *arguments;
    let app = session
        .app_named(&arguments.app)
        .map_err(|failure| session.turned_down(Action::on_file(ACTION), parameters(arguments), failure))?;
    let store = session.open_or_create()?;
    let interrupt = session.signals.listen();
    let mut meter =
        Meter::start(session.narration, &interrupt, "generate".to_owned(), operations::Phases::ONE);
    let options = GenerateOptions { spaces, events, app, seed };
    let action = Action::on_file(ACTION);
    let work = || operations::generate(&store, &options, &mut |progress| meter.watch(progress));
    let generated = operations::logged(&store, action, parameters(arguments), work, |done| Told::from(done));
    let taken = meter.end();
    let generated = generated.map_err(|error| {
        let cancelled = error.is_cancelled();
        let failure = Failure::from(error);
        if cancelled { failure.instead("cancelled; the events generated so far are kept") } else { failure }
    })?;
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

fn parameters(arguments: &Arguments) -> Map<String, Value> {
    let Arguments { spaces, events, app, seed } = arguments;
    let pairs: [(&str, Value); 4] = [
        ("spaces", (*spaces).into()),
        ("events", (*events).into()),
        ("app", app.as_str().into()),
        ("seed", (*seed).into()),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}

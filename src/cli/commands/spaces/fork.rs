//! `ramax spaces fork`.

use clap::Args;
use serde::Serialize;

use crate::cli::commands::run::warn_of_time;
use crate::cli::exit::{Exit, Failure};
use crate::cli::messages::{in_seconds, time_taken};
use crate::cli::session::Session;
use crate::cli::shell;
use crate::operations::{Fork, ForkedSpace, Operation, PointInTime, Target};

/// The help of a point at which a space is forked.
const AT_HELP: &str = "The last event of the fork: a sequence, or a time such as 2026-01-31T10:00, 10:00 or 2h; by default \
     the last event of the space";

#[derive(Debug, Args)]
pub struct ForkArguments {
    /// The space's name, or its id written as '#2'
    space: String,
    /// The name of the new space; by default the space's name with the last sequence: crm_acme@120
    name: Option<String>,
    #[arg(long, value_name = "SEQ|TIME", help = AT_HELP)]
    at: Option<PointInTime>,
}

/// The result, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    forked: &'a ForkedSpace,
    seconds: f64,
}

pub(super) fn run(session: &mut Session, arguments: &ForkArguments) -> Result<Exit, Failure> {
    let store = session.open()?;
    let mut fork = Fork { name: arguments.name.clone(), at: arguments.at.clone() };
    let space = Session::find(&store, &arguments.space, |target| fork.attempt(target))?;
    let interrupt = session.signals.listen();
    let title = format!("fork {}", space.space_name);
    let (forked, taken) = session
        .run(&mut fork, Target::of(&space), &store, (&interrupt, title))
        .map_err(|failure| Session::over_space(&store, space.space_id, failure))?;
    let name = &forked.space.space_name;
    session.done = Some(format!("{name} was created"));
    if let Some(time) = forked.ahead_of_clock {
        warn_of_time(session, time);
    }
    let exit = if forked.halted.is_empty() { Exit::Done } else { Exit::Refused };
    if session.out.is_json() {
        session.out.json_line(&Line { forked: &forked, seconds: in_seconds(taken) })?;
        return Ok(exit);
    }
    let report = fork.report(&forked);
    session.out.line(&format!("forked {}: {} in {}", forked.origin, report.summary, time_taken(taken)))?;
    for finding in &report.findings {
        session.out.line(&format!("{} {}", finding.subject, finding.text))?;
    }
    // Without its app, a fork has no projections to be compared.
    let hint = match session.apps.of(&store, &forked.space)? {
        Some(_) => {
            let with = shell::option("--with", &space.space_name);
            format!("`{}` compares it with its origin", shell::command("projections diff", &[name], &with))
        }
        None => {
            let events = shell::command("events list", &[name], "");
            format!(
                "`{events}` lists its events; it has no projections, as this program does not know its app"
            )
        }
    };
    session.say(&hint)?;
    Ok(exit)
}

//! `ramax work`: runs the program's subscriptions, and keeps async projections up to date.

mod report;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use clap::Args;

use crate::cli::exit::{Exit, Failure};
use crate::cli::session::Session;
use crate::operations::{DamagedSpaces, Worker, Workers};
use crate::text::nearest;

use report::Reporter;

/// How often signals are looked for.
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug, Args)]
pub struct WorkArguments {
    /// Run only these subscriptions of the program, and no projections
    #[arg(value_name = "NAME")]
    subscriptions: Vec<String>,
    /// End when there is nothing left to do, instead of waiting for new events
    #[arg(long)]
    until_idle: bool,
}

pub fn run(session: &mut Session, arguments: &WorkArguments) -> Result<Exit, Failure> {
    let chosen = chosen(session.program.workers(), &arguments.subscriptions)?;
    let store = session.open()?;
    store.check_writable().map_err(crate::Error::from)?;
    // Before the work, which may not end by itself.
    let damaged = DamagedSpaces::of(&store).and_then(|damaged| damaged.check(&store)).map_err(Failure::from);
    if let Err(failure) = &damaged {
        failure.report(&session.program, session.out.is_json());
    }
    let (news, incoming) = mpsc::channel();
    let mut reporter = Reporter::new(&store, &chosen);
    let workers = Workers::new(session.apps.clone(), chosen).on_news(move |report| drop(news.send(report)));
    let workers = if arguments.subscriptions.is_empty() { workers } else { workers.without_projections() };
    let (interrupt, stop) = (session.signals.listen(), AtomicBool::new(false));
    let (worked, written) = thread::scope(|scope| {
        let (store, stop, until_idle) = (&store, &stop, arguments.until_idle);
        let running = scope.spawn(move || match until_idle {
            true => workers.run_until_idle(store, stop),
            false => workers.run(store, stop),
        });
        let mut written = Ok(());
        loop {
            match incoming.recv_timeout(PAUSE) {
                Ok(report) => reporter.add(report),
                Err(RecvTimeoutError::Timeout) => {}
                // The senders are gone as soon as all workers have ended.
                Err(RecvTimeoutError::Disconnected) => break,
            }
            written = written.and(reporter.write_if_due(session));
            if interrupt.is_interrupted() || written.is_err() {
                stop.store(true, Ordering::Relaxed);
            }
        }
        (running.join(), written)
    });
    let worked = worked.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    written.and(reporter.end(session))?;
    match worked {
        _ if interrupt.is_interrupted() => Ok(Exit::Interrupted),
        Err(error) => Err(error.into()),
        Ok(()) if reporter.has_problems() || damaged.is_err() => Ok(Exit::Refused),
        Ok(()) => Ok(Exit::Done),
    }
}

/// Returns the workers with these names, or all.
fn chosen(workers: &[Worker], names: &[String]) -> Result<Vec<Worker>, Failure> {
    if names.is_empty() {
        return Ok(workers.to_vec());
    }
    let known: Vec<&str> = workers.iter().map(Worker::name).collect();
    let find = |name: &String| {
        workers.iter().find(|worker| worker.name() == name).cloned().ok_or_else(|| {
            let message = format!("this program has no subscription {name}");
            let meant = nearest(name, known.iter().copied());
            let meant = meant.map_or_else(String::new, |nearest| format!("did you mean {nearest}? "));
            let hint = match known.as_slice() {
                [] => "it has none; without a name, it keeps the projections up to date".to_owned(),
                known => format!("{meant}subscriptions: {}", known.join(", ")),
            };
            Failure::usage("unknown_subscription", message, hint)
        })
    };
    names.iter().map(find).collect()
}

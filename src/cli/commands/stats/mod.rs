//! `ramax stats`: events over time and by type, keys by prefix, sizes and lag.

mod prometheus;
mod text;

use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cli::exit::{Exit, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::messages::Messages;
use crate::cli::meter::ProgressMeter;
use crate::cli::numbers::period_count;
use crate::cli::past::while_written;
use crate::cli::session::Session;
use crate::content_store::Store;
use crate::error::Error;
use crate::operations::{self, ActivityUnit, Phases, SpaceStats, StatsOptions, Watch};

use prometheus::Exposition;

#[derive(Debug, Args)]
pub struct StatsArguments {
    /// The space's name, or its id written as '#2'; without it, all spaces
    space: Option<String>,
    /// Count events by this period, instead of the shortest with which all fit
    #[arg(long, value_name = "PERIOD")]
    by: Option<Period>,
    /// Show the last N periods
    #[arg(long, value_name = "N", default_value = "24", value_parser = period_count, allow_negative_numbers = true)]
    periods: usize,
    /// Read everything, instead of a sample of the types and prefixes of a large space
    #[arg(long)]
    exact: bool,
    /// Print metrics in the text format of Prometheus
    #[arg(long, conflicts_with_all = ["by", "periods"])]
    prometheus: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Period {
    Minute,
    Hour,
    Day,
    Week,
}

impl From<Period> for ActivityUnit {
    fn from(period: Period) -> Self {
        match period {
            Period::Minute => Self::Minute,
            Period::Hour => Self::Hour,
            Period::Day => Self::Day,
            Period::Week => Self::Week,
        }
    }
}

pub fn run(session: &mut Session, arguments: &StatsArguments) -> Result<Exit, Failure> {
    if arguments.prometheus && session.out.is_json() {
        let hint = "use either --json or --prometheus";
        return Err(Failure::usage("usage", "the output is either JSON or metrics", hint));
    }
    let store = session.open()?;
    let options = StatsOptions {
        periods: arguments.periods,
        unit: arguments.by.map(ActivityUnit::from),
        ..StatsOptions::default()
    };
    let options = if arguments.exact { options.exact() } else { options };
    match &arguments.space {
        Some(space) => of_space(session, &store, (space, &options), arguments.prometheus),
        None => of_file(session, &store, &options, arguments.prometheus),
    }
}

fn of_space(
    session: &mut Session,
    store: &Store,
    (space, options): (&str, &StatsOptions),
    is_prometheus: bool,
) -> Result<Exit, Failure> {
    let overview = operations::overview(store, &session.apps, space)?;
    let (space_id, title) = (overview.space.space_id, format!("reading {}", overview.space.space_name));
    let reader = Reader { messages: session.messages, interrupt: session.signals.listen() };
    let read = reader.read(title, |watch| operations::space_stats(store, overview, options, watch));
    let stats = read.map_err(|failure| Session::over_space(store, space_id, failure))?;
    if is_prometheus {
        let mut exposition = Exposition::default();
        exposition.add_space(&stats);
        session.out.verbatim(exposition.text().as_bytes())?;
    } else if session.out.is_json() {
        session.out.json_line(&stats)?;
    } else {
        text::write_space(session, &stats, store.clock().now())?;
    }
    Ok(Exit::Done)
}

fn of_file(
    session: &mut Session,
    store: &Store,
    options: &StatsOptions,
    is_prometheus: bool,
) -> Result<Exit, Failure> {
    let reader = Reader { messages: session.messages, interrupt: session.signals.listen() };
    // The table of spaces has neither types nor prefixes.
    let is_table = !is_prometheus && !session.out.is_json();
    let options = if is_table { StatsOptions { events: 0, keys: 0, ..*options } } else { *options };
    let mut exposition = Exposition::default();
    let mut rows = session.out.rows(text::SPACES);
    let mut written = Ok(());
    let read = reader.read("reading all spaces".to_owned(), |watch| {
        let mut visit = |stats: SpaceStats| {
            if is_prometheus {
                exposition.add_space(&stats);
            } else {
                written = rows.push(&stats, || text::space_cells(&stats));
            }
            while_written(&written)
        };
        operations::file_stats(store, &session.apps, &options, &mut visit, watch)
    });
    written?;
    rows.finish()?;
    let totals = read?;
    if is_prometheus {
        exposition.add_file(&totals);
        session.out.verbatim(exposition.text().as_bytes())?;
    } else if session.out.is_json() {
        session.out.json_line(&totals)?;
    } else {
        text::write_file(session, &totals, store.clock().now())?;
    }
    session.out.flush()?;
    totals.damaged.check(store)?;
    Ok(Exit::Done)
}

/// Shows the progress of reading, and stops it after a signal.
struct Reader {
    messages: Messages,
    interrupt: Interrupt,
}

impl Reader {
    fn read<T>(
        &self,
        title: String,
        work: impl FnOnce(&mut Watch<'_>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let mut meter = ProgressMeter::start(self.messages, &self.interrupt, title, Phases::ONE);
        let read = work(&mut |progress| meter.watch(progress));
        let _: Duration = meter.end();
        Ok(read?)
    }
}

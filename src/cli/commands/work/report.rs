//! The reports of workers: log lines on standard error or JSON lines, and totals at the end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::session::Session;
use crate::clock::Timestamp;
use crate::content_store::Store;
use crate::delivery::DeliveryNews;
use crate::event::SpaceSequence;
use crate::operations::{ProjectionNews, WorkNews, Worker};
use crate::text::counted;

/// How long events are counted before a line says how many there were.
const COLLECTED: Duration = Duration::from_millis(500);

/// A report, as JSON.
#[derive(Serialize)]
struct Line {
    timestamp: Timestamp,
    #[serde(flatten)]
    worker: WorkerName,
    #[serde(flatten)]
    report: Report,
}

/// The subject of a report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum WorkerName {
    Subscription(String),
    Projection(String),
}

#[derive(Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
enum Report {
    Started,
    Waiting { error: String },
    ServerBack,
    Delivered { events: u64 },
    CaughtUp { space_name: String, events: u64 },
    Failed { space_name: String, space_sequence: SpaceSequence, attempts: u32, error: String },
    Parked { space_name: String, space_sequence: SpaceSequence, attempts: u32, error: String },
    NotCaughtUp { space_name: String, error: String },
    Stopped(Totals),
}

/// The results of a worker. Only events are counted for a projection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
struct Totals {
    /// The events delivered or applied.
    events: u64,
    failed: u64,
    parked: u64,
}

/// Collects reports and writes them.
pub(super) struct Reporter {
    store: Store,
    totals: BTreeMap<WorkerName, Totals>,
    pending: Vec<Line>,
    written_at: Instant,
}

impl Reporter {
    pub(super) fn new(store: &Store, workers: &[Worker]) -> Self {
        let names = workers.iter().map(|worker| WorkerName::Subscription(worker.name().to_owned()));
        let totals = names.map(|name| (name, Totals::default())).collect();
        Self { store: store.clone(), totals, pending: Vec::new(), written_at: Instant::now() }
    }

    /// Adds a report. Deliveries are counted until they are written.
    pub(super) fn add(&mut self, news: WorkNews) {
        let (worker, report) = report_of(news);
        let (events, failed, parked) = match &report {
            Report::Delivered { events } | Report::CaughtUp { events, .. } => (*events, 0, 0),
            Report::Failed { .. } | Report::NotCaughtUp { .. } => (0, 1, 0),
            Report::Parked { .. } => (0, 1, 1),
            Report::Started | Report::Waiting { .. } | Report::ServerBack | Report::Stopped(_) => (0, 0, 0),
        };
        if (events, failed, parked) != (0, 0, 0) {
            let totals = self.totals.entry(worker.clone()).or_default();
            totals.events += events;
            totals.failed += failed;
            totals.parked += parked;
        }
        let last = self.pending.iter_mut().rev().find(|line| line.worker == worker);
        if let Some(line) = last
            && line.report.joins(&report)
        {
            return;
        }
        self.pending.push(Line { timestamp: self.store.clock().now(), worker, report });
    }

    /// Writes what was collected, if it is time to.
    pub(super) fn write_if_due(&mut self, session: &mut Session) -> Result<(), Failure> {
        match self.written_at.elapsed() >= COLLECTED {
            true => self.write(session),
            false => Ok(()),
        }
    }

    fn write(&mut self, session: &mut Session) -> Result<(), Failure> {
        self.written_at = Instant::now();
        for line in self.pending.drain(..) {
            match session.out.is_json() {
                true => session.out.json_line(&line)?,
                false => session.messages.say(&line.text()),
            }
        }
        Ok(session.out.flush()?)
    }

    /// Writes the rest, and the totals.
    pub(super) fn end(&mut self, session: &mut Session) -> Result<(), Failure> {
        self.write(session)?;
        let timestamp = self.store.clock().now();
        for (worker, totals) in &self.totals {
            match session.out.is_json() {
                true => session.out.json_line(&Line {
                    timestamp,
                    worker: worker.clone(),
                    report: Report::Stopped(*totals),
                })?,
                false => session.out.line(&format!("{}: {}", worker.text(), totals.text(worker)))?,
            }
        }
        Ok(())
    }

    /// Returns true if an event was parked, or a projection could not be caught up.
    pub(super) fn has_problems(&self) -> bool {
        let is_problem = |(worker, totals): (&WorkerName, &Totals)| match worker {
            WorkerName::Subscription(_) => totals.parked > 0,
            WorkerName::Projection(_) => totals.failed > 0,
        };
        self.totals.iter().any(is_problem)
    }
}

fn report_of(news: WorkNews) -> (WorkerName, Report) {
    match news {
        WorkNews::Subscription { name, news } => (WorkerName::Subscription(name), of_delivery(news)),
        WorkNews::Projections(ProjectionNews::CaughtUp { space_name, projection, events }) => {
            (WorkerName::Projection(projection), Report::CaughtUp { space_name, events })
        }
        WorkNews::Projections(ProjectionNews::Waiting { reason }) => {
            (WorkerName::Projection("projections".to_owned()), Report::Waiting { error: reason })
        }
        WorkNews::Projections(ProjectionNews::ServerBack) => {
            (WorkerName::Projection("projections".to_owned()), Report::ServerBack)
        }
        WorkNews::Projections(ProjectionNews::Failed { space_name, projection, error }) => {
            (WorkerName::Projection(projection), Report::NotCaughtUp { space_name, error })
        }
    }
}

fn of_delivery(news: DeliveryNews) -> Report {
    match news {
        DeliveryNews::Started => Report::Started,
        DeliveryNews::Waiting { reason } => Report::Waiting { error: reason },
        DeliveryNews::ServerBack => Report::ServerBack,
        DeliveryNews::Delivered { events } => Report::Delivered { events },
        DeliveryNews::Failed { space_name, sequence, attempts, error, is_parked: false } => {
            Report::Failed { space_name, space_sequence: sequence, attempts, error }
        }
        DeliveryNews::Failed { space_name, sequence, attempts, error, is_parked: true } => {
            Report::Parked { space_name, space_sequence: sequence, attempts, error }
        }
    }
}

impl Report {
    /// Adds the events of a later report of the same worker. Returns false if they are separate.
    fn joins(&mut self, later: &Self) -> bool {
        match (self, later) {
            (Self::Delivered { events }, Self::Delivered { events: more }) => *events += more,
            (Self::CaughtUp { events, space_name }, Self::CaughtUp { events: more, space_name: same })
                if space_name == same =>
            {
                *events += more
            }
            _ => return false,
        }
        true
    }
}

impl WorkerName {
    fn text(&self) -> &str {
        match self {
            Self::Subscription(name) | Self::Projection(name) => name,
        }
    }
}

impl Line {
    fn text(&self) -> String {
        let attempts = |count: u32| counted(count.into(), "attempt", "attempts");
        let text = match &self.report {
            Report::Started => "started".to_owned(),
            Report::Waiting { error } => format!("waiting: {error}"),
            Report::ServerBack => "the server is back".to_owned(),
            Report::Delivered { events } => format!("{} delivered", counted(*events, "event", "events")),
            Report::CaughtUp { space_name, events } => {
                format!("{space_name}: {} applied", counted(*events, "event", "events"))
            }
            Report::Failed { space_name, space_sequence, attempts: count, error } => {
                format!("{space_name} {space_sequence}: failed after {}: {error}", attempts(*count))
            }
            Report::Parked { space_name, space_sequence, attempts: count, error } => {
                format!("{space_name} {space_sequence}: parked after {}: {error}", attempts(*count))
            }
            Report::NotCaughtUp { space_name, error } => format!("{space_name}: not caught up: {error}"),
            Report::Stopped(totals) => totals.text(&self.worker),
        };
        format!("{} {}: {text}", self.timestamp, self.worker.text())
    }
}

impl Totals {
    fn text(self, worker: &WorkerName) -> String {
        let done = if let WorkerName::Subscription(_) = worker { "delivered" } else { "applied" };
        let mut text = format!("{} {done}", counted(self.events, "event", "events"));
        if self.failed > 0 {
            text.push_str(&format!(", {} failed", counted(self.failed, "attempt", "attempts")));
        }
        if self.parked > 0 {
            text.push_str(&format!(", {} parked", counted(self.parked, "event", "events")));
        }
        text
    }
}

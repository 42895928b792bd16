//! The contents of the file, as far as the overview tells them.

use crate::cli::commands::checkpoints::blocking_text_of;
use crate::cli::exit::Failure;
use crate::cli::session::Session;
use crate::cli::shell;
use crate::clock::Timestamp;
use crate::content_store::Store;
use crate::error::StoreError;
use crate::event_store::Page;
use crate::operations::{self, DamagedSpaces, ProjectionOverview, ProjectionStatus, SpaceOverview};
use crate::space::{Space, SpaceId};
use crate::text::{counted, span};

use super::limited::Limited;

/// Spaces read at once.
const PAGE: usize = 500;

/// The contents of the file.
pub(super) struct Contents {
    /// The spaces.
    pub spaces: Limited,
    /// The last space that is not omitted.
    last_listed: Option<SpaceId>,
    /// The number of events.
    pub events: u64,
    /// The time of the last event, and the name of its space.
    pub last: Option<(Timestamp, String)>,
    /// The name of the first space.
    pub first_space: Option<String>,
    /// The names of the spaces in production.
    pub production: Limited,
    /// Spaces and projections that need a repair.
    pub problems: Limited,
    /// Projections that lack events.
    pub behind: Limited,
    now: Timestamp,
}

impl Contents {
    /// Reads the file page by page.
    pub fn read(session: &Session, store: &Store) -> Result<Self, Failure> {
        let mut contents = Self {
            spaces: Limited::default(),
            last_listed: None,
            events: 0,
            last: None,
            first_space: None,
            production: Limited::default(),
            problems: Limited::default(),
            behind: Limited::default(),
            now: store.clock().now(),
        };
        let mut after = None;
        loop {
            let mut page = operations::overviews(store, &session.apps, Page::forward(after, PAGE))?;
            operations::add_first_times(store, &mut page)?;
            let is_last = page.len() < PAGE;
            after = page.last().map(|overview| overview.space.space_id);
            for overview in page {
                contents.add(session, store, overview)?;
            }
            if is_last {
                contents.add_unlisted(session, store)?;
                return Ok(contents);
            }
        }
    }

    fn add(&mut self, session: &Session, store: &Store, mut overview: SpaceOverview) -> Result<(), Failure> {
        if !self.spaces.is_full() {
            // This reads events, so it is done only for those that are listed.
            let blocking = operations::find_blocking_event(store, &session.apps, &overview)?;
            overview.set_blocked(blocking);
            self.last_listed = Some(overview.space.space_id);
        }
        let Space { space_id, space_name, .. } = &overview.space;
        self.first_space.get_or_insert_with(|| space_name.clone());
        self.events += overview.head.last_sequence.0;
        let at = overview.head.last_timestamp;
        if let Some(at) = at.filter(|at| self.last.as_ref().is_none_or(|(before, _)| at >= before)) {
            self.last = Some((at, space_name.clone()));
        }
        if overview.space.is_production() {
            self.production.push(|| space_name.clone());
        }
        let mut damaged = DamagedSpaces::default();
        damaged.note(&overview.space, overview.fault.as_ref());
        match overview.space.check_open() {
            Ok(()) => self.add_projections(session, &overview, store.is_original()),
            Err(error) => self.problems.push(|| {
                let failure = Session::over_space(store, *space_id, Failure::from(crate::Error::from(error)));
                in_one_line(session, space_name, failure)
            }),
        }
        let now = self.now;
        self.spaces.push(|| space_line(&overview, now));
        self.add_damaged(session, damaged);
        Ok(())
    }

    /// Adds a damaged space, if it is one.
    fn add_damaged(&mut self, session: &Session, damaged: DamagedSpaces) {
        if let Some(error) = damaged.error() {
            self.problems.push(|| in_one_line(session, "", Failure::from(crate::Error::from(error))));
        }
    }

    /// Adds the rows of the registry that no list contains.
    fn add_unlisted(&mut self, session: &Session, store: &Store) -> Result<(), Failure> {
        for unlisted in store.events().unlisted_spaces(PAGE)? {
            let mut damaged = DamagedSpaces::default();
            damaged.note_unlisted(&[unlisted]);
            self.add_damaged(session, damaged);
        }
        Ok(())
    }

    fn add_projections(&mut self, session: &Session, overview: &SpaceOverview, is_original: bool) {
        for projection in &overview.projections {
            if is_original && projection.status == ProjectionStatus::Ahead {
                self.behind.push(|| {
                    let (space_name, name) = (&overview.space.space_name, &projection.name);
                    format!("{space_name}: the checkpoint of {name} names an event that is not in the log")
                });
            } else if let Some(problem) = problem(session, overview, projection) {
                self.problems.push(problem);
            } else if projection.status == ProjectionStatus::Lagging {
                self.behind.push(|| lagging(overview, projection, is_original));
            }
        }
    }

    /// Describes a point in time, with the time since.
    pub fn moment(&self, at: Timestamp) -> String {
        moment(at, self.now)
    }

    /// Says how to list the spaces that are omitted.
    pub fn more_spaces(&self) -> String {
        let after = self.last_listed.map(|space_id| shell::option("--after", &space_id.to_string()));
        format!("`{}` lists them", shell::command("spaces list", &[], &after.unwrap_or_default()))
    }
}

fn moment(at: Timestamp, now: Timestamp) -> String {
    match u64::try_from(now.0.saturating_sub(at.0)) {
        Ok(since) => format!("{at}, {} ago", span(since)),
        Err(_) => at.to_string(),
    }
}

/// Describes a lag.
pub(super) fn lag_in_words(lag: u64) -> String {
    if lag == 0 { "up to date".to_owned() } else { format!("{} behind", counted(lag, "event", "events")) }
}

fn space_line(overview: &SpaceOverview, now: Timestamp) -> String {
    let Space { space_id, space_name, .. } = &overview.space;
    let mut parts = vec![
        format!("{space_name}, id {space_id}"),
        overview.app.map_or_else(|| "no known app".to_owned(), |app| format!("app {app}")),
        counted(overview.head.last_sequence.0, "event", "events"),
        counted(overview.keys(), "key", "keys"),
    ];
    parts.extend(overview.space.is_production().then(|| "production".to_owned()));
    parts.extend(overview.space.origin().map(|origin| format!("fork of {origin}")));
    parts.extend(overview.space.under_way().map(str::to_owned));
    match overview.fault.is_some() {
        true => parts.push("damaged".to_owned()),
        false => parts.extend(projections(overview)),
    }
    parts.extend(overview.head.last_timestamp.map(|at| format!("last event {}", moment(at, now))));
    parts.join(", ")
}

/// Describes the projections of a space: those that are not up to date, or how many there are.
fn projections(overview: &SpaceOverview) -> Vec<String> {
    let is_current = |projection: &&ProjectionOverview| projection.status == ProjectionStatus::Current;
    let all = overview.projections.len() as u64;
    if overview.projections.iter().all(|projection| is_current(&projection)) {
        return vec![format!("{} up to date", counted(all, "projection", "projections"))];
    }
    let others = overview.projections.iter().filter(|projection| !is_current(projection));
    others
        .map(|projection| format!("projection {} {}", projection.name, status(overview, projection)))
        .collect()
}

fn status(overview: &SpaceOverview, projection: &ProjectionOverview) -> String {
    let lag = projection.lag(&overview.head);
    match projection.status {
        ProjectionStatus::Lagging => lag_in_words(lag),
        ProjectionStatus::Ahead => "ahead of the log".to_owned(),
        status if lag == 0 => status.to_string(),
        status => format!("{status} and {}", lag_in_words(lag)),
    }
}

/// Describes what keeps a projection from following its log, with the remedy, if anything does.
fn problem(
    session: &Session,
    overview: &SpaceOverview,
    projection: &ProjectionOverview,
) -> Option<impl FnOnce() -> String> {
    let name = || projection.name.to_string();
    let error = match projection.status {
        ProjectionStatus::Blocked => None,
        ProjectionStatus::Ahead => Some(StoreError::ProjectionAhead {
            space: overview.space.space_name.clone(),
            checkpoint: projection.checkpoint.sequence,
            last_sequence: overview.head.last_sequence,
            by: overview.rebuild_of(projection, false),
        }),
        ProjectionStatus::Outdated => Some(StoreError::ProjectionOutdated {
            space: overview.space.space_name.clone(),
            projection: name(),
            by: overview.rebuild_of(projection, false),
        }),
        ProjectionStatus::Newer => Some(StoreError::ProjectionNewer { projection: name() }),
        _ => return None,
    };
    let space_name = &overview.space.space_name;
    Some(move || match error {
        Some(error) => {
            let problem = in_one_line(session, space_name, Failure::from(crate::Error::from(error)));
            format!("{space_name}: {problem}")
        }
        None => blocking_text_of((overview, projection), &session.program)
            .unwrap_or_else(|| format!("{space_name}: the projection {} is blocked", projection.name)),
    })
}

fn lagging(overview: &SpaceOverview, projection: &ProjectionOverview, is_original: bool) -> String {
    let space_name = &overview.space.space_name;
    let lag = counted(projection.lag(&overview.head), "event", "events");
    let since = span(overview.lag_millis_of(&projection.checkpoint));
    let remedy = match projection.mode {
        _ if is_original => "by the checkpoint that the original recorded".to_owned(),
        Some(_) => format!("`{}` applies them", shell::command("catch-up", &[space_name], "")),
        None => "its app is not known to this program".to_owned(),
    };
    format!("{space_name}: the projection {} is {lag} behind ({since}); {remedy}", projection.name)
}

fn in_one_line(session: &Session, space_name: &str, failure: Failure) -> String {
    let failure = failure.about_space(space_name);
    match failure.hint_text(&session.program) {
        Some(hint) => format!("{failure}; {hint}"),
        None => failure.to_string(),
    }
}

//! The facts about a projection: its status, lag with the trend, last error and last rebuild.

use crate::console::app::action::Action;
use crate::console::app::keymap::key_of as key;
use crate::console::app::remedy::replacement;
use crate::console::app::state::ConsoleState;
use crate::console::panes::checkpoints::status_of;
use crate::console::panes::detail::view::space::{behind, blocked, reason_lines};
use crate::console::panes::detail::view::{Body, Content, Fact, dotted, fact, joined};
use crate::console::panes::jobs::job::Job;
use crate::console::panes::jobs::view::{share, sign};
use crate::console::panes::spaces::Trends;
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::{Piece, piece};
use crate::console::widgets::text::keyed;
use crate::content_store::ProjectionMode;
use crate::error::Remedy;
use crate::operations::{ProjectionOverview, ProjectionStatus, SpaceOverview};
use crate::text::{counted, grouped};

/// The most lags listed as the trend.
const LISTED: usize = 5;

pub(super) fn content<'a>(
    glyphs: &Glyphs,
    state: &'a ConsoleState,
    space: &'a SpaceOverview,
    projection: &'a ProjectionOverview,
) -> Content<'a> {
    let keys = counted(projection.checkpoint.entities, "key", "keys");
    let (at, last) = (projection.checkpoint.sequence.0, space.head.last_sequence.0);
    // The original applies an event when it appends it, whatever its checkpoint says.
    let is_original = state.database.is_original;
    let (contained, at_or) = if is_original { ("checkpoint", "checkpoint at ") } else { ("contains", "") };
    let position = format!("{} of {}", grouped(at), counted(last, "event", "events"));
    let contains = |position: String| {
        dotted(glyphs, vec![piece(position, Role::Text), piece(keys.clone(), Role::Muted)])
    };
    let (contains, in_brief) = (contains(position.clone()), contains(format!("{at_or}{position}")));
    let (status, lag) = (status(glyphs, state, projection), lag(glyphs, space, projection));
    let job = job(glyphs, state, space, &projection.name);
    let error = projection.blocked.as_ref().map(|event| blocked(glyphs, event));
    let brief = [
        joined(glyphs, [status.clone(), job.clone().unwrap_or_default()]),
        error.clone().unwrap_or_else(|| joined(glyphs, [lag.clone(), in_brief])),
    ];
    let said_if = |fact: Fact<'a>, brief: bool| if brief { fact.brief() } else { fact };
    let is_blocked = error.is_some();
    let mut facts = vec![
        fact("projection", dotted(glyphs, kind(projection, is_original)))
            .copied_as(Some(projection.name.to_string())),
        fact("space", vec![piece(&space.space.space_name, Role::Text)]),
        fact("status", status).brief(),
        said_if(fact("lag", lag), !is_blocked),
        said_if(fact(contained, contains), !is_blocked),
    ];
    facts.extend(trend(glyphs, &state.spaces.trends, space, projection));
    let none = || vec![piece("none", Role::Muted)];
    facts.push(said_if(fact("last error", error.unwrap_or_else(none)), is_blocked));
    let rebuilt = projection.rebuilt_at.map(|at| vec![piece(state.moments.exact(at), Role::Text)]);
    facts.push(fact("last rebuild", rebuilt.unwrap_or_else(none)));
    facts.extend(job.map(|job| fact("job", job).brief()));
    let title = vec![
        piece(&*projection.name, Role::Strong),
        piece(format!("  {}", space.space.space_name), Role::Text),
    ];
    let body = Body::text(|_, cells| {
        let reasons = projection.blocked.iter();
        reasons.flat_map(|event| reason_lines(state, event, cells)).collect()
    });
    Content { title, brief, facts, body }
}

/// The name, the version, and when it is updated.
fn kind(projection: &ProjectionOverview, is_original: bool) -> Vec<Piece<'_>> {
    let mut pieces = vec![piece(&*projection.name, Role::Strong)];
    if is_original {
        pieces.push(piece("as the original stored it", Role::Muted));
        return pieces;
    }
    pieces.extend(projection.version.map(|version| piece(format!("version {version}"), Role::Text)));
    pieces.extend(projection.mode.map(|mode| {
        let text = match mode {
            ProjectionMode::Inline => "inline: changes with each command",
            ProjectionMode::Async => "async: follows the events",
        };
        piece(text, Role::Muted)
    }));
    pieces
}

/// The status, and what to do about it.
fn status<'a>(glyphs: &Glyphs, state: &ConsoleState, projection: &ProjectionOverview) -> Vec<Piece<'a>> {
    use ProjectionStatus::{Ahead, Blocked, Current, Lagging, Newer, Outdated, Rebuilding, Undeclared};
    let is_original = state.database.is_original;
    let by = |action: Action, does: &str, to: &str| match state.database.read_only {
        true if is_original => format!("`{}` imports the file, and builds it", key(state, Action::Import)),
        true => format!("open the database without --read-only to {to}"),
        false => format!("`{}` {does}", key(state, action)),
    };
    let replaces = || replacement(&Remedy::LaterVersion, &state.settings.keys);
    let rebuilds = || by(Action::Rebuild, "rebuilds it", "rebuild it");
    let next = match projection.status {
        Current | Rebuilding | Blocked => None,
        Lagging if is_original => {
            let verify = key(state, Action::Verify);
            Some(format!("by the original's checkpoint; `{verify}` verifies the values"))
        }
        Lagging => Some(by(Action::CatchUp, "catches up", "catch up")),
        Outdated => Some(format!("an earlier version of its app, or another app, built it; {}", rebuilds())),
        Newer => Some("a later version of its app built it; this program only reads it".to_owned()),
        Ahead if is_original => {
            Some("by the original's checkpoint, which names an event that is not in the log".to_owned())
        }
        Ahead if projection.is_newer => {
            Some(format!("it contains events that the log does not have; {}", replaces()))
        }
        Ahead => Some(format!("it contains events that the log does not have; {}", rebuilds())),
        Undeclared => Some("its app does not declare it".to_owned()),
    };
    let status = vec![status_of(glyphs, projection)];
    joined(glyphs, std::iter::once(status).chain(next.map(|next| keyed(&next, Role::Text))))
}

fn lag<'a>(glyphs: &Glyphs, space: &SpaceOverview, projection: &ProjectionOverview) -> Vec<Piece<'a>> {
    match projection.lag(&space.head) {
        // Events that the log does not have are no measure of a lag.
        _ if projection.status == ProjectionStatus::Ahead => {
            vec![piece(format!("{} the checkpoint is not in the log", glyphs.warning), Role::Danger)]
        }
        0 => vec![piece(format!("{} no lag", glyphs.done), Role::Muted)],
        lag => {
            let behind = behind(lag, space.lag_time(&projection.checkpoint));
            let is_blocked = projection.status == ProjectionStatus::Blocked;
            let (sign, role) =
                if is_blocked { (glyphs.failed, Role::Danger) } else { (glyphs.warning, Role::Warning) };
            vec![piece(format!("{sign} {behind}"), role)]
        }
    }
}

/// The last lags, if the lag has changed since the console opened.
fn trend<'a>(
    glyphs: &Glyphs,
    trends: &Trends,
    space: &SpaceOverview,
    projection: &ProjectionOverview,
) -> Option<Fact<'a>> {
    let space_id = space.space.space_id;
    let (word, role) = match trends.change(space_id, &projection.name)? {
        0 => ("steady", Role::Text),
        1.. => ("growing", Role::Warning),
        _ => ("shrinking", Role::Text),
    };
    let lags = trends.of(space_id, &projection.name);
    let lags: Vec<String> =
        lags[lags.len().saturating_sub(LISTED)..].iter().map(|lag| grouped(*lag)).collect();
    let lags = piece(lags.join(&format!(" {} ", glyphs.arrow)), Role::Muted);
    Some(fact("trend", dotted(glyphs, vec![piece(word, role), lags])))
}

/// The job of this console that works on the projection.
fn job<'a>(
    glyphs: &Glyphs,
    state: &ConsoleState,
    space: &SpaceOverview,
    name: &str,
) -> Option<Vec<Piece<'a>>> {
    let concerns = |job: &&Job| job.operation.projection().is_none_or(|projection| projection == name);
    let job = state.jobs.ahead_on(space.space.space_id).find(concerns)?;
    let (glyph, role) = sign(job, glyphs);
    let status = if job.is_running() { share(job) } else { "queued".to_owned() };
    Some(vec![piece(format!("{glyph} {} {status}", job.operation.name()), role)])
}

//! The facts about a projection: its status, lag with the trend, last error and last rebuild.

use crate::console::app::action::Action;
use crate::console::app::keymap::key_of as key;
use crate::console::app::state::ConsoleState;
use crate::console::panes::checkpoints::status_of;
use crate::console::panes::detail::view::subject::{blocked, reason_lines};
use crate::console::panes::detail::view::{Content, Fact, Rest, dotted, fact};
use crate::console::panes::jobs::job::Job;
use crate::console::panes::jobs::view::{share, sign};
use crate::console::panes::spaces::Trends;
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::{Piece, piece};
use crate::content_store::ProjectionMode;
use crate::operations::{ProjectionOverview, ProjectionStatus, SpaceOverview};
use crate::text::{counted, grouped, span};

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
    let position = format!("{} of {}", grouped(at), counted(last, "event", "events"));
    let mut facts = vec![
        fact("projection", dotted(glyphs, kind(projection))),
        fact("space", vec![piece(&space.space.space_name, Role::Text)]),
        fact("status", status(glyphs, state, projection)),
        fact("contains", dotted(glyphs, vec![piece(position, Role::Text), piece(keys, Role::Muted)])),
        fact("lag", lag(glyphs, space, projection)),
    ];
    facts.extend(trend(glyphs, &state.spaces.trends, space, projection));
    facts.push(match &projection.blocked {
        Some(event) => fact("last error", blocked(glyphs, event)),
        None => fact("last error", vec![piece("none", Role::Muted)]),
    });
    let rebuilt = projection.rebuilt_at.map(|at| piece(state.moments.exact(at), Role::Text));
    let rebuilt = rebuilt.unwrap_or_else(|| piece("none", Role::Muted));
    facts.push(fact("last rebuild", vec![rebuilt.clone()]));
    facts.extend(job(glyphs, state, space, &projection.name));
    let mut brief = vec![piece(&*projection.name, Role::Strong)];
    brief.push(status_of(glyphs, projection));
    if projection.blocked.is_none() {
        brief.extend(
            projection
                .rebuilt_at
                .map(|at| piece(format!("rebuilt {}", state.moments.date_and_time(at)), Role::Muted)),
        );
    }
    Content {
        title: vec![
            piece(&*projection.name, Role::Strong),
            piece(format!("  {}", space.space.space_name), Role::Text),
        ],
        facts,
        brief: dotted(glyphs, brief),
        rest: Rest::Text {
            name: if projection.blocked.is_some() { "why" } else { "" },
            least: u16::from(projection.blocked.is_some()),
            with_facts: true,
            lines: Box::new(|_, cells| {
                projection
                    .blocked
                    .iter()
                    .flat_map(|event| reason_lines(&state.settings.keys, event, cells))
                    .collect()
            }),
        },
    }
}

/// The name, the version, and when it is updated.
fn kind(projection: &ProjectionOverview) -> Vec<Piece<'_>> {
    let mut pieces = vec![piece(&*projection.name, Role::Strong)];
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
    let rebuilds = || format!("`{}` rebuilds it", key(state, Action::Rebuild));
    let next = match projection.status {
        Current | Rebuilding | Blocked => None,
        Lagging => Some(format!("`{}` catches up", key(state, Action::CatchUp))),
        Outdated => Some(format!("an earlier version of its app, or another app, built it; {}", rebuilds())),
        Newer => Some("a later version of its app built it; this program only reads it".to_owned()),
        Ahead => Some(format!("it contains events that the log does not have; {}", rebuilds())),
        Undeclared => Some("its app does not declare it".to_owned()),
    };
    let next = next.map(|next| piece(next, Role::Text));
    dotted(glyphs, std::iter::once(status_of(glyphs, projection)).chain(next).collect())
}

fn lag<'a>(glyphs: &Glyphs, space: &SpaceOverview, projection: &ProjectionOverview) -> Vec<Piece<'a>> {
    match projection.lag(&space.head) {
        0 => vec![piece(format!("{} none", glyphs.done), Role::Muted)],
        lag => {
            let time = span(space.lag_millis_of(&projection.checkpoint));
            let text = format!("{} {}, {time} behind", glyphs.warning, counted(lag, "event", "events"));
            vec![piece(text, Role::Warning)]
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
fn job<'a>(glyphs: &Glyphs, state: &ConsoleState, space: &SpaceOverview, name: &str) -> Option<Fact<'a>> {
    let concerns = |job: &&Job| job.operation.projection().is_none_or(|projection| projection == name);
    let job = state.jobs.ahead_on(space.space.space_id).find(concerns)?;
    let (glyph, role) = sign(job, glyphs);
    let status = if job.is_running() { share(job) } else { "queued".to_owned() };
    Some(fact("job", vec![piece(format!("{glyph} {} {status}", job.operation.name()), role)]))
}

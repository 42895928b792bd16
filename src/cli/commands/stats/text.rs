//! Statistics as tables.

use std::io;

use crate::cli::output::{OutputColumn, left, right};
use crate::cli::session::Session;
use crate::clock::Timestamp;
use crate::operations::{ActivityUnit, FileStats, KeysByPrefix, ProjectionStatus, SpaceActivity, SpaceStats};
use crate::text::{bytes, counted, grouped, rounded_percent, span};

/// The width of the bar of the fullest period.
const BAR: u64 = 40;

pub(super) const SPACES: &[OutputColumn] = &[
    left("SPACE"),
    right("EVENTS"),
    right("LAST HOUR"),
    right("LAST DAY"),
    right("LAST WEEK"),
    right("PAYLOAD"),
    right("KEYS"),
    right("LAG"),
    left("LAST EVENT"),
];

const PERIODS: &[OutputColumn] = &[left("PERIOD"), right("EVENTS"), left("")];
const TYPES: &[OutputColumn] = &[left("TYPE"), right("EVENTS"), right("SHARE")];
const PROJECTIONS: &[OutputColumn] =
    &[left("PROJECTION"), left("STATUS"), right("LAG"), right("LAG TIME"), right("KEYS")];
const PREFIXES: &[OutputColumn] = &[left("PROJECTION"), left("PREFIX"), right("KEYS")];

/// Returns the row of a space in the table of all.
pub(super) fn space_cells(stats: &SpaceStats) -> Vec<String> {
    let keys: u64 = stats.projections.iter().map(|projection| projection.keys).sum();
    let recent = stats.recent;
    vec![
        stats.overview.space.space_name.clone(),
        grouped(stats.events),
        grouped(recent.last_hour),
        grouped(recent.last_day),
        grouped(recent.last_week),
        bytes(stats.payload_bytes),
        grouped(keys),
        grouped(stats.overview.lag()),
        stats.last_event_at.map_or_else(|| "-".to_owned(), |at| at.to_string()),
    ]
}

/// Writes the totals of a file.
pub(super) fn write_file(session: &mut Session, stats: &FileStats, now: Timestamp) -> io::Result<()> {
    session.out.line("")?;
    let lag = match stats.lagging_projections {
        0 => "none".to_owned(),
        projections => format!(
            "{} behind, {} at most",
            counted(projections, "projection", "projections"),
            counted(stats.largest_lag, "event", "events")
        ),
    };
    let mut fields = vec![
        ("spaces", grouped(stats.spaces)),
        ("events", grouped(stats.events)),
        ("payload", bytes(stats.payload_bytes)),
        ("keys", grouped(stats.keys)),
        ("lag", lag),
        ("last event", moment(stats.last_event_at, now)),
    ];
    fields.extend(stats.storage_bytes.map(|size| ("size on disk", bytes(size))));
    session.out.fields(&fields)?;
    write_periods(session, stats.activity.as_ref())
}

/// Writes the statistics of a space.
pub(super) fn write_space(session: &mut Session, stats: &SpaceStats, now: Timestamp) -> io::Result<()> {
    let SpaceStats { overview, recent, .. } = stats;
    let recent = format!(
        "{} in the last hour, {} in the last day, {} in the last week",
        grouped(recent.last_hour),
        grouped(recent.last_day),
        grouped(recent.last_week)
    );
    let mut fields = vec![
        ("space", format!("{} ({})", overview.space.space_name, overview.space.space_id)),
        ("app", overview.app.unwrap_or("not known").to_owned()),
        ("events", grouped(stats.events)),
        ("recent", recent),
        ("first event", moment(stats.first_event_at, now)),
        ("last event", moment(stats.last_event_at, now)),
        ("payload", bytes(stats.payload_bytes)),
    ];
    fields.extend(overview.under_way().map(|state| ("state", state)));
    session.out.fields(&fields)?;
    write_periods(session, stats.activity.as_ref())?;
    write_types(session, stats)?;
    write_projections(session, &stats.projections)
}

fn write_periods(session: &mut Session, activity: Option<&SpaceActivity>) -> io::Result<()> {
    let Some(activity) = activity else { return Ok(()) };
    session.out.line("")?;
    let (window, plain) = (activity.window(), session.global.plain);
    let most = activity.counts.iter().copied().max().unwrap_or(0).max(1);
    let mut rows = session.out.rows(PERIODS);
    for (period, count) in activity.counts.iter().enumerate() {
        let cells = || {
            let length = u128::from(*count) * u128::from(BAR) / u128::from(most);
            let length = usize::try_from(length).unwrap_or(0).max(usize::from(*count > 0));
            let bar = if plain { String::new() } else { "█".repeat(length) };
            vec![period_text(activity.unit, window.start(period)), grouped(*count), bar]
        };
        rows.push(&(), cells)?;
    }
    rows.finish()
}

fn write_types(session: &mut Session, stats: &SpaceStats) -> io::Result<()> {
    let types = &stats.types;
    if types.counts.is_empty() {
        return Ok(());
    }
    session.out.line("")?;
    let mut rows = session.out.rows(TYPES);
    let about = if types.exact { "" } else { "~" };
    for count in &types.counts {
        let share = || format!("{about}{} %", rounded_percent(count.events, stats.events));
        rows.push(&(), || {
            vec![count.event_type.clone(), format!("{about}{}", grouped(count.events)), share()]
        })?;
    }
    if types.other > 0 {
        let share = || format!("{about}{} %", rounded_percent(types.other, stats.events));
        rows.push(&(), || {
            vec!["(further types)".to_owned(), format!("{about}{}", grouped(types.other)), share()]
        })?;
    }
    rows.finish()?;
    if !types.exact {
        let (read, all) = (grouped(types.read), grouped(stats.events));
        session.say(&format!("types are estimated from {read} of {all} events; --exact reads all"))?;
    }
    Ok(())
}

fn write_projections(session: &mut Session, projections: &[KeysByPrefix]) -> io::Result<()> {
    session.out.line("")?;
    let mut rows = session.out.rows(PROJECTIONS);
    for projection in projections {
        let is_ahead = projection.status == ProjectionStatus::Ahead;
        let unless_ahead = |text: String| if is_ahead { "-".to_owned() } else { text };
        rows.push(&(), || {
            vec![
                projection.projection.clone(),
                projection.status.to_string(),
                unless_ahead(grouped(projection.lag)),
                unless_ahead(span(projection.lag_millis)),
                grouped(projection.keys),
            ]
        })?;
    }
    rows.finish()?;
    if projections.iter().all(|projection| projection.counts.is_empty()) {
        return Ok(());
    }
    session.out.line("")?;
    let mut rows = session.out.rows(PREFIXES);
    let mut is_exact = true;
    for projection in projections {
        for count in &projection.counts {
            let prefix = count.prefix.as_ref();
            let prefix = prefix.map_or_else(|| "(none)".to_owned(), |prefix| format!("{prefix}:"));
            let at_least = if count.exact { "" } else { "≥ " };
            is_exact &= count.exact;
            let keys = format!("{at_least}{}", grouped(count.keys));
            rows.push(&(), || vec![projection.projection.clone(), prefix, keys])?;
        }
        if projection.uncounted > 0 {
            let (name, keys) = (projection.projection.clone(), grouped(projection.uncounted));
            rows.push(&(), || vec![name, "(not counted)".to_owned(), keys])?;
        }
    }
    rows.finish()?;
    if !is_exact {
        session.say("some prefixes have more keys; --exact counts all")?;
    }
    Ok(())
}

fn moment(at: Option<Timestamp>, now: Timestamp) -> String {
    let Some(at) = at else { return "none".to_owned() };
    match u64::try_from(now.0.saturating_sub(at.0)) {
        Ok(since) => format!("{at}, {} ago", span(since)),
        Err(_) => at.to_string(),
    }
}

/// Returns the start of a period: the day, or the day and the minute.
fn period_text(unit: ActivityUnit, start: Timestamp) -> String {
    let text = start.to_string();
    let length = match unit {
        ActivityUnit::Day | ActivityUnit::Week => 10,
        ActivityUnit::Minute | ActivityUnit::Hour => 16,
    };
    text.get(..length).map_or(text.clone(), |text| text.replace('T', " "))
}

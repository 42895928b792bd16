//! The lines below the chart.

use crate::console::app::state::ConsoleState;

use super::Statistics;

/// A line below the chart, by what it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Blank,
    /// The heading of the types.
    Types,
    /// A type of events, by its place.
    Type(usize),
    /// The events of further types.
    OtherTypes,
    /// Says that the types are estimated.
    Estimated,
    /// The heading of the projections.
    Lags,
    /// The lag of a projection, by its place in the space.
    Lag(usize),
    /// The progress of a rebuild.
    Rebuild,
    /// The heading of the prefixes.
    Prefixes,
    /// A prefix, by the places of its projection and its own.
    Prefix(usize, usize),
    /// The keys of a projection that are not counted.
    Uncounted(usize),
}

/// Returns the lines, without their texts: only those on screen are written.
pub(super) fn lines(state: &ConsoleState, shown: &Statistics) -> Vec<Line> {
    let Some(stats) = &shown.stats else { return Vec::new() };
    let mut lines = Vec::new();
    if !stats.types.counts.is_empty() {
        lines.push(Line::Types);
        lines.extend((0..stats.types.counts.len()).map(Line::Type));
        lines.extend((stats.types.other > 0).then_some(Line::OtherTypes));
        lines.extend((!stats.types.exact).then_some(Line::Estimated));
        lines.push(Line::Blank);
    }
    let projections = state.spaces.get(shown.space_id).map_or(0, |space| space.projections.len());
    lines.push(Line::Lags);
    lines.extend((0..projections).map(Line::Lag));
    lines.extend(state.spaces.lags.rebuild(shown.space_id).is_some().then_some(Line::Rebuild));
    if stats.projections.iter().any(|projection| !projection.counts.is_empty()) {
        lines.extend([Line::Blank, Line::Prefixes]);
        for (place, projection) in stats.projections.iter().enumerate() {
            lines.extend((0..projection.counts.len()).map(|prefix| Line::Prefix(place, prefix)));
            lines.extend((projection.uncounted > 0).then_some(Line::Uncounted(place)));
        }
    }
    lines
}

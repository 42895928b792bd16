//! How the screen looks, with the line at its top. [`render`] is pure: a state, a theme and a size in, cells out.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::console::app::bottom;
use crate::console::app::context::KeyContext;
use crate::console::app::layout::{LEAST, Layout};
use crate::console::app::past::PastProgress;
use crate::console::app::pointer::region::{Regions, Spot, Surface};
use crate::console::app::state::{ConsoleState, ErrorText, Gone, Viewports};
use crate::console::layers::{Layer, LayerSize, Place, guide};
use crate::console::panes;
use crate::console::panes::jobs::{share, sign};
use crate::console::panes::{Pane, activity, detail, travel};
use crate::console::theme::{Glyphs, Role, Theme};
use crate::console::widgets::ascii::to_ascii;
use crate::console::widgets::frame::{Placeholder, inside};
use crate::console::widgets::pen::{Pen, Piece, piece, pieces_width, width as pen_width};
use crate::console::widgets::text::cut;
use crate::event::SpaceSequence;
use crate::text::{bytes, counted, grouped, short};

/// A frame that was drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawn {
    /// The position of the text cursor. It is already drawn; the caller can place the terminal's cursor there.
    pub cursor: Option<Position>,
    /// The regions that the pointer can hit.
    pub regions: Regions,
}

/// Draws the state.
pub fn render(state: &ConsoleState, theme: &Theme, area: Rect, buffer: &mut Buffer) -> Drawn {
    let drawn = draw(state, theme, area, buffer);
    if theme.glyphs() == &Glyphs::ASCII {
        to_ascii(buffer, area);
    }
    drawn
}

fn draw(state: &ConsoleState, theme: &Theme, area: Rect, buffer: &mut Buffer) -> Drawn {
    let area = area.intersection(*buffer.area());
    let mut pen = Pen::new(buffer, theme);
    pen.ground(area, Role::Ground);
    let Some(layout) = Layout::of(state, area) else {
        too_small(&mut pen, state.program, area);
        return Drawn::default();
    };
    draw_header(&mut pen, state, layout.header);
    // Panes without anything to show would be mistaken for those of an empty file.
    if !state.layers.are_alone() {
        draw_panes(&mut pen, state, &layout);
        if let Some(area) = layout.travel {
            travel::view::draw(&mut pen, state, area, layout.body);
        }
        if let Some(area) = layout.guide {
            pen.surface(area, Surface::Guide);
            guide::draw_panel(&mut pen, state, area);
        }
    }
    let mut cursor = None;
    let count = state.layers.boxes().count();
    for (number, layer) in (1..).zip(state.layers.boxes()) {
        pen.wash(layout.body, Role::Veil);
        pen.surface(behind(layer, &layout), Surface::Behind);
        pen.set_beneath(number < count);
        cursor = layer.draw(&mut pen, state, layout.body, true);
    }
    pen.surface(layout.bottom, Surface::Bottom);
    let cursor = bottom::draw(&mut pen, state, layout.bottom).or(cursor);
    Drawn { cursor, regions: pen.into_regions() }
}

/// Returns the part of the body that a box makes inactive: all of it, except a guide whose keys work.
fn behind(layer: &dyn Layer, layout: &Layout) -> Rect {
    let guide = layout.guide.filter(|_| layer.context().has_guide()).map_or(0, |area| area.height);
    Rect { height: layout.body.height - guide, ..layout.body }
}

/// Returns the number of rows that each pane and layer shows at a size. The state needs them after every change.
pub fn viewports(state: &ConsoleState, area: Rect) -> Viewports {
    let Some(layout) = Layout::of(state, area) else { return Viewports::default() };
    let size =
        state.layers.below_prompt().map_or_else(LayerSize::default, |layer| layer.size(state, &layout));
    let of = |pane: Pane| layout.pane(pane).map_or(0, |area| panes::view::rows(state, pane, area));
    Viewports {
        panes: Pane::ALL.map(of),
        spaces_width: layout.pane(Pane::Spaces).map_or(0, |area| inside(area).width),
        activity: layout.activity.map_or(0, |area| inside(area).width),
        layer: size.rows,
        layer_lines: size.lines,
    }
}

/// Returns the number of rows of a layer in place of the list.
pub(crate) fn list_rows(state: &ConsoleState, layout: &Layout) -> u16 {
    panes::view::rows(state, Pane::Events, layout.list)
}

fn draw_panes(pen: &mut Pen<'_>, state: &ConsoleState, layout: &Layout) {
    record_surfaces(pen, state, layout);
    // What is covered is not drawn, so that the pointer does not hit it.
    let is_list_covered = layout.detail == Some(layout.list);
    let is_pane_covered = is_list_covered || state.layers.iter().any(|layer| layer.place() == Place::List);
    for (pane, area) in &layout.panes {
        if !(is_pane_covered && *area == layout.list) {
            panes::view::draw(pen, state, *pane, *area, layout.tabs);
        }
    }
    if let Some(area) = layout.activity {
        activity::draw(pen, state, area);
    }
    let focused = state.layers.below_prompt().map(Layer::context);
    let lists = state.layers.iter().filter(|layer| layer.place() == Place::List);
    for layer in lists.filter(|_| !is_list_covered) {
        layer.draw(pen, state, layout.list, focused == Some(layer.context()));
    }
    if let Some(area) = layout.detail {
        pen.ground(area, Role::Ground);
        detail::view::draw(pen, state, area);
    }
}

/// Records the surfaces of the body and the borders between them, over which the panes then draw their parts.
fn record_surfaces(pen: &mut Pen<'_>, state: &ConsoleState, layout: &Layout) {
    for (pane, area) in &layout.panes {
        pen.surface(*area, Surface::Pane(*pane));
    }
    if state.layers.iter().any(|layer| layer.place() == Place::List) {
        pen.surface(layout.list, Surface::List);
    }
    if let Some(area) = layout.detail {
        pen.surface(area, Surface::Detail);
    }
    for divide in &layout.borders {
        pen.spot(divide.cells(), Spot::Border(divide.border));
    }
}

/// Draws why something cannot be shown and what to do next.
pub(crate) fn failed(pen: &mut Pen<'_>, area: Rect, failure: &ErrorText) {
    let text = format!("{} {}", pen.glyphs().failed, &failure.message);
    Placeholder { text: &text, role: Role::Danger, next: failure.hint.as_deref() }.draw(pen, area);
}

fn too_small(pen: &mut Pen<'_>, program: &str, area: Rect) {
    let (width, height) = LEAST;
    let line = Rect { height: 1.min(area.height), ..area };
    let texts = [
        format!("{program} needs {width}×{height}, not {}×{}", area.width, area.height),
        format!("needs {width}×{height}"),
    ];
    let fits = texts.iter().find(|text| pen_width(text) <= area.width).or(texts.last());
    if let Some(text) = fits {
        pen.text(line, text, Role::Text);
    }
}

/// Draws the line at the top. If space is short, the sizes are dropped first, then the path; the file name stays.
fn draw_header(pen: &mut Pen<'_>, state: &ConsoleState, line: Rect) {
    let text = Rect { x: line.x + 1, width: line.width.saturating_sub(2), ..line };
    let mut right = folding(pen, state);
    right.extend(job(pen, state, line.width));
    right.extend(exceptions(pen, state, line.width));
    let room = Rect { width: text.width.saturating_sub(pieces_width(&right) + 2), ..text };
    let mut left = vec![piece(state.program, Role::Accent), piece("  ", Role::Text)];
    left.push(piece(name(state, pen.glyphs(), room.width.saturating_sub(pieces_width(&left))), Role::Strong));
    let beside = |left: &[Piece<'_>], gap| room.width.saturating_sub(pieces_width(left) + gap);
    let of = |room| if state.layers.are_alone() { Vec::new() } else { trail(pen, state, room) };
    let mut trail = of(beside(&left, 3));
    if line.width < NAMES_ZONE && shows_times(state) {
        // The zone may take a part of the gap, but no step of the trail.
        let zone = piece(format!(" {}", state.moments.zone_today()), Role::Muted);
        let left_with_zone: Vec<_> = left.iter().cloned().chain([zone]).collect();
        let beside_zone = of(beside(&left_with_zone, 1));
        let fits = pieces_width(&left_with_zone) <= room.width;
        if fits && pieces_width(&beside_zone) >= pieces_width(&trail) {
            (left, trail) = (left_with_zone, beside_zone);
        }
    }
    let beside = beside(&left, 3);
    if !state.layers.are_alone() {
        left.extend(sizes(pen, state, beside.saturating_sub(pieces_width(&trail))));
    }
    pen.line(room, &left);
    pen.line_right(
        Rect { width: pieces_width(&trail), x: room.right() - pieces_width(&trail), ..room },
        &trail,
    );
    pen.line_right(text, &right);
}

/// Returns the name of the database. The end of an address tells most: where it does not fit, its beginning is missing, then the
/// schema. The database on the server is named at any width.
fn name<'s>(state: &'s ConsoleState, glyphs: &Glyphs, room: u16) -> Cow<'s, str> {
    let name = state.database.name.as_str();
    if !state.database.is_on_server || pen_width(name) <= room {
        return name.into();
    }
    let without_schema = name.split_once('?').map_or(name, |(address, _)| address);
    let database = ends(without_schema).last().unwrap_or(without_schema);
    match ends(name).chain([database]).find(|end| pen_width(end) <= room) {
        Some(fits) => fits.into(),
        None => cut(database, room, glyphs.ellipsis).into(),
    }
}

/// Returns the ends of an address, from its host, its path or its database on.
fn ends(address: &str) -> impl Iterator<Item = &str> {
    let ends = address.match_indices(['@', '/']).map(|(at, _)| &address[at + 1..]);
    ends.filter(|end| !end.is_empty())
}

/// The minimum width of a screen on which lists name the time zone of their times themselves.
const NAMES_ZONE: u16 = 62;

/// Returns true if the list on screen has times.
fn shows_times(state: &ConsoleState) -> bool {
    match state.layers.below_prompt() {
        Some(layer) => layer.context() == KeyContext::History,
        None => matches!(state.focus, Pane::Events | Pane::Projections),
    }
}

/// The sizes of the file: as many as fit, written out if there is room.
fn sizes(pen: &Pen<'_>, state: &ConsoleState, room: u16) -> Vec<Piece<'static>> {
    let named = |number, noun: &'static str| if number == 1 { noun.to_owned() } else { format!("{noun}s") };
    let cut = |_, noun: &'static str| noun.get(..2).unwrap_or(noun).to_owned();
    if !state.spaces.loaded {
        return Vec::new();
    }
    let ways = [whole_sizes(state), short_sizes(state, &named), short_sizes(state, &cut)];
    let drawn = |sizes: &[String]| -> Vec<Piece<'static>> {
        let gap = |index| if index == 0 { "  ".to_owned() } else { format!(" {} ", pen.glyphs().dot) };
        sizes.iter().enumerate().map(|(index, size)| piece(gap(index) + size, Role::Muted)).collect()
    };
    let fits = |sizes: &&[String]| pieces_width(&drawn(sizes)) <= room;
    let counts = (1..=ways[0].len()).rev();
    let fitting = counts.flat_map(|count| ways.iter().map(move |sizes| &sizes[..count])).find(fits);
    fitting.map(drawn).unwrap_or_default()
}

fn whole_sizes(state: &ConsoleState) -> Vec<String> {
    let database = &state.database;
    let so_far = |number, noun| match state.spaces.loaded && !state.spaces.complete {
        true => format!("{}+ {noun}s", grouped(number)),
        false => counted(number, noun, &format!("{noun}s")),
    };
    let mut sizes = vec![so_far(database.totals.spaces, "space"), so_far(database.totals.events, "event")];
    sizes.extend(database.bytes.map(bytes));
    sizes
}

fn short_sizes(state: &ConsoleState, named: &dyn Fn(u64, &'static str) -> String) -> Vec<String> {
    let database = &state.database;
    let more = if state.spaces.loaded && !state.spaces.complete { "+" } else { "" };
    let size = |number, noun| format!("{}{more} {}", short(number), named(number, noun));
    let mut sizes = vec![size(database.totals.spaces, "space"), size(database.totals.events, "event")];
    sizes.extend(database.bytes.map(bytes));
    sizes
}

/// The path to the current view: space, pane, open layers. If space is short, only its end.
fn trail(pen: &Pen<'_>, state: &ConsoleState, room: u16) -> Vec<Piece<'static>> {
    let steps = steps(state);
    let last = steps.len().saturating_sub(1);
    let trail = |first: usize| -> Vec<Piece<'static>> {
        let mut pieces = Vec::new();
        for (index, step) in steps.iter().enumerate().skip(first) {
            if !pieces.is_empty() {
                pieces.push(piece(format!(" {} ", pen.glyphs().separator), Role::Muted));
            }
            pieces.push(piece(step.clone(), if index == last { Role::Text } else { Role::Muted }));
        }
        pieces
    };
    (0..steps.len()).map(trail).find(|pieces| pieces_width(pieces) <= room).unwrap_or_default()
}

fn steps(state: &ConsoleState) -> Vec<String> {
    if let Some(layers) = state.layers.over_body() {
        return layers.filter_map(Layer::trail).collect();
    }
    let mut steps = Vec::new();
    if let Some(space) = state.space() {
        steps.push(space.space.space_name.clone());
    }
    steps.push(state.focus.list().trail(state));
    steps.extend(state.layers.iter().filter_map(Layer::trail));
    steps
}

/// The minimum width at which the header names the running job.
const NAMES_JOB: u16 = 60;
/// The minimum widths at which the header says in full, and in brief, that this is the past.
const EXPLAINS_PAST: u16 = 100;
const NAMES_PAST: u16 = 60;
/// The minimum widths at which the header says in full, and in brief, why nothing can be changed.
const EXPLAINS: [u16; 2] = [100, 60];

/// The running job with its progress, or a warning if it makes none.
fn job(pen: &Pen<'_>, state: &ConsoleState, width: u16) -> Vec<Piece<'static>> {
    let Some(job) = state.jobs.running() else { return Vec::new() };
    let name = if width >= NAMES_JOB { format!("{} ", job.operation.name()) } else { String::new() };
    let mut pieces = match job.silent {
        Some(seconds) if width >= NAMES_JOB => {
            vec![piece(format!("{} no progress for {seconds} s", pen.glyphs().warning), Role::Warning)]
        }
        Some(seconds) => vec![piece(format!("{} silent {seconds} s", pen.glyphs().warning), Role::Warning)],
        None => {
            let (glyph, role) = sign(job, pen.glyphs());
            vec![piece(format!("{glyph} {name}{}", share(job)), role)]
        }
    };
    let queued = state.jobs.queued().count();
    if queued > 0 {
        pieces.push(piece(format!(" +{queued}"), Role::Muted));
    }
    pieces
}

/// The progress of a question about the past that takes long.
fn folding(pen: &Pen<'_>, state: &ConsoleState) -> Vec<Piece<'static>> {
    let Some(PastProgress { done, total, .. }) = state.past_progress else { return Vec::new() };
    let percent = done.saturating_mul(100).checked_div(total).unwrap_or(0);
    vec![piece(format!("{} replaying {percent} %", pen.glyphs().past), Role::Past)]
}

/// Says that the panes show the past, and which.
fn past(glyphs: &Glyphs, at: SpaceSequence, last: SpaceSequence, width: u16) -> String {
    let [at, last] = [at.0, last.0].map(grouped);
    match width {
        EXPLAINS_PAST.. => format!(" {} the past, sequence {at} of {last}: read-only ", glyphs.past),
        NAMES_PAST.. => format!(" {} past {at} of {last}, read-only ", glyphs.past),
        _ => format!(" past {at}, read-only "),
    }
}

/// The exceptions: damage first, then the past, production and read-only. Empty if there are none.
fn exceptions(pen: &Pen<'_>, state: &ConsoleState, width: u16) -> Vec<Piece<'static>> {
    let glyphs = pen.glyphs();
    let mut pieces = Vec::new();
    let mut add = |text: String, role| pieces.extend([piece("  ", Role::Text), piece(text, role)]);
    match (&state.database.gone, &state.database.lost) {
        (Some(Gone::Removed(_)), _) => add(format!("{} the file is gone", glyphs.failed), Role::Danger),
        (Some(Gone::Replaced(_)), _) => add(format!("{} the file was replaced", glyphs.failed), Role::Danger),
        (None, Some(_)) => add(format!("{} not following", glyphs.warning), Role::Warning),
        (None, None) => {}
    }
    if state.jobs.found_problems() {
        add(format!("{} check found problems", glyphs.failed), Role::Danger);
    } else if let Some((_, event_id)) = state.database.altered {
        let event =
            if width >= NAMES_PAST { format!("event {}", grouped(event_id.0)) } else { "event".to_owned() };
        // The original has no checksums: its event cannot be read.
        let state = if state.database.is_original { "damaged" } else { "altered" };
        add(format!("{} {state} {event}", glyphs.failed), Role::Danger);
    } else if state.spaces.damaged.count() > 0 {
        let spaces = counted(state.spaces.damaged.count(), "damaged space", "damaged spaces");
        add(format!("{} {spaces}", glyphs.failed), Role::Danger);
    }
    if let Some(travel) = &state.travel {
        let last = travel::last(state);
        add(past(pen.glyphs(), travel.at, last, width), Role::Past);
    }
    if state.space().is_some_and(|space| space.space.is_production()) {
        add(format!("{} production", glyphs.warning), Role::Warning);
    }
    if state.database.is_original {
        let is_wide = width >= EXPLAINS[0];
        let reason = if is_wide { "read-only, written by the Elixir original" } else { "read-only (Elixir)" };
        add(reason.to_owned(), Role::Muted);
    } else if state.database.read_only {
        let [full, brief] = EXPLAINS.map(|least| width >= least);
        let reason = match (state.database.cannot_write, full, brief) {
            (false, true, _) => "read-only, opened with --read-only",
            (false, false, true) => "read-only (--read-only)",
            (false, false, false) => "--read-only",
            (true, true, _) => "read-only, this user or its server cannot write it",
            (true, false, true) => "read-only (no right to write)",
            (true, false, false) => "read-only",
        };
        add(reason.to_owned(), Role::Muted);
    }
    pieces
}

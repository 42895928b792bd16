//! A form: its fields, with help or errors, and a preview of its effect.

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Action;
use crate::console::app::pointer::region::Spot;
use crate::console::app::state::ConsoleState;
use crate::console::layers::form::notes::{error_lines, explanation, note_of};
use crate::console::layers::form::state::{FieldInput, Form, FormField, FormFocus, FormPreview, FormPurpose};
use crate::console::layers::form::{command, shell};
use crate::console::layers::text_box::Line;
use crate::console::layers::{LayerSize, boxed, draw_lines, middle};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::frame::{Frame, inside};
use crate::console::widgets::graphemes::split;
use crate::console::widgets::pen::{Pen, Piece, below, piece, right_of, row, width};
use crate::console::widgets::text::wrap;
use crate::console::widgets::text_input;
use crate::text::{counted, grouped, visible};

/// The minimum width for the preview beside the fields.
const BESIDE: u16 = 96;
/// The minimum height of a preview.
const LEAST_PREVIEW: u16 = 3;
/// The height of a field that confirms the form, with its help and the button.
const CONFIRMATION: u16 = 4;
/// The height of a multi-line field.
const TEXT_LINES: u16 = 3;

pub fn draw(pen: &mut Pen<'_>, state: &ConsoleState, form: &Form, body: Rect) -> Option<Position> {
    let area = area(form, body);
    let inner = boxed(pen, state, area, Frame { title: title(form), note: note(form), ..Frame::default() });
    let (fields, preview) = parts(state, form, inner);
    let cursor = draw_fields(pen, state, form, fields);
    draw_preview(pen, state, form, preview);
    cursor
}

/// Returns the number of visible lines of the preview, and of all that scroll.
pub fn preview_size(state: &ConsoleState, form: &Form, body: Rect) -> LayerSize {
    let inner = inside(area(form, body));
    let place = parts(state, form, Rect { width: inner.width.saturating_sub(2), ..inner }).1;
    let (lines, place, _) =
        Preview::of(&Glyphs::UNICODE, state, form, place.width).placed(&Glyphs::UNICODE, place);
    LayerSize { rows: place.height, lines: rows_of(&lines) }
}

fn area(form: &Form, body: Rect) -> Rect {
    let fields: u16 = form.fields.iter().map(|field| input_lines(field) + 2).sum();
    if body.width >= BESIDE {
        return middle(body, 132.min(body.width - 4), fields.saturating_add(8).max(20));
    }
    middle(body, body.width.min(84), body.height.min(fields.saturating_add(16)))
}

fn title(form: &Form) -> Vec<Piece<'static>> {
    let mut title = vec![piece(form.title.clone(), Role::Title)];
    let about = match &form.purpose {
        FormPurpose::Command { space_name, .. } => Some(space_name.clone()),
        FormPurpose::Export { spaces, .. } => match spaces.as_slice() {
            [space] => Some(space.space.space_name.clone()),
            several => Some(counted(several.len() as u64, "space", "spaces")),
        },
        FormPurpose::BugReport(choice) => Some(choice.space.space.space_name.clone()),
        FormPurpose::ExportList { list, .. } => Some(list.title()),
        FormPurpose::ChangeSpace { space } | FormPurpose::Redact { space } => Some(space.space_name.clone()),
        FormPurpose::Fork { space, .. } => Some(space.space.space_name.clone()),
        FormPurpose::CreateSpace | FormPurpose::Import | FormPurpose::ImportOpen | FormPurpose::Backup => {
            None
        }
    };
    title.extend(about.map(|about| piece(format!("  {about}"), Role::Text)));
    title
}

fn note(form: &Form) -> Vec<Piece<'static>> {
    match &form.preview {
        FormPreview::Ready(preview) | FormPreview::Pending(_, Some(preview)) => {
            vec![piece(format!("as of sequence {}", grouped(preview.at.0)), Role::Muted)]
        }
        _ => Vec::new(),
    }
}

/// The areas of the fields and the preview.
fn parts(state: &ConsoleState, form: &Form, inner: Rect) -> (Rect, Rect) {
    if inner.width + 8 >= BESIDE {
        let inner = Rect { height: inner.height.saturating_sub(2), ..below(inner, 1) };
        let left = inner.width / 2;
        return (Rect { width: left.saturating_sub(2), ..inner }, right_of(inner, left + 1));
    }
    let errors = error_lines(&Glyphs::UNICODE, form.error.as_ref(), inner.width);
    let fields: u16 = spaced((state, form), &Glyphs::UNICODE, inner, true, 0).iter().map(Place::lines).sum();
    // One blank line after the button.
    let wanted = fields.saturating_add(rows_of(&errors)).saturating_add(2).min(inner.height);
    let rest = below(inner, wanted);
    if rest.height >= LEAST_PREVIEW {
        return (Rect { height: wanted, ..inner }, rest);
    }
    // If there is no room for both, the preview replaces the fields once the cursor is on the button, and all but the one that
    // confirms what the preview shows.
    let clear = form.error.is_none() && form.fields.iter().all(|field| field.error.is_none());
    let fields = match form.focus {
        FormFocus::Submit if clear => 1.min(inner.height),
        FormFocus::Field(index) if clear && form.fields.get(index).is_some_and(|field| field.confirms) => {
            CONFIRMATION.min(inner.height)
        }
        _ => inner.height,
    };
    (below(inner, inner.height - fields), Rect { height: inner.height - fields, ..inner })
}

fn input_lines(field: &FormField) -> u16 {
    match &field.input {
        FieldInput::Text(input) if input.is_multiline() => TEXT_LINES,
        _ => 1,
    }
}

/// A field with its lines.
struct Place<'a> {
    index: usize,
    field: &'a FormField,
    input: u16,
    /// The help or the error.
    note: Vec<String>,
    /// The blank line after it.
    gap: u16,
}

/// Lays out the fields: with blank lines if they fit, else without, else with notes only where needed.
fn places<'a>(state: &ConsoleState, form: &'a Form, glyphs: &Glyphs, area: Rect) -> Vec<Place<'a>> {
    let total = |places: &[Place<'_>]| places.iter().map(Place::lines).sum::<u16>();
    let ways = [1, 0].map(|gap| spaced((state, form), glyphs, area, true, gap));
    let fits = ways.into_iter().find(|places| total(places) <= area.height);
    fits.unwrap_or_else(|| spaced((state, form), glyphs, area, false, 0))
}

/// Lays out the fields with all notes or only the needed ones, with `gap` blank lines after each.
fn spaced<'a>(
    (state, form): (&ConsoleState, &'a Form),
    glyphs: &Glyphs,
    area: Rect,
    all_notes: bool,
    gap: u16,
) -> Vec<Place<'a>> {
    let cells = area.width.saturating_sub(note_indent(form, area));
    let place = |(index, field): (usize, &'a FormField)| {
        let wrong = note_of(field).map(|error| format!("{} {error}", glyphs.failed));
        let wanted = all_notes || form.focus == FormFocus::Field(index);
        let text = wrong.or_else(|| wanted.then(|| explanation(&state.settings.keys, form, index, field)));
        let note = text.map_or_else(Vec::new, |text| wrap(&text, cells));
        Place { index, field, input: input_lines(field), note, gap }
    };
    form.fields.iter().enumerate().map(place).collect()
}

impl Place<'_> {
    fn lines(&self) -> u16 {
        self.input + rows_of(&self.note) + self.gap
    }
}

/// Draws, from the top: the summary, the fields, the error of the whole form, the button.
fn draw_fields(pen: &mut Pen<'_>, state: &ConsoleState, form: &Form, area: Rect) -> Option<Position> {
    let summary = if area.height > 12 { wrap(&form.summary, area.width) } else { Vec::new() };
    for (index, line) in (0..area.height).zip(&summary) {
        pen.text(row(area, index), line, Role::Muted);
    }
    let used = if summary.is_empty() { 0 } else { rows_of(&summary) + 1 };
    let area = below(area, used);
    let errors = error_lines(pen.glyphs(), form.error.as_ref(), area.width);
    let most = area.height.saturating_sub(1);
    let error_rows = rows_of(&errors).min(most.saturating_sub(3));
    let places = places(state, form, pen.glyphs(), Rect { height: most - error_rows, ..area });
    let wanted: u16 = places.iter().map(Place::lines).sum();
    let list = Rect { height: wanted.min(most - error_rows), ..area };
    let cursor = draw_list(pen, form, &places, list);
    let rest = below(area, list.height);
    for (index, line) in (0..error_rows).zip(&errors) {
        pen.line(row(rest, index), line);
    }
    let gap = u16::from(error_rows > 0 && rest.height > error_rows + 1);
    draw_button(pen, form, row(rest, error_rows + gap));
    cursor
}

fn rows_of<T>(lines: &[T]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX)
}

fn draw_list(pen: &mut Pen<'_>, form: &Form, places: &[Place<'_>], area: Rect) -> Option<Position> {
    let labels = label_width(form, area);
    let focused = match form.focus {
        FormFocus::Field(index) => index,
        FormFocus::Submit => form.fields.len(),
    };
    let before: u16 = places.iter().take(focused + 1).map(Place::lines).sum();
    let mut hidden = before.saturating_sub(area.height);
    let mut cursor = None;
    let mut y = 0;
    for place in places {
        if hidden > 0 {
            hidden = hidden.saturating_sub(place.lines());
            continue;
        }
        let room = below(area, y);
        cursor = draw_field(pen, form, place, room, labels).or(cursor);
        y = y.saturating_add(place.lines());
    }
    cursor
}

/// The width of the labels.
fn label_width(form: &Form, area: Rect) -> u16 {
    let labels = form.fields.iter().map(|field| width(field.label)).max().unwrap_or(0);
    (labels + 3).min(area.width * 2 / 5)
}

/// The indentation of notes: below the values, or less if there is little room.
fn note_indent(form: &Form, area: Rect) -> u16 {
    if area.width < 40 { 2 } else { label_width(form, area) }
}

fn draw_field(
    pen: &mut Pen<'_>,
    form: &Form,
    place: &Place<'_>,
    room: Rect,
    labels: u16,
) -> Option<Position> {
    let focused = form.focus == FormFocus::Field(place.index);
    let field = place.field;
    pen.spot(Rect { height: place.lines().min(room.height), ..room }, Spot::Row(place.index));
    let label = Rect { width: labels.saturating_sub(1), ..row(room, 0) };
    let marked = if field.required { " *" } else { "" };
    pen.line(
        label,
        &[piece(field.label, if focused { Role::Title } else { Role::Text }), piece(marked, Role::Muted)],
    );
    let value = Rect { height: place.input.min(room.height), ..right_of(room, labels) };
    let cursor = match &field.input {
        FieldInput::Text(input) => {
            let cursor = text_input::draw(pen, value, input, focused);
            if let Some((at, rest)) = cursor.zip(form.rest()).filter(|_| focused) {
                draw_rest(pen, value, at, rest);
            }
            cursor
        }
        FieldInput::Choice { options, chosen } => {
            draw_choice(pen, row(value, 0), options, *chosen, focused);
            None
        }
    };
    let role = if note_of(field).is_some() { Role::Danger } else { Role::Muted };
    for (index, line) in (place.input..room.height).zip(&place.note) {
        pen.text(right_of(row(room, index), note_indent(form, room)), line, role);
    }
    cursor.filter(|_| focused)
}

/// Draws the text that completing the value would add, behind the cursor.
fn draw_rest(pen: &mut Pen<'_>, value: Rect, at: Position, rest: &str) {
    let place = Rect { x: at.x, y: at.y, width: value.right().saturating_sub(at.x), height: 1 };
    pen.text(place, &visible(rest), Role::Muted);
    let under = split(rest).next().map_or(1, |first| width(&visible(first)).max(1));
    pen.wash(Rect { width: under.min(place.width), ..place }, Role::Cursor);
}

fn draw_choice(
    pen: &mut Pen<'_>,
    line: Rect,
    options: &[&'static str],
    chosen: Option<usize>,
    focused: bool,
) {
    pen.wash(line, Role::Field);
    let mut x = 0;
    for (index, option) in options.iter().enumerate() {
        let on = chosen == Some(index);
        let sign = if on { pen.glyphs().live } else { pen.glyphs().paused };
        let place = right_of(line, x);
        let role = if on { Role::Strong } else { Role::Muted };
        let part = Spot::Choice(index);
        let sign = piece(format!("{sign} "), role).with_spot(part);
        let used = pen.line(place, &[sign, piece(*option, role).with_spot(part)]);
        if on && focused {
            pen.wash(Rect { width: used, ..place }, Role::Selection);
        }
        x += used + 3;
    }
}

fn draw_button(pen: &mut Pen<'_>, form: &Form, line: Rect) {
    if form.sending.is_some() {
        pen.text(line, "Sending…", Role::Accent);
        return;
    }
    let text = format!(" {} ", &form.title);
    let place = Rect { width: width(&text).min(line.width), ..line };
    let focused = form.focus == FormFocus::Submit;
    pen.spot(place, Spot::Action(Action::Submit));
    if form.preview == FormPreview::Refused {
        let [before, behind] = pen.glyphs().disabled;
        let place = Rect { width: line.width.min(width(&text) + 4), ..line };
        pen.text(place, &format!("{before}{text}{behind}"), Role::Disabled);
        return pen.wash(place, if focused { Role::Resting } else { Role::Field });
    }
    pen.text(place, &text, if focused { Role::Title } else { Role::Strong });
    pen.wash(place, if focused { Role::Cursor } else { Role::Field });
}

/// The preview: what the form will do, and the command that does the same.
struct Preview {
    lines: Vec<Line>,
    command: Vec<Line>,
}

impl Preview {
    fn of(glyphs: &Glyphs, state: &ConsoleState, form: &Form, width: u16) -> Self {
        let lines = command::lines(glyphs, &form.preview, width);
        let is_known = matches!(form.preview, FormPreview::Words(_) | FormPreview::Ready(_));
        let command = shell::commands(state, form).in_short(state).filter(|_| is_known);
        let command = command.map(|command| wrap(&visible(&command), width)).unwrap_or_default();
        let command = command.into_iter().map(|line| vec![piece(line, Role::Muted)]).collect();
        Self { lines, command }
    }

    /// Returns the lines that scroll in an area, and below them the command if it keeps its place there. It does if not all
    /// fits, and there is room for some lines of the preview beside it.
    fn placed(self, glyphs: &Glyphs, area: Rect) -> (Vec<Line>, Rect, Vec<Line>) {
        let Self { mut lines, mut command } = self;
        // A command that is longer than the area shows its beginning beside the preview; all of it is copied.
        if rows_of(&command) > area.height {
            command.truncate(usize::from(area.height.saturating_sub(LEAST_PREVIEW + 2).max(1)));
            command.push(vec![piece(glyphs.ellipsis, Role::Muted)]);
        }
        let (command_rows, gap) = (rows_of(&command), u16::from(!command.is_empty()));
        let rest = area.height.saturating_sub(command_rows + gap);
        if rows_of(&lines) > rest && rest >= LEAST_PREVIEW {
            return (lines, Rect { height: rest, ..area }, command);
        }
        if !command.is_empty() {
            lines.push(Vec::new());
            lines.extend(command);
        }
        (lines, area, Vec::new())
    }
}

fn draw_preview(pen: &mut Pen<'_>, state: &ConsoleState, form: &Form, area: Rect) {
    let (lines, place, command) =
        Preview::of(pen.glyphs(), state, form, area.width).placed(pen.glyphs(), area);
    draw_lines(pen, place, &lines, form.preview_top);
    draw_lines(pen, below(area, place.height + 1), &command, 0);
}

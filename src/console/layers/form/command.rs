//! The form of a command, with initial values taken from the selection.

use serde_json::{Map, Value};

use crate::console::app::state::ConsoleState;
use crate::console::layers::form::state::{FormField, FormFocus, FormPreview, FormPurpose, ShownPreview};
use crate::console::layers::form::update::{form, open};
use crate::console::panes::detail::{Subject, subject};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::json::tint;
use crate::console::widgets::pen::{Piece, piece};
use crate::console::widgets::text::wrap;
use crate::content_store::{CommandSpec, FieldSpec};
use crate::json::{Json, Part, Parts};
use crate::space::SpaceId;
use crate::text::{counted, grouped};

/// Opens the form of a command.
pub(crate) fn open_command(
    state: &mut ConsoleState,
    space_id: SpaceId,
    space_name: String,
    spec: &'static CommandSpec,
) {
    let values = values(state, space_id, spec);
    let first = spec
        .fields
        .iter()
        .zip(&values)
        .position(|(field, value)| field.entity().is_none() || value.is_empty());
    let fields = spec.fields.iter().zip(values).map(|(field, value)| FormField::of_command(field, &value));
    let purpose = FormPurpose::Command { space_id, space_name, spec };
    open(state, purpose, spec.title, spec.summary, fields.collect());
    let Some(form) = form(state) else { return };
    if let Some(first) = first {
        form.focus = FormFocus::Field(first);
    }
    if form.missing().is_empty() {
        let words =
            ["filled in from the selection", "only changed fields are sent; the others keep their values"];
        form.preview = FormPreview::Words(words.map(str::to_owned).into());
    }
}

/// The selected entity, with its current fields if they are known.
struct Entity {
    /// Command fields that name an entity of this kind receive the id.
    kind: String,
    id: String,
    fields: Map<String, Value>,
}

/// Returns a value for each field of a command, empty if the selection has none. Only a command on an existing entity is
/// filled in, and only with current values: those of an event are old.
fn values(state: &ConsoleState, space_id: SpaceId, spec: &CommandSpec) -> Vec<String> {
    let selected = subject(state).and_then(|subject| entity(space_id, &subject, spec));
    let value = |field: &FieldSpec| {
        let entity = selected.as_ref()?;
        match field.entity() {
            Some(kind) if kind == entity.kind => Some(entity.id.clone()),
            _ if field.is_secret() => None,
            _ => entity.fields.get(field.name).and_then(text),
        }
    };
    spec.fields.iter().map(|field| value(field).unwrap_or_default()).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Returns the selected entity, if it belongs to the space and the command names one of its kind.
fn entity(space_id: SpaceId, subject: &Subject, spec: &CommandSpec) -> Option<Entity> {
    let named = |kind: &str| spec.fields.iter().find(|field| field.entity() == Some(kind));
    match subject {
        Subject::Entry { space_id: of, entry, .. } if *of == space_id => {
            let (kind, id) = entry.key.split_once(':')?;
            let field = named(kind)?;
            // A command that only refers to the entity, such as a new card to its deck, takes none of its fields.
            let is_about_it = spec.fields.first().is_some_and(|first| first.name == field.name);
            let fields = match entry.value.to_value() {
                Value::Object(fields) if is_about_it => fields,
                _ => Map::new(),
            };
            Some(Entity { kind: kind.to_owned(), id: id.to_owned(), fields })
        }
        Subject::Event(event) if event.space_id == space_id => {
            let field = spec.fields.iter().find(|field| field.entity().is_some())?;
            let kind = field.entity()?;
            let id = match event.payload.to_value().get(field.name).and_then(text) {
                Some(id) => id,
                None => event.entity_id.strip_prefix(kind)?.strip_prefix(':')?.to_owned(),
            };
            Some(Entity { kind: kind.to_owned(), id, fields: Map::new() })
        }
        _ => None,
    }
}

/// An owned line.
type Line = Vec<Piece<'static>>;

/// Returns the preview in lines of `width`.
pub fn lines(glyphs: &Glyphs, preview: &FormPreview, width: u16) -> Vec<Line> {
    match preview {
        FormPreview::Incomplete(labels) => {
            let text = format!("Fill in {} to see a preview", listed(labels));
            paragraph(&text, width, Role::Muted)
        }
        FormPreview::Pending(_, None) => paragraph("Computing the preview…", width, Role::Muted),
        FormPreview::Pending(_, Some(preview)) | FormPreview::Ready(preview) => ready(glyphs, preview, width),
        FormPreview::Failed(Some(preview)) => {
            let mut lines = paragraph("Preview from before the last change:", width, Role::Muted);
            lines.extend(ready(glyphs, preview, width));
            lines
        }
        FormPreview::Failed(None) => paragraph("No preview available", width, Role::Muted),
        FormPreview::Refused => paragraph("Nothing would change: it would be refused", width, Role::Muted),
        FormPreview::Words(words) => words.iter().flat_map(|text| item(glyphs, text, width)).collect(),
    }
}

fn ready(glyphs: &Glyphs, preview: &ShownPreview, width: u16) -> Vec<Line> {
    let mut lines = vec![heading("appends", preview.events.len())];
    for (event, place) in preview.events.iter().zip(1..) {
        lines.push(vec![
            piece("+ ", Role::Added),
            piece(event.event_type.to_string(), Role::Strong),
            piece(format!("  {}", &event.entity_id), Role::Key),
            piece(format!("  sequence {}", grouped(preview.at.0 + place)), Role::Muted),
        ]);
        lines.extend(payload(&event.payload, width));
    }
    lines.push(Vec::new());
    lines.push(heading("changes", preview.diff.keys.len() + preview.diff.more));
    lines.extend(preview.diff.lines(glyphs, width).into_iter().map(|line| line.pieces));
    lines
}

/// A payload, one field per line.
fn payload(payload: &Json, width: u16) -> Vec<Line> {
    let line = |indent: &'static str, value: &str| -> Line {
        let mut line = vec![piece(indent, Role::Text)];
        line.extend(tint(value, width).into_iter().map(Piece::into_owned));
        line
    };
    let document = payload.as_document();
    let Some(fields) = Parts::of_object(&document) else { return vec![line("  ", &document)] };
    let field = |field: Part<'_>| {
        let mut line = line("  ", field.value);
        let name = field.key.map(|key| key.decoded().into_owned()).unwrap_or_default();
        line.insert(1, piece(format!("{name}  "), Role::Muted));
        line
    };
    fields.map(field).collect()
}

fn heading(text: &str, number: usize) -> Line {
    let noun = if text == "appends" { "event" } else { "key" };
    vec![piece(format!("{text} {}", counted(number as u64, noun, &format!("{noun}s"))), Role::Heading)]
}

/// The labels, joined by commas and a final "and".
fn listed(labels: &[&str]) -> String {
    match labels {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A paragraph with a bullet.
fn item(glyphs: &Glyphs, text: &str, width: u16) -> Vec<Line> {
    let lines = wrap(text, width.saturating_sub(2)).into_iter().zip(0..);
    let line = |(line, index): (String, usize)| {
        let sign = if index == 0 { glyphs.dot } else { " " };
        vec![piece(format!("{sign} "), Role::Muted), piece(line, Role::Text)]
    };
    lines.map(line).collect()
}

fn paragraph(text: &str, width: u16, role: Role) -> Vec<Line> {
    wrap(text, width).into_iter().map(|line| vec![piece(line, role)]).collect()
}

//! The preview of a form: the events it would append and the keys they would change.

use crate::console::layers::form::state::FormPreview;
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::json::{field_changes, pieces as diff_pieces, tint};
use crate::console::widgets::pen::{Piece, piece};
use crate::console::widgets::text::wrap;
use crate::content_store::{Change, Preview};
use crate::json::{Json, Part, Parts};
use crate::text::{counted, grouped};

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
        FormPreview::Refused => paragraph("Nothing would happen; it would be refused", width, Role::Muted),
        FormPreview::Words(words) => words.iter().flat_map(|text| item(glyphs, text, width)).collect(),
    }
}

fn ready(glyphs: &Glyphs, preview: &Preview, width: u16) -> Vec<Line> {
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
    lines.push(heading("changes", preview.changes.len()));
    for change in &preview.changes {
        lines.extend(changed(glyphs, change));
    }
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

fn changed(glyphs: &Glyphs, change: &Change) -> Vec<Line> {
    let (sign, role) = match (&change.before, &change.after) {
        (None, _) => ("+ ", Role::Added),
        (_, None) => ("- ", Role::Removed),
        _ => ("  ", Role::Muted),
    };
    let fields = field_changes(change.before.as_ref(), change.after.as_ref());
    let mut key = vec![piece(sign, role), piece(change.key.clone(), Role::Key)];
    if let [field] = fields.as_slice()
        && field.path.is_empty()
    {
        key.push(piece("  ", Role::Text));
        key.extend(diff_pieces(field, glyphs).into_iter().map(Piece::into_owned));
        return vec![key];
    }
    let mut lines = vec![key];
    for field in &fields {
        let mut line = vec![piece("  ", Role::Text)];
        line.extend(diff_pieces(field, glyphs).into_iter().map(Piece::into_owned));
        lines.push(line);
    }
    lines
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

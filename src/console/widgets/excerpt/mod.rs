//! A JSON document on one line of a list: its members without braces, from the start or from the text that was searched for.

mod writer;

use serde::de::IgnoredAny;

use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::{Piece, piece, pieces_width, width};
use crate::json::{Json, Parts};
use crate::operations::Pause;
use crate::text::without_pause;

use writer::Writer;

/// The longest document, in bytes, that is checked before it is shown. Longer ones are shown as far as they can be read.
const CHECKED: usize = 64 << 10;

/// The context of a document, which decides what is worth showing of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExcerptContext<'a> {
    /// Texts that the row shows already. A member that only repeats one of them is skipped.
    pub shown: &'a [&'a str],
    /// The document before, if this one updates it. Members that stayed the same are skipped.
    pub before: Option<&'a Json>,
    /// The texts that were searched for.
    pub wanted: &'a [&'a str],
}

/// The start of a document as coloured pieces, and its first match with the text that was searched for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Excerpt {
    start: Vec<Piece<'static>>,
    found: Option<Match>,
}

/// A match, with the text around it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Match {
    /// The cell of the start after the match.
    end: u16,
    /// The name of the member, and the opening quote of a string.
    name: Piece<'static>,
    /// True if the text before the match is cut.
    is_cut: bool,
    /// The text just before the match.
    before: Piece<'static>,
    /// The text from the match on.
    pieces: Vec<Piece<'static>>,
}

impl Excerpt {
    /// Returns the excerpt of a document.
    pub fn of(json: &str, context: ExcerptContext<'_>) -> Self {
        without_pause(|pause| Self::of_between(json, context, pause))
    }

    /// As [`Excerpt::of`], but calls `pause` between the pieces of a large document.
    ///
    /// # Errors
    /// The error of `pause`.
    pub fn of_between<E>(
        json: &str,
        context: ExcerptContext<'_>,
        pause: &mut Pause<'_, E>,
    ) -> Result<Self, E> {
        let mut writer = Writer::looking_for(context.wanted);
        if json.len() <= CHECKED && serde_json::from_str::<IgnoredAny>(json).is_err() {
            writer.text(json, Role::Text, pause)?;
        } else if let Some(members) = Parts::of_object(json) {
            writer.members(members, context, pause)?;
        } else {
            writer.value(json, pause)?;
        }
        let Writer { start, from_match, found, .. } = writer;
        let found = found.map(|found| Match { pieces: from_match.pieces(), ..found });
        Ok(Self { start: start.pieces(), found })
    }

    /// Returns what to show in `cells`: the start, or the text from a match on if the start does not reach it. It may be
    /// longer; then its end can be cut off.
    pub fn pieces(&self, cells: u16, glyphs: &Glyphs) -> Vec<Piece<'_>> {
        let Some(found) = self.found.as_ref().filter(|found| found.end > cells) else {
            return self.start.iter().map(Piece::borrowed).collect();
        };
        let ellipsis = |after: &str| piece(format!("{}{after}", glyphs.ellipsis), Role::Muted);
        let mut lead = vec![ellipsis(" "), found.name.borrowed()];
        lead.extend(found.is_cut.then(|| ellipsis("")));
        lead.push(found.before.borrowed());
        let matching = found.pieces.first().map_or(0, |piece| width(piece.text()));
        // The match matters more than the name of its member.
        if pieces_width(&lead).saturating_add(matching) >= cells {
            lead = vec![ellipsis("")];
        }
        lead.extend(found.pieces.iter().map(Piece::borrowed));
        lead
    }

    /// Returns the width of the start in cells.
    pub fn width(&self) -> u16 {
        pieces_width(&self.start)
    }
}

#[cfg(test)]
mod tests;

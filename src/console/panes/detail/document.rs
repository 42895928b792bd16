//! The document of a detail in lines, kept while it is shown.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::console::app::state::ConsoleState;
use crate::console::layers::{Place, cast};
use crate::console::panes::detail::{Detail, ShownReference, Subject, references};
use crate::console::widgets::tree::{JsonLine, json_lines};
use crate::json::Json;

/// The lines of a document, with the inputs that they were made from.
#[derive(Debug, Clone, Default)]
pub struct Document {
    json: Json,
    folded: BTreeSet<usize>,
    references: Vec<ShownReference>,
    lines: Arc<[JsonLine]>,
}

impl ConsoleState {
    /// Returns the details on top, or those of the selected row of the main pane.
    pub fn shown_detail(&self) -> Option<Detail> {
        for layer in self.layers.iter().rev() {
            if let Some(detail) = cast::<Detail>(layer) {
                return Some(detail.clone());
            }
            if layer.place() == Place::List {
                return Some(self.peek(layer.selection()?));
            }
        }
        self.focus.list().beside(self).map(|subject| self.peek(subject))
    }

    /// Returns the details of an item that is not open, as far as they were scrolled.
    fn peek(&self, subject: Subject) -> Detail {
        let peeked = self.peeked.as_ref().filter(|peeked| peeked.subject == subject);
        peeked.cloned().unwrap_or_else(|| Detail::of(subject))
    }

    /// Returns the lines of the document that a detail shows; empty if it shows none.
    pub fn lines(&self, detail: &Detail) -> Arc<[JsonLine]> {
        match detail.json() {
            None => Arc::default(),
            Some(_) if self.document.shows(detail) => Arc::clone(&self.document.lines),
            Some(json) => {
                let mut lines = json_lines(json, &detail.folded);
                if let Some(expansion) = detail.references.expansion() {
                    references::note_lines(&mut lines, expansion);
                }
                lines.into()
            }
        }
    }

    /// Caches the lines of the document shown.
    pub fn keep_document(&mut self) {
        let Some(detail) = self.shown_detail() else { return };
        let Some(json) = detail.json() else { return };
        if !self.document.shows(&detail) {
            let lines = self.lines(&detail);
            let references = shown_references(&detail).to_vec();
            self.document = Document { json: json.clone(), folded: detail.folded, references, lines };
        }
    }
}

impl Document {
    fn shows(&self, detail: &Detail) -> bool {
        detail.json() == Some(&self.json)
            && self.folded == detail.folded
            && self.references == shown_references(detail)
            && !self.lines.is_empty()
    }
}

fn shown_references(detail: &Detail) -> &[ShownReference] {
    detail.references.expansion().map_or(&[], |expansion| &expansion.references)
}

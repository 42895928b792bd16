//! The document shown, parsed into lines once, so that a key press costs the same for any document size.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::console::layers::{Place, cast};
use crate::json::Json;

use crate::console::app::state::State;
use crate::console::panes::detail::json_lines::{JsonLine, json_lines};
use crate::console::panes::detail::state::{Detail, Subject};
use crate::console::panes::pane::Pane;

/// The lines of a document, with the inputs that they were made from.
#[derive(Debug, Clone, Default)]
pub struct Document {
    json: Json,
    folded: BTreeSet<usize>,
    lines: Arc<[JsonLine]>,
}

impl State {
    /// Returns the details on top, or those of the selected row of the main pane.
    pub fn looked_at(&self) -> Option<Detail> {
        for layer in self.layers.iter().rev() {
            if let Some(detail) = cast::<Detail>(layer) {
                return Some(detail.clone());
            }
            if layer.place() == Place::List {
                return Some(Detail::of(layer.selection()?));
            }
        }
        Some(Detail::of(match self.focus {
            Pane::Jobs => Subject::Job(self.jobs.selected?),
            Pane::Projections => self.selected_entry()?,
            Pane::Events => Subject::Event(Arc::clone(self.events.selected()?)),
            Pane::Spaces | Pane::Checkpoints if self.main == Pane::Projections => self.selected_entry()?,
            Pane::Spaces | Pane::Checkpoints => Subject::Event(Arc::clone(self.events.selected()?)),
        }))
    }

    /// Returns the selected key with its value.
    pub fn selected_entry(&self) -> Option<Subject> {
        let entry = Arc::new(self.projections.window.selected_row()?.clone());
        Some(Subject::Entry { space_id: self.projections.space?, entry })
    }

    /// Returns the lines of the document that a detail shows; empty if it shows none.
    pub fn lines(&self, detail: &Detail) -> Arc<[JsonLine]> {
        match detail.json() {
            None => Arc::default(),
            Some(json) if self.document.shows(json, &detail.folded) => Arc::clone(&self.document.lines),
            Some(json) => json_lines(json, &detail.folded).into(),
        }
    }

    /// Caches the lines of the document shown.
    pub fn keep_document(&mut self) {
        let Some(detail) = self.looked_at() else { return };
        let Some(json) = detail.json() else { return };
        if !self.document.shows(json, &detail.folded) {
            let lines = self.lines(&detail);
            self.document = Document { json: json.clone(), folded: detail.folded, lines };
        }
    }
}

impl Document {
    fn shows(&self, json: &Json, folded: &BTreeSet<usize>) -> bool {
        self.json == *json && self.folded == *folded && !self.lines.is_empty()
    }
}

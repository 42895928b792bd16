//! Sets of contexts in which actions work.

use super::Context;

use Context::{
    Checkpoints, Chooser, Delete, Detail, Dialog, Events, Form, Guide, Help, History, Jobs, Operations,
    Projections, Prompt, Spaces,
};

pub(crate) const PANES: &[Context] = &[Spaces, Events, Projections, Checkpoints, Jobs];
pub(super) const LISTS: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Operations, Chooser, Help, Guide];
pub(super) const ROWS: &[Context] = &[Spaces, Events, Projections, Checkpoints, Jobs, History, Operations];
pub(super) const OF_SPACE: &[Context] = &[Spaces, Events, Projections, Checkpoints];
/// Contexts that list spaces.
pub(super) const SPACES: &[Context] = &[Spaces, Checkpoints];
/// Contexts that show jobs.
pub(super) const JOBS: &[Context] = &[Jobs, Detail];
/// The panes, and the views that replace them without a box.
pub(super) const VIEWS: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Operations];
/// Views that replace the panes without a box.
pub(super) const OVER_PANES: &[Context] = &[Detail, History, Operations];
/// Layers over the views, closed before a view is left.
pub(super) const OVERLAYS: &[Context] = &[Prompt, Form, Delete, Chooser, Dialog, Help, Guide];
/// Contexts in which the guide's keys work: those without text or a question.
pub(super) const WALKABLE: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Operations, Guide];
/// Contexts from which a key opens the audit log.
pub(super) const LOOKS: &[Context] = &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History];
/// Lists with details beside them.
pub(super) const DETAILED: &[Context] = &[Spaces, Events, Projections, Checkpoints, Jobs, Operations];
/// Contexts without text, in which a printable key opens the help.
pub(super) const ASKABLE: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Operations, Chooser, Dialog, Guide];
/// Contexts in which only Esc goes back.
pub(super) const UNEXPLAINED: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Prompt, Form, Delete];

//! Where actions can be called for.

use super::Context;

use Context::{
    Checkpoints, Chooser, DeleteDialog, Detail, Dialog, Events, Form, Guide, Help, History, Jobs, Operations,
    Projections, Prompt, Spaces,
};

pub(super) const PANES: &[Context] = &[Spaces, Events, Projections, Checkpoints, Jobs];
pub(super) const LISTS: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Operations, Chooser, Help, Guide];
pub(super) const ROWS: &[Context] = &[Spaces, Events, Projections, Checkpoints, Jobs, History, Operations];
pub(super) const OF_SPACE: &[Context] = &[Spaces, Events, Projections, Checkpoints];
/// Where spaces are listed.
pub(super) const SPACES: &[Context] = &[Spaces, Checkpoints];
/// Where jobs are listed, or looked at.
pub(super) const JOBS: &[Context] = &[Jobs, Detail];
/// The panes, and the views that lie over them without a box of their own.
pub(super) const VIEWS: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Operations];
/// The views that lie over the panes without a box of their own.
pub(super) const OVER_PANES: &[Context] = &[Detail, History, Operations];
/// What lies over the views, and is closed before they are left.
pub(super) const OVERLAYS: &[Context] = &[Prompt, Form, DeleteDialog, Chooser, Dialog, Help, Guide];
/// Where the guide's keys work: wherever one looks and does not answer or type.
pub(super) const WALKABLE: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Operations, Guide];
/// Wherever one looks, and from where the log of operations is one key away.
pub(super) const LOOKS: &[Context] = &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History];
/// Where details stand beside a list.
pub(super) const DETAILED: &[Context] = &[Spaces, Events, Projections, Checkpoints, Jobs, Operations];
/// Where help can be asked for with a key that is no text.
pub(super) const ASKABLE: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Operations, Chooser, Dialog, Guide];
/// Where Esc alone goes back.
pub(super) const UNEXPLAINED: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Prompt, Form, DeleteDialog];

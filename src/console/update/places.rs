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
pub(super) const UNTYPED: &[Context] = &[
    Spaces,
    Events,
    Projections,
    Checkpoints,
    Jobs,
    Detail,
    History,
    Operations,
    Chooser,
    Dialog,
    Help,
    Guide,
];
/// Where the guide's keys work: wherever one looks and does not answer or type.
pub(super) const WALKABLE: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Operations, Guide];
pub(super) const BESIDE_GUIDE: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Operations];
/// Wherever one looks, and from where the log of operations is one key away.
pub(super) const LOOKS: &[Context] = &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History];
/// Where details stand beside a list.
pub(super) const DETAILED: &[Context] = &[Spaces, Events, Projections, Checkpoints, Jobs, Operations];
/// Where help can be asked for with a key that is no text.
pub(super) const ASKABLE: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Operations, Chooser, Dialog, Guide];
/// Everywhere but in the help, the guide and the log of operations.
pub(super) const UNEXPLAINED: &[Context] = &[
    Spaces,
    Events,
    Projections,
    Checkpoints,
    Jobs,
    Detail,
    History,
    Chooser,
    Prompt,
    Form,
    Dialog,
    DeleteDialog,
];

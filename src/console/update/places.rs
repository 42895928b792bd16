//! Where actions can be called for.

use super::Context;

use Context::{
    Checkpoints, Chooser, DeleteDialog, Detail, Dialog, Events, Form, Guide, Help, History, Jobs,
    Projections, Prompt, Spaces,
};

pub(super) const PANES: &[Context] = &[Spaces, Events, Projections, Checkpoints, Jobs];
pub(super) const LISTS: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Chooser, Help, Guide];
pub(super) const ROWS: &[Context] = &[Spaces, Events, Projections, Checkpoints, Jobs, History];
pub(super) const OF_SPACE: &[Context] = &[Spaces, Events, Projections, Checkpoints];
/// Where spaces are listed.
pub(super) const SPACES: &[Context] = &[Spaces, Checkpoints];
/// Where jobs are listed, or looked at.
pub(super) const JOBS: &[Context] = &[Jobs, Detail];
pub(super) const UNTYPED: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Chooser, Dialog, Help, Guide];
/// Where the guide's keys work: wherever one looks and does not answer or type.
pub(super) const WALKABLE: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Guide];
pub(super) const BESIDE_GUIDE: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History];
/// Where help can be asked for with a key that is no text.
pub(super) const ASKABLE: &[Context] =
    &[Spaces, Events, Projections, Checkpoints, Jobs, Detail, History, Chooser, Dialog, Guide];
/// Everywhere but in the help.
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

//! Performing actions.

use crate::console::layers::Layer;
use crate::console::state::{Help, JobKind, Level, Pane, State};

use super::motion::Motion;
use super::{
    Action, Changed, Context, Effects, TerminalCommand, able_job, asking, backup, context, copying,
    filtering, form_sending, forms, jobs, jumping, keymap, listing, loading, looking, marking, moving,
    operator_log, transfer, walking,
};

/// Performs an action, or says why it cannot be done.
pub(super) fn perform(state: &mut State, action: Action, effects: &mut Effects) -> Changed {
    let Some(spec) = keymap::spec(action, context(state)) else { return Changed::No };
    if let Err(reason) = (spec.enabled)(state) {
        state.say(Level::Warning, format!("{}: {}", spec.title, reason.0));
        return Changed::Yes;
    }
    if let Some(run) = spec.run {
        run(state, effects);
        return Changed::Yes;
    }
    if let Some(motion) = motion(action) {
        moving::go(state, motion);
        return Changed::Yes;
    }
    act(state, action, effects)
}

fn motion(action: Action) -> Option<Motion> {
    Some(match action {
        Action::Down => Motion::Rows(1),
        Action::Up => Motion::Rows(-1),
        Action::HalfPageDown => Motion::HalfPages(1),
        Action::HalfPageUp => Motion::HalfPages(-1),
        Action::PageDown => Motion::Pages(1),
        Action::PageUp => Motion::Pages(-1),
        Action::Start => Motion::Start,
        Action::End => Motion::End,
        _ => return None,
    })
}

fn act(state: &mut State, action: Action, effects: &mut Effects) -> Changed {
    match action {
        Action::FocusSpaces => go_to(state, Pane::Spaces),
        Action::FocusEvents => go_to(state, Pane::Events),
        Action::FocusProjections => go_to(state, Pane::Projections),
        Action::FocusCheckpoints => go_to(state, Pane::Checkpoints),
        Action::FocusJobs => go_to(state, Pane::Jobs),
        Action::NextPane => go_to(state, state.focus.turn(1)),
        Action::PreviousPane => go_to(state, state.focus.turn(-1)),
        Action::Left => looking::left(state),
        Action::Right => looking::right(state),
        Action::Back => back(state, effects),
        Action::Open => looking::open(state),
        Action::Inspect => looking::inspect(state),
        Action::Filter => filtering::begin(state),
        Action::Jump => jumping::begin(state),
        Action::Zoom => state.zoomed = !state.zoomed,
        Action::ToggleDetail => state.detail_shown = !state.detail_shown,
        Action::ToggleFold => looking::toggle_fold(state),
        Action::FoldAll => looking::fold_all(state),
        Action::Follow => moving::toggle_follow(state),
        Action::ToggleScope if operator_log::is_open(state) => operator_log::toggle_space(state),
        Action::ToggleScope => looking::toggle_scope(state),
        Action::OperatorLog => operator_log::open(state),
        Action::Sort => sort(state),
        Action::History => looking::history(state),
        Action::NextRow => looking::step_row(state, 1),
        Action::PreviousRow => looking::step_row(state, -1),
        Action::Copy => copying::copy(state, effects),
        Action::Refresh => loading::refresh(state),
        Action::Help => state.layers.push(Help::default()),
        Action::NewCommand => forms::begin_command(state),
        Action::CreateSpace => forms::begin_create_space(state),
        Action::Rebuild => asking::ask(state, JobKind::Rebuild { skip_errors: false }),
        Action::CatchUp => asking::ask(state, JobKind::CatchUp),
        Action::Verify => asking::ask(state, JobKind::Verify),
        Action::Check => asking::ask_check(state),
        Action::Backup => backup::begin(state, effects),
        Action::Export => transfer::begin_export(state, effects),
        Action::Import => transfer::begin_import(state, effects),
        Action::Mark => marking::toggle(state),
        Action::MarkAll => marking::toggle_all(state),
        Action::PauseJob
        | Action::ResumeJob
        | Action::CancelJob
        | Action::CancelAllJobs
        | Action::DismissJob
        | Action::DismissAllJobs
        | Action::GoToSpace => act_on_job(state, action, effects),
        Action::Accept => accept(state, effects),
        Action::NextField => go_on(state, 1),
        Action::PreviousField => go_on(state, -1),
        Action::NextChoice => forms::choose(state, 1, effects),
        Action::PreviousChoice => forms::choose(state, -1, effects),
        Action::Submit => form_sending::submit(state, effects),
        Action::Confirm => asking::confirm(state, effects),
        Action::SkipErrors => asking::toggle_skip_errors(state),
        Action::InDepth => asking::toggle_deep(state),
        Action::RepairFound => asking::toggle_repair(state),
        Action::TakeStep => walking::take(state, effects),
        Action::NextStep => walking::go(state, 1),
        Action::PreviousStep => walking::go(state, -1),
        Action::ReadStep => walking::read(state),
        Action::ToggleGuide => walking::toggle(state),
        Action::Suspend => effects.push(TerminalCommand::Suspend),
        Action::Quit => asking::quit(state),
        Action::Delete
        | Action::Archive
        | Action::Purge
        | Action::Down
        | Action::Up
        | Action::Start
        | Action::End
        | Action::HalfPageDown
        | Action::HalfPageUp
        | Action::PageDown
        | Action::PageUp => return Changed::No,
    }
    Changed::Yes
}

/// Goes to a pane and closes all layers.
fn go_to(state: &mut State, pane: Pane) {
    state.layers.clear();
    state.focus(pane);
}

fn go_on(state: &mut State, by: isize) {
    forms::go(state, by);
}

fn act_on_job(state: &mut State, action: Action, effects: &mut Effects) {
    let Some(id) = able_job::at_hand(state).map(|job| job.id) else { return };
    match action {
        Action::PauseJob => jobs::pause(state, id, effects),
        Action::ResumeJob => jobs::resume(state, id, effects),
        Action::CancelJob => jobs::cancel(state, id, effects),
        Action::CancelAllJobs => jobs::cancel_all(state, effects),
        Action::DismissJob => jobs::dismiss(state, id),
        Action::GoToSpace => jobs::go_to_space(state),
        _ => jobs::dismiss_all(state),
    }
}

fn back(state: &mut State, effects: &mut Effects) {
    match state.layers.top().map(Layer::back) {
        Some(back) => back(state, effects),
        None if !state.filter(state.focus).is_empty() => filtering::clear(state),
        None => state.zoomed = false,
    }
}

fn sort(state: &mut State) {
    state.spaces.sort = state.spaces.sort.next();
    listing::show_spaces(state);
    let order = state.spaces.sort.title();
    state.say(Level::Info, format!("sorted by {order}"));
}

fn accept(state: &mut State, effects: &mut Effects) {
    match context(state) {
        Context::Prompt => filtering::accept(state, effects),
        Context::Chooser => forms::take_choice(state),
        Context::Form => forms::accept(state, effects),
        _ => {}
    }
}
